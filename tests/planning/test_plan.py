"""Fixed times, slots, and what planning says about them."""

from datetime import date, time, timedelta

import pytest

from scheduler.model import DailyLimit, DayTime, Kind, Quiet, Severity, When
from scheduler.planning import daily_limit, places, plan
from tests.planning.made import (
    LONDON,
    MINUTE,
    MOURNING,
    NOW,
    campaign,
    channel,
    channels,
    fixed,
    hours,
    post,
    utc,
)

ONE = channels(channel())
ONCE_A_DAY = channels(channel(slots=(time(10),)))
ALTERNATE = {"no_two_of_a_kind_in_a_row": True}


def planned(posts, made=ONE, now=NOW, kept=None, urgent=frozenset(), **campaign_changes):
    return plan(posts, campaign(**campaign_changes), made, now, kept or {}, urgent)


def dues(result):
    return {place.key: place.due for place in result.places}


def rules(result):
    return [(finding.severity, finding.rule, finding.post, finding.channel) for finding in result.findings]


# Fixed times


def test_a_fixed_time_becomes_a_place():
    (place,) = planned([post("a", fixed(-1))]).places
    assert (place.key, place.post, place.channel) == ("2027/a/x-en", "a", "x-en")
    assert (place.due, place.expires) == (utc(2027, 2, 25, 6), utc(2027, 2, 25, 8))
    assert (place.day, place.slot) == ("2027-02-25", False)


def test_a_run_up_before_new_year_keeps_the_campaigns_year_in_its_keys():
    result = planned([post("a", fixed(-60))])
    assert dues(result) == {"2027/a/x-en": utc(2026, 12, 28, 6)}


def test_a_local_time_is_each_channels_own():
    made = channels(channel("x-en", timezone=LONDON), channel("x-az"))
    result = planned([post("a", fixed(-1, local=True))], made)
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 25, 10), "2027/a/x-az": utc(2027, 2, 25, 6)}


def test_a_past_time_keeps_its_place():
    result = planned([post("a", fixed(-1))], now=utc(2027, 6, 1))
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 25, 6)}


def test_drafts_are_not_planned():
    result = planned([post("a", fixed(-1), draft=True), post("b", draft=True)])
    assert result.places == ()
    assert result.findings == ()
    assert result.unplaced == ()


def test_a_fixed_time_in_a_quiet_window_is_an_error_at_its_line_and_is_not_moved():
    result = planned([post("a", fixed(0, time(17)))])
    (finding,) = result.findings
    assert str(finding) == (
        "posts/a.yaml:4:9 error planning.quiet: 2027-02-26 17:00 Asia/Baku is in the quiet window "
        "D 16:55 .. D 17:05; choose another time"
    )
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 26, 13)}


def test_a_correction_passes_quiet_days_but_not_the_minute_of_silence():
    correction = {"kind": Kind.CORRECTION, "corrects": "2027/x/x-en"}
    assert rules(planned([post("a", fixed(1), **correction)])) == []
    assert rules(planned([post("a", fixed(0, time(17)), **correction)])) == [
        (Severity.ERROR, "planning.quiet", "a", None)
    ]


def test_an_urgent_post_passes_quiet_days_by_key_or_by_id():
    day_after = [post("a", fixed(1))]
    assert rules(planned(day_after, urgent={"a"})) == []
    assert rules(planned(day_after, urgent={"2027/a/x-en"})) == []
    assert rules(planned(day_after, urgent={"2027/b/x-en"})) == [
        (Severity.ERROR, "planning.quiet", "a", None)
    ]


def test_a_time_that_does_not_exist_is_an_error_only_where_it_does_not():
    made = channels(channel("x-en", timezone=LONDON), channel("x-az"))
    skipped = When(day=date(2027, 3, 28), at=time(1, 30), local=True)
    result = planned([post("a", skipped)], made)
    assert rules(result) == [(Severity.ERROR, "planning.no-such-time", "a", "x-en")]
    assert dues(result) == {"2027/a/x-az": utc(2027, 3, 27, 21, 30)}
    assert result.unplaced == ("2027/a/x-en",)


def test_what_holds_for_every_channel_is_said_once():
    made = channels(channel("x-en"), channel("mastodon-en"), channel("x-az"))
    assert rules(planned([post("a", fixed(1))], made)) == [(Severity.ERROR, "planning.quiet", "a", None)]


def test_fixed_times_over_the_daily_limit_stay_with_a_warning_on_the_later():
    result = planned([post("late", fixed(-1, time(18))), post("early", fixed(-1, time(9)))])
    assert rules(result) == [(Severity.WARNING, "planning.limit", "late", None)]
    assert "2027-02-25 has 2 posts" in result.findings[0].message
    assert len(result.places) == 2


