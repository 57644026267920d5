"""What is done once a delivery has come to its end: public pictures are removed, what is out is read back."""

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode
from scheduler.platforms.base import Refusal, Refused
from tests.delivery.scripted import LOST, NOT_SENT, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, channel, delivery, opened, policy, state_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
NO = Refused(Refusal.CONTENT, "not like this")


class Leaving(Scripted):
    """A platform whose preparations leave something in public."""

    def __init__(self, **more):
        super().__init__(**more)
        self.public, self.fails = [], False

    def prepare(self, message, part, key, reply_to):
        made = super().prepare(message, part, key, reply_to)
        self.public.append(key)
        return made

    def tidy(self, prepared):
        if self.fails:
            raise OSError("the folder is gone")
        self.public = [key for key in self.public if key != prepared.request["key"]]


@pytest.fixture
def platform():
    return Leaving()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, mode=Mode.LIVE, rules=policy(channel())) as store:
        store.sync([delivery()], {}, EARLY)
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


def play(engine, now, until):
    due = engine.tick(now)
    while due is not None and due <= until:
        due = engine.tick(due)


def test_nothing_stays_in_public_once_a_post_is_out(engine, platform):
    engine.tick(NOON)
    assert (len(platform.published), platform.public) == (1, [])


def test_nothing_stays_in_public_once_a_post_is_refused(engine, platform):
    platform.script = [NO]
    engine.tick(NOON)
    assert (platform.published, platform.public) == ([], [])


def test_while_nobody_knows_what_is_in_public_stays_for_the_answer(engine, platform):
    platform.script = [LOST]
    engine.tick(NOON)
    assert platform.public == [KEY]


@pytest.mark.parametrize("answer", [LOST, NOT_SENT])
def test_nothing_stays_in_public_once_it_is_known_what_became_of_it(engine, platform, store, answer):
    platform.script = [answer]
    play(engine, NOON, NOON + HOUR)
    assert state_of(store, KEY) == "published"
    assert platform.public == []


def test_a_post_is_out_although_tidying_up_failed(engine, platform, store):
    platform.fails = True
    engine.tick(NOON)
    assert state_of(store, KEY) == "published"


def test_what_is_found_later_is_read_back_as_what_was_answered_is(engine, platform, store):
    platform.script, platform.differences = [LOST], ("it has 0 images instead of 1",)
    play(engine, NOON, NOON + HOUR)
    assert platform.read == [(0, "1")]
    words = [notice.text for notice in store.notices() if notice.cause == f"differs:{KEY}"]
    assert words == [
        f"{KEY} is out, but not as it was approved: it has 0 images instead of 1 (https://social.example/1)"
    ]
