"""What is done to a world: one function for each kind of trouble, seeded, for the short run and the long."""

import contextlib
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from scheduler.delivery import failpoints
from scheduler.platforms.base import Recovery
from tests.faults import control
from tests.faults.oracle import Verdict
from tests.faults.server import Act, Listing
from tests.faults.world import Running, World

IN_DOUBT = frozenset({"before-find", "after-find", "before-reconciled", "after-reconciled"})
REPEATING = frozenset({"before-repeat", "after-reclaim"})
WAITING = frozenset({"waiting-for-due", "before-give-back", "after-give-back"})
JOURNAL = frozenset({"before-journal", "after-journal"})
TRIES = 10
"""Some places last a moment only, and a busy machine may be past them: then once more."""


@dataclass(frozen=True)
class Result:
    """One run: what was done, and what the oracle says.

    `control` counts what the naive queue doubled, `places` the deaths at each failpoint, `orphans`
    what machines had in flight when they were killed, `taken_over` the seconds until another one saw to it.
    """

    case: str
    recovery: Recovery
    seed: int
    verdict: Verdict
    kills: int = 0
    interrupted: int = 0
    control: int = 0
    places: tuple[tuple[str, int], ...] = ()
    taken_over: tuple[float, ...] = ()
    orphans: int = 0

    @property
    def replay(self) -> str:
        return f"python -m tests.faults.long --seed {self.seed} --case {self.case} --recovery {self.recovery}"


def die_at(world: World, name: str, number: int | str = 0, passes: int = 0) -> int:
    """One life that ends at a failpoint, with whatever it takes to come there; answers its exit code."""
    texts = (f"One of {number}.", f"Two of {number}.")
    world.order(f"thread-{number}", "a", after=70 if name in WAITING else 0, texts=texts, image_too=True)
    in_doubt = name in IN_DOUBT or name in REPEATING
    world.server.script.extend([Act.DROP] * (1 + passes) if in_doubt else [])
    world.server.listing = Listing(down=name in REPEATING and world.recovery is Recovery.RESEND_SAFE)
    life = world.start(
        failpoint=name, passes=passes, until_done=True, refusing=1 + passes if name in JOURNAL else 0
    )
    code = life.wait()
    world.server.script.clear()
    world.server.listing = Listing()
    world.server.wait_until_quiet()
    return code


def died_at(world: World, name: str, number: int, passes: int = 0) -> bool:
    """Whether one of a few lives ended there; a later pass than the first is tried for once only."""
    lives = (die_at(world, name, f"{number}-{turn}", 0 if turn else passes) for turn in range(TRIES))
    return -signal.SIGKILL in lives


def reachable(recovery: Recovery) -> tuple[str, ...]:
    """The failpoints of a class: only where it cannot double anything is ever sent again."""
    again = recovery is Recovery.RESEND_SAFE
    return tuple(name for name in failpoints.NAMES if again or name not in REPEATING)


CHANNELS = ("a", "b", "c")


def kills(folder: Path, recovery: Recovery, seed: int, count: int = 12, *, beside: bool = True) -> Result:
    """kill -9 at random moments over and over, then one life in peace; the naive queue `beside` it."""
    chance = random.Random(seed)
    with World(folder / "ours", recovery, names=CHANNELS) as world:
        world.server.before = world.server.after = 0.02
        _fill(world, chance, count)
        killed = sum(_killed_once(world, chance) for _ in range(count))
        world.heal()
        verdict = world.judge()
        interrupted = world.count("unknown")
    doubles = naive(folder / "naive", seed, count) if beside else 0
    return Result("kills", recovery, seed, verdict, killed, interrupted, doubles)


def _fill(world: World, chance: random.Random, count: int) -> None:
    """About as much work as so many lives can do, threads and pictures among it."""
    for number in range(count * 2):
        texts = (f"One of {number}.", f"Two of {number}.") if number % 5 == 0 else (f"Words of {number}.",)
        after = chance.uniform(0, 30.0 * count)
        world.order(
            f"post-{number}", CHANNELS[number % 3], after=after, texts=texts, image_too=number % 4 == 1
        )


def _killed_once(world: World, chance: random.Random) -> bool:
    """A life, ended at any moment of it; the next begins at once, or after a while."""
    life = world.start_ready()
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0.0, 0.5))
    else:
        _until_something_is_sent(world)
        time.sleep(chance.uniform(0.0, 0.06))
    was_alive = not life.is_over
    life.kill()
    if chance.random() < 0.6:
        world.pass_time(timedelta(seconds=chance.uniform(0, 90)))
    return was_alive


def _until_something_is_sent(world: World) -> None:
    before, end = len(world.server.sends()), time.monotonic() + 2
    while len(world.server.sends()) == before and time.monotonic() < end:
        time.sleep(0.002)


def naive(folder: Path, seed: int, count: int) -> int:
    """The same kills on a queue that sends again; answers how many posts it doubled."""
    chance = random.Random(seed)
    with World(folder, Recovery.BLIND, names=CHANNELS) as world:
        world.server.before = world.server.after = 0.02
        items = [
            (f"post-{n}", CHANNELS[n % 3], f"Words of {n}.", chance.uniform(0, 8.0 * count))
            for n in range(count * 2)
        ]
        told = control.Naive(folder / "queue.db", world.clock, world.server.base_url)
        control.queue(told.path, items)
        for _ in range(count):
            life = world.process_ready(control.main, told)
            time.sleep(chance.uniform(0.0, 0.25))
            life.kill()
        world.clock.move(timedelta(hours=1))
        assert world.process(control.main, told).wait() == 0
        keys = [one.key for one in world.server.shown]
    return len(keys) - len(set(keys))


