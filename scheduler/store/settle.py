"""What came of a call: published, refused or unknown; and what looking at the platform later says about the
unknown.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Message, Mode, Receipt, State
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Refused, Sent, Unknown
from scheduler.store import notices, replacing, schema, sharing
from scheduler.store.claim import row_of
from scheduler.store.gate import keep_request
from scheduler.store.rows import (
    SECOND_LOOK,
    Claim,
    Decision,
    Doubt,
    note_act,
    note_event,
    part_key,
    receipt_of,
)

TABLE = schema.deliveries
MOST_DOUBLINGS = 6
ASK = "ask"
"""The cause of notices that ask a person to look at an account."""

_IN_DOUBT = (
    sa.select(TABLE)
    .where(TABLE.c.mode == sa.bindparam("mode"), schema.IS_UNKNOWN)
    .where(TABLE.c.look_at.is_not(None), TABLE.c.look_at <= sa.bindparam("now", type_=schema.Moment))
    .order_by(TABLE.c.look_at)
)
_IN_DOUBT_HERE = schema.often(_IN_DOUBT.where(TABLE.c.channel == sa.bindparam("channel")))

OVERCOME = ("prepare", "interrupted", State.SCHEDULED, State.REFUSED, "missed", "by-hand")
"""Causes that are history once a delivery is out, or has been given a new time."""


def settle(
    connection: sa.Connection,
    mode: Mode,
    claim: Claim,
    part: int,
    outcome: Sent | Refused | Unknown,
    now: datetime,
    decision: Decision,
    lease: timedelta,
    wait: timedelta,
    row: Any,
    expected: State = State.SENDING,
) -> bool:
    """See Store.settle. Compare-and-set: what is no longer this claim's part in the `expected` state is left
    alone. `row` is the claimed delivery's (`beside.ANSWERED`).
    """
    if row is None:
        return False
    is_ours = (row.owner, row.attempt, row.part, row.state) == (
        claim.owner,
        claim.attempt,
        part,
        str(expected),
    )
    late = expected is State.UNKNOWN and isinstance(outcome, Sent) and _given_up(row, part)
    if not (is_ours or late):
        return False
    if isinstance(outcome, Sent):
        in_hand = expected is State.SENDING
        publish(connection, row, outcome.receipt, now, "published", lease if in_hand else None)
    elif isinstance(outcome, Unknown) or decision.state is State.UNKNOWN:
        words = outcome.reason if isinstance(outcome, Unknown) else decision.reason
        # The more often it was looked for in vain, the longer until the next look.
        look_at = row.begun_at + wait * (1 << min(row.looks, MOST_DOUBLINGS))
        _update(connection, row, state=State.UNKNOWN, reason=words, lease_until=None, look_at=look_at)
        note_event(connection, row, now, "unknown", words)
    else:
        _refuse(connection, row, outcome, now, decision)
    _consequences(connection, mode, row, now, decision)
    return True


def _given_up(row: Any, part: int | None) -> bool:
    """Whether the part waits to be sent again, in the very words that were sent once: somebody took it for
    not out. A proof that it is out then comes just in time.
    """
    words_are_the_same = row.begun_at is not None and row.approved_digest == row.digest
    return row.state == State.SCHEDULED and row.part == part and words_are_the_same


def publish(
    connection: sa.Connection, row: Any, receipt: Receipt, now: datetime, event: str, lease: timedelta | None
) -> None:
    """The row's part is out. A worker that is still at it (`lease`) goes on with the next part, else the
    queue does.
    """
    values: dict[str, Any] = {
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "refs": [list(ref) for ref in receipt.refs],
    }
    values["published_at"] = now
    known = {"row": row.id, "part_number": row.part}
    changed = connection.execute(schema.CHANGE_PART, {**known, **values})
    # Where the part was read with the row, it is there: nobody has to wait for the answer.
    if getattr(row, "part_n", None) is None and not changed.rowcount:
        fresh = {"delivery": row.id, "n": row.part, "digest": row.digest, "frozen": False}
        connection.execute(schema.NEW_PART, {**fresh, **values})
    more = row.part + 1 < row.length
    after: dict[str, Any] = {"state": State.PUBLISHED, "owner": None, "lease_until": None}
    if more and lease is not None:
        after = {"state": State.PREPARING, "lease_until": now + lease}
    elif more:
        after["state"] = State.SCHEDULED
    after |= {"part": row.part + 1 if more else row.part, "reason": "", "tries": 0 if more else row.tries}
    after |= {"crashes": 0, "not_before": None, "look_at": None, "absent_at": None}
    after["out_at"] = row.out_at if row.out_at is not None else now
    if more and replacing.is_gone(row):
        after |= {"owner": None, "lease_until": None, **replacing.ended(row.part + 1)}
    _update(connection, row, **after, later=None)
    note_event(connection, row, now, event, receipt.url or receipt.remote_id)
    if getattr(row, "noticed", True):
        notices.close_of(connection, row.mode, row.key, (State.UNKNOWN, ASK, *OVERCOME), now)


def _no_longer_in_doubt(connection: sa.Connection, row: Any, now: datetime) -> None:
    notices.close_of(connection, row.mode, row.key, (State.UNKNOWN, ASK), now)


def _refuse(connection: sa.Connection, row: Any, outcome: Refused, now: datetime, decision: Decision) -> None:
    """Certainly not out: what was frozen is forgotten here (its attempt keeps it) and made anew next time."""
    reason = decision.reason or outcome.message
    if decision.state is State.REFUSED and row.part > 0:
        reason = f"parts 1..{row.part} published; {reason}"
    keep_request(connection, row, row.part, None, frozen=False)
    note_event(connection, row, now, "refused", f"{outcome.kind}: {outcome.message}")
    _free(connection, row, decision.state, reason, decision.not_before, now)


def _free(
    connection: sa.Connection, row: Any, state: State, reason: str, not_before: datetime | None, now: datetime
) -> None:
    """The row's part is certainly not out, so what a reload wanted of it meanwhile is done now."""
    values: dict[str, Any] = {"not_before": not_before, "owner": None, "lease_until": None, "look_at": None}
    values |= {"absent_at": None, "out_at": None if row.part == 0 else row.out_at}
    values |= replacing.taken_up(row, state, reason)
    _update(connection, row, **values)
    if values["state"] is not state:
        note_event(connection, row, now, str(values["state"]), values["reason"])


