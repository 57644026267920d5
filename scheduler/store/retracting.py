"""What was published and taken down again: the receipt stays, with who took it down and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.errors import RunError
from scheduler.model import Mode, Receipt, State
from scheduler.store import people, schema
from scheduler.store.rows import note_act, note_event, part_key, receipt_of

RETRACTED, NOT_RETRACTED = "retracted", "not retracted"
"""Events of a part: it is gone from the platform, or could not be taken down."""

TABLE = schema.deliveries
_STEPS = {
    State.UNKNOWN: "look at the account and say with `settle` what you saw, then retract it",
    State.SENDING: "it is being sent; wait until that has ended",
    State.PREPARING: "a thread is still going out; `cancel` the rest of it first",
    State.SCHEDULED: "a thread is still going out; `cancel` the rest of it first",
}


def remaining(connection: sa.Connection, mode: Mode, key: str) -> tuple[tuple[int, Receipt], ...]:
    """See Store.to_retract."""
    row = people.required(connection, mode, key)
    published = _published(connection, row)
    state = State(row.state)
    if state in _STEPS and (published or state in (State.UNKNOWN, State.SENDING)):
        raise RunError(f"{key} is {state}: {_STEPS[state]}")
    if not published:
        raise RunError(f"{key} is {state}: nothing of it was published, so there is nothing to take down")
    gone = _gone(connection, row)
    return tuple((part, receipt) for part, receipt in reversed(published) if part not in gone)


def retracted(
    connection: sa.Connection, mode: Mode, key: str, part: int, who: str, reason: str, how: str, now: datetime
) -> None:
    """See Store.retracted."""
    row = people.required(connection, mode, key)
    words = f"by {who}{how}: {reason}"
    note_event(connection, row, now, RETRACTED, words, part=part)
    note_act(connection, who, "retract", key, f"{part_key(key, part)}{how}: {reason}", now)
    if {number for number, _ in _published(connection, row)} <= _gone(connection, row):
        words = f"{RETRACTED} {now.isoformat(timespec='seconds')} {words}"
        connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(reason=words))


def not_retracted(
    connection: sa.Connection, mode: Mode, key: str, part: int, who: str, why: str, now: datetime
) -> None:
    """See Store.not_retracted."""
    row = people.required(connection, mode, key)
    note_event(connection, row, now, NOT_RETRACTED, why, part=part)
    note_act(connection, who, "retract", key, f"{part_key(key, part)} could not be taken down: {why}", now)


def taken_back(connection: sa.Connection, mode: Mode) -> dict[str, str]:
    """See Store.taken_back."""
    query = sa.select(TABLE.c.key, TABLE.c.reason).where(
        TABLE.c.mode == mode, TABLE.c.reason.startswith(f"{RETRACTED} ")
    )
    return {row.key: row.reason for row in connection.execute(query.order_by(TABLE.c.due, TABLE.c.id))}


def _published(connection: sa.Connection, row: Any) -> Sequence[tuple[int, Receipt]]:
    query = sa.select(schema.parts).where(schema.parts.c.delivery == row.id).order_by(schema.parts.c.n)
    found = ((part.n, receipt_of(part)) for part in connection.execute(query))
    return [(number, receipt) for number, receipt in found if receipt is not None]


def _gone(connection: sa.Connection, row: Any) -> set[int]:
    table = schema.attempts
    query = sa.select(table.c.part).where(table.c.delivery == row.id, table.c.event == RETRACTED)
    return set(connection.scalars(query))
