"""What staff write, read whole: posts/*.yaml, posts/ledger/*.yaml, posts/letters/*.md; faults as findings."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.content import hold_file, ledger, letters, posts, source
from scheduler.content.source import Document
from scheduler.content.validation import nearest
from scheduler.errors import ContentError
from scheduler.model import RECORDS, Finding, Ledger, Post, Severity

__all__ = ["LEDGER", "Content", "read"]

LEDGER = "ledger"
"""The folder of the records, within the folder of the posts."""

_SUFFIXES = (".yaml", ".yml")
_LETTER = ".md"


@dataclass(frozen=True)
class Content:
    """Posts in the order of their files (relative to root, with /) and lines; the first of each id only.

    `broken` are the files that may hold posts or records which are not here: what they lack must not be
    taken for deleted. A post that is here in spite of an error has an error finding with its id. `letters`
    are posts of kind letter without a time, for the checks alone.
    """

    posts: tuple[Post, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()
    letters: tuple[Post, ...] = ()


def read(folder: Path, languages: tuple[str, ...], root: Path) -> Content:
    """Everything below `folder`, which lies in `root`. Text without a language is in the first one."""
    if not folder.is_dir():
        message = "there is no such folder; make it, or name the posts' folder in config.yaml (posts: …)"
        name = _name(folder, root)
        missing = Finding(Severity.ERROR, "post.no-folder", message, name)
        return Content(findings=(missing,), broken=frozenset({name}))
    reading = _Reading(languages)
    for path in _files(folder, root, reading):
        if path.parent == folder and hold_file.is_one(path.name):
            # It stops everything and is read by nobody; whatever posts it may hold are not gone by that.
            reading.broken.add(_name(path, root))
        else:
            reading.read(path, _name(path, root), folder)
    return reading.content()


@dataclass
class _Reading:
    languages: tuple[str, ...]
    posts: list[Post] = field(default_factory=list)
    shelf: ledger.Shelf = field(default_factory=ledger.Shelf)
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    letters: list[Post] = field(default_factory=list)

    def read(self, path: Path, file: str, folder: Path) -> None:
        if path.suffix == _LETTER:
            self._letter(path, file)
            return
        self.files.append(file)
        document = _document(path, file)
        if path.relative_to(folder).parts[0] == LEDGER:
            self._ledger(document, path)
        else:
            self._posts(document)

    def _letter(self, path: Path, file: str) -> None:
        try:
            letter, findings = letters.read(source.read_text(path, file), file, self.languages)
        except ContentError as error:
            self.findings.append(source.unreadable(error))
            return
        self.letters.append(letter)
        self.findings += findings

    def _posts(self, document: Document) -> None:
        found, findings, unsure = posts.read(document, self.languages)
        self.posts += found
        self._take(document, findings, unsure)

    def _ledger(self, document: Document, path: Path) -> None:
        if path.stem in RECORDS:
            findings, unsure = ledger.read(document, path.stem, self.shelf)
            self._take(document, findings, unsure)
            return
        guess = nearest(path.stem, RECORDS)
        hint = f"call it {guess}.yaml" if guess else f"the ledger's files are {', '.join(RECORDS)}"
        message = f"the ledger has no {path.stem}; {hint}"
        finding = Finding(Severity.ERROR, "ledger.file", message, document.file)
        self._take(document, [*document.findings, finding], unsure=True)

    def _take(self, document: Document, findings: list[Finding], unsure: bool) -> None:
        self.findings += findings
        if unsure:
            self.broken.add(document.file)

    def content(self) -> Content:
        findings = sorted([*self.findings, *posts.twice(self.posts)], key=_place)
        first = {post.id: post for post in reversed(self.posts)}
        kept = tuple(post for post in self.posts if first[post.id] is post)
        return Content(
            kept,
            self.shelf.ledger(),
            tuple(findings),
            tuple(self.files),
            frozenset(self.broken),
            tuple(self.letters),
        )


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.file, finding.line, finding.column


def _document(path: Path, file: str) -> Document:
    try:
        return source.load(source.read_text(path, file), file)
    except ContentError as error:
        return Document(None, file, [source.unreadable(error)], broken=True)


def _files(folder: Path, root: Path, reading: _Reading) -> Iterator[Path]:
    """Every YAML file below the folder, and its letters, sorted; hidden ones are editors' own.

    Links out are reported, as are folders that cannot be read: what may lie in them is not gone.
    """
    inside, findings = root.resolve(), reading.findings

    def unreadable(error: OSError) -> None:
        name = _name(Path(error.filename), root)
        message = f"this folder cannot be read ({error.strerror}); mend its permissions"
        findings.append(Finding(Severity.ERROR, "post.no-folder", message, name))
        reading.broken.add(name)

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if Path(parent, name).is_symlink()]
        for name in sorted(names):
            path = Path(parent, name)
            letter = path.suffix == _LETTER and Path(parent) == folder / letters.FOLDER
            if name.startswith(".") or not (letter or path.suffix in _SUFFIXES):
                continue
            if _within(path, inside):
                yield path
            else:
                findings.append(_outside(path, root))
        findings += [_outside(Path(parent, name), root) for name in linked]


def _within(path: Path, folder: Path) -> bool:
    """Whether the path lies in the folder, links resolved; one that leads round in a circle lies nowhere."""
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def _outside(path: Path, root: Path) -> Finding:
    message = "this link is not followed; put the file itself into the campaign's folder"
    return Finding(Severity.ERROR, "post.outside", message, _name(path, root))


def _name(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()
