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
from tests.faults import cases, cluster, report, several
from tests.faults.cases import Result

ROOT = Path(__file__).parents[2]
KILLS = 20
"""Kills in one world."""

CASES: dict[str, Callable[[Path, Recovery, int], Result]] = {
    "kills": lambda folder, recovery, seed: cases.kills(folder, recovery, seed, KILLS),
    "failpoints": cases.failpoints_at,
    "mix": cases.mix,
    "machines": lambda folder, recovery, seed: several.machines(folder, recovery, seed, KILLS),
    "outages": several.outages,
    "failover": several.failover,
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


def on_a_server(options: argparse.Namespace) -> Iterator[Job]:
    """Three machines with a PostgreSQL server of each world's own, where its programs are installed."""
    if options.case or cluster.programs() is None:
        return
    classes = list(Recovery)
    for number in range(-(-options.machine_kills // KILLS)):
        yield Job("machines", classes[number % len(classes)], options.seed + 30_000 + number)
    for number in range(options.outages):
        yield Job("outages", classes[number % len(classes)], options.seed + 40_000 + number)
    certain = [one for one in classes if one is not Recovery.BLIND]
    for number in range(options.failovers):
        yield Job("failover", certain[number % len(certain)], options.seed + 50_000 + number)


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
    alone = () if options.only_machines else (jobs(options), topping_up(options, done), mixing(options))
    with ProcessPoolExecutor(options.jobs) as pool:
        for todo in (*alone, on_a_server(options)):
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
    parser.add_argument("--machine-kills", type=int, default=400, help="kills of one of three machines")
    parser.add_argument("--outages", type=int, default=16, help="worlds whose server and lines fail")
    parser.add_argument("--failovers", type=int, default=9, help="servers whose standby lacks the end")
    parser.add_argument("--only-machines", action="store_true", help="renew that section alone")
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
        if options.only_machines:
            known = options.report.read_text(encoding="utf-8")
            page = report.with_machines(known, report.machines(results, began, broken))
        else:
            page = report.page(results, broken, began, datetime.now(UTC), options.seed, options.failpoints)
        options.report.write_text(page, encoding="utf-8")
        print(f"Report: {options.report}")
    if options.only_machines:
        options.kills, options.failpoints = 0, 0
    if options.kills and not options.case and not sum(one.control for one in results):
        print("FAILED the control doubled nothing, so the oracle is not shown to see a double")
        return 1
    for case, number in report.late(results):
        print(f"FAILED {case}: a delivery of a killed machine waited {number:.0f} s for another one")
    few = [] if options.case else report.too_few(results, options.failpoints)
    for name, recovery, count in few:
        print(f"FAILED {name} on {recovery}: {count} of {options.failpoints} deaths")
    bad = any(not one.verdict.ok for one in results) or report.late(results)
    return 1 if few or broken or bad else 0


if __name__ == "__main__":
    sys.exit(main())
