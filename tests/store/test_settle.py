"""What came of a call, and what a later look says about the unknown."""

import pytest

from scheduler.model import Receipt, State
from scheduler.platforms.base import Absent, CannotTell, Found, Refusal, Refused, Sent, Unknown
from scheduler.store import LEASE, Decision
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    delivery,
    opened,
    prepared,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - HOUR
SENT = Sent(Receipt("7", "https://social.example/7", (("uri", "at://7"),)))
OUT, LATER, NO, LOST = (
    Decision(State.PUBLISHED),
    Decision(State.SCHEDULED, "HTTP 503", NOON + MINUTE),
    Decision(State.REFUSED, "not allowed"),
    Decision(State.UNKNOWN, "no answer"),
)
TRANSIENT, CONTENT = Refused(Refusal.TRANSIENT, "HTTP 503"), Refused(Refusal.CONTENT, "not allowed")


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def begun(store, *deliveries, now=NOON):
    store.sync(deliveries or [delivery()], {}, EARLY)
    claim = store.claim(now)
    assert store.begin(claim, 0, prepared(baseline="3"), now)
    return claim


def unknown(store, *deliveries):
    claim = begun(store, *deliveries)
    assert store.settle(claim, 0, Unknown("no answer"), NOON + SECOND, LOST)
    return claim


def test_a_published_delivery_keeps_what_a_reply_to_it_needs(store):
    assert store.settle(begun(store), 0, SENT, NOON + SECOND, OUT)
    assert state_of(store, KEY) == "published"
    assert store.receipt(KEY) == SENT.receipt


def test_a_superseded_claim_cannot_settle(store):
    claim = begun(store)
    store.sweep(NOON + HOUR)
    assert not store.settle(claim, 0, SENT, NOON + HOUR, OUT)
    assert state_of(store, KEY) == "unknown"


def test_a_claim_settles_once(store):
    claim = begun(store)
    assert store.settle(claim, 0, CONTENT, NOON + SECOND, NO)
    assert not store.settle(claim, 0, SENT, NOON + SECOND, OUT)
    assert state_of(store, KEY) == "refused"


def test_another_attempt_of_the_same_delivery_is_not_settled_by_the_first(store):
    first = begun(store)
    store.settle(first, 0, TRANSIENT, NOON, LATER)
    second = store.claim(NOON + MINUTE)
    assert second.attempt == first.attempt + 1
    store.begin(second, 0, prepared(), NOON + MINUTE)
    assert not store.settle(first, 0, CONTENT, NOON + MINUTE, NO)
    assert state_of(store, KEY) == "sending"


def test_a_transient_refusal_waits_and_is_prepared_anew(store):
    store.settle(begun(store), 0, TRANSIENT, NOON, LATER)
    assert store.claim(NOON + 59 * SECOND) is None
    claim = store.claim(NOON + MINUTE)
    assert (claim.tries, claim.prepared, claim.frozen) == (1, None, False)


def test_the_first_request_is_kept_in_its_attempt(store):
    store.settle(begun(store), 0, TRANSIENT, NOON, LATER)
    with store.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT event, request FROM attempts ORDER BY id").all()
    assert [row.event for row in rows] == ["begun", "refused"]
    assert '"baseline": "3"' in rows[0].request


def test_a_refusal_ends_a_delivery_with_the_platform_s_reason(store):
    store.settle(begun(store), 0, CONTENT, NOON, NO)
    status = status_of(store, KEY)
    assert (status.state, status.reasons) == ("refused", ("not allowed",))


def test_the_parts_of_a_thread_go_out_one_after_the_other_under_one_claim(store):
    claim = begun(store, delivery(texts=("One.", "Two.", "Three.")))
    for part in range(3):
        if part:
            assert store.begin(claim, part, prepared(), NOON)
        assert state_of(store, KEY) == "sending"
        assert store.settle(claim, part, Sent(Receipt(f"r{part}")), NOON, OUT)
        assert state_of(store, KEY) == ("published" if part == 2 else "preparing")
    assert [receipt.remote_id for receipt in status_of(store, KEY).receipts] == ["r0", "r1", "r2"]


def test_a_part_that_is_out_cannot_be_begun_again(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, SENT, NOON, OUT)
    assert "not this part's turn" in store.begin(claim, 0, prepared(), NOON).reason


