"""A thread for each channel that has something to do: a channel that hangs delays no other."""

import threading
import time
from collections.abc import Callable

AT_ONCE = 32
"""Channels that begin together. A thousand threads that all begin in one second only keep each other from
going on, and the clock from being looked at.
"""

SLOW = 0.5
"""Seconds after which a channel is taken to be waiting for its platform: then another one may begin beside
it, so those that hang, however many, keep none from being begun.
"""

REST = 20.0
"""Seconds for which a thread that is done waits for another channel."""


class Workers:
    """Gives each busy channel a thread; `work` is told the channel's name and must not raise.

    Whoever asks is never kept waiting: threads are begun by threads.
    """

    def __init__(self, work: Callable[[str], object]) -> None:
        self._work = work
        lock = threading.Lock()
        self._changed, self._over = threading.Condition(lock), threading.Condition(lock)
        self._line: dict[str, None] = {}
        self._begun: dict[str, float] = {}
        self._free, self._is_beginning = 0, False

    @property
    def busy(self) -> frozenset[str]:
        """The channels at work at this moment, or about to be."""
        with self._changed:
            return frozenset(self._begun).union(self._line)

    def start(self, *channels: str) -> None:
        """Begin each channel's pass, unless its last one is still under way. Who stands in the line and
        is not named again has nothing to do any more.
        """
        with self._changed:
            self._line = {channel: None for channel in channels if channel not in self._begun}
            self._go_on()

    def drain(self, patience: float) -> frozenset[str]:
        """Let what is under way come to its end, so many seconds long; answers the channels still at it."""
        with self._changed:
            self._over.wait_for(lambda: not self._begun and not self._line, patience)
        return self.busy

    def _go_on(self) -> None:
        """See to the first in the line, where one stands there and may begin; the lock is ours."""
        if not self._line or self._is_beginning:
            return
        if self._free > 0:
            self._changed.notify()
            return
        self._is_beginning = True
        # A daemon: one that never comes back is on record since before its call, and must not keep us.
        threading.Thread(target=self._serve, daemon=True, name="channels").start()

    def _has_place(self) -> bool:
        fresh = time.monotonic() - SLOW
        return sum(since > fresh for since in self._begun.values()) < AT_ONCE

    def _serve(self) -> None:
        """One channel after the other, as long as there are any."""
        with self._changed:
            self._is_beginning = False
            channel = self._next() or self._wait()
        while channel is not None:
            try:
                self._work(channel)
            finally:
                with self._changed:
                    del self._begun[channel]
                    self._over.notify_all()
            with self._changed:
                channel = self._next() or self._wait()

    def _next(self) -> str | None:
        """The first in the line, if it may begin; and who comes after it gets a thread beside ours."""
        if not self._line or not self._has_place():
            return None
        channel = next(iter(self._line))
        del self._line[channel]
        self._begun[channel] = time.monotonic()
        self._go_on()
        return channel

    def _wait(self) -> str | None:
        """Another channel, should one come in time. One of those who wait looks again and again whether those
        at work have become slow.
        """
        self._free += 1
        end, channel = time.monotonic() + REST, None
        while channel is None and time.monotonic() < end:
            self._changed.wait(SLOW / 4 if self._line else REST)
            channel = self._next()
        self._free -= 1
        return channel
