"""A call that never comes back delays nobody else; a clock that stops ends the process."""

import threading
import time
from datetime import timedelta

import pytest
from apscheduler.schedulers.base import BaseScheduler

from scheduler.delivery import Engine, Timings
from scheduler.model import Mode
from scheduler.platforms.base import Recovery
from scheduler.service.running import Service
from tests import campaigns
from tests.delivery.scripted import Scripted
from tests.service.stage import Clock
from tests.service.stage import opened as opened_campaign
from tests.service.waiting import until
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of

SLOW, QUICK = "mastodon-en", "x-en"
EARLY = NOON - MINUTE


class Hanging(Scripted):
    """One kind of call does not come back until it is let go."""

    def __init__(self, where, **options):
        super().__init__(SLOW, **options)
        self.where, self.let_go, self.hangs = where, threading.Event(), threading.Event()

    def _hang(self, where):
        if self.where == where:
            self.hangs.set()
            assert self.let_go.wait(20)

    def prepare(self, *words):
        self._hang("prepare")
        return super().prepare(*words)

    def send(self, prepared):
        self._hang("send")
        return super().send(prepared)

    def find(self, *words):
        self._hang("find")
        return super().find(*words)


@pytest.mark.parametrize(("where", "minutes"), [("prepare", 17), ("send", 3)])
def test_a_call_that_never_comes_back_delays_no_other_channel_and_is_told_once(tmp_path, where, minutes):
    """Row 34: an adapter hangs: its delivery is in doubt or put back, the others go on, nothing twice."""
    slow, quick = Hanging(where, recovery=Recovery.BLIND), Scripted(QUICK)
    platforms, now = {SLOW: slow, QUICK: quick}, [NOON]
    posts = [delivery(f"post-{n}", name, NOON + n * MINUTE) for n in range(3) for name in (SLOW, QUICK)]
    rules = policy(channel(SLOW), channel(QUICK))
    with opened(tmp_path, rules=rules) as store:
        store.sync(posts, {}, EARLY)
        engine = Engine(
            store, lambda channel: platforms[channel.name], assume_clock=True, clock=lambda: now[0]
        )
        engine.chores(NOON)
        stuck = threading.Thread(target=engine.work, args=(NOON, SLOW))
        stuck.start()
        try:
            assert slow.hangs.wait(5)
            for number in range(minutes + 1):
                now[0] = NOON + number * MINUTE
                engine.chores(now[0])
                engine.work(now[0], QUICK)
            assert [request["key"] for request in quick.published] == [
                post.key for post in posts if post.channel == QUICK
            ]
            assert SLOW in engine.hanging(now[0])
            assert QUICK not in engine.hanging(now[0])
            told = [notice.text for notice in store.notices() if "hanging" in notice.text]
            assert len(told) == 1
            assert SLOW in told[0]
            if where == "send":
                assert state_of(store, posts[0].key) == "unknown"
        finally:
            slow.let_go.set()
            stuck.join(10)
        assert not stuck.is_alive()
        for number in range(minutes + 1, minutes + 7):
            now[0] = NOON + number * MINUTE
            engine.tick(now[0])
        # The late answer is the platform's own, and counts.
        assert {state_of(store, post.key) for post in posts} == {"published"}
        assert len(slow.published) == len({request["key"] for request in slow.published}) == 3
        assert dict(engine.hanging(now[0])) == {}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_clock_thread_that_dies_ends_the_process_within_5_seconds_with_code_1(tmp_path, monkeypatch):
    """Row 35: the timer thread dies: noticed, said, and ended for a supervisor to start it again."""
    campaigning = opened_campaign(
        tmp_path, campaigns.post("flood", "2027-02-10 12:00:30") + "  channels: [m-en]\n"
    )
    clock, codes = Clock(), []

    def breaks(self):
        raise KeyError("a job that is not there any more")

    service = Service(campaigning, Mode.DRY, clock, wake=timedelta(seconds=0.05))
    worker = threading.Thread(target=lambda: codes.append(service.run()))
    worker.start()
    try:
        until(lambda: any(one.name == "APScheduler" for one in threading.enumerate()))
        monkeypatch.setattr(BaseScheduler, "_process_jobs", breaks)
        until(lambda: not any(one.name == "APScheduler" for one in threading.enumerate()))
        began = time.monotonic()
        clock.on(minutes=1)
        worker.join(6)
        assert codes == [1]
        assert time.monotonic() - began < 6
    finally:
        service.stop.set()
        worker.join(10)


def test_the_order_of_the_times_leaves_a_hanging_call_no_second_one():
    """Row 34: whoever hangs is in doubt only when its call is certainly over."""
    times = Timings()
    assert times.deadline < times.lease / 2 < times.lease < times.settle
    assert times.settle - times.lease >= 15 * SECOND
    assert times.lease < HOUR
