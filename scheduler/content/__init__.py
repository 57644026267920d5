"""What staff write, read whole: posts/*.yaml, posts/ledger/*.yaml, posts/letters/*.md; faults as findings."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.content import hold_file, ledger, letters, posts, source
from scheduler.content.memory import Memory
from scheduler.content.source import Document
from scheduler.content.validation import nearest
from scheduler.errors import ContentError
from scheduler.model import RECORDS, Finding, Ledger, Post, Severity

__all__ = ["LEDGER", "Content", "Memory", "read"]

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


def read(folder: Path, languages: tuple[str, ...], root: Path, memory: Memory | None = None) -> Content:
    """Everything below `folder`, which lies in `root`. Text without a language is in the first one.

    Of files that `memory` knows with the same text, posts and ledger are the very same objects as before.
    """
    if not folder.is_dir():
        message = "there is no such folder; make it, or name the posts' folder in config.yaml (posts: …)"
        name = _name(folder, root)
        missing = Finding(Severity.ERROR, "post.no-folder", message, name)
        return Content(findings=(missing,), broken=frozenset({name}))
    reading = _Reading(languages, memory if memory is not None else Memory())
    for path in _files(folder, root, reading):
        if path.parent == folder and hold_file.is_one(path.name):
            # It stops everything and is read by nobody; whatever posts it may hold are not gone by that.
            reading.broken.add(_name(path, root))
        else:
            reading.read(path, _name(path, root), folder)
    content = reading.content()
    reading.memory.done()
    return content


@dataclass
class _Reading:
    languages: tuple[str, ...]
    memory: Memory
    posts: list[Post] = field(default_factory=list)
    records: list[tuple[str, str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    letters: list[Post] = field(default_factory=list)

    def read(self, path: Path, file: str, folder: Path) -> None:
        is_letter = path.suffix == _LETTER
        if not is_letter:
            self.files.append(file)
        try:
            text = source.read_text(path, file)
        except ContentError as error:
            self._take(file, [source.unreadable(error)], unsure=not is_letter)
            return
        if is_letter:
            self._letter(text, path, file)
        elif path.relative_to(folder).parts[0] == LEDGER:
            self.records.append((file, path.stem, text))
        else:
            self._posts(text, path, file)

    def _letter(self, text: str, path: Path, file: str) -> None:
        letter, findings = self.memory.of(
            f"{path}\0{file}", text, self.languages, lambda: letters.read(text, file, self.languages)
        )
        self.letters.append(letter)
        self.findings += findings

    def _posts(self, text: str, path: Path, file: str) -> None:
        found, findings, unsure = self.memory.of(
            f"{path}\0{file}",
            text,
            self.languages,
            lambda: posts.read(source.load(text, file), self.languages),
        )
        self.posts += found
        self._take(file, findings, unsure)

    def _take(self, file: str, findings: list[Finding], unsure: bool) -> None:
        self.findings += findings
        if unsure:
            self.broken.add(file)

    def ledger(self) -> Ledger:
        """The whole of it anew where any of its files is another: a record may stand in two of them."""
        made: Ledger
        made, taken = self.memory.ledger(tuple(self.records), lambda: _shelved(self.records))
        for file, findings, unsure in taken:
            self._take(file, findings, unsure)
        return made

    def content(self) -> Content:
        records = self.ledger()
        findings = sorted([*self.findings, *posts.twice(self.posts)], key=_place)
        first = {post.id: post for post in reversed(self.posts)}
        kept = tuple(post for post in self.posts if first[post.id] is post)
        return Content(
            kept,
            records,
            tuple(findings),
            tuple(self.files),
            frozenset(self.broken),
            tuple(self.letters),
        )


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.file, finding.line, finding.column


def _shelved(
    records: Sequence[tuple[str, str, str]],
) -> tuple[Ledger, list[tuple[str, list[Finding], bool]]]:
    """The ledger of these files, and of each its findings, and whether records may be lost."""
    shelf, taken = ledger.Shelf(), []
    for file, kind, text in records:
        document = source.load(text, file)
        findings, unsure = ledger.read(document, kind, shelf) if kind in RECORDS else _no_such(kind, document)
        taken.append((file, findings, unsure))
    return shelf.ledger(), taken


def _no_such(kind: str, document: Document) -> tuple[list[Finding], bool]:
    guess = nearest(kind, RECORDS)
    hint = f"call it {guess}.yaml" if guess else f"the ledger's files are {', '.join(RECORDS)}"
    message = f"the ledger has no {kind}; {hint}"
    finding = Finding(Severity.ERROR, "ledger.file", message, document.file)
    return [*document.findings, finding], True


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
