"""What is new since the last look, and what waits for a person: asked often, so never of all rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode, State
from scheduler.store import schema
from scheduler.store.bars import PACING, STANDING, TIMED, closing
from scheduler.store.rows import Policy
from scheduler.store.scene import Scene, approvals_of, scene

TABLE, ATTEMPTS = schema.deliveries, schema.attempts
SHOWN = 50
"""So many late posts are looked at; with more the first ones and their number say enough."""

PAGE = 200
"""So many keys are asked for at once."""

TROUBLED = (State.UNKNOWN, State.REFUSED, State.MISSED)
"""Where a delivery stays until a person does something (or, unknown, a look at the account finds it)."""


@dataclass(frozen=True)
class Trouble:
    """A delivery that waits for a person, and why."""

    key: str
    post: str
    channel: str
    year: int
    state: State
    due: datetime
    reason: str


@dataclass(frozen=True)
class Late:
    """A scheduled delivery whose due has come. `held`: only a person can change that; `paced`: it waits for
    a gap, a limit or a quiet time and for nothing else, as was planned.
    """

    key: str
    channel: str
    due: datetime
    reasons: tuple[str, ...]
    held: bool
    paced: bool = False


@dataclass(frozen=True)
class Happened:
    """One line of a delivery's story, as the table of attempts has it, and how it stands by now."""

    key: str
    event: str
    detail: str
    state: State


@dataclass(frozen=True)
class News:
    """What happened after an event; `last` is the newest event there is."""

    last: int
    events: tuple[Happened, ...] = ()


def last_event(connection: sa.Connection) -> int:
    """The number of the newest event; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(ATTEMPTS.c.id))) or 0


def is_new(connection: sa.Connection, mode: Mode, since: int) -> bool:
    """Whether anything happened in this mode after the event `since`."""
    query = sa.select(ATTEMPTS.c.id).where(ATTEMPTS.c.id > since, ATTEMPTS.c.mode == mode)
    return connection.scalar(query.order_by(ATTEMPTS.c.id).limit(1)) is not None


def news(
    connection: sa.Connection,
    mode: Mode,
    since: int,
    last: int,
    events: Collection[str] | None = None,
    keys: Collection[str] = (),
) -> News:
    """The mode's events after `since` up to `last`, oldest first; see Store.happened."""
    query = (
        sa.select(ATTEMPTS.c.id, ATTEMPTS.c.event, ATTEMPTS.c.detail, TABLE.c.key, TABLE.c.state)
        .join(TABLE, TABLE.c.id == ATTEMPTS.c.delivery)
        .where(ATTEMPTS.c.id > since, ATTEMPTS.c.id <= last, ATTEMPTS.c.mode == mode)
        .order_by(ATTEMPTS.c.id)
    )
    if events is not None and len(keys) <= PAGE:
        wanted = (
            ATTEMPTS.c.event.in_(sorted(events)),
            TABLE.c.state.in_([str(state) for state in TROUBLED]),
            TABLE.c.key.in_(sorted(keys)),
        )
        query = query.where(sa.or_(*wanted))
    rows = connection.execute(query)
    return News(last, tuple(Happened(row.key, row.event, row.detail, State(row.state)) for row in rows))


def troubles(
    connection: sa.Connection, mode: Mode, keys: Collection[str] | None = None
) -> tuple[Trouble, ...]:
    """Deliveries that wait for a person, or those of them among `keys`; without keys it reads every row."""
    columns = ("key", "post", "channel", "year", "state", "due", "reason")
    query = sa.select(*(TABLE.c[name] for name in columns)).where(
        TABLE.c.mode == mode, TABLE.c.state.in_([str(state) for state in TROUBLED])
    )
    if keys is None:
        found: Iterable[Any] = connection.execute(query)
    else:
        # By key the unique index answers; asked by state alone it would have to read them all.
        some = sorted(keys)
        pages = (some[start : start + PAGE] for start in range(0, len(some), PAGE))
        found = [row for page in pages for row in connection.execute(query.where(TABLE.c.key.in_(page)))]
    told = (
        Trouble(row.key, row.post, row.channel, row.year, State(row.state), row.due, row.reason)
        for row in found
    )
    return tuple(sorted(told, key=lambda one: (one.due, one.key)))


