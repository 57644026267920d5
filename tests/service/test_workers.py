"""A thread for each busy channel."""

import threading

from scheduler.service.workers import Workers
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
