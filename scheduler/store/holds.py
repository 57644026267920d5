"""Stops and what lapses under them: holds, lifting, and deliveries whose time has passed."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.errors import RunError
from scheduler.model import Mode, State
from scheduler.store import notices, schema
from scheduler.store.bars import STANDING, closing, open_holds, scene
from scheduler.store.rows import THREAD_ENDS, Hold, LiftReport, Policy, note_act, note_event
from scheduler.store.settle import hold_channel

TABLE = schema.deliveries
SCOPES = ("all", "channel", "kind", "language", "post")
MANY = 5
"""More missed at once on a channel than this is an outage, not an accident: the channel is held."""


def hold(
    connection: sa.Connection,
    scope: str,
    value: str,
    reason: str,
    who: str,
    now: datetime,
    look_again: datetime | None,
) -> int:
    """See Store.hold."""
    if scope not in SCOPES:
        raise RunError(f"a hold is on one of {', '.join(SCOPES)}; {scope!r} is none of them")
    if (scope == "all") == bool(value):
        raise RunError(f"a hold on {scope} {'names nothing more' if value else 'needs its name'}")
    values = {
        "scope": scope,
        "value": value,
        "reason": reason,
        "who": who,
        "at": now,
        "look_again": look_again,
    }
    made = connection.execute(schema.holds.insert().values(**values)).inserted_primary_key
    note_act(connection, who, "hold", f"{scope} {value}".strip(), reason, now)
    return int(made[0]) if made else 0


def lift(
    connection: sa.Connection,
    hold_id: int | None,
    scope: str | None,
    value: str,
    who: str,
    now: datetime,
) -> LiftReport:
    """See Store.lift."""
    every = open_holds(connection)
    lifted = [one for one in every if one.id == hold_id or (one.scope == scope and one.value == value)]
    if not lifted:
        what = f"number {hold_id}" if hold_id is not None else f"{scope} {value}".strip()
        raise RunError(f"there is no open hold on {what}; `status` lists the open ones")
    numbers = [one.id for one in lifted]
    table = schema.holds
    connection.execute(table.update().where(table.c.id.in_(numbers)).values(lifted_at=now, lifted_by=who))
    for one in lifted:
        note_act(connection, who, "release", f"{one.scope} {one.value}".strip(), one.reason, now)
    return LiftReport(tuple(numbers), tuple(_lapse(connection, lifted, now)))


def _lapse(connection: sa.Connection, lifted: list[Hold], now: datetime) -> Iterable[str]:
    """What came due under the hold does not go out now, in either mode: lifting never fires a backlog."""
    remaining = open_holds(connection)
    # What is being prepared at this moment would go out too; without its claim it fails at the gate.
    coming = TABLE.c.state.in_([State.SCHEDULED, State.PREPARING])
    query = sa.select(TABLE).where(coming, TABLE.c.part == 0, TABLE.c.due <= now)
    for row in connection.execute(query.order_by(TABLE.c.due, TABLE.c.id)).all():
        under = next((one for one in lifted if one.stops(row)), None)
        if under is not None and not any(one.stops(row) for one in remaining):
            _end(connection, row, State.MISSED, f"its time came under a {under}", now)
            yield row.key


def overdue(connection: sa.Connection, mode: Mode, now: datetime) -> list[Any]:
    """Scheduled rows past their last moment: the first part's expiry, or a begun thread's day."""
    first = sa.and_(TABLE.c.part == 0, TABLE.c.expires <= now)
    begun = sa.and_(TABLE.c.part > 0, TABLE.c.due <= now - THREAD_ENDS)
    query = sa.select(TABLE).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, sa.or_(first, begun))
    return list(connection.execute(query.order_by(TABLE.c.due, TABLE.c.id)).all())


def expire(
    connection: sa.Connection, mode: Mode, policy: Policy, rows: Iterable[Any], now: datetime
) -> tuple[str, ...]:
    """See Store.expire."""
    around = scene(connection, mode, policy, now)
    missed = []
    for row in rows:
        if row.part > 0:
            words = f"parts 1..{row.part} published; the rest could not be sent within a day"
            _end(connection, row, State.REFUSED, words, now)
            notices.add(connection, mode, f"thread:{row.key}", row.key, f"{row.key}: {words}", now)
        elif not any(one.stops(row) for one in around.holds):
            _end(connection, row, State.MISSED, _why(around, row), now)
            missed.append(row)
    _alert(connection, mode, missed, now)
    return tuple(row.key for row in missed)


def _why(around: Any, row: Any) -> str:
    """What stood in the way, as far as it is known."""
    standing = [bar.reason for bar in closing(around, row, STANDING)]
    if standing:
        return "its time passed: " + "; ".join(standing)
    if row.reason:
        return f"its time passed; last: {row.reason}"
    return "its time passed before it could be sent; was the scheduler running?"


def _alert(connection: sa.Connection, mode: Mode, missed: list[Any], now: datetime) -> None:
    """One notice for each missed delivery; for many at once on a channel one notice and, live, one hold."""
    counts = Counter(row.channel for row in missed)
    for row in missed:
        if counts[row.channel] <= MANY:
            words = f"{row.key} was missed; `retry` gives it a new time"
            notices.add(connection, mode, f"missed:{row.key}:{now.isoformat()}", row.key, words, now)
    for channel, count in counts.items():
        if count <= MANY:
            continue
        words = f"{count} posts were missed at once; look at what is still to come, then release it"
        hold_channel(connection, mode, channel, words, None, now)


def _end(connection: sa.Connection, row: Any, state: State, reason: str, now: datetime) -> None:
    connection.execute(
        TABLE.update()
        .where(TABLE.c.id == row.id)
        .values(state=state, reason=reason, owner=None, lease_until=None, wake_at=None)
    )
    note_event(connection, row, now, str(state), reason)
