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
    every, year = Every(timedelta(seconds=1), datetime(2027, 1, 1, tzinfo=UTC)), timedelta(days=365)
    before, now = datetime(2027, 2, 10, tzinfo=UTC), datetime(2027, 2, 10, tzinfo=UTC) + year
    assert every.get_next_fire_time(before, now) > now


def test_jobs_of_different_pace_fall_due_together_and_cost_one_wake_up():
    origin = datetime(2027, 2, 10, 8, 0, 0, 123456, tzinfo=UTC)
    now = origin + timedelta(seconds=8.7)
    # 8.7 s after the origin: the next whole multiple of 1 s is 9 s, of 2 s, 5 s and 10 s it is 10 s.
    due = [Every(timedelta(seconds=span), origin).get_next_fire_time(now, now) for span in (1, 2, 5, 10)]
    assert [(moment - origin).total_seconds() for moment in due] == [9, 10, 10, 10]


def test_a_job_whose_time_is_now_comes_again_one_span_later_and_not_twice():
    origin = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)
    now = origin + timedelta(seconds=20)
    assert Every(timedelta(seconds=10), origin).get_next_fire_time(now, now) == origin + timedelta(seconds=30)


def test_runs_one_after_the_other_need_one_thread(clock):
    threads = []
    clock.add("wake", SHORT, lambda: threads.append(threading.current_thread()))
    clock.start()
    until(lambda: len(threads) > 5)
    assert len(set(threads)) == 1
    assert threads[0].name == "wake"


def test_stopped_it_leaves_no_thread_behind(clock):
    threads = set()
    for name in ("wake", "rescan"):
        clock.add(name, SHORT, lambda: threads.add(threading.current_thread()))
    clock.start()
    until(lambda: threads and min(clock.rounds.values()) > 1)
    clock.stop(1)
    until(lambda: not any(thread.is_alive() for thread in threads))


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
