"""Taking a delivery up and putting it down again: one in flight per channel, earliest due first."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Message, Mode, State
from scheduler.platforms.base import Prepared
from scheduler.store import notices, schema
from scheduler.store.bars import STANDING, TIMED, Scene, closing, due, gate, scene
from scheduler.store.gate import keep_request
from scheduler.store.rows import Claim, Policy, note_act, note_event

TABLE = schema.deliveries
CRASHES = 5
"""After so many interrupted preparations the post is held: it may be what brings the program down."""

CRASH_PAUSE = timedelta(seconds=30)


def claim(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy,
    owner: str,
    now: datetime,
    channel: str | None,
    lead: timedelta,
    lease: timedelta,
) -> Claim | None:
    """See Store.claim."""
    around = scene(connection, mode, policy, now)
    rules = [rule for rule in (*STANDING, *TIMED) if rule is not due]
    for row in _candidates(connection, mode, now + lead, channel):
        answer = gate(closing(around, row, rules))
        if answer:
            return _take(around, row, owner, lease)
        if answer.not_before != row.wake_at:
            _update(connection, row, wake_at=answer.not_before)
    return None


def awaiting(
    connection: sa.Connection, mode: Mode, now: datetime, leads: Mapping[str, timedelta]
) -> frozenset[str]:
    """Channels with a scheduled row that is due (or may be prepared), or an unknown one to look at."""
    until = now + max(leads.values(), default=timedelta(0))
    due = sa.select(TABLE.c.channel).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due <= until)
    doubtful = sa.select(TABLE.c.channel).where(
        TABLE.c.mode == mode, schema.IS_UNKNOWN, TABLE.c.look_at <= now
    )
    return frozenset(connection.scalars(due.union(doubtful)))


def worth_a_look(connection: sa.Connection, mode: Mode, until: datetime, channel: str | None) -> bool:
    """Whether anything is due at all: the common answer is no, and it must not cost a write lock."""
    query = sa.select(TABLE.c.id).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due <= until)
    if channel is not None:
        query = query.where(TABLE.c.channel == channel)
    return connection.scalar(query.limit(1)) is not None


def _candidates(connection: sa.Connection, mode: Mode, until: datetime, channel: str | None) -> Iterable[Any]:
    """Scheduled rows that are due, of channels with nothing in flight; of a channel in mid-thread the thread
    alone.
    """
    mine = [TABLE.c.mode == mode] + ([TABLE.c.channel == channel] if channel is not None else [])
    busy = set(connection.scalars(sa.select(TABLE.c.channel).where(*mine, schema.IS_IN_FLIGHT)))
    query = sa.select(TABLE).where(*mine, schema.IS_SCHEDULED, TABLE.c.due <= until)
    rows = connection.execute(query.order_by(TABLE.c.urgent.desc(), TABLE.c.due, TABLE.c.id)).all()
    threads = {row.channel for row in rows if row.part > 0}
    return [row for row in rows if row.channel not in busy and (row.part > 0 or row.channel not in threads)]


def _take(scene: Scene, row: Any, owner: str, lease: timedelta) -> Claim:
    lease_until = scene.now + lease
    _update(
        scene.connection,
        row,
        state=State.PREPARING,
        owner=owner,
        lease_until=lease_until,
        attempt=row.attempt + 1,
        not_before=None,
        wake_at=None,
    )
    return claim_of(scene.connection, row, owner, lease_until)


def claim_of(connection: sa.Connection, row: Any, owner: str, lease_until: datetime) -> Claim:
    """The claim on a row as it was before its attempt was counted up."""
    table = schema.parts
    part = connection.execute(
        sa.select(table).where(table.c.delivery == row.id, table.c.n == row.part)
    ).one_or_none()
    usable = part is not None and part.request is not None and (part.frozen or part.digest == row.digest)
    return Claim(
        key=row.key,
        channel=row.channel,
        owner=owner,
        attempt=row.attempt + 1,
        message=Message.from_json(row.message),
        digest=row.digest,
        part=row.part,
        due=row.due,
        expires=row.expires,
        lease_until=lease_until,
        tries=row.tries,
        prepared=Prepared.from_json(part.request) if usable and part is not None else None,
        frozen=bool(usable and part is not None and part.frozen),
    )


def reclaim(
    connection: sa.Connection, mode: Mode, owner: str, key: str, attempt: int, now: datetime, lease: timedelta
) -> Claim | None:
    """Take over an unknown delivery to repeat its frozen request; its state stays unknown until the gate
    opens.
    """
    row = row_of(connection, mode, key)
    if row is None or row.state != State.UNKNOWN or row.attempt != attempt:
        return None
    taken = claim_of(connection, row, owner, now + lease)
    if not taken.frozen:
        return None
    _update(connection, row, owner=owner, lease_until=now + lease, attempt=row.attempt + 1)
    return taken


def renew(connection: sa.Connection, mode: Mode, claim: Claim, now: datetime, lease: timedelta) -> bool:
    """A longer lease for a preparation that is still ours."""
    done = connection.execute(_ours(mode, claim).values(lease_until=now + lease))
    return bool(done.rowcount)


def give_back(
    connection: sa.Connection,
    mode: Mode,
    claim: Claim,
    not_before: datetime | None,
    reason: str,
    now: datetime,
    prepared: Prepared | None,
    failed: bool,
) -> bool:
    """See Store.give_back."""
    values: dict[str, Any] = {"state": State.SCHEDULED, "owner": None, "lease_until": None, "reason": reason}
    values["not_before"] = not_before
    values["tries"] = TABLE.c.tries + int(failed)
    if not connection.execute(_ours(mode, claim).values(**values)).rowcount:
        return False
    row = row_of(connection, mode, claim.key)
    if prepared is not None and row.digest == claim.digest:
        keep_request(connection, row, claim.part, prepared, frozen=False)
    if reason:
        note_event(connection, row, now, "given back", reason, attempt=claim.attempt, part=claim.part)
    return True


def _ours(mode: Mode, claim: Claim) -> Any:
    return TABLE.update().where(
        TABLE.c.mode == mode,
        TABLE.c.key == claim.key,
        TABLE.c.owner == claim.owner,
        TABLE.c.attempt == claim.attempt,
        TABLE.c.state == State.PREPARING,
    )


def interrupted(connection: sa.Connection, mode: Mode, owner: str, now: datetime, alone: bool) -> list[Any]:
    """Rows in flight whose worker is gone: the lease is over or, where we are `alone`, they are not ours."""
    gone = TABLE.c.lease_until <= now
    if alone:
        gone = sa.or_(gone, TABLE.c.owner != owner)
    query = sa.select(TABLE).where(TABLE.c.mode == mode, schema.IS_IN_FLIGHT, gone)
    return list(connection.execute(query).all())


def sweep(
    connection: sa.Connection, mode: Mode, rows: Iterable[Any], now: datetime, settle: timedelta
) -> tuple[str, ...]:
    """See Store.sweep."""
    swept = []
    for row in rows:
        if row.state == State.SENDING:
            _doubt(connection, row, now, settle)
        else:
            _put_back(connection, mode, row, now)
        swept.append(row.key)
    return tuple(swept)


def _doubt(connection: sa.Connection, row: Any, now: datetime, settle: timedelta) -> None:
    reason = "the program stopped before the platform's answer was recorded"
    _update(
        connection, row, state=State.UNKNOWN, reason=reason, lease_until=None, look_at=row.begun_at + settle
    )
    note_event(connection, row, now, "unknown", reason)


def _put_back(connection: sa.Connection, mode: Mode, row: Any, now: datetime) -> None:
    """Nothing visible was done. A post that interrupts us again and again is held; the others go on."""
    crashes = row.crashes + 1
    reason = "preparing it was interrupted"
    _update(
        connection,
        row,
        state=State.SCHEDULED,
        owner=None,
        lease_until=None,
        crashes=crashes,
        reason=reason,
        not_before=now + CRASH_PAUSE * (crashes - 1),
    )
    note_event(connection, row, now, "interrupted", reason)
    if crashes >= CRASHES:
        _hold_post(connection, mode, row, now)


def _hold_post(connection: sa.Connection, mode: Mode, row: Any, now: datetime) -> None:
    words = f"preparing {row.key} was interrupted {CRASHES} times; look at its images and its channel"
    if mode is Mode.DRY:
        # Holds are shared by both modes, and a dry run must not stop what is live.
        _update(connection, row, state=State.REFUSED, reason=words, crashes=0)
        notices.add(connection, mode, f"interrupted:{row.key}", row.key, words, now)
        return
    if notices.add(connection, mode, f"interrupted:{row.key}", row.key, words, now):
        values = {"scope": "post", "value": row.post, "reason": words, "who": "scheduler", "at": now}
        connection.execute(schema.holds.insert().values(**values))
        note_act(connection, "scheduler", "hold", f"post {row.post}", words, now)
    _update(connection, row, crashes=0)


def row_of(connection: sa.Connection, mode: Mode, key: str) -> Any:
    """The delivery's row, or None."""
    return connection.execute(sa.select(TABLE).where(TABLE.c.mode == mode, TABLE.c.key == key)).one_or_none()


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**values))
