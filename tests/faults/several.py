"""What is done to several machines with one database: kills, machines that stand still, servers and lines
that fail; seeded, for the short run and the long.
"""

import contextlib
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from scheduler.platforms.base import Recovery
from tests.faults.cases import Result
from tests.faults.cluster import Cluster
from tests.faults.machines import CHANNELS, COUNT, Machines
from tests.faults.oracle import Breach, Verdict

LONGER_THAN_A_LEASE = timedelta(seconds=60)


def machines(
    folder: Path, recovery: Recovery, seed: int, count: int = 12, server: Cluster | None = None
) -> Result:
    """kill -9 over and over on three machines that are at work at once. The others never stop; in every other
    world one of them is spared, so that there is always one to take over.
    """
    chance = random.Random(seed)
    with _server(server) as cluster, Machines(folder / f"m{seed}", recovery, cluster, speed=10) as world:
        world.server.before = world.server.after = 0.05
        fill(world, chance, count, pace=7.0)
        world.spared = chance.choice((None, COUNT - 1))
        for number in range(COUNT):
            world.up(number)
        killed = sum(_killed_once(world, chance) for _ in range(count))
        spans = end(world)
        verdict = world.judge()
        interrupted = world.count("unknown")
        orphans = len(world.orphans)
    return Result("machines", recovery, seed, verdict, killed, interrupted, taken_over=spans, orphans=orphans)


def outages(
    folder: Path, recovery: Recovery, seed: int, count: int = 10, server: Cluster | None = None
) -> Result:
    """The server stops, is killed, stands still or throws everybody out; lines break, at a COMMIT above all;
    and machines are killed among it.
    """
    chance = random.Random(seed)
    with _server(server) as cluster, Machines(folder / f"o{seed}", recovery, cluster) as world:
        world.server.before = world.server.after = 0.03
        fill(world, chance, count)
        for number in range(COUNT):
            world.up(number)
        killed = 0
        for trouble in chance.choices(TROUBLES, k=count):
            trouble(world, chance)
            killed += _killed_by_chance(world, chance)
        end(world)
        verdict = world.judge()
        interrupted = world.count("unknown")
    return Result("outages", recovery, seed, verdict, killed, interrupted)


def _killed_by_chance(world, chance):
    killed = 0
    if chance.random() < 0.3:
        killed = world.kill(chance.randrange(COUNT))
    for number in range(COUNT):
        if not world.is_up(number):
            world.up(number)
    return killed


def _work(world, chance):
    time.sleep(chance.uniform(0.1, 0.5))


def _restart(world, chance):
    world.cluster.restart(chance.choice(("fast", "immediate")), away=chance.uniform(0, 1.5))


def _throw_out(world, chance):
    _work(world, chance)
    world.cluster.cut_sessions()


def _half_alive(world, chance):
    """The server takes up connections and answers nothing."""
    world.cluster.freeze()
    time.sleep(chance.uniform(0.5, 3.0))
    world.cluster.thaw()


def _sessions_stand_still(world, chance):
    world.cluster.freeze_sessions()
    time.sleep(chance.uniform(0.5, 3.0))
    world.cluster.thaw()


def _stand_still(world, chance):
    """A machine does, for longer than a lease; what it has locked the others wait for, or the server ends."""
    _work(world, chance)
    world.freeze(chance.randrange(COUNT), LONGER_THAN_A_LEASE)


def _reset(world, chance):
    _work(world, chance)
    chance.choice(world.proxies).reset()


def _dark(world, chance):
    """A cable is pulled out for a while: nobody hears anything, and nobody is told."""
    proxy = chance.choice(world.proxies)
    proxy.go_dark()
    time.sleep(chance.uniform(0.5, 3.0))
    proxy.light_up()


def _cut_at_commit(world, chance):
    """Done or not done: who asked for it cannot know."""
    for proxy in world.proxies:
        proxy.cut_at_commit(chance.randrange(1, 12), before=chance.random() < 0.4)
    time.sleep(chance.uniform(0.3, 1.0))


