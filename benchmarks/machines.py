"""What one, two and three schedulers on one PostgreSQL server carry, beside SQLite and two rivals.

    python -m benchmarks.machines [--part rate,due,claims] [--place disk,memory] [--backlog 3000]

rate     posts a second of a backlog over 1,000 channels, CPU for each post, and memory
due      from due to the request with three schedulers: one post at a time, and a hundred in one second
claims   what taking a post up costs with 1,000 to 1,000,000 rows, and with 10 to 10,000 channels; and by
         which indexes the server searches

The server is started for this and thrown away afterwards; fsync is on. It, the schedulers and the network
they post to share this machine's cores. Each scheduler is the whole service in a process of its own, with a
data folder and a name of its own. The rivals have their jobs on the same server: APScheduler in one process,
since two of them would both run every job, and Procrastinate with one worker and with three, each a process.
Nothing is asserted.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import plain, rivals, searches
from benchmarks.contenders import FAR, YEAR, Running, percentile, running
from benchmarks.delivery import Job, in_time, post_of
from benchmarks.idle import cpu, memory
from benchmarks.loopback import Loopback, network
from benchmarks.server import Server, disks, server
from scheduler.model import Mode
from scheduler.service.opening import MACHINE
from scheduler.store import schema

PARTS, PATIENCE, SETTLING = ("rate", "due", "claims"), 120.0, 3.0
NOTICING = 4.0
"""Seconds from writing posts down until they are due: long enough for every process to have looked."""
THREADS = 4
"""Tasks at once in a worker of Procrastinate: neither 1 nor 16 was clearly faster for it here."""


@dataclass(frozen=True)
class Size:
    """How much is measured; tests take little."""

    channels: int = 1000
    queued: int = 20_000
    backlog: int = 3000
    processes: tuple[int, ...] = (1, 2, 3)
    workers: tuple[int, ...] = (1, 3)
    singles: int = 60
    apart: float = 0.25
    burst: int = 100
    rows: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    widths: tuple[int, ...] = (10, 100, 1_000, 10_000)
    runs: int = 200


@dataclass(frozen=True)
class Site:
    """The schedulers at work on one database, what they post to, and the server, if there is one."""

    at_work: tuple[Running, ...]
    folder: Path
    network: Loopback
    server: Server | None
    channels: int

    def cpu(self) -> tuple[float, float]:
        """Seconds of all schedulers, and of the server."""
        own = sum(cpu(one.pid) for one in self.at_work)
        return own, self.server.cpu() if self.server is not None else 0.0

    def give(self, jobs: Sequence[Job]) -> None:
        """Write posts down as a reload would, past all the processes."""
        known = {name: number for number, name in enumerate(plain.names(self.channels))}
        with plain.opened(self.folder).store(Mode.LIVE) as store:
            planned = (
                plain.delivery(
                    int(job.key.rpartition("-")[2]),
                    job.channel,
                    datetime.fromtimestamp(job.due, UTC),
                    post=job.key.rpartition("-")[0],
                )
                for job in jobs
                if job.channel in known
            )
            plain.fill(store, planned, datetime.now(UTC))


@contextmanager
def site(place: Path, size: Size, processes: int, *, on_server: bool = True) -> Iterator[Site]:
    """So many schedulers with everything queued and every channel introduced."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
        loopback = stack.enter_context(network())
        one = stack.enter_context(server(place)) if on_server else None
        folders = [work / f"machine-{number}" for number in range(processes)]
        prepare(folders[0], loopback.url, size, one.url("campaign") if one is not None else None)
        for other in folders[1:]:
            shutil.copytree(folders[0], other)
        if one is not None:
            one.run("VACUUM ANALYZE", "CHECKPOINT")
        at_work = []
        for number, folder in enumerate(folders):
            # One machine's locks on accounts are not another's.
            names = {"TMPDIR": str(folder), MACHINE: folder.name}
            stack.enter_context(_environment(names))
            started = running("ours", folder, loopback, size.channels * (number + 1))
            at_work.append(stack.enter_context(started))
        whole = Site(tuple(at_work), folders[0], loopback, one, size.channels)
        _wait_until_quiet(whole)
        yield whole


