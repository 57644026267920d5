"""A clock that stands until it is moved, and campaigns opened as the service opens them."""

import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from scheduler.delivery import Engine
from scheduler.service import open_campaign
from scheduler.service.reloading import Reloader
from scheduler.service.shift import Shift
from tests import campaigns

NOON = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)
"""10 February 2027, 12:00 in Baku (UTC+4): a week before the day of the campaign in tests/campaigns.py."""


class Clock:
    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def on(self, **span):
        self.now += timedelta(**span)


def opened(folder, posts, environ=None, **options):
    return open_campaign(campaigns.write(folder, posts, **options), environ=environ or {})


@contextmanager
def shift(campaigning, mode, clock=None):
    """A stretch of work that has not begun, with no platform behind it."""
    clock, stop = clock or Clock(), threading.Event()
    with campaigning.store(mode) as store:
        engine = Engine(store, lambda channel: None, clock=clock, dates=lambda channel: clock())
        reloader = Reloader(campaigning, mode, clock)
        made = Shift(store, engine, reloader, clock, stop, wake=timedelta(seconds=0.05))
        try:
            yield made
        finally:
            stop.set()
            made._clockwork.stop(2)


def write(folder, text, name="posts.yaml"):
    """A post file with a time of change that differs from the last one's, however fast the test is."""
    path = folder / "posts" / name
    touched(path, text)


def touched(path, text):
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, max(status.st_mtime_ns, before + 1_000_000)))
