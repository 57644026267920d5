"""Waiting for what another thread or process does, and no longer than needed."""

import time


def until(true, seconds=60):
    """The first true answer; the test fails where none comes, also where everything is slow."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found
