"""Whether this machine's clock may be believed: it is compared with the platforms' own."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.delivery import clock as clocks
from scheduler.delivery.clock import Comparison
from scheduler.delivery.means import Means
from scheduler.errors import SchedulerError
from scheduler.model import Channel

logger = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=1)
PATIENCE = 1.0
"""Seconds to wait at the end for a comparison under way."""


class Timekeeper:
    """Compares at the start, every hour, and whenever our clock has become doubtful.

    `dates` reads a platform's clock without credentials; where it is missing or fails, `ask` is called, which
    asks for the channel's account and lets the keeper hear the answer's date.
    """

    def __init__(
        self, means: Means, trusting: bool, dates: Callable[[Channel], datetime | None] | None
    ) -> None:
        self._means, self._trusting, self._dates = means, trusting, dates
        self.ask: Callable[[Channel, datetime], None] = lambda channel, now: None
        self._comparison: Comparison | None = None
        self._looked_at: float | None = None
        self._was_good = False
        self._looking = threading.Lock()
        self._aside: threading.Thread | None = None

    def distrust(self, now: datetime) -> str | None:
        """Why the clock is not trusted; None where it is."""
        if self._trusting:
            return None
        return clocks.distrust(self._comparison, now, self._means.boot(), self._means.store.last_heartbeat())

    def look(self, now: datetime) -> None:
        """Compare if it is time to. Nothing can be sent before the first comparison, so that one is awaited;
        later ones delay nobody but the one who makes it.
        """
        if self._trusting or not self._looking.acquire(blocking=self._comparison is None):
            return
        try:
            if self._is_time_to_compare(now):
                self._looked_at = self._means.boot()
                self._compare(now)
                self._tell(self._means.after(now))
        finally:
            self._looking.release()

    def look_aside(self, now: datetime) -> None:
        """The same in a thread of its own: a platform that is slow to answer must not hold up the clock."""
        at_it = self._aside is not None and self._aside.is_alive()
        if self._trusting or at_it or not self._is_time_to_compare(now):
            return
        self._aside = threading.Thread(target=self._look_quietly, args=(now,), daemon=True, name="clock")
        self._aside.start()

    def _look_quietly(self, now: datetime) -> None:
        try:
            self.look(now)
        except SchedulerError as error:
            logger.warning("%s", error, extra={"event": "clock"})
        except Exception:
            logger.exception("comparing the clock failed", extra={"event": "bug"})

    def close(self) -> None:
        if self._aside is not None:
            self._aside.join(PATIENCE)

    def _tell(self, now: datetime) -> None:
        """Where no comparison came about nothing is sent, and nobody would know why."""
        words = self.distrust(now)
        self._was_good = words is None
        if words is not None:
            self._means.store.tell_of_here("clock", f"nothing is sent: {words}", now)

    def _is_time_to_compare(self, now: datetime) -> bool:
        if self._looked_at is None:
            return True
        doubt = self.distrust(now)
        if doubt is not None and self._was_good:
            # Just set: perhaps it is right only now.
            return True
        pause = clocks.GOOD_FOR if doubt is None else TRY_AGAIN
        return self._means.boot() - self._looked_at >= pause.total_seconds()

    def _compare(self, now: datetime) -> None:
        """Ask one live channel after the other until one tells the time; where none does, those that people
        or other machines post on, without credentials.
        """
        last, channels = self._comparison, self._means.store.policy.channels.values()
        for channel in channels:
            if channel.live and self._means.mine(channel) and self._comparison is last:
                self._compare_with(channel, now)
        for channel in channels:
            before = self._means.after(now)
            is_asked = channel.by_hand or (channel.live and not self._means.mine(channel))
            if is_asked and self._comparison is last and (theirs := self._date_of(channel)):
                self.heard(theirs, before, now)

    def _compare_with(self, channel: Channel, now: datetime) -> None:
        before = self._means.after(now)
        theirs = self._date_of(channel)
        if theirs is not None:
            self.heard(theirs, before, now)
        else:
            self.ask(channel, now)

    def _date_of(self, channel: Channel) -> datetime | None:
        """One channel with a bad address must not keep the others from comparing."""
        try:
            return self._dates(channel) if self._dates is not None else None
        except SchedulerError as error:
            logger.warning("%s", error, extra={"event": "clock"})
            return None

    def heard(self, theirs: datetime, before: datetime, now: datetime) -> None:
        """A platform's date, told by a call that began at `before` and has just come back."""
        if self._trusting:
            return
        found = clocks.compare(theirs, before, self._means.after(now), self._means.boot())
        last, self._comparison = self._comparison, found
        store = self._means.store
        if last is not None and last.agrees and found.agrees and self.distrust(found.at) is None:
            # Every account's answer tells the time, and a start asks a hundred of them.
            return
        store.remember("clock", found.to_json())
        if found.agrees:
            store.heartbeat(found.at, reset=True)
            store.over_here("clock", found.at)
        else:
            words = f"nothing is sent: this machine's clock is {clocks.words(found.offset)} a platform's"
            words += "; set it right"
            store.tell_of_here("clock", words, found.at)
