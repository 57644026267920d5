"""The page of the long run: its counts are those of the runs, and what it names exists."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.delivery import failpoints
from scheduler.platforms.base import Recovery
from tests.faults import report
from tests.faults.cases import Result, reachable
from tests.faults.oracle import Breach, Verdict
from tests.faults.rows import ROWS

BEGAN = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)
WELL = Verdict((), posts=48, published=48, doubled=0, lost=0, unknown=0)
BAD = Verdict((Breach("I1", "2027/figures/a", "out 2 times"),), 10, 9, doubled=1, lost=2, unknown=3)


def page(*results, deaths=0):
    return report.page(results, [], BEGAN, BEGAN + timedelta(minutes=50), seed=7, deaths=deaths)


def cells(made, begins):
    """The cells of the page's line that begins so."""
    line = next(line for line in made.splitlines() if line.startswith(begins))
    return [cell.strip() for cell in line.split("|")[1:-1]]


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


def test_deaths_are_shown_by_place_and_class_and_a_place_no_class_comes_to_has_a_dash():
    made = page(
        Result("failpoints", Recovery.PROBE, 7, WELL, places=(("after-send", 2), ("before-find", 1))),
        Result("failpoints", Recovery.PROBE, 8, WELL, places=(("after-send", 1),)),
        Result("failpoints", Recovery.RESEND_SAFE, 9, WELL, places=(("before-repeat", 1),)),
    )
    assert cells(made, "| after-send |") == ["after-send", "0", "3", "0", "0"]
    assert cells(made, "| before-repeat |") == ["before-repeat", "1", "–", "–", "–"]


def test_a_place_without_all_its_deaths_fails_the_run():
    once = [
        Result("failpoints", one, 7, WELL, places=tuple((name, 1) for name in reachable(one)))
        for one in Recovery
    ]
    assert report.too_few(once, 1) == []
    assert "- failed: 0" in page(*once, deaths=1)
    missed = [*once[:-1], Result("failpoints", list(Recovery)[-1], 7, WELL, places=(("after-send", 1),))]
    assert ("before-find", list(Recovery)[-1], 0) in report.too_few(missed, 1)
    assert "before-find on D: nothing can be read back: 0 of 1 deaths" in page(*missed, deaths=1)


SEVERAL = Result("machines", Recovery.PROBE, 7, WELL, kills=20, taken_over=(60.2, 44.0, 89.7), orphans=5)


def test_how_soon_another_machine_took_over_is_on_the_page_beside_what_is_promised():
    made = page(SEVERAL, Result("failover", Recovery.PROBE, 8, WELL, kills=1, interrupted=11))
    assert "- 21 kills of one of three machines, in 2 worlds" in made
    assert "- 5 deliveries were in flight on a machine that died; of 3 the machine" in made
    # Lease 45 s and settle 60 s.
    assert "after 60 s (median), at most 90 s; promised are 105 s (lease + settle)" in made


def test_a_machine_that_took_over_too_late_fails_the_run():
    late = Result("machines", Recovery.PROBE, 9, WELL, kills=20, taken_over=(44.0, 130.0))
    assert report.late([SEVERAL]) == []
    assert "- failed: 1" in page(SEVERAL, late)
    assert "--seed 9 --case machines --recovery probe`: taken over only after 130 s" in page(late)


def test_the_section_on_several_machines_is_renewed_alone():
    old = page(Result("kills", Recovery.PROBE, 7, WELL), SEVERAL)
    new = report.machines([SEVERAL, SEVERAL], BEGAN + timedelta(days=1))
    made = report.with_machines(old, new)
    assert "- 40 kills of one of three machines, in 2 worlds" in made
    assert made.replace(new.strip(), "") == old.replace(report.machines([SEVERAL], BEGAN).strip(), "")


def test_without_a_server_the_page_says_that_several_machines_were_left_out():
    assert report.NO_SERVER in page(Result("kills", Recovery.PROBE, 7, WELL))


def test_every_row_of_the_fault_table_is_on_the_page_with_its_tests_and_what_is_left_out():
    made = page()
    for number, row in ROWS.items():
        shown, what, tests, left_out = cells(made, f"| {number} |")
        assert (shown, what, left_out) == (str(number), row.what, row.left_out)
        assert [f"tests/{one.strip('`')}" for one in tests.split("<br>") if one] == list(row.tests)


def test_the_committed_report_is_of_a_long_run_in_which_nothing_failed():
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert "- failed: 0\n" in page
    assert int(re.search(r"(\d+) kills, seeds from", page)[1]) >= 1000
    several = page.partition("## Several machines")[2].partition("## ")[0]
    assert "- failed runs: 0\n" in several
    assert int(re.search(r"- (\d+) kills of one of three machines", several)[1]) >= 300
    deaths = page.partition("## Deaths at each named place")[2].partition("## ")[0]
    counts = [int(cell) for cell in re.findall(r"(?<=\| )\d+(?= )", deaths)]
    # Every place that has a name, on some class at least; what a class never reaches has no number.
    assert len(counts) >= len(failpoints.NAMES)
    assert min(counts) >= 20
