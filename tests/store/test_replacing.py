"""What a reload wants while nobody knows whether a post is out: done as soon as it is known not to be."""

import pytest

from scheduler.model import ApprovalRules, Receipt, State
from scheduler.platforms.base import Absent, Found, Refusal, Refused, Sent, Unknown
from scheduler.store import Decision
from tests.store.kit import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    approval,
    delivery,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - HOUR
SENT, LOST = Sent(Receipt("7")), Unknown("no answer")
OUT, AGAIN = Decision(State.PUBLISHED), Decision(State.SCHEDULED, "HTTP 503")
UNSURE = Decision(State.UNKNOWN, "no answer")


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def begun(store, made):
    store.sync([made], {}, EARLY)
    claim = store.claim(NOON)
    assert store.begin(claim, 0, prepared(), NOON)
    return claim


def unknown(store, made=None):
    claim = begun(store, made or delivery())
    assert store.settle(claim, 0, LOST, NOON, UNSURE)
    return claim


def found_absent(store):
    store.reconciled(KEY, Absent(), NOON + MINUTE)
    store.reconciled(KEY, Absent(), NOON + MINUTE + 15 * SECOND)


def seen_by_a_person(store):
    store.settle_by_person(KEY, None, "Aynur", NOON + MINUTE)


@pytest.mark.parametrize("proof", [found_absent, seen_by_a_person])
def test_words_corrected_while_nobody_knew_are_the_ones_sent_again(store, proof):
    unknown(store)
    assert store.sync([delivery(texts=("Right words.",))], {}, NOON).edited_after == (KEY,)
    assert status_of(store, KEY).message.parts[0].text == "Eight words."
    proof(store)
    assert store.claim(NOON + 2 * MINUTE).message.parts[0].text == "Right words."


def test_words_corrected_during_a_call_that_failed_are_the_ones_sent_again(store):
    claim = begun(store, delivery())
    store.sync([delivery(texts=("Right words.",))], {}, NOON)
    store.settle(claim, 0, Refused(Refusal.TRANSIENT, "HTTP 503"), NOON, AGAIN)
    assert store.claim(NOON + SECOND).message.parts[0].text == "Right words."


def test_words_corrected_while_nobody_knew_need_their_own_approval(tmp_path):
    with opened(tmp_path, rules=policy(rules=ApprovalRules(default=1))) as store:
        store.approve([approval(delivery())])
        unknown(store)
        corrected = delivery(texts=("Right words.",))
        store.sync([corrected], {}, NOON)
        found_absent(store)
        assert store.claim(NOON + 2 * MINUTE) is None
        store.approve([approval(corrected)])
        assert store.claim(NOON + 2 * MINUTE).digest == corrected.digest


@pytest.mark.parametrize("proof", [found_absent, seen_by_a_person])
def test_a_post_deleted_while_nobody_knew_is_not_sent_again(store, proof):
    unknown(store)
    store.sync([], {}, NOON)
    proof(store)
    assert (state_of(store, KEY), store.claim(NOON + 2 * MINUTE)) == ("cancelled", None)
    assert "cancelled" in [event.event for event in store.history(KEY)]


def test_a_post_deleted_during_a_call_that_failed_is_not_sent_again(store):
    claim = begun(store, delivery())
    store.sync([], {}, NOON)
    store.settle(claim, 0, Refused(Refusal.TRANSIENT, "HTTP 503"), NOON, AGAIN)
    assert (state_of(store, KEY), store.claim(NOON + SECOND)) == ("cancelled", None)


def test_a_deleted_post_that_was_refused_for_good_keeps_the_platform_s_reason(store):
    claim = begun(store, delivery())
    store.sync([], {}, NOON)
    store.settle(claim, 0, Refused(Refusal.CONTENT, "no"), NOON, Decision(State.REFUSED, "no"))
    assert status_of(store, KEY).reasons == ("no",)


