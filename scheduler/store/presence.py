"""Who has a session on a schema: each of them holds a shared lock, so that one who must be alone can know."""

import time
from typing import Any

from scheduler.errors import LockError, StoreError
from scheduler.store import marks, sharing

NUMBER = sharing.OURS + 3
PATIENCE = 3.0
"""Seconds to wait for commands that are just coming to their end."""

_JOIN = f"SELECT pg_try_advisory_lock_shared({NUMBER}, hashtext(current_schema()))"
_ALONE = f"SELECT pg_try_advisory_lock({NUMBER}, hashtext(current_schema()))"
_MARKS = "SELECT name, value FROM meta WHERE name = ANY(%s)"
_OTHERS = f"""
    SELECT DISTINCT coalesce(host(client_addr), 'this machine')
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = {NUMBER} AND pid <> pg_backend_pid()
        AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_MACHINES = """
    SELECT DISTINCT substr(name, strpos(name, '.machine.') + 9) FROM meta
    WHERE name LIKE '%.machine.%' AND (value::json ->> 'at')::timestamptz > now() - interval '2 minutes'
"""
_HAS_META = "SELECT to_regclass('meta') IS NOT NULL"


def join(cursor: Any, where: str, *, alone: bool) -> None:
    """Hold the session's lock for as long as it lives. Raises LockError where one that is to be alone is not,
    StoreError where somebody else is alone, or the database says of itself that nobody may work with it.
    """
    end = time.monotonic() + PATIENCE
    # A database without a schema is told elsewhere; there is no lock of it.
    while _one(cursor, _ALONE if alone else _JOIN) is False:
        if time.monotonic() > end:
            raise LockError(_busy(cursor, where)) if alone else StoreError(_taken(where))
        time.sleep(0.1)
    if not alone and _one(cursor, _HAS_META):
        cursor.execute(_MARKS, ([str(mark) for mark in marks.Mark],))
        for name, value in cursor.fetchall():
            raise StoreError(marks.refusal(name, value, where))


def _one(cursor: Any, question: str) -> Any:
    cursor.execute(question)
    return cursor.fetchone()[0]


def _taken(where: str) -> str:
    return f"{where}: everything there is being replaced or moved just now; try again when that is done"


def _busy(cursor: Any, where: str) -> str:
    """Who is connected: machines by the names they gave, else by their addresses."""
    cursor.execute(_OTHERS)
    found = sorted(row[0] for row in cursor.fetchall())
    names: list[str] = []
    if _one(cursor, _HAS_META):
        cursor.execute(_MACHINES)
        names = sorted(row[0] for row in cursor.fetchall())
    who = ", ".join(names) if names else f"somebody at {', '.join(found) or 'an unknown address'}"
    return (
        f"{where}: {who} is at work there; stop every scheduler and every other command of this campaign on "
        "all machines, then do it again; nothing was changed"
    )