def test_an_interrupted_thread_goes_on_where_it_stopped_and_keeps_its_channel(store):
    claim = begun(store, delivery(texts=("One.", "Two.")), delivery("other"))
    store.settle(claim, 0, SENT, NOON, OUT)
    store.sweep(NOON + HOUR)
    again = store.claim(NOON + HOUR)
    assert (again.key, again.part) == (KEY, 1)
    store.give_back(again, NOON + 2 * HOUR, "network", NOON + HOUR)
    # While the thread waits nothing else of the channel goes between its parts.
    assert store.claim(NOON + HOUR) is None
    assert store.claim(NOON + 2 * HOUR).key == KEY


def test_a_thread_refused_in_the_middle_says_what_is_out(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, SENT, NOON, OUT)
    store.begin(claim, 1, prepared(), NOON)
    store.settle(claim, 1, CONTENT, NOON, NO)
    assert status_of(store, KEY).reasons == ("parts 1..1 published; not allowed",)


def test_a_begun_thread_that_cannot_be_finished_in_a_day_ends_refused(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, SENT, NOON, OUT)
    store.give_back(claim, None, "network", NOON)
    assert store.expire(NOON + DAY - SECOND) == ()
    assert state_of(store, KEY) == "scheduled"
    store.expire(NOON + DAY)
    assert "parts 1..1 published" in status_of(store, KEY).reasons[0]
    assert state_of(store, KEY) == "refused"


def test_an_unknown_delivery_is_not_claimed_and_blocks_no_other(store):
    unknown(store, delivery(), delivery("other"))
    assert store.claim(NOON + MINUTE).key == "2027/other/mastodon-en"


def test_an_interrupted_send_is_unknown_and_looked_for_after_the_settle_time(store):
    begun(store)
    assert store.sweep(NOON + 44 * SECOND) == ()
    assert store.sweep(NOON + 45 * SECOND) == (KEY,)
    assert store.unknowns(NOON + 59 * SECOND) == ()
    [doubt] = store.unknowns(NOON + 60 * SECOND)
    assert (doubt.key, doubt.prepared.baseline, doubt.begun_at) == (KEY, "3", NOON)


def test_what_is_found_counts_at_once(store):
    unknown(store)
    assert store.reconciled(KEY, Found(SENT.receipt), NOON + 2 * SECOND) == "published"
    assert status_of(store, KEY).url == "https://social.example/7"


def test_absent_counts_only_after_the_settle_time_and_a_second_look(store):
    unknown(store)
    # Too early: a request still under way may yet arrive.
    assert store.reconciled(KEY, Absent(), NOON + 59 * SECOND) == "unknown"
    assert store.unknowns(NOON + 59 * SECOND) == ()
    assert store.reconciled(KEY, Absent(), NOON + 60 * SECOND) == "unknown"
    assert store.unknowns(NOON + 74 * SECOND) == ()
    assert store.reconciled(KEY, Absent(), NOON + 74 * SECOND) == "unknown"
    assert len(store.unknowns(NOON + 75 * SECOND)) == 1
    assert store.reconciled(KEY, Absent(), NOON + 75 * SECOND) == "scheduled"
    claim = store.claim(NOON + 76 * SECOND)
    assert (claim.key, claim.prepared) == (KEY, None)


def test_a_doubt_between_the_two_looks_starts_them_anew(store):
    unknown(store)
    store.reconciled(KEY, Absent(), NOON + 60 * SECOND)
    store.reconciled(KEY, CannotTell("HTTP 503"), NOON + 75 * SECOND, again=NOON + 2 * MINUTE)
    assert store.reconciled(KEY, Absent(), NOON + 2 * MINUTE) == "unknown"
    assert store.reconciled(KEY, Absent(), NOON + 3 * MINUTE) == "scheduled"


def test_the_receipt_of_another_delivery_is_not_taken_for_this_one(store):
    first = begun(store, delivery("other"), delivery())
    store.settle(first, 0, SENT, NOON, OUT)
    second = store.claim(NOON)
    store.begin(second, 0, prepared(), NOON)
    store.settle(second, 0, Unknown("no answer"), NOON, LOST)
    [doubt] = store.unknowns(NOON + MINUTE)
    assert doubt.taken == {"7"}
    assert store.reconciled(second.key, Found(SENT.receipt), NOON + MINUTE) == "unknown"


def test_a_late_answer_settles_its_own_given_up_attempt(store):
    claim = begun(store)
    store.sweep(NOON + 45 * SECOND)
    assert store.testify(claim, 0, SENT, NOON + 46 * SECOND, OUT)
    assert state_of(store, KEY) == "published"


