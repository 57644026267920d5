"""Whose turn it is among the threads of a process that write to one database, and one commit for several."""

import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

TURN_SECONDS = 60
"""How long a thread waits for the other writers of this process, who each wait for the disk."""

PATIENCE = 1.0
"""Seconds after which whoever waits longest comes first, also before those who let a post go out."""

MOST_STEPS, LONGEST = 16, 0.02
"""So many steps, or seconds, after which a batch is committed although more threads would join it."""


class Batch:
    """One transaction in which several threads write, one after the other, and its one commit.

    Each step is whole or undone alone. What was done in it counts, for whoever did it, only once `result`
    has come back.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection, self._transaction = connection, connection.begin()
        self._steps, self._began = 0, time.monotonic()
        self._over = threading.Event()
        self.lost: BaseException | None = None
        """Why nothing of it can be kept."""

    @property
    def is_full(self) -> bool:
        """Whether it is to be committed now."""
        is_old = time.monotonic() - self._began > LONGEST
        return self.lost is not None or self._steps >= MOST_STEPS or is_old

    @contextmanager
    def step(self) -> Iterator[sa.Connection]:
        """One thread's writing. Where it raises, nothing of it stays; what the others wrote does."""
        self._steps += 1
        is_first = self._steps == 1
        try:
            if not is_first:
                self._connection.exec_driver_sql("SAVEPOINT step")
            yield self._connection
            if not is_first:
                self._connection.exec_driver_sql("RELEASE step")
        except BaseException as error:
            self._undo(error, is_first)
            raise

    def _undo(self, error: BaseException, is_first: bool) -> None:
        """A full or failing disk may have ended the whole transaction; then nothing of it can be kept."""
        if is_first:
            self.lost = error
            return
        try:
            self._connection.exec_driver_sql("ROLLBACK TO step")
            self._connection.exec_driver_sql("RELEASE step")
        except SQLAlchemyError as failure:
            self.lost = error if isinstance(error, SQLAlchemyError) else failure

    def finish(self) -> None:
        """Commit, or take everything back. Never raises: everybody in it asks for the `result`."""
        try:
            if self.lost is None:
                self._transaction.commit()
        except BaseException as error:
            self.lost = error
        finally:
            if self.lost is not None:
                with suppress(SQLAlchemyError):
                    self._transaction.rollback()
            self._over.set()

    def result(self) -> None:
        """Wait for the commit. Raises what kept it from being made; TimeoutError where it does not come."""
        if not self._over.wait(TURN_SECONDS):
            raise TimeoutError
        if self.lost is not None:
            raise self.lost


class _Place:
    """A thread's place in the line, and the batch it is called to write in, if any."""

    def __init__(self, joins: object, first: bool) -> None:
        self.joins, self.first, self.called = joins, first, threading.Semaphore(0)
        self.since = time.monotonic()
        self.batch: Batch | None = None


class Turn:
    """First come, first served. SQLite's own waiting polls, with growing pauses, and a plain lock serves
    whoever happens to ask when it is free: with either, one of many threads can wait for seconds.

    Who lets a post go out is called before those who write down what came of others: when many are due in
    one second, that is what keeps their readers waiting.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._line: deque[_Place] = deque()

    def take(
        self, joins: object = None, seconds: float = TURN_SECONDS, *, first: bool = False
    ) -> Batch | None:
        """Wait for the turn; answers the batch to go on writing in, where one is handed on to us.

        `joins` says whose batches we would join; None: nobody's. `first`: before those who are not, but for
        `PATIENCE` seconds alone. Raises TimeoutError where the turn does not come.
        """
        place = _Place(joins, first)
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return None
            self._line.append(place)
        try:
            came = place.called.acquire(timeout=seconds)
        except BaseException:
            if not self._left(place):
                self._not_wanted(place)
            raise
        if not came and self._left(place):
            raise TimeoutError
        return place.batch

    def _left(self, place: _Place) -> bool:
        """Whether the line could be left; no longer, once the turn is ours."""
        with self._guard:
            if place not in self._line:
                return False
            self._line.remove(place)
            return True

    def _not_wanted(self, place: _Place) -> None:
        """Interrupted at the very moment the turn came."""
        if place.batch is not None:
            place.batch.finish()
        self.pass_on()

    def hand_on(self, batch: Batch, whose: object) -> bool:
        """Give the turn to the next in line with our batch; False where there is nobody, or who is next would
        not join it.
        """
        with self._guard:
            place = self._next()
            if place is None or place.joins is not whose:
                return False
            self._line.remove(place)
        place.batch = batch
        place.called.release()
        return True

    def pass_on(self) -> None:
        """Our turn is over; the next one begins anew."""
        with self._guard:
            place = self._next()
            if place is None:
                self._is_taken = False
                return
            self._line.remove(place)
        place.called.release()

    def _next(self) -> _Place | None:
        if not self._line:
            return None
        oldest = self._line[0]
        if oldest.first or time.monotonic() - oldest.since > PATIENCE:
            return oldest
        return next((place for place in self._line if place.first), oldest)


_TURNS: "weakref.WeakValueDictionary[str, Turn]" = weakref.WeakValueDictionary()
_GUARD = threading.Lock()


def turn_of(path: Path) -> Turn:
    """The turn of all this process's writers of one file."""
    name = str(path.resolve())
    with _GUARD:
        turn = _TURNS.get(name) or Turn()
        _TURNS[name] = turn
        return turn
