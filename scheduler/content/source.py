"""Reading a YAML file into values that know their places; every fault is a finding, never an exception."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from scheduler.content import tree
from scheduler.content.characters import BIDI, UNREADABLE, describe, place
from scheduler.content.edit import add, quote, replace
from scheduler.content.scanner import PythonLoader
from scheduler.content.syntax import explain
from scheduler.content.tree import Node, ScalarNode
from scheduler.errors import ContentError
from scheduler.model import Finding, Severity, Span

__all__ = ["MAX_BYTES", "Document", "Spans", "add", "load", "quote", "read_text", "replace"]

MAX_BYTES = 2_000_000


class Spans(Mapping[str, Span]):
    """Places by dotted path, worked out when first asked for: most posts have nothing to report."""

    def __init__(self, *roots: tuple[str, Node, str]) -> None:
        """Each root is a prefix ("", "facts.killed"), its node and its file."""
        self._roots = roots

    @cached_property
    def _places(self) -> dict[str, Span]:
        return {
            path: tree.span(node, file)
            for prefix, root, file in self._roots
            for path, node in tree.walk(root, prefix)
        }

    def __getitem__(self, path: str) -> Span:
        return self._places[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Document:
    """One file. `root` None: nothing but comments stands in it, or it is `broken` and `findings` say why.

    `value` holds dicts, lists, str, int, float, bool and None; keys are always words.
    """

    root: Node | None
    file: str
    findings: list[Finding] = field(default_factory=list)
    broken: bool = False

    @cached_property
    def value(self) -> Any:
        return None if self.root is None else self.root.value

    @cached_property
    def spans(self) -> Mapping[str, Span]:
        return Spans() if self.root is None else Spans(("", self.root, self.file))


def read_text(path: Path, file: str) -> str:
    """The file's text with its own line ends, and its byte order mark if it has one. Raises ContentError."""
    try:
        if path.exists() and not path.is_file():  # a pipe or a device would be waited for without end
            raise ContentError("is no file that can be read; put an ordinary file there", file)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError(f"cannot be read ({error.strerror}); check its permissions", file) from None
    return decode(data, file)


def decode(data: bytes, file: str) -> str:
    """The bytes as text. Raises ContentError where they are too many or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise ContentError(f"is larger than {MAX_BYTES // 1_000_000} MB; split it into several files", file)
    if b"\0" in data[:2]:  # every second byte of plain letters in UTF-16
        raise ContentError("is not UTF-8; save it in your editor with the encoding UTF-8", file, 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError(
            "is not UTF-8; save it in your editor with the encoding UTF-8", file, line
        ) from None


def unreadable(error: ContentError) -> Finding:
    """What read_text or decode raised, as a finding."""
    message = f"the file {error.message}"
    return Finding(Severity.ERROR, "yaml.unreadable", message, error.file, error.line, error.column)


def load(text: str | bytes, file: str, *, pure: bool = False) -> Document:
    """Parse one document. `pure` uses the Python parser even where the C one is built; both give the same."""
    try:
        text = decode(text, file) if isinstance(text, bytes) else text
    except ContentError as error:
        return Document(None, file, [unreadable(error)], broken=True)
    shift = 1 if text.startswith("\ufeff") else 0
    if faults := _refused(text, file, shift):
        return Document(None, file, faults, broken=True)
    builder, fault = _parse(text, file, shift, pure)
    findings = [*builder.findings, *_bidi(text, file)]
    if fault is not None or builder.refused:
        return Document(None, file, _in_order([*findings, *([fault] if fault else [])]), broken=True)
    if builder.root is not None:
        findings += _hidden_hashtags(builder.root, text, file)
    return Document(builder.root, file, _in_order(findings))


def _parse(text: str, file: str, shift: int, pure: bool) -> tuple[tree.Builder, Finding | None]:
    fast = getattr(yaml, "CSafeLoader", None)
    if fast is not None and not pure and "\t" not in text:  # a tab in a comment may be in a text after all
        builder = tree.Builder(text, file, shift)
        try:
            builder.build(yaml.parse(text[shift:], Loader=fast))
        except yaml.YAMLError:
            builder.refused = True
        if not builder.refused and not builder.findings:
            return builder, None
        # What is wrong is told by the Python parser alone: libyaml's words and places differ from its.
    builder = tree.Builder(text, file, shift)
    try:
        builder.build(yaml.parse(text[shift:], Loader=PythonLoader))
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # chr() of an escape beyond Unicode
        return builder, explain(error, text, file)
    return builder, None


def _refused(text: str, file: str, shift: int) -> list[Finding]:
    """What no parser should see, at its places."""
    if not text[shift:].strip():
        message = "the file is empty; if it was not meant to be, restore it, else delete it"
        return [Finding(Severity.ERROR, "yaml.empty", message, file, 1, 1)]
    found = [
        _fault(text, match.start(), file, "yaml.character", f"{describe(match[0])}, stands here; take it out")
        for match in islice(UNREADABLE.finditer(text, shift), tree.MAX_FINDINGS)
    ]
    return found + list(islice(_tabs(text, file), tree.MAX_FINDINGS))


def _tabs(text: str, file: str) -> Iterator[Finding]:
    """One finding for each line with a tab outside its comment. Tabs indent differently in every program."""
    if "\t" not in text:
        return
    for number, line in enumerate(_LINE_END.split(text), 1):
        column = line.find("\t") + 1
        if column and not _COMMENT_BEFORE_TAB.match(line):
            message = "a tab stands here; use spaces"
            yield Finding(Severity.ERROR, "yaml.tab", message, file, number, column)


_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT_BEFORE_TAB = re.compile(r"""(?:[^\t"'#]*[ ])?#""")


def _bidi(text: str, file: str) -> list[Finding]:
    return [
        _fault(text, match.start(), file, "yaml.character", f"{describe(match[0])}, stands here; take it out")
        for match in islice(BIDI.finditer(text), tree.MAX_FINDINGS)
    ]


def _hidden_hashtags(root: Node, text: str, file: str) -> Iterator[Finding]:
    """`text: Remember #Khojaly` loses its hashtag to YAML's comments, and nobody sees it go."""
    if not _HIDDEN.search(text):
        return
    for _, node in tree.walk(root):
        if isinstance(node, ScalarNode) and node.plain and _HIDDEN.match(text, node.end - 1):
            message = "what follows # is a comment here and does not go out; else put the text in quotes"
            yield _fault(text, node.end, file, "yaml.comment", message, Severity.WARNING)


_HIDDEN = re.compile(r"\S +#\w")


def _fault(
    text: str, offset: int, file: str, rule: str, message: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(severity, rule, message, file, *place(text, offset))


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.line, finding.column))