@contextmanager
def _environment(names: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _wait_until_quiet(whole: Site) -> None:
    """Introducing a channel goes on after its account has answered."""
    end, before = time.monotonic() + PATIENCE, whole.cpu()[0]
    while time.monotonic() < end:
        time.sleep(SETTLING)
        now = whole.cpu()[0]
        if now - before < SETTLING * 0.2 * len(whole.at_work):
            return
        before = now


def prepare(folder: Path, url: str, size: Size, store_url: str | None) -> None:
    """A campaign's folder, and its database as after some weeks: accounts known, posts out, more to come."""
    now = datetime.now(UTC)
    config = plain.campaign(folder, url, size.channels)
    if store_url is not None:
        config.write_text(f"{config.read_text(encoding='utf-8')}store: '{store_url}'\n", encoding="utf-8")
    known = plain.names(size.channels)
    with plain.opened(folder).store(Mode.LIVE) as store:
        plain.past(store, size.channels, size.channels, now)
        plain.fill(store, plain.queued(size.queued, size.channels, now + FAR, over=YEAR), now)
        rows = [
            {"name": name, "mode": "live", "reason": "", "problem": "", "account_id": f"account-{name}"}
            for name in known
        ]
        with store.transaction() as connection:
            connection.execute(schema.channels.insert(), rows)


# -- rate


@dataclass(frozen=True)
class Rate:
    """Posts a second; CPU milliseconds for each post, of the schedulers and of the server; MB of ours."""

    posts: float
    own: float
    servers: float
    largest: float | None = None

    def __str__(self) -> str:
        memory = f" {self.largest:12.0f}" if self.largest is not None else ""
        return f"{self.posts:10.0f} {self.own:14.2f} {self.servers:14.2f}{memory}"


def rate(whole: Site, size: Size) -> Rate:
    """A backlog that falls due at once."""
    start = time.time() + NOTICING + size.backlog / 3000
    known = plain.names(size.channels)
    jobs = [Job(f"backlog-{n}", known[n % len(known)], start) for n in range(size.backlog)]
    whole.give(jobs)
    came, own, servers = watched(whole, jobs, start)
    largest = max(memory(one.pid)["VmHWM"] for one in whole.at_work)
    return Rate(size.backlog / (max(came) - start), own, servers, largest)


def watched(whole: Site, jobs: Sequence[Job], start: float) -> tuple[list[float], float, float]:
    """When each post came, and CPU milliseconds for each, of the schedulers and of the server."""
    time.sleep(max(0.0, start - time.time() - 1))
    before = whole.cpu()
    came = whole.network.wait_for(len(jobs), PATIENCE)
    own, servers = (
        1000 * (late - early) / len(jobs) for early, late in zip(before, whole.cpu(), strict=True)
    )
    return in_time(jobs, {post_of(key): moment for key, moment in came.items()})[1], own, servers


def rates(place: Path, size: Size) -> Iterator[str]:
    yield f"{size.backlog} posts due at once over {size.channels} channels, {size.queued:,} more queued"
    yield f"{'':26}{'posts/s':>10} {'CPU ms a post':>14} {'server ms':>14} {'most MB':>12}"
    with site(place, size, 1, on_server=False) as whole:
        yield f"{'SQLite, 1 process':26}{rate(whole, size)}"
    for processes in size.processes:
        with site(place, size, processes) as whole:
            yield f"{f'PostgreSQL, {processes} at work':26}{rate(whole, size)}"
    yield f"{'APScheduler on PostgreSQL':26}{rival(place, size):10.0f}"
    for workers in size.workers:
        words = f"Procrastinate, {workers} worker{'s' if workers > 1 else ''}"
        yield f"{words:26}{procrastinate(place, size, workers)}"


def rival(place: Path, size: Size) -> float:
    """The same posts as jobs of one APScheduler whose job store is on the server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
        loopback, one = stack.enter_context(network()), stack.enter_context(server(place))
        (folder / rivals.SERVER).write_text(one.url("jobs"), encoding="utf-8")
        at_work = stack.enter_context(running("apscheduler", folder, loopback, size.channels))
        start = time.time() + NOTICING + size.backlog / 100
        at_work.give([(f"backlog-{n}", "", start, False) for n in range(size.backlog)])
        came = loopback.wait_for(size.backlog, PATIENCE + start - time.time())
        return size.backlog / (max(came.values()) - max(start, min(came.values())))


def procrastinate(place: Path, size: Size, workers: int) -> Rate:
    """The same posts as tasks of Procrastinate, whose workers look every five seconds once they were idle."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
        loopback, one = stack.enter_context(network()), stack.enter_context(server(place))
        store = one.url("tasks")
        rivals.set_up(store)
        processes = stack.enter_context(rivals.workers(store, workers, THREADS, folder / "log"))
        start = time.time() + NOTICING + size.backlog / 1000
        jobs = [Job(f"backlog-{n}", "", start) for n in range(size.backlog)]
        rivals.defer(store, loopback.url, [job.key for job in jobs], start)
        whole = Site(tuple(map(Running, processes)), folder, loopback, one, size.channels)
        came, own, servers = watched(whole, jobs, start)
        return Rate(size.backlog / (max(came) - max(start, min(came))), own, servers)


# -- due


def delays(whole: Site, size: Size, post: str, count: int, apart: float) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds, from due to the request's first byte."""
    known = plain.names(size.channels)
    start, seen = time.time() + NOTICING, len(whole.network.arrivals)
    jobs = [Job(f"{post}-{n}", known[n % len(known)], start + n * apart) for n in range(count)]
    whole.give(jobs)
    came = whole.network.wait_for(seen + count, PATIENCE + count * apart)
    dues, arrivals = in_time(jobs, {post_of(key): moment for key, moment in came.items()})
    late = [1000 * (arrived - due) for due, arrived in zip(dues, arrivals, strict=True)]
    return statistics.median(late), percentile(late, 0.99)


def dues(place: Path, size: Size) -> Iterator[str]:
    processes = max(size.processes)
    yield f"ms from due to the request, {processes} processes, {size.queued:,} queued      p50        p99"
    with site(place, size, processes) as whole:
        for words, post, count, apart in (
            ("one post at a time", "single", size.singles, size.apart),
            (f"{size.burst} due in the same second", "burst", size.burst, 0.0),
        ):
            middle, most = delays(whole, size, post, count, apart)
            yield f"  {words:58}{middle:10.1f} {most:10.1f}"


def claims(place: Path, size: Size) -> Iterator[str]:
    with server(place) as one:
        yield from searches.measured(one, size.rows, size.widths, size.runs)


def main() -> None:
    parser = argparse.ArgumentParser()
    split = {"type": lambda text: tuple(text.split(","))}
    parser.add_argument("--part", default=PARTS, **split)
    parser.add_argument("--place", default=tuple(disks()), **split)
    parser.add_argument("--backlog", type=int, default=Size.backlog)
    parser.add_argument("--channels", type=int, default=Size.channels)
    words = parser.parse_args()
    size = Size(backlog=words.backlog, channels=words.channels)
    parts = {"rate": rates, "due": dues, "claims": claims}
    print(f"{os.cpu_count()} cores for the schedulers, the server and the network together; {_machine()}")
    for place in words.place:
        for part in words.part:
            if part == "claims" and place != words.place[0]:
                continue  # nothing of it waits for the disk
            print(f"\n[{part}, {place}]", flush=True)
            for line in parts[part](disks()[place], size):
                print(line, flush=True)


def _machine() -> str:
    return f"load before: {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


if __name__ == "__main__":
    main()
