"""A message's text in pieces, so that links, hashtags, the warning line and cited words can be marked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from scheduler.text import entities

Kind = Literal["text", "link", "hashtag", "mention", "cited", "warning"]

_WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A run of the text. `href` is where it leads: a web address, or `#…` to the record that it cites."""

    kind: Kind
    text: str
    href: str | None = None


@dataclass(frozen=True)
class Cited:
    """`text[start:end]` is shown by the record whose place in the page is `anchor`."""

    start: int
    end: int
    anchor: str


def web(address: str | None) -> str | None:
    """The address if a browser may follow it: http and https alone, no other scheme becomes a link."""
    return address if address and _WEB.match(address) else None


def pieces(text: str, cited: Iterable[Cited] = (), warning: str | None = None) -> tuple[Piece, ...]:
    """The whole text in order. Of two marks that overlap, entities win over cited words, then the earlier.

    `warning`: the words of a warning that the platform has no field for; they mark the text's first line.
    """
    found: list[tuple[int, int, Kind, str | None]] = []
    if warning and (end := _warning_line(text, warning)):
        found.append((0, end, "warning", None))
    for entity in entities.find(text):
        href = web(text[entity.start : entity.end]) if entity.kind == "link" else None
        found.append((entity.start, entity.end, entity.kind, href))
    found += [(one.start, one.end, "cited", f"#{one.anchor}") for one in sorted(cited, key=_place)]
    return tuple(_cut(text, _apart(found)))


def _place(cited: Cited) -> tuple[int, int]:
    return cited.start, -cited.end


def _warning_line(text: str, warning: str) -> int:
    """Where the first line ends, if it is the warning."""
    line = text.partition("\n")[0]
    return len(line) if " ".join(warning.split()) in line else 0


_Mark = tuple[int, int, Kind, str | None]


def _apart(marks: Iterable[_Mark]) -> list[_Mark]:
    """The marks that no earlier one of the list overlaps, in the order of the text."""
    kept: list[_Mark] = []
    for mark in marks:
        if all(mark[1] <= other[0] or mark[0] >= other[1] for other in kept):
            kept.append(mark)
    return sorted(kept)


def _cut(text: str, marks: Iterable[_Mark]) -> Iterator[Piece]:
    reached = 0
    for start, end, kind, href in marks:
        if start > reached:
            yield Piece("text", text[reached:start])
        yield Piece(kind, text[start:end], href)
        reached = end
    if reached < len(text):
        yield Piece("text", text[reached:])