def test_a_late_link_counts_although_a_person_said_it_is_not_out_or_it_would_go_out_twice(store):
    claim = begun(store)
    store.sweep(NOON + 45 * SECOND)
    store.settle_by_person(KEY, None, "Aynur", NOON + MINUTE)
    assert store.testify(claim, 0, SENT, NOON + MINUTE, OUT)
    assert state_of(store, KEY) == "published"


def test_a_late_answer_does_not_touch_what_has_been_settled_and_changed_since(store):
    claim = begun(store)
    store.sweep(NOON + 45 * SECOND)
    store.settle_by_person(KEY, None, "Aynur", NOON + MINUTE)
    store.sync([delivery(texts=("Other words.",))], {}, NOON + MINUTE)
    assert not store.testify(claim, 0, SENT, NOON + MINUTE, OUT)
    assert state_of(store, KEY) == "scheduled"


def test_a_person_settles_the_unknown_with_a_link(store):
    unknown(store)
    store.settle_by_person(KEY, "https://social.example/9", "Aynur", NOON + MINUTE)
    status = status_of(store, KEY)
    assert (status.state, status.url) == ("published", "https://social.example/9")


def test_a_part_found_later_lets_the_thread_go_on(store):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, Unknown("no answer"), NOON, LOST)
    assert store.reconciled(KEY, Found(SENT.receipt), NOON + MINUTE) == "scheduled"
    assert store.claim(NOON + MINUTE).part == 1


def test_a_frozen_request_may_be_repeated_only_to_the_letter(store):
    unknown(store)
    [doubt] = store.unknowns(NOON + MINUTE)
    claim = store.reclaim(doubt, NOON + MINUTE)
    assert (claim.frozen, claim.prepared) == (True, prepared(baseline="3"))
    assert state_of(store, KEY) == "unknown"
    assert "exactly" in store.begin(claim, 0, prepared("other words"), NOON + MINUTE).reason
    assert store.begin(claim, 0, prepared(baseline="3"), NOON + MINUTE)


def test_a_repetition_keeps_clear_of_what_is_in_flight_on_its_channel(store):
    unknown(store, delivery(), delivery("other"))
    [doubt] = store.unknowns(NOON + MINUTE)
    other = store.claim(NOON + MINUTE)
    claim = store.reclaim(doubt, NOON + MINUTE)
    assert f"{other.key} is on its way" in store.begin(claim, 0, prepared(baseline="3"), NOON + MINUTE).reason


def test_a_doubt_settled_meanwhile_is_not_repeated(store):
    unknown(store)
    [doubt] = store.unknowns(NOON + MINUTE)
    store.settle_by_person(KEY, "https://social.example/9", "Aynur", NOON + MINUTE)
    assert store.reclaim(doubt, NOON + MINUTE) is None
    assert store.reconciled(KEY, Absent(), NOON + MINUTE) is None


def test_a_platform_s_wish_holds_the_channel_with_one_notice(store):
    stop = Decision(State.SCHEDULED, "the token is not valid", hold="the token is not valid")
    for post in ("one", "two"):
        store.sync([delivery("one"), delivery("two")], {}, EARLY)
        claim = store.claim(NOON)
        if claim is not None:
            store.begin(claim, 0, prepared(), NOON)
            store.settle(claim, 0, Refused(Refusal.AUTH, "the token is not valid"), NOON, stop)
        assert post
    [hold] = store.holds()
    assert (hold.scope, hold.value, hold.who) == ("channel", "mastodon-en", "scheduler")
    assert [notice.text for notice in store.notices()] == ["mastodon-en is held: the token is not valid"]


def test_a_post_that_keeps_interrupting_the_program_is_held(store):
    store.sync([delivery(expires=NOON + DAY), delivery("other", expires=NOON + DAY)], {}, EARLY)
    now = NOON
    for _ in range(5):
        claim = store.claim(now)
        assert claim.key == KEY
        store.sweep(now + HOUR)
        now += 2 * HOUR
    assert [str(hold.value) for hold in store.holds()] == ["figures"]
    assert store.claim(now).key == "2027/other/mastodon-en"


def test_under_the_lock_a_dead_worker_s_claim_is_over_at_once(store, tmp_path):
    begun(store)
    with opened(tmp_path, owner="the next process") as later:
        assert later.sweep(NOON + SECOND) == ()
        with later.lock(NOON, "run"):
            if later.is_shared:
                # It may be another machine's, and in good health: there the lease alone decides.
                assert later.sweep(NOON + LEASE - SECOND) == ()
                assert later.sweep(NOON + LEASE) == (KEY,)
            else:
                assert later.sweep(NOON + SECOND) == (KEY,)
        assert state_of(later, KEY) == "unknown"


