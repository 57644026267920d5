"""What a person may do to a delivery, and what everybody can then read."""

import pytest

from scheduler.errors import RunError
from scheduler.model import DailyLimit, Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Decision
from tests.store.kit import (
    ABC,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    approval,
    channel,
    delivery,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - HOUR
OUTCOMES = {
    "published": (Sent(Receipt("1", "https://social.example/1")), Decision(State.PUBLISHED)),
    "refused": (Refused(Refusal.CONTENT, "no"), Decision(State.REFUSED, "no")),
    "unknown": (Unknown("no answer"), Decision(State.UNKNOWN, "no answer")),
}


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def in_state(store, state):
    store.sync([delivery()], {}, EARLY)
    if state == "scheduled":
        return
    if state == "missed":
        store.expire(NOON + 3 * HOUR)
        return
    claim = store.claim(NOON)
    if state == "preparing":
        return
    store.begin(claim, 0, prepared(), NOON)
    if state != "sending":
        outcome, decision = OUTCOMES[state]
        store.settle(claim, 0, outcome, NOON, decision)


STATES = ["scheduled", "preparing", "sending", "published", "refused", "unknown", "missed"]
ACTS = {
    "retry": lambda store: store.retry(KEY, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON),
    "cancel": lambda store: store.cancel(KEY, "Aynur", "", NOON),
    "move": lambda store: store.set_due(KEY, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON),
    "settle": lambda store: store.settle_by_person(KEY, "https://social.example/1", "Aynur", NOON),
    "publish": lambda store: store.put_now(delivery(), {}, NOON, NOON + HOUR, "Aynur"),
}
ALLOWED = {
    "retry": {"refused": "scheduled", "missed": "scheduled"},
    "cancel": {
        "scheduled": "cancelled",
        "preparing": "cancelled",
        "refused": "cancelled",
        "missed": "cancelled",
    },
    "move": {"scheduled": "scheduled", "preparing": "preparing"},
    "settle": {"unknown": "published"},
    "publish": {
        "scheduled": "scheduled",
        "preparing": "preparing",
        "refused": "scheduled",
        "missed": "scheduled",
    },
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_each_act_is_possible_in_its_states_and_refused_in_words_in_the_others(store, act, state):
    in_state(store, state)
    after = ALLOWED[act].get(state)
    if after is None:
        with pytest.raises(RunError, match=f"{KEY} is {state}; only what is") as refused:
            ACTS[act](store)
        assert ("`settle`" in str(refused.value)) == (state == "unknown")
        assert state_of(store, KEY) == state
        assert store.acts() == ()
    else:
        ACTS[act](store)
        assert state_of(store, KEY) == after
        assert [one.who for one in store.acts()] == ["Aynur"]


@pytest.mark.parametrize("act", [act for act in ACTS if act != "publish"])
def test_an_unknown_key_names_the_nearest(store, act):
    store.sync([delivery("figure")], {}, EARLY)
    with pytest.raises(RunError, match="did you mean 2027/figure/mastodon-en"):
        ACTS[act](store)


def test_a_retried_delivery_goes_out_at_its_new_time(store):
    in_state(store, "missed")
    store.retry(KEY, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON + 4 * HOUR)
    assert store.claim(NOON + DAY - SECOND) is None
    assert store.claim(NOON + DAY).key == KEY


def test_a_person_s_cancellation_can_be_taken_back_by_a_person(store):
    in_state(store, "scheduled")
    store.cancel(KEY, "Aynur", "", NOON)
    store.retry(KEY, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON)
    assert state_of(store, KEY) == "scheduled"


def test_a_delivery_cancelled_while_it_is_sent_is_refused_to_the_person(store):
    in_state(store, "sending")
    with pytest.raises(RunError, match="is sending"):
        store.cancel(KEY, "Aynur", "", NOON)


def test_publish_sends_a_post_whose_time_had_passed_and_keeps_the_limit(tmp_path):
    with opened(tmp_path, rules=policy(channel(daily_limit=DailyLimit(0)))) as store:
        late = delivery(due=NOON - DAY)
        assert store.sync([late], {}, NOON).past == (KEY,)
        store.put_now(late, {ABC: b"abc"}, NOON, NOON + HOUR, "Aynur")
        assert store.file(ABC) == b"abc"
        assert store.claim(NOON) is None
        store.put_now(late, {}, NOON, NOON + HOUR, "Aynur", urgent=True)
        assert store.claim(NOON).key == KEY


def test_moving_a_slot_is_remembered_for_the_next_plan(store):
    store.sync([delivery(slot=True)], {}, EARLY)
    store.set_due(KEY, NOON + HOUR, NOON + 3 * HOUR, "Aynur", EARLY)
    assert store.slots() == {KEY: NOON + HOUR}


def test_the_whole_story_of_a_delivery_is_told_in_order(store):
    made = delivery()
    store.sync([made], {}, EARLY)
    store.approve([approval(made, at=EARLY + MINUTE)])
    claim = store.claim(NOON)
    store.begin(claim, 0, prepared(), NOON)
    store.settle(claim, 0, *OUTCOMES["published"][:1], NOON + SECOND, Decision(State.PUBLISHED))
    story = store.history(KEY)
    assert [event.event for event in story] == ["approve", "begun", "published"]
    assert story[-1].words == "published: https://social.example/1"
    assert story[-1].to_json()["at"] == "2027-02-20T08:00:01+00:00"


def test_status_lists_the_fields_that_were_promised(store):
    in_state(store, "published")
    assert status_of(store, KEY).to_json() == {
        "key": KEY,
        "state": "published",
        "due": "2027-02-20T08:00:00+00:00",
        "attempts": 1,
        "url": "https://social.example/1",
        "reason": None,
    }


@pytest.mark.parametrize(
    ("state", "can"),
    [("scheduled", True), ("sending", True), ("published", False), ("refused", False), ("missed", False)],
)
def test_whether_time_alone_can_change_anything(store, state, can):
    in_state(store, state)
    assert store.can_change(NOON) is can


def test_what_is_held_cannot_change_without_a_person(store):
    in_state(store, "scheduled")
    store.hold("all", "", "earthquake", "Aynur", NOON)
    assert not store.can_change(NOON)


def test_one_notice_a_cause_until_the_cause_is_gone(store):
    assert store.notice("channel:x-en", None, "no token", NOON)
    assert not store.notice("channel:x-en", None, "no token", NOON + MINUTE)
    assert store.close_notice("channel:x-en", NOON + HOUR)
    assert store.notice("channel:x-en", None, "no token again", NOON + DAY)
    assert [notice.text for notice in store.notices()] == ["no token again"]
    assert len(store.notices(EARLY)) == 2


def test_the_heartbeat_only_moves_forward_unless_the_clock_was_found_right(store):
    assert store.last_heartbeat() is None
    store.heartbeat(NOON)
    store.heartbeat(EARLY)
    assert store.last_heartbeat() == NOON
    store.heartbeat(EARLY, reset=True)
    assert store.last_heartbeat() == EARLY


def test_a_channel_stays_with_the_account_it_had_first(store):
    assert store.tie_account("mastodon-en", "7", NOON)
    assert store.tie_account("mastodon-en", "7", NOON)
    assert not store.tie_account("mastodon-en", "8", NOON)
    assert store.tie_account("x-en", "8", NOON)


def test_the_next_moment_is_after_now_and_nothing_is_waited_for_when_all_is_done(store):
    store.sync([delivery(), delivery("later", due=NOON + HOUR)], {}, EARLY)
    assert store.next_due(EARLY) == NOON
    assert store.next_due(EARLY, {"mastodon-en": 5 * MINUTE}) == NOON - 5 * MINUTE
    # The first's last moment is NOON + 2 h, the second's due comes before it.
    assert store.next_due(NOON) == NOON + HOUR
    store.expire(NOON + DAY)
    assert store.next_due(NOON + DAY) is None