def test_a_correction_is_not_counted_against_the_limit():
    result = planned([post("a", fixed(-1)), post("b", fixed(-1, time(9)), kind=Kind.CORRECTION)])
    assert rules(result) == []


def test_the_anniversary_has_a_limit_of_its_own():
    times = (time(9), time(12), time(15), time(20))
    result = planned([post(f"p{at.hour}", fixed(0, at)) for at in times])
    assert rules(result) == [(Severity.WARNING, "planning.limit", "p20", None)]


def test_fixed_times_nearer_than_min_gap_stay_with_a_warning_on_the_later():
    made = channels(channel(min_gap=hours(2)))
    posts = [
        post("a", fixed(0, time(10))),
        post("b", fixed(0, time(11, 30))),
        post("c", fixed(0, time(13, 30))),
    ]
    result = planned(posts, made)
    assert rules(result) == [(Severity.WARNING, "planning.gap", "b", None)]
    assert 'it comes 90m after "a" where min_gap is 2h' in result.findings[0].message


def test_nobody_is_warned_of_what_is_past():
    crowd = [post("a", fixed(-1, time(9))), post("b", fixed(-1, time(10)))]
    assert rules(planned(crowd, now=utc(2027, 3, 10))) == []


@pytest.mark.parametrize(
    ("own", "day", "expected"),
    [
        (None, date(2027, 2, 25), 1),
        (None, date(2027, 2, 26), 3),
        (DailyLimit(2), date(2027, 2, 25), 2),
        (DailyLimit(2), date(2027, 2, 26), 3),
        (DailyLimit(2, 5), date(2027, 2, 26), 5),
        (DailyLimit(2, 0), date(2027, 2, 26), 0),
    ],
)
def test_a_channels_limit_replaces_what_it_names(own, day, expected):
    assert daily_limit(campaign(), channel(daily_limit=own), day) == expected


# Slots


def test_a_post_without_a_time_gets_the_first_slot_of_the_run_up():
    # D-30 is 27 January 2027; 10:00 in Baku is 06:00 UTC.
    (place,) = planned([post("a")]).places
    assert (place.due, place.slot, place.day) == (utc(2027, 1, 27, 6), True, "2027-01-27")


def test_a_slot_at_the_very_start_of_the_run_up_counts():
    midnight = channels(channel(slots=(time(0),)))
    assert dues(planned([post("a")], midnight)) == {"2027/a/x-en": utc(2027, 1, 26, 20)}


def test_a_slot_is_never_now_or_earlier():
    at_ten = utc(2027, 2, 1, 6)
    assert dues(planned([post("a")], ONCE_A_DAY, now=at_ten)) == {"2027/a/x-en": utc(2027, 2, 2, 6)}
    just_before = at_ten - timedelta(seconds=1)
    assert dues(planned([post("a")], ONCE_A_DAY, now=just_before)) == {"2027/a/x-en": at_ten}


def test_slots_are_the_channels_local_times():
    made = channels(channel(timezone=LONDON))
    assert dues(planned([post("a")], made)) == {"2027/a/x-en": utc(2027, 1, 27, 10)}


def test_the_limit_of_a_slot_is_that_of_the_campaigns_day():
    # 22:00 in London on 26 January is 02:00 of the 27th in Baku, the start; 10:00 follows on that same day.
    made = channels(channel(timezone=LONDON, slots=(time(10), time(22))))
    result = planned([post("a"), post("b"), post("c")], made)
    assert list(dues(result).values()) == [utc(2027, 1, day, 22) for day in (26, 27, 28)]


def test_slots_go_by_priority_then_file_then_id():
    posts = [
        post("z", file="posts/a.yaml"),
        post("a", file="posts/b.yaml"),
        post("b", file="posts/a.yaml"),
        post("low", priority=1),
        post("high", priority=9),
    ]
    result = planned(posts, ONCE_A_DAY)
    assert [place.post for place in result.places] == ["high", "b", "z", "a", "low"]


def test_slots_avoid_days_that_fixed_times_fill():
    result = planned([post("a"), post("b", fixed(-30, time(20)))], ONCE_A_DAY)
    assert dues(result)["2027/a/x-en"] == utc(2027, 1, 28, 6)


def test_slots_keep_the_gap_to_fixed_times_on_both_sides():
    made = channels(channel(min_gap=hours(3), slots=(time(10), time(18)), daily_limit=DailyLimit(9)))
    posts = [post("before", fixed(-30, time(7, 30))), post("after", fixed(-30, time(20, 59))), post("a")]
    assert dues(planned(posts, made))["2027/a/x-en"] == utc(2027, 1, 28, 6)
    exact = [post("before", fixed(-30, time(7, 0))), post("a")]
    assert dues(planned(exact, made))["2027/a/x-en"] == utc(2027, 1, 27, 6)


