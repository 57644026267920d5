"""What it costs to ask a PostgreSQL server for work, with a thousand rows or a million, and how."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import plain
from benchmarks.claims import READS, Act, milliseconds
from benchmarks.contenders import FAR, YEAR
from benchmarks.server import Server
from scheduler.model import Mode
from scheduler.platforms.base import Prepared
from scheduler.store import Claim, Store, schema
from scheduler.store.wire import Built, Found, Wire

COMMON_ROWS, COMMON_CHANNELS = 10_000, 100
DUE = 8
"""Posts due on each channel that is worked with; more would only take longer to write."""

WIDEST = 50


class Desk:
    """A store on the server with so many deliveries queued, and a few due on some channels."""

    def __init__(self, store: Store, one: Server, where: str, rows: int, channels: int) -> None:
        self.store, self.now, self._next = store, datetime.now(UTC), 0
        self._names = plain.names(channels)[:WIDEST]
        plain.fill(store, plain.queued(1, 1, self.now + FAR, over=YEAR), self.now)
        one.run(f"SET search_path TO {where}; {_many(rows, channels)}")
        plain.past(store, COMMON_CHANNELS, min(channels, COMMON_CHANNELS), self.now)
        due = (
            plain.delivery(number, name, self.now - timedelta(seconds=1), post=f"due-{name}")
            for name in self._names
            for number in range(DUE)
        )
        plain.fill(store, due, self.now)
        one.run(f"VACUUM ANALYZE {where}.deliveries")

    def _claim(self) -> Claim:
        self._next += 1
        claim = self.store.claim(self.now, self._names[self._next % len(self._names)])
        assert claim is not None
        return claim

    def claim_and_give_back(self) -> None:
        assert self.store.give_back(self._claim(), None, "", self.now)

    def claim(self) -> None:
        """The claim alone is timed; putting back is not."""
        self.taken = self._claim()

    def put_back(self) -> None:
        assert self.store.give_back(self.taken, None, "", self.now)

    def begin_in_vain(self) -> None:
        """The gate looks at everything, and finds that the claim is not the one it was."""
        claim = Claim(**{**vars(self.taken), "owner": "nobody"})
        assert not self.store.begin(claim, 0, Prepared({}, baseline="", key=claim.key), self.now)

    def acts(self) -> dict[str, Act]:
        before = self.now - timedelta(days=40)
        self.claim()
        self.put_back()
        return {
            "claim, give back": self.claim_and_give_back,
            "claim, nothing due": lambda: self.store.claim(before, self._names[0]),
            "the gate": self.begin_in_vain,
            "which channels wait": lambda: self.store.awaiting(before),
            "next due": lambda: self.store.next_due(self.now),
        }


def _many(rows: int, channels: int) -> str:
    """SQL that multiplies the one row there is, spread over the channels and a year."""
    step = (YEAR // max(1, rows)) // schema.MICROSECOND
    changed = {
        "channel": f"'c-' || lpad((g % {channels})::text, greatest(3, length((g % {channels})::text)), '0')",
        "key": "year || '/queued-' || g || '/c-' || g",
        "post": "'queued-' || g",
        **{name: f"{name} + g::bigint * {step}" for name in ("due", "planned_due", "expires")},
    }
    columns = [column.name for column in schema.deliveries.c if column.name != "id"]
    values = ", ".join(changed.get(name, name) for name in columns)
    names = ", ".join(columns)
    return (
        f"INSERT INTO deliveries ({names}) SELECT {values} FROM deliveries, generate_series(1, {rows}) AS g"
    )


@contextmanager
def desk(one: Server, rows: int, channels: int) -> Iterator[Desk]:
    where = f"q{rows}_{channels}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = plain.campaign(folder, "http://127.0.0.1:1", channels)
        config.write_text(
            f"{config.read_text(encoding='utf-8')}store: '{one.url(where)}'\n", encoding="utf-8"
        )
        with plain.opened(folder).store(Mode.LIVE) as store:
            store.go_by_its_clock()
            yield Desk(store, one, where, rows, channels)


@contextmanager
def sent() -> Iterator[set[str]]:
    """The text of every statement that goes straight to the server meanwhile."""
    texts, send = set(), Wire._send

    def noted(wire: Wire, built: Built, given: Mapping[str, Any]) -> Found:
        texts.add(built.text.decode())
        return send(wire, built, given)

    Wire._send = noted  # type: ignore[method-assign]
    try:
        yield texts
    finally:
        Wire._send = send  # type: ignore[method-assign]


def plans(one: Server, where: str, texts: Iterable[str]) -> dict[str, list[str]]:
    """How the server goes about each statement: the lines of its plan that read a table."""
    found = {}
    for number, text in enumerate(sorted(filter(READS.match, texts))):
        lines = (line.strip().lstrip("-> ") for line in one.explained(where, f"plan{number}", text))
        found[" ".join(text.split())] = [line.partition("  (")[0] for line in lines if "Scan" in line]
    return found


def column(made: Desk, runs: int) -> dict[str, float]:
    return {name: milliseconds(act, runs) for name, act in made.acts().items()}


def measured(one: Server, rows: Sequence[int], widths: Sequence[int], runs: int) -> Iterator[str]:
    """Lines: milliseconds by rows, milliseconds by channels, and what is read without an index."""
    by_rows, by_width, searched = {}, {}, {}
    for size in rows:
        with desk(one, size, COMMON_CHANNELS) as made:
            with sent() as texts:
                by_rows[f"{size:,} rows"] = column(made, runs)
            searched = plans(one, f"q{size}_{COMMON_CHANNELS}", texts)
    for width in widths:
        with desk(one, COMMON_ROWS + width, width) as made:
            by_width[f"{width:,} ch."] = column(made, runs)
    yield from _table(f"ms, {COMMON_CHANNELS} channels", by_rows)
    yield from _table(f"ms, {COMMON_ROWS:,} rows", by_width)
    whole = {text: reads for text, reads in searched.items() if any(one.startswith("Seq") for one in reads)}
    yield f"{len(searched)} statements with {max(rows):,} rows; of them read from end to end: {len(whole)}"
    yield from (f"  {text[:100]} … {'; '.join(reads)}" for text, reads in whole.items())
    lines = (line for reads in searched.values() for line in reads if " using " in line)
    used = sorted({line.partition(" using ")[2].partition(" on ")[0] for line in lines})
    yield "searched: " + ", ".join(used)


def _table(title: str, found: dict[str, dict[str, float]]) -> Iterator[str]:
    yield f"{title:26}" + "".join(f"{head:>16}" for head in found)
    for act in next(iter(found.values())):
        yield f"  {act:24}" + "".join(f"{figures[act]:16.2f}" for figures in found.values())
