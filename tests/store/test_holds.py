"""Holds, lifting them, and what is missed."""

import pytest

from scheduler.errors import RunError
from scheduler.model import Mode, State
from scheduler.platforms.base import Refusal, Refused
from scheduler.store import Decision, Hold
from scheduler.store.rows import HOLD_FILE
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    delivery,
    opened,
    policy,
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


# Looking again


def test_a_hold_is_looked_at_again_in_a_day_where_nobody_says_otherwise(store):
    store.hold("all", "", "earthquake", "Aynur", NOON)
    store.hold("channel", "x-en", "rain", "Aynur", NOON, NOON + HOUR)
    assert [hold.look_again for hold in store.holds()] == [NOON + DAY, NOON + HOUR]


def test_a_hold_the_scheduler_set_itself_has_a_time_to_look_again_too(store):
    store.sync(many(6), {}, EARLY)
    store.expire(NOON + 3 * HOUR)
    assert [hold.look_again for hold in store.holds()] == [NOON + 3 * HOUR + DAY]


def test_when_the_time_to_look_again_has_come_it_is_told_once(store):
    number = store.hold("channel", "x-en", "rain", "Aynur", NOON, NOON + HOUR)
    assert store.remind(NOON + HOUR - SECOND) == ()
    assert store.notices() == ()
    assert store.remind(NOON + HOUR) == (number,)
    assert store.remind(NOON + 2 * HOUR) == ()
    [notice] = store.notices()
    assert notice.text == "hold 1 on channel x-en: time to look again (Aynur: rain)"
    store.lift(number, "Aynur", NOON + 2 * HOUR)
    assert store.notices() == ()


def test_both_modes_are_reminded_and_lifting_ends_it_for_both(tmp_path):
    with opened(tmp_path) as live, opened(tmp_path, Mode.DRY) as dry:
        number = live.hold("all", "", "rain", "Aynur", NOON)
        assert (live.remind(NOON + DAY), dry.remind(NOON + DAY)) == ((number,), (number,))
        dry.lift(number, "Aynur", NOON + DAY)
        assert (live.notices(), dry.notices()) == ((), ())


def test_the_alert_of_a_channel_that_was_held_ends_with_its_hold(store):
    store.sync(many(6), {}, EARLY)
    store.expire(NOON + 3 * HOUR)
    assert len(store.notices()) == 1
    store.lift(store.holds()[0].id, "Aynur", NOON + 4 * HOUR)
    assert store.notices() == ()


# Several at once


def test_what_would_lapse_is_known_before_and_is_what_lapses(store):
    store.sync([delivery(), delivery("later", due=NOON + HOUR), delivery("other", "x-en")], {}, EARLY)
    first = store.hold("channel", "mastodon-en", "rain", "Aynur", EARLY)
    second = store.hold("post", "figures", "being checked", "Aynur", EARLY)
    assert store.lapsing([first], NOON) == ()
    assert store.lapsing([first, second], NOON) == (KEY,)
    assert state_of(store, KEY) == "scheduled"
    assert store.lift_all([first, second], "Aynur", NOON).lapsed == (KEY,)


def test_several_are_lifted_together_or_not_at_all(store):
    number = store.hold("all", "", "rain", "Aynur", EARLY)
    with pytest.raises(RunError, match="no open hold on number 9"):
        store.lift_all([number, 9], "Aynur", NOON)
    assert [hold.id for hold in store.holds()] == [number]


def test_what_lapsed_is_told_for_each_mode(tmp_path):
    with opened(tmp_path) as live, opened(tmp_path, Mode.DRY) as dry:
        live.sync([delivery()], {}, EARLY)
        dry.sync([delivery(), delivery("other", "x-en")], {}, EARLY)
        report = live.lift(live.hold("all", "", "rain", "Aynur", EARLY), "Aynur", NOON)
        assert report.by_mode == {
            Mode.LIVE: (KEY,),
            Mode.DRY: (KEY, "2027/other/x-en"),
        }


# The HOLD file


class Folder:
    """What a look into the folder of the posts answers."""

    def __init__(self):
        self.file = None

    def __call__(self):
        return self.file

    def put(self, reason="rain", value="posts/HOLD", who=HOLD_FILE):
        self.file = Hold(0, "all", value, reason, who, NOON)


@pytest.fixture
def folder():
    return Folder()


@pytest.fixture
def watched(tmp_path, folder):
    with opened(tmp_path, rules=policy(hold_files=folder)) as store:
        yield store


