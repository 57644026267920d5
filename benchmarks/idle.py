"""What a scheduler costs that has nothing to do: CPU and memory, and whether memory grows over a day.

    python -m benchmarks.idle [--queued 100000] [--seconds 60] [--only ours,huey] [--no-idle | --no-day]

Each contender runs as a process of its own with the same number of posts queued, none of them due; ours is
the whole service with 100 channels, its backup of the day made before. Then the engine lives through 24
hours on a clock of its own, a look every five seconds (twice as often as the idle service does its chores),
with a post due every ninety: two minutes of CPU. Nothing is asserted.
"""

import argparse
import gc
import multiprocessing
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import plain
from benchmarks.contenders import NAMES, Filled, filled, running, table
from benchmarks.loopback import Loopback, network
from scheduler.delivery import Engine
from scheduler.model import Mode, State
from scheduler.service.backing_up import back_up
from scheduler.service.diary import Diary
from scheduler.store import Store

SETTLING = 5.0
HOUR, DAY, LOOK = timedelta(hours=1), timedelta(days=1), timedelta(seconds=5)
HEARTBEAT, APART = timedelta(seconds=10), timedelta(seconds=90)


def cpu(pid: int) -> float:
    """The seconds of CPU a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> dict[str, float]:
    """MB resident now (VmRSS) and at most (VmHWM)."""
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines if words[0] in ("VmRSS:", "VmHWM:")}


def idle(
    prepared: Filled, server: Loopback, name: str, seconds: float, settling: float = SETTLING
) -> list[float]:
    """CPU in percent of a core, MB resident, and the most it ever was."""
    server.forget()
    folder = prepared.fresh(name)
    if name == "ours":
        # Of the minute that is measured the one backup of the day would be most.
        with Store.open(folder / "data", Mode.LIVE) as store:
            back_up(store, datetime.now(UTC))
    with running(name, folder, server, prepared.channels) as at_work:
        time.sleep(settling)
        before, began = cpu(at_work.pid), time.monotonic()
        time.sleep(seconds)
        used = 100 * (cpu(at_work.pid) - before) / (time.monotonic() - began)
        found = memory(at_work.pid)
    return [used, found["VmRSS"], found["VmHWM"]]


class VirtualDay:
    """The engine and the service's chores beside it, on a clock that only this moves."""

    def __init__(self, folder: Path) -> None:
        campaigning = plain.opened(folder)
        self.start = self.now = datetime.now(UTC)
        self.store = campaigning.store(Mode.LIVE)
        self._diary = Diary()
        self._engine = Engine(
            self.store,
            lambda channel: campaigning.connect(channel, self.store),
            boot=lambda: (self.now - self.start).total_seconds(),
            assume_clock=True,
        )

    def live(self, until: datetime) -> None:
        """Look after look, with the service's other chores between them."""
        while self.now < until:
            self._engine.tick(self.now)
            self._diary.look(self.store, self.now)
            if (self.now - self.start) % HEARTBEAT < LOOK:
                self.store.heartbeat(self.now)
            self.now += LOOK

    @property
    def published(self) -> int:
        with self.store.transaction() as connection:
            query = "SELECT count(*) FROM deliveries WHERE state = ? AND post LIKE 'day-%'"
            return int(connection.exec_driver_sql(query, (State.PUBLISHED,)).scalar_one())


def grown(folder: Path, span: timedelta = DAY, warm: timedelta = HOUR) -> list[float]:
    """MB after the first hour, at the end, and the posts sent between; in this process."""
    day = VirtualDay(folder)
    with day.store:
        count = span // APART
        known = plain.names(1)
        due = (
            plain.delivery(number, known[0], day.start + number * APART, post="day")
            for number in range(count)
        )
        plain.fill(day.store, due, day.start)
        day.live(day.start + warm)
        gc.collect()
        before = memory(os.getpid())["VmRSS"]
        day.live(day.start + span)
        gc.collect()
        return [before, memory(os.getpid())["VmRSS"], float(day.published)]


def a_day(folder: Path, span: timedelta = DAY, warm: timedelta = HOUR) -> list[float]:
    """The same in a process that has done nothing else before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(grown, (folder, span, warm))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), default=NAMES)
    parser.add_argument("--no-day", action="store_true")
    parser.add_argument("--no-idle", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, network() as server:
        prepared = filled(Path(name), server.url, words.queued, words.channels, words.only)
        if not words.no_idle:
            rows = {one: idle(prepared, server, one, words.seconds) for one in words.only}
            title = f"{words.queued:,} queued on {words.channels} channels, idle for {words.seconds:g} s"
            print(table(title, ("CPU % of a core", "MB", "most MB"), rows, "<= 0.5 %, <= 110 MB"), flush=True)
        if "ours" in words.only and not words.no_day:
            before, after, posts = a_day(prepared.fresh("ours"))
            print(
                f"\n24 virtual hours, {posts:.0f} posts: {before:.1f} MB after the first hour, {after:.1f} MB"
            )
            print(f"at the end: {after - before:+.1f} MB   (target: <= 5 MB)")


if __name__ == "__main__":
    main()
