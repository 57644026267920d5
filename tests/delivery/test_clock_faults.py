"""A clock that is set or jumps, and a machine that sleeps: nothing early, nothing twice, no backlog."""

import random
import threading
from datetime import timedelta

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.model import Receipt
from scheduler.platforms.base import Recovery, Refusal, Refused, Sent
from scheduler.store import Store
from tests.delivery.flowing import Hands
from tests.delivery.scripted import LOST, NOT_SENT, REFUSED, Scripted
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    channel,
    delivery,
    opened,
    policy,
    state_of,
    status_of,
)
from tests.thorough import quick_and_long

KEY = "2027/figures/mastodon-en"
JUMPS = [HOUR, -HOUR, 365 * DAY]


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


class Scene:
    """An engine that compares its clock with a platform which always has the right time."""

    def __init__(self, store, platform=None, start=NOON - MINUTE):
        self.store, self.platform = store, platform or Scripted()
        self.hands, self.offset, self.compared = Hands(start), timedelta(0), 0
        self.engine = Engine(
            store,
            lambda channel: self.platform,
            clock=self.hands,
            boot=self.hands.boot,
            dates=self.date,
        )

    @property
    def right(self):
        """The right time, whatever the clock shows."""
        return self.hands.now - self.offset

    def date(self, channel):
        self.compared += 1
        return self.right

    def set(self, span):
        self.offset += span
        self.hands.set(span)

    def tick(self, span=timedelta(0)):
        return self.engine.tick(self.hands.on(span))


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync([delivery()], {}, NOON - HOUR)
        yield store


@pytest.fixture
def scene(store):
    return Scene(store)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_between_claim_and_gate_sends_nothing_until_it_is_right(store, scene, jump):
    scene.tick()
    failpoints.arm("before-begin", lambda: (failpoints.disarm(), scene.set(jump)))
    scene.tick(MINUTE)
    assert (scene.platform.sends, state_of(store, KEY)) == ([], "scheduled")
    assert status_of(store, KEY).not_before is None
    scene.tick(MINUTE)
    assert scene.platform.sends == []
    [words] = [notice.text for notice in store.notices()]
    assert "clock is" in words
    scene.set(-jump)
    scene.tick(MINUTE)
    assert (len(scene.platform.published), store.notices()) == (1, ())


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_gives_up_nothing_that_is_under_way(store, scene, jump):
    """By a clock an hour ahead every lease would be over."""
    seen = []

    class Busy(Scripted):
        def send(self, prepared):
            scene.set(jump)
            scene.engine.chores(scene.hands.now)
            seen.append(state_of(store, KEY))
            scene.set(-jump)
            return super().send(prepared)

    scene.platform = Busy()
    scene.tick(MINUTE)
    assert (seen, state_of(store, KEY)) == (["sending"], "published")


def test_a_pause_is_not_counted_from_a_clock_that_jumped_meanwhile(store, scene):
    class Jumping(Scripted):
        def send(self, prepared):
            if not self.sends:
                scene.set(365 * DAY)
            return super().send(prepared)

    scene.platform = Jumping()
    scene.platform.script = [REFUSED]
    scene.tick(MINUTE)
    assert status_of(store, KEY).not_before is None
    scene.set(-365 * DAY)
    scene.tick(MINUTE)
    assert state_of(store, KEY) == "published"


def test_a_clock_ahead_writes_nothing_off(store, scene):
    scene.tick()
    scene.set(30 * DAY)
    for _ in range(3):
        scene.tick(MINUTE)
    assert state_of(store, KEY) == "scheduled"
    scene.set(-30 * DAY)
    scene.tick(MINUTE)
    assert state_of(store, KEY) == "published"


def test_a_clock_put_right_by_more_than_half_a_minute_is_compared_at_once_and_goes_on(store, scene):
    scene.set(-20 * SECOND)  # within what is tolerated
    scene.tick()
    assert scene.compared == 1
    scene.set(40 * SECOND)
    scene.tick(SECOND)
    assert (scene.compared, scene.engine.distrust(scene.hands.now)) == (2, None)
    scene.tick(MINUTE)
    assert len(scene.platform.published) == 1


def test_it_is_compared_once_an_hour_while_all_is_well(scene):
    scene.tick()
    for _ in range(3 * 60):
        scene.tick(MINUTE)
    assert scene.compared == 4


def test_a_server_slow_to_tell_the_time_does_not_hold_up_the_chores(store, scene):
    asked, answer = threading.Event(), threading.Event()

    def slow(channel):
        told = scene.right
        asked.set()
        assert answer.wait(30)
        return told

    engine = Engine(
        store,
        lambda channel: scene.platform,
        clock=scene.hands,
        boot=scene.hands.boot,
        dates=slow,
    )
    engine.chores(scene.hands.now)
    assert asked.wait(30)
    assert "not been compared" in engine.distrust(scene.hands.now)
    answer.set()
    scene.hands.on(MINUTE)
    engine.work(scene.hands.now, "mastodon-en")
    assert len(scene.platform.published) == 1
    engine.close()


def test_half_a_minute_off_is_one_notice_however_long_it_lasts(store, scene):
    scene.set(31 * SECOND)
    for _ in range(10):
        scene.tick(MINUTE)
    assert [notice.text for notice in store.notices()] == [
        "nothing is sent: this machine's clock is 30 s ahead of a platform's; set it right"
    ]
    assert scene.platform.sends == []


