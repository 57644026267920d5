"""A thread for each busy channel."""

import threading
import time

from scheduler.service.workers import AT_ONCE, Workers, at_once
from tests.service.waiting import until


def test_a_channel_that_hangs_delays_no_other_however_many_there_are():
    hang, begun, done = threading.Event(), [], []

    def work(channel):
        begun.append(channel)
        if channel == "hanging":
            hang.wait()
        done.append(channel)

    workers = Workers(work)
    workers.start("hanging")
    until(lambda: begun)
    others = [f"channel-{number}" for number in range(40)]
    workers.start(*others)
    until(lambda: set(done) == set(others))
    assert workers.busy == {"hanging"}
    assert workers.drain(0.05) == {"hanging"}
    hang.set()
    assert workers.drain(5) == frozenset()


def test_a_channel_under_way_is_not_begun_a_second_time():
    hang, begun = threading.Event(), []

    def work(channel):
        begun.append(channel)
        hang.wait()

    workers = Workers(work)
    workers.start("m-en")
    workers.start("m-en")
    until(lambda: begun)
    hang.set()
    assert workers.drain(5) == frozenset()
    assert begun == ["m-en"]
    workers.start("m-en")
    assert workers.drain(5) == frozenset()
    assert begun == ["m-en", "m-en"]


def test_a_thousand_channels_at_once_do_not_all_begin_together_and_none_is_forgotten():
    counting, now, most, done = threading.Lock(), [], [], []

    def work(channel):
        with counting:
            now.append(channel)
            most.append(len(now))
        time.sleep(0.001)
        with counting:
            now.remove(channel)
            done.append(channel)

    workers, channels = Workers(work), [f"channel-{number}" for number in range(1000)]
    workers.start(*channels)
    until(lambda: len(done) == len(channels))
    assert set(done) == set(channels)
    assert max(most) <= AT_ONCE + 1


def test_while_channels_wait_for_their_platforms_others_begin_at_once(monkeypatch):
    monkeypatch.setattr("scheduler.service.workers.SLOW", 1e6)
    answer, begun = threading.Event(), []

    def work(channel):
        with workers.aside(channel):
            begun.append(channel)
            answer.wait()

    workers = Workers(work)
    channels = {f"channel-{number}" for number in range(10 * AT_ONCE)}
    workers.start(*channels)
    until(lambda: set(begun) == channels)
    answer.set()
    assert workers.drain(5) == frozenset()


def test_where_no_thread_can_be_had_the_channel_is_begun_at_the_next_look(monkeypatch):
    done, start = [], threading.Thread.start

    def refused(self):
        raise RuntimeError("can't start new thread")

    workers = Workers(done.append)
    monkeypatch.setattr(threading.Thread, "start", refused)
    workers.start("m-en")
    monkeypatch.setattr(threading.Thread, "start", start)
    assert workers.busy == {"m-en"}
    workers.start("m-en")
    assert workers.drain(60) == frozenset()
    assert done == ["m-en"]


def test_channels_that_all_hang_keep_none_from_being_begun():
    hang, begun = threading.Event(), []

    def work(channel):
        begun.append(channel)
        if channel != "last":
            hang.wait()

    workers = Workers(work)
    hanging = [f"channel-{number}" for number in range(AT_ONCE)]
    workers.start(*hanging)
    until(lambda: len(begun) == AT_ONCE)
    workers.start(*hanging, "last")
    until(lambda: "last" in begun)
    hang.set()
    assert workers.drain(5) == frozenset()


def test_the_longer_a_commit_takes_the_more_channels_are_at_work_together():
    # One more for each half millisecond, so that their waiting overlaps.
    assert [at_once(seconds) for seconds in (0.0, 0.0004, 0.001, 0.002, 0.3)] == [2, 2, 4, 6, 6]
    here, go = [], threading.Event()

    def work(channel):
        here.append(channel)
        go.wait()

    workers = Workers(work, lambda: at_once(0.001))
    workers.start(*(f"channel-{number}" for number in range(20)))
    until(lambda: len(here) == 4)
    go.set()
    assert workers.drain(5) == frozenset()


def test_a_channel_with_much_to_do_lets_the_others_come_before_its_next_turn():
    left, order = {"backlog-a": 30, "backlog-b": 30}, []

    def work(channel):
        order.append(channel)
        if channel == "due":
            return False
        left[channel] -= 1
        if order.count(channel) == 3:
            workers.start("backlog-a", "backlog-b", "due")
        return left[channel] > 0

    workers = Workers(work)
    workers.start("backlog-a", "backlog-b")
    assert workers.drain(60) == frozenset()
    assert set(left.values()) == {0}
    assert order.index("due") < 15
