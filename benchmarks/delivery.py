"""From due to the request at the server, and how many posts a second, beside APScheduler and Huey.

    python -m benchmarks.delivery [--queued 100000] [--runs 5] [--only ours,huey]

Each contender runs as a process of its own on a filled SQLite file, posts to the same network on this machine
(a third process, which notes when each first byte comes), and gets the same posts to deliver. Ours is the
whole service with its clock, gate, attempts and receipts; the rivals' jobs are one `requests.post`. The runs
alternate, so that what else the machine does hits everyone. Nothing is asserted.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.contenders import NAMES, Filled, filled, median_of, percentile, running, table
from benchmarks.loopback import Loopback, network
from benchmarks.plain import names

UPLOAD_SECONDS, LEAD_SECONDS = 3.0, 8.0
HANDING_OVER = 0.004
PATIENCE = 120.0


@dataclass(frozen=True)
class Size:
    """How much is measured; tests take little."""

    queued: int = 100_000
    channels: int = 100
    singles: int = 100
    apart: float = 0.25
    burst: int = 100
    backlog: int = 3000
    images: int = 10
    runs: int = 5
    seen_within: float = 2.5
    contenders: tuple[str, ...] = NAMES


@dataclass(frozen=True)
class Job:
    """One post to deliver."""

    key: str
    channel: str
    due: float
    image: bool = False


@dataclass(frozen=True)
class Scenario:
    """Posts that are due together or one after the other, and what is counted of them."""

    title: str
    target: str
    heads: tuple[str, ...]
    post: str
    count: Callable[[Size], int]
    apart: Callable[[Size], float]
    figures: Callable[[Sequence[float], Sequence[float]], list[float]]
    image: bool = False

    def jobs(self, size: Size, start: float) -> list[Job]:
        known = names(size.channels)
        every = self.apart(size)
        return [
            Job(f"{self.post}-{number}", known[number % len(known)], start + number * every, self.image)
            for number in range(self.count(size))
        ]


def _delays(dues: Sequence[float], arrivals: Sequence[float]) -> list[float]:
    """Median and 99th percentile in milliseconds."""
    late = [1000 * (arrived - due) for due, arrived in zip(dues, arrivals, strict=True)]
    return [statistics.median(late), percentile(late, 0.99)]


def _rate(dues: Sequence[float], arrivals: Sequence[float]) -> list[float]:
    """Posts a second from the moment all were due until the last has come."""
    return [len(arrivals) / (max(arrivals) - min(dues))]


SCENARIOS = (
    Scenario(
        "one text post at a time, ms from due to the request",
        "p99 <= 20 ms",
        ("p50", "p99"),
        "single",
        lambda size: size.singles,
        lambda size: size.apart,
        _delays,
    ),
    Scenario(
        "due in the same second, over all channels, ms from due to the request",
        "p99 <= 500 ms",
        ("p50", "p99"),
        "burst",
        lambda size: size.burst,
        lambda size: 0.0,
        _delays,
    ),
    Scenario(
        "a backlog over all channels, posts a second",
        ">= 150/s",
        ("posts/s",),
        "backlog",
        lambda size: size.backlog,
        lambda size: 0.0,
        _rate,
    ),
)
IMAGES = Scenario(
    f"a post with an image whose upload takes {UPLOAD_SECONDS:g} s, ms from due to the visible request",
    "<= 1000 ms",
    ("p50", "p99"),
    "image",
    lambda size: size.images,
    lambda size: size.apart,
    _delays,
    image=True,
)


def measure(
    filled: Filled, network: Loopback, name: str, scenarios: Sequence[Scenario], size: Size, lead: float = 0
) -> list[list[float]]:
    """One run of one contender: its figures for each scenario, one after the other in the same process."""
    found, folder = [], filled.fresh(name)
    network.forget()
    with running(name, folder, network, size.channels, lead) as at_work:
        seen = 0
        for scenario in scenarios:
            wanted = scenario.count(size)
            # Handing a post over costs APScheduler some milliseconds, and ours sees it at its next look.
            start = time.time() + size.seen_within + lead + HANDING_OVER * wanted
            jobs = scenario.jobs(size, start)
            at_work.give([astuple(job) for job in jobs])
            seen += wanted
            arrivals = network.wait_for(seen, PATIENCE + jobs[-1].due - time.time())
            came = {post_of(key): moment for key, moment in arrivals.items()}
            found.append(scenario.figures(*in_time(jobs, came)))
    return found


def in_time(jobs: Sequence[Job], came: dict[str, float]) -> tuple[list[float], list[float]]:
    """When each was due and when it came. Raises ValueError for a post before its time: that is a fault."""
    for job in jobs:
        if came[job.key] < job.due:
            raise ValueError(f"{job.key} came {job.due - came[job.key]:.3f} s before its time")
    return [job.due for job in jobs], [came[job.key] for job in jobs]


def post_of(key: str) -> str:
    """Ours sends its delivery's whole key, `2027/single-1/c-001`; the rivals have only the post."""
    return key.split("/")[1] if "/" in key else key


def run(size: Size, folder: Path, network: Loopback) -> str:
    """Every contender's medians over the runs, as tables."""
    prepared = filled(folder, network.url, size.queued, size.channels, size.contenders)
    runs: dict[str, list[list[list[float]]]] = {name: [] for name in size.contenders}
    network.upload_takes(UPLOAD_SECONDS)
    for _ in range(size.runs):
        for name in size.contenders:
            figures = measure(prepared, network, name, SCENARIOS, size)
            if size.images:
                figures += measure(prepared, network, name, [IMAGES], size, LEAD_SECONDS)
            runs[name].append(figures)
    shown = [*SCENARIOS, IMAGES] if size.images else list(SCENARIOS)
    return "\n".join(
        table(
            f"{scenario.count(size)} posts: {scenario.title}",
            scenario.heads,
            {name: median_of([figures[number] for figures in runs[name]]) for name in size.contenders},
            scenario.target,
        )
        for number, scenario in enumerate(shown)
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queued", type=int, default=Size.queued)
    parser.add_argument("--runs", type=int, default=Size.runs)
    parser.add_argument("--backlog", type=int, default=Size.backlog)
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), default=NAMES)
    words = parser.parse_args()
    size = Size(queued=words.queued, runs=words.runs, backlog=words.backlog, contenders=words.only)
    print(f"{size.queued} deliveries queued, {size.channels} channels, medians of {size.runs} runs.")
    print("The table of deliveries is filled directly, and posts are not read again while it is measured.")
    with tempfile.TemporaryDirectory() as name, network() as loopback:
        print(run(size, Path(name), loopback))


if __name__ == "__main__":
    main()