def test_slots_avoid_quiet_windows():
    quiet = (Quiet(DayTime(-30), DayTime(-29)), Quiet(DayTime(-28, time(9)), DayTime(-28, time(10, 1))))
    result = planned([post("a")], quiet=quiet)
    assert dues(result) == {"2027/a/x-en": utc(2027, 1, 29, 14)}


def test_a_slot_that_the_clocks_skip_is_not_there():
    made = channels(channel(timezone=LONDON, slots=(time(1, 30),)))
    result = planned([post("a")], made, now=utc(2027, 3, 27, 12), anniversary=date(1992, 4, 26))
    assert dues(result) == {"2027/a/x-en": utc(2027, 3, 29, 0, 30)}


def test_a_slot_that_comes_twice_is_the_first():
    made = channels(channel(timezone=LONDON, slots=(time(1, 30),)))
    result = planned([post("a")], made, now=utc(2027, 10, 30, 12), anniversary=date(1992, 11, 26))
    assert dues(result) == {"2027/a/x-en": utc(2027, 10, 31, 0, 30)}


def test_the_last_slots_are_those_of_the_anniversary():
    made = channels(channel(slots=(time(23),)))
    result = planned([post("a"), post("b")], made, now=utc(2027, 2, 26, 12))
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 26, 19)}
    assert rules(result) == [(Severity.ERROR, "planning.no-place", "b", None)]


def test_a_post_that_gives_way_is_told_how_many_places_there_are():
    # Once a day from D-2 to D-1, with D closed by a limit of 0: two places.
    result = planned(
        [post("a"), post("b"), post("c")], ONCE_A_DAY, start_days=-2, daily_limit=DailyLimit(1, 0)
    )
    (finding,) = result.findings
    assert (finding.rule, finding.post, finding.line) == ("planning.no-place", "c", 4)
    assert finding.message == (
        "2 free places for 3 posts on the next slot, and by priority, file and id this one gives way; "
        "give it a time, or give the channel more slots or a higher daily_limit, or raise the post's priority"
    )
    assert result.unplaced == ("2027/c/x-en",)


def test_a_channel_without_slots_says_so():
    result = planned([post("a")], channels(channel(slots=())))
    assert result.places == ()
    assert "the channel has none" in result.findings[0].message


def test_two_of_a_kind_are_not_put_in_a_row_where_the_campaign_asks_for_it():
    posts = [
        post("q1", kind=Kind.QUOTE, priority=9),
        post("q2", kind=Kind.QUOTE, priority=8),
        post("t1", kind=Kind.TEXT, priority=7),
    ]
    plain = planned(posts, ONCE_A_DAY)
    assert [place.post for place in plain.places] == ["q1", "q2", "t1"]
    mixed = planned([*posts, post("mid", fixed(-28), kind=Kind.EVENT)], ONCE_A_DAY, options=ALTERNATE)
    assert [(place.post, place.day) for place in mixed.places] == [
        ("q1", "2027-01-27"),
        ("t1", "2027-01-28"),
        ("mid", "2027-01-29"),
        ("q2", "2027-01-30"),
    ]


def test_a_kind_refused_a_slot_gets_it_once_another_kind_stands_between():
    posts = [
        post("q1", kind=Kind.QUOTE, priority=9),
        post("t1", kind=Kind.TEXT, priority=8),
        post("q2", kind=Kind.QUOTE, priority=7),
        post("q3", kind=Kind.QUOTE, priority=6),
        post("t2", kind=Kind.TEXT, priority=5),
        post("q4", kind=Kind.QUOTE, priority=4),
    ]
    result = planned(posts, ONCE_A_DAY, options=ALTERNATE)
    assert [place.post for place in result.places] == ["q1", "t1", "q2", "t2", "q3"]
    assert result.unplaced == ("2027/q4/x-en",)


def test_a_correction_takes_the_next_slot_at_once_even_before_the_start_and_on_a_full_day():
    now = utc(2027, 2, 26, 15)  # 19:00 in Baku on D; tomorrow is a quiet day
    crowd = [post(f"f{hour}", fixed(1, time(hour))) for hour in (8, 9)]
    fix = post("fix", kind=Kind.CORRECTION, corrects="2027/x/x-en")
    assert dues(planned([*crowd, fix], now=now))["2027/fix/x-en"] == utc(2027, 2, 27, 6)
    assert dues(planned([fix], now=NOW))["2027/fix/x-en"] == utc(2027, 1, 1, 14)


def test_a_correction_does_not_take_the_moment_of_another_post():
    fix = post("fix", kind=Kind.CORRECTION)
    result = planned([fix, post("a", fixed(-30))], now=utc(2027, 1, 27))
    assert dues(result)["2027/fix/x-en"] == utc(2027, 1, 27, 14)


def test_a_second_post_of_an_id_is_not_planned_twice():
    result = planned([post("a", fixed(-1)), post("a", fixed(-2))])
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 25, 6)}


