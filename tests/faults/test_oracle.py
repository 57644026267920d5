"""The oracle itself, on logs and tables written by hand: it must see what is wrong, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.oracle import Healthy, Queued, Request, Row, Seen, judge

NOON = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

ORDER = Queued("2027/figures/a", NOON, 2)
ROW = Row(
    "2027/figures/a",
    "published",
    receipts=("71", "72"),
    begun={"2027/figures/a": (NOON,), "2027/figures/a#2": (NOON + 2 * SECOND,)},
    events=(NOON, NOON + SECOND, NOON + 2 * SECOND, NOON + 3 * SECOND),
)
SEEN = (Seen("2027/figures/a", "71", NOON + SECOND), Seen("2027/figures/a#2", "72", NOON + 3 * SECOND))
REQUESTS = tuple(Request(one.key, one.at) for one in SEEN)


def found(rows=(ROW,), seen=SEEN, requests=REQUESTS, certain=True, **more):
    verdict = judge([ORDER], seen, requests, rows, certain=certain, **more)
    return [one.invariant for one in verdict.breaches]


def test_nothing_is_found_where_all_is_well():
    assert found() == []


def test_a_part_that_is_out_twice_is_found():
    again = Seen("2027/figures/a#2", "73", NOON + 4 * SECOND)
    assert "I1" in found(seen=(*SEEN, again))


def test_doubles_are_counted_by_how_often_a_part_is_out_too_many_times():
    again = [Seen("2027/figures/a", str(n), NOON + 4 * SECOND) for n in (73, 74)]
    assert judge([ORDER], [*SEEN, *again], REQUESTS, [ROW], certain=True).doubled == 2


def test_a_delivery_that_vanished_is_found():
    assert found(rows=()) == ["I2", "I6", "I6", "lost"]


@pytest.mark.parametrize("state", ["scheduled", "preparing", "sending"])
def test_a_delivery_that_never_ends_is_found(state):
    assert "I2" in found(rows=(replace(ROW, state=state),))


def test_a_published_delivery_that_nobody_can_see_is_found():
    assert found(seen=SEEN[:1]) == ["I3"]


def test_a_published_delivery_with_somebody_elses_receipt_is_found():
    assert found(rows=(replace(ROW, receipts=("71", "99")),)) == ["I3"]


def test_a_published_delivery_without_all_its_receipts_is_found():
    assert found(rows=(replace(ROW, receipts=("71",)),)) == ["I3"]


def test_a_post_before_its_time_is_found():
    early = replace(SEEN[0], at=NOON - SECOND)
    assert found(seen=(early, SEEN[1])) == ["I4"]


def test_a_clock_that_may_be_wrong_by_so_much_may_be_early_by_so_much():
    early = replace(SEEN[0], at=NOON - SECOND)
    assert found(seen=(early, SEEN[1]), early=SECOND) == []


def test_a_post_that_nobody_ordered_is_found():
    stray = Seen("2026/figures/a", "9", NOON + SECOND)
    assert "I4" in found(seen=(*SEEN, stray))


def test_a_request_without_an_attempt_on_record_is_found():
    assert found(requests=(*REQUESTS, Request("2027/figures/a", NOON + SECOND))) == ["I6"]


def test_an_attempt_recorded_after_its_request_is_found():
    late = {**ROW.begun, "2027/figures/a": (NOON + 5 * SECOND,)}
    assert found(rows=(replace(ROW, begun=late),)) == ["I6"]


def test_by_a_clock_that_is_ahead_an_attempt_may_look_later_than_its_request():
    late = {**ROW.begun, "2027/figures/a": (NOON + 5 * SECOND,)}
    assert found(rows=(replace(ROW, begun=late),), early=30 * SECOND) == []


def test_a_post_that_came_by_no_request_is_found():
    assert found(requests=REQUESTS[:1]) == ["I6"]


def test_what_stayed_undone_after_all_was_well_again_is_found():
    well = Healthy(NOON + 60 * SECOND, within=150 * SECOND)
    idle = replace(ROW, state="scheduled", events=(NOON,))
    assert "I5" in found(rows=(idle,), healthy=well)


def test_what_was_done_too_long_after_all_was_well_again_is_found():
    well = Healthy(NOON, within=150 * SECOND)
    assert found(rows=(replace(ROW, events=(NOON + 151 * SECOND,)),), healthy=well) == ["I5"]
    assert found(rows=(replace(ROW, events=(NOON + 150 * SECOND,)),), healthy=well) == []


def test_what_somebody_was_asked_to_look_at_before_may_wait_for_its_next_look():
    asked = Healthy(NOON, within=150 * SECOND, asked=frozenset({ORDER.key}))
    assert found(rows=(replace(ROW, events=(NOON + 1800 * SECOND,)),), healthy=asked) == []
    other = replace(asked, asked=frozenset({"2027/other/a"}))
    assert found(rows=(replace(ROW, events=(NOON + 1800 * SECOND,)),), healthy=other) == ["I5"]


@pytest.mark.parametrize("state", ["refused", "missed", "cancelled"])
def test_what_ends_unpublished_is_lost_where_the_platform_could_have_told(state):
    gone = replace(ROW, state=state, receipts=(), begun={})
    verdict = judge([ORDER], (), (), [gone], certain=True)
    assert ([one.invariant for one in verdict.breaches], verdict.lost) == (["lost"], 1)


def test_what_a_person_ordered_away_is_not_lost():
    gone = replace(ROW, state="cancelled", receipts=(), begun={})
    assert found(rows=(gone,), seen=(), requests=(), ordered_away=[ORDER.key]) == []


def test_an_unknown_delivery_is_well_where_nobody_can_know_and_somebody_was_told():
    unknown = replace(ROW, state="unknown", receipts=(), noticed=True)
    assert found(rows=(unknown,), certain=False) == []
    assert found(rows=(unknown,), certain=True) == ["lost"]


def test_an_unknown_delivery_that_nobody_was_told_of_is_found():
    unknown = replace(ROW, state="unknown", receipts=())
    assert found(rows=(unknown,), certain=False) == ["I2"]
