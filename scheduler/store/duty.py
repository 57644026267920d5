"""Who does what only one machine may do: a session lock of the server, on a connection of its own."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from scheduler.errors import StoreError
from scheduler.store import sharing

SILENT_SECONDS = 30
"""A machine that has not asked for so long has lost its duty: it may have been stopped, and another must see
to it.
"""

_KEEP = f"SELECT set_config('idle_session_timeout', '{SILENT_SECONDS}s', false)"
_TAKE = "SELECT pg_try_advisory_lock(%s, %s)"


GOOD_FOR = 1.0
"""Seconds for which an answer counts: every channel asks, and nothing a duty is about can be sent twice."""


LEAVE_SECONDS = 2.0
"""So long whoever ends waits for whoever is just asking."""


class Duty:
    """Locks by name, held as long as the connection lives and somebody goes on asking."""

    def __init__(self, schema: str, connected: Callable[[], sa.Connection]) -> None:
        self._schema, self._connected = schema, connected
        self._connection: sa.Connection | None = None
        self._held: set[str] = set()
        self._said: dict[str, tuple[bool, float]] = {}
        self._guard = threading.Lock()

    def has(self, name: str, *, at_once: bool = False) -> bool:
        """Whether the duty is ours; it is taken where nobody has it. False where no server answers.
        `at_once`: the last answer does not count.
        """
        with self._guard:
            said, at = self._said.get(name, (False, -GOOD_FOR))
            if not at_once and time.monotonic() - at < GOOD_FOR:
                return said
            try:
                found = self._has(name)
            except (SQLAlchemyError, psycopg.Error, StoreError, OSError):
                self._lose()
                return False
            self._said[name] = (found, time.monotonic())
            return found

    def _has(self, name: str) -> bool:
        if self._connection is None:
            self._connection = self._connected().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.exec_driver_sql(_KEEP)
        if name in self._held:
            # Only the session's life proves that it still is.
            self._connection.exec_driver_sql("SELECT 1")
            return True
        number = sharing.number(f"{self._schema} {name}")
        if self._connection.exec_driver_sql(_TAKE, (sharing.OURS + 2, number)).scalar():
            self._held.add(name)
        return name in self._held

    def _lose(self) -> None:
        connection, self._connection = self._connection, None
        self._held.clear()
        self._said.clear()
        if connection is not None:
            with suppress(DBAPIError, SQLAlchemyError):
                # Not back into the pool: it has settings and locks of its own.
                connection.invalidate()
                connection.close()

    def close(self) -> None:
        """Leave everything to the others. Where somebody waits for a session that stands still, the end of
        this process does.
        """
        if not self._guard.acquire(timeout=LEAVE_SECONDS):
            return
        try:
            self._lose()
        finally:
            self._guard.release()
