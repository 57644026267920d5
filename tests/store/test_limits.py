"""What a channel may take: gaps, the day's limit, quotas and spend caps, at the gate and before it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from scheduler.model import (
    DailyLimit,
    Receipt,
    State,
)
from scheduler.platforms.base import Refusal, Refused, Sent
from scheduler.store import Decision, Quota
from tests.store.kit import (
    BAKU,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    campaign,
    channel,
    delivery,
    opened,
    policy,
    prepared,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - DAY
ANNIVERSARY = datetime(2027, 2, 26, 17, 0, tzinfo=BAKU)
"""In the minute of silence."""

NEXT_DAY = datetime(2027, 2, 27, 12, 0, tzinfo=BAKU)


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def claimed(store, *deliveries, now=NOON, lead=timedelta(0)):
    store.sync(deliveries or [delivery()], {}, EARLY)
    return store.claim(now, lead=lead)


def publish(store, made, now):
    store.sync([made], {}, EARLY, keep=[status.key for status in store.statuses(now)])
    claim = store.claim(now, made.channel)
    assert store.begin(claim, 0, prepared(), now)
    store.settle(claim, 0, Sent(Receipt(made.key)), now, Decision(State.PUBLISHED))


GAP = policy(channel(min_gap=2 * HOUR), channel("x-en"))


def test_a_slot_keeps_the_gap_to_what_went_out_before(tmp_path):
    with opened(tmp_path, rules=GAP) as store:
        publish(store, delivery("first"), NOON)
        assert (
            claimed(store, delivery("first"), delivery(due=NOON + HOUR, slot=True), now=NOON + HOUR) is None
        )
        assert store.claim(NOON + 2 * HOUR - SECOND) is None
        assert store.next_due(NOON + 2 * HOUR - SECOND) == NOON + 2 * HOUR
        claim = store.claim(NOON + 2 * HOUR)
        assert store.begin(claim, 0, prepared(), NOON + 2 * HOUR)


def test_the_gap_counts_from_another_channel_not_at_all(tmp_path):
    with opened(tmp_path, rules=GAP) as store:
        publish(store, delivery("first", "x-en"), NOON)
        assert claimed(
            store, delivery("first", "x-en"), delivery(due=NOON + HOUR, slot=True), now=NOON + HOUR
        )


def test_a_fixed_time_passes_the_gap_when_punctual_and_keeps_it_when_late(tmp_path):
    with opened(tmp_path, rules=GAP) as store:
        publish(store, delivery("first"), NOON)
        later = delivery(due=NOON + HOUR)
        assert claimed(store, delivery("first"), later, now=NOON + HOUR + 6 * MINUTE) is None
        claim = store.claim(NOON + HOUR + MINUTE)
        assert store.begin(claim, 0, prepared(), NOON + HOUR + MINUTE)


def test_what_was_refused_leaves_no_gap(tmp_path):
    with opened(tmp_path, rules=GAP) as store:
        claim = claimed(store, delivery("first"))
        store.begin(claim, 0, prepared(), NOON)
        store.settle(claim, 0, Refused(Refusal.CONTENT, "no"), NOON, Decision(State.REFUSED, "no"))
        assert claimed(store, delivery("first"), delivery(due=NOON + HOUR, slot=True), now=NOON + HOUR)


def test_the_day_s_limit_holds_slots_back_until_the_campaign_s_midnight(tmp_path):
    rules = policy(channel(daily_limit=DailyLimit(1)))
    with opened(tmp_path, rules=rules) as store:
        publish(store, delivery("first"), NOON)
        # 23:59 in Baku is the same day; midnight there is 20:00 UTC.
        late = datetime(2027, 2, 20, 23, 59, tzinfo=BAKU)
        slot = delivery(due=late, slot=True, expires=late + 2 * HOUR)
        assert claimed(store, delivery("first"), slot, now=late) is None
        assert store.claim(late + MINUTE).key == KEY


def test_a_fixed_time_passes_the_day_s_limit_as_its_author_was_warned(tmp_path):
    rules = policy(channel(daily_limit=DailyLimit(1)))
    with opened(tmp_path, rules=rules) as store:
        publish(store, delivery("first"), NOON)
        assert claimed(store, delivery("first"), delivery(due=NOON + HOUR), now=NOON + HOUR)


@pytest.mark.parametrize(("own", "allowed"), [(None, 3), (DailyLimit(2), 3), (DailyLimit(2, 1), 1)])
def test_the_anniversary_has_its_own_limit(tmp_path, own, allowed):
    rules = policy(channel(daily_limit=own), around=campaign(daily_limit=DailyLimit(1, 3)))
    day = datetime(2027, 2, 26, 9, 0, tzinfo=BAKU)
    with opened(tmp_path, rules=rules) as store:
        store.sync([delivery(f"p{n}", due=day, slot=True) for n in range(5)], {}, EARLY)
        out = 0
        while (claim := store.claim(day)) is not None:
            assert store.begin(claim, 0, prepared(), day)
            store.settle(claim, 0, Sent(Receipt(claim.key)), day, Decision(State.PUBLISHED))
            out += 1
        assert out == allowed


def test_quota_counts_every_attempt_and_frees_with_time(tmp_path):
    rules = policy(quotas={"mastodon-en": Quota(2, DAY)})
    with opened(tmp_path, rules=rules) as store:
        store.sync(
            [delivery(expires=NOON + 2 * DAY), delivery("next", due=NOON + HOUR, expires=NOON + 2 * DAY)],
            {},
            EARLY,
        )
        for minutes in (0, 10):
            claim = store.claim(NOON + minutes * MINUTE)
            store.begin(claim, 0, prepared(), NOON + minutes * MINUTE)
            again = Decision(State.SCHEDULED, "HTTP 503")
            store.settle(claim, 0, Refused(Refusal.TRANSIENT, "HTTP 503"), NOON + minutes * MINUTE, again)
        assert store.claim(NOON + HOUR) is None
        assert store.claim(NOON + DAY + SECOND) is not None


def test_a_spend_cap_stops_before_the_post_that_would_pass_it(tmp_path):
    price = {"mastodon-en": lambda text, images: Decimal("0.015")}
    rules = policy(costs=price, spend_caps={"mastodon-en": Decimal("0.03")})
    with opened(tmp_path, rules=rules) as store:
        for post in ("one", "two"):
            publish(store, delivery(post), NOON)
        everything = [delivery("one"), delivery("two"), delivery("three")]
        assert claimed(store, *everything) is None
        store.policy = policy(costs=price, spend_caps={"mastodon-en": Decimal("0.045")})
        assert store.claim(NOON).key == "2027/three/mastodon-en"
