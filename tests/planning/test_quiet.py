"""Quiet windows and whom they bind."""

from datetime import date, time, timedelta

import pytest

from scheduler.model import DayTime, Quiet
from scheduler.planning import binding, window
from scheduler.planning.quiet import words
from tests.planning.made import LONDON, MINUTE, MOURNING, campaign, utc


def test_whole_days_run_from_the_first_midnight_to_the_last():
    # 27 February 00:00 to 1 March 00:00 in Baku.
    assert window(campaign(), MOURNING) == (utc(2027, 2, 26, 20), utc(2027, 2, 28, 20))


def test_clock_times_are_the_campaigns():
    assert window(campaign(), MINUTE) == (utc(2027, 2, 26, 12, 55), utc(2027, 2, 26, 13, 5))


def test_an_end_without_a_time_is_the_whole_of_that_day():
    evening = Quiet(DayTime(-1, time(18)), DayTime(0))
    assert window(campaign(), evening) == (utc(2027, 2, 25, 14), utc(2027, 2, 26, 20))


@pytest.mark.parametrize(
    ("moment", "exempt", "expected"),
    [
        (utc(2027, 2, 26, 12, 54), False, None),
        (utc(2027, 2, 26, 12, 55), False, MINUTE),
        (utc(2027, 2, 26, 13, 4), True, MINUTE),
        (utc(2027, 2, 26, 13, 5), False, None),
        (utc(2027, 2, 26, 19, 59), False, None),
        (utc(2027, 2, 26, 20), False, MOURNING),
        (utc(2027, 2, 26, 20), True, None),
        (utc(2027, 2, 28, 19, 59), False, MOURNING),
        (utc(2027, 2, 28, 20), False, None),
    ],
)
def test_the_minute_of_silence_binds_all_and_whole_days_all_but_the_exempt(moment, exempt, expected):
    assert binding(campaign(), moment, exempt) is expected


def test_a_window_with_one_clock_time_binds_everything():
    evening = Quiet(DayTime(-1, time(18)), DayTime(0))
    assert binding(campaign(quiet=(evening,)), utc(2027, 2, 26, 10), True) is evening


@pytest.mark.parametrize(
    ("anniversary", "start", "end", "expected"),
    [
        # Clocks go back on 31 October 2027: 01:30 is 00:30 and 01:30 UTC, and the later ends the window.
        (date(1992, 10, 31), time(1), time(1, 30), (utc(2027, 10, 31, 0), utc(2027, 10, 31, 1, 30))),
        # Clocks go forward on 28 March 2027 from 01:00 to 02:00: the skipped 01:30 can be 00:30 or 01:30 UTC.
        (date(1992, 3, 28), time(1, 30), time(3), (utc(2027, 3, 28, 0, 30), utc(2027, 3, 28, 2))),
        (date(1992, 3, 28), time(0, 15), time(1, 30), (utc(2027, 3, 28, 0, 15), utc(2027, 3, 28, 1, 30))),
    ],
)
def test_where_the_clocks_change_a_window_is_the_longer_it_could_be(anniversary, start, end, expected):
    london = campaign(anniversary=anniversary, timezone=LONDON)
    assert window(london, Quiet(DayTime(0, start), DayTime(0, end))) == expected


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        (MINUTE, "D 16:55 .. D 17:05"),
        (MOURNING, "D+1 .. D+2"),
        (Quiet(DayTime(-1, time(0)), DayTime(0)), "D-1 00:00 .. D"),
        (Quiet(DayTime(1), DayTime(2), "D+1..D+2"), "D+1..D+2"),
    ],
)
def test_a_window_is_named_as_config_writes_it(quiet, expected):
    assert words(quiet) == expected


def test_windows_move_with_the_year():
    start, end = window(campaign(year=2028), MOURNING)
    assert (start, end - start) == (utc(2028, 2, 26, 20), timedelta(days=2))
