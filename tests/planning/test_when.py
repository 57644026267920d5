"""Local times to moments, and what a campaign day is."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.errors import PlanError
from scheduler.model import When
from scheduler.planning import expires, grace, local_day, moment
from scheduler.planning.when import words
from tests.planning.made import BAKU, LONDON, campaign, channel, hours, post, utc

BAKU_CHANNEL = channel("x-az")
LONDON_CHANNEL = channel("x-en", timezone=LONDON)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # Baku is UTC+4: 10:00 there is 06:00 UTC.
        (When(days=0, at=time(10)), utc(2027, 2, 26, 6)),
        (When(days=-1, at=time(10)), utc(2027, 2, 25, 6)),
        (When(days=3, at=time(2)), utc(2027, 2, 28, 22)),
        # 60 days before 26 February: 26 in February, 31 in January, 3 more: 28 December.
        (When(days=-60, at=time(10)), utc(2026, 12, 28, 6)),
        (When(day=date(2027, 2, 14), at=time(18)), utc(2027, 2, 14, 14)),
        (When(day=date(2027, 2, 14), at=time(18, 0, 30)), utc(2027, 2, 14, 14) + timedelta(seconds=30)),
        # London is on GMT in February.
        (When(days=-1, at=time(10), local=True), utc(2027, 2, 25, 10)),
    ],
)
def test_a_time_is_the_campaigns_unless_it_says_local(when, expected):
    assert moment(when, campaign(), LONDON_CHANNEL) == expected


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2027, utc(2027, 2, 28, 6)), (2028, utc(2028, 2, 29, 6)), (2100, utc(2100, 2, 28, 6))],
)
def test_29_february_is_kept_on_the_28th_in_common_years(year, expected):
    leap = campaign(anniversary=date(1992, 2, 29), year=year)
    assert moment(When(days=0, at=time(10)), leap, BAKU_CHANNEL) == expected


def test_the_day_after_a_leap_anniversary_is_1_march():
    leap = campaign(anniversary=date(1992, 2, 29), year=2028)
    assert moment(When(days=1, at=time(10)), leap, BAKU_CHANNEL) == utc(2028, 3, 1, 6)


def test_a_time_that_the_clocks_skip_does_not_exist():
    # London goes from 01:00 GMT to 02:00 BST on Sunday 28 March 2027.
    with pytest.raises(PlanError, match=r"2027-03-28 01:30 does not exist in Europe/London"):
        moment(When(day=date(2027, 3, 28), at=time(1, 30), local=True), campaign(), LONDON_CHANNEL)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(time(0, 59), utc(2027, 3, 28, 0, 59)), (time(2, 0), utc(2027, 3, 28, 1, 0))],
)
def test_the_edges_of_the_skipped_hour_exist(at, expected):
    when = When(day=date(2027, 3, 28), at=at, local=True)
    assert moment(when, campaign(), LONDON_CHANNEL) == expected


def test_of_a_time_that_comes_twice_the_first_is_meant():
    # London goes from 02:00 BST back to 01:00 GMT on Sunday 31 October 2027; 01:30 BST is 00:30 UTC.
    when = When(day=date(2027, 10, 31), at=time(1, 30), local=True)
    assert moment(when, campaign(), LONDON_CHANNEL) == utc(2027, 10, 31, 0, 30)


def test_baku_has_no_summer_time():
    when = When(day=date(2027, 3, 28), at=time(1, 30))
    assert moment(when, campaign(), BAKU_CHANNEL) == utc(2027, 3, 27, 21, 30)


@pytest.mark.parametrize(
    "when",
    [
        When(days=10**9, at=time(10)),
        When(days=-(10**9), at=time(10)),
        When(days=10**12, at=time(10)),
        When(day=date(9999, 12, 31), at=time(23)),
        When(day=date(1, 1, 1), at=time(0)),
    ],
)
def test_a_day_outside_the_calendar_is_said_in_words(when):
    with pytest.raises(PlanError, match="outside the calendar"):
        moment(when, campaign(), BAKU_CHANNEL)


def test_a_slot_has_no_moment_of_its_own():
    with pytest.raises(PlanError, match="next free slot"):
        moment(When(), campaign(), BAKU_CHANNEL)


@pytest.mark.parametrize(
    ("due", "late", "expected"),
    [
        (utc(2027, 2, 25, 6), hours(2), utc(2027, 2, 25, 8)),
        # 26 February ends in Baku at 20:00 UTC.
        (utc(2027, 2, 26, 19), hours(2), utc(2027, 2, 26, 20)),
        (utc(2027, 2, 26, 19, 59), hours(48), utc(2027, 2, 26, 20)),
        (utc(2027, 2, 26, 20), hours(2), utc(2027, 2, 26, 22)),
    ],
)
def test_a_post_expires_after_its_grace_and_never_on_another_day(due, late, expected):
    assert expires(campaign(), due, late) == expected


def test_a_day_that_begins_at_one_oclock_ends_the_day_before():
    # Beirut went from 00:00 to 01:00 on Sunday 28 March 2021: the 27th (UTC+2) ended at 22:00 UTC.
    beirut = campaign(timezone=ZoneInfo("Asia/Beirut"))
    assert expires(beirut, utc(2021, 3, 27, 21), hours(5)) == utc(2021, 3, 27, 22)


@pytest.mark.parametrize(
    ("moment_", "day"),
    [(utc(2027, 2, 25, 19, 59), "2027-02-25"), (utc(2027, 2, 25, 20), "2027-02-26")],
)
def test_a_day_is_the_campaigns(moment_, day):
    assert local_day(campaign(), moment_) == day


def test_a_posts_grace_wins_over_the_channels_and_that_over_the_campaigns():
    own, theirs = post("a", grace=hours(1)), channel(grace=timedelta(0))
    assert grace(own, theirs, campaign()) == hours(1)
    assert grace(post("a"), theirs, campaign()) == timedelta(0)
    assert grace(post("a"), channel(), campaign(grace=hours(3))) == hours(3)


def test_moments_are_shown_with_their_zone():
    assert words(utc(2027, 2, 26, 12, 55), BAKU) == "2027-02-26 16:55 Asia/Baku"
