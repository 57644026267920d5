"""What PREPARE made becomes rows: inserted, replaced, cancelled or left alone, by the state each is in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Delivery, Mode, State
from scheduler.store import schema
from scheduler.store.rows import OPEN, Policy, SyncReport, body, note_event, year_of

TABLE = schema.deliveries
REMOVALS = 3
SHARE = 5
"""A reload that takes away more than three deliveries and more than a fifth of the open ones is probably a
mistake.
"""

IN_DOUBT_OR_OUT = frozenset({State.SENDING, State.UNKNOWN, State.PUBLISHED})


class _Tally(dict[str, list[str]]):
    """Keys by what became of them, in the words of SyncReport."""

    def put(self, name: str, key: str) -> None:
        self.setdefault(name, []).append(key)

    def report(self) -> SyncReport:
        fields: dict[str, Any] = {name: tuple(keys) for name, keys in self.items()}
        return SyncReport(**fields)


@dataclass(frozen=True)
class _Reload:
    connection: sa.Connection
    mode: Mode
    policy: Policy | None
    now: datetime
    planned: Mapping[str, Delivery]
    rows: Mapping[str, Any]
    kept: Collection[str]
    tally: _Tally
    fresh: list[dict[str, Any]]

    def is_planned(self, key: str) -> bool:
        return key in self.planned or key in self.kept


def sync(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy | None,
    deliveries: Sequence[Delivery],
    files: Mapping[str, bytes],
    now: datetime,
    accept_removals: bool,
    keep: Collection[str],
) -> SyncReport:
    """See Store.sync."""
    found = connection.execute(sa.select(TABLE).where(TABLE.c.mode == mode)).all()
    rows = {row.key: row for row in found}
    planned = {delivery.key: delivery for delivery in deliveries}
    reload = _Reload(connection, mode, policy, now, planned, rows, frozenset(keep), _Tally(), [])
    gone = [row for row in found if row.state in OPEN and not reload.is_planned(row.key)]
    refused = None if accept_removals else _too_many(gone, found)
    if refused:
        return SyncReport(refused=refused)
    keep_files(connection, files)
    for row in gone:
        _withdraw(reload, row)
    already_out = _finder_of_already_out(reload)
    for delivery in deliveries:
        known = rows.get(delivery.key)
        if known is None:
            _meet(reload, delivery, already_out)
        else:
            reload.tally.put(_replace(reload, known, delivery), delivery.key)
    if reload.fresh:
        connection.execute(TABLE.insert(), reload.fresh)
    return reload.tally.report()


def _too_many(gone: Sequence[Any], found: Sequence[Any]) -> str | None:
    is_open = sum(row.state in OPEN for row in found)
    if len(gone) <= REMOVALS or len(gone) * SHARE <= is_open:
        return None
    names = ", ".join(sorted({row.post for row in gone})[:REMOVALS])
    return (
        f"{len(gone)} of {is_open} deliveries still to come are no longer in the plan ({names} …), so "
        "nothing was changed; look for a file that was moved or renamed, or accept it with --accept-removals"
    )


def keep_files(connection: sa.Connection, files: Mapping[str, bytes]) -> None:
    """Keep the bytes that are not there yet."""
    known = set(connection.scalars(sa.select(schema.files.c.sha256)))
    for sha256 in files:
        if sha256 not in known:
            connection.execute(schema.files.insert().values(sha256=sha256, bytes=files[sha256]))


def _withdraw(reload: _Reload, row: Any) -> None:
    """The post is gone. What a begun thread has shown stays out, so it ends as refused, not as if it had
    never been.
    """
    begun = row.out_at is not None
    state, reason = State.CANCELLED, "the post is no longer in the plan"
    if begun:
        state, reason = State.REFUSED, f"parts 1..{row.part} published; the post is no longer in the plan"
    _update(reload.connection, row, state=state, reason=reason, owner=None, lease_until=None)
    note_event(reload.connection, row, reload.now, str(state), reason)
    reload.tally.put("cancelled", row.key)


def _finder_of_already_out(reload: _Reload) -> Callable[[Delivery], bool]:
    """A test for renamed posts: same texts and images are out on the same account, under a key no longer
    planned.
    """
    query = sa.select(schema.channels).where(schema.channels.c.mode == reload.mode)
    accounts = {row.name: row.account_id for row in reload.connection.execute(query)}
    renamed = [
        row for row in reload.rows.values() if row.out_at is not None and not reload.is_planned(row.key)
    ]
    # By channel too: a delivery made before its channel's account was known is still that channel's.
    out = {(row.year, row.body, place) for row in renamed for place in (row.channel, row.account)}

    def already_out(delivery: Delivery) -> bool:
        places = {delivery.channel, accounts.get(delivery.channel)} - {None}
        content = body(delivery.message)
        return any((year_of(delivery.key), content, place) in out for place in places)

    return already_out


def _meet(reload: _Reload, delivery: Delivery, already_out: Callable[[Delivery], bool]) -> None:
    """A delivery seen for the first time."""
    if not _may_have_a_row(reload, delivery):
        reload.tally.put("not_live", delivery.key)
    elif delivery.due < reload.now:
        reload.tally.put("past", delivery.key)
    elif already_out(delivery):
        reload.tally.put("already_out", delivery.key)
    else:
        reload.fresh.append(fresh_row(reload.mode, delivery, reload.now))
        reload.tally.put("inserted", delivery.key)


def _may_have_a_row(reload: _Reload, delivery: Delivery) -> bool:
    if reload.mode is not Mode.LIVE or reload.policy is None:
        return True
    channel = reload.policy.channels.get(delivery.channel)
    return channel is not None and channel.live


def fresh_row(mode: Mode, delivery: Delivery, now: datetime) -> dict[str, Any]:
    """The values of a new row, scheduled."""
    return {
        "mode": mode,
        "key": delivery.key,
        "year": year_of(delivery.key),
        "post": delivery.post,
        "channel": delivery.channel,
        "due": delivery.due,
        "expires": delivery.expires,
        "day": delivery.day,
        "urgent": False,
        "state": State.SCHEDULED,
        "reason": "",
        "attempt": 0,
        "tries": 0,
        "crashes": 0,
        "part": 0,
        "looks": 0,
        "created_at": now,
        **_content(delivery),
    }


def _content(delivery: Delivery) -> dict[str, Any]:
    """What a reload replaces: everything but time and state."""
    return {
        "kind": delivery.kind,
        "language": delivery.message.language,
        "author": delivery.author,
        "original_language": delivery.original_language,
        "planned_due": delivery.due,
        "slot": delivery.slot,
        "correction": delivery.correction,
        "message": delivery.message.to_json(),
        "digest": delivery.digest,
        "body": body(delivery.message),
        "length": len(delivery.message.parts),
        "stops": list(delivery.stops),
        "errors": delivery.errors,
    }


def _replace(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """A known delivery; answers what became of it."""
    if row.state in IN_DOUBT_OR_OUT or row.out_at is not None:
        return "unchanged" if row.digest == delivery.digest else "edited_after"
    if row.state == State.CANCELLED:
        return _restore(reload, row, delivery)
    values = _content(delivery)
    if row.state in OPEN:
        values |= _times(row, delivery)
    if all(getattr(row, name) == value for name, value in _plain(values).items()):
        return "unchanged"
    _update(reload.connection, row, **values)
    return "changed"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to compare; the message is compared by what it is made of, through JSON's lists."""
    return {name: value for name, value in values.items() if name != "message"}


def _restore(reload: _Reload, row: Any, delivery: Delivery) -> str:
    if row.cancelled_by is not None:
        return "unchanged"
    if delivery.due < reload.now:
        return "past"
    values = {**_content(delivery), "due": delivery.due, "expires": delivery.expires, "day": delivery.day}
    values |= {"state": State.SCHEDULED, "reason": "", "not_before": None, "due_by": None}
    _update(reload.connection, row, **values)
    note_event(reload.connection, row, reload.now, "restored", "the post is back in the plan")
    return "restored"


def _times(row: Any, delivery: Delivery) -> dict[str, Any]:
    """The plan's time, unless a person set another and the post's own `when` is as it was."""
    when_is_unchanged = row.planned_due == delivery.due or (row.slot and delivery.slot)
    if row.due_by is not None and when_is_unchanged:
        return {}
    values = {"due": delivery.due, "expires": delivery.expires, "day": delivery.day, "due_by": None}
    if row.due != delivery.due:
        values["not_before"] = None
    return values


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**values))