def test_a_long_preparation_renews_its_lease_while_it_is_ours(store):
    store.sync([delivery()], {}, EARLY)
    claim = store.claim(NOON)
    assert store.renew(claim, NOON + 40 * SECOND)
    assert store.sweep(NOON + 60 * SECOND) == ()
    assert store.begin(claim, 0, prepared(), NOON + 60 * SECOND)
    assert not store.renew(claim, NOON + 61 * SECOND)


def test_what_was_given_back_is_not_ours_any_more(store):
    store.sync([delivery()], {}, EARLY)
    claim = store.claim(NOON)
    assert store.give_back(claim, NOON + MINUTE, "network", NOON)
    assert not store.give_back(claim, None, "", NOON)
    assert not store.begin(claim, 0, prepared(), NOON)
    assert status_of(store, KEY).notes == ("network",)
    assert store.claim(NOON + 59 * SECOND) is None


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("https://social.example/@campaign/113000000000065537", "113000000000065537"),
        ("https://x.com/campaign/status/1860000000000000001?s=20", "1860000000000000001"),
        ("https://social.example/@campaign/statuses/01JD/", "01JD"),
    ],
)
def test_a_thread_goes_on_under_the_part_whose_link_a_person_gave(store, url, remote):
    claim = begun(store, delivery(texts=("One.", "Two.")))
    store.settle(claim, 0, Unknown("no answer"), NOON, LOST)
    store.settle_by_person(KEY, url, "Aynur", NOON + MINUTE)
    assert store.receipt(KEY) == Receipt(remote, url)
    assert store.claim(NOON + MINUTE).part == 1


def test_a_receipt_under_another_channel_of_the_same_account_is_taken_too(store):
    first = begun(store, delivery("first", "x-en"))
    store.settle(first, 0, SENT, NOON, OUT)
    store.sync([delivery("first", "x-en"), delivery()], {}, EARLY)
    claim = store.claim(NOON)
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET account = 'account-7'")
    store.begin(claim, 0, prepared(account="account-7"), NOON)
    store.settle(claim, 0, Unknown("no answer"), NOON, LOST)
    [doubt] = store.unknowns(NOON + MINUTE)
    assert doubt.taken == {"7"}


def test_the_alerts_of_a_post_are_closed_once_it_is_out(store):
    claim = begun(store)
    late = Decision(State.SCHEDULED, "too many", NOON + MINUTE, notice="too many; too late for this post")
    store.settle(claim, 0, TRANSIENT, NOON, late)
    store.notice(f"prepare:{KEY}", KEY, "preparing failed", NOON)
    assert len(store.notices()) == 2
    again = store.claim(NOON + MINUTE)
    store.begin(again, 0, prepared(), NOON + MINUTE)
    short = Decision(State.PUBLISHED, notice="the post is out with 1 of its 2 images")
    store.settle(again, 0, SENT, NOON + MINUTE, short)
    assert [notice.text for notice in store.notices()] == [short.notice]


BROKEN = "ended \0 in \ud83d and \udce9"
"""A NUL, half of an emoji, and a byte that is not UTF-8 as Python reads it from a terminal."""


@pytest.mark.parametrize("how", ["sent", "refused", "unknown"])
def test_an_answer_with_signs_no_database_keeps_is_recorded_all_the_same(store, how):
    claim = begun(store)
    outcome, state = {
        "sent": (Sent(Receipt(BROKEN, BROKEN, (("uri", BROKEN),))), State.PUBLISHED),
        "refused": (Refused(Refusal.CONTENT, BROKEN), State.REFUSED),
        "unknown": (Unknown(BROKEN), State.UNKNOWN),
    }[how]
    decision = Decision(state, BROKEN, hold=BROKEN, notice=BROKEN)
    assert store.settle(claim, 0, outcome, NOON, decision)
    assert state_of(store, KEY) == state
    assert "ended \ufffd in \ufffd and \ufffd" in store.holds()[0].reason
    assert store.verify_audit().whole


def test_a_request_with_such_signs_is_kept_to_the_letter(store):
    store.sync([delivery()], {}, EARLY)
    claim = store.claim(NOON)
    assert store.begin(claim, 0, prepared(BROKEN), NOON)
    assert store.settle(claim, 0, Unknown("no answer"), NOON, LOST)
    [doubt] = store.unknowns(NOON + HOUR)
    assert doubt.prepared == prepared(BROKEN)
