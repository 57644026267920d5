"""A second in which nothing happens costs next to nothing, and ends with the first change from anywhere."""

import pytest
import sqlalchemy as sa

from scheduler.delivery import Engine
from scheduler.store.rows import HOLD_FILE, Hold
from tests.delivery.scripted import LOST, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE


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


def held(store, engine):
    """A post that is due under a hold, and the engine has seen that nothing is to be done; the hold."""
    store.sync([delivery()], {}, EARLY)
    number = store.hold("kind", "text", "wait", "Aynur", EARLY)
    for second in range(3):
        engine.tick(NOON + second * SECOND)
    assert engine.waiting(NOON + 3 * SECOND) == ()
    return number


def test_a_held_post_is_not_looked_at_every_second(store, engine):
    held(store, engine)
    asked = []
    sa.event.listen(store._database._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for second in range(4, 60):
        assert engine.waiting(NOON + second * SECOND) == ()
    assert [statement for statement in asked if "deliveries" in statement and "due" not in statement] == []
    # Its channel's next post is asked for once a minute, for the credentials.
    assert len(asked) <= 10


def test_another_process_s_change_is_seen_in_the_next_second(store, engine, platform, tmp_path):
    number = held(store, engine)
    with opened(tmp_path, rules=policy(channel())) as desk:
        desk.lift(number, "Aynur", NOON + 4 * SECOND)
        desk.retry(KEY, NOON + 5 * SECOND, NOON + HOUR, "Aynur", NOON + 4 * SECOND)
    engine.tick(NOON + 5 * SECOND)
    assert len(platform.published) == 1


def test_our_own_change_is_seen_in_the_next_second(store, engine, platform):
    held(store, engine)
    store.sync([delivery(), delivery("urgent", kind="announcement")], {}, EARLY)
    engine.tick(NOON + 5 * SECOND)
    assert len(platform.published) == 1


def test_a_hold_file_that_came_and_went_unrecorded_keeps_nothing_back(store, engine, platform):
    there = [Hold(0, "all", "posts/HOLD", "wait", HOLD_FILE, EARLY)]
    store.policy = policy(channel(), hold_files=lambda: there[0] if there else None)
    store.sync([delivery()], {}, EARLY)
    for second in range(3):
        engine.tick(NOON + second * SECOND)
    assert platform.published == []
    there.clear()
    engine.tick(NOON + 4 * SECOND)
    assert len(platform.published) == 1


def test_new_rules_count_at_once(store, engine, platform):
    store.policy = policy(channel(live=False))
    with opened(store.folder, rules=policy(channel())) as desk:
        desk.sync([delivery()], {}, EARLY)
    for second in range(3):
        engine.tick(NOON + second * SECOND)
    assert platform.published == []
    store.policy = policy(channel())
    engine.tick(NOON + 4 * SECOND)
    assert len(platform.published) == 1


@pytest.mark.parametrize("rules", [{"min_gap": HOUR}])
def test_what_time_alone_opens_goes_when_it_opens(store, platform, rules):
    store.policy = policy(channel(**rules))
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    slots = [delivery("one", slot=True), delivery("two", due=NOON + MINUTE, slot=True)]
    store.sync(slots, {}, EARLY)
    for minute in range(59):
        engine.tick(NOON + minute * MINUTE)
    assert len(platform.published) == 1
    engine.tick(NOON + HOUR)
    assert len(platform.published) == 2


def test_an_unknown_post_is_looked_for_when_its_time_has_come(store, engine, platform):
    platform.script = [LOST]
    store.sync([delivery()], {}, EARLY)
    for second in range(59):
        engine.tick(NOON + second * SECOND)
    assert (state_of(store, KEY), platform.finds) == ("unknown", [])
    engine.tick(NOON + MINUTE)
    assert state_of(store, KEY) == "published"


def test_a_look_that_falls_due_while_the_channel_is_introduced_is_not_forgotten(store, engine, platform):
    platform.script = [LOST]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert state_of(store, KEY) == "unknown"
    look_at = NOON + MINUTE  # the settle time
    clock = [look_at - SECOND]

    def slowly(channel):
        clock[0] = look_at + SECOND
        return platform

    later = Engine(store, slowly, assume_clock=True, clock=lambda: clock[0])
    later.work(clock[0], "mastodon-en")
    assert later.waiting(look_at + 2 * SECOND) == ("mastodon-en",)
    later.work(look_at + 2 * SECOND, "mastodon-en")
    assert state_of(store, KEY) == "published"
