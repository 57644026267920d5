"""docs/reliability.md: what was done to the scheduler, how often, and what came of it."""

import os
import platform
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler.delivery import Timings, failpoints
from scheduler.platforms.base import Recovery
from tests.faults.cases import Result, reachable
from tests.faults.rows import ROWS, Row

ROOT = Path(__file__).parents[2]

PROMISE = {
    Recovery.RESEND_SAFE: "A: sent again under the same name",
    Recovery.PROBE: "B: the listing is complete",
    Recovery.PRESENCE_ONLY: "C: a hit proves, a miss does not",
    Recovery.BLIND: "D: nothing can be read back",
}

SEVERAL = frozenset({"machines", "outages", "failover"})
TAKE_OVER = (Timings().lease + Timings().settle).total_seconds()
LOOK = 20.0
"""Seconds by the world's clock that a look of the program may take on a busy machine."""

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

MACHINES = """\
## Several machines

Three schedulers with data folders of their own shared one PostgreSQL server, which each reached by a line of
its own. *machines*: one after the other was killed at random moments, while the others worked on. *outages*:
the server stopped, was killed, stood still or threw everybody out; machines stood still for longer than a
lease; lines broke, went silent, or were cut just when a COMMIT had been sent. *failover*: the server died,
and an asynchronous standby that lacked its last moments took over while calls were under way; there
*interrupted* is how many posts were found on the accounts that the standby did not know to be out.
"""
NO_SERVER = "PostgreSQL was not there, so this was left out."

NOT_COVERED = """\
## Not covered

A real power cut, a real suspend of the machine, network file systems, machines in more than one room, two
database servers that both take writes, a platform that takes longer than the settle time (60 s) to show what
it accepted, and a freeze of more than half a lease in the moment between the last check and the first byte of
the request.
"""


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
    results: Sequence[Result],
    broken: Sequence[Any],
    began: datetime,
    ended: datetime,
    seed: int,
    deaths: int = 0,
) -> str:
    """The whole page; `deaths` is how many each named place was to have, in each class that comes there."""
    minutes = (ended - began).total_seconds() / 60
    system = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    failed = [one for one in results if not one.verdict.ok]
    few, slow = too_few(results, deaths), late(results)
    doubles = sum(one.control for one in results)
    facts = [
        f"- {began:%d %B %Y %H:%M} UTC, {minutes:.0f} minutes, commit {_commit()}",
        f"- {system}",
        f"- {len(results)} runs, {sum(one.kills for one in results)} kills, seeds from {seed}",
        f"- the control doubled {doubles} of its posts",
        f"- failed: {len(failed) + len(broken) + len(few) + len(slow)}",
    ]
    trouble = [f"- `{one.replay}`: {one.verdict.breaches[0]}" for one in failed]
    trouble += [f"- `{one.replay}`: {one.words}" for one in broken]
    trouble += [
        f"- {name} on {PROMISE[recovery]}: {count} of {deaths} deaths" for name, recovery, count in few
    ]
    trouble += [f"- `{replay}`: taken over only after {seconds:.0f} s" for replay, seconds in slow]
    parts = [
        HEAD,
        "## This run\n\n" + "\n".join(facts),
        *(["## Failed\n\n" + "\n".join(trouble)] if trouble else []),
    ]
    alone = [one for one in results if one.case not in SEVERAL]
    parts += ["## Counts\n\n" + summary(alone), "## Deaths at each named place\n\n" + _places(results)]
    several = [one for one in broken if one.job.case in SEVERAL]
    parts += [machines(results, began, several), "## Faults and their tests\n\n" + _rows(), NOT_COVERED]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def machines(results: Sequence[Result], began: datetime, broken: Sequence[Any] = ()) -> str:
    """What several machines went through, and how soon the others took over."""
    some = [one for one in results if one.case in SEVERAL]
    if not some:
        return f"{MACHINES}\n{NO_SERVER}"
    waited = sorted(seconds for one in some for seconds in one.taken_over)
    kills = sum(one.kills for one in some)
    failed = sum(not one.verdict.ok for one in some) + len(broken) + len(late(some))
    facts = [
        f"- {began:%d %B %Y %H:%M} UTC",
        f"- failed runs: {failed}",
        f"- {kills} kills of one of three machines, in {len(some)} worlds",
    ]
    if waited:
        middle, most = waited[len(waited) // 2], waited[-1]
        facts += [
            f"- {sum(one.orphans for one in some)} deliveries were in flight on a machine that died; of "
            f"{len(waited)} the machine that was to take over was certainly not killed, too (in half of "
            "the worlds one is spared)",
            f"- that one saw to them after {middle:.0f} s (median), at most {most:.0f} s; promised are "
            f"{TAKE_OVER:.0f} s (lease + settle)",
        ]
    return f"{MACHINES}\n" + "\n".join(facts) + "\n\n" + summary(some)


def with_machines(page: str, section: str) -> str:
    """The page of an earlier run with this run's section on several machines."""
    before, heading, rest = page.partition("## Several machines\n")
    if not heading:
        before, heading, rest = page.partition("## Faults and their tests\n")
        return f"{before}{section.strip()}\n\n{heading}{rest}"
    _, following, after = rest.partition("\n## ")
    return f"{before}{section.strip()}\n{following}{after}"


def late(results: Sequence[Result]) -> list[tuple[str, float]]:
    """The runs in which a dead machine's delivery waited longer than lease + settle and a look."""
    longest = [(one.replay, max(one.taken_over, default=0.0)) for one in results]
    return [(replay, seconds) for replay, seconds in longest if seconds > TAKE_OVER + LOOK]


def died(results: Sequence[Result]) -> Mapping[tuple[str, Recovery], int]:
    """The deaths at each named place in each class."""
    found: Counter[tuple[str, Recovery]] = Counter()
    for one in results:
        for name, count in one.places:
            found[name, one.recovery] += count
    return found


def too_few(results: Sequence[Result], deaths: int) -> list[tuple[str, Recovery, int]]:
    """The places that had not so many deaths in a class that comes there, and how many they had."""
    found = died(results)
    wanted = [(name, recovery) for recovery in PROMISE for name in reachable(recovery)]
    return [(*one, found[one]) for one in wanted if found[one] < deaths]


def _places(results: Sequence[Result]) -> str:
    """A line for each place, a column for each class; a dash where a class never comes there."""
    found = died(results)
    heads = [words.partition(":")[0] for words in PROMISE.values()]
    lines = [f"| place | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for name in failpoints.NAMES:
        cells = [str(found[name, one]) if name in reachable(one) else "–" for one in PROMISE]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return (
        "\n".join(lines) + "\n\nWhere nothing is ever sent again, the places of sending again have no deaths."
    )


def _rows() -> str:
    lines = [_row(number, row) for number, row in ROWS.items()]
    return "\n".join(["| | fault | held by | left out |", "|--:|---|---|---|", *lines])


def _row(number: int, row: Row) -> str:
    tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in row.tests)
    return f"| {number} | {row.what} | {tests} | {row.left_out} |"


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
