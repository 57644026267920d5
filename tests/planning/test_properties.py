"""What holds for every plan, whatever the posts."""

from datetime import time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import DailyLimit, Kind, When
from scheduler.planning import binding, daily_limit, plan
from tests.planning.made import BAKU, LONDON, campaign, channel, channels, post, utc
from tests.thorough import examples

CLOCK = st.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
FIXED = st.builds(When, days=st.integers(-9, 3), at=CLOCK, local=st.booleans())
TIMES = st.one_of(st.just(When()), st.just(When()), FIXED)
KINDS = st.sampled_from([Kind.TEXT, Kind.QUOTE, Kind.FIGURES])

POSTS = st.lists(st.tuples(TIMES, KINDS, st.integers(1, 9)), max_size=12).map(
    lambda drawn: [
        post(f"p{number:02}", when, kind=kind, priority=priority)
        for number, (when, kind, priority) in enumerate(drawn)
    ]
)
CHANNEL = st.builds(
    channel,
    timezone=st.sampled_from([BAKU, LONDON]),
    slots=st.lists(CLOCK, max_size=4).map(tuple),
    min_gap=st.integers(0, 30).map(lambda number: timedelta(hours=number)),
    daily_limit=st.none() | st.builds(DailyLimit, st.integers(0, 3)),
)
CAMPAIGN = st.builds(
    campaign,
    start_days=st.integers(-8, 0),
    options=st.booleans().map(lambda wish: {"no_two_of_a_kind_in_a_row": wish}),
)
NOWS = st.datetimes(utc(2027, 2, 15).replace(tzinfo=None), utc(2027, 2, 28).replace(tzinfo=None)).map(
    lambda moment: moment.replace(tzinfo=utc(2027, 1, 1).tzinfo)
)
FEW = settings(max_examples=examples(120), deadline=None)


def slots_of(result):
    return {place.key: place.due for place in result.places if place.slot}


@FEW
@given(POSTS, CHANNEL, CAMPAIGN, NOWS)
def test_a_slot_keeps_gap_limit_quiet_and_future(posts, one, made, now):
    result = plan(posts, made, channels(one), now, {})
    for earlier, later in pairwise(result.places):
        if earlier.slot or later.slot:
            assert later.due - earlier.due >= one.min_gap
            assert later.due != earlier.due
    for place in (place for place in result.places if place.slot):
        local = place.due.astimezone(BAKU).date()
        same_day = [other for other in result.places if other.day == place.day]
        assert len(same_day) <= daily_limit(made, one, local)
        assert binding(made, place.due, exempt_whole_days=False) is None
        assert place.due > now
        assert place.due.astimezone(one.timezone).time() in one.slots


@FEW
@given(POSTS, CHANNEL, CAMPAIGN, NOWS)
def test_every_post_has_a_place_or_an_error(posts, one, made, now):
    result = plan(posts, made, channels(one), now, {})
    placed = {place.key for place in result.places}
    assert placed.isdisjoint(result.unplaced)
    assert placed | set(result.unplaced) == {f"2027/{each.id}/x-en" for each in posts}
    said = {finding.post for finding in result.findings if finding.severity == "error"}
    assert {key.split("/")[1] for key in result.unplaced} <= said


@FEW
@given(POSTS, CHANNEL, CAMPAIGN, NOWS)
def test_planning_twice_gives_the_same_in_any_order(posts, one, made, now):
    first = plan(posts, made, channels(one), now, {})
    assert plan(list(reversed(posts)), made, channels(one), now, {}) == first
    again = plan(posts, made, channels(one), now, slots_of(first))
    assert again.places == first.places


@FEW
@given(POSTS, CHANNEL, CAMPAIGN, NOWS, st.integers(0, 12), st.timedeltas(timedelta(0), timedelta(days=4)))
def test_kept_slots_stay_when_posts_are_added_or_taken_away_and_time_passes(
    posts, one, made, now, cut, later
):
    waiting = [each for each in posts if each.when.is_slot]
    before = [each for each in posts if not each.when.is_slot] + waiting[:cut]
    kept = slots_of(plan(before, made, channels(one), now, {}))
    after = slots_of(plan(posts, made, channels(one), now + later, kept))
    assert kept.items() <= after.items()
    fewer = slots_of(plan(before[1:], made, channels(one), now, kept))
    assert (
        fewer.items() >= {key: due for key, due in kept.items() if not key.startswith(gone(before))}.items()
    )


def gone(posts):
    return f"2027/{posts[0].id}/" if posts else "none"
