"""What PREPARE made becomes rows: inserted, replaced, cancelled or left alone, by the state each is in."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Delivery, Mode, State
from scheduler.store import identity, replacing, schema
from scheduler.store.rows import Policy, Stopped, SyncReport, body, note_event, year_of
from scheduler.store.shown import OPEN

TABLE = schema.deliveries
T = TypeVar("T")
REMOVALS = 3
SHARE = 5
"""A reload that takes away more than three deliveries and more than a fifth of the open ones is probably a
mistake.
"""

PAGE = 500
"""Rows compared together."""

COMPARED = tuple(column for column in TABLE.c if column.name != "message")
IN_DOUBT = frozenset({State.SENDING, State.UNKNOWN})
OUT_ELSEWHERE = "these words are already out under another name; `retry` sends them again"


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
    already_out: Callable[[Delivery], bool]
    tally: _Tally


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
    """See Store.sync.

    Never more than a page of rows at a time, and no row's texts: of a hundred thousand deliveries nearly all
    are as they were.
    """
    planned = {delivery.key: delivery for delivery in deliveries}
    known = _survey(connection, mode, planned, frozenset(keep))
    refused = None if accept_removals else _too_many(known.gone, known.open)
    if refused:
        return SyncReport(refused=refused)
    already_out = identity.finder(connection, mode, policy, known.out)
    reload = _Reload(connection, mode, policy, now, already_out, _Tally())
    keep_files(connection, files)
    for keys in _pages(known.gone):
        for row in _rows(connection, mode, keys):
            _withdraw(reload, row)
    for keys in _pages(known.doubted):
        for row in _rows(connection, mode, keys):
            _update(connection, row, later=replacing.wish(row, None))
    for page in _pages(deliveries):
        _take_over(reload, page)
    return reload.tally.report()


@dataclass(frozen=True)
class _Known:
    """What there is beside the plan: how many are open, whose post is gone, and what is out, or may be, that
    its own post no longer says.
    """

    open: int
    gone: Mapping[str, str]
    doubted: Sequence[str]
    out: Sequence[Any]


SURVEYED = ("key", "post", "state", "year", "body", "channel", "account", "out_at")


def _survey(
    connection: sa.Connection, mode: Mode, planned: Mapping[str, Delivery], kept: Collection[str]
) -> _Known:
    """One look along all rows; only what is not planned as it is is kept in hand."""
    count, gone, doubted, out = 0, {}, [], []
    query = sa.select(*(TABLE.c[name] for name in SURVEYED)).where(TABLE.c.mode == mode)
    for row in connection.execute(query, execution_options={"yield_per": PAGE}):
        count += row.state in OPEN
        if (delivery := planned.get(row.key)) is not None:
            if row.out_at is not None and row.body != body(delivery.message):
                out.append(row)
            continue
        if row.key in kept:
            continue
        if row.state in OPEN:
            gone[row.key] = row.post
        if row.state in IN_DOUBT:
            doubted.append(row.key)
        if row.out_at is not None:
            out.append(row)
    return _Known(count, gone, doubted, out)


def _pages(every: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(every)
    while page := list(islice(rest, PAGE)):
        yield page


def _rows(connection: sa.Connection, mode: Mode, keys: Iterable[str]) -> list[Any]:
    """The rows of some keys, without their messages."""
    query = sa.select(*COMPARED).where(TABLE.c.mode == mode, TABLE.c.key.in_(list(keys)))
    return list(connection.execute(query))


def _take_over(reload: _Reload, deliveries: Sequence[Delivery]) -> None:
    """A page of what is planned; what is new among it is inserted together."""
    found = _rows(reload.connection, reload.mode, (delivery.key for delivery in deliveries))
    rows = {row.key: row for row in found}
    fresh: list[dict[str, Any]] = []
    for delivery in deliveries:
        known = rows.get(delivery.key)
        if known is not None:
            reload.tally.put(_replace(reload, known, delivery), delivery.key)
        elif (news := _meet(reload, delivery)) == "inserted":
            fresh.append(fresh_row(reload.mode, delivery, reload.now))
            reload.tally.put(news, delivery.key)
        else:
            reload.tally.put(news, delivery.key)
    if fresh:
        reload.connection.execute(TABLE.insert(), fresh)


def _too_many(gone: Mapping[str, str], is_open: int) -> str | None:
    if len(gone) <= REMOVALS or len(gone) * SHARE <= is_open:
        return None
    names = ", ".join(sorted(set(gone.values()))[:REMOVALS])
    return (
        f"{len(gone)} of {is_open} deliveries still to come are no longer in the plan ({names} …), so "
        "nothing was changed; look for a file that was moved or renamed, or accept it with --accept-removals"
    )


def keep_files(connection: sa.Connection, files: Mapping[str, bytes]) -> None:
    """Keep the bytes that are not there yet. Raises StoreError where they are not those the name says: an
    approval signs the name.
    """
    table = schema.files
    known: set[str] = set()
    for names in _pages(files):
        known.update(connection.scalars(sa.select(table.c.sha256).where(table.c.sha256.in_(names))))
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


def _meet(reload: _Reload, delivery: Delivery) -> str:
    """What becomes of a delivery seen for the first time."""
    if not _may_have_a_row(reload, delivery):
        return "not_live"
    if delivery.due < reload.now:
        return "past"
    return "already_out" if reload.already_out(delivery) else "inserted"


def _may_have_a_row(reload: _Reload, delivery: Delivery) -> bool:
    if reload.mode is not Mode.LIVE or reload.policy is None:
        return True
    channel = reload.policy.channels.get(delivery.channel)
    return channel is not None and (channel.live or channel.by_hand)


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
    if row.state in OPEN and row.body != values["body"] and reload.already_out(delivery):
        return _set_aside(reload, row, delivery)
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


def stop(connection: sa.Connection, mode: Mode, found: Mapping[str, Stopped]) -> tuple[str, ...]:
    """See Desk.stop. What has an error keeps its words: they say what the error is."""
    new = []
    for keys in _pages(found):
        for row in _rows(connection, mode, keys):
            values = _stopped(row, found[row.key])
            if row.state != State.PUBLISHED and any(
                getattr(row, name) != now for name, now in values.items()
            ):
                _update(connection, row, **values)
                if not set(values["stops"]) <= set(row.stops):
                    new.append(row.key)
    return tuple(new)


def _stopped(row: Any, now: Stopped) -> dict[str, Any]:
    if now.waived is not None and not row.errors:
        return {"stops": list(now.stops), "waived": list(now.waived)}
    return {"stops": list(dict.fromkeys((*row.stops, *now.stops)))}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to compare; the message is compared by what it is made of, through JSON's lists."""
    return {name: value for name, value in values.items() if name != "message"}


