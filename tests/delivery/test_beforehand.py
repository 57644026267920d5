"""A day and an hour before a channel's next post its credentials are looked at again, while there is time."""

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode
from scheduler.platforms.base import Account, Refusal, Refused
from tests.delivery.scripted import Scripted
from tests.store.kit import DAY, HOUR, MINUTE, NOON, channel, delivery, opened, policy, status_of

KEY = "2027/figures/mastodon-en"
WEEK_BEFORE = NOON - 7 * DAY
AUTH = Refused(Refusal.AUTH, "the token is not valid")
AWAY = Refused(Refusal.TRANSIENT, "checking the account failed: no connection in time")


class Asked(Scripted):
    """Counts how often it is asked who it is; `ends` is when its credentials do."""

    def __init__(self):
        super().__init__()
        self.asked, self.ends = 0, None

    def account(self):
        self.asked += 1
        found = super().account()
        if isinstance(found, Refused):
            return found
        return Account(found.id, found.handle, expires_at=self.ends)


@pytest.fixture
def platform():
    return Asked()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        store.sync([delivery()], {}, WEEK_BEFORE)
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


def every(span, start, end, engine):
    """Tick from `start` until before `end`, at each `span`."""
    now = start
    while now < end:
        engine.tick(now)
        now += span


def test_it_is_asked_a_day_and_an_hour_before_and_not_all_the_time(engine, platform):
    every(HOUR, WEEK_BEFORE, NOON - DAY, engine)
    assert platform.asked == 1  # at the start
    every(30 * MINUTE, NOON - DAY, NOON - HOUR, engine)
    assert platform.asked == 2
    every(5 * MINUTE, NOON - HOUR, NOON, engine)
    assert platform.asked == 3
    engine.tick(NOON)
    assert (platform.asked, len(platform.published)) == (3, 1)


@pytest.mark.parametrize("refused", [AUTH, Refused(Refusal.PERMISSION, "may not write")], ids=str)
def test_credentials_that_have_gone_bad_are_told_a_day_before_and_heal(store, engine, platform, refused):
    engine.tick(WEEK_BEFORE)
    platform.identity = refused
    every(HOUR, WEEK_BEFORE, NOON - DAY, engine)
    assert store.notices() == ()
    every(30 * MINUTE, NOON - DAY, NOON - 20 * HOUR, engine)
    [notice] = store.notices()
    assert notice.text == f"mastodon-en: {refused.message}"
    assert status_of(store, KEY).reasons == (f"mastodon-en: {refused.message}",)
    platform.identity = "account-of-mastodon-en"
    engine.tick(NOON - 2 * HOUR)
    assert (store.notices(), status_of(store, KEY).reasons) == ((), ())
    engine.tick(NOON)
    assert len(platform.published) == 1


def test_credentials_of_another_account_are_told_a_day_before(store, engine, platform):
    engine.tick(WEEK_BEFORE)
    platform.identity = "somebody-else"
    engine.tick(NOON - DAY)
    assert "not the account's used before" in store.notices()[0].text


def test_a_network_that_is_away_at_that_hour_is_asked_again_and_keeps_no_post_back(store, engine, platform):
    engine.tick(WEEK_BEFORE)
    platform.identity = AWAY
    engine.tick(NOON - DAY)
    engine.tick(NOON - DAY)
    assert (platform.asked, store.notices(), status_of(store, KEY).reasons) == (2, (), ())
    platform.identity = AUTH
    engine.tick(NOON - DAY + MINUTE)
    assert (platform.asked, len(store.notices())) == (3, 1)


def test_credentials_that_end_before_the_post_is_due_are_told_in_time(store, engine, platform):
    engine.tick(WEEK_BEFORE)
    platform.ends = NOON - 2 * HOUR
    every(HOUR, NOON - DAY, NOON - 3 * HOUR, engine)
    [notice] = store.notices()
    assert notice.text == (
        "mastodon-en: its credentials are good until 20 February 10:00 only, and a post is due 20 February "
        "12:00; renew them before"
    )
    platform.ends = NOON + DAY
    engine.tick(NOON - HOUR)
    assert store.notices() == ()


def test_a_post_added_for_soon_is_not_looked_at_twice(store, engine, platform):
    engine.tick(NOON - 2 * HOUR)
    store.sync([delivery(), delivery("soon", due=NOON - HOUR)], {}, NOON - 2 * HOUR)
    every(5 * MINUTE, NOON - 2 * HOUR, NOON - HOUR, engine)
    # At the start it was asked; for the posts at 11:00 and 12:00 that is less than an hour, and no day, ago.
    assert platform.asked == 1


def test_a_dry_run_asks_nobody(tmp_path, platform):
    with opened(tmp_path, Mode.DRY, policy(channel())) as store:
        store.sync([delivery()], {}, WEEK_BEFORE)
        engine = Engine(store, lambda channel: platform)
        every(HOUR, NOON - 2 * DAY, NOON, engine)
        assert platform.asked == 0
