"""Who may write what beside whom, where several machines write to one PostgreSQL server.

SQLite has one writer at a time, and there nothing of this is needed.
"""

import zlib
from typing import Any

import sqlalchemy as sa

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
    if not _is_needed(connection):
        return
    if _ask(connection, _CHANNEL, channel, str(mode)) is None:
        _ask(connection, _FRESH_CHANNEL, channel, str(mode))
        _ask(connection, _CHANNEL, channel, str(mode))


def take_channel(connection: sa.Connection, mode: str, channel: str) -> bool:
    """As `own_channel`, without waiting: False where another one is just at work on the channel."""
    if not _is_needed(connection) or _ask(connection, _FREE_CHANNEL, channel, str(mode)) is not None:
        return True
    _ask(connection, _FRESH_CHANNEL, channel, str(mode))
    return _ask(connection, _FREE_CHANNEL, channel, str(mode)) is not None


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