@pytest.mark.parametrize("outcome", [SENT, None])
def test_a_deleted_post_that_is_out_after_all_is_published(store, outcome):
    claim = begun(store, delivery()) if outcome else unknown(store)
    store.sync([], {}, NOON)
    if outcome:
        store.settle(claim, 0, outcome, NOON, OUT)
    else:
        store.reconciled(KEY, Found(SENT.receipt), NOON + MINUTE)
    assert state_of(store, KEY) == "published"


def test_a_deleted_post_that_came_back_is_sent_again(store):
    unknown(store)
    store.sync([], {}, NOON)
    store.sync([delivery()], {}, NOON)
    found_absent(store)
    assert store.claim(NOON + 2 * MINUTE).key == KEY


def test_an_edit_that_was_taken_back_leaves_the_first_words(store):
    unknown(store)
    store.sync([delivery(texts=("Other words.",))], {}, NOON)
    store.sync([delivery()], {}, NOON)
    found_absent(store)
    assert store.claim(NOON + 2 * MINUTE).message.parts[0].text == "Eight words."


def test_a_post_moved_while_nobody_knew_waits_for_its_new_time(store):
    unknown(store)
    store.sync([delivery(due=NOON + 3 * HOUR)], {}, NOON)
    found_absent(store)
    assert store.claim(NOON + 2 * MINUTE) is None
    assert store.claim(NOON + 3 * HOUR).due == NOON + 3 * HOUR


def test_a_thread_whose_post_is_deleted_during_a_part_ends_with_that_part(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.sync([], {}, NOON)
    store.settle(claim, 0, SENT, NOON, OUT)
    assert not store.begin(claim, 1, prepared(), NOON)
    status = status_of(store, KEY)
    assert status.state == "refused"
    assert status.reasons == ("parts 1..1 published; the post is no longer in the plan",)


@pytest.mark.parametrize("errors", [True, False])
def test_what_stops_a_post_stops_the_rest_of_its_thread(store, errors):
    made = delivery(texts=("One.", "Two."))
    claim = begun(store, made)
    stopped = delivery(texts=("One.", "Two."), stops=("consent was withdrawn",), errors=errors)
    store.sync([stopped], {}, NOON)
    store.settle(claim, 0, SENT, NOON, OUT)
    answer = store.begin(claim, 1, prepared(), NOON)
    assert "consent was withdrawn" in answer.reason
    store.sync([made], {}, NOON)
    assert store.begin(claim, 1, prepared(), NOON)


def test_words_edited_in_the_middle_of_a_thread_change_nothing_of_it(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, SENT, NOON, OUT)
    store.begin(claim, 1, prepared(), NOON)
    store.sync([delivery(texts=("Uno.", "Due."))], {}, NOON)
    store.settle(claim, 1, Refused(Refusal.TRANSIENT, "HTTP 503"), NOON, AGAIN)
    assert store.claim(NOON + SECOND).message.parts[1].text == "Two."


def test_publish_sends_the_words_as_they_stand_in_the_file_now(store):
    store.sync([delivery()], {}, EARLY)
    store.put_now(delivery(texts=("Right words.",)), {}, NOON, NOON + HOUR, "Aynur")
    assert store.claim(NOON).message.parts[0].text == "Right words."


def test_publishing_one_early_does_not_make_its_post_look_moved(store):
    store.sync([delivery(due=NOON + 3 * HOUR)], {}, EARLY)
    store.put_now(delivery(), {}, NOON, NOON + HOUR, "Aynur")
    store.sync([delivery(due=NOON + 3 * HOUR)], {}, NOON)
    assert status_of(store, KEY).due == NOON


def test_a_cancelled_post_tried_again_goes_out_with_the_words_of_its_file(store):
    store.sync([delivery()], {}, EARLY)
    store.cancel(KEY, "Aynur", "wrong figure", EARLY)
    store.sync([delivery(texts=("Right words.",))], {}, EARLY)
    assert state_of(store, KEY) == "cancelled"
    store.retry(KEY, NOON, NOON + HOUR, "Aynur", EARLY)
    assert store.claim(NOON).message.parts[0].text == "Right words."
