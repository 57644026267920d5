"""Leases of preparations under way are renewed by one thread for all of them, not by one for each."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scheduler.delivery.means import Means
from scheduler.errors import StoreError
from scheduler.store import Claim

logger = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds to wait at the end for a renewal under way."""


@dataclass
class _Kept:
    """A claim, when it is renewed next and when it is given up, both by the clock nobody can set back."""

    claim: Claim
    again: float
    end: float


class Renewing:
    """The thread looks twice in a lease's third, and ends when it finds nothing to keep."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._every = means.timings.preparing.total_seconds() / 3
        self._kept: dict[int, _Kept] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[None]:
        """Renew the claim while slow uploads go on; without a clock of its own no time passes meanwhile.

        A preparation that hangs is given up in the end, and the queue has the delivery again.
        """
        if self._means.clock is None:
            yield
            return
        now = self._means.boot()
        one = _Kept(claim, now + self._every, now + self._means.timings.uploading.total_seconds())
        with self._changed:
            self._kept[id(one)] = one
            self._start()
        try:
            yield
        finally:
            with self._changed:
                self._kept.pop(id(one), None)

    def close(self) -> None:
        """Renew nothing more."""
        with self._changed:
            self._is_closed = True
            self._kept.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(PATIENCE)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="renewing")
            self._thread.start()

    def _work(self) -> None:
        while (due := self._wait()) is not None:
            for one in due:
                self._renew(one)

    def _wait(self) -> list[_Kept] | None:
        """Those whose time has come; None where there is nothing more to keep."""
        with self._changed:
            self._changed.wait(self._every / 2)
            if self._is_closed or not self._kept:
                self._thread = None
                return None
            now = self._means.boot()
            return [one for one in self._kept.values() if one.again <= now]

    def _renew(self, one: _Kept) -> None:
        now, claim = self._means.boot(), one.claim
        one.again = now + self._every
        try:
            if now >= one.end or not self._means.store.renew(
                claim, self._means.after(claim.due), lease=self._means.timings.preparing
            ):
                with self._changed:
                    self._kept.pop(id(one), None)
        except StoreError as error:
            logger.warning("%s: %s", claim.key, error, extra={"event": "renewing", "key": claim.key})