def test_a_hold_file_closes_the_gate_before_anybody_has_recorded_it(watched, folder):
    watched.sync([delivery()], {}, EARLY)
    claim = watched.claim(NOON)
    folder.put()
    answer = watched.begin(claim, 0, prepared(), NOON)
    assert not answer
    assert answer.reason == "hold on everything (posts/HOLD) by HOLD file: rain"
    assert status_of(watched, KEY).state == "preparing"
    folder.file = None
    assert watched.begin(claim, 0, prepared(), NOON)


def test_under_a_hold_file_nothing_is_taken_up_and_nothing_is_missed(watched, folder):
    watched.sync([delivery()], {}, EARLY)
    folder.put()
    assert watched.claim(NOON) is None
    assert watched.expire(NOON + 3 * HOUR) == ()
    assert status_of(watched, KEY).held
    assert not watched.can_change(NOON)


def test_a_hold_file_becomes_a_hold_with_one_alert_and_goes_with_the_file(watched, folder):
    watched.sync([delivery()], {}, EARLY)
    folder.put()
    made = watched.follow_hold_file(EARLY)
    assert (made.id, made.words, made.who) == (1, "everything (posts/HOLD)", HOLD_FILE)
    assert watched.follow_hold_file(EARLY) is None
    assert [hold.id for hold in watched.holds()] == [1]
    assert len(watched.notices()) == 1
    folder.file = None
    assert watched.claim(NOON) is None, "the hold is open until the deletion has been noted"
    assert watched.follow_hold_file(NOON + SECOND).lapsed == (KEY,)
    assert (watched.holds(), watched.notices()) == ((), ())
    assert status_of(watched, KEY).state == "missed"
    assert [(act.who, act.act) for act in watched.acts()] == [(HOLD_FILE, "hold"), (HOLD_FILE, "release")]


def test_the_reason_written_after_the_file_was_made_is_taken_over(watched, folder):
    folder.put(reason="no reason is written in it")
    watched.follow_hold_file(EARLY)
    folder.put(reason="earthquake", value="posts/HOLD, posts/HOLD 2")
    assert watched.follow_hold_file(NOON).reason == "earthquake"
    assert [(one.id, one.value, one.reason) for one in watched.holds()] == [
        (1, "posts/HOLD, posts/HOLD 2", "earthquake")
    ]


def test_while_the_file_is_there_its_hold_cannot_be_lifted(watched, folder):
    folder.put()
    number = watched.follow_hold_file(EARLY).id
    other = watched.hold("channel", "x-en", "rain", "Aynur", EARLY)
    with pytest.raises(RunError, match=r"posts/HOLD is still there .*; delete it"):
        watched.lift(number, "Aynur", NOON)
    with pytest.raises(RunError, match="posts/HOLD is still there"):
        watched.lift_all([other, number], "Aynur", NOON)
    assert [hold.id for hold in watched.holds()] == [number, other]
    folder.file = None
    assert watched.lift_all([other, number], "Aynur", NOON).lifted == (other, number)


def test_a_folder_that_cannot_be_read_stops_but_is_no_hold_of_a_person(watched, folder):
    """Once it can be read again what is still in time goes out: nobody has asked for a stop."""
    watched.sync([delivery()], {}, EARLY)
    folder.put("this folder cannot be read (Permission denied)", "posts", "scheduler")
    assert watched.follow_hold_file(EARLY) is None
    assert watched.claim(NOON) is None
    assert "cannot be read" in status_of(watched, KEY).reasons[0]
    with pytest.raises(RunError, match="cannot be read"):
        watched.lift(0, "Aynur", NOON)
    folder.file = None
    assert watched.claim(NOON + MINUTE).key == KEY


def test_a_folder_that_cannot_be_read_does_not_lift_the_hold_of_a_file_seen_before(watched, folder):
    folder.put()
    watched.follow_hold_file(EARLY)
    folder.put("this folder cannot be read", "posts", "scheduler")
    assert watched.follow_hold_file(NOON) is None
    assert [hold.who for hold in watched.holds()] == [HOLD_FILE]


def test_two_processes_make_one_hold_of_a_file(tmp_path, folder):
    rules = policy(hold_files=folder)
    with opened(tmp_path, rules=rules) as live, opened(tmp_path, Mode.DRY, rules=rules) as dry:
        folder.put()
        live.follow_hold_file(EARLY)
        dry.follow_hold_file(EARLY)
        assert len(live.holds()) == 1


def test_a_reason_pasted_with_signs_for_the_terminal_is_one_plain_line(store):
    store.hold("all", "", "a quake\x1b]0;gone\x07\r\nBcc: someone\u202e", "Aynur", EARLY)
    [hold] = store.holds()
    assert hold.reason == "a quake ]0;gone Bcc: someone"
