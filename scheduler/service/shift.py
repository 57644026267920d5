"""One stretch of work, from start to stop: what is done when, by which thread, and what is watched."""

import itertools
import logging
import os
import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TypeVar

from scheduler.delivery import Engine
from scheduler.errors import SchedulerError
from scheduler.model import Mode
from scheduler.service import backing_up, clearing, health, machines, outlook, supervising
from scheduler.service.alerting import Alerting
from scheduler.service.clockwork import Clockwork
from scheduler.service.diary import Diary
from scheduler.service.failures import Failures
from scheduler.service.limits import LimitsWatch
from scheduler.service.notifying import Supervisor
from scheduler.service.pinging import Pinger
from scheduler.service.reloading import Reloader
from scheduler.service.server_clock import ServerClock
from scheduler.service.supervising import BEAT, Watch
from scheduler.service.workers import Workers, at_once
from scheduler.store import Store

T = TypeVar("T")
logger = logging.getLogger(__name__)

WAKE = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=10)
CHORES = timedelta(seconds=10)
"""With nothing due and nothing under way, leftovers and room on the disk need no look every second."""

TELLING = 2
"""Of so many looks at what is new one is followed by the health file and by alerts."""

BACKUP = timedelta(minutes=1)
"""How often it is asked whether a backup is due; so the first comes a minute after the start."""

LIMITS = timedelta(minutes=10)
"""How often it is asked whether a server is to be asked what it allows; each is, once a day."""

CLEARING = timedelta(hours=1)
"""How often pictures that no post needs any more are taken down from their public addresses."""

DRAIN = 25.0
"""Seconds for calls under way to come to their answer when stopping: longer than one call may take, and all
is over within half a minute. What takes longer is on record and looked for at the next start.
"""

CLOSING = 2.0


