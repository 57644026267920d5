"""With a clock a delivery is taken up shortly before due: at due only the gate and the call remain."""

import threading
import time
from datetime import datetime, timedelta

import pytest

from scheduler.delivery import Engine, failpoints, means
from tests.delivery.flowing import Hands, running
from tests.delivery.scripted import Scripted
from tests.service.waiting import until
from tests.store.kit import (
    BAKU,
    HOUR,
    MINUTE,
    MINUTE_OF_SILENCE,
    NOON,
    SECOND,
    campaign,
    channel,
    delivery,
    opened,
    policy,
    status_of,
)

KEY = "2027/figures/mastodon-en"
NAME = "mastodon-en"
SHORTLY = timedelta(seconds=1.2)


class Timed(Scripted):
    """Notes when it was asked to prepare and to send."""

    def __init__(self, clock, **more):
        super().__init__(**more)
        self.clock, self.moments = clock, {}

    def prepare(self, *arguments):
        self.moments["prepared"] = self.clock()
        return super().prepare(*arguments)

    def send(self, prepared):
        self.moments["sent"] = self.clock()
        return super().send(prepared)


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync([delivery()], {}, NOON - HOUR)
        yield store


def engine_of(store, platform, clock, **more):
    return Engine(store, lambda channel: platform, assume_clock=True, clock=clock, **more)


def test_what_falls_due_in_a_moment_is_ready_then_and_called_not_before(store):
    clock = running(NOON - SHORTLY)
    platform = Timed(clock)
    engine_of(store, platform, clock).work(clock(), NAME)
    assert platform.moments["prepared"] < NOON <= platform.moments["sent"]
    assert status_of(store, KEY).state == "published"


def test_each_moment_to_look_is_named_before_due_and_at_due(store):
    engine = engine_of(store, Scripted(), lambda: NOON - HOUR)
    assert engine.next_due(NOON - HOUR) == NOON - 2 * SECOND
    assert engine.next_due(NOON - 2 * SECOND) == NOON
    assert engine.waiting(NOON - 3 * SECOND) == (NAME,)  # to be introduced
    engine.work(NOON - HOUR, NAME)
    assert engine.waiting(NOON - 3 * SECOND) == ()
    assert engine.waiting(NOON - 2 * SECOND) == (NAME,)


def test_asked_to_stop_while_it_waits_it_gives_the_delivery_back_ready_to_go(store):
    clock, stop = running(NOON - 1.9 * SECOND), threading.Event()
    platform = Timed(clock)
    failpoints.arm("waiting-for-due", stop.set)
    began = time.monotonic()
    engine_of(store, platform, clock, stopping=stop.is_set).work(clock(), NAME)
    assert time.monotonic() - began < 1.5
    assert (platform.sends, status_of(store, KEY).state) == ([], "scheduled")
    Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
    assert (len(platform.prepares), len(platform.published)) == (1, 1)


@pytest.mark.long
def test_moved_to_later_while_it_waits_it_goes_at_its_new_time(store):
    clock = running(NOON - SHORTLY)
    platform = Timed(clock)
    later = (NOON + HOUR, NOON + 2 * HOUR)
    failpoints.arm("waiting-for-due", lambda: store.set_due(KEY, *later, "Aynur", NOON))
    engine_of(store, platform, clock).work(clock(), NAME)
    assert platform.sends == []
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    assert engine.tick(NOON + MINUTE) == NOON + HOUR
    engine.tick(NOON + HOUR)
    assert len(platform.published) == 1


@pytest.mark.long
def test_held_while_it_waits_it_does_not_go(store):
    clock = running(NOON - SHORTLY)
    platform = Timed(clock)
    failpoints.arm("waiting-for-due", lambda: store.hold("all", "", "earthquake", "Aynur", NOON))
    engine_of(store, platform, clock).work(clock(), NAME)
    assert (platform.sends, status_of(store, KEY).held) == ([], True)


