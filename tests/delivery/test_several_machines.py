"""Several machines on one database: what is wrong with one keeps no other from sending, and is told."""

import pytest

from scheduler.delivery import Engine
from scheduler.delivery.clock import Boot
from scheduler.model import Mode
from scheduler.platforms.base import Refusal, Refused
from scheduler.service import outlook
from scheduler.service.failures import Failures
from scheduler.store import Store
from tests import postgres
from tests.delivery.scripted import LOST, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, policy, state_of

pytestmark = pytest.mark.a_server

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
AUTH = Refused(Refusal.AUTH, "the token is not valid")


@pytest.fixture
def machines(tmp_path):
    """Two stores of one database; the first is named baku, the second ganja."""
    stores = []
    for name in ("baku", "ganja"):
        store = Store.open(tmp_path / name, Mode.LIVE, url=postgres.url_of(tmp_path))
        store.policy, store.machine = policy(channel()), name
        stores.append(store)
    yield stores
    for store in stores:
        store.close()


def engine(store, platform, **more):
    return Engine(store, lambda channel: platform, assume_clock=True, **more)


def told(store):
    return {notice.cause: notice.text for notice in store.notices()}


def test_an_old_token_on_one_machine_does_not_stop_the_channel_on_the_others(machines):
    baku, ganja = machines
    bad, good = Scripted(), Scripted()
    bad.identity = AUTH
    baku.sync([delivery(), delivery("later", due=NOON + HOUR)], {}, EARLY)
    first, second = engine(baku, bad), engine(ganja, good)
    second.tick(EARLY)
    first.tick(NOON)
    assert state_of(baku, KEY) == "scheduled"
    assert told(baku) == {"channel:mastodon-en:on baku": "baku: mastodon-en: the token is not valid"}
    second.tick(NOON + SECOND)
    assert (state_of(baku, KEY), len(good.published), bad.sends) == ("published", 1, [])
    # It is tried again after a while, and over when somebody has mended it; the other's answer mends nothing.
    assert list(told(ganja)) == ["channel:mastodon-en:on baku"]
    bad.identity = good.identity
    first.tick(NOON + 2 * MINUTE)
    assert told(ganja) == {}


def test_where_no_machine_can_use_a_channel_each_says_so(machines):
    platform = Scripted()
    platform.identity = AUTH
    machines[0].sync([delivery()], {}, EARLY)
    for store in machines:
        engine(store, platform).tick(NOON)
    found = outlook.of_machines(machines[0], {"mastodon-en"})
    assert found == {
        "mastodon-en": "baku: mastodon-en: the token is not valid; ganja: mastodon-en: the token is not valid"
    }


def test_while_the_machine_that_looks_cannot_use_a_channel_another_one_looks(machines):
    baku, ganja = machines
    bad, good = Scripted(), Scripted()
    baku.sync([delivery()], {}, EARLY)
    good.script = [LOST]
    working = engine(ganja, good, looks=lambda: False)
    working.tick(NOON)
    assert state_of(ganja, KEY) == "unknown"
    bad.identity = AUTH
    engine(baku, bad).tick(NOON + MINUTE)
    for minutes in range(1, 6):
        working.tick(NOON + minutes * MINUTE)
    assert (state_of(ganja, KEY), len(good.published)) == ("published", 1)


def test_a_machine_that_starts_leaves_the_troubles_of_another_one_open(machines):
    baku, ganja = machines
    broken = Failures(baku, lambda: NOON)
    broken.failed("backup", OSError())
    baku.tell_of_here("hanging:m-en", "it hangs", NOON)
    Failures(ganja, lambda: NOON).begin()
    engine(ganja, Scripted()).tick(NOON)
    assert sorted(told(baku)) == ["hanging:m-en:on baku", "job:backup:on baku"]
    assert told(baku)["job:backup:on baku"].startswith("baku: backup: a fault of the program")
    Failures(baku, lambda: NOON).begin()
    assert told(baku) == {}


def test_two_machines_in_the_same_trouble_are_two_and_each_ends_its_own(machines):
    both = [Failures(store, lambda: NOON) for store in machines]
    for one in both:
        one.failed("backup", OSError())
    both[1].mended("backup")
    assert list(told(machines[0])) == ["job:backup:on baku"]


def test_a_machine_with_a_wrong_clock_is_named_while_the_others_send(machines):
    baku, ganja = machines
    platform = Scripted()
    ganja.sync([delivery()], {}, EARLY)
    wrong = Engine(baku, lambda channel: platform, boot=Boot(), dates=lambda channel: NOON - HOUR)
    right = Engine(ganja, lambda channel: platform, boot=Boot(), dates=lambda channel: NOON)
    right.tick(NOON)
    wrong.tick(NOON)
    assert state_of(ganja, KEY) == "published"
    assert list(told(ganja)) == ["clock:on baku"]
    assert told(ganja)["clock:on baku"].startswith("baku: nothing is sent: this machine's clock is ")


def test_what_was_wrong_with_a_machine_alone_is_over_when_it_stops(machines):
    baku, ganja = machines
    for store in machines:
        store.tell_of_here("config", "config.yaml cannot be used", NOON)
    baku.sign_off(NOON)
    assert list(told(ganja)) == ["config:on ganja"]
