"""What somebody who watches the scheduler reads, besides its own sends."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Found, Prepared, Unknown
from scheduler.service.diary import Diary
from scheduler.store import Decision, Hold, rows, schema
from tests import campaigns
from tests.delivery.scripted import Scripted
from tests.service.stage import NOON, Clock, opened
from tests.store import kit

FLOOD = campaigns.post("flood", "2027-02-10 12:30") + "  channels: [m-en]\n"
KEY = "2027/flood/m-en"


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "scheduler")
    return lambda: [(one.levelname, one.getMessage()) for one in caplog.records]


@pytest.fixture
def store(tmp_path):
    campaigning = opened(tmp_path, FLOOD, live=True, approvals=1)
    with campaigning.store(Mode.LIVE) as store:
        made = campaigning.prepare(NOON)
        store.sync(made.deliveries, made.files, NOON)
        yield store


def test_what_falls_due_unapproved_is_told_once_and_again_when_it_is_missed(store, told):
    diary, due = Diary(), NOON + timedelta(minutes=30)
    diary.look(store, Clock()())
    assert told() == []
    for later in (0, 10, 20):
        diary.look(store, due + timedelta(seconds=later))
    [(level, words)] = told()
    assert level == "WARNING"
    assert words.startswith(f"{KEY} is due and held: not approved")
    missed = due + timedelta(hours=3)
    store.expire(missed)
    diary.look(store, missed)
    assert [words.startswith(f"{KEY} missed: ") for _, words in told()] == [False, True]


def test_a_hold_and_its_lifting_are_told(store, told):
    diary = Diary()
    number = store.hold("all", "", "a question from the families", "Ayla", NOON, NOON + timedelta(days=1))
    diary.look(store, NOON)
    store.lift(number, "Ayla", NOON)
    diary.look(store, NOON)
    assert told() == [
        ("WARNING", f"hold {number}: hold on everything by Ayla: a question from the families"),
        ("INFO", f"hold {number} on everything was lifted"),
    ]


def test_while_nobody_writes_and_nothing_falls_due_the_database_is_not_read(store, monkeypatch):
    diary, due, read = Diary(), NOON + timedelta(minutes=30), []
    diary.look(store, NOON)
    happened = store.happened
    monkeypatch.setattr(store, "happened", lambda *asked: read.append(asked) or happened(*asked))
    diary.look(store, NOON + timedelta(minutes=29))
    assert read == []
    store.remember("anything", 1)
    diary.look(store, NOON + timedelta(minutes=29))
    assert len(read) == 1
    diary.look(store, due)
    assert len(read) == 2
    assert [one.key for one in diary.late] == [KEY]


def test_what_is_late_is_looked_at_every_time(store, monkeypatch):
    """A gap or a quiet time ends by the clock alone."""
    diary, due, read = Diary(), NOON + timedelta(minutes=30), []
    diary.look(store, due)
    late = store.late
    monkeypatch.setattr(store, "late", lambda now: read.append(now) or late(now))
    diary.look(store, due)
    assert read == [due]


@pytest.fixture
def doubtful(tmp_path):
    """A store whose one delivery was sent, and no answer came."""
    campaigning, due = opened(tmp_path, FLOOD, live=True), NOON + timedelta(minutes=30)
    with campaigning.store(Mode.LIVE) as store:
        made = campaigning.prepare(NOON)
        store.sync(made.deliveries, made.files, NOON)
        store.sent = lambda: sent_without_an_answer(store, due)
        yield store


def sent_without_an_answer(store, due):
    claim = store.claim(due, "m-en")
    assert store.begin(claim, 0, Prepared({"status": "x"}), due)
    outcome = Unknown("no answer in 20 s")
    assert store.settle(claim, 0, outcome, due, Decision(State.UNKNOWN, outcome.reason))


def test_what_was_unknown_before_the_start_is_told_at_the_start(doubtful, told):
    doubtful.sent()
    diary = Diary()
    diary.look(doubtful, NOON + timedelta(hours=1))
    diary.look(doubtful, NOON + timedelta(hours=1))
    assert told() == [("WARNING", f"{KEY}: it is unknown whether it went out: no answer in 20 s")]
    assert [one.key for one in diary.troubles] == [KEY]


def test_what_becomes_unknown_and_is_found_later_is_told_both_times(doubtful, told):
    diary = Diary()
    diary.look(doubtful, NOON)
    doubtful.sent()
    diary.look(doubtful, NOON + timedelta(minutes=31))
    assert [one.state for one in diary.troubles] == [State.UNKNOWN]
    link = "https://mastodon.example/@campaign/1"
    doubtful.reconciled(KEY, Found(Receipt("1", link)), NOON + timedelta(minutes=40))
    diary.look(doubtful, NOON + timedelta(minutes=41))
    assert told()[-1] == ("INFO", f"{KEY} was found published: {link}")
    assert len(told()) == 2
    assert diary.troubles == ()


def test_of_posts_that_simply_go_out_nothing_is_read(doubtful, monkeypatch):
    diary, read, happened = Diary(), [], doubtful.happened
    diary.look(doubtful, NOON)
    monkeypatch.setattr(doubtful, "happened", lambda *asked: read.append(happened(*asked)) or read[-1])
    doubtful.sent()
    doubtful.reconciled(KEY, Found(Receipt("1", None)), NOON + timedelta(minutes=40))
    diary.look(doubtful, NOON + timedelta(minutes=41))
    # That it began is no line of the log; that it was in doubt, and found, is.
    assert [one.event for one in read[0].events] == ["unknown", "found"]


def test_what_was_cancelled_after_it_was_refused_waits_for_nobody_any_more(doubtful):
    """It left by an event that is worth no line of its own."""
    diary = Diary()
    diary.look(doubtful, NOON)
    doubtful.sent()
    diary.look(doubtful, NOON + timedelta(minutes=31))
    assert len(diary.troubles) == 1
    doubtful.settle_by_person(KEY, None, "Ayla", NOON + timedelta(minutes=32))
    doubtful.cancel(KEY, "Ayla", "", NOON + timedelta(minutes=33))
    diary.look(doubtful, NOON + timedelta(minutes=34))
    assert diary.troubles == ()


@pytest.mark.parametrize("is_noticed", [False, True], ids=["by the numbers alone", "when it took over"])
def test_a_standby_that_gives_numbers_of_events_again_hides_nothing_that_waits_for_a_person(
    doubtful, is_noticed
):
    """What happened there after it took over may have numbers that were seen before."""
    diary = Diary()
    for number in range(20):
        with doubtful.transaction() as connection:
            row = connection.execute(schema.deliveries.select()).first()
            rows.note_event(connection, row, NOON, "given back", f"{number}")
    diary.look(doubtful, NOON)
    with doubtful.transaction() as connection:
        connection.execute(schema.attempts.delete())
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('attempts', 'id'), 1, false)")
    if is_noticed:
        doubtful._database.moved()
    doubtful.sent()
    diary.look(doubtful, NOON + timedelta(minutes=31))
    assert [one.state for one in diary.troubles] == [State.UNKNOWN]


def test_a_channel_that_cannot_be_used_is_told_once_and_when_it_can_again(store, told):
    diary = Diary()
    store.channel_problem("m-en", "m-en: another scheduler on this machine publishes on this account")
    diary.look(store, NOON)
    diary.look(store, NOON)
    store.channel_problem("m-en", "")
    diary.look(store, NOON)
    assert told() == [
        (
            "WARNING",
            "a channel cannot be used: m-en: another scheduler on this machine publishes on this account",
        ),
        ("INFO", "m-en: can be used again"),
    ]


def test_a_folder_of_posts_that_cannot_be_read_is_not_told_as_a_hold_without_a_number(store, told):
    hidden = Hold(0, "all", "posts", "this folder cannot be read", "scheduler", NOON)
    store.policy = replace(store.policy, hold_files=lambda: hidden)
    Diary().look(store, NOON)
    assert [words for _, words in told() if words.startswith("hold 0")] == []


def test_what_goes_out_is_told_with_its_link(tmp_path, told):
    platform = Scripted()
    with kit.opened(tmp_path, rules=kit.policy(kit.channel())) as store:
        store.sync([kit.delivery()], {}, kit.NOON - kit.MINUTE)
        Engine(store, lambda channel: platform, assume_clock=True).tick(kit.NOON)
    assert (
        "INFO",
        "2027/figures/mastodon-en on mastodon-en: published: https://social.example/1",
    ) in told()
