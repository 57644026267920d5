"""What PREPARE made becomes rows: inserted, replaced, cancelled or left alone, by the state each is in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Delivery, Mode, State
from scheduler.store import identity, replacing, schema
from scheduler.store.rows import OPEN, Policy, SyncReport, note_event, year_of

TABLE = schema.deliveries
REMOVALS = 3
SHARE = 5
"""A reload that takes away more than three deliveries and more than a fifth of the open ones is probably a
mistake.
"""

IN_DOUBT = frozenset({State.SENDING, State.UNKNOWN})


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
    for row in found:
        if row.state in IN_DOUBT and not reload.is_planned(row.key):
            _update(reload.connection, row, later=replacing.wish(row, None))
    out = [row for row in found if not reload.is_planned(row.key)]
    already_out = identity.finder(connection, mode, out)
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
    """Keep the bytes that are not there yet. Raises StoreError where they are not those the name says: an
    approval signs the name.
    """
    known = set(connection.scalars(sa.select(schema.files.c.sha256)))
    for name in files:
        if name in known:
            continue
        content = files[name]
        if sha256(content).hexdigest() != name:
            raise StoreError(f"image {name[:12]}… changed while it was being read; nothing was taken over")
        connection.execute(schema.files.insert().values(sha256=name, bytes=content))


def _withdraw(reload: _Reload, row: Any) -> None:
    """The post is gone; a claim on it then fails at the gate."""
    end = replacing.ended(row.part)
    _update(reload.connection, row, **end, owner=None, lease_until=None)
    note_event(reload.connection, row, reload.now, str(end["state"]), end["reason"])
    reload.tally.put("cancelled", row.key)


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
        **replacing.content(delivery),
    }


def _replace(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """A known delivery; answers what became of it."""
    if row.state in IN_DOUBT or row.out_at is not None:
        return _leave(reload, row, delivery)
    if row.state == State.CANCELLED:
        return _restore(reload, row, delivery)
    values = replacing.content(delivery)
    if row.state in OPEN:
        values |= replacing.times(row, delivery)
    if all(getattr(row, name) == value for name, value in _plain(values).items()):
        return "unchanged"
    _update(reload.connection, row, **values)
    return "changed"


def _leave(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """It is out, or may be: its words stay, but what stops a post stops its further parts too."""
    if row.state in IN_DOUBT or row.state in OPEN:
        values = {"stops": list(delivery.stops), "errors": delivery.errors}
        values["later"] = replacing.wish(row, delivery) if row.state in IN_DOUBT else None
        if any(getattr(row, name) != value for name, value in values.items()):
            _update(reload.connection, row, **values)
    return "unchanged" if row.digest == delivery.digest else "edited_after"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to compare; the message is compared by what it is made of, through JSON's lists."""
    return {name: value for name, value in values.items() if name != "message"}


def _restore(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """Cancelled by a person it stays so, as what is past does; `retry` then sends the words of today."""
    if row.cancelled_by is not None or delivery.due < reload.now:
        _update(reload.connection, row, **replacing.content(delivery))
        return "unchanged" if row.cancelled_by is not None else "past"
    values = replacing.content(delivery) | {"due": delivery.due, "expires": delivery.expires}
    values |= {"day": delivery.day, "due_by": None, "not_before": None}
    values |= {"state": State.SCHEDULED, "reason": ""}
    _update(reload.connection, row, **values)
    note_event(reload.connection, row, reload.now, "restored", "the post is back in the plan")
    return "restored"


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**values))
