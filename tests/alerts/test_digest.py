"""The daily summary: due once a day by the clocks of the campaign's zone, and what it says."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.alerts import digest
from scheduler.alerts.digest import Day

LONDON, BAKU = ZoneInfo("Europe/London"), ZoneInfo("Asia/Baku")
NOON = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "now", "on"),
    [
        # Baku is at UTC+4: 08:00 there is 04:00 UTC.
        (time(8), datetime(2027, 2, 10, 3, 59, 59, tzinfo=UTC), None),
        (time(8), datetime(2027, 2, 10, 4, 0, tzinfo=UTC), date(2027, 2, 10)),
        (time(8), datetime(2027, 2, 10, 19, 59, tzinfo=UTC), date(2027, 2, 10)),
        (time(8), datetime(2027, 2, 10, 20, 0, tzinfo=UTC), None),
        (time(0), datetime(2027, 2, 10, 20, 0, tzinfo=UTC), date(2027, 2, 11)),
        (None, datetime(2027, 2, 10, 12, 0, tzinfo=UTC), None),
    ],
)
def test_it_is_due_from_its_time_to_the_end_of_the_day(at, now, on):
    assert digest.is_due(at, now, BAKU) == on


@pytest.mark.parametrize(
    ("night", "first"),
    [
        # London skips 01:00–02:00 on 28 March 2027: 01:30 is then taken as it was before, 02:30 summer time.
        (date(2027, 3, 28), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # On 31 October 2027 it has 01:30 twice: the first one, in summer time, counts.
        (date(2027, 10, 31), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_when_the_clocks_change_it_is_due_once(night, first):
    start = datetime.combine(night, time(), LONDON).astimezone(UTC)
    quarters = [start + timedelta(minutes=15) * n for n in range(23 * 4)]
    due = [digest.is_due(time(1, 30), moment, LONDON) for moment in quarters]
    assert quarters[due.index(night)] == first
    assert due == [None] * due.index(night) + [night] * (len(due) - due.index(night))


def test_its_first_line_stands_for_the_whole():
    day = Day("Harbour Flood", NOON, NOON - timedelta(days=1), BAKU, today=["10:00 one"], tomorrow=["a", "b"])
    assert digest.words(day).splitlines()[0] == "Harbour Flood: 1 today, 2 tomorrow, all is well"
    needs = Day("Harbour Flood", NOON, NOON, BAKU, needs_you=["The clock: it is wrong"])
    assert digest.words(needs).splitlines()[0] == "Harbour Flood: 0 today, 0 tomorrow, 1 needs you"


def test_where_a_post_is_not_ready_or_something_is_stopped_all_is_not_well():
    day = Day("Harbour Flood", NOON, NOON, BAKU, today=["a"], not_ready=1, stopped=["hold on x-en by Ayla"])
    assert digest.words(day).splitlines()[0] == "Harbour Flood: 1 today, 0 tomorrow, 1 not ready, 1 hold"
    assert "Stopped (1):\n- hold on x-en by Ayla" in digest.words(day)
    assert "Nobody is needed" not in digest.words(day)


def test_a_campaign_with_a_long_name_does_not_hide_what_needs_you():
    day = Day("The Commemoration of the Great Harbour Flood", NOON, NOON, BAKU, needs_you=["it"])
    first = digest.words(day).splitlines()[0]
    assert first == "The Commemoration of the Grea…: 0 today, 0 tomorrow, 1 needs you"


def test_a_name_of_two_words_is_a_command_that_can_be_pasted():
    day = Day("Harbour Flood", NOON, NOON, BAKU, to_read={"Ayla Two": ["2027/two/m-en"]})
    assert "approve --mine --as 'Ayla Two'" in digest.words(day)


def test_it_says_everything_a_morning_asks():
    day = Day(
        "Harbour Flood",
        NOON,
        NOON - timedelta(days=1),
        BAKU,
        out=["2027/one/m-en https://social.example/1"],
        tomorrow=["10:00 Asia/Baku 2027/two/m-en"],
        needs_you=["1 post was missed"],
        to_read={"Ayla": ["2027/two/m-en", "2027/three/m-en"]},
        lost=["2027/zero/m-en missed: its time passed"],
        lowered=2,
        waived=1,
        head="a" * 64,
    )
    words = digest.words(day)
    for said in (
        "Went out since the last summary (1):\n- 2027/one/m-en https://social.example/1",
        "Nothing more goes out today.",
        "Goes out tomorrow (1):\n- 10:00 Asia/Baku 2027/two/m-en",
        "Needs you (1):\n- 1 post was missed",
        "- Ayla: 2 posts, the first 2027/two/m-en; python run.py approve --mine --as Ayla",
        "Refused or missed since the last summary (1):\n- 2027/zero/m-en missed: its time passed",
        "2 of the rules for approval ask for fewer people than the program proposes",
        "1 rule about words was answered by two people",
        "a" * 64,
    ):
        assert said in words


def test_a_long_list_is_cut_and_its_number_told():
    day = Day("Harbour Flood", NOON, NOON, BAKU, today=[f"10:00 post-{n}" for n in range(25)])
    words = digest.words(day)
    assert "Goes out today (25):" in words
    assert "- 10:00 post-9\n- and 15 more" in words
    assert "post-10" not in words
