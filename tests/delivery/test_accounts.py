"""One account has one scheduler on this machine, whatever folder each works in."""

import uuid
from pathlib import Path

import pytest

from scheduler import platforms
from scheduler.delivery import Engine, accounts
from scheduler.model import Mode
from scheduler.store import locking
from tests import elsewhere
from tests.delivery.flowing import Hands
from tests.delivery.scripted import Scripted
from tests.store.kit import HOUR, MINUTE, NOON, channel, delivery, opened, policy, state_of, status_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from scheduler.store import locking

held = locking.account_lock(sys.argv[1], Path(sys.argv[2]))
print("held" if held else "taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server():
    """An address of its own for each test: other tests must not hold its account."""
    return f"https://{uuid.uuid4().hex}.example"


@pytest.fixture
def rules(server):
    return policy(channel(platform="mastodon", base_url=server))


class Holder:
    """Another process that has taken the account, until it is let go."""

    def __init__(self, rules, folder, account="account-of-mastodon-en"):
        name = accounts.identity(rules.channels["mastodon-en"], account)
        self.process = elsewhere.Elsewhere(HOLDER, name, folder)
        self.said = self.process.stdout.readline().decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.process.stdout.close()


def engine_of(store, platform=None):
    made = platform or Scripted()
    return Engine(store, lambda channel: made, assume_clock=True)


@pytest.mark.long
def test_a_copied_folder_publishes_nothing_while_the_first_one_does(tmp_path, rules):
    platform = Scripted()
    with opened(tmp_path / "copy", rules=rules) as store:
        store.sync([delivery()], {}, EARLY)
        engine = engine_of(store, platform)
        with Holder(rules, tmp_path / "first") as other:
            engine.tick(EARLY)
            engine.tick(NOON)
            assert platform.sends == []
            [notice] = store.notices()
            for words in (f"process {other.process.pid} ", str(tmp_path / "first"), "stop one of the two"):
                assert words in notice.text
            assert status_of(store, KEY).reasons == (notice.text,)
        engine.tick(NOON + MINUTE)
        assert (state_of(store, KEY), store.notices()) == ("published", ())
        engine.close()


def test_another_scheduler_of_the_very_same_folder_is_not_stopped_by_our_note(tmp_path, rules):
    platform = Scripted()
    with opened(tmp_path, rules=rules) as store, Holder(rules, tmp_path):
        store.sync([delivery()], {}, EARLY)
        engine_of(store, platform).tick(NOON)
        assert (platform.sends, store.channel_problems(), store.notices()) == ([], {}, ())


@pytest.mark.parametrize("let_go", [lambda engine: engine.close(), lambda engine: engine.drop("mastodon-en")])
def test_the_account_is_free_for_others_once_the_engine_is_done_with_it(tmp_path, rules, let_go):
    with opened(tmp_path, rules=rules) as store:
        engine = engine_of(store)
        engine.tick(NOON)
        with Holder(rules, tmp_path / "other") as other:
            assert other.said == "taken"
        let_go(engine)
        with Holder(rules, tmp_path / "other") as other:
            assert other.said == "held"
        engine.close()


def test_two_channels_of_one_account_in_one_scheduler_are_no_trouble(tmp_path, server):
    both = [channel(name, platform="mastodon", base_url=server) for name in ("mastodon-en", "mastodon-az")]
    platform = Scripted()
    with opened(tmp_path, rules=policy(*both)) as store:
        store.sync([delivery(), delivery("next", "mastodon-az", texts=("Səkkiz söz.",))], {}, EARLY)
        engine = engine_of(store, platform)
        engine.tick(NOON)
        assert len(platform.published) == 2
        engine.drop("mastodon-az")
        with Holder(policy(both[0]), tmp_path / "other") as other:
            assert other.said == "taken"
        engine.close()


def test_a_dry_run_takes_no_account(tmp_path, rules):

    with opened(tmp_path, Mode.DRY, rules) as store:
        engine_of(store).tick(NOON + HOUR)
        with Holder(rules, tmp_path / "other") as other:
            assert other.said == "held"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://A.example", "https://a.example/", True),
        ("https://a.example", "https://a.example:444", False),
        ("https://a.example", "https://b.example", False),
    ],
)
def test_an_account_is_told_by_its_server_whatever_the_address_looks_like(one, other, same):
    first, second = (
        accounts.identity(channel(platform="mastodon", base_url=address), "7") for address in (one, other)
    )
    assert (first == second) is same


def test_the_default_server_is_the_same_as_naming_it():

    named = platforms.kinds()["x"].base_url
    assert named is not None
    one, other = channel(platform="x"), channel(platform="x", base_url=named)
    assert accounts.identity(one, "7") == accounts.identity(other, "7")
    assert accounts.identity(one, "7") != accounts.identity(one, "8")


def test_an_account_that_another_scheduler_took_when_the_locks_were_tidied_away_is_left_to_it(
    tmp_path, rules
):
    platform, hands = Scripted(), Hands(NOON - HOUR)
    with opened(tmp_path / "ours", rules=rules) as store:
        store.sync([delivery()], {}, EARLY)
        engine = Engine(store, lambda channel: platform, assume_clock=True, boot=hands.boot)
        engine.tick(hands.now)
        name = accounts.identity(rules.channels["mastodon-en"], "account-of-mastodon-en")
        locking._file(name).unlink()
        with Holder(rules, tmp_path / "other"):
            engine.tick(hands.on(HOUR))
            engine.tick(hands.on(MINUTE))
            assert platform.sends == []
            assert "another scheduler on this machine" in store.notices()[0].text
        engine.close()