def _set_aside(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """It got the words of a post that is out: two posts have swapped their names."""
    values = replacing.content(delivery) | {"state": State.CANCELLED, "reason": OUT_ELSEWHERE}
    _update(reload.connection, row, **values, owner=None, lease_until=None)
    note_event(reload.connection, row, reload.now, "cancelled", OUT_ELSEWHERE)
    return "already_out"


def _restore(reload: _Reload, row: Any, delivery: Delivery) -> str:
    """Cancelled by a person it stays so, as what is past does; `retry` then sends the words of today."""
    if row.cancelled_by is not None or delivery.due < reload.now:
        _update(reload.connection, row, **replacing.content(delivery))
        return "unchanged" if row.cancelled_by is not None else "past"
    if reload.already_out(delivery):
        _update(reload.connection, row, **replacing.content(delivery), reason=OUT_ELSEWHERE)
        return "already_out"
    values = replacing.content(delivery) | {"due": delivery.due, "expires": delivery.expires}
    values |= {"day": delivery.day, "due_by": None, "not_before": None}
    values |= {"state": State.SCHEDULED, "reason": ""}
    _update(reload.connection, row, **values)
    note_event(reload.connection, row, reload.now, "restored", "the post is back in the plan")
    return "restored"


def _update(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**values))