class Shift:
    """Works until `stop` is set or `asked` says so; `woken` is when it last began to look.

    The wake-up only reads and hands out work: each channel, and all that writes or calls, has a thread.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        reloader: Reloader,
        clock: Callable[[], datetime],
        stop: threading.Event,
        *,
        wake: timedelta = WAKE,
        until_done: bool = False,
    ) -> None:
        self.store, self.engine, self.reloader, self.clock, self.stop = store, engine, reloader, clock, stop
        self.wake, self.until_done = wake, until_done
        self.woken = clock()
        self.failures = Failures(store, clock)
        self._clockwork = Clockwork(self._failed)
        self._workers = Workers(self._work, lambda: at_once(store.commit_seconds))
        self._diary, self._pinger = Diary(), Pinger()
        self._alerting = Alerting(store, clock)
        self._limits = LimitsWatch()
        self._supervisor = Supervisor(os.environ)
        self._fit = False
        self._chores_at: datetime | None = None
        self._next: datetime | None = None
        self._ticked: datetime | None = None
        self._untold = False
        self._still: int | None = None
        self._told = itertools.count()

    def work(self, asked: Callable[[], bool]) -> str | None:
        """Serve until stopped; answers what went wrong with this process itself, None where nothing did."""
        self.failures.begin()
        self._diary.look(self.store, self.clock())
        self.store.heartbeat(self.clock())
        self._set_up()
        self._clockwork.start()
        self._supervisor.ready()
        trouble: str | None = None
        try:
            trouble = self._watch(asked)
        finally:
            self._close(trouble)
        return trouble

    def _set_up(self) -> None:
        at_once = timedelta(0)
        for name, every, work, first in (
            ("chores", 10 * self.wake, self._do_chores, at_once),
            ("wake", self.wake, self._look, at_once),
            ("rescan", 2 * self.wake, lambda: self.reloader.rescan(self.store), None),
            ("heartbeat", HEARTBEAT, self._beat, None),
        ):
            self._clockwork.add(name, every, self._guarded(name, work), first)
        self._clockwork.add("news", 5 * self.wake, self._tell, self.wake)
        self._clockwork.add("backup", BACKUP, self._back_up)
        if self.store.mode is Mode.LIVE:
            self._clockwork.add("limits", LIMITS, self._guarded("limits", self._look_at_limits), at_once)
            self._clockwork.add("clearing", CLEARING, self._guarded("clearing", self._clear), at_once)

    def _guarded(self, name: str, work: Callable[[], object]) -> Callable[[], object]:
        return lambda: self.failures.guarded(name, work)

    # -- what runs by the clock

    def _look(self) -> None:
        """Every channel that has something to do and is free gets a thread; then the next look is aimed."""
        now = self.woken = self.clock()
        is_quiet = self._is_quiet(now)
        if not is_quiet:
            self._clockwork.aim("chores", timedelta(0))
        if not self._fit or self.stop.is_set():
            return
        changes = self.store.changes()
        if not is_quiet or changes != self._still:
            self._hand_out(now, changes)
        self._aim(now)
        self._ticked, self._untold = now, True

    def _hand_out(self, now: datetime, changes: int) -> None:
        """Where nothing was to do, nothing is until somebody writes or the next chores."""
        busy = bool(self._workers.busy)
        waiting = self.engine.waiting(now)
        self._workers.start(*waiting)
        self._still = None if waiting or self.until_done else changes
        if self._still is not None:
            self._next = self.engine.next_due(now)
        if self.until_done and not busy and not self._workers.busy and not self.store.can_change(now):
            self.stop.set()

    def _aim(self, now: datetime) -> None:
        """Be there exactly when something falls due, if that is before the next look."""
        if self._next is not None and timedelta(0) < self._next - now < self.wake:
            self._clockwork.aim("wake", self._next - now)

    def _do_chores(self) -> None:
        now = self.clock()
        try:
            self.engine.chores(now)
            self._next = self.engine.next_due(now)
        except BaseException:
            # With leftovers not recorded, or no room to record more, nothing new is taken up.
            self._fit = False
            raise
        # Time alone brings things too: a channel to be tried again, an account to be looked at.
        self._still = None
        was_fit, self._chores_at, self._fit = self._fit, now, True
        if not was_fit:
            self._clockwork.aim("wake", timedelta(0))

    def _is_quiet(self, now: datetime) -> bool:
        """Whether nothing can have changed since the last chores that time or our own work changes."""
        if not self._fit or self._chores_at is None or self._workers.busy:
            return False
        until = self._chores_at + CHORES if self._next is None else min(self._next, self._chores_at + CHORES)
        return self._chores_at <= now < until

    def _work(self, channel: str) -> bool:
        """One channel's pass, and whether it left something; what fails is told and tried again at the next
        wake.
        """
        return self._try(channel, lambda: self.engine.work(self.clock(), channel)) or False

    def aside(self, channel: str) -> AbstractContextManager[None]:
        """What a call to a channel's platform stands in: meanwhile others may begin."""
        return self._workers.aside(channel)

    def _failed(self, name: str, error: BaseException) -> None:
        self.failures.failed(name, error)

    def _tell(self) -> None:
        """What is new, and on it whom it concerns; one that fails keeps no other from being told."""
        self._try("diary", lambda: self._diary.look(self.store, self.clock()))
        if next(self._told) % TELLING == 0:
            self._try("health", self._tell_health)
            self._try("alerts", self._alert)

    def _try(self, name: str, work: Callable[[], T]) -> T | None:
        try:
            return self.failures.guarded(name, work)
        except Exception as error:
            self._failed(name, error)
            return None

    def _tell_health(self) -> None:
        """Only after a good look: a file that grows old, and a ping that stays away, are the alarm."""
        if not self._untold:
            return
        self._untold = False
        seen = self._seen(self.clock())
        health.write(self.store.folder, seen)
        self._supervisor.status(_words(seen))
        if self.store.mode is not Mode.LIVE:
            return  # a dry run beside a live one that has died must not keep its alarm silent
        campaigning = self.reloader.campaigning
        self._pinger.all_is_well(campaigning.config.alerts.get("ping"), campaigning.environ)

    def _beat(self) -> None:
        if isinstance(self.clock, ServerClock):
            self.clock.look()
        self.store.heartbeat(self.clock())
        machines.watch(self.store, self.clock())

    def _alert(self) -> None:
        """Its letters have threads of their own, so it only reads and writes down. Where several machines are
        at work, one of them tells people.
        """
        if not self.store.on_duty("tell"):
            return
        self._alerting.round(self.reloader.campaigning, self._diary.late, lambda: self._seen(self.clock()))

    def _seen(self, now: datetime) -> outlook.Outlook:
        return outlook.look(
            self.reloader.campaigning,
            self.store,
            now,
            troubles=self._diary.troubles,
            late=self._diary.late,
            at_work=True,
            ticked=self._ticked,
            clock=self.engine.distrust(now),
        )

    def _look_at_limits(self) -> None:
        if not self.store.on_duty("tell"):
            return
        self._limits.look(self.reloader.campaigning, self.store, self.clock())

    def _clear(self) -> None:
        clearing.clear(self.reloader.campaigning, self.store, self.clock())

    def _back_up(self) -> None:
        """Not while something is about to go out; and having waited does not mean that it works."""
        if (self._next is None or self._next - self.clock() > BACKUP) and self.store.on_duty("back up"):
            self._guarded("backup", lambda: backing_up.back_up(self.store, self.clock()))()

    # -- watching and stopping

    def _watch(self, asked: Callable[[], bool]) -> str | None:
        """The main thread only watches: it ends the process where nothing else can."""
        limits = supervising.limits(self.store.is_shared)
        watch = Watch(self._clockwork, lambda: self.engine.hanging(self.clock()), self._channels, limits)
        while not asked() and not self.stop.wait(BEAT):
            if (trouble := watch.trouble()) is not None:
                logger.error("Standing still: %s; ending, so that a supervisor can start this again", trouble)
                return trouble
            self._clockwork.follow_the_clock()
            self._supervisor.alive()
        return None

    def _channels(self) -> Collection[str]:
        """Those that should be working."""
        config = self.reloader.campaigning.config
        return [name for name, one in config.channels.items() if one.live or self.store.mode is Mode.DRY]

    def _close(self, trouble: str | None) -> None:
        """Let what is under way come to its answer; what takes too long is left, on record."""
        self.stop.set()
        self._supervisor.stopping()
        self._clockwork.stop(CLOSING)
        hanging = set(self.engine.hanging(self.clock()))
        self._alerting.close(CLOSING)
        left = self._workers.drain(DRAIN if self._workers.busy - hanging else CLOSING)
        if left:
            logger.warning("Left behind, to be looked for at the next start: %s", ", ".join(sorted(left)))
        if trouble is None:
            self._last_words()

    def _last_words(self) -> None:
        try:
            self._diary.look(self.store, self.clock())
            self.store.heartbeat(self.clock())
            self.store.sign_off(self.clock())
        except SchedulerError as error:
            logger.error("%s", error)


def _words(seen: outlook.Outlook) -> str:
    """One line for `systemctl status`."""
    if seen.needs_you:
        more = len(seen.needs_you) - 1
        return seen.needs_you[0] + (f" (and {more} more)" if more else "")
    if seen.next_post is None:
        return "All is well; nothing is to come."
    key, due = seen.next_post
    return f"All is well; next: {key} at {outlook.local(due, seen.zone)}"