def test_a_clock_that_stands_still_does_not_keep_the_channel_for_ever(store, monkeypatch):
    monkeypatch.setattr(means, "AHEAD", timedelta(milliseconds=200))
    platform = Scripted()
    engine_of(store, platform, lambda: NOON - timedelta(milliseconds=100)).work(NOON, NAME)
    assert (platform.sends, status_of(store, KEY).state) == ([], "scheduled")
    engine_of(store, platform, lambda: NOON).work(NOON, NAME)
    assert len(platform.published) == 1


@pytest.mark.long
def test_what_was_uploaded_minutes_before_is_called_at_due_without_another_upload(store):
    early = NOON - 5 * MINUTE
    platform = Timed(lambda: early, lead=5 * MINUTE)
    engine_of(store, platform, lambda: early).work(early, NAME)
    assert status_of(store, KEY).not_before == NOON - 2 * SECOND
    clock = running(NOON - SHORTLY)
    platform.clock = clock
    engine_of(store, platform, clock).work(clock(), NAME)
    assert platform.prepares == [KEY]
    assert platform.moments["sent"] >= NOON


def test_what_falls_due_later_gives_way_to_what_is_due_now(store):
    """A preparation that is not due yet keeps no channel: what is due earlier, or urgent, goes first."""
    early = NOON - 5 * MINUTE
    platform = Scripted(lead=5 * MINUTE)
    engine = engine_of(store, platform, lambda: early)
    engine.work(early, NAME)
    assert (platform.prepares, platform.sends) == ([KEY], [])
    urgent = delivery("urgent", due=early, texts=("At once.",))
    store.put_now(urgent, {}, early, early + HOUR, "Aynur", urgent=True)
    engine.work(early, NAME)
    assert platform.texts == ["At once."]
    assert status_of(store, KEY).state == "scheduled"


def test_what_waited_for_its_turn_to_write_does_not_slip_into_the_minute_of_silence(tmp_path):
    """Due a second before 16:55 on the day; another write keeps the database until 16:55 has come."""
    due = datetime(2027, 2, 26, 16, 54, 59, tzinfo=BAKU)
    hands, platform = Hands(due), Scripted()
    rules = policy(channel(), around=campaign(quiet=(MINUTE_OF_SILENCE,)))
    with opened(tmp_path / "silence", rules=rules) as store:
        store.sync([delivery(due=due)], {}, due - HOUR)
        engine, writing = engine_of(store, platform, hands, boot=hands.boot), []

        def somebody_writes():
            writing.append(store.transaction())
            writing[0].__enter__()

        failpoints.arm("before-begin", somebody_writes)
        worker = threading.Thread(target=engine.work, args=(due, NAME))
        # The turn belongs to no thread: here it is passed on once the gate stands in the line.
        worker.start()
        until(lambda: writing and store._database._turn._line)
        hands.on(SECOND)
        writing[0].__exit__(None, None, None)
        worker.join(20)
        assert platform.sends == []
        status = status_of(store, "2027/figures/mastodon-en", hands.now)
        assert status.not_before == datetime(2027, 2, 26, 17, 5, tzinfo=BAKU)


class Slow(Scripted):
    """Its answer takes five seconds, by a clock that is set by hand."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def send(self, prepared):
        self.clock.on(5 * SECOND)
        return super().send(prepared)


def test_what_falls_due_during_a_slow_call_on_its_channel_follows_at_once(tmp_path):
    clock = Hands(NOON)
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync([delivery(), delivery("next", due=NOON + 4 * SECOND, texts=("Next.",))], {}, NOON - HOUR)
        platform = Slow(clock)
        engine_of(store, platform, clock, boot=clock.boot).work(NOON, NAME)
        assert len(platform.published) == 2


def test_a_channel_with_nothing_more_is_not_asked_for_more(store, monkeypatch):
    clock, asked, claim = running(NOON), [], store.claim
    monkeypatch.setattr(store, "claim", lambda *given, **more: asked.append(1) or claim(*given, **more))
    platform = Scripted()
    engine_of(store, platform, clock).work(clock(), NAME)
    assert (len(platform.published), len(asked)) == (1, 1)
