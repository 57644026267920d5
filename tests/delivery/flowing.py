"""Clocks for the engine's tests: one that runs like the real one from a moment of the campaign, one that is
set by hand.
"""

import time
from datetime import timedelta


def running(start):
    """A clock that shows `start` now and goes on from there."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


class Hands:
    """A wall clock and the seconds since boot, moved together (`on`), or the wall alone (`set`)."""

    def __init__(self, now):
        self.now, self.seconds = now, 1000.0

    def __call__(self):
        return self.now

    def boot(self):
        return self.seconds

    def on(self, span):
        self.now += span
        self.seconds += span.total_seconds()
        return self.now

    def set(self, span):
        self.now += span
        return self.now
