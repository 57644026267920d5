"""What commands print: JSON for programs, plain lines for people, a progress bar only on a terminal."""

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import click

from scheduler.model import Campaign


def now() -> datetime:
    """The wall clock, asked here and in the service only."""
    return datetime.now(UTC)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A local time a person reads, with its zone named: Fri 26 Feb 2027 09:00 Asia/Baku."""
    there = moment.astimezone(zone)
    return f"{day(there.date())} {clock(there)} {zone.key}"


def day(one: date) -> str:
    """Fri 26 Feb 2027."""
    return f"{one:%a} {one.day} {one:%b %Y}"


def clock(there: datetime) -> str:
    """09:00, with seconds only where there are any."""
    return f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"


def city(zone: ZoneInfo) -> str:
    """Baku, for Asia/Baku: short enough to stand beside a time."""
    return zone.key.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True)
class Line:
    """One delivery in a list: what stands beside its channel (`cells`), and what is to be said of it.

    `plain` is the same as one row of a pipe, tab-separated.
    """

    due: datetime
    post: str
    channel: str
    cells: tuple[str, ...]
    words: str
    plain: tuple[str, ...]


def by_day(lines: Iterable[Line], campaign: Campaign) -> None:
    """Days, their posts and where each goes, on a terminal; a row for each delivery in a pipe."""
    ordered = sorted(lines, key=lambda line: (line.due, line.post, line.channel))
    if not sys.stdout.isatty():
        for line in ordered:
            click.echo("\t".join(line.plain))
        return
    zone = campaign.timezone
    widths = _widths(ordered)
    for date_, mine in groupby(ordered, key=lambda line: line.due.astimezone(zone).date()):
        click.secho(f"{day(date_)}{_relative(date_, campaign)}", bold=True)
        for (due, post), alike in groupby(mine, key=lambda line: (line.due, line.post)):
            click.echo(f"  {clock(due.astimezone(zone))} {city(zone)} · {_utc(due, date_)}  {post}")
            for line in alike:
                _show(line, widths)


def _show(line: Line, widths: Sequence[int]) -> None:
    cells = (line.channel, *line.cells)
    padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    if not line.words:
        click.echo(f"      {padded.rstrip()}")
    elif len(line.words) + len(padded) + 8 <= columns():
        click.echo(f"      {padded}  {line.words}")
    else:
        click.echo(f"      {padded.rstrip()}")
        click.echo(folded(line.words, "        "))


def _widths(lines: Sequence[Line]) -> list[int]:
    return [
        max(map(len, column)) for column in zip(*((one.channel, *one.cells) for one in lines), strict=True)
    ]


def _utc(due: datetime, here: date) -> str:
    """05:00 UTC, with its day where that is another one."""
    there = due.astimezone(UTC)
    return f"{clock(there)} UTC" + ("" if there.date() == here else f" on {there.day} {there:%b}")


def _relative(one: date, campaign: Campaign) -> str:
    """ " · D-3" within a year of the day."""
    days = (one - campaign.day).days
    if abs(days) > 365:
        return ""
    return " · D" + (f"{days:+}" if days else "")


def columns() -> int:
    """The terminal's width; 80 where that cannot be known."""
    return shutil.get_terminal_size((80, 24)).columns


def folded(words: str, indent: str = "", first: str | None = None) -> str:
    """The words in lines of the terminal's width; as one line in a pipe."""
    start = indent if first is None else first
    if not sys.stdout.isatty():
        return start + words
    return textwrap.fill(
        words,
        max(40, columns() - 1),
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal; None, and no noise, anywhere else."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 post, 2 posts."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def few(words: Iterable[str], shown: int = 5) -> str:
    """The first of them, and how many more there are."""
    listed = list(words)
    rest = len(listed) - shown
    return ", ".join(listed[:shown]) + (f" and {rest} more" if rest > 0 else "")
