"""The zones of a sheet's times: of a heading, a column or an offset. Of two for one time none is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from scheduler.exchange import dates
from scheduler.exchange.tables import letter

_SHOWN = 8
"""Rows, or runs of them, that are named of one zone."""

Named = tuple[int, str]
"""A column (from 0), and the zone that it names."""


class Unclear(ValueError):
    """A zone that nobody knows; `column` is where it stands."""

    def __init__(self, column: int, words: str) -> None:
        super().__init__(words)
        self.column = column


class Two(Unclear):
    """A second zone."""


def one(named: Sequence[Named]) -> ZoneInfo | None:
    """The zone that all of them name; None for `local`, or where none does. Raises Unclear."""
    zones = [_known(column, words) for column, words in named]
    for (column, words), zone in zip(named, zones, strict=True):
        if zone != zones[0]:
            first, other = named[0]
            raise Two(
                column,
                f"says {words}, column {letter(first)} says {other}; one row has one zone: take one out",
            )
    return zones[0] if zones else None


def _known(column: int, words: str) -> ZoneInfo | None:
    try:
        return dates.zone(words)
    except ValueError as error:
        raise Unclear(column, str(error)) from None


@dataclass
class Told:
    """Which rows have times of which zone. `named`: some cell or heading of the sheet names one."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    named: bool = False

    def add(self, name: str, row: int) -> None:
        self.rows.setdefault(name, []).append(row)

    def note(self, home: str, uploaded: str | None) -> str | None:
        """What a person should know of them; `uploaded` is the zone taken for an upload file's times."""
        if len(self.rows) > 1:
            listed = ", ".join(f"{zone} ({_listed(rows)})" for zone, rows in self.rows.items())
            return f"The sheet has times of several zones: {listed}. Written in {home}."
        if uploaded is not None and not self.named:
            return f"Times are taken for those of {uploaded}; name another in a column zone."
        only = next(iter(self.rows), home)
        return f"Times of {only} are written in {home}." if only != home else None


def _listed(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    runs = list(_runs(rows))
    shown = ", ".join(f"{first}–{last}" if first != last else f"{first}" for first, last in runs[:_SHOWN])
    rest = sum(last - first + 1 for first, last in runs[_SHOWN:])
    return f"rows {shown}" + (f" and {rest} more" if rest else "")


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows in order, those without a gap together."""
    first = last = rows[0]
    for row in rows[1:]:
        if row != last + 1:
            yield first, last
            first = row
        last = row
    yield first, last
