"""A YAML document as a tree of nodes that know their places, with the scalars of YAML 1.2's core schema.

Built from parser events rather than by PyYAML's constructors: those read YAML 1.1 (`no` is false, 18:00 is
1080), drop all places, and let an alias grow without bound. Lines and columns count from 1; offsets count
characters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import yaml

from scheduler.content.characters import FORBIDDEN, describe, place
from scheduler.model import Finding, Severity, Span
from scheduler.text import normalise

MAX_DEPTH = 24
MAX_FINDINGS = 100


def _is_clean(raw: str) -> bool:
    """Whether `clean` has nothing to do; most scalars are short ASCII words, and there are many of them."""
    return raw.isascii() and "\n" not in raw and not raw.endswith(" ")


class ScalarNode:
    """`raw` is the text as the parser unfolded it, `value` what it means, text in its one form (NFC);
    `plain`: written without quotes."""

    __slots__ = ("column", "end", "line", "plain", "raw", "start", "value")

    def __init__(self, event: Any, text: str, shift: int) -> None:
        mark = event.start_mark
        self.line, self.column, self.start = mark.line + 1, mark.column + 1, mark.index + shift
        self.end = event.end_mark.index + shift
        self.raw: str = event.value
        self.plain = event.style is None or event.style == ""
        self.value: Any = core(self.raw) if self.plain else self.raw
        if not _is_clean(self.raw) and isinstance(self.value, str):
            self.value = normalise.clean(self.raw)
        if event.style == "|" or event.style == ">":
            # A block's end mark lies behind blank lines that a replacement must leave alone.
            self.end = self.start + len(text[self.start : self.end].rstrip(" \r\n"))


class SequenceNode:
    __slots__ = ("column", "end", "items", "line", "start")

    def __init__(self, event: Any, shift: int) -> None:
        mark = event.start_mark
        self.line, self.column, self.start = mark.line + 1, mark.column + 1, mark.index + shift
        self.end = event.end_mark.index + shift
        self.items: list[Node] = []

    @property
    def value(self) -> list[Any]:
        return [node.value for node in self.items]


class MappingNode:
    """`items` maps a key's words to the key's node and the value's."""

    __slots__ = ("column", "end", "items", "line", "start")

    def __init__(self, event: Any, shift: int) -> None:
        mark = event.start_mark
        self.line, self.column, self.start = mark.line + 1, mark.column + 1, mark.index + shift
        self.end = event.end_mark.index + shift
        self.items: dict[str, tuple[ScalarNode, Node]] = {}

    @property
    def value(self) -> dict[str, Any]:
        return {key: node.value for key, (_, node) in self.items.items()}


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NAMED: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMERIC_START = frozenset("+-.0123456789")


def core(raw: str) -> Any:
    """What an unquoted scalar means in YAML 1.2's core schema (yaml.org/spec/1.2.2 §10.3.2).

    Whole numbers of more than 18 digits stay words: nobody counts that far, but identifiers are that long.
    """
    if raw in _NAMED:
        return _NAMED[raw]
    if raw[0] not in _NUMERIC_START:
        return raw
    if _INTEGER.fullmatch(raw):
        base = {"0o": 8, "0x": 16}.get(raw[:2], 10)
        return int(raw, base)
    if _FLOAT.fullmatch(raw) and not raw.lstrip("+-").isdigit():
        return float(raw)
    return raw


_HEADER = re.compile(r"""["']|[|>][-+0-9]*(?: +#.*| *)(?=[\r\n]|\Z)""")
"""How a scalar that is not plain may begin."""


class _Refused(Exception):
    """The document is refused as a whole."""


