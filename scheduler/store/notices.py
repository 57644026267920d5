"""Notices for people, one per cause; and the heartbeat and other small facts the store remembers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.store import schema, sharing
from scheduler.store.shown import Notice

TABLE = schema.notices
ON = ":on "
"""Stands in a cause before the machine that it concerns alone."""

OPEN_OF = schema.often(
    sa.select(TABLE.c.id)
    .where(TABLE.c.mode == sa.bindparam("mode"), TABLE.c.key == sa.bindparam("key"))
    .where(TABLE.c.closed_at.is_(None))
    .limit(1)
)
OPEN_FOR = schema.often(
    sa.select(TABLE.c.id)
    .where(TABLE.c.mode == sa.bindparam("mode"), TABLE.c.cause == sa.bindparam("cause"))
    .where(TABLE.c.closed_at.is_(None))
)
KEPT = schema.often(sa.select(schema.meta.c.value).where(schema.meta.c.name == sa.bindparam("name")))


def add(connection: sa.Connection, mode: str, cause: str, key: str | None, text: str, now: datetime) -> bool:
    """Tell people once: False where the cause is already open."""
    if is_open(connection, mode, cause):
        return False
    sharing.alone(connection)
    if is_open(connection, mode, cause):
        return False
    connection.execute(TABLE.insert().values(mode=mode, cause=cause, key=key, text=text, at=now))
    return True


def close(connection: sa.Connection, mode: str, cause: str, now: datetime) -> bool:
    """The cause is gone; the next time it comes it is told again."""
    done = connection.execute(
        TABLE.update()
        .where(TABLE.c.mode == mode, TABLE.c.cause == cause, TABLE.c.closed_at.is_(None))
        .values(closed_at=now)
    )
    return bool(done.rowcount)


def close_everywhere(connection: sa.Connection, cause: str, now: datetime) -> None:
    """As `close`, in both modes: what they share is over for both."""
    for mode in Mode:
        close(connection, mode, cause, now)


def close_by_machines(connection: sa.Connection, mode: str, cause: str, now: datetime) -> None:
    """Close what each machine has told of for itself under that cause."""
    _close_like(connection, mode, TABLE.c.cause.startswith(f"{cause}{ON}", autoescape=True), now)


def close_by_machine(connection: sa.Connection, mode: str, name: str, now: datetime) -> None:
    """Close everything that concerned that machine alone."""
    _close_like(connection, mode, TABLE.c.cause.endswith(f"{ON}{name}", autoescape=True), now)


def _close_like(connection: sa.Connection, mode: str, is_one: Any, now: datetime) -> None:
    known = TABLE.c.mode == mode, TABLE.c.closed_at.is_(None), is_one
    connection.execute(TABLE.update().where(*known).values(closed_at=now))


def is_open(connection: sa.Connection, mode: str, cause: str) -> bool:
    """Whether people were told of it, and it is not over."""
    return connection.scalar(OPEN_FOR, {"mode": mode, "cause": cause}) is not None


def close_of(connection: sa.Connection, mode: str, key: str, causes: Iterable[str], now: datetime) -> None:
    """Close a delivery's notices of some causes, of whichever part and attempt."""
    if connection.scalar(OPEN_OF, {"mode": mode, "key": key}) is None:
        return
    is_one = [TABLE.c.cause.startswith(f"{cause}:", autoescape=True) for cause in causes]
    connection.execute(
        TABLE.update()
        .where(TABLE.c.mode == mode, TABLE.c.key == key, TABLE.c.closed_at.is_(None), sa.or_(*is_one))
        .values(closed_at=now)
    )


def since(connection: sa.Connection, mode: str, moment: datetime | None) -> tuple[Notice, ...]:
    """The open notices, and those written after `moment`, in the order they were written."""
    wanted: Any = TABLE.c.closed_at.is_(None) if moment is None else TABLE.c.at > moment
    query = sa.select(TABLE).where(TABLE.c.mode == mode, wanted).order_by(TABLE.c.id)
    return tuple(_notice(row) for row in connection.execute(query))


def of(connection: sa.Connection, mode: str, key: str) -> tuple[Notice, ...]:
    query = sa.select(TABLE).where(TABLE.c.mode == mode, TABLE.c.key == key).order_by(TABLE.c.id)
    return tuple(_notice(row) for row in connection.execute(query))


def _notice(row: Any) -> Notice:
    return Notice(row.id, row.cause, row.key, row.text, row.at, row.closed_at)


def remember(connection: sa.Connection, name: str, value: Any) -> None:
    """Keep a small JSON value under a name."""
    sharing.alone(connection)
    known = schema.meta.c.name == name
    if not connection.execute(schema.meta.update().where(known).values(value=value)).rowcount:
        connection.execute(schema.meta.insert().values(name=name, value=value))


def recall(connection: sa.Connection, name: str) -> Any:
    """What was kept under a name, or None."""
    return connection.scalar(KEPT, {"name": name})


def forget(connection: sa.Connection, name: str) -> None:
    """Keep nothing under a name any more."""
    connection.execute(schema.meta.delete().where(schema.meta.c.name == name))