def decline(
    connection: sa.Connection, mode: Mode, claim: Claim, refused: Refused, now: datetime, decision: Decision
) -> bool:
    """A refusal while preparing: nothing visible was tried, but the delivery may have to wait or end."""
    row = row_of(connection, mode, claim.key)
    fence = (claim.owner, claim.attempt, claim.part, str(State.PREPARING))
    if row is None or (row.owner, row.attempt, row.part, row.state) != fence:
        return False
    _refuse(connection, row, refused, now, decision)
    _update(connection, row, tries=row.tries + 1)
    _consequences(connection, mode, row, now, decision)
    return True


def _consequences(connection: sa.Connection, mode: Mode, row: Any, now: datetime, decision: Decision) -> None:
    """What the answer means beyond this delivery: a pause or hold of its channel, a notice."""
    if decision.channel_not_before is not None:
        values = {"not_before": decision.channel_not_before, "reason": decision.reason}
        channel_values(connection, mode, row.channel, **values)
    if decision.hold is not None:
        hold_channel(connection, mode, row.channel, decision.hold, row.key, now)
    if decision.notice is not None:
        cause = f"{decision.state}:{part_key(row.key, row.part)}"
        notices.add(connection, mode, cause, row.key, decision.notice, now)


def hold_channel(
    connection: sa.Connection, mode: Mode, channel: str, reason: str, key: str | None, now: datetime
) -> None:
    """One hold and one notice, however many deliveries run into the same trouble; a dry run holds nothing,
    as holds are shared by both modes.
    """
    if mode is Mode.DRY:
        notices.add(connection, mode, f"hold:{channel}", key, f"{channel}: {reason}", now)
        return
    table = schema.holds
    is_open = sa.select(table.c.id).where(
        table.c.scope == "channel",
        table.c.value == channel,
        table.c.who == "scheduler",
        table.c.lifted_at.is_(None),
    )
    if connection.scalar(is_open.limit(1)) is not None:
        return
    values = {"scope": "channel", "value": channel, "reason": reason, "who": "scheduler", "at": now}
    made = connection.execute(table.insert().values(**values)).inserted_primary_key
    note_act(connection, "scheduler", "hold", f"channel {channel}", reason, now)
    number = made[0] if made else ""
    notices.add(connection, mode, f"hold:{number}", key, f"{channel} is held: {reason}", now)


def channel_values(connection: sa.Connection, mode: Mode, channel: str, **values: Any) -> None:
    """Set columns of a channel's row, made where it is missing."""
    table = schema.channels
    known = sa.and_(table.c.name == channel, table.c.mode == mode)
    if not connection.execute(table.update().where(known).values(**values)).rowcount:
        fresh = {"name": channel, "mode": mode, "reason": "", "problem": ""}
        connection.execute(table.insert().values(**{**fresh, **values}))


