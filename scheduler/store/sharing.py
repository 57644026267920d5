"""Who may write what beside whom, where several machines write to one PostgreSQL server.

SQLite has one writer at a time, and there nothing of this is needed.
"""

import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")

OURS = 0x4B68
"""First half of the number of every advisory lock of ours; the second stands for the schema."""

BESIDE_OTHERS = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
_CHANNEL = "SELECT 1 FROM channels WHERE name = %s AND mode = %s FOR UPDATE"
_FREE_CHANNEL = f"{_CHANNEL} SKIP LOCKED"
_FRESH_CHANNEL = (
    "INSERT INTO channels (name, mode, reason, problem) VALUES (%s, %s, '', '') ON CONFLICT DO NOTHING"
)


def number(name: str) -> int:
    """The second half of a lock's number, for whatever has a name; PostgreSQL wants 31 bits."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def beside_others(connection: sa.Connection, schema: int) -> None:
    """Until the end of the transaction nobody has the schema alone."""
    _ask(connection, BESIDE_OTHERS, OURS, schema)


def without_others(connection: sa.Connection, schema: int) -> None:
    """Wait for everybody at work in the schema; until the end of the transaction it is ours alone."""
    _ask(connection, "SELECT pg_advisory_xact_lock(%s, %s)", OURS, schema)


def own_channel(connection: sa.Connection, mode: str, channel: str) -> None:
    """Wait until the channel is this transaction's: what it reads of it stays so until it commits."""
    read_own_channel(connection, mode, channel, lambda: None)


def read_own_channel(connection: sa.Connection, mode: str, channel: str, ask: Callable[[], T]) -> T:
    """As `own_channel`, and `ask` then. Lock and question go to the server together; where a question is
    asked twice, the last answer counts.
    """
    return _locked(connection, _CHANNEL, mode, channel, ask)[1]


def take_channel(connection: sa.Connection, mode: str, channel: str, ask: Callable[[], T]) -> T | None:
    """As `read_own_channel`, without waiting: None where another one is just at work on the channel."""
    is_ours, found = _locked(connection, _FREE_CHANNEL, mode, channel, ask)
    return found if is_ours else None


def _locked(
    connection: sa.Connection, lock: str, mode: str, channel: str, ask: Callable[[], T]
) -> tuple[bool, T]:
    if not _is_needed(connection):
        return True, ask()
    names = (channel, str(mode))
    locked, found = connection.exec_driver_sql(lock, names), ask()
    if locked.scalar() is not None:
        return True, found
    # Perhaps it has no row yet.
    connection.exec_driver_sql(_FRESH_CHANNEL, names)
    locked, found = connection.exec_driver_sql(lock, names), ask()
    return locked.scalar() is not None, found


def alone(connection: sa.Connection) -> None:
    """Until the end of the transaction notices, the log and what is remembered are written by nobody else.

    Always the last lock of a transaction, so that no two wait for each other.
    """
    if _is_needed(connection):
        statement = "SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))"
        _ask(connection, statement, OURS + 1)


def _is_needed(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _ask(connection: sa.Connection, statement: str, *values: Any) -> Any:
    found = connection.exec_driver_sql(statement, values)
    return found.scalar() if found.returns_rows else None