def test_after_a_night_s_sleep_nothing_old_goes_out_and_the_rest_in_order_with_its_gaps(tmp_path):
    """Asleep from 11:59 for eight hours: 12:00 and 15:00 are too late; 18:30, 19:00, 19:30 are not."""
    rules = policy(channel(min_gap=20 * MINUTE))
    hours = {"noon": 0, "three": 3, "late": 6.5, "later": 7, "latest": 7.5}
    posts = [delivery(name, due=NOON + at * HOUR, texts=(f"{name}.",)) for name, at in hours.items()]
    with opened(tmp_path, rules=rules) as store:
        store.sync(posts, {}, NOON - HOUR)
        scene = Scene(store)
        scene.tick()
        woken = scene.hands.on(8 * HOUR)
        assert scene.engine.distrust(woken) is None  # the boot clock slept as long
        for _ in range(60):
            scene.tick(MINUTE)
        states = {one.post: str(one.state) for one in store.statuses(woken)}
        begun = [event.at for name in ("late", "later", "latest") for event in begins(store, name)]
    assert states == {
        "noon": "missed",
        "three": "missed",
        "late": "published",
        "later": "published",
        "latest": "published",
    }
    assert scene.platform.texts == ["late.", "later.", "latest."]
    assert [moment - begun[0] for moment in begun] == [timedelta(0), 20 * MINUTE, 40 * MINUTE]


def begins(store: Store, post):
    return [event for event in store.history(f"2027/{post}/mastodon-en") if event.event == "begun"]


@pytest.mark.parametrize("seed", quick_and_long(range(5), 2))
def test_a_clock_that_is_thrown_about_publishes_nothing_early_and_nothing_twice(tmp_path, seed):
    """As Jepsen's strobe: the wall clock jumps by up to ±262 s again and again; the boot clock does not."""
    dice = random.Random(seed)
    posts = [delivery(f"p{n}", due=NOON + n * MINUTE, texts=(f"{n}.",)) for n in range(4)]
    moments = {}

    class Noting(Scripted):
        def send(self, prepared):
            moments.setdefault(prepared.request["key"], []).append(scene.right)
            return super().send(prepared)

    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync(posts, {}, NOON - HOUR)
        scene = Scene(store, Noting())
        scene.platform.script = [LOST, NOT_SENT]
        for _ in range(60):
            scene.set(timedelta(seconds=dice.uniform(-262, 262)) if dice.random() < 0.5 else -scene.offset)
            scene.tick(timedelta(seconds=dice.uniform(1, 15)))
        scene.set(-scene.offset)
        for _ in range(30):
            scene.tick(MINUTE)
        assert {str(status.state) for status in store.statuses(NOON)} == {"published"}
    assert sorted(scene.platform.texts) == [f"{n}." for n in range(4)]
    for post in posts:
        # Half a minute is what two clocks may differ by.
        assert min(moments[post.key]) >= post.due - 30 * SECOND


def test_a_platform_s_wish_to_wait_is_kept_by_the_whole_channel_and_by_no_other(tmp_path):
    platforms = {name: Scripted(name) for name in ("mastodon-en", "x-en")}
    wish = NOON + 10 * MINUTE
    platforms["mastodon-en"].script = [Refused(Refusal.RATE, "HTTP 429", wish)]
    with opened(tmp_path) as store:
        posts = [delivery(), delivery("next", due=NOON + MINUTE), delivery(channel="x-en")]
        store.sync(posts, {}, NOON - HOUR)
        engine = Engine(store, lambda channel: platforms[channel.name], assume_clock=True)
        moment = NOON
        while moment < wish:
            engine.tick(moment)
            moment += 30 * SECOND
        assert [len(one.sends) for one in platforms.values()] == [1, 1]
        engine.tick(wish)
        assert len(platforms["mastodon-en"].published) == 2
        assert status_of(store, KEY).due == NOON  # a retry moves the time to try, never the due time


def test_a_wish_to_wait_is_kept_where_the_refused_call_was_a_repetition(store, scene):
    scene.platform = Scripted(recovery=Recovery.RESEND_SAFE)
    scene.platform.script = [NOT_SENT, Refused(Refusal.RATE, "HTTP 429", NOON + HOUR), Sent(Receipt("1"))]
    store.sync([delivery(), delivery("next", due=NOON + 3 * MINUTE)], {}, NOON - HOUR)
    scene.tick()
    for _ in range(30):
        scene.tick(MINUTE)
    assert (len(scene.platform.sends), state_of(store, KEY)) == (2, "unknown")
    scene.tick(HOUR)
    assert len(scene.platform.sends) > 2


def test_the_hourly_look_at_a_server_s_clock_delays_no_post(store, scene):
    asked, answer = threading.Event(), threading.Event()

    def slow_from_the_second_time(channel):
        if scene.compared:
            asked.set()
            answer.wait(5)
        return scene.date(channel)

    engine = Engine(
        store,
        lambda channel: scene.platform,
        clock=scene.hands,
        boot=scene.hands.boot,
        dates=slow_from_the_second_time,
    )
    scene.hands.now = NOON - HOUR - MINUTE
    engine.work(scene.hands.now, "mastodon-en")
    assert scene.compared == 1
    engine.work(scene.hands.on(HOUR + MINUTE), "mastodon-en")
    assert (len(scene.platform.published), scene.compared) == (1, 1)
    answer.set()
    assert asked.wait(5)
    engine.close()
    assert scene.compared == 2


def test_a_clock_set_while_the_gate_waited_for_its_turn_sends_nothing(store, scene):
    """The gate has judged by the wrong clock then, and it is open."""
    scene.tick()
    begin = store.begin

    def waited(*given, **more):
        scene.set(HOUR)  # by that clock it is still in time
        return begin(*given, **more)

    store.begin = waited
    scene.tick(MINUTE)
    assert scene.platform.sends == []
    assert state_of(store, KEY) == "scheduled"
    store.begin = begin
    scene.set(-HOUR)
    for _ in range(3):
        scene.tick(MINUTE)
    assert len(scene.platform.published) == 1
