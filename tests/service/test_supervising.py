"""The watch: what stands still is noticed, and nothing else is taken for it."""

import pytest

from scheduler.service.supervising import BEAT, Watch


class Jobs:
    """A clockwork as the watch sees it, moved by hand."""

    def __init__(self):
        self.alive, self.running = True, frozenset()
        self.rounds = {"wake": 1, "heartbeat": 1, "chores": 1}


@pytest.fixture
def jobs():
    return Jobs()


def looks(watch, seconds):
    """The first trouble within so many seconds of looking, and after how many of them."""
    for number in range(int(seconds / BEAT)):
        if trouble := watch.trouble():
            return trouble, number * BEAT
    return None


def watch(jobs, hanging=(), channels=("m-en", "x-en")):
    return Watch(jobs, lambda: hanging, lambda: channels)


def test_a_wake_up_that_comes_is_no_trouble(jobs):
    seen = watch(jobs)
    for _ in range(100):
        jobs.rounds["wake"] += 1
        assert looks(seen, 2) is None


def test_a_wake_up_that_does_not_come_back_is_noticed_within_5_seconds(jobs):
    trouble, after = looks(watch(jobs), 60)
    assert "wake" in trouble
    assert after < 5


def test_a_dead_clock_is_noticed_at_once(jobs):
    jobs.alive = False
    assert looks(watch(jobs), 1) == ("the clock stopped", 0)


@pytest.mark.parametrize(("name", "within"), [("heartbeat", 121), ("chores", 301)])
def test_a_job_that_is_stuck_for_minutes_is_noticed(jobs, name, within):
    jobs.running = frozenset({name})
    seen = watch(jobs)
    for _ in range(int(within / BEAT)):
        jobs.rounds["wake"] += 1
        if trouble := seen.trouble():
            break
    assert name in trouble


def test_a_job_that_waits_for_its_time_is_not_stuck(jobs):
    seen = watch(jobs)
    for _ in range(2000):
        jobs.rounds["wake"] += 1
        assert seen.trouble() is None


def test_one_hanging_channel_is_no_reason_to_end_and_all_of_them_are(jobs):
    assert watch(jobs, hanging=("x-en",)).trouble() is None
    assert "every channel" in watch(jobs, hanging=("x-en", "m-en")).trouble()
    assert watch(jobs, hanging=(), channels=()).trouble() is None
