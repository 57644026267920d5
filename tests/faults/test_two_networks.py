"""Two machines at cables of their own, and one is pulled: another process, another network, real silence."""

import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import networks, own_mounts, worker
from tests.faults.cluster import Cluster
from tests.faults.machines import Machines
from tests.faults.world import wait_until

pytestmark = pytest.mark.a_server

SPACES = ("--mount", "--net")
REACHABLE = {"listen_addresses": "*"}
LET_IN = f"host all all {networks.EVERY_MACHINE} trust"
SCENE = {"names": ("a", "b"), "count": 2, "speed": 10, "host": ""}
LATER = timedelta(hours=1)


def test_a_machine_whose_cable_is_pulled_in_mid_send_is_replaced_and_nothing_goes_out_twice():
    """Row 11. It takes the server eleven seconds to believe that a machine that says nothing is gone."""
    found = own_mounts.played(cable_pulled, spaces=SPACES, seconds=120)
    assert found == {"out": ["2027/first/a", "2027/second/b"], "breaches": [], "sends": 2}


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
