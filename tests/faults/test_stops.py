"""Processes that stand still, come back, or are two: only one of them sends, and nobody sends twice."""

import signal
from datetime import timedelta

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import worker
from tests.faults.server import Act
from tests.faults.thorough import THOROUGH
from tests.faults.world import World, wait_until
from tests.thorough import quick_and_long

LONGER_THAN_A_LEASE = timedelta(seconds=50)
BEFORE_SENDING = ("after-claim", "after-prepare", "before-begin", "after-begin")[0 if THOROUGH else 2 :]
KINDS = list(Recovery) if THOROUGH else [Recovery.RESEND_SAFE, Recovery.BLIND]


@pytest.mark.parametrize("place", BEFORE_SENDING)
@pytest.mark.long
def test_who_stood_still_before_sending_does_not_send_when_he_wakes(tmp_path, place):
    with World(tmp_path, Recovery.BLIND, names=("a",)) as world:
        world.order("figures")
        sleeper = world.start(failpoint=place, freeze=True, until_done=True, locked=False)
        sleeper.wait_until_frozen()
        world.pass_time(timedelta(minutes=5))
        second = world.start(until_done=True, locked=False)
        assert second.wait() == 0
        sleeper.go_on()
        assert sleeper.wait() == 0
        world.heal()
        verdict = world.judge()
        stood_still = world.count("refused")
    assert verdict.breaches == ()
    assert (verdict.published, verdict.doubled, verdict.unknown) == (1, 0, 0)
    assert len(world.server.sends()) == 1
    # With an attempt on record nobody else may send; waking up, he says that he has not.
    assert stood_still == (1 if place == "after-begin" else 0)


def test_who_stood_still_alone_before_sending_starts_over_when_he_wakes(tmp_path):
    with World(tmp_path, Recovery.PROBE, names=("a",)) as world:
        world.order("figures")
        sleeper = world.start(failpoint="after-begin", freeze=True, until_done=True)
        sleeper.wait_until_frozen()
        world.pass_time(LONGER_THAN_A_LEASE)
        sleeper.go_on()
        assert sleeper.wait() == 0
        world.heal()
        verdict = world.judge(healthy=False)
        assert world.count("begun") == 2
    assert verdict.breaches == ()
    assert len(world.server.sends()) == 1


@pytest.mark.parametrize("recovery", KINDS)
@pytest.mark.long
def test_what_was_on_its_way_when_he_stood_still_is_found_by_who_takes_over(tmp_path, recovery):
    with World(tmp_path, recovery, names=("a",)) as world:
        world.order("figures")
        world.server.gate.clear()
        sleeper = world.start(locked=False)
        wait_until(lambda: world.server.shown, 20, "nothing was published")
        sleeper.stop()
        world.server.gate.set()
        world.pass_time(LONGER_THAN_A_LEASE)
        second = world.start(until_done=True, locked=False)
        assert second.wait() == 0
        sleeper.go_on()
        sleeper.terminate()
        assert sleeper.wait() == 0
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    # Where nobody else could look, the answer he had in hand when he woke up says what became of it.
    assert (verdict.published, verdict.doubled, verdict.unknown) == (1, 0, 0)


def test_a_second_scheduler_on_the_folder_says_who_is_at_work_and_ends(tmp_path):
    with World(tmp_path) as world:
        world.order("figures")
        first = world.start_ready()
        assert world.start().wait() == worker.LOCKED
        first.terminate()
        assert first.wait() == 0
        said = (tmp_path / "worker.log").read_text(encoding="utf-8")
    assert f"process {first.process.pid} " in said
    assert "another scheduler is at work here" in said


@pytest.mark.long
def test_two_schedulers_that_no_lock_keeps_apart_send_everything_once(tmp_path):
    with World(tmp_path, Recovery.BLIND, names=("a", "b", "c")) as world:
        for number in range(18):
            world.order(f"post-{number}", "abc"[number % 3], after=number / 2)
        lives = [world.start(until_done=True, locked=False) for _ in range(2)]
        assert [life.wait() for life in lives] == [0, 0]
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert (verdict.published, verdict.doubled, verdict.unknown) == (18, 0, 0)
    assert len(world.server.sends()) == 18


def test_asked_to_end_it_finishes_what_is_being_sent_and_begins_nothing_more(tmp_path):
    with World(tmp_path, Recovery.BLIND, names=("a",)) as world:
        world.order("first")
        world.order("second")
        world.server.gate.clear()
        life = world.start_ready()
        wait_until(lambda: world.server.shown, 20, "nothing was published")
        life.terminate()
        world.server.gate.set()
        assert life.wait() == 0
        assert {row.key: row.state for row in world.rows()} == {
            "2027/first/a": "published",
            "2027/second/a": "scheduled",
        }
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert (verdict.published, verdict.doubled, verdict.unknown) == (2, 0, 0)


def test_asked_twice_to_end_it_goes_at_once_and_the_next_start_looks(tmp_path):
    with World(tmp_path, Recovery.PROBE, names=("a",)) as world:
        world.order("figures")
        world.server.gate.clear()
        life = world.start_ready()
        wait_until(lambda: world.server.shown, 20, "nothing was published")
        life.terminate()
        wait_until(lambda: world.clock.asked, 20, "it did not hear that it is to end")
        life.terminate()
        assert life.wait() == 128 + signal.SIGTERM
        world.server.gate.set()
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert (verdict.published, verdict.doubled) == (1, 0)


SAYING_NOTHING = (Act.DROP, Act.LATE, Act.LATE_ANSWER, Act.FAIL_AFTER, Act.LOSE, Act.FAIL_BEFORE)


@pytest.mark.parametrize("recovery", quick_and_long(KINDS))
@pytest.mark.long
def test_an_answer_that_says_nothing_is_not_sent_again_before_somebody_has_looked(tmp_path, recovery):
    with World(tmp_path, recovery, names=("a",)) as world:
        for number in range(len(SAYING_NOTHING)):
            world.order(f"post-{number}")
        world.server.script.extend(SAYING_NOTHING)
        assert world.start(until_done=True).wait() == 0
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert verdict.doubled == 0
    if recovery is Recovery.BLIND:
        assert (verdict.published, verdict.unknown) == (4, len(SAYING_NOTHING))