class Builder:
    """Puts events together to a tree and collects what a document of ours may not contain."""

    def __init__(self, text: str, file: str, shift: int = 0) -> None:
        """`shift`: where in `text` the parsed text begins (1 behind a byte order mark)."""
        self.text, self.file, self.shift = text, file, shift
        self.findings: list[Finding] = []
        self.root: Node | None = None
        self._open: list[SequenceNode | MappingNode] = []
        self._keys: list[ScalarNode | None] = []
        self._documents = 0
        self.refused = False

    def build(self, events: Iterable[Any]) -> None:
        """Raises what the parser raises. `refused` where reading on made no sense; the findings say why."""
        try:
            self._build(events)
        except _Refused:
            self.refused = True

    def _build(self, events: Iterable[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                if event.anchor is not None or event.tag is not None:
                    self._property(event)
                self._add(self._scalar(event), event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._property(event)
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close(event)
            elif isinstance(event, yaml.AliasEvent):
                self._report(event, "yaml.alias", f"*{event.anchor} refers to another value; {_WRITE_OUT}")
                nothing = yaml.ScalarEvent(None, None, (True, False), "", event.start_mark, event.end_mark)
                self._add(ScalarNode(nothing, self.text, self.shift), event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event)

    def _scalar(self, event: Any) -> ScalarNode:
        node = ScalarNode(event, self.text, self.shift)
        if not node.plain and not _HEADER.match(self.text, node.start):
            raise yaml.YAMLError("libyaml takes |# for a header")
        if event.style == '"' and (bad := FORBIDDEN.search(node.raw)):
            if (
                bad[0] not in self.text[node.start : node.end]
            ):  # written as an escape; else it is known already
                self._report(event, "yaml.character", f"this text holds {describe(bad[0])}; take it out")
            node.value = normalise.clean(FORBIDDEN.sub("", node.raw))
        return node

    def _property(self, event: Any) -> None:
        if event.anchor is not None:
            self._report(event, "yaml.alias", f"&{event.anchor} names a value to be repeated; {_WRITE_OUT}")
        if event.tag is not None:
            self._report(event, "yaml.tag", "a word beginning with ! stands here; put the text in quotes")

    def _start(self, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._report(event, "yaml.too-deep", f"more than {MAX_DEPTH} levels stand inside each other")
            raise _Refused
        node: SequenceNode | MappingNode
        node = (
            SequenceNode(event, self.shift)
            if isinstance(event, yaml.SequenceStartEvent)
            else MappingNode(event, self.shift)
        )
        self._add(node, event)
        self._open.append(node)
        self._keys.append(None)

    def _close(self, event: Any) -> None:
        node = self._open.pop()
        self._keys.pop()
        if self.text[node.start : node.start + 1] in ("[", "{"):
            node.end = event.end_mark.index + self.shift
        elif isinstance(node, SequenceNode):
            node.end = max((item.end for item in node.items), default=node.end)
        else:
            node.end = max((value.end for _, value in node.items.values()), default=node.end)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._report(event, "yaml.documents", "--- begins a second document; a file holds one")
            raise _Refused

    def _add(self, node: Node, event: Any) -> None:
        if not self._open:
            nothing = isinstance(node, ScalarNode) and node.plain and not node.raw
            self.root = None if nothing else node
            return
        parent = self._open[-1]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = self._key(node, event)
        else:
            self._keys[-1] = None
            self._set(parent, key, node)

    def _key(self, node: Node, event: Any) -> ScalarNode:
        if isinstance(node, ScalarNode) and node.plain and not node.raw:
            self._say(self._open[-1], "yaml.key", "a key is missing here; put a text with : or ? in quotes")
            raise _Refused
        if isinstance(node, ScalarNode):
            return node
        self._report(
            event,
            "yaml.key",
            "a list or map stands where a key is expected; begin texts with { or [ in quotes",
        )
        raise _Refused

    def _set(self, parent: MappingNode, key: ScalarNode, node: Node) -> None:
        nothing = isinstance(node, ScalarNode) and node.start == node.end
        if nothing and self.text[node.start - 1 : node.start] != ":":
            # `{key}` and `? key` have no value, and each parser says something else of where it is not.
            node.start = node.end = key.end
            node.line, node.column = place(self.text, key.end)
        if (first := parent.items.get(key.raw)) is None:
            parent.items[key.raw] = (key, node)
            return
        self._say(
            key, "yaml.duplicate-key", f"{key.raw} stands here twice, first in line {first[0].line}; keep one"
        )

    def _report(self, event: Any, rule: str, message: str) -> None:
        self._at(event.start_mark.line + 1, event.start_mark.column + 1, rule, message)

    def _say(self, node: Node, rule: str, message: str) -> None:
        self._at(node.line, node.column, rule, message)

    def _at(self, line: int, column: int, rule: str, message: str) -> None:
        self.findings.append(Finding(Severity.ERROR, rule, message, self.file, line, column))
        if len(self.findings) >= MAX_FINDINGS:
            raise _Refused


_WRITE_OUT = "write the value out, or put a text beginning with & or * in quotes"


def span(node: Node, file: str) -> Span:
    return Span(file, node.line, node.column, node.start, node.end)


def walk(node: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Every value by dotted path ("text.en", "facts.0"), itself first; a key's own path is "text.~en"."""
    yield prefix, node
    if isinstance(node, ScalarNode):
        return
    base = f"{prefix}." if prefix else ""
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.items):
            yield from walk(item, f"{base}{number}")
        return
    for name, (key, value) in node.items.items():
        yield f"{base}~{name}", key
        yield from walk(value, f"{base}{name}")


def owners(items: Sequence[Node], findings: Iterable[Finding]) -> Iterator[tuple[Finding, int]]:
    """Each finding of a file with the number of the list item it stands in, -1 before the first."""
    starts = [(item.line, item.column) for item in items]
    for finding in findings:
        yield finding, bisect_right(starts, (finding.line, finding.column)) - 1
