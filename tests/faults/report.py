"""docs/reliability.md: what was done to the scheduler, how often, and what came of it."""

import os
import platform
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler.delivery import failpoints
from scheduler.platforms.base import Recovery
from tests.faults.cases import Result

ROOT = Path(__file__).parents[2]

PROMISE = {
    Recovery.RESEND_SAFE: "A: sent again under the same name",
    Recovery.PROBE: "B: the listing is complete",
    Recovery.PRESENCE_ONLY: "C: a hit proves, a miss does not",
    Recovery.BLIND: "D: nothing can be read back",
}

HEAD = """\
# Reliability

*Written by `make faults`. Do not edit.*

The scheduler ran as a process of its own against a platform on the same machine, and was killed with
`kill -9`, stopped still, held, edited under, given a wrong clock, and answered with every kind of silence.
Afterwards a program compared what the platform had shown with what the database says.

- *doubled*: a part that is out more than once. *lost*: a delivery that ended otherwise than published
  although nobody wanted that. *unknown*: nobody can know whether it is out; a notice asks a person to look.
- On platforms of classes A and B nothing may be doubled, lost or unknown in the end. On C and D nothing
  may be doubled, and each unknown has its notice.
- *control*: a queue that sends again what was under way when it died, under the same kills in the same run.
  It must double, or the comparison would be blind.
"""

NOT_COVERED = """\
## Not covered

A real power cut, a real suspend of the machine, network file systems, two machines, a platform that takes
longer than the settle time (60 s) to show what it accepted, and a freeze of more than half a lease in the
moment between the last check and the first byte of the request.
"""

ROWS: Sequence[tuple[str, str, str]] = (
    ("1", "kill -9 at random moments", "test_kills.py, `--case kills`"),
    ("2", "kill -9 at every named place", "test_failpoints.py, `--case failpoints`"),
    ("3", "SIGTERM, and SIGTERM twice", "test_stops.py"),
    ("9", "two schedulers, lock in place", "test_stops.py"),
    ("10", "two schedulers, lock defeated", "test_stops.py, `--case mix`"),
    ("16", "stopped still before sending", "test_stops.py"),
    ("17", "stopped still during the request", "test_stops.py, `--case mix`"),
    ("18", "the clock set wrong", "test_clock.py, `--case mix`"),
    ("21, 22, 25", "the answer lost, late, 429, 5xx after accepting", "test_stops.py, `--case mix`"),
    ("23, 24", "a listing that lags or fails", "test_platform_lies.py, `--case mix`"),
    ("31", "posts edited and removed meanwhile", "`--case mix`"),
    ("37", "a random mix of all of it", "test_mix.py, `--case mix`"),
)


def summary(results: Sequence[Result]) -> str:
    """One line for each case and class."""
    head = "| case | class | runs | kills | posts | interrupted | doubled | lost | unknown | control |"
    lines = [head, "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for case in sorted({one.case for one in results}):
        for recovery in Recovery:
            some = [one for one in results if (one.case, one.recovery) == (case, recovery)]
            if some:
                lines.append(_line(case, recovery, some))
    return "\n".join(lines)


def _line(case: str, recovery: Recovery, some: Sequence[Result]) -> str:
    verdicts = [one.verdict for one in some]
    numbers = (
        len(some),
        sum(one.kills for one in some),
        sum(one.posts for one in verdicts),
        sum(one.interrupted for one in some),
        sum(one.doubled for one in verdicts),
        sum(one.lost for one in verdicts),
        sum(one.unknown for one in verdicts),
        sum(one.control for one in some),
    )
    return f"| {case} | {PROMISE[recovery]} | {' | '.join(str(one) for one in numbers)} |"


def page(
    results: Sequence[Result], broken: Sequence[Any], began: datetime, ended: datetime, seed: int
) -> str:
    minutes = (ended - began).total_seconds() / 60
    system = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    failed = [one for one in results if not one.verdict.ok]
    doubles = sum(one.control for one in results)
    facts = [
        f"- {began:%d %B %Y %H:%M} UTC, {minutes:.0f} minutes, commit {_commit()}",
        f"- {system}",
        f"- {len(results)} runs, {sum(one.kills for one in results)} kills, seeds from {seed}",
        f"- the control doubled {doubles} of its posts",
        f"- failed: {len(failed) + len(broken)}",
    ]
    trouble = [f"- `{one.replay}`: {one.verdict.breaches[0]}" for one in failed]
    trouble += [f"- `{one.replay}`: {one.words}" for one in broken]
    parts = [
        HEAD,
        "## This run\n\n" + "\n".join(facts),
        *(["## Failed\n\n" + "\n".join(trouble)] if trouble else []),
    ]
    parts += ["## Counts\n\n" + summary(results), "## Deaths at each named place\n\n" + _places(results)]
    parts += ["## Faults and their tests\n\n" + _rows(), NOT_COVERED]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _places(results: Sequence[Result]) -> str:
    found: Counter[tuple[str, Recovery]] = Counter()
    for one in results:
        for name, count in one.places:
            found[name, one.recovery] += count
    lines = ["| place | A | B | C | D |", "|---|--:|--:|--:|--:|"]
    for name in failpoints.NAMES:
        counts = " | ".join(str(found[name, recovery]) for recovery in PROMISE)
        lines.append(f"| {name} | {counts} |")
    return "\n".join(lines) + "\n\nWhat is sent again (the last two) exists on class A alone."


def _rows() -> str:
    lines = [f"| {number} | {words} | {where} |" for number, words, where in ROWS]
    return "\n".join(["| | fault | held by |", "|---|---|---|", *lines])


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
