"""Meeting a channel: its account, what stands there already, and what its clock says of ours."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from scheduler.delivery import Engine
from scheduler.errors import ConfigError
from scheduler.model import Mode
from scheduler.platforms.base import Refusal, Refused
from tests.delivery.scripted import LOST, Scripted
from tests.store.kit import (
    BAKU,
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

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
AUTH = Refused(Refusal.AUTH, "the token is not valid")


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


# What stands on the account already


def test_after_a_lost_database_nothing_that_is_out_is_sent_again(tmp_path, platform):
    posts = [delivery("first"), delivery("second", due=NOON + HOUR, texts=("Other words.",))]
    with opened(tmp_path / "one", rules=policy(channel())) as store:
        store.sync(posts, {}, EARLY)
        Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
    platform.shown = {text: "https://social.example/1" for text in platform.texts}
    # The folder is gone; posts without a fixed time are given new slots.
    again = [
        delivery("first", due=NOON + 2 * HOUR),
        delivery("second", due=NOON + 3 * HOUR, texts=("Other words.",)),
    ]
    with opened(tmp_path / "two", rules=policy(channel())) as store:
        store.sync(again, {}, NOON + HOUR)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        for hours in (1, 2, 3):
            engine.tick(NOON + hours * HOUR)
        assert platform.texts == ["Eight words.", "Other words."]
        reason = status_of(store, "2027/first/mastodon-en").reasons[0]
        assert "already out on this account (https://social.example/1)" in reason
        assert "1 planned post is already out" in store.notices()[0].text


def test_last_year_s_posts_do_not_count_as_this_year_s(store, engine, platform):
    store.sync([delivery()], {}, EARLY)
    engine.tick(EARLY)
    # 26 February 2027 less half a year: after the last anniversary, before this run-up.
    assert platform.asked_since == datetime(2026, 8, 27, 0, 0, tzinfo=BAKU).astimezone(UTC)


def test_nothing_is_sent_before_the_account_could_be_read(store, engine, platform):
    platform.shown = Refused(Refusal.TRANSIENT, "listing the account's posts failed: no connection in time")
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert platform.sends == []
    assert "listing the account's posts failed" in status_of(store, KEY).notes[0]
    platform.shown = {}
    engine.tick(NOON + MINUTE)
    assert len(platform.published) == 1


def test_an_account_on_which_something_was_tried_is_not_compared_again(tmp_path, platform):
    for moment in (NOON, NOON + MINUTE):
        with opened(tmp_path, rules=policy(channel())) as store:
            store.sync([delivery(), delivery("next", due=NOON + MINUTE)], {}, EARLY)
            Engine(store, lambda channel: platform, assume_clock=True).tick(moment)
            platform.shown = {"Eight words.": "https://social.example/1"}
    assert len(platform.published) == 2  # the same words twice in one plan are meant


def test_a_dry_run_sends_what_the_account_shows_already(tmp_path, platform):
    platform.shown = {"Eight words.": "https://social.example/1"}
    with opened(tmp_path, Mode.DRY, policy(channel())) as store:
        store.sync([delivery()], {}, EARLY)
        Engine(store, lambda channel: platform).tick(NOON)
        assert state_of(store, KEY) == "published"


# What stands there afterwards


def test_what_was_published_is_read_back_once_part_by_part(store, engine, platform):
    store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
    engine.tick(NOON)
    engine.tick(NOON + MINUTE)
    assert platform.read == [(0, "1"), (1, "2")]
    assert store.notices() == ()


def test_a_post_that_stands_there_otherwise_than_approved_is_an_alert(store, engine, platform):
    platform.differences = (
        "image 1 has another alternative text, or none",
        "its language is not said instead of en",
    )
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert [notice.text for notice in store.notices()] == [
        f"{KEY} is out, but not as it was approved: image 1 has another alternative text, or none; "
        "its language is not said instead of en (https://social.example/1)"
    ]
    assert state_of(store, KEY) == "published"


def test_reading_back_may_fail_without_harm(store, engine, platform):
    platform.differences = ValueError("secret-canary")
    store.sync([delivery(), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON + SECOND)
    assert len(platform.published) == 2
    assert store.notices() == ()


def test_nothing_is_read_back_while_nobody_knows_whether_it_is_out(store, engine, platform):
    platform.script = [LOST]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert platform.read == []


# Credentials and config


def test_a_channel_s_new_address_is_used_from_the_next_reload_on(store, platform):
    old, new = platform, Scripted()
    new.identity = "account-of-mastodon-en"
    places = {None: old, "https://new.example": new}
    engine = Engine(store, lambda channel: places[channel.base_url], assume_clock=True)
    store.sync([delivery(), delivery("next", due=NOON + HOUR)], {}, EARLY)
    engine.tick(NOON)
    store.policy = policy(channel(base_url="https://new.example"))
    engine.tick(NOON + HOUR)
    assert (len(old.published), len(new.published)) == (1, 1)


def test_missing_credentials_are_shown_before_the_post_is_due_and_heal(store, platform):
    missing = [True]

    def connect(channel):
        if missing[0]:
            raise ConfigError("mastodon-en: no credentials; put MASTODON_EN_ACCESS_TOKEN into .env")
        return platform

    engine = Engine(store, connect, assume_clock=True)
    store.sync([delivery()], {}, NOON - HOUR)
    engine.tick(NOON - HOUR)
    assert status_of(store, KEY).reasons == (
        "mastodon-en: no credentials; put MASTODON_EN_ACCESS_TOKEN into .env",
    )
    engine.tick(NOON)
    assert platform.prepares == []
    missing[0] = False
    engine.tick(NOON + MINUTE)
    assert (state_of(store, KEY), store.notices()) == ("published", ())


def test_the_credentials_of_another_account_are_not_used(tmp_path, platform):
    for expected, identity in (("published", "account-7"), ("scheduled", "account-8")):
        platform.identity = identity
        with opened(tmp_path, rules=policy(channel())) as store:
            made = delivery(identity, texts=(f"Words of {identity}.",))
            store.sync([made], {}, EARLY)
            Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
            assert state_of(store, made.key) == expected
    assert len(platform.published) == 1


def live_engine(store, platform, moment, boot=None):
    return Engine(store, lambda channel: platform, clock=lambda: moment[0], boot=boot or (lambda: 0.0))


def test_nothing_is_sent_or_missed_live_before_the_clock_was_compared(store, platform):
    store.sync([delivery()], {}, EARLY)
    moment = [NOON]
    engine = live_engine(store, platform, moment)
    assert "not been compared" in engine.distrust(NOON)
    engine.tick(NOON)
    engine.tick(NOON + DAY)
    assert (platform.sends, state_of(store, KEY)) == ([], "scheduled")


@pytest.mark.parametrize(("offset", "sent"), [(0, 1), (29, 1), (-29, 1), (40, 0), (-3600, 0)])
def test_live_sending_needs_a_clock_that_agrees_with_the_platform_s(store, platform, offset, sent):
    platform.date = NOON + timedelta(seconds=offset)
    store.sync([delivery()], {}, EARLY)
    engine = live_engine(store, platform, [NOON])
    engine.tick(NOON)
    assert len(platform.sends) == sent
    assert any("clock is" in notice.text for notice in store.notices()) is (sent == 0)


def test_a_clock_set_right_again_goes_on_by_itself(store, platform):
    boot = [0.0]
    moment = [NOON - HOUR]
    platform.date = NOON
    store.sync([delivery()], {}, NOON - 2 * HOUR)
    engine = live_engine(store, platform, moment, lambda: boot[0])
    engine.tick(moment[0])
    assert platform.sends == []
    moment[0], boot[0], platform.date = NOON + MINUTE, 60.0, NOON + MINUTE
    engine.tick(moment[0])
    assert (len(platform.sends), store.notices()) == (1, ())


def test_a_clock_that_jumps_a_year_ahead_publishes_nothing_of_the_campaign(store, platform):
    boot = [0.0]
    platform.date = EARLY
    store.sync([delivery(f"p{n}", due=NOON + n * DAY) for n in range(9)], {}, EARLY)
    moment = [EARLY]
    engine = live_engine(store, platform, moment, lambda: boot[0])
    engine.tick(EARLY)
    moment[0], boot[0] = EARLY + 365 * DAY, 1.0
    engine.tick(moment[0])
    assert platform.sends == []
    assert {str(status.state) for status in store.statuses(EARLY)} == {"scheduled"}


def test_a_start_before_the_last_heartbeat_waits_for_a_comparison(store, platform):
    store.heartbeat(NOON + DAY)
    store.sync([delivery()], {}, EARLY)
    silent = live_engine(store, platform, [NOON])
    silent.tick(NOON)
    assert platform.sends == []
    platform.date = NOON
    agreeing = live_engine(store, platform, [NOON])
    agreeing.tick(NOON)
    assert (len(platform.sends), store.last_heartbeat()) == (1, NOON)


def test_a_dry_run_trusts_its_own_clock_and_asks_no_account(tmp_path, platform):
    platform.identity = AUTH
    with opened(tmp_path, Mode.DRY) as store:
        store.sync([delivery()], {}, EARLY)
        Engine(store, lambda channel: platform).tick(NOON)
        assert state_of(store, KEY) == "published"


def test_a_start_without_network_says_that_nothing_is_sent(store, platform):
    store.sync([delivery()], {}, EARLY)
    platform.identity = Refused(Refusal.TRANSIENT, "checking the account failed: no connection in time")
    boot, moment = [0.0], [NOON]
    engine = live_engine(store, platform, moment, lambda: boot[0])
    engine.tick(NOON)
    assert [notice.text for notice in store.notices()] == [
        "nothing is sent: the clock has not been compared with a platform's yet"
    ]
    platform.identity, platform.date = "account-7", NOON + MINUTE
    moment[0], boot[0] = NOON + MINUTE, 60.0
    engine.tick(moment[0])
    assert (len(platform.published), store.notices()) == (1, ())


def test_a_channel_with_a_bad_address_does_not_keep_the_others_from_their_clock(tmp_path):
    def dates(channel):
        if channel.name == "mastodon-en":
            raise ConfigError("channels.mastodon-en.base_url must begin with https://")
        return NOON

    platforms = {name: Scripted(name) for name in ("mastodon-en", "x-en")}
    with opened(tmp_path) as store:
        store.sync([delivery(channel="x-en")], {}, EARLY)
        connect = platforms.__getitem__
        engine = Engine(
            store, lambda channel: connect(channel.name), clock=lambda: NOON, boot=lambda: 0.0, dates=dates
        )
        engine.tick(NOON)
        assert state_of(store, "2027/figures/x-en") == "published"


# Credentials that change while the channel is being asked


class Renewing(Scripted):
    """Its credentials are renewed (`renew`) while it is asked for its account for the n-th time."""

    def __init__(self, nth):
        super().__init__()
        self.nth, self.asked, self.renew = nth, 0, None

    def account(self):
        self.asked += 1
        if self.asked == self.nth:
            self.renew()
        return super().account()


def renewed(store, nth):
    """An engine whose channel connects first with old credentials, later with new ones."""
    old, new = Renewing(nth), Scripted()
    connected = iter([old, new, new])
    engine = Engine(store, lambda channel: next(connected), assume_clock=True)
    old.renew = lambda: engine.drop("mastodon-en")
    return engine, old, new


def test_renewed_while_the_channel_is_introduced_the_old_credentials_are_not_kept(store):
    store.sync([delivery()], {}, EARLY)
    engine, old, new = renewed(store, 1)
    engine.tick(NOON)
    assert (len(old.published), len(new.published)) == (0, 1)


def test_renewed_while_they_are_looked_at_again_the_old_credentials_are_not_kept(store):
    store.sync([delivery(due=NOON + 2 * HOUR)], {}, EARLY)
    engine, old, new = renewed(store, 2)
    engine.tick(NOON)
    engine.tick(NOON + HOUR + MINUTE)  # an hour before due they are looked at again
    assert old.asked == 2
    engine.tick(NOON + 2 * HOUR)
    assert (len(old.published), len(new.published)) == (0, 1)


def test_renewed_again_and_again_while_it_is_introduced_it_is_tried_at_the_next_look(store):
    store.sync([delivery()], {}, EARLY)
    platform = Scripted()
    engine = Engine(store, lambda channel: (engine.drop("mastodon-en"), platform)[1], assume_clock=True)
    engine.tick(NOON)
    assert platform.sends == []
    assert "renewed again and again" in status_of(store, KEY).notes[0]
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(NOON + HOUR)
    assert len(platform.published) == 1


def test_a_start_with_many_channels_and_posts_keeps_the_database_for_none_of_them(tmp_path, platform):
    """Each introduction once read all of its channel's posts under the write lock: the first were late."""
    names = [f"c-{n}" for n in range(4)]
    with opened(tmp_path, rules=policy(*[channel(name) for name in names])) as store:
        store.sync([delivery(f"p{n}", name, due=NOON + HOUR) for n in range(5) for name in names], {}, EARLY)
        engine = Engine(store, lambda channel: Scripted(channel.name), assume_clock=True)
        seen = []
        sa.event.listen(store._database._engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
        engine.tick(EARLY)
        writing = " ".join(seen).split("BEGIN IMMEDIATE")[1:]
        assert [text for text in writing if "message" in text.split("BEGIN")[0]] == []
        assert len(writing) == len(names)  # each account is tied, and nothing else is written


# Channels that people post on


def by_hand(store):
    store.policy = policy(channel(by_hand=True, live=False))
    return store.policy.channels["mastodon-en"]


def test_an_account_that_people_post_on_is_not_asked_for_although_it_was_in_trouble(store, platform):
    store.channel_problem("mastodon-en", "mastodon-en: the token is not valid")
    connected = []

    def connect(channel):
        connected.append(channel.name)
        return platform

    by_hand(store)
    engine = Engine(store, connect, assume_clock=True)  # it remembers the trouble from before
    store.sync([delivery()], {}, EARLY)
    engine.tick(EARLY)
    engine.tick(NOON)
    assert connected == []
    assert store.channel_problems() == {}


def test_what_people_posted_and_reported_does_not_make_the_rest_go_out_unlooked_at(store, platform):
    first, second = delivery("first"), delivery("second", due=NOON + HOUR, texts=("Other words.",))
    by_hand(store)
    store.sync([first, second], {}, EARLY)
    store.posted_by_hand(first, {}, "https://social.example/1", "Ayla", NOON, NOON)
    # The second was posted early and nobody said so; then the channel is made live.
    platform.shown = {"Other words.": "https://social.example/2"}
    store.policy = policy(channel())
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(NOON + HOUR)
    assert platform.texts == []
    assert state_of(store, second.key) == "cancelled"
