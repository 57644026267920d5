"""The long run: `make faults`. Prints what it does, writes docs/reliability.md, fails where a promise broke.

python -m tests.faults.long --kills 1000 --failpoints 20 --mix-minutes 30 --jobs 2
python -m tests.faults.long --seed 17 --case kills --recovery probe        one run again
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scheduler.platforms.base import Recovery
from tests.faults import cases, report
from tests.faults.cases import Result

ROOT = Path(__file__).parents[2]
KILLS = 20
"""Kills in one world."""

CASES: dict[str, Callable[[Path, Recovery, int], Result]] = {
    "kills": lambda folder, recovery, seed: cases.kills(folder, recovery, seed, KILLS),
    "failpoints": cases.failpoints_at,
    "mix": cases.mix,
}


@dataclass(frozen=True)
class Job:
    case: str
    recovery: Recovery
    seed: int


@dataclass(frozen=True)
class Broken:
    """A run that came to no verdict: the suite's own trouble, or a scheduler that did not end."""

    job: Job
    words: str

    @property
    def replay(self) -> str:
        job = self.job
        return f"python -m tests.faults.long --seed {job.seed} --case {job.case} --recovery {job.recovery}"


def work(job: Job) -> Result | Broken:
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        try:
            return CASES[job.case](Path(folder), job.recovery, job.seed)
        except Exception as error:
            return Broken(job, f"{type(error).__name__}: {error}")


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """The kills and the failpoints; every seed is used once."""
    if options.case:
        for recovery in options.recovery or list(Recovery):
            yield Job(options.case, Recovery(recovery), options.seed)
        return
    classes = list(Recovery)
    for number in range(-(-options.kills // KILLS)):
        yield Job("kills", classes[number % len(classes)], options.seed + number)
    for number in range(options.failpoints * len(classes)):
        yield Job("failpoints", classes[number % len(classes)], options.seed + 10_000 + number)


def topping_up(options: argparse.Namespace, done: Sequence[Result | Broken]) -> Iterator[Job]:
    """More rounds while a place lacks deaths, because a run broke or never came there."""
    for number in range(options.failpoints):
        results = [one for one in done if isinstance(one, Result)]
        short = report.too_few(results, 0 if options.case else options.failpoints)
        if not short:
            return
        _, recovery, _ = short[number % len(short)]
        yield Job("failpoints", recovery, options.seed + 15_000 + number)


def mixing(options: argparse.Namespace) -> Iterator[Job]:
    """One mix after the other until the time is over."""
    end = time.monotonic() + options.mix_minutes * 60
    number = 0
    while time.monotonic() < end and not options.case:
        yield Job("mix", list(Recovery)[number % len(Recovery)], options.seed + 20_000 + number)
        number += 1


def run(options: argparse.Namespace) -> list[Result | Broken]:
    done: list[Result | Broken] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for todo in (jobs(options), topping_up(options, done), mixing(options)):
            under_way = set()
            for job in todo:
                under_way.add(pool.submit(work, job))
                if len(under_way) >= options.jobs:
                    first = next(as_completed(under_way))
                    under_way.remove(first)
                    _tell(done, first.result())
            for last in as_completed(under_way):
                _tell(done, last.result())
    return done


def _tell(done: list[Result | Broken], result: Result | Broken) -> None:
    done.append(result)
    if isinstance(result, Broken):
        print(f"BROKEN {result.words}\n  {result.replay}", flush=True)
    elif not result.verdict.ok:
        words = "\n  ".join(str(one) for one in result.verdict.breaches)
        print(f"FAILED {result.replay}\n  {words}", flush=True)
    elif len(done) % 10 == 0:
        print(f"{datetime.now(UTC):%H:%M:%S} {len(done)} runs", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.long", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument(
        "--failpoints", type=int, default=20, help="deaths at each place, for each recovery class"
    )
    parser.add_argument("--mix-minutes", type=float, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", choices=sorted(CASES), help="one case with this seed alone; no report")
    parser.add_argument("--recovery", action="append", choices=[str(one) for one in Recovery])
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "reliability.md")
    options = parser.parse_args()
    began = datetime.now(UTC)
    done = run(options)
    broken = [one for one in done if isinstance(one, Broken)]
    results = [one for one in done if isinstance(one, Result)]
    table = report.summary(results)
    print(table)
    if not options.case:
        page = report.page(results, broken, began, datetime.now(UTC), options.seed, options.failpoints)
        options.report.write_text(page, encoding="utf-8")
        print(f"Report: {options.report}")
    if options.kills and not options.case and not sum(one.control for one in results):
        print("FAILED the control doubled nothing, so the oracle is not shown to see a double")
        return 1
    few = [] if options.case else report.too_few(results, options.failpoints)
    for name, recovery, count in few:
        print(f"FAILED {name} on {recovery}: {count} of {options.failpoints} deaths")
    return 1 if few or broken or any(not one.verdict.ok for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