def late(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> tuple[Late, ...]:
    """The first of those that are due and not out yet, oldest first, each with what keeps it."""
    query = sa.select(TABLE).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due <= now)
    rows = connection.execute(query.order_by(TABLE.c.due, TABLE.c.id).limit(SHOWN)).all()
    if not rows:
        return ()
    around = _scene(connection, mode, policy, now, rows)
    return tuple(_late(around, row) for row in rows)


def _scene(
    connection: sa.Connection, mode: Mode, policy: Policy, now: datetime, rows: Sequence[Any]
) -> Scene:
    """What stands around these rows; of approvals, which grow with the campaign, theirs alone."""
    given = approvals_of(connection, [row.key for row in rows])
    return replace(scene(connection, mode, policy, now), approvals=given)


def _late(around: Any, row: Any) -> Late:
    standing = [bar.reason for bar in closing(around, row, STANDING)]
    reasons = standing or [bar.reason for bar in closing(around, row, TIMED)]
    paced = bool(reasons) and len(closing(around, row, PACING)) == len(reasons)
    return Late(row.key, row.channel, row.due, tuple(dict.fromkeys(reasons)), bool(standing), paced)


def coming(
    connection: sa.Connection, mode: Mode, policy: Policy, now: datetime, until: datetime
) -> tuple[Late, ...]:
    """All that is scheduled and falls due in (now, until], soonest first, each with what would keep it."""
    query = sa.select(TABLE).where(
        TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due > now, TABLE.c.due <= until
    )
    rows = connection.execute(query.order_by(TABLE.c.due, TABLE.c.id)).all()
    if not rows:
        return ()
    around = _scene(connection, mode, policy, now, rows)
    return tuple(_coming(around, row) for row in rows)


def _coming(around: Any, row: Any) -> Late:
    reasons = tuple(dict.fromkeys(bar.reason for bar in closing(around, row, STANDING)))
    return Late(row.key, row.channel, row.due, reasons, bool(reasons))


@dataclass(frozen=True)
class Row:
    """A delivery as the daily summary counts it. `out_at`: when it went out, or may have; `ended_at`: when
    something happened to it last.
    """

    key: str
    channel: str
    kind: str
    state: State
    due: datetime
    day: str
    out_at: datetime | None
    ended_at: datetime | None
    url: str | None
    reason: str
    digest: str
    author: str | None
    original_language: str | None
    stopped: bool
    waived: tuple[str, ...]


def rows(connection: sa.Connection, mode: Mode, year: int) -> tuple[Row, ...]:
    """Every delivery of a campaign year by due time, without its texts."""
    first = sa.and_(schema.parts.c.delivery == TABLE.c.id, schema.parts.c.n == 0)
    last = sa.select(sa.func.max(ATTEMPTS.c.at)).where(ATTEMPTS.c.delivery == TABLE.c.id).scalar_subquery()
    names = ("key", "channel", "kind", "state", "due", "day", "out_at", "reason", "digest", "author")
    columns = [TABLE.c[name] for name in (*names, "original_language", "stops", "waived")]
    query = (
        sa.select(*columns, schema.parts.c.url, last.label("ended_at"))
        .join(schema.parts, first, isouter=True)
        .where(TABLE.c.mode == mode, TABLE.c.year == year)
        .order_by(TABLE.c.due, TABLE.c.id)
    )
    return tuple(
        Row(
            **{name: getattr(row, name) for name in names if name != "state"},
            state=State(row.state),
            url=row.url,
            ended_at=row.ended_at,
            original_language=row.original_language,
            stopped=bool(row.stops),
            waived=tuple(row.waived),
        )
        for row in connection.execute(query)
    )


def late_count(connection: sa.Connection, mode: Mode, now: datetime) -> int:
    """How many are due and not out yet."""
    query = sa.select(sa.func.count()).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due <= now)
    return connection.scalar(query) or 0


def standing(connection: sa.Connection, mode: Mode, key: str) -> State | None:
    """The state of one delivery; None where there is none."""
    found = connection.scalar(sa.select(TABLE.c.state).where(TABLE.c.mode == mode, TABLE.c.key == key))
    return None if found is None else State(found)


def next_post(connection: sa.Connection, mode: Mode, now: datetime) -> tuple[str, datetime] | None:
    """The next delivery to fall due: its key and when; None where none is to come."""
    query = sa.select(TABLE.c.key, TABLE.c.due).where(
        TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due > now
    )
    row = connection.execute(query.order_by(TABLE.c.due, TABLE.c.id).limit(1)).one_or_none()
    return None if row is None else (row.key, row.due)
