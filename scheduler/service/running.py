"""The long-running service: how it starts, what it says first, and how it is stopped."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import datetime, timedelta

from scheduler import platforms
from scheduler.delivery import Engine, Timings
from scheduler.errors import ConfigError, SchedulerError
from scheduler.model import Channel, Mode, State
from scheduler.platforms.base import Platform
from scheduler.platforms.outbox import Outbox
from scheduler.service import machines
from scheduler.service.opening import Campaigning
from scheduler.service.outlook import local
from scheduler.service.reloading import Reloader
from scheduler.service.server_clock import ServerClock
from scheduler.service.shift import WAKE, Shift
from scheduler.store import Status, Store

logger = logging.getLogger(__name__)

SOON = timedelta(hours=48)
INTERRUPTED, FAILED = 130, 1

Clock = Callable[[], datetime]


class Service:
    """One scheduler for one mode. `run` returns the exit code; after `until_done`, `ended` is how every
    delivery stands.

    It looks every `wake`; `woken` is when it last began to. `by_server_clock`: where several machines share a
    database, they go by its server's clock instead of `clock`.
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
        by_server_clock: bool = False,
    ) -> None:
        self.mode, self.clock, self.until_done = mode, clock, until_done
        self.timings, self.wake = timings or Timings(), wake
        self._by_server_clock = by_server_clock
        self.stop = threading.Event()
        self.ended: tuple[Status, ...] = ()
        self.reloader = Reloader(
            campaigning, mode, clock, accept_removals=accept_removals, changed=self._connect_anew
        )
        self._engine: Engine | None = None
        self._shift: Shift | None = None
        self._started = clock()
        self._asked = False
        self._code = 0

    @property
    def campaigning(self) -> Campaigning:
        """The campaign as last read; a reload replaces it."""
        return self.reloader.campaigning

    @property
    def woken(self) -> datetime:
        return self._shift.woken if self._shift is not None else self._started

    # -- starting and stopping

    def run(self) -> int:
        """Deliver until stopped (or done). Raises SchedulerError where it cannot start."""
        if self.mode is Mode.LIVE:
            self._require_credentials()
        with (
            self._opened() as store,
            store.lock(self.clock(), "run --live" if self.mode is Mode.LIVE else "run"),
            machines.named(store),
            self._signals(),
        ):
            self._say_mode()
            if moved := store.settle_in(self.clock()):
                logger.warning("%s", moved)
            self.reloader.load(store)
            self._warn_if_meant_live(store)
            self._warn_if_anybody_approves()
            with closing(self.engine(store)) as self._engine:
                self._serve(store, self._engine)
            if self.until_done:
                self.ended = tuple(store.statuses(self.clock()))
        return self._exit_code()

    @contextmanager
    def _opened(self) -> Iterator[Store]:
        with self.campaigning.store(self.mode) as store:
            if store.is_shared and self._by_server_clock:
                self.clock = self.reloader.clock = ServerClock(store)
            yield store

    def _serve(self, store: Store, engine: Engine) -> None:
        self._shift = Shift(
            store,
            engine,
            self.reloader,
            self.clock,
            self.stop,
            wake=self.wake,
            until_done=self.until_done,
        )
        if self._shift.work(lambda: self._asked) is not None:
            self._code = FAILED

    def engine(self, store: Store) -> Engine:
        return Engine(
            store,
            lambda channel: self._connect(channel, store),
            timings=self.timings,
            clock=self.clock,
            dates=_server_date,
            stopping=self.stop.is_set,
            mine=self.campaigning.is_mine,
            looks=lambda: store.on_duty("look"),
            aside=self._aside,
        )

    def _aside(self, channel: str) -> AbstractContextManager[None]:
        return self._shift.aside(channel) if self._shift is not None else nullcontext()

    def _connect(self, channel: Channel, store: Store) -> Platform:
        if self.mode is Mode.LIVE:
            return self.campaigning.connect(channel, store)
        return Outbox(channel, self.campaigning.config.data / "outbox", store.file)

    def _connect_anew(self, channel: str) -> None:
        if self._engine is not None:
            self._engine.drop(channel)

    def _require_credentials(self) -> None:
        """Refuse to start live with nothing to send to, or with a channel that could not log in."""
        channels = self.campaigning.config.channels.values()
        live = [channel for channel in channels if channel.live]
        if not live and not any(channel.by_hand for channel in channels):
            raise ConfigError("No channel says `live: true` in config.yaml, so --live has nowhere to publish")
        for channel in filter(self.campaigning.is_mine, live):
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
            logger.info("LIVE: publishing on %s", ", ".join(live) or "no channel; people post by hand")
            for name in sorted(set(config.channels) - set(live)):
                if config.channels[name].by_hand:
                    logger.info("%s: people post on it by hand, and are told when it is time", name)
                else:
                    logger.info("%s: not live; nothing is published there", name)
            return
        logger.info("Dry run: nothing leaves this machine; posts are written to %s", config.data / "outbox")

    def _warn_if_meant_live(self, store: Store) -> None:
        """A dry run with working credentials and a post due soon is more often a slip than a wish."""
        config, now = self.campaigning.config, self.clock()
        ready = [name for name, one in config.channels.items() if self.campaigning.credentials(one)]
        if self.mode is not Mode.DRY or not ready:
            return
        coming = store.next_post(now)
        if coming is not None and coming[1] - now < SOON:
            logger.warning(
                "THIS IS A DRY RUN. Credentials exist for %s and a post is due at %s, "
                "but nothing will be published. To publish, start: python run.py run --live",
                ", ".join(ready),
                local(coming[1], config.campaign.timezone),
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
