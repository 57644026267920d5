"""What is out already under another name is not sent a second time."""

import pytest

from scheduler.model import Receipt, State
from scheduler.platforms.base import Sent
from scheduler.store import Decision
from tests.store.kit import (
    DAY,
    HOUR,
    NOON,
    channel,
    delivery,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)

KEY, NEW = "2027/figures/mastodon-en", "2027/figures/mastodon"
EARLY = NOON - HOUR
SENT = Sent(Receipt("7", "https://social.example/7"))
OUT = Decision(State.PUBLISHED)


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        store.tie_account("mastodon-en", "account-7", EARLY)
        store.sync([delivery()], {}, EARLY)
        claim = store.claim(NOON)
        store.begin(claim, 0, prepared(account="account-7"), NOON)
        store.settle(claim, 0, SENT, NOON, OUT)
        yield store


def renamed(store, *posts):
    """config.yaml calls the channel otherwise now; its account is not known by that name yet."""
    store.policy = policy(channel("mastodon"))
    store.sync(posts or [delivery(channel="mastodon", due=NOON + DAY)], {}, NOON + HOUR)


def test_a_channel_renamed_in_config_does_not_send_its_posts_again(store):
    renamed(store)
    assert store.tie_account("mastodon", "account-7", NOON + HOUR)
    status = status_of(store, NEW)
    assert (status.state, store.claim(NOON + DAY)) == ("cancelled", None)
    assert f"already out on this account (as {KEY})" in status.reasons[0]
    assert [notice.text for notice in store.notices()] == [
        "mastodon: 1 planned post is already out on this account and not sent again: 2027/figures/mastodon"
    ]


def test_it_stays_so_when_the_posts_are_read_again_until_a_person_wants_it(store):
    renamed(store)
    store.tie_account("mastodon", "account-7", NOON + HOUR)
    store.sync([delivery(channel="mastodon", due=NOON + DAY)], {}, NOON + HOUR)
    assert state_of(store, NEW) == "cancelled"
    store.retry(NEW, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON + HOUR)
    assert store.claim(NOON + DAY).key == NEW


@pytest.mark.parametrize(
    ("changes", "account"),
    [({}, "account-8"), ({"texts": ("Other words.",)}, "account-7")],
    ids=["another account", "other words"],
)
def test_what_is_really_new_is_sent(store, changes, account):
    renamed(store, delivery(channel="mastodon", due=NOON + DAY, **changes))
    store.tie_account("mastodon", account, NOON + HOUR)
    assert store.claim(NOON + DAY).key == NEW


def test_a_second_channel_of_the_same_account_beside_the_first_is_meant(store):
    store.policy = policy(channel(), channel("mastodon"))
    store.sync([delivery(), delivery(channel="mastodon", due=NOON + DAY)], {}, NOON + HOUR)
    store.tie_account("mastodon", "account-7", NOON + HOUR)
    assert store.claim(NOON + DAY).key == NEW


def test_only_a_channel_on_which_nothing_was_tried_is_compared_with_its_account(store):
    store.sync([delivery(), delivery("next", due=NOON + DAY)], {}, EARLY)
    assert store.unsent("mastodon-en") == ()
    store.sync([delivery(), delivery(channel="x-en", due=NOON + DAY)], {}, EARLY)
    assert store.unsent("x-en") == ()  # not in config, so it has no row
    store.policy = policy(channel(), channel("x-en"))
    store.sync([delivery(), delivery(channel="x-en", due=NOON + DAY)], {}, EARLY)
    assert [message.key for message in store.unsent("x-en")] == ["2027/figures/x-en"]


def test_what_the_account_shows_already_is_cancelled_with_its_place(store):
    store.policy = policy(channel(), channel("x-en"))
    store.sync([delivery(), delivery(channel="x-en", due=NOON + DAY)], {}, EARLY)
    found = {"2027/figures/x-en": "https://x.com/1", "2027/unheard-of/x-en": "https://x.com/2"}
    assert store.already_out("x-en", found, NOON) == ("2027/figures/x-en",)
    assert "(https://x.com/1); `retry` sends them again" in status_of(store, "2027/figures/x-en").reasons[0]
