"""Machines at cables of their own that are pulled: other processes, other networks, real silence."""

import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import networks, own_mounts, several, worker
from tests.faults.cluster import Cluster
from tests.faults.machines import COUNT, Machines
from tests.faults.world import wait_until
from tests.thorough import THOROUGH

pytestmark = pytest.mark.a_server

SPACES = ("--mount", "--net")
REACHABLE = {"listen_addresses": "*"}
LET_IN = f"host all all {networks.EVERY_MACHINE} trust"
SCENE = {"names": ("a", "b"), "count": 2, "speed": 10, "host": ""}
LATER = timedelta(hours=1)
ROUNDS = 2 if THOROUGH else 1
"""In each a machine is killed, one stands still, and two are cut off, for a moment and for long."""


def test_a_machine_whose_cable_is_pulled_in_mid_send_is_replaced_and_nothing_goes_out_twice():
    """Row 11. It takes the server eleven seconds to believe that a machine that says nothing is gone."""
    found = own_mounts.played(cable_pulled, spaces=SPACES, seconds=120)
    assert found == {"out": ["2027/first/a", "2027/second/b"], "breaches": [], "sends": 2}


@pytest.mark.parametrize("seed", [11, 12] if THOROUGH else [11])
def test_three_machines_killed_frozen_and_cut_off_at_random_send_everything_once(seed):
    """Row 11."""
    found = own_mounts.played(any_trouble, seed, spaces=SPACES, seconds=300)
    assert found["breaches"] == []
    assert found["troubles"] == 4 * ROUNDS
    assert found["posts"] == found["out"] > 0


class Wired(Machines):
    """Machines that reach server and platform by cables alone."""

    def life_of(self, number, **told):
        url = self.cluster.schema(self.schema).replace("127.0.0.1", networks.HERE.format(number))
        return super().life_of(number, url=url, **told)

    def up(self, number):
        self.queue()
        life = self.life_of(number)
        running = self.process_ready(networks.on_machine, number, _work, number, self.server.port, life)
        self.machines[number] = (running, life.owner)
        return running


def _work(number, port, life):
    networks.relay(port, number)
    worker.main(life)


def cable_pulled():
    networks.lay(0, 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        Cluster(REACHABLE, lines=[LET_IN]) as server,
        Wired(Path(folder, "w"), Recovery.PROBE, server, **SCENE) as world,
    ):
        world.server.before = 0.5
        world.order("first", "a", after=LATER.total_seconds())
        world.order("second", "b", after=LATER.total_seconds() + 60)
        world.up(0)
        world.clock.move(LATER)
        wait_until(world.server.sends, 30, "the first machine sent nothing")
        networks.pull(0)
        world.up(1)
        wait_until(lambda: len(world.server.shown) == 2 and world.all_done(), 60, "nobody took over")
        networks.plug_in(0)
        time.sleep(2.0)  # what it still has in hand it may say now
        world.down()
        verdict = world.judge()
        return {
            "out": sorted(one.key for one in world.server.shown),
            "breaches": [str(one) for one in verdict.breaches],
            "sends": len(world.server.sends()),
        }


def any_trouble(seed):
    """Three machines at work, and what befalls them, in the order of the seed."""
    chance, numbers = random.Random(int(seed)), range(COUNT)
    networks.lay(*numbers)
    troubles = [_kill, _stand_still, _cut_off, _cut_off_for_long] * ROUNDS
    chance.shuffle(troubles)
    with (
        tempfile.TemporaryDirectory() as folder,
        Cluster(REACHABLE, lines=[LET_IN]) as server,
        Wired(Path(folder, "w"), Recovery.PROBE, server, speed=10, host="") as world,
    ):
        world.server.before = world.server.after = 0.05
        several.fill(world, chance, len(troubles), pace=20.0)
        for number in numbers:
            world.up(number)
        for trouble in troubles:
            several.until_something_is_sent(world)
            time.sleep(chance.uniform(0.0, 0.06))
            trouble(world, chance.randrange(COUNT))
        several.end(world)
        verdict = world.judge()
        return {
            "breaches": [str(one) for one in verdict.breaches],
            "troubles": len(troubles),
            "posts": len(world.orders),
            "out": len({one.key.partition("#")[0] for one in world.server.shown}),
        }


def _kill(world, number):
    world.kill(number)
    world.up(number)


def _stand_still(world, number):
    world.freeze(number, several.LONGER_THAN_A_LEASE)


def _cut_off(world, number, seconds=1.0):
    networks.pull(number)
    time.sleep(seconds)
    networks.plug_in(number)


def _cut_off_for_long(world, number):
    """Until the server has given it up."""
    _cut_off(world, number, 12.0)
