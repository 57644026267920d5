"""One life of a scheduler: the real Store and Engine in a process of its own, threads and all.

It is forked from a server process that has everything imported, so that a life costs tens of milliseconds.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import requests.adapters  # noqa: F401  (what the program imports late is here before the fork)
import sqlalchemy as sa
import urllib3  # noqa: F401

from scheduler.delivery import Engine, Timings, failpoints
from scheduler.errors import LockError, SchedulerError, StoreError
from scheduler.model import Channel, Delivery, Mode
from scheduler.platforms.base import Recovery
from scheduler.platforms.http import Answer, Caller
from scheduler.store import Store, locking
from tests.faults.clock import Clock
from tests.faults.kind import Loop
from tests.store.kit import policy

LOCKED, BROKEN = 3, 4
"""Exit codes: somebody else holds the folder; the engine gave up with an error."""

ENOUGH = timedelta(hours=2)
"""So long it goes on looking, once an hour, for what nobody may ever find."""

PAUSE = 0.01
"""Real seconds between looks."""


@dataclass(frozen=True)
class Life:
    """What a worker is told.

    `plan` is what the posts say now; None: they are not read. `failpoint` names where it ends after so many
    `passes`: as kill -9 does, or with `freeze` by stopping still. `until_done`: it runs until nothing can
    change without a person, and lets the time between go by at once. `locked` False: as if no lock did
    anything. `trusting` False: the clock is compared with the platform's first. `refusing`: so many answers
    the database does not take. `url`: the server's database; None for a file in the folder. `world`: the
    folder of the world, where one of several machines has a `folder` of its own. `owner`: what it is called.
    """

    folder: Path
    clock: Clock
    base_url: str
    recovery: Recovery
    channels: tuple[Channel, ...]
    plan: tuple[Delivery, ...] | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    failpoint: str | None = None
    passes: int = 0
    freeze: bool = False
    until_done: bool = False
    locked: bool = True
    trusting: bool = True
    refusing: int = 0
    url: str | None = None
    world: Path | None = None
    owner: str | None = None
    timings: Timings = field(default_factory=Timings)

    @property
    def home(self) -> Path:
        return self.world or self.folder

    def caller(self, channel: str) -> Caller:
        deadline = timedelta(seconds=self.clock.real(self.timings.deadline))
        return Caller(channel, self.base_url, deadline=deadline, clock=self.clock)


def account_of(folder: Path, channel: str) -> str:
    """Every world has accounts of its own: two worlds never speak for the same one."""
    return f"{channel}-{folder.stat().st_ino}"


def main(life: Life) -> None:
    """The process: exits 0 when it is done or asked to stop, LOCKED or BROKEN where it could not work."""
    logging.basicConfig(filename=life.home / "worker.log", level=logging.WARNING)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: _asked_to_end(life, stop))
    if life.failpoint is not None:
        act = _freeze if life.freeze else failpoints.die
        failpoints.arm(life.failpoint, act, passes=life.passes)
    try:
        _live(life, stop)
    except LockError as error:
        logging.warning("%s", error)
        raise SystemExit(LOCKED) from None
    except SchedulerError as error:
        logging.warning("%s", error)
        raise SystemExit(BROKEN) from None


def _asked_to_end(life: Life, stop: threading.Event) -> None:
    """The first time what is under way is finished, as the service does it; the second time nothing is."""
    if stop.is_set():
        os._exit(128 + signal.SIGTERM)
    stop.set()
    life.clock.say_asked()


def _freeze() -> None:
    failpoints.disarm()
    # To this very thread: sent to the process, it could run on for a moment.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _live(life: Life, stop: threading.Event) -> None:
    clock = life.clock
    with ExitStack() as stack:
        opened = Grudging.open(life.folder, Mode.LIVE, url=life.url, owner=life.owner)
        store = stack.enter_context(opened)
        store.policy, store.refusing = policy(*life.channels), life.refusing
        if life.url is not None:
            # The world's clock is the server's too.
            store._database.now = lambda connection, now: clock()
        if life.locked:
            stack.enter_context(store.lock(clock(), "run --live"))
            store.settle_in(clock())
        else:
            locking.account_lock = lambda identity, folder=None, **how: _NoLock()
        if life.plan is not None:
            store.sync(life.plan, life.files, clock(), accept_removals=True)
        engine = _engine(life, store, stop)
        stack.callback(engine.close)
        pool = stack.enter_context(ThreadPoolExecutor(len(life.channels)))
        clock.say_ready()
        Loops(life, store, engine, pool, stop).run()


def _engine(life: Life, store: Store, stop: threading.Event) -> Engine:
    def connect(channel: Channel) -> Loop:
        return Loop(life.caller(channel.name), account_of(life.home, channel.name), life.recovery)

    return Engine(
        store,
        connect,
        timings=life.timings,
        assume_clock=life.trusting,
        clock=life.clock,
        boot=life.clock.boot,
        dates=lambda channel: _date(life, channel),
        stopping=stop.is_set,
        looks=lambda: store.on_duty("look"),
    )


class _NoLock:
    """What every scheduler gets where no lock does anything."""

    def close(self) -> None:
        pass

    def still_ours(self) -> bool:
        return True


class Grudging(Store):
    """A store that does not take the first `refusing` answers, as on a disk that has just filled up."""

    refusing = 0

    def settle(self, *answer, **times) -> bool:
        if self.refusing > 0:
            self.refusing -= 1
            raise StoreError("the disk is full; free some space, nothing was sent meanwhile")
        return super().settle(*answer, **times)


def _date(life: Life, channel: Channel) -> datetime | None:
    answer = life.caller(channel.name).call("HEAD", "/")
    return answer.date if isinstance(answer, Answer) else None


class Loops:
    """What the service does every second: chores, then a thread for each channel that has something to do."""

    def __init__(
        self, life: Life, store: Store, engine: Engine, pool: ThreadPoolExecutor, stop: threading.Event
    ) -> None:
        self._life, self._store, self._engine, self._pool, self._stop = life, store, engine, pool, stop
        self._working: dict[str, Future[object]] = {}
        self._ends = life.clock() + ENOUGH
        self._seen: object = None
        self._in_vain = 0

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._look():
                    return
            except StoreError as error:
                logging.warning("%s", error)
            time.sleep(PAUSE)

    def _look(self) -> bool:
        """One wake-up; False where there is nothing left to wait for."""
        clock = self._life.clock
        now = clock()
        self._engine.chores(now)
        for name in [name for name, work in self._working.items() if work.done()]:
            if error := self._working.pop(name).exception():
                logging.warning("%s: %r", name, error)
        waiting = self._engine.waiting(now)
        # What has just fallen due is not to come any more, and must not be taken for nothing to wait for.
        at_rest = not self._working and not clock.is_busy
        if self._life.until_done and at_rest and self._is_idle(waiting):
            return self._skip(now)
        for channel in waiting:
            if channel not in self._working:
                self._working[channel] = self._pool.submit(self._work, channel)
        return True

    def _is_idle(self, waiting: tuple[str, ...]) -> bool:
        if not waiting or self._life.url is None:
            return not waiting and not self._is_news()
        # On a server every other database's commits wake the channels; twice in vain is enough.
        self._in_vain = 0 if self._is_news() else self._in_vain + 1
        return self._in_vain > 2

    def _is_news(self) -> bool:
        """Whether the last round changed anything: what is held is due for ever, and nothing comes of it."""
        before, self._seen = self._seen, _traces(self._store)
        return before != self._seen

    def _skip(self, now: datetime) -> bool:
        """Let the time go by until something may happen; False where nothing will without a person."""
        due = self._engine.next_due(now)
        if due is None or (now > self._ends and not self._store.can_change(now)):
            return False
        self._life.clock.move(due - self._life.clock())
        self._seen, self._in_vain = None, 0
        return True

    def _work(self, channel: str) -> None:
        self._engine.work(self._life.clock(), channel)


def _traces(store: Store) -> object:
    """Something of the table that differs after every step of a delivery."""
    with store.transaction() as connection:
        story = connection.execute(sa.text("SELECT count(*) FROM attempts")).scalar()
        rows = connection.execute(
            sa.text("SELECT state, attempt, part, looks, look_at FROM deliveries ORDER BY id")
        )
        return story, tuple(tuple(row) for row in rows)
