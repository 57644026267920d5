"""A thread for each channel that has something to do: a channel that hangs delays no other."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

AT_ONCE, MOST = 2, 6
"""Channels at work together, beside those that wait for their platform or for due. Threads that all have
something to do only keep each other from going on: with eight of them a post cost half as much CPU again.
Where a commit takes long they mostly wait for the database, and more of them may begin.
"""

FAR = 0.0005
"""Seconds that a commit takes for which one more channel is worth while."""

SLOW, SLOW_CALL = 0.5, 0.01
"""Seconds after which a channel at work, or its call, is taken to be waiting for something: then another one
may work beside it, so those that hang, however many, keep none from going on.
"""

REST = 20.0
"""Seconds for which a thread that is done waits for another channel."""


def at_once(commit: float) -> int:
    """How many channels work together where a commit takes so many seconds."""
    return min(MOST, AT_ONCE + int(commit / FAR))


class Workers:
    """Gives each busy channel a thread; `work` is told the channel's name, must not raise, and answers
    whether it left something to do, for those that wait to come before it. `at_once` says how many may work.

    Whoever asks is never kept waiting: threads are begun by threads.
    """

    def __init__(self, work: Callable[[str], bool], at_once: Callable[[], int] = lambda: AT_ONCE) -> None:
        self._work, self._at_once = work, at_once
        lock = threading.Lock()
        self._changed, self._over = threading.Condition(lock), threading.Condition(lock)
        self._line: dict[str, None] = {}
        self._begun: set[str] = set()
        # Until when each is taken to be busy.
        self._at_work: dict[str, float] = {}
        self._free, self._is_beginning, self._is_watched = 0, False, False

    @property
    def busy(self) -> frozenset[str]:
        """The channels begun at this moment, or about to be."""
        with self._changed:
            return frozenset(self._begun).union(self._line)

    def start(self, *channels: str) -> None:
        """Begin each channel's pass, unless its last one is still under way. Who stands in the line and
        is not named again has nothing to do any more.
        """
        with self._changed:
            self._line = {channel: None for channel in channels if channel not in self._begun}
            self._go_on()

    @contextmanager
    def aside(self, channel: str) -> Iterator[None]:
        """While a channel waits for its platform, or for due, others may work in its place. Coming back it is
        never kept: it has an answer to write down, or a post that is due.
        """
        self._counts(channel, SLOW_CALL)
        try:
            yield
        finally:
            self._counts(channel, SLOW)

    def _counts(self, channel: str, seconds: float) -> None:
        with self._changed:
            # A channel's platform may also be asked for the time, by a thread that is not at its work.
            if channel in self._begun:
                self._at_work[channel] = time.monotonic() + seconds

    def drain(self, patience: float) -> frozenset[str]:
        """Let what is under way come to its end, so many seconds long; answers the channels still at it."""
        with self._changed:
            self._over.wait_for(lambda: not self._begun and not self._line, patience)
        return self.busy

    def _go_on(self) -> None:
        """See to the first in the line, where one stands there; the lock is ours."""
        if not self._line or self._is_beginning:
            return
        if self._free > 0:
            self._changed.notify()
            return
        self._is_beginning = True
        # A daemon: one that never comes back is on record since before its call, and must not keep us.
        thread = threading.Thread(target=self._serve, daemon=True, name="channels")
        try:
            thread.start()
        except RuntimeError:
            # No more threads are to be had; the next look tries again, or those that are at work go on.
            self._is_beginning = False
            words = "this computer cannot start another thread, so %d channels wait; close other programs"
            logger.warning(words, len(self._line))

    def _has_place(self) -> bool:
        now = time.monotonic()
        return sum(until > now for until in self._at_work.values()) < self._at_once()

    def _serve(self) -> None:
        """One channel after the other, as long as there are any."""
        with self._changed:
            self._is_beginning = False
            channel = self._next() or self._wait()
        while channel is not None:
            more = False
            try:
                more = self._work(channel)
            finally:
                with self._changed:
                    self._ends(channel, more)
            with self._changed:
                channel = self._next() or self._wait()

    def _ends(self, channel: str, more: bool) -> None:
        self._begun.discard(channel)
        self._at_work.pop(channel, None)
        if more:
            self._line.setdefault(channel)
        self._over.notify_all()

    def _next(self) -> str | None:
        """The first in the line, if it may begin; and who comes after it gets a thread beside ours."""
        if not self._line or not self._has_place():
            return None
        channel = next(iter(self._line))
        del self._line[channel]
        self._begun.add(channel)
        self._at_work[channel] = time.monotonic() + SLOW
        self._go_on()
        return channel

    def _wait(self) -> str | None:
        """Another channel, should one come in time."""
        end, channel = time.monotonic() + REST, None
        while channel is None and (self._line or time.monotonic() < end):
            self._free += 1
            self._pause()
            # Before the next one is asked for: that looks for somebody free for who comes after it.
            self._free -= 1
            channel = self._next()
        return channel

    def _pause(self) -> None:
        """Until somebody is wanted. Where there is a line, one of those who wait looks again and again
        whether those at work have become slow.
        """
        if not self._line or self._is_watched:
            self._changed.wait(REST)
            return
        self._is_watched = True
        try:
            self._changed.wait(SLOW_CALL)
        finally:
            self._is_watched = False