# Slots given before


def test_a_kept_slot_stays_though_an_earlier_one_is_free():
    kept = {"2027/a/x-en": utc(2027, 2, 10, 6)}
    assert dues(planned([post("a")], kept=kept)) == kept


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=5)])
def test_a_kept_slot_whose_time_has_come_stays_whatever_stands_beside_it(late):
    kept = {"2027/a/x-en": utc(2027, 2, 10, 6)}
    result = planned([post("a"), post("b", fixed(-16, time(12)))], now=utc(2027, 2, 10, 6) + late, kept=kept)
    assert dues(result) == {**kept, "2027/b/x-en": utc(2027, 2, 10, 8)}
    assert result.findings == ()


def test_a_kept_slot_that_has_passed_leaves_the_later_ones_to_others():
    kept = {"2027/a/x-en": utc(2027, 2, 10, 6)}
    result = planned([post("a"), post("b")], ONCE_A_DAY, now=utc(2027, 2, 10, 12), kept=kept)
    assert dues(result) == {**kept, "2027/b/x-en": utc(2027, 2, 11, 6)}


def test_a_kept_slot_yields_to_a_fixed_time_and_says_why():
    kept = {"2027/a/x-en": utc(2027, 2, 10, 6)}
    result = planned([post("a"), post("b", fixed(-16, time(12)))], ONCE_A_DAY, kept=kept)
    assert dues(result)["2027/a/x-en"] == utc(2027, 1, 27, 6)
    (finding,) = result.findings
    assert (finding.severity, finding.rule, finding.post) == (Severity.WARNING, "planning.moved", "a")
    assert "2027-02-10 10:00 Asia/Baku is lost (2027-02-10 already has 1 where the daily limit is 1)" in (
        finding.message
    )


@pytest.mark.parametrize(
    "lost",
    [
        utc(2027, 2, 26, 13),  # the minute of silence
        utc(2027, 2, 27, 6),  # a day of mourning
        utc(2027, 1, 20, 6),  # before the start
        utc(2027, 3, 10, 6),  # after the anniversary
    ],
)
def test_a_kept_slot_that_is_no_longer_allowed_is_given_anew(lost):
    result = planned([post("a")], kept={"2027/a/x-en": lost})
    assert dues(result) == {"2027/a/x-en": utc(2027, 1, 27, 6)}
    assert rules(result) == [(Severity.WARNING, "planning.moved", "a", None)]


def test_of_two_kept_slots_on_a_full_day_the_higher_priority_stays():
    kept = {"2027/low/x-en": utc(2027, 2, 10, 6), "2027/high/x-en": utc(2027, 2, 10, 14)}
    result = planned([post("low", priority=1), post("high", priority=9)], kept=kept)
    assert dues(result) == {
        "2027/low/x-en": utc(2027, 1, 27, 6),
        "2027/high/x-en": utc(2027, 2, 10, 14),
    }


def test_a_kept_slot_means_nothing_once_the_post_has_a_time():
    result = planned([post("a", fixed(-1))], kept={"2027/a/x-en": utc(2027, 2, 10, 6)})
    assert dues(result) == {"2027/a/x-en": utc(2027, 2, 25, 6)}


def test_findings_that_one_act_cures_share_their_cause():
    posts = [post("a", fixed(1)), post("b", fixed(2)), post("c", fixed(0, time(17)))]
    causes = [finding.cause for finding in planned(posts).findings]
    assert sorted(causes) == ["quiet:D 16:55 .. D 17:05", "quiet:D+1 .. D+2", "quiet:D+1 .. D+2"]


# Places against posts


def test_places_counts_what_fixed_times_and_quiet_days_leave():
    # D-4 to D once a day: five slots; one is filled by "f", D-3 is quiet: three are left for four posts.
    made = channels(channel(slots=(time(10),)), channel("x-az", slots=()))
    quiet = (MINUTE, MOURNING, Quiet(DayTime(-3), DayTime(-3)))
    posts = [post("f", fixed(-2), channels=("x-en",))]
    posts += [post(f"s{number}", text={"en": "Words."}) for number in range(4)]
    english, azerbaijani = places(campaign(start_days=-4, quiet=quiet), made, posts, NOW)
    assert (english.channel, english.free, english.wanting, english.enough) == ("x-en", 3, 4, False)
    assert (azerbaijani.free, azerbaijani.wanting, azerbaijani.enough) == (0, 0, True)


def test_places_leaves_out_slots_that_have_passed():
    kept = {"2027/a/x-en": utc(2027, 2, 25, 6)}
    posts = [post("a"), post("b")]
    (room,) = places(campaign(), ONCE_A_DAY, posts, utc(2027, 2, 25, 12), kept)
    assert (room.free, room.wanting, room.enough) == (1, 1, True)
