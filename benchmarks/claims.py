"""What it costs to ask the store for work, with a thousand posts queued or a million; and how it searches.

    python -m benchmarks.claims [--sizes 1000,10000,100000,1000000] [--runs 200]

Milliseconds, medians; a tenth as many deliveries as are queued were published before. Beside it what the
rivals do for the same: the next due job, and a look when nothing is due. Below, the steps SQLite says it
takes (EXPLAIN QUERY PLAN) for every statement run on the largest store, and how many instructions each took:
what grows with the queue shows there on a busy machine too. Nothing is asserted.
"""

import argparse
import itertools
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import plain, rivals
from benchmarks.contenders import FAR, YEAR
from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Prepared, Sent
from scheduler.store import Claim, Decision

SIZES, RUNS, CHANNELS = (1_000, 10_000, 100_000, 1_000_000), 200, 100
RIVALS_UP_TO = 100_000
"""A million rows of pickles take too long to make and tell nothing new."""

READS = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)\b")

Act = Callable[[], object]
Statement = tuple[str, Any]


def milliseconds(act: Act, runs: int) -> float:
    """The median of one call, after one that is not counted."""
    act()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


class Desk:
    """A store with so many deliveries queued, and some on each channel that are due, to work with."""

    def __init__(self, folder: Path, queued: int, due: int, now: datetime) -> None:
        plain.campaign(folder, "http://127.0.0.1:1", CHANNELS)
        self.store = plain.opened(folder).store(Mode.LIVE)
        self.now, self._next = now, 0
        plain.past(self.store, queued // 10, CHANNELS, now)
        plain.fill(self.store, plain.queued(queued, CHANNELS, now + FAR, over=YEAR), now)
        known = plain.names(CHANNELS)
        waiting = (plain.delivery(n, known[n % CHANNELS], now, post="due") for n in range(due))
        plain.fill(self.store, waiting, now)

    def claim_and_give_back(self) -> None:
        claim = self._claim()
        assert self.store.give_back(claim, None, "", self.now)

    def deliver(self) -> None:
        """Claim, gate, settle: all that the database has to do with one post."""
        claim = self._claim()
        prepared = Prepared({"status": "x", "key": claim.key}, baseline="", key=claim.key)
        assert self.store.begin(claim, 0, prepared, self.now)
        receipt = Receipt(claim.key, f"http://loopback/{claim.key}")
        assert self.store.settle(claim, 0, Sent(receipt), self.now, Decision(State.PUBLISHED))

    def _claim(self) -> Claim:
        channel = plain.names(CHANNELS)[self._next % CHANNELS]
        self._next += 1
        claim = self.store.claim(self.now, channel)
        assert claim is not None
        return claim

    def acts(self) -> dict[str, Act]:
        """The calls by their name in the table; the last one uses up what is due."""
        before = self.now - timedelta(days=40)
        leads = {name: timedelta(minutes=2) for name in plain.names(CHANNELS)}
        return {
            "claim, give back": self.claim_and_give_back,
            "claim, nothing due": lambda: self.store.claim(before, "c-000"),
            "which channels wait": lambda: self.store.awaiting(before),
            "next due": lambda: self.store.next_due(self.now),
            "next due, uploads ahead": lambda: self.store.next_due(self.now, leads),
            "sweep": lambda: self.store.sweep(self.now),
            "expire": lambda: self.store.expire(self.now),
            "claim, begin, settle": self.deliver,
        }


def jobs(folder: Path, queued: int, now: datetime) -> dict[str, Act]:
    """The same of APScheduler's job store: it writes the due job's next time, or deletes it."""
    rivals.fill_jobs(folder, queued, now + FAR, YEAR)
    store = rivals.job_store(folder)
    return {
        "claim, nothing due": lambda: store.get_due_jobs(now),
        "next due": store.get_next_run_time,
    }


def tasks(folder: Path, queued: int, now: datetime) -> dict[str, Act]:
    """The same of Huey: it knows no next time, and looks once a second."""
    rivals.fill_queue(folder, queued, now + FAR, YEAR)
    queue = rivals.queue(folder)
    return {"claim, nothing due": lambda: (queue.read_schedule(now.replace(tzinfo=None)), queue.dequeue())}


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Every statement that SQLAlchemy runs meanwhile, with its parameters."""
    seen: list[Statement] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _ctx: Any, many: bool) -> None:
        if not many:
            seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Plan:
    """How SQLite goes about a statement, and how many instructions of its machine that took."""

    steps: tuple[str, ...]
    work: int

    def grows_from(self, smaller: "Plan") -> bool:
        """Whether it reads more because more is queued; an index search takes only a few steps more."""
        return self.work > 2 * smaller.work + 500


def plans(file: Path, statements: Sequence[Statement]) -> dict[str, Plan]:
    """The plan of each statement that reads or changes rows, once for each text; nothing is changed."""
    wanted = {text: values for text, values in statements if READS.match(text)}
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        return {_short(text): _plan(connection, text, values) for text, values in wanted.items()}


def _plan(connection: sqlite3.Connection, statement: str, values: Any) -> Plan:
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    ticks = itertools.count()
    connection.set_progress_handler(lambda: next(ticks) and None, 1)
    connection.execute(statement, values).fetchall()
    connection.set_progress_handler(None, 1)
    return Plan(tuple(steps), next(ticks))


def _short(statement: str) -> str:
    """The statement without its columns: what it looks for is the part after FROM."""
    flat = " ".join(statement.split())
    found = re.sub(r"^SELECT (?:(?!\b(?:min|max|count)\().)*? FROM\b", "SELECT … FROM", flat)
    return re.sub(r"^(UPDATE \w+) SET .*? (WHERE)\b", r"\1 … \2", found)


def explained(desk: Desk) -> dict[str, Plan]:
    """How SQLite goes about each statement of a delivery and of an idle look."""
    with recorded() as statements:
        for act in desk.acts().values():
            act()
    return plans(desk.store.folder / "scheduler.db", statements)


def growing(small: dict[str, Plan], large: dict[str, Plan]) -> list[str]:
    """The statements that do more work on the larger store."""
    both = small.keys() & large.keys()
    return sorted(name for name in both if large[name].grows_from(small[name]))


def column(act: dict[str, Act], runs: int) -> dict[str, float]:
    return {name: milliseconds(call, runs) for name, call in act.items()}


def measure(folder: Path, sizes: Sequence[int], runs: int) -> str:
    """A table by size for each contender, and the plans of the largest store."""
    now = datetime.now(UTC)
    ours: dict[int, dict[str, float]] = {}
    others: dict[str, dict[int, dict[str, float]]] = {"APScheduler": {}, "Huey": {}}
    searches: dict[int, dict[str, Plan]] = {}
    for size in sizes:
        work = folder / str(size)
        work.mkdir()
        desk = Desk(work, size, runs + 2 * CHANNELS, now)
        with desk.store:
            ours[size] = column(desk.acts(), runs)
            searches[size] = explained(desk)
        if size <= RIVALS_UP_TO:
            others["APScheduler"][size] = column(jobs(work, size, now), runs)
            others["Huey"][size] = column(tasks(work, size, now), runs)
    parts = [_by_size("this scheduler", ours), *(_by_size(name, found) for name, found in others.items())]
    return "\n".join([*parts, *_searches(searches)])


def _by_size(name: str, found: dict[int, dict[str, float]]) -> str:
    lines = [f"\n{name}, ms" + " " * (22 - len(name)) + "".join(f"{size:>12,}" for size in found)]
    for act in next(iter(found.values()), {}):
        lines.append(f"  {act:24}" + "".join(f"{figures[act]:12.3f}" for figures in found.values()))
    return "\n".join(lines)


def _searches(found: dict[int, dict[str, Plan]]) -> Iterator[str]:
    smallest, largest = min(found), max(found)
    slow = growing(found[smallest], found[largest])
    yield f"\nHow SQLite searches, and its machine's instructions with {largest:,} queued."
    yield f"{len(slow)} of {len(found[largest])} statements do more than with {smallest:,}."
    yield from (f"  GROWS: {statement}" for statement in slow)
    for statement, plan in sorted(found[largest].items()):
        yield f"  {plan.work:>6}  {statement}"
        yield from (f"            {step}" for step in plan.steps)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--sizes", type=lambda text: tuple(int(one) for one in text.split(",")), default=SIZES
    )
    parser.add_argument("--runs", type=int, default=RUNS)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(measure(Path(name), words.sizes, words.runs))


if __name__ == "__main__":
    main()
