"""The decision after an answer, kind by kind."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.delivery import retry
from scheduler.model import Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown

NOW = datetime(2027, 2, 20, 8, 0, tzinfo=UTC)
EXPIRES = NOW + timedelta(hours=2)
SECONDS = timedelta(seconds=1)


def decide(outcome, attempt=1, **more):
    return retry.decide(outcome, attempt, NOW, EXPIRES, **more)


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    # 30 s doubled each time: 30 60 120 240 480, then 960 is over the cap of 900 s.
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 900), (7, 900), (10_000, 900)],
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(attempt, seconds):
    decision = decide(Refused(Refusal.TRANSIENT, "HTTP 503"), attempt)
    assert decision.not_before == NOW + seconds * SECONDS
    assert (decision.state, decision.channel_not_before, decision.hold) == (State.SCHEDULED, None, None)


def test_the_platform_s_own_time_counts_when_it_is_later():
    later, sooner = NOW + 600 * SECONDS, NOW + 5 * SECONDS
    assert decide(Refused(Refusal.TRANSIENT, "x", later)).not_before == later
    assert decide(Refused(Refusal.TRANSIENT, "x", sooner)).not_before == NOW + 30 * SECONDS


@pytest.mark.parametrize("kind", [Refusal.RATE, Refusal.QUOTA])
def test_too_many_requests_pause_the_whole_channel(kind):
    decision = decide(Refused(kind, "too many", NOW + 60 * SECONDS))
    assert decision.channel_not_before == decision.not_before == NOW + 60 * SECONDS
    assert decision.notice is None


def test_a_pause_beyond_the_last_moment_is_told():
    assert decide(Refused(Refusal.QUOTA, "used up", EXPIRES)).notice == "used up; too late for this post"


def test_a_platform_that_says_when_to_come_back_is_left_alone_by_the_whole_channel_until_then():
    later = NOW + 90 * SECONDS
    assert decide(Refused(Refusal.TRANSIENT, "HTTP 503", later)).channel_not_before == later
    assert decide(Refused(Refusal.TRANSIENT, "HTTP 503")).channel_not_before is None


@pytest.mark.parametrize("kind", [Refusal.AUTH, Refusal.PAYMENT, Refusal.BLOCKED, Refusal.PERMISSION])
def test_what_only_a_person_can_mend_holds_the_channel_and_keeps_the_post(kind):
    decision = decide(Refused(kind, "the token is not valid"))
    assert (decision.state, decision.hold) == (State.SCHEDULED, "the token is not valid")


@pytest.mark.parametrize("kind", [Refusal.CONTENT, Refusal.DUPLICATE, Refusal.MEDIA])
def test_what_will_never_be_taken_is_refused_and_told(kind):
    decision = decide(Refused(kind, "not like this"))
    assert (decision.state, decision.reason) == (State.REFUSED, "not like this")
    assert decision.notice == "refused: not like this"


def test_a_duplicate_after_an_earlier_try_is_evidence_that_it_is_out():
    decision = decide(Refused(Refusal.DUPLICATE, "already said"), maybe_out=True)
    assert decision.state is State.UNKNOWN


def test_no_answer_is_never_a_reason_to_send_again():
    decision = decide(Unknown("no answer in 20 s"))
    assert (decision.state, decision.not_before) == (State.UNKNOWN, None)
    assert "no answer in 20 s" in decision.notice


def test_what_is_published_is_published_and_its_notes_are_told():
    assert decide(Sent(Receipt("1"))).notice is None
    assert decide(Sent(Receipt("1"), ("an image is missing",))).notice == "an image is missing"


@pytest.mark.parametrize("kind", list(Refusal))
def test_every_kind_of_refusal_has_a_decision_that_is_not_published(kind):
    assert decide(Refused(kind, "words")).state in {State.SCHEDULED, State.REFUSED}