def receipt(connection: sa.Connection, mode: Mode, key: str, part: int) -> Receipt | None:
    """The receipt of a published part, else None."""
    table = schema.parts
    query = (
        sa.select(table)
        .join(TABLE, TABLE.c.id == table.c.delivery)
        .where(TABLE.c.mode == mode, TABLE.c.key == key, table.c.n == part)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else receipt_of(row)


def unknowns(
    connection: sa.Connection, mode: Mode, now: datetime, channel: str | None = None
) -> tuple[Doubt, ...]:
    """Unknown deliveries whose next look is due, of one channel or of all."""
    bound = {"mode": mode, "now": now} | ({} if channel is None else {"channel": channel})
    rows = connection.execute(_IN_DOUBT if channel is None else _IN_DOUBT_HERE, bound)
    return tuple(_doubt(connection, row) for row in rows)


def _doubt(connection: sa.Connection, row: Any) -> Doubt:
    table = schema.parts
    request = connection.scalar(
        sa.select(table.c.request).where(table.c.delivery == row.id, table.c.n == row.part)
    )
    return Doubt(
        key=row.key,
        channel=row.channel,
        attempt=row.attempt,
        part=row.part,
        prepared=Prepared.from_json(request or {"request": {}}),
        begun_at=row.begun_at,
        reason=row.reason,
        looks=row.looks,
        taken=_taken(connection, row),
        message=Message.from_json(row.message),
    )


def _taken(connection: sa.Connection, row: Any) -> frozenset[str]:
    """Remote ids on the same channel or account, of either mode, that are receipts of something else."""
    table = schema.parts
    # Each place by its own index; asked with "or" every row would be read.
    places = [sa.and_(TABLE.c.mode.in_([str(mode) for mode in Mode]), TABLE.c.channel == row.channel)]
    if row.account is not None:
        places.append(TABLE.c.account == row.account)
    another = sa.or_(table.c.delivery != row.id, table.c.n != row.part)
    query = (
        sa.select(table.c.remote_id)
        .join(TABLE, TABLE.c.id == table.c.delivery)
        .where(table.c.remote_id.is_not(None), TABLE.c.out_at.is_not(None), another)
    )
    return frozenset(name for place in places for name in connection.scalars(query.where(place)))


def reconciled(
    connection: sa.Connection,
    mode: Mode,
    key: str,
    finding: Found | Absent | CannotTell,
    now: datetime,
    wait: timedelta,
    again: datetime | None,
    part: int | None = None,
) -> State | None:
    """See Store.reconciled."""
    row = row_of(connection, mode, key)
    if row is None:
        return None
    if row.state != State.UNKNOWN and not (isinstance(finding, Found) and _given_up(row, part)):
        return None
    if isinstance(finding, Found):
        # Two channels of one account may have found the same post at the same time.
        sharing.alone(connection)
        if finding.receipt.remote_id in _taken(connection, row):
            finding = CannotTell("the post found there is another delivery's")
    match finding:
        case Found(receipt):
            publish(connection, row, receipt, now, "found", None)
        case Absent():
            _absent(connection, row, now, wait)
        case CannotTell(reason):
            note_event(connection, row, now, "cannot tell", reason)
            words = f"{row.key} may or may not be out ({row.reason}): {reason}"
            notices.add(connection, mode, f"{ASK}:{part_key(row.key, row.part)}", row.key, words, now)
            _update(connection, row, looks=row.looks + 1, look_at=again, absent_at=None)
    return State(row_of(connection, mode, key).state)


def _absent(connection: sa.Connection, row: Any, now: datetime, wait: timedelta) -> None:
    """Believed only after the settle time, and only when a second look at least 15 s later agrees."""
    settled = row.begun_at + wait
    if now < settled:
        _update(connection, row, look_at=settled)
    elif row.absent_at is None:
        _update(connection, row, absent_at=now, look_at=now + SECOND_LOOK)
        note_event(connection, row, now, "absent", "looking once more")
    elif now < row.absent_at + SECOND_LOOK:
        _update(connection, row, look_at=row.absent_at + SECOND_LOOK)
    else:
        note_event(connection, row, now, "absent", "it is not there; it may be sent again")
        not_out(connection, row, "looked twice: it is not there", now)


def not_out(connection: sa.Connection, row: Any, reason: str, now: datetime) -> None:
    """An unknown delivery that is certainly not out goes back to the queue, to be made anew."""
    keep_request(connection, row, row.part, None, frozen=False)
    _free(connection, row, State.SCHEDULED, reason, None, now)
    _no_longer_in_doubt(connection, row, now)


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(schema.CHANGE_ROW, {"row": row.id, **values})
