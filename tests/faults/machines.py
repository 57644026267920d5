"""Several machines with one PostgreSQL server: each has its own data folder and its own way to the server.

with Cluster() as server, Machines(folder, Recovery.PROBE, server) as world:
    world.order("figures", "a")
    world.up(0), world.up(1), world.up(2)
    world.kill(1)
    world.down()
    world.heal()
"""

import contextlib
import signal
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.store import Store
from tests.faults import worker
from tests.faults.proxy import Proxy
from tests.faults.world import World, wait_until

COUNT = 3
CHANNELS = ("a", "b", "c", "d")
IN_FLIGHT = "SELECT key, state FROM {}.deliveries WHERE owner = '{}' AND state IN ('preparing', 'sending')"

OPEN = "SELECT 1 FROM {}.deliveries WHERE state IN ('scheduled', 'preparing', 'sending') LIMIT 1"

SEEN_TO = frozenset({"interrupted", "found", "absent", "cannot tell", "begun", "published", "given back"})
"""Events that end the wait for a machine that is gone."""


@dataclass(frozen=True)
class Orphan:
    """A delivery that a machine had in flight when it was killed."""

    key: str
    state: str
    since: datetime


class Machines(World):
    """A world whose machines share a schema of `server`; each goes there by a proxy of its own."""

    def __init__(self, folder, recovery, server, *, names=CHANNELS, count=COUNT, **more):
        self.cluster, self.schema = server, "w" + folder.name.replace("-", "_").lower()
        super().__init__(folder, recovery, names=names, url=server.schema(self.schema), **more)
        self.proxies = [Proxy(server.port) for _ in range(count)]
        self.machines = [None] * count
        self.orphans, self.killed_at = [], []
        self.spared = None
        """The number of a machine that is never killed, if there is one."""
        self._generation = 0

    def __exit__(self, *error):
        super().__exit__(*error)
        for proxy in self.proxies:
            proxy.__exit__()

    # Machines

    def life_of(self, number, **told):
        """What the scheduler on a machine is told."""
        self._generation += 1
        own = {
            "folder": self.folder / f"machine-{number}",
            "world": self.folder,
            "url": self.cluster.schema(self.schema, self.proxies[number].port),
            "owner": f"machine-{number}:{self._generation}",
        }
        return self.life(**(own | told))

    def up(self, number, **told):
        """Start a machine's scheduler, and wait until it is at work."""
        self.queue()
        life = self.life_of(number, **told)
        self.machines[number] = (self.process_ready(worker.main, life), life.owner)
        return self.machines[number][0]

    def is_up(self, number):
        return self.machines[number] is not None and not self.machines[number][0].is_over

    def kill(self, number):
        """kill -9; what it had in flight is noted. False where it was gone already."""
        running, owner = self.machines[number]
        was_alive = not running.is_over
        running.kill()
        since = self.clock.true()
        self.killed_at.append(since)
        if was_alive:
            self.orphans += [Orphan(key, state, since) for key, state in self._in_flight(owner)]
        return was_alive

    def _in_flight(self, owner):
        with contextlib.suppress(Exception):
            return self.cluster.execute(IN_FLIGHT.format(self.schema, owner))
        return []

    def freeze(self, number, span):
        """A machine stands still for so long by the world's clock, while the others work on."""
        running = self.machines[number][0]
        if running.is_over:
            return
        running.signal(signal.SIGSTOP)
        time.sleep(self.clock.real(span))
        running.go_on()

    def down(self):
        """Every machine is asked to stop, and does."""
        running = [one[0] for one in self.machines if one is not None]
        for one in running:
            one.go_on()
            one.terminate()
        for one in running:
            with contextlib.suppress(AssertionError):
                one.wait(30)

    def all_done(self):
        """Whether nothing is on its way and nothing is waiting to go."""
        return not self.cluster.execute(OPEN.format(self.schema))

    def work_until_done(self, seconds=60):
        """Let the machines work until everything has gone, or is somebody's to decide."""
        with contextlib.suppress(AssertionError):
            wait_until(self.all_done, seconds, "")

    def go_over_to(self, server):
        """The machines find another server at the address they know."""
        self.cluster = server
        self.url = server.schema(self.schema)
        for proxy in self.proxies:
            proxy.target = server.port
            proxy.reset()

    # What came of it

    def taken_over(self) -> list[timedelta]:
        """How long each delivery of a killed machine waited for another one to see to it; but for those that
        may have lost that one too: it took them up and was killed itself, or, where no machine is spared, one
        was killed when the time to take over had come.
        """
        with self.store() as store:
            spans = (self._waited(store, one) for one in self.orphans)
            return sorted(span for span in spans if span is not None)

    def _waited(self, store: Store, orphan: Orphan) -> timedelta | None:
        story = store.history(orphan.key)
        first = min((e.at for e in story if e.at > orphan.since and e.event in SEEN_TO), default=None)
        if first is None:
            return None
        again = (one.since for one in self.orphans if one.key == orphan.key)
        others = () if self.spared is not None else self.killed_at
        its_time = orphan.since + self.timings.lease
        is_lost_twice = any(orphan.since < at < first for at in again) or any(
            its_time < at < first for at in others
        )
        return None if is_lost_twice else first - orphan.since
