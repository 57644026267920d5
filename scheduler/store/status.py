"""Reading: where every delivery stands, and the whole story of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Message, Mode, Receipt, Said, State
from scheduler.store import chain, notices, schema
from scheduler.store.bars import STANDING, closing, corrected_here, missing_approvals
from scheduler.store.rows import Policy, receipt_of
from scheduler.store.scene import Scene, scene
from scheduler.store.shown import OPEN, Act, Event, Status

TABLE = schema.deliveries


def statuses(
    connection: sa.Connection, mode: Mode, policy: Policy, now: datetime, key: str | None = None
) -> tuple[Status, ...]:
    """Every delivery of the mode by due time, each with every open reason it does not go out."""
    around = scene(connection, mode, policy, now, for_all=key is None)
    query = sa.select(TABLE).where(TABLE.c.mode == mode).order_by(TABLE.c.due, TABLE.c.id)
    if key is not None:
        query = query.where(TABLE.c.key == key)
    rows = connection.execute(query).all()
    tries = _attempt_counts(connection, mode)
    receipts = _receipts(connection, mode)
    return tuple(_status(around, row, tries.get(row.id, 0), receipts.get(row.id, ())) for row in rows)


def _status(around: Scene, row: Any, attempts: int, receipts: tuple[Receipt, ...]) -> Status:
    return Status(
        key=row.key,
        post=row.post,
        channel=row.channel,
        kind=row.kind,
        language=row.language,
        state=State(row.state),
        due=row.due,
        expires=row.expires,
        not_before=row.not_before,
        day=row.day,
        attempts=attempts,
        url=receipts[0].url if receipts else None,
        reasons=_reasons(around, row),
        notes=_notes(around, row),
        digest=row.digest,
        message=Message.from_json(row.message),
        part=row.part,
        slot=row.slot,
        receipts=receipts,
        cancelled_by=row.cancelled_by,
        waived=tuple(row.waived),
        said=_said(around, row),
        planned=row.planned_due if row.due_by is not None else None,
        records=row.records,
    )


def _said(around: Scene, row: Any) -> tuple[str, ...]:
    """The comments on what it shows now; those on an earlier version are in its story."""
    return tuple(
        f"{one.who}: {one.words}"
        for one in around.given(row.key)
        if one.act is Said.COMMENT and one.digest == row.digest
    )


def _reasons(around: Scene, row: Any) -> tuple[str, ...]:
    """What keeps an open delivery, or what ended one. A pause before the next try is no reason to act on."""
    if row.state in OPEN:
        return tuple(bar.reason for bar in closing(around, row, STANDING))
    return (row.reason,) if row.reason else ()


def _notes(around: Scene, row: Any) -> tuple[str, ...]:
    """What a dry run takes for granted; what the last try said, where another will follow."""
    assumed: tuple[str, ...] = ()
    if not around.is_live:
        assumed = (*(f"assumed cleared: {stop}" for stop in row.stops if not row.errors),)
        assumed += tuple(f"assumed approved: {words}" for words in missing_approvals(around, row)[:1])
    waiting = (row.reason,) if row.state in OPEN and row.reason else ()
    return (*assumed, *waiting)


def _attempt_counts(connection: sa.Connection, mode: Mode) -> Mapping[int, int]:
    table = schema.attempts
    query = (
        sa.select(table.c.delivery, sa.func.count())
        .where(table.c.mode == mode, sa.text("attempts.event = 'begun'"))
        .group_by(table.c.delivery)
    )
    return {delivery: count for delivery, count in connection.execute(query)}


def _receipts(connection: sa.Connection, mode: Mode) -> Mapping[int, tuple[Receipt, ...]]:
    table = schema.parts
    query = (
        sa.select(table)
        .join(TABLE, TABLE.c.id == table.c.delivery)
        .where(TABLE.c.mode == mode, table.c.remote_id.is_not(None))
        .order_by(table.c.n)
    )
    found: dict[int, tuple[Receipt, ...]] = {}
    for row in connection.execute(query):
        receipt = receipt_of(row)
        if receipt is not None:
            found[row.delivery] = (*found.get(row.delivery, ()), receipt)
    return found


def history(connection: sa.Connection, mode: Mode, key: str) -> tuple[Event, ...]:
    """Everything that happened to one key, in order: its tries, what people did and approved, the notices."""
    table = schema.attempts
    query = (
        sa.select(table)
        .join(TABLE, TABLE.c.id == table.c.delivery)
        .where(TABLE.c.mode == mode, TABLE.c.key == key)
        .order_by(table.c.id)
    )
    story = [Event(row.at, row.event, row.detail, row.n, row.part) for row in connection.execute(query)]
    told = [Event(act.at, act.act, act.detail, who=act.who) for act in acts(connection, key)]
    story += [*told, *_of_its_post(connection, key), *_corrections(connection, mode, key)]
    story += [Event(notice.at, "notice", notice.text) for notice in notices.of(connection, mode, key)]
    return tuple(sorted(story, key=lambda event: event.at))


def _of_its_post(connection: sa.Connection, key: str) -> list[Event]:
    """What people did with the whole post it is of: holds, and the end of them."""
    post = key.split("/")[1] if key.count("/") == 2 else ""
    found = (act for what in (post, f"post {post}") if post for act in acts(connection, what))
    return [Event(act.at, f"{act.act} {act.what}", act.detail, who=act.who) for act in found]


def _corrections(connection: sa.Connection, mode: Mode, key: str) -> list[Event]:
    """The deliveries that correct this one, each since it was known here, and as it stands now."""
    query = sa.select(TABLE).where(TABLE.c.mode == mode, TABLE.c.correction.is_(True))
    found = []
    for row in connection.execute(query):
        corrected = row.message.get("corrects")
        if corrected and corrected_here(corrected, row.channel) == key:
            at = row.out_at or row.created_at
            found.append(Event(at, "correction", f"{row.key} corrects it: {row.state}"))
    return found


def can_change(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> bool:
    """Whether time alone can still change anything: something is on its way, is being looked for, or may yet
    go out.
    """
    looking = sa.or_(TABLE.c.looks == 0, TABLE.c.absent_at.is_not(None))
    for condition in (schema.IS_IN_FLIGHT, sa.and_(schema.IS_UNKNOWN, looking)):
        if (
            connection.scalar(sa.select(TABLE.c.id).where(TABLE.c.mode == mode, condition).limit(1))
            is not None
        ):
            return True
    around = scene(connection, mode, policy, now, for_all=True)
    rows = connection.execute(sa.select(TABLE).where(TABLE.c.mode == mode, schema.IS_SCHEDULED))
    # Read on only until one may go out, which as a rule is the first.
    return any(not closing(around, row, STANDING) for row in rows)


def acts(
    connection: sa.Connection, what: str | None = None, since: datetime | None = None
) -> tuple[Act, ...]:
    """The audit log, of one thing or of all, oldest first."""
    return tuple(
        Act(row.at, row.who, row.act, row.what, row.detail, row.id, row.hash)
        for row in chain.rows(connection, what, since)
    )
