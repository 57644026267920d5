"""Whether the clock may be believed, and the guard before the call."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.delivery import Timings, clock, reconcile
from scheduler.errors import ConfigError
from scheduler.model import Receipt
from scheduler.platforms.base import Absent, CannotTell, Found, Recovery

NOW = datetime(2027, 2, 20, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seconds(count):
    return timedelta(seconds=count)


def compared(offset=0.0, boot=100.0):
    return clock.Comparison(seconds(offset), NOW, boot)


def test_a_date_is_compared_with_the_middle_of_the_call():
    # Our clock read 10 s before and after an answer: the middle is NOW + 5 s; a Date is cut to whole seconds.
    found = clock.compare(NOW + 5 * SECOND, NOW, NOW + 10 * SECOND, 100.0)
    assert found.offset == seconds(0.5)
    assert found.agrees


@pytest.mark.parametrize(
    ("offset", "agrees"), [(0, True), (30, True), (-30, True), (30.1, False), (-31, False)]
)
def test_thirty_seconds_are_tolerated(offset, agrees):
    assert compared(offset).agrees is agrees
    assert (clock.distrust(compared(offset), NOW, 100.0, None) is None) is agrees


def test_nothing_is_trusted_before_the_first_comparison():
    assert "not been compared" in clock.distrust(None, NOW, 100.0, None)


@pytest.mark.parametrize(("offset", "words"), [(42, "42 s behind"), (-3600, "3600 s ahead of")])
def test_the_difference_is_said_from_where_we_stand(offset, words):
    assert words in clock.distrust(compared(offset), NOW, 100.0, None)


@pytest.mark.parametrize(
    ("passed", "booted", "trusted"),
    [
        (3600, 3600, True),
        (3600, 3575, True),
        (3600, 3500, False),  # the clock was set forward by 100 s
        (0, 3600, False),  # an hour went by and the clock was set back by it
    ],
)
def test_a_clock_set_while_running_is_noticed_by_the_one_nobody_sets(passed, booted, trusted):
    found = clock.distrust(compared(), NOW + seconds(passed), 100.0 + booted, None)
    assert (found is None) is trusted


def test_a_moment_before_the_last_heartbeat_is_not_believed():
    assert "behind the last time" in clock.distrust(compared(), NOW, 100.0, NOW + seconds(31))
    assert clock.distrust(compared(), NOW, 100.0, NOW + seconds(30)) is None


def test_the_boot_clock_runs_forward():
    boot = clock.Boot()
    first = boot()
    assert 0 <= boot() - first < 5


def test_without_a_boot_clock_a_wall_clock_set_back_does_not_stop_time(monkeypatch):
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    walls, steadies = iter([1000.0, 400.0]), iter([50.0, 80.0])
    monkeypatch.setattr(time, "time", lambda: next(walls))
    monkeypatch.setattr(time, "monotonic", lambda: next(steadies))
    assert clock.Boot()() == 30.0


def test_without_a_boot_clock_a_sleep_counts_by_the_wall_clock(monkeypatch):
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    walls, steadies = iter([1000.0, 29_800.0]), iter([50.0, 51.0])
    monkeypatch.setattr(time, "time", lambda: next(walls))
    monkeypatch.setattr(time, "monotonic", lambda: next(steadies))
    assert clock.Boot()() == 28_800.0


def test_half_a_lease_may_pass_before_the_call_and_no_more():
    assert not clock.stalled(100.0, 122.5, seconds(45))
    assert clock.stalled(100.0, 122.6, seconds(45))


@pytest.mark.parametrize(
    "times",
    [(23, 45, 60), (20, 40, 60), (20, 60, 60), (20, 61, 60), (0, 45, 60)],
    ids=[
        "deadline over half the lease",
        "deadline half the lease",
        "lease = settle",
        "lease over settle",
        "none",
    ],
)
def test_times_in_the_wrong_order_are_refused(times):
    deadline, lease, settle = (seconds(one) for one in times)
    with pytest.raises(ConfigError, match="deadline < half the lease < lease < settle"):
        Timings(deadline, lease, settle)


def test_the_default_times_are_in_order():
    assert (Timings().deadline, Timings().lease, Timings().settle) == (seconds(20), seconds(45), seconds(60))


FOUND, TELL_NOT = Found(Receipt("1")), CannotTell("HTTP 503")


@pytest.mark.parametrize("recovery", list(Recovery))
def test_a_hit_always_counts(recovery):
    assert reconcile.read(recovery, FOUND) is FOUND


def test_a_miss_counts_only_where_the_listing_is_complete():
    assert reconcile.read(Recovery.PROBE, Absent()) == Absent()
    assert isinstance(reconcile.read(Recovery.PRESENCE_ONLY, Absent()), CannotTell)


def test_only_what_cannot_double_may_be_repeated_and_only_when_looking_did_not_help():
    allowed = {
        (recovery, type(finding).__name__)
        for recovery in Recovery
        for finding in (FOUND, Absent(), TELL_NOT)
        if reconcile.may_repeat(recovery, finding)
    }
    assert allowed == {(Recovery.RESEND_SAFE, "CannotTell")}


def test_looks_become_rarer_and_the_blind_are_not_looked_for():
    waits = [reconcile.again(Recovery.PROBE, looks, NOW) - NOW for looks in range(5)]
    assert waits == [seconds(60), seconds(300), seconds(1800), seconds(3600), seconds(3600)]
    assert reconcile.again(Recovery.BLIND, 0, NOW) is None
