"""A platform that does not come back: the others go on, people are told, and nothing goes out twice."""

import threading
from datetime import timedelta

import pytest

from scheduler.delivery import Engine, Timings
from tests.delivery.flowing import Hands
from tests.delivery.scripted import LOST, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, delivery, opened, state_of, status_of

KEY, OTHER = "2027/figures/mastodon-en", "2027/figures/x-en"
EARLY = NOON - MINUTE
TOLD = (
    "mastodon-en: the call has been hanging since 20 February 12:00:00; the other channels go on, this one "
    "waits until it ends or the scheduler is restarted"
)


class Hanging(Scripted):
    """Stops inside the calls named in `at` until it is let go."""

    def __init__(self, *at):
        super().__init__()
        self.at, self.inside, self.free = set(at), threading.Event(), threading.Event()

    def pause(self, call):
        if call in self.at:
            self.at.discard(call)
            self.inside.set()
            assert self.free.wait(30)

    def account(self):
        self.pause("account")
        return super().account()

    def prepare(self, *arguments):
        self.pause("prepare")
        return super().prepare(*arguments)

    def send(self, prepared):
        self.pause("send")
        return super().send(prepared)

    def find(self, *arguments):
        self.pause("find")
        return super().find(*arguments)

    def read_back(self, *arguments):
        self.pause("read_back")
        return super().read_back(*arguments)


class Scene:
    """Two channels with a post each, due at NOON; the first one's platform hangs."""

    def __init__(self, store, *at, **more):
        self.store, self.hands = store, Hands(NOON)
        self.slow, self.other = Hanging(*at), Scripted("x-en")
        platforms = {"mastodon-en": self.slow, "x-en": self.other}
        self.engine = Engine(
            store,
            lambda channel: platforms[channel.name],
            assume_clock=True,
            clock=self.hands,
            boot=self.hands.boot,
            **more,
        )
        store.sync([delivery(), delivery(channel="x-en")], {}, EARLY)
        self.worker = None

    def __enter__(self):
        self.worker = threading.Thread(target=self.engine.work, args=(self.hands.now, "mastodon-en"))
        self.worker.start()
        assert self.slow.inside.wait(30)
        return self

    def let_go(self):
        self.slow.free.set()
        self.worker.join(30)
        assert not self.worker.is_alive()

    def __exit__(self, *_):
        self.let_go()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def open_notices(store):
    return [notice.text for notice in store.notices()]


def test_a_call_that_never_ends_is_unknown_when_its_lease_is_over_and_people_are_told_once(store):
    with Scene(store, "send") as scene:
        scene.engine.chores(scene.hands.on(45 * SECOND))
        assert scene.engine.hanging(scene.hands.now) == {}
        for _ in range(3):
            scene.engine.chores(scene.hands.on(SECOND))
            assert dict(scene.engine.hanging(scene.hands.now)) == {"mastodon-en": NOON}
        assert state_of(store, KEY) == "unknown"
        assert open_notices(store).count(TOLD) == 1
        scene.engine.work(scene.hands.now, "x-en")
        assert state_of(store, OTHER) == "published"


def test_an_answer_that_comes_late_still_counts_and_ends_the_alert(store):
    with Scene(store, "send") as scene:
        scene.engine.chores(scene.hands.on(MINUTE))
        scene.let_go()
        assert status_of(store, KEY).url == "https://social.example/1"
        scene.engine.chores(scene.hands.on(SECOND))
        assert (scene.engine.hanging(scene.hands.now), open_notices(store)) == ({}, [])
        assert len(scene.slow.published) == 1


def test_a_process_that_ended_in_the_middle_of_a_call_leaves_no_alert_behind(store):
    with Scene(store, "send") as scene:
        scene.engine.chores(scene.hands.on(MINUTE))
        assert TOLD in open_notices(store)
        after = Engine(store, lambda channel: Scripted(), assume_clock=True)
        after.chores(scene.hands.now)
        assert TOLD not in open_notices(store)


def test_an_answer_later_than_a_person_s_decision_is_told(store):
    with Scene(store, "send") as scene:
        scene.engine.chores(scene.hands.on(MINUTE))
        store.settle_by_person(KEY, "https://social.example/9", "Aynur", scene.hands.now)
        scene.let_go()
        assert status_of(store, KEY).url == "https://social.example/9"
        [words] = [text for text in open_notices(store) if "given up" in text]
        assert words.endswith("https://social.example/1; look whether it is there twice")


@pytest.mark.parametrize(
    ("call", "limit"), [("account", 3 * MINUTE), ("read_back", 3 * MINUTE), ("prepare", 15 * MINUTE)]
)
def test_whatever_call_hangs_is_named(store, call, limit):
    with Scene(store, call) as scene:
        scene.engine.chores(scene.hands.on(limit))
        assert TOLD not in open_notices(store)
        scene.engine.chores(scene.hands.on(SECOND))
        assert dict(scene.engine.hanging(scene.hands.now)) == {"mastodon-en": NOON}
        assert TOLD in open_notices(store)


def test_a_look_that_hangs_is_named_and_sends_nothing(store):
    scene = Scene(store, "find")
    scene.slow.script = [LOST]
    scene.engine.work(scene.hands.now, "mastodon-en")
    scene.hands.on(2 * MINUTE)
    with scene:
        scene.engine.chores(scene.hands.on(3 * MINUTE + SECOND))
        assert dict(scene.engine.hanging(scene.hands.now)) == {"mastodon-en": NOON + 2 * MINUTE}
        assert len(scene.slow.sends) == 1
    assert state_of(store, KEY) == "published"


def test_uploads_that_never_end_are_given_up_and_go_out_once_when_the_platform_is_back(store):
    brief = timedelta(milliseconds=60)
    times = Timings(preparing=brief, uploading=2 * brief)
    with Scene(store, "prepare", timings=times) as scene:
        scene.hands.on(HOUR)  # the boot clock says that the time for uploads is over
        threading.Event().wait(0.1)  # so the renewing thread, which looks every 20 ms, has ended
        scene.engine.chores(scene.hands.now)
        assert state_of(store, KEY) == "scheduled"
        scene.let_go()
        assert len(scene.slow.sends) == 1  # the same pass took it up anew; the old claim was worth nothing
    assert (len(scene.slow.prepares), len(scene.slow.published)) == (2, 1)
