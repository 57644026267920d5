"""Killed at every place that has a name, on every kind of platform: once each part, and nothing lost.

A part that nobody can ask for may stay unknown, but then somebody was told.
"""

import pytest

from scheduler.delivery import failpoints
from scheduler.platforms.base import Recovery
from tests.faults.cases import REPEATING, die_at, died_at, reachable
from tests.faults.thorough import THOROUGH
from tests.faults.world import World
from tests.thorough import quick_and_long

HALF = len(failpoints.NAMES) // 2
APART = ("after-begin", "after-send", "after-find", "before-reconciled")
"""Where the classes go different ways; elsewhere one dies for all of them in the short run."""


def worlds():
    """Each a class and the places it dies at; the one that reaches all of them in two halves."""
    yield Recovery.RESEND_SAFE, failpoints.NAMES[:HALF]
    yield Recovery.RESEND_SAFE, failpoints.NAMES[HALF:]
    for recovery in Recovery:
        if recovery is not Recovery.RESEND_SAFE:
            yield recovery, reachable(recovery) if THOROUGH else APART


@pytest.mark.parametrize(("recovery", "names"), quick_and_long(worlds()))
def test_killed_at_every_named_place_each_part_is_out_once(tmp_path, recovery, names):
    with World(tmp_path, recovery, names=("a",)) as world:
        missed = [name for number, name in enumerate(names) if not died_at(world, name, number)]
        world.heal()
        verdict = world.judge()
    assert verdict.breaches == ()
    assert verdict.doubled == 0
    assert missed == []


def test_every_named_place_is_died_at_in_the_short_run():
    assert {name for _, names in worlds() for name in names} == set(failpoints.NAMES)


@pytest.mark.parametrize("recovery", [one for one in Recovery if one is not Recovery.RESEND_SAFE])
@pytest.mark.long
def test_nothing_is_sent_again_unseen_where_that_could_double(tmp_path, recovery):
    with World(tmp_path, recovery, names=("a",)) as world:
        ends = [die_at(world, name, number) for number, name in enumerate(sorted(REPEATING))]
    assert ends == [0, 0]
