"""Killed at every place that has a name, on every kind of platform: once each part, and nothing lost.

A part that nobody can ask for may stay unknown, but then somebody was told.
"""

import signal

import pytest

from scheduler.delivery import failpoints
from scheduler.platforms.base import Recovery
from tests.faults.cases import die_at
from tests.faults.world import World

REPEATING = {"before-repeat", "after-reclaim"}
TRIES = {True: 5, False: 1}


@pytest.mark.parametrize("recovery", list(Recovery))
def test_killed_at_every_named_place_each_part_is_out_once(tmp_path, recovery):
    died, reached = set(), set(failpoints.NAMES)
    reached -= set() if recovery is Recovery.RESEND_SAFE else REPEATING
    with World(tmp_path, recovery, names=("a",)) as world:
        for number, name in enumerate(failpoints.NAMES):
            # Some places last a moment only, and a busy machine may be past them: then once more.
            tries = (die_at(world, name, f"{number}-{turn}") for turn in range(TRIES[name in reached]))
            died |= {name} if -signal.SIGKILL in tries else set()
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert verdict.doubled == 0
    assert died == reached
