"""What goes wrong while the scheduler runs: told once, however often it is tried, and again when it works."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from scheduler.errors import SchedulerError
from scheduler.store import Store

T = TypeVar("T")
logger = logging.getLogger(__name__)

OF_THIS_RUN = ("job:", "hanging:", "config")
"""Causes that an earlier run noted and this one will meet again, if they are still there."""


class Failures:
    """Jobs and channels in trouble, by name, each with its words in the log and as a notice."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._open: dict[str, str] = {}

    def begin(self) -> None:
        """Close what a run that ended in trouble has left open: nobody else would."""
        for cause in self._store.told_here(*OF_THIS_RUN):
            self._store.over_here(cause, self._clock())

    def guarded(self, name: str, work: Callable[[], T]) -> T:
        """One run of a job, which raises what `failed` is to be told; done, its trouble is over."""
        answer = work()
        self.mended(name)
        return answer

    def mended(self, name: str) -> None:
        if name in self._open:
            self._store.over_here(f"job:{name}", self._clock())
            del self._open[name]
            logger.info("%s: works again", name)

    def failed(self, name: str, error: BaseException) -> None:
        """Said once: a full disk fails every second."""
        known = isinstance(error, SchedulerError)
        words = str(error) if known else f"a fault of the program ({type(error).__name__})"
        if self._open.get(name) == words:
            return
        self._open[name] = words
        logger.error("%s: %s", name, words, exc_info=None if known else error)
        try:
            self._store.tell_of_here(f"job:{name}", f"{name}: {words}", self._clock())
        except SchedulerError as second:
            logger.error("this could not be noted for others either: %s", second)