def failpoints_at(folder: Path, recovery: Recovery, seed: int, rounds: int = 1) -> Result:
    """A death at every failpoint of the class, `rounds` times, the pass drawn anew; then a life in peace."""
    chance = random.Random(seed)
    with World(folder, recovery, names=("a",)) as world:
        names = [name for name in reachable(recovery) for _ in range(rounds)]
        chance.shuffle(names)
        died = Counter(
            name
            for number, name in enumerate(names)
            if died_at(world, name, number, chance.choice((0, 0, 1)))
        )
        world.heal()
        verdict = world.judge()
        interrupted = world.count("unknown")
    return Result(
        "failpoints", recovery, seed, verdict, died.total(), interrupted, places=tuple(died.items())
    )


MOODS = (
    *(Act.PUBLISH,) * 8,
    Act.DROP,
    Act.LATE,
    Act.LATE_ANSWER,
    Act.FAIL_BEFORE,
    Act.FAIL_AFTER,
    Act.LOSE,
    Act.THROTTLE,
    Act.LOCK_OUT,
    Act.FORBID,
)
LISTINGS = (Listing(), Listing(), Listing(lag=timedelta(seconds=20)), Listing(down=True))


def mix(folder: Path, recovery: Recovery, seed: int, steps: int = 12) -> Result:
    """Everything at once: answers of every kind, kills, freezes, holds, edits, a clock set wrong, two
    schedulers.
    """
    chance = random.Random(seed)
    with World(folder, recovery, names=CHANNELS) as world:
        mood = random.Random(seed + 1)
        world.server.mood = lambda key: mood.choice(MOODS)
        _fill(world, chance, steps)
        world.queue()
        killed = 0
        for step in range(steps):
            world.server.listing = chance.choice(LISTINGS)
            chance.choice(STEPS)(world, chance)
            killed += _mixed_life(world, chance, step)
        world.heal()
        verdict = world.judge(early=CLOCK_ERROR, healthy=False)
        interrupted = world.count("unknown")
    return Result("mix", recovery, seed, verdict, killed, interrupted)


CLOCK_ERROR = timedelta(seconds=30)
"""A clock so far off is still believed."""


def _mixed_life(world: World, chance: random.Random, step: int) -> bool:
    """One life among troubles, or two side by side that no lock keeps apart."""
    alone = chance.random() < 0.75
    told = {"locked": alone, "trusting": False, "plan": tuple(world.plan.values())}
    if chance.random() < 0.3:
        told |= {"failpoint": chance.choice(failpoints.NAMES), "passes": chance.randrange(3)}
    if chance.random() < 0.2:
        told["refusing"] = chance.randrange(1, 3)
    lives = [world.start_ready(**told) for _ in range(1 if alone else 2)]
    time.sleep(chance.uniform(0.0, 0.4))
    for life in lives:
        chance.choice(ENDINGS)(world, life)
    if chance.random() < 0.5:
        world.pass_time(timedelta(seconds=chance.uniform(0, 120)))
    return any(life.was_killed for life in lives)


def _kill(world: World, life: Running) -> None:
    life.kill()


def _ask(world: World, life: Running) -> None:
    """As a supervisor does: SIGTERM, and after a while no more patience."""
    life.terminate()
    with contextlib.suppress(AssertionError):
        life.wait(5)


def _freeze_then_kill(world: World, life: Running) -> None:
    """Still for longer than a lease, awake for a moment, then gone."""
    if life.is_over:
        return
    life.signal(signal.SIGSTOP)
    world.pass_time(timedelta(seconds=60))
    life.go_on()
    time.sleep(0.05)
    life.kill()


ENDINGS = (_kill, _kill, _ask, _freeze_then_kill)


def _nothing(world: World, chance: random.Random) -> None:
    """Not everything is always wrong."""


def _hold(world: World, chance: random.Random) -> None:
    with world.store() as store:
        scope, value = chance.choice((("all", ""), ("channel", "a"), ("post", "post-3")))
        store.hold(scope, value, "somebody asked to wait", "a person", world.clock.true())


def _release(world: World, chance: random.Random) -> None:
    """What lapsed under it gets a new time, as `release` offers."""
    world.lift_holds()


def _edit(world: World, chance: random.Random) -> None:
    """Other words for a post, by whoever edits its file."""
    key = chance.choice(sorted(world.plan))
    world.edit(key, f"Other words {chance.randrange(1000)}.")


def _remove(world: World, chance: random.Random) -> None:
    """A post's file is gone; it comes back later or never."""
    key = chance.choice(sorted(world.orders))
    world.remove(key) if key in world.plan else world.bring_back(key)


def _set_the_clock(world: World, chance: random.Random) -> None:
    """By an hour it is noticed, by some seconds it is not."""
    world.clock.wrong(timedelta(seconds=chance.choice((-3600, -20, 0, 0, 20, 3600, 31_536_000))))


STEPS = (_nothing, _nothing, _hold, _release, _edit, _remove, _set_the_clock)
