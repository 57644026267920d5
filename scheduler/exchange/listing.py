"""Posts and records as one table: a column for every field that any of them uses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.exchange import cells, handwriting, headings
from scheduler.exchange.shape import Path, Shape

BASIC = ("id", "kind", "author", "when", "text", "hashtags", "link", "channels", "facts", "priority", "draft")
"""Fields of a post that have their column even where no post uses them."""


@dataclass(frozen=True)
class Listed:
    """A table ready to write: headings with their paths (() for what is only shown), and rows of cells."""

    headings: tuple[str, ...]
    paths: tuple[Path, ...]
    rows: tuple[tuple[Any, ...], ...]


def flat(value: Any, shape: Shape, first: str, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every cell of a value: its path and what stands there. `first`: the language of a text without one."""
    name = str(path[-1]) if path else ""
    if isinstance(value, Mapping):
        if not value and shape.each is not None and path:
            yield path, cells.NONE
        for key, one in value.items():
            inner = shape.at((key,))
            if inner is None:
                continue
            # What holds for every language stands in the column without one.
            yield from flat(one, inner, first, path if key == "" else (*path, key))
    elif isinstance(value, list) and shape.items is not None:
        if not value:
            yield path, cells.NONE
        for number, one in enumerate(value):
            yield from flat(one, shape.items, first, (*path, number))
    elif value is not None and shape.leaf is not None:
        localised = shape.each is not None and not shape.leaf.many and name not in ("link", "use")
        yield (*path, first) if localised else path, cells.cell(value, _field(path))


def _field(path: Path) -> str:
    """The name that says what a list holds: hashtags by language are hashtags too."""
    return "hashtags" if "hashtags" in path else str(path[-1]) if path else ""


def table(values: Sequence[Mapping[str, Any]], shape: Shape, languages: tuple[str, ...]) -> Listed:
    """All values, a row each, in their order; columns in the order a person fills them in."""
    rows = [dict(flat(value, shape, languages[0])) for value in values]
    basic = _basic(languages) if "kind" in shape.fields else [("id",)]
    paths = sorted(
        {*basic, *(path for row in rows for path in row)}, key=lambda one: _rank(one, shape, languages)
    )
    return Listed(
        tuple(headings.written(path) for path in paths),
        tuple(paths),
        tuple(tuple(row.get(path) for path in paths) for row in rows),
    )


def _basic(languages: tuple[str, ...]) -> list[Path]:
    return [
        path
        for name in BASIC
        for path in ([("text", one) for one in languages] if name == "text" else [(name,)])
    ]


def _rank(path: Path, shape: Shape, languages: tuple[str, ...]) -> tuple[Any, ...]:
    """Fields in their order, pictures by number, languages in the campaign's order."""
    ranks: list[tuple[int, str]] = []
    here: Shape | None = shape
    for number, step in enumerate(path):
        if isinstance(step, int):
            ranks.append((step, ""))
        elif here is not None and step in here.fields:
            order = list(here.fields)
            ranks.append((_first(step, number, order), step))
        else:
            ranks.append((languages.index(step) if step in languages else len(languages), step))
        here = here.at((step,)) if here is not None else None
    return tuple(ranks)


def _first(step: str, number: int, order: list[str]) -> int:
    """A post's keys stand as in its file; records and inner keys in the order of their form."""
    if number == 0 and "kind" in order:
        return handwriting.post_rank(step)[1]
    return order.index(step)


def as_csv(listed: Listed) -> bytes:
    """CSV that Excel opens as it is: UTF-8 with its mark, no cell that would run as a formula."""
    return written([listed.headings, *listed.rows], guard=True)


def written(rows: Iterable[Sequence[Any]], *, guard: bool, quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    """Rows as CSV in UTF-8 with a byte order mark and \\r\\n."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=quoting)
    for row in rows:
        writer.writerow(
            ["" if one is None else cells.guarded(str(one)) if guard else str(one) for one in row]
        )
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")
