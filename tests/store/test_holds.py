"""Holds, lifting them, and what is missed."""

import pytest

from scheduler.errors import RunError
from scheduler.model import Mode, State
from scheduler.platforms.base import Refusal, Refused
from scheduler.store import Decision
from tests.store.kit import (
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


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def test_a_held_delivery_is_shown_held_with_its_reason_but_stays_scheduled(store):
    store.sync([delivery()], {}, EARLY)
    store.hold("channel", "mastodon-en", "attack under way", "Aynur", EARLY)
    status = status_of(store, KEY)
    assert (status.state, status.held) == ("scheduled", True)
    assert status.reasons == ("hold on channel mastodon-en by Aynur: attack under way",)
    assert status.to_json()["state"] == "held"


def test_lifting_a_hold_sends_nothing_that_came_due_under_it(store):
    store.sync([delivery(), delivery("later", due=NOON + 30 * MINUTE)], {}, EARLY)
    number = store.hold("all", "", "earthquake", "Aynur", EARLY)
    assert store.claim(NOON) is None
    report = store.lift(number, "Aynur", NOON + MINUTE)
    assert report.lapsed == (KEY,)
    assert status_of(store, KEY).state == "missed"
    assert "hold on everything by Aynur: earthquake" in status_of(store, KEY).reasons[0]
    assert store.claim(NOON + MINUTE) is None
    assert store.claim(NOON + 30 * MINUTE).key == "2027/later/mastodon-en"


def test_what_another_hold_still_stops_is_not_written_off_yet(store):
    store.sync([delivery()], {}, EARLY)
    first = store.hold("all", "", "earthquake", "Aynur", EARLY)
    store.hold("post", "figures", "being checked", "Leyla", EARLY)
    assert store.lift(first, "Aynur", NOON + MINUTE).lapsed == ()
    assert state_of(store, KEY) == "scheduled"
    assert store.lift(None, "Leyla", NOON + MINUTE, scope="post", value="figures").lapsed == (KEY,)


def test_a_hold_stops_both_modes_and_lifting_it_writes_off_both(tmp_path):
    with opened(tmp_path) as live, opened(tmp_path, Mode.DRY) as dry:
        for store in (live, dry):
            store.sync([delivery()], {}, EARLY)
        number = live.hold("all", "", "earthquake", "Aynur", EARLY)
        assert dry.claim(NOON) is None
        live.lift(number, "Aynur", NOON + SECOND)
        assert state_of(dry, KEY) == "missed"


def test_the_time_runs_out_quietly_under_a_hold_until_it_is_lifted(store):
    store.sync([delivery()], {}, EARLY)
    number = store.hold("all", "", "earthquake", "Aynur", EARLY)
    assert store.expire(NOON + 5 * HOUR) == ()
    assert state_of(store, KEY) == "scheduled"
    store.lift(number, "Aynur", NOON + 5 * HOUR)
    assert state_of(store, KEY) == "missed"


@pytest.mark.parametrize(
    ("scope", "value", "words"),
    [
        ("everything", "", "one of all, channel, kind, language, post"),
        ("channel", "", "needs its name"),
        ("all", "x-en", "names nothing more"),
    ],
)
def test_a_hold_on_nothing_known_is_refused_in_words(store, scope, value, words):
    with pytest.raises(RunError, match=words):
        store.hold(scope, value, "reason", "Aynur", NOON)
    assert store.holds() == ()


def test_lifting_what_is_not_there_is_refused_in_words(store):
    with pytest.raises(RunError, match="no open hold on number 7"):
        store.lift(7, "Aynur", NOON)


def test_holding_and_lifting_are_in_the_audit_log(store):
    store.lift(store.hold("all", "", "earthquake", "Aynur", EARLY), "Leyla", NOON)
    assert [(act.who, act.act, act.what) for act in store.acts()] == [
        ("Aynur", "hold", "all"),
        ("Leyla", "release", "all"),
    ]


def test_what_was_not_sent_in_time_is_missed_with_the_reason(store):
    store.sync([delivery(stops=("“613” cites no fact",))], {}, EARLY)
    assert store.expire(NOON + 2 * HOUR - SECOND) == ()
    assert store.expire(NOON + 2 * HOUR) == (KEY,)
    assert status_of(store, KEY).reasons == ("its time passed: “613” cites no fact",)
    assert [notice.key for notice in store.notices()] == [KEY]


def many(count):
    return [delivery(f"post-{n}") for n in range(count)]


@pytest.mark.parametrize(("count", "holds", "notices"), [(5, 0, 5), (6, 1, 1)])
def test_more_than_five_missed_at_once_hold_the_channel_with_one_notice(store, count, holds, notices):
    store.sync([*many(count), delivery("elsewhere", "x-en")], {}, EARLY)
    assert len(store.expire(NOON + 3 * HOUR)) == count + 1
    assert len(store.holds()) == holds
    assert len([notice for notice in store.notices() if "elsewhere" not in notice.text]) == notices


def test_a_dry_run_that_misses_many_does_not_stop_the_live_one(tmp_path):
    with opened(tmp_path, Mode.DRY) as store:
        store.sync(many(6), {}, EARLY)
        store.expire(NOON + 3 * HOUR)
        assert store.holds() == ()
        assert len(store.notices()) == 1


def test_a_hold_set_while_something_is_prepared_closes_the_gate(store):
    store.sync([delivery()], {}, EARLY)
    claim = store.claim(NOON)
    store.hold("kind", "text", "being checked", "Aynur", NOON)
    assert not store.begin(claim, 0, prepared(), NOON)


def test_what_is_being_prepared_when_a_hold_is_lifted_does_not_slip_out(store):
    store.sync([delivery()], {}, EARLY)
    claim = store.claim(NOON - MINUTE, lead=MINUTE)
    number = store.hold("all", "", "earthquake", "Aynur", NOON - 30 * SECOND)
    assert store.lift(number, "Aynur", NOON + SECOND).lapsed == (KEY,)
    assert not store.begin(claim, 0, prepared(), NOON + 2 * SECOND)
    assert state_of(store, KEY) == "missed"


def test_a_dry_run_s_troubles_hold_nothing_that_is_live(tmp_path):
    with opened(tmp_path) as live, opened(tmp_path, Mode.DRY) as dry:
        dry.sync([delivery(expires=NOON + 9 * HOUR), delivery("auth", "x-en")], {}, EARLY)
        refused = dry.claim(NOON, "x-en")
        dry.begin(refused, 0, prepared(), NOON)
        stop = Decision(State.SCHEDULED, "no token", hold="no token")
        dry.settle(refused, 0, Refused(Refusal.AUTH, "no token"), NOON, stop)
        for hours in range(5):
            assert dry.claim(NOON + hours * HOUR, "mastodon-en").key == KEY
            dry.sweep(NOON + hours * HOUR + MINUTE)
        assert live.holds() == ()
        assert "interrupted 5 times" in status_of(dry, KEY).reasons[0]
        assert len(dry.notices()) == 2


def test_a_missed_post_tried_again_is_no_alert_any_more(store):
    store.sync([delivery()], {}, EARLY)
    store.expire(NOON + 3 * HOUR)
    assert len(store.notices()) == 1
    store.retry(KEY, NOON + 4 * HOUR, NOON + 5 * HOUR, "Aynur", NOON + 3 * HOUR)
    assert store.notices() == ()
