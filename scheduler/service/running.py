"""The long-running service: APScheduler is the clock, the table the queue, a thread works each channel."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler import platforms
from scheduler.delivery import Engine, Timings
from scheduler.errors import ConfigError, SchedulerError
from scheduler.model import Channel, Mode, State
from scheduler.platforms.base import Platform
from scheduler.platforms.outbox import Outbox
from scheduler.service.diary import Diary
from scheduler.service.opening import Campaigning
from scheduler.service.reloading import Reloader
from scheduler.store import Status, Store

logger = logging.getLogger(__name__)

WAKE = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=10)
WATCHDOG = timedelta(seconds=5)
SOON = timedelta(hours=48)
INTERRUPTED = 130

Clock = Callable[[], datetime]


class Service:
    """One scheduler for one mode. `run` returns the exit code; `ended` is then how every delivery stands.

    It looks every `wake`; `woken` is when it last began to.
    """

    def __init__(
        self,
        campaigning: Campaigning,
        mode: Mode,
        clock: Clock,
        *,
        until_done: bool = False,
        accept_removals: bool = False,
        timings: Timings | None = None,
        wake: timedelta = WAKE,
    ) -> None:
        self.mode, self.clock, self.until_done = mode, clock, until_done
        self.timings, self.wake = timings or Timings(), wake
        self.stop = threading.Event()
        self.ended: tuple[Status, ...] = ()
        self.reloader = Reloader(
            campaigning, mode, clock, accept_removals=accept_removals, changed=self._connect_anew
        )
        self._engine: Engine | None = None
        self._diary = Diary()
        self._working: dict[str, Future[Any]] = {}
        self.woken = clock()
        self._asked = False
        self._code = 0
        self._failing: dict[str, str] = {}

    @property
    def campaigning(self) -> Campaigning:
        """The campaign as last read; a reload replaces it."""
        return self.reloader.campaigning

    # -- starting and stopping

    def run(self) -> int:
        """Deliver until stopped (or done). Raises SchedulerError where it cannot start."""
        if self.mode is Mode.LIVE:
            self._require_credentials()
        with (
            self.campaigning.store(self.mode) as store,
            store.lock(self.clock(), "run --live" if self.mode is Mode.LIVE else "run"),
            self._signals(),
        ):
            self._say_mode()
            self.reloader.reload(store)
            self._warn_if_meant_live(store)
            self._warn_if_anybody_approves()
            self._diary.look(store, self.clock())
            self._engine = self.engine(store)
            self._serve(store, self._engine)
            self.ended = tuple(store.statuses(self.clock()))
        return self._exit_code()

    def engine(self, store: Store) -> Engine:
        return Engine(
            store,
            lambda channel: self._connect(channel, store),
            timings=self.timings,
            clock=self.clock,
            dates=_server_date,
            stopping=self.stop.is_set,
        )

    def _connect(self, channel: Channel, store: Store) -> Platform:
        if self.mode is Mode.LIVE:
            return self.campaigning.connect(channel, store)
        return Outbox(channel, self.campaigning.config.data / "outbox", store.file)

    def _connect_anew(self, channel: str) -> None:
        if self._engine is not None:
            self._engine.drop(channel)

    def _require_credentials(self) -> None:
        """Refuse to start live with nothing to send to, or with a channel that could not log in."""
        live = [channel for channel in self.campaigning.config.channels.values() if channel.live]
        if not live:
            raise ConfigError("No channel says `live: true` in config.yaml, so --live has nowhere to publish")
        for channel in live:
            self.campaigning.require_credentials(channel)

    def _warn_if_anybody_approves(self) -> None:
        config = self.campaigning.config
        if self.mode is Mode.LIVE and not config.approvers and config.approvals.default:
            logger.warning("approvers: in config.yaml names nobody, so every name counts as a person")

    def _say_mode(self) -> None:
        config = self.campaigning.config
        for finding in self.campaigning.findings:
            logger.warning("%s", finding)
        live = [name for name, channel in config.channels.items() if channel.live]
        if self.mode is Mode.LIVE:
            logger.info("LIVE: publishing on %s", ", ".join(live))
            for name in sorted(set(config.channels) - set(live)):
                logger.info("%s: not live; nothing is published there", name)
            return
        logger.info("Dry run: nothing leaves this machine; posts are written to %s", config.data / "outbox")

    def _warn_if_meant_live(self, store: Store) -> None:
        """A dry run with working credentials and a post due soon is more often a slip than a wish."""
        config, now = self.campaigning.config, self.clock()
        ready = [name for name, one in config.channels.items() if self.campaigning.credentials(one)]
        due = [status.due for status in store.statuses(now) if status.open and status.due > now]
        if self.mode is Mode.DRY and ready and due and min(due) - now < SOON:
            logger.warning(
                "THIS IS A DRY RUN. Credentials exist for %s and a post is due at %s, "
                "but nothing will be published. To publish, start: python run.py run --live",
                ", ".join(ready),
                min(due).astimezone(config.campaign.timezone).isoformat(timespec="minutes"),
            )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C let what is being sent come to its end; a second one does not wait."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, _: object) -> None:
        code = INTERRUPTED if number == signal.SIGINT else 128 + signal.SIGTERM
        if self._asked:
            # What is under way is settled at the next start: it is on record since before the call.
            os._exit(code)
        self._code = code if number == signal.SIGINT else 0
        # Neither the event's lock nor the log's may be taken here: the signal may have come under them.
        self._asked = True
        os.write(2, b"Stopping: what is being sent is finished first. Once more to stop at once.\n")

    # -- the clock

    def _serve(self, store: Store, engine: Engine) -> None:
        clock = BackgroundScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        )
        # Its troubles are told by the listener, in our words; that a look takes a second is no news.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        clock.add_listener(lambda event: self._failed(store, event.job_id, event.exception), EVENT_JOB_ERROR)
        pool = ThreadPoolExecutor(max_workers=max(2, len(self.campaigning.config.channels)))
        for name, every, work in (
            ("wake", self.wake, lambda: self._wake(store, engine, pool)),
            ("rescan", self.wake, lambda: self.reloader.rescan(store)),
            ("heartbeat", HEARTBEAT, lambda: store.heartbeat(self.clock())),
            ("diary", 5 * self.wake, lambda: self._diary.look(store, self.clock())),
        ):
            clock.add_job(
                self._mended, "interval", (store, name, work), seconds=every.total_seconds(), id=name
            )
        store.heartbeat(self.clock())
        clock.start()
        try:
            self._watch(clock)
        finally:
            self.stop.set()
            clock.shutdown(wait=True)
            self._drain(pool)
            self._diary.look(store, self.clock())
            store.heartbeat(self.clock())

    def _watch(self, clock: Any) -> None:
        """The main thread only watches: a stopped clock ends the process, for a supervisor to restart."""
        while not self._asked and not self.stop.wait(0.2):
            if self.clock() - self.woken > WATCHDOG and not clock._thread.is_alive():
                logger.error("The clock stopped; ending so that a supervisor can start this again")
                self._code = 1
                return

    def _drain(self, pool: ThreadPoolExecutor) -> None:
        """Let calls under way come to their answer, no longer than a lease."""
        wait_for(list(self._working.values()), timeout=self.timings.lease.total_seconds())
        pool.shutdown(wait=False, cancel_futures=True)

    def _mended(self, store: Store, name: str, work: Callable[[], object]) -> None:
        """One run of a job; its trouble, if it had one, is over when it succeeds."""
        work()
        if name in self._failing:
            store.close_notice(f"job:{name}", self.clock())
            del self._failing[name]
            logger.info("%s: works again", name)

    def _failed(self, store: Store, name: str, error: BaseException) -> None:
        """Said once, however often it is tried: a full disk fails every second."""
        known = isinstance(error, SchedulerError)
        words = str(error) if known else f"a fault of the program ({type(error).__name__})"
        if self._failing.get(name) == words:
            return
        self._failing[name] = words
        logger.error("%s: %s", name, words, exc_info=None if known else error)
        try:
            store.notice(f"job:{name}", None, f"{name}: {words}", self.clock())
        except SchedulerError as second:
            logger.error("this could not be noted for others either: %s", second)

    def _wake(self, store: Store, engine: Engine, pool: ThreadPoolExecutor) -> None:
        """Chores first, then every channel that is free and has something to do, each in its own thread."""
        now = self.woken = self.clock()
        engine.chores(now)
        self._working = {name: work for name, work in self._working.items() if not work.done()}
        busy = bool(self._working)
        for channel in engine.waiting(now):
            if channel not in self._working and not self.stop.is_set():
                self._working[channel] = pool.submit(self._work, store, engine, channel)
        if self.until_done and not busy and not self._working and not store.can_change(now):
            self.stop.set()

    def _work(self, store: Store, engine: Engine, channel: str) -> None:
        """One channel's pass; what fails is told and tried again at the next wake."""
        try:
            self._mended(store, channel, lambda: engine.work(self.clock(), channel))
        except Exception as error:
            self._failed(store, channel, error)

    def _exit_code(self) -> int:
        if self._code or not self.until_done:
            return self._code
        states = {status.state for status in self.ended} - {State.CANCELLED}
        return 0 if states <= {State.PUBLISHED} else 1


def _server_date(channel: Channel) -> datetime | None:
    """The channel's server's time; None where it cannot be had, and then the account's answer is used."""
    try:
        return platforms.server_date(channel)
    except SchedulerError:
        return None