TROUBLES = (
    _work,
    _restart,
    _throw_out,
    _half_alive,
    _sessions_stand_still,
    _stand_still,
    _reset,
    _dark,
    *(_cut_at_commit,) * 4,
)


def failover(folder: Path, recovery: Recovery, seed: int, server: Cluster | None = None) -> Result:
    """The server dies, and an asynchronous standby that lacks the last moments takes over, while the machines
    are at work and calls are under way.
    """
    chance = random.Random(seed)
    with _server(server) as cluster, Machines(folder / f"f{seed}", recovery, cluster) as world:
        world.server.before = world.server.after = 0.2
        order_single(world, chance, 40, 200.0)
        world.queue()
        standby = cluster.standby()
        for number in range(COUNT):
            world.up(number)
        time.sleep(chance.uniform(0.3, 1.5))
        cluster.wait_for_standby()
        standby.fall_behind()
        time.sleep(chance.uniform(0.3, 2.5))
        cluster.stop("immediate")
        killed = world.kill(chance.randrange(COUNT)) if chance.random() < 0.5 else 0
        standby.promote()
        world.go_over_to(standby)
        time.sleep(chance.uniform(0.0, 1.0))
        end(world)
        verdict = after_failover(world)
        compared = world.count("cancelled")
    return Result("failover", recovery, seed, verdict, int(killed), compared)


def order_single(world, chance, count, span):
    """Posts of one part: of a thread only a person can say how much of it is out."""
    for number in range(count):
        channel, after = CHANNELS[number % len(CHANNELS)], chance.uniform(0, span)
        world.order(f"post-{number}", channel, after=after, texts=(f"The words of {number}.",))


def after_failover(world):
    """What was out is withdrawn as such, not published by this database; the attempts at it are forgotten."""
    out = Counter(one.key for one in world.server.shown)
    breaches = [Breach("I1", key, f"out {times} times") for key, times in out.items() if times > 1]
    missing = sorted(world.orders.keys() - out.keys())
    breaches += [Breach("lost", key, "is not out") for key in missing]
    rows = world.rows()
    said = {row.key for row in rows if row.state == "published"}
    breaches += [Breach("I3", key, "is not to be seen") for key in sorted(said - out.keys())]
    unknown = [row for row in rows if row.state == "unknown"]
    doubled = sum(times - 1 for times in out.values())
    return Verdict(tuple(breaches), len(world.orders), len(out), doubled, len(missing), len(unknown))


def _server(server):
    return contextlib.nullcontext(server) if server is not None else Cluster()


def fill(world, chance, count, pace=14.0):
    """About as much work as so many troubles last, threads and pictures among it."""
    for number in range(count * 4):
        texts = (f"One of {number}.", f"Two of {number}.") if number % 5 == 0 else (f"Words of {number}.",)
        channel, after = CHANNELS[number % len(CHANNELS)], chance.uniform(0, pace * count)
        world.order(f"post-{number}", channel, after=after, texts=texts, image_too=number % 4 == 1)


def _killed_once(world, chance):
    number = chance.choice([one for one in range(COUNT) if one != world.spared])
    if not world.is_up(number):
        world.up(number)
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0.0, 0.4))
    else:
        until_something_is_sent(world)
        time.sleep(chance.uniform(0.0, 0.06))
    was_alive = world.kill(number)
    if chance.random() < 0.7:
        world.up(number)
    return was_alive


def until_something_is_sent(world):
    before, end = len(world.server.sends()), time.monotonic() + 1
    while len(world.server.sends()) == before and time.monotonic() < end:
        time.sleep(0.002)


def end(world):
    """The machines that are left finish what there is; then one of them heals the rest alone."""
    for number in range(COUNT):
        if not world.is_up(number):
            world.up(number)
    world.work_until_done(30)
    world.down()
    world.heal()
    return tuple(span.total_seconds() for span in world.taken_over())
