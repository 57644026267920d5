"""Taking a delivery up and putting it down again: one in flight per channel, earliest due first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Message, Mode, State
from scheduler.platforms.base import Prepared
from scheduler.store import beside, notices, queue, schema, sharing
from scheduler.store.bars import closing, gate
from scheduler.store.gate import keep_request
from scheduler.store.ranks import OWN, WAITING, WIDE, Rank, of_rank, rank
from scheduler.store.rows import Claim, Policy, note_act, note_event
from scheduler.store.scene import Bar, Scene, approvals_of, open_holds, scene

TABLE = schema.deliveries
CRASHES = 5
"""After so many interrupted preparations the post is held: it may be what brings the program down."""

FEW, PAGE = 8, 200
"""Rows looked at together: mostly the first may go, and only where it may not are many read."""

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
    if channel is not None:
        found_first = sharing.take_channel(
            connection, mode, channel, lambda: queue.first(connection, mode, channel, now + lead, now)
        )
        row = found_first.one_or_none() if found_first is not None else None
        if row is None or row.busy is not None:
            return None
        around = beside.around(connection, mode, policy, now, row)
        if not closing(around, row, WIDE) and not _own(around, row):
            return replace(_take(around, row, owner, lease), more=row.more)
    names = [channel] if channel is not None else list(queue.firsts(connection, mode))
    found = []
    for name in names:
        if channel is None and not sharing.take_channel(connection, mode, name, lambda: True):
            continue
        around = scene(connection, mode, policy, now, channel=name)
        if (row := _first(around, name, now + lead)) is not None:
            found.append((not row.urgent, row.due, row.id, row, around))
    if not found:
        return None
    *_, chosen, around = min(found, key=lambda one: one[:3])
    row = connection.execute(beside.ONE, {"mode": mode, "key": chosen.key}).one()
    return _take(around, row, owner, lease)


def _first(around: Scene, channel: str, until: datetime) -> Any:
    """The channel's first row that nothing bars; of one in mid-thread the thread alone. None: not now.

    What bars one row for a reason of the channel's bars all of its rank, and those are not even read.
    """
    connection, mode, now = around.connection, around.mode, around.now
    if queue.is_busy(connection, mode, channel):
        return None
    closed: set[Rank] = set()
    if threads := queue.begun(connection, mode, channel, until):
        return _open(around, threads, closed)
    rows = queue.urgent(connection, mode, channel, until, now)
    if (found := _open(around, rows, closed)) is not None:
        return found
    last, size = None, FEW
    while closed < WAITING:
        conditions = [of_rank(around, one) for one in sorted(closed)]
        rows = queue.page(connection, mode, channel, until, now, last, conditions, size)
        if (found := _open(around, rows, closed)) is not None:
            return found
        if len(rows) < size:
            return None
        last, size = rows[-1], PAGE
    return None


def _open(around: Scene, rows: Sequence[Any], closed: set[Rank]) -> Any:
    """The first of the rows that nothing bars, else None; ranks that the channel bars are added to
    `closed`.
    """
    if not rows:
        return None
    around = replace(around, approvals=approvals_of(around.connection, [row.key for row in rows]))
    for row in rows:
        which = rank(around, row)
        if which in closed:
            continue
        if bars := closing(around, row, WIDE):
            closed.add(which)
            _hint(around, row, gate(bars).not_before)
        elif bars := _own(around, row):
            _hint(around, row, gate(bars).not_before)
        else:
            return row
    return None


def _own(around: Scene, row: Any) -> list[Bar]:
    """The first bar of the row's own: one is enough to pass it over."""
    for rule in OWN:
        if (bar := rule(around, row)) is not None:
            return [bar]
    return []


def _hint(around: Scene, row: Any, moment: datetime | None) -> None:
    """When to look again; of a rank that is barred one row's hint is enough."""
    if moment != row.wake_at:
        _update(around.connection, row, wake_at=moment)


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
    return claim_of(row, owner, lease_until)


def claim_of(row: Any, owner: str, lease_until: datetime) -> Claim:
    """The claim on a row, read with its part, as it was before its attempt was counted up."""
    usable = row.part_request is not None and (row.part_frozen or row.part_digest == row.digest)
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
        prepared=Prepared.from_json(row.part_request) if usable else None,
        frozen=bool(usable and row.part_frozen),
    )


def reclaim(
    connection: sa.Connection, mode: Mode, owner: str, key: str, attempt: int, now: datetime, lease: timedelta
) -> Claim | None:
    """Take over an unknown delivery to repeat its frozen request; its state stays unknown until the gate
    opens.
    """
    row = connection.execute(beside.ONE, {"mode": mode, "key": key}).one_or_none()
    if row is None or row.state != State.UNKNOWN or row.attempt != attempt:
        return None
    taken = claim_of(row, owner, now + lease)
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
    # Given another time meanwhile, it does not wait for a moment counted from the old one.
    values["not_before"] = sa.case((TABLE.c.due == claim.due, sa.literal(not_before, schema.Moment)))
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
    notices.add(connection, mode, f"interrupted:{row.key}", row.key, words, now)
    sharing.alone(connection)
    if not any((hold.scope, hold.value) == ("post", row.post) for hold in open_holds(connection)):
        values = {"scope": "post", "value": row.post, "reason": words, "who": "scheduler", "at": now}
        connection.execute(schema.holds.insert().values(**values))
        note_act(connection, "scheduler", "hold", f"post {row.post}", words, now)
    _update(connection, row, crashes=0)


def row_of(connection: sa.Connection, mode: Mode, key: str) -> Any:
    """The delivery's row, or None."""
    return connection.execute(schema.ROW, {"mode": mode, "key": key}).one_or_none()


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(schema.CHANGE_ROW, {"row": row.id, **values})
