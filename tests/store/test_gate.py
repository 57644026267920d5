"""The gate: open when nothing forbids it, closed with its reason for each thing that does."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler.model import (
    ApprovalRules,
    DailyLimit,
    Mode,
    Receipt,
    State,
)
from scheduler.platforms.base import Refusal, Refused, Sent
from scheduler.store import Decision
from tests.store.kit import (
    BAKU,
    DAY,
    DAYS_AFTER,
    HOUR,
    MINUTE,
    MINUTE_OF_SILENCE,
    NOON,
    SECOND,
    approval,
    campaign,
    channel,
    delivery,
    opened,
    policy,
    prepared,
    status_of,
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


def test_the_gate_opens_and_the_attempt_is_written_before_anything_is_sent(store):
    claim = claimed(store)
    assert store.begin(claim, 0, prepared("Eight words."), NOON)
    status = status_of(store, KEY)
    assert (status.state, status.attempts) == ("sending", 1)
    assert [event.event for event in store.history(KEY)] == ["begun"]


def test_the_gate_opens_once_for_a_claim(store):
    claim = claimed(store)
    assert store.begin(claim, 0, prepared(), NOON)
    assert "another worker" in store.begin(claim, 0, prepared(), NOON).reason


@pytest.mark.parametrize(
    ("another", "more"),
    [
        ({"due": NOON}, True),
        ({"due": NOON + MINUTE}, True),
        ({"due": NOON + HOUR}, False),
        ({"due": NOON, "channel": "x-en", "texts": ("Other words.",)}, False),
    ],
    ids=["due too", "to be prepared too", "later", "on another channel"],
)
def test_a_claim_says_whether_more_of_its_channel_waits(store, another, more):
    store.sync([delivery(), delivery("another", **another)], {}, EARLY)
    assert store.claim(NOON, "mastodon-en", lead=2 * MINUTE).more is more


# Each case: what happens between claim and gate, or how the gate is asked; and the words that close it.


def another_owner(store, claim):
    store.sweep(NOON + HOUR)
    return {}


def changed(store, claim):
    store.sync([delivery(texts=("Other.",))], {}, NOON)
    return {}


def with_stop(errors):
    def act(store, claim):
        store.sync([delivery(stops=("“613” cites no fact",), errors=errors)], {}, NOON)
        return {}

    return act


def held(scope, value):
    def act(store, claim):
        store.hold(scope, value, "breaking news", "Aynur", NOON)
        return {}

    return act


def rules(**changes):
    def act(store, claim):
        store.policy = policy(**changes)
        return {}

    return act


def other_channels(*channels):
    def act(store, claim):
        store.policy = policy(*channels)
        return {}

    return act


def moved(store, claim):
    store.set_due(KEY, NOON + HOUR, NOON + 2 * HOUR, "Aynur", NOON)
    return {}


def cancelled(store, claim):
    store.cancel(KEY, "Aynur", "", NOON)
    return {}


def other_account(store, claim):
    store.tie_account("mastodon-en", "account-1", NOON)
    return {"prepared": prepared(account="account-2")}


def no_token(store, claim):
    store.channel_problem("mastodon-en", "no token")
    return {}


def two_cents(text, images):
    return Decimal("0.02")


def asked(**changes):
    return lambda store, claim: changes


CLOSING = {
    "the claim went to another": (another_owner, "another worker"),
    "the claim ran out": (asked(now=NOON + 45 * SECOND), "took too long"),
    "cancelled meanwhile": (cancelled, "another worker"),
    "wrong part": (asked(part=1), "not this part's turn"),
    "the post was changed": (changed, "changed while"),
    "the post has an error": (with_stop(True), "cites no fact"),
    "the post is blocked": (with_stop(False), "cites no fact"),
    "not approved": (rules(rules=ApprovalRules(default=1)), "not approved"),
    "everything is held": (held("all", ""), "hold on everything by Aynur: breaking news"),
    "the channel is held": (held("channel", "mastodon-en"), "hold on channel mastodon-en"),
    "the kind is held": (held("kind", "text"), "hold on kind text"),
    "the language is held": (held("language", "en"), "hold on language en"),
    "the post is held": (held("post", "figures"), "hold on post figures"),
    "another account": (other_account, "another account"),
    "uploads have expired": (asked(prepared=prepared(expires_at=NOON)), "expired"),
    "moved to later": (moved, "not due yet"),
    "channel no longer configured": (other_channels(channel("x-en")), "no longer in config.yaml"),
    "channel no longer live": (other_channels(channel(live=False)), "not live"),
    "credentials gone": (
        lambda store, claim: store.channel_problem("mastodon-en", "no token") or {},
        "no token",
    ),
    "a spend cap": (
        rules(
            spend_caps={"mastodon-en": Decimal("0.01")},
            costs={"mastodon-en": lambda text, images: Decimal("0.02")},
        ),
        "has spent 0.00 of its 0.01 dollars",
    ),
}


@pytest.mark.parametrize(("act", "words"), CLOSING.values(), ids=CLOSING)
def test_each_condition_closes_the_gate(store, act, words):
    claim = claimed(store)
    asked = {"part": 0, "prepared": prepared(), "now": NOON, **act(store, claim)}
    answer = store.begin(claim, asked["part"], asked["prepared"], asked["now"])
    assert not answer.open
    assert words in answer.reason
    assert "sending" not in {str(status.state) for status in store.statuses(NOON)}


def test_every_reason_is_given_at_once(store):
    claim = claimed(store)
    store.hold("all", "", "breaking news", "Aynur", NOON)
    store.sync([delivery(stops=("“613” cites no fact",))], {}, NOON)
    reason = store.begin(claim, 0, prepared(), NOON).reason
    assert "cites no fact" in reason
    assert "breaking news" in reason


def test_after_its_last_moment_nothing_goes_out(store):
    claim = claimed(store, now=NOON + 2 * HOUR - SECOND)
    assert "its time has passed" in store.begin(claim, 0, prepared(), NOON + 2 * HOUR).reason


def test_what_was_prepared_early_waits_for_its_time(store):
    claim = claimed(store, now=NOON - MINUTE, lead=MINUTE)
    answer = store.begin(claim, 0, prepared(), NOON - 45 * SECOND)
    assert (answer.open, answer.not_before) == (False, NOON)


def test_a_pause_of_the_channel_closes_the_gate_until_it_is_over(store):
    claim = claimed(store, delivery("first"), delivery("second", due=NOON + SECOND))
    store.begin(claim, 0, prepared(), NOON)
    pause = Decision(State.SCHEDULED, "too many posts", NOON + HOUR, channel_not_before=NOON + MINUTE)
    store.settle(claim, 0, Refused(Refusal.RATE, "too many posts"), NOON, pause)
    assert store.claim(NOON + 59 * SECOND) is None
    assert store.claim(NOON + MINUTE).key == "2027/second/mastodon-en"


QUIET = campaign(quiet=(MINUTE_OF_SILENCE, DAYS_AFTER))


@pytest.mark.parametrize(
    ("moment", "changes", "is_open"),
    [
        # 16:55 to 17:05 in Baku binds everything; the bound itself is outside again.
        (ANNIVERSARY, {}, False),
        (ANNIVERSARY, {"correction": True, "kind": "correction"}, False),
        (ANNIVERSARY + 5 * MINUTE, {}, True),
        (ANNIVERSARY - 5 * MINUTE - SECOND, {}, True),
        # A whole quiet day does not bind a correction.
        (NEXT_DAY, {}, False),
        (NEXT_DAY, {"correction": True, "kind": "correction"}, True),
        (NEXT_DAY + 2 * DAY, {}, True),
    ],
)
def test_quiet_windows_bind_to_the_second(tmp_path, moment, changes, is_open):
    with opened(tmp_path, rules=policy(around=QUIET)) as store:
        claim = claimed(store, delivery(due=moment, **changes), now=moment)
        assert (claim is not None) is is_open
        if claim is None:
            store.policy = policy()
            claim = store.claim(moment)
            store.policy = policy(around=QUIET)
        answer = store.begin(claim, 0, prepared(), moment)
        assert answer.open is is_open


def test_a_quiet_window_says_when_it_ends(tmp_path):
    with opened(tmp_path, rules=policy(around=QUIET)) as store:
        assert claimed(store, delivery(due=ANNIVERSARY), now=ANNIVERSARY) is None
        assert store.next_due(ANNIVERSARY) == ANNIVERSARY + 5 * MINUTE


def test_urgent_passes_limits_and_whole_quiet_days_but_not_the_minute_of_silence(tmp_path):
    rules = policy(channel(daily_limit=DailyLimit(0)), around=QUIET)
    with opened(tmp_path, rules=rules) as store:
        store.sync([delivery(due=NOON, slot=True)], {}, EARLY)
        store.set_due(KEY, ANNIVERSARY, ANNIVERSARY + HOUR, "Aynur", EARLY, urgent=True)
        assert store.claim(ANNIVERSARY) is None
        store.set_due(KEY, NEXT_DAY, NEXT_DAY + HOUR, "Aynur", EARLY, urgent=True)
        assert store.begin(store.claim(NEXT_DAY), 0, prepared(), NEXT_DAY)


def test_urgent_does_not_pass_a_hold_or_a_missing_approval(store):
    store.sync([delivery()], {}, EARLY)
    store.set_due(KEY, NOON, NOON + HOUR, "Aynur", EARLY, urgent=True)
    number = store.hold("all", "", "breaking news", "Aynur", EARLY)
    assert store.claim(NOON) is None
    store.lift(number, "Aynur", EARLY)
    store.policy = policy(rules=ApprovalRules(default=1))
    assert store.claim(NOON) is None


TWO = policy(rules=ApprovalRules(default=1))


def test_an_approval_of_exactly_this_opens_the_gate(tmp_path):
    with opened(tmp_path, rules=TWO) as store:
        made = delivery()
        assert claimed(store, made) is None
        store.approve([approval(made)])
        assert store.begin(store.claim(NOON), 0, prepared(), NOON)


@pytest.mark.parametrize(
    "given",
    [
        approval(delivery(texts=("Earlier words.",))),
        approval(delivery(), shown_day="2027-02-19"),
        approval(delivery("other")),
        approval(delivery(), who="Leyla"),
    ],
    ids=["of other words", "for another day", "of another post", "by the author"],
)
def test_an_approval_of_something_else_does_not(tmp_path, given):
    with opened(tmp_path, rules=TWO) as store:
        store.sync([delivery(author="Leyla")], {}, EARLY)
        store.approve([given])
        assert store.claim(NOON) is None


def test_moving_to_another_day_takes_the_approval_back_and_within_the_day_keeps_it(tmp_path):
    with opened(tmp_path, rules=TWO) as store:
        store.sync([delivery()], {}, EARLY)
        store.approve([approval(delivery())])
        store.set_due(KEY, NOON + HOUR, NOON + 2 * HOUR, "Aynur", EARLY)
        assert store.claim(NOON + HOUR) is not None
        store.sweep(NOON + 2 * HOUR)
        store.set_due(KEY, NOON + DAY, NOON + DAY + HOUR, "Aynur", NOON + 2 * HOUR)
        assert store.claim(NOON + DAY) is None


def test_a_dry_run_assumes_approvals_and_notes_it(tmp_path):
    rules = policy(channel(live=False), rules=ApprovalRules(default=1))
    with opened(tmp_path, Mode.DRY, rules) as store:
        claim = claimed(store, delivery(stops=("not cleared",)))
        assert store.begin(claim, 0, prepared(), NOON)
        [begun] = [event for event in store.history(KEY) if event.event == "begun"]
        assert begun.detail.startswith("assumed: blocked: not cleared; 0 of 1 approval")
        assert any("approved" in note for note in status_of(store, KEY).notes)


@pytest.mark.parametrize(
    "act", ["the post has an error", "everything is held", "cancelled meanwhile", "moved to later"]
)
def test_a_dry_run_heeds_everything_but_approvals(tmp_path, act):
    with opened(tmp_path, Mode.DRY) as store:
        claim = claimed(store)
        CLOSING[act][0](store, claim)
        assert not store.begin(claim, 0, prepared(), NOON)


def test_a_correction_waits_for_its_original_and_passes_the_limits(tmp_path):
    rules = policy(channel(daily_limit=DailyLimit(1), min_gap=DAY))
    with opened(tmp_path, rules=rules) as store:
        fix = delivery("fix", due=NOON - HOUR, kind="correction", correction=True, corrects=KEY)
        assert claimed(store, fix, now=NOON - HOUR) is None
        assert status_of(store, fix.key).reasons == (
            f"{KEY}, which it corrects, has not been published here",
        )
        publish(store, delivery(), NOON)
        claim = store.claim(NOON)
        assert claim.key == fix.key
        assert store.begin(claim, 0, prepared(), NOON)


def test_a_correction_on_a_channel_that_never_had_the_original_is_a_post_of_its_own(store):
    fix = delivery("fix", "x-en", kind="correction", correction=True, corrects=KEY)
    claim = claimed(store, fix)
    assert store.begin(claim, 0, prepared(), NOON)


def test_sending_is_written_in_one_place_only():
    source = Path(__file__).parents[2] / "scheduler"
    writes = re.compile(r"state[\"']?\s*[=:]\s*(State\.SENDING|[\"']sending)")
    found = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for _ in writes.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == ["store/gate.py"]


def test_attempts_and_the_audit_log_are_only_ever_added_to():
    source = Path(__file__).parents[2] / "scheduler" / "store"
    text = "\n".join(path.read_text(encoding="utf-8") for path in source.glob("*.py"))
    assert "attempts.insert()" in text
    assert "audit.insert()" in text
    assert not re.search(r"(attempts|audit)\.(update|delete)\(", text)
