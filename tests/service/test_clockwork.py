"""Jobs at their pace, one run at a time, aimed where wanted; and what a wall clock may do to them."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.service import clockwork
from scheduler.service.clockwork import Clockwork, Every
from tests.service.waiting import until

SHORT, LONG = timedelta(seconds=0.03), timedelta(hours=1)


@pytest.fixture
def clock():
    failed = []
    made = Clockwork(lambda name, error: failed.append((name, str(error))))
    made.failed = failed
    yield made
    made.stop(1)


def test_a_job_is_run_again_and_again_also_when_it_fails(clock):
    def fail():
        raise ValueError("no")

    clock.add("failing", SHORT, fail)
    clock.start()
    until(lambda: clock.rounds["failing"] > 2)
    assert set(clock.failed) == {("failing", "no")}


def test_a_job_is_never_run_twice_at_once(clock):
    at_once, most = [], []

    def slow():
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.1)
        at_once.pop()

    clock.add("slow", SHORT, slow)
    clock.start()
    until(lambda: clock.rounds["slow"] > 2)
    assert max(most) == 1


def test_an_aimed_job_runs_at_that_moment_and_not_at_its_pace(clock):
    ran = []
    clock.add("wake", LONG, lambda: ran.append(time.monotonic()))
    clock.start()
    aimed = time.monotonic() + 0.2
    clock.aim("wake", timedelta(seconds=0.2))
    until(lambda: ran)
    # Not before its time; how long after is the machine's business.
    assert ran[0] >= aimed - 0.005


def test_aiming_while_it_is_being_stopped_is_no_error(clock):
    clock.add("wake", LONG, lambda: None)
    clock.start()
    clock.stop(0)
    clock.aim("wake", timedelta(0))


def test_a_year_forward_is_one_run_not_thirty_million():
    every, year = Every(timedelta(seconds=1)), timedelta(days=365)
    before, now = datetime(2027, 2, 10, tzinfo=UTC), datetime(2027, 2, 10, tzinfo=UTC) + year
    assert every.get_next_fire_time(before, now) > now


def test_a_clock_set_back_by_an_hour_stops_no_job(clock, monkeypatch):
    clock.add("wake", LONG, lambda: None)
    clock.start()
    shift = 0.0
    monkeypatch.setattr(clockwork.time, "time", lambda real=time.time: real() + shift)
    clock.follow_the_clock()
    assert clock.rounds["wake"] == 0
    shift = -3600.0
    clock.follow_the_clock()
    until(lambda: clock.rounds["wake"] == 1)


def test_a_job_that_never_comes_back_keeps_nobody_from_stopping(clock):
    never = threading.Event()
    clock.add("stuck", SHORT, never.wait)
    clock.start()
    until(lambda: "stuck" in clock.running)
    began = time.monotonic()
    clock.stop(0.1)
    assert time.monotonic() - began < 2
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "stuck")
    never.set()
