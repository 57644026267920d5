"""The clock of the PostgreSQL server, which all machines that share a database go by."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scheduler.delivery.clock import Boot
from scheduler.errors import StoreError
from scheduler.store import Store

logger = logging.getLogger(__name__)

ODD = timedelta(seconds=2)
"""A clock of ours that is further off is worth a word: what people read here are its times."""


PROMPT = 2.0
"""Seconds; an answer that took longer does not say well enough which moment it belongs to."""


class ServerClock:
    """Asked at the start and every few seconds (`look`); between, seconds since boot are counted on, which
    nobody can set and which go on while the computer sleeps. Our own clock has no say.
    """

    def __init__(self, store: Store, boot: Callable[[], float] | None = None) -> None:
        self._store, self._boot = store, boot or Boot()
        self._warned = False
        self._base = self._asked()

    def __call__(self) -> datetime:
        moment, at, _ = self._base
        return moment + timedelta(seconds=self._boot() - at)

    def look(self) -> None:
        """Ask again; where the server does not answer, what it said last goes on counting."""
        try:
            found = self._asked()
        except StoreError:
            return
        if found[2] <= PROMPT:
            self._base = found
        off = datetime.now(UTC) - self()
        if abs(off) <= ODD:
            self._warned = False
        elif not self._warned:
            self._warned = True
            seconds = round(off.total_seconds())
            logger.warning(
                "This machine's clock is %d s %s the database server's, which counts; set it right",
                abs(seconds),
                "ahead of" if seconds > 0 else "behind",
            )

    def _asked(self) -> tuple[datetime, float, float]:
        """The server's moment, the seconds since boot it belongs to, and how long the answer took."""
        before = self._boot()
        moment = self._store.clock()
        if moment is None:
            raise StoreError("this database has no clock of its own")
        after = self._boot()
        return moment, (before + after) / 2, after - before
