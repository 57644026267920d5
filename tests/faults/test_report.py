"""The page of the long run: its counts are those of the runs, and what it names exists."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.platforms.base import Recovery
from tests.faults import report
from tests.faults.cases import Result
from tests.faults.oracle import Breach, Verdict

BEGAN = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)
WELL = Verdict((), posts=48, published=48, doubled=0, lost=0, unknown=0)
BAD = Verdict((Breach("I1", "2027/figures/a", "out 2 times"),), 10, 9, doubled=1, lost=2, unknown=3)


def page(*results):
    return report.page(results, [], BEGAN, BEGAN + timedelta(minutes=50), seed=7)


def test_the_runs_of_a_case_and_class_are_added_up():
    made = page(
        Result("kills", Recovery.PROBE, 7, WELL, kills=20, interrupted=11, control=4),
        Result("kills", Recovery.PROBE, 8, WELL, kills=19, interrupted=12, control=5),
    )
    line = next(line for line in made.splitlines() if line.startswith("| kills |"))
    assert [cell.strip() for cell in line.split("|")[3:-1]] == ["2", "39", "96", "23", "0", "0", "0", "9"]
    assert "- the control doubled 9 of its posts" in made
    assert "## Failed" not in made


def test_a_broken_promise_is_on_the_page_with_the_command_that_shows_it_again():
    made = page(Result("mix", Recovery.BLIND, 9, BAD))
    assert "python -m tests.faults.long --seed 9 --case mix --recovery blind" in made
    assert "I1 2027/figures/a: out 2 times" in made
    assert "- failed: 1" in made


def test_every_test_file_that_the_page_names_exists():
    named = {name for *_, where in report.ROWS for name in re.findall(r"test_\w+\.py", where)}
    assert {name for name in named if not Path(__file__).with_name(name).exists()} == set()
