"""Stops that come and go by themselves while the scheduler runs, and what people are called for then."""

import logging
from datetime import datetime

from scheduler.model import Mode
from scheduler.store import LiftReport, Store

logger = logging.getLogger(__name__)


class Stops:
    """Attended to every few seconds and on every machine: each has a folder that may hold everything."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._unreadable: str | None = None

    def attend(self, store: Store, now: datetime) -> None:
        """The HOLD file, holds to be looked at again, and posts to be made by hand."""
        done = store.follow_hold_file(now)
        if isinstance(done, LiftReport):
            for key in done.by_mode.get(self._mode, ()):
                logger.warning("%s lapsed under the HOLD file and was not sent; `retry` gives it a time", key)
        if store.on_duty("tell"):
            # Not whoever prepares: people are to be called also while no machine with posts is at work.
            _remind(store, now)
        self._tell_unreadable(store, now)

    def _tell_unreadable(self, store: Store, now: datetime) -> None:
        """A folder of posts that cannot be read stops everything by itself, and nobody has asked for that."""
        policy = store.policy
        seen = policy.hold_files()
        is_unreadable = seen is not None and seen.who != policy.hold_file_who
        words = f"{seen.value}: {seen.reason}" if seen is not None and is_unreadable else ""
        if words == self._unreadable:
            return
        self._unreadable = words
        store.over_here("posts-folder", now)
        if words:
            logger.error("%s", words)
            store.tell_of_here("posts-folder", words, now)


def _remind(store: Store, now: datetime) -> None:
    for number in store.remind(now):
        logger.warning("hold %d: time to look again", number)
    for key in store.remind_by_hand(now):
        logger.warning("%s: to be posted by hand now", key)
