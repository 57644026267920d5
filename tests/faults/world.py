"""A world: a platform, a fast clock, a data folder with a queue, and the lives of the schedulers in it.

with World(folder, Recovery.PROBE) as world:
    world.order("figures", "a", texts=("One.", "Two."))
    life = world.start(failpoint="after-send")
    life.wait()
    world.heal()
    assert world.judge().breaches == ()
"""

import contextlib
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.delivery import Timings
from scheduler.model import Delivery, Mode
from scheduler.platforms.base import Recovery
from scheduler.store import Store
from tests.faults import oracle, worker
from tests.faults.clock import SPEED, Clock
from tests.faults.server import Listing, Server, always_well
from tests.postgres import on_a_server, url_of
from tests.store.kit import ABC, DAY, HOUR, MINUTE, NOON, channel, delivery, image, opened, policy

FILES = {ABC: b"abc"}
ROUNDS = 4
"""How often a person comes by in the end."""

CERTAIN = frozenset({Recovery.RESEND_SAFE, Recovery.PROBE})
"""Classes A and B of the promise: the platform itself can tell."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.worker", "tests.faults.control"])


@dataclass
class Running:
    """A process under test. Signals go to it alone, by its id."""

    process: multiprocessing.process.BaseProcess

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """Stand still until `go_on`."""
        self.signal(signal.SIGSTOP)
        self.wait_until_frozen()

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def terminate(self) -> None:
        self.signal(signal.SIGTERM)

    def wait(self, seconds: float = 60.0) -> int:
        """Its exit code, negative for a signal. Fails where it does not end."""
        self.process.join(seconds)
        code = self.process.exitcode
        if code is None:
            self.signal(signal.SIGKILL)
            self.process.join(10)
            raise AssertionError(f"a worker was still running after {seconds:g} s")
        return code

    @property
    def is_over(self) -> bool:
        return self.process.exitcode is not None

    @property
    def was_killed(self) -> bool:
        return self.process.exitcode == -signal.SIGKILL

    def wait_until_frozen(self, seconds: float = 20.0) -> None:
        """Until it has stopped still at its failpoint."""
        wait_until(self._is_frozen, seconds, "the worker did not come to its failpoint")

    def _is_frozen(self) -> bool:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
            return status.rpartition(")")[2].split()[0] == "T"
        return False


def wait_until(met, seconds: float, words: str) -> None:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise AssertionError(words)
        time.sleep(0.002)


class World:
    """See the module. `names` are its channels; `speed` how fast its clock runs; `url` its database on a
    server.
    """

    def __init__(
        self,
        folder: Path,
        recovery: Recovery = Recovery.PROBE,
        *,
        names: tuple[str, ...] = ("a", "b"),
        speed: float = SPEED,
        timings: Timings | None = None,
        url: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.recovery = folder, recovery
        self.url = url or (url_of(folder) if on_a_server() else None)
        self.timings = timings or Timings()
        self._names, self.channels = names, ()
        self.clock = Clock.create(folder / "clock", NOON, speed)
        self.server = Server(self.clock, late=self.clock.real(1.6 * self.timings.deadline), host=host)
        self.orders: dict[str, Delivery] = {}
        self.plan: dict[str, Delivery] = {}
        self.away: set[str] = set()
        self.healed_at: datetime | None = None
        self.asked: frozenset[str] = frozenset()
        self.lives: list[Running] = []
        self._queued = False

    def __enter__(self) -> "World":
        self.server.__enter__()
        told = {"platform": "loop", "base_url": self.server.base_url}
        self.channels = tuple(channel(name, **told) for name in self._names)
        self.store().close() if self.url is not None else opened(self.folder).close()
        return self

    def __exit__(self, *error) -> None:
        for life in self.lives:
            if not life.is_over:
                life.kill()
        self.server.__exit__(*error)

    # The queue

    def order(self, post: str, channel: str = "a", *, after: float = 0.0, image_too: bool = False, **more):
        """Queue a post, due `after` seconds of the world's clock from now."""
        due = self.clock.true() + timedelta(seconds=after)
        shown = (image(ABC),) if image_too else ()
        more.setdefault("texts", (f"The words of {post} on {channel}.",))
        made = delivery(post, channel, due, images=shown, expires=due + DAY, **more)
        self.orders[made.key] = self.plan[made.key] = made
        self._queued = False
        return made

    def queue(self) -> None:
        """Bring the plan into the table before anything of it is due; `start` does it where it was not
        done.
        """
        if not self._queued:
            with self.store() as store:
                store.sync(tuple(self.plan.values()), FILES, NOON - MINUTE, accept_removals=True)
            self._queued = True

    def store(self) -> Store:
        """The table, for a person or a test to look into. Close it before the next life."""
        store = Store.open(self.folder, Mode.LIVE, url=self.url)
        store.policy = policy(*self.channels)
        return store

    def edit(self, key: str, text: str) -> None:
        """Other words in a post's file; the next scheduler reads them."""
        known = self.plan[key]
        parts = tuple(
            replace(part, text=f"{number}: {text}") for number, part in enumerate(known.message.parts)
        )
        self.plan[key] = replace(known, message=replace(known.message, parts=parts))

    def remove(self, key: str) -> None:
        """The post is taken out of its file: it need not go out any more."""
        del self.plan[key]
        self.away.add(key)

    def bring_back(self, key: str) -> None:
        self.plan[key] = self.orders[key]

    def lift_holds(self) -> bool:
        """A person lifts every hold and gives what lapsed under it a new time. False: there was none."""
        now = self.clock.true()
        with self.store() as store:
            holds = store.holds()
            lapsed = {key for hold in holds for key in store.lift(hold.id, "a person", now).lapsed}
            for key in lapsed:
                store.retry(key, now + timedelta(seconds=1), now + HOUR, "a person", now)
        return bool(holds)

    # Lives

    def start(self, **told) -> Running:
        """A scheduler begins; `told` are the fields of worker.Life that differ."""
        self.queue()
        return self.process(worker.main, self.life(**told))

    def life(self, **told) -> worker.Life:
        plain = worker.Life(
            self.folder,
            self.clock,
            self.server.base_url,
            self.recovery,
            self.channels,
            tuple(self.plan.values()),
            files=FILES,
            timings=self.timings,
            url=self.url,
        )
        return replace(plain, **told)

    def process(self, target, *args) -> Running:
        process = _processes.Process(target=target, args=args, daemon=True)
        process.start()
        self.lives.append(Running(process))
        return self.lives[-1]

    def start_ready(self, **told) -> Running:
        """A scheduler that has read its posts and is at work."""
        self.queue()
        return self.process_ready(worker.main, self.life(**told))

    def process_ready(self, target, *args) -> Running:
        before = self.clock.ready
        life = self.process(target, *args)
        wait_until(lambda: self.clock.ready > before or life.is_over, 30, "the worker did not start")
        return life

    def count(self, event: str) -> int:
        """How often something happened, over all deliveries."""
        with self.store() as store:
            return sum(one.event == event for key in self.orders for one in store.history(key))

    def pass_time(self, span: timedelta) -> None:
        """Let time go by while no scheduler is at work; what the platform has begun it finishes first."""
        self.server.wait_until_quiet()
        self.clock.move(span)

    # The end

    def heal(self) -> None:
        """Nothing is wrong from here on; a scheduler works until only a person can help, then one does."""
        self.server.wait_until_quiet()
        self.server.script.clear()
        self.server.mood = always_well
        self.server.listing = Listing()
        self.clock.wrong(timedelta(0))
        self.healed_at = self.clock()
        # A look may be half an hour away by now, which is in order: a person is to look, and was told.
        self.asked = frozenset(one.key for one in self.rows() if one.state == "unknown" and one.noticed)
        for _ in range(ROUNDS):
            code = self.start(until_done=True).wait(120)
            assert code == 0, f"the healing scheduler ended with {code}; see {self.folder / 'worker.log'}"
            if not self._person_helps():
                return

    def _person_helps(self) -> bool:
        """Lift every hold; give a new time to what was missed, and to threads that a day was too short for.
        False: nothing was to do.
        """
        lifted, now = self.lift_holds(), self.clock.true()
        with self.store() as store:
            ended = {one.key for one in store.statuses(now) if one.state in ("missed", "refused")} - self.away
            for key in ended:
                store.retry(key, now + timedelta(seconds=1), now + HOUR, "a person", now)
        return lifted or bool(ended)

    def judge(self, *, early: timedelta = timedelta(0), healthy: bool = True) -> oracle.Verdict:
        """What the oracle says of it all."""
        queued = [oracle.Queued(one.key, one.due, len(one.message.parts)) for one in self.orders.values()]
        seen = [oracle.Seen(one.key, one.id, one.at) for one in self.server.shown if not one.by_hand]
        requests = [oracle.Request(one.key, one.at) for one in self.server.sends()]
        within = 2 * self.timings.lease + self.timings.settle + ALLOWANCE
        well = oracle.Healthy(self.healed_at, within, self.asked) if healthy and self.healed_at else None
        return oracle.judge(
            queued,
            seen,
            requests,
            self.rows(),
            certain=self.recovery in CERTAIN,
            healthy=well,
            early=early,
            ordered_away=self.away,
        )

    def rows(self) -> list[oracle.Row]:
        """The table in the oracle's words."""
        now = self.clock()
        with self.store() as store:
            asked = {notice.key for notice in store.notices()}
            return [self._row(store, status, status.key in asked) for status in store.statuses(now)]

    def _row(self, store: Store, status, noticed: bool) -> oracle.Row:
        events = store.history(status.key)
        names = oracle.part_keys(status.key, len(status.message.parts))
        begun = {
            name: tuple(one.at for one in events if one.event == "begun" and one.part == number)
            for number, name in enumerate(names)
        }
        receipts = tuple(one.remote_id for one in status.receipts)
        times = tuple(one.at for one in events if one.event != "notice")
        return oracle.Row(status.key, str(status.state), receipts, begun, times, noticed)


ALLOWANCE = timedelta(minutes=3)
"""On top of 2 × lease + settle: the pauses after interrupted preparations, and others first on a channel."""
