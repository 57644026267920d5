"""Two things at once: a person and the engine, an answer and a restart, a look and a post that falls due."""

from datetime import timedelta

import pytest

from scheduler.delivery import Engine, Timings, failpoints
from scheduler.delivery.journal import Journal
from scheduler.errors import StoreError
from scheduler.platforms.base import Recovery, Refusal, Refused
from tests.delivery.flowing import Hands
from tests.delivery.scripted import LOST, NOT_SENT, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of, status_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def platform():
    return Scripted()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


def test_a_thread_whose_first_part_was_repeated_goes_on_at_once(store, engine, platform):
    platform.recovery, platform.script = Recovery.RESEND_SAFE, [LOST]
    store.sync([delivery(texts=("One.", "Two.")), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON)
    engine.tick(NOON + MINUTE)
    assert platform.texts == ["One.", "Eight words.", "Two."]
    assert state_of(store, KEY) == "published"
    assert "interrupted" not in [event.event for event in store.history(KEY)]


def test_what_is_asked_for_now_while_it_is_being_prepared_does_not_wait_for_its_old_time(store, platform):
    platform.lead = timedelta(minutes=10)
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(NOON - 30 * SECOND)  # meets the channel and its lead
    store.sync([delivery(due=NOON + 8 * MINUTE)], {}, EARLY)

    def a_person_wants_it_now():
        store.set_due(KEY, NOON + SECOND, NOON + HOUR, "Aynur", NOON)

    failpoints.arm("after-prepare", a_person_wants_it_now)
    engine.tick(NOON)
    failpoints.disarm()
    assert platform.published == []
    engine.tick(NOON + SECOND)
    assert state_of(store, KEY) == "published"


def test_what_the_platform_confirmed_is_not_sent_again_because_a_person_did_not_see_it(tmp_path, platform):
    """The disk was full, so the answer stood in the journal alone; the person looked at a slow page."""
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync([delivery()], {}, EARLY)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        refusing(store)
        with pytest.raises(StoreError):
            engine.tick(NOON)
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sweep(NOON + MINUTE)
        store.settle_by_person(KEY, None, "Aynur", NOON + MINUTE)
        assert state_of(store, KEY) == "scheduled"
        Engine(store, lambda channel: platform, assume_clock=True).tick(NOON + 2 * MINUTE)
        assert len(platform.published) == 1
        assert status_of(store, KEY).url == "https://social.example/1"


def refusing(store):
    """The database takes no answer."""

    def full(*_, **__):
        raise StoreError("the disk is full")

    store.settle = full


def test_what_is_found_counts_although_a_person_has_just_said_it_is_not_there(store, engine, platform):
    platform.script = [LOST]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    failpoints.arm("after-find", lambda: store.settle_by_person(KEY, None, "Aynur", NOON + MINUTE))
    engine.tick(NOON + MINUTE)
    failpoints.disarm()
    engine.tick(NOON + 2 * MINUTE)
    assert len(platform.published) == 1
    assert state_of(store, KEY) == "published"


def test_a_post_falls_due_while_another_is_looked_for_and_does_not_wait_for_all_the_others(store, platform):
    hands = Hands(NOON)
    engine = Engine(
        store, lambda channel: platform, assume_clock=True, clock=hands, boot=hands.boot, timings=Timings()
    )
    platform.script = [NOT_SENT] * 3
    store.sync([delivery(f"p{n}", texts=(f"{n}.",)) for n in range(3)], {}, EARLY)
    engine.work(NOON, "mastodon-en")
    hands.on(MINUTE)
    store.sync(
        [
            *[delivery(f"p{n}", texts=(f"{n}.",)) for n in range(3)],
            delivery("due", due=hands.now + 10 * SECOND),
        ],
        {},
        hands.now,
    )
    failpoints.arm("before-find", lambda: hands.on(20 * SECOND))
    looked = []
    failpoints.arm("before-send", lambda: looked.append(len(platform.finds)))
    engine.work(hands.now, "mastodon-en")
    assert looked == [1]


def test_a_fault_of_the_program_gives_the_post_back_and_its_channel_goes_on(store, engine, platform):
    store.sync([delivery(), delivery("next", due=NOON + SECOND, texts=("Other words.",))], {}, EARLY)
    failpoints.arm("before-begin", once(ZeroDivisionError("a bug of ours")))
    with pytest.raises(ZeroDivisionError):
        engine.tick(NOON)
    failpoints.disarm()
    engine.tick(NOON + SECOND)
    assert platform.texts == ["Other words."]
    engine.tick(NOON + 2 * MINUTE)
    assert platform.texts == ["Other words.", "Eight words."]


def once(error):
    def act():
        raise error

    return act


def test_a_channel_that_failed_while_the_clock_was_a_year_ahead_is_tried_again_when_it_is_right(
    store, platform
):
    platform.identity = Refused(Refusal.TRANSIENT, "the certificate is not valid any more")
    hands, theirs = Hands(NOON + 9000 * HOUR), [None]
    engine = Engine(
        store, lambda channel: platform, clock=hands, boot=hands.boot, dates=lambda channel: theirs[0]
    )
    store.sync([delivery()], {}, EARLY)
    engine.work(hands.now, "mastodon-en")
    hands.set(-9000 * HOUR)
    platform.identity, theirs[0] = "account-of-mastodon-en", NOON
    hands.on(2 * MINUTE)
    theirs[0] = hands.now
    for _ in range(3):
        engine.work(hands.now, "mastodon-en")
        hands.on(MINUTE)
        theirs[0] = hands.now
    assert len(platform.published) == 1


def test_an_answer_kept_by_another_version_does_not_stop_everything(store, platform, tmp_path):
    journal = Journal(tmp_path / "answers-live.journal")
    journal.open()
    journal.append([{"key": KEY, "outcome": "SomethingNew"}])
    store.sync([delivery()], {}, EARLY)
    Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
    assert len(platform.published) == 1
