"""What is due, and what time will bring: the questions of every second, each an index search whatever the
number of rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.store import beside, schema
from scheduler.store.rows import THREAD_ENDS, Hold, Policy
from scheduler.store.scene import open_holds

TABLE = schema.deliveries
HEAVY = frozenset({"message", "later"})
LIGHT = tuple(column for column in TABLE.c if column.name not in HEAVY)
"""Everything of a row but its texts: what deciding needs, and thousands of them are no burden."""

NOTHING = timedelta(0)
MANY = 5000
"""So many due rows are looked through; with more, the channels are gone through instead."""

_FIRSTS = schema.often(
    sa.text(
        """
    WITH RECURSIVE names (name) AS (
        SELECT min(channel) FROM deliveries WHERE mode = :mode AND state = 'scheduled'
        UNION ALL
        SELECT (SELECT min(channel) FROM deliveries
                WHERE mode = :mode AND state = 'scheduled' AND channel > names.name)
        FROM names WHERE names.name IS NOT NULL
    )
    SELECT name, (SELECT min(due) FROM deliveries
                  WHERE mode = :mode AND state = 'scheduled' AND channel = name AND due > :after) AS due
    FROM names WHERE name IS NOT NULL
    """
    ).columns(name=sa.Text, due=schema.Moment)
)
"""From channel to channel by the index: two searches for each, however many rows stand between them."""

ALWAYS = schema.EPOCH

# Built once, see schema.
MODE, CHANNEL = TABLE.c.mode == sa.bindparam("mode"), TABLE.c.channel == sa.bindparam("channel")
_DUE = sa.select(*LIGHT).where(MODE, CHANNEL, schema.IS_SCHEDULED, TABLE.c.due <= sa.bindparam("until"))
_NOW = sa.bindparam("now", type_=schema.Moment)
_READY = _DUE.where(
    TABLE.c.part == 0,
    TABLE.c.expires > _NOW,
    sa.not_(sa.and_(TABLE.c.not_before.is_not(None), TABLE.c.not_before > _NOW)),
)
"""First parts neither paused nor past: what those wait for, time or `expire`, comes by itself."""

_BEGUN = _DUE.where(schema.IS_BEGUN).order_by(TABLE.c.due, TABLE.c.id)
_URGENT = _READY.where(schema.IS_URGENT).order_by(TABLE.c.due, TABLE.c.id)
_ORDINARY = _READY.where(TABLE.c.urgent.is_(False)).order_by(TABLE.c.due, TABLE.c.id)
_FIRST = sa.func.coalesce(
    *(
        query.with_only_columns(TABLE.c.id).limit(1).correlate(None).scalar_subquery()
        for query in (_BEGUN, _URGENT, _ORDINARY)
    )
)
_MORE = (
    sa.exists()
    .where(beside.OTHER.c.mode == TABLE.c.mode, beside.OTHER.c.channel == TABLE.c.channel)
    .where(sa.text("other.state = 'scheduled'"), beside.OTHER.c.id != TABLE.c.id)
    .where(beside.OTHER.c.due <= sa.bindparam("until", type_=schema.Moment))
    .correlate(TABLE)
)
_FIRST_WITH_ALL = schema.often(beside.BESIDE.add_columns(_MORE.label("more")).where(TABLE.c.id == _FIRST))
_ANY_DUE = (
    sa.select(TABLE.c.id).where(MODE, schema.IS_SCHEDULED, TABLE.c.due <= sa.bindparam("until")).limit(1)
)
_ANY_DUE_HERE = schema.often(_ANY_DUE.where(CHANNEL))
_ALONE = TABLE.alias("under_way")
_BUSY = sa.select(_ALONE.c.channel).where(
    _ALONE.c.mode == sa.bindparam("mode"), sa.text("under_way.state IN ('preparing', 'sending')")
)
_SOON = (
    sa.select(TABLE.c.channel, TABLE.c.due)
    .where(MODE, schema.IS_SCHEDULED, TABLE.c.due <= sa.bindparam("until"))
    .order_by(TABLE.c.due)
    .limit(MANY)
    .subquery("soon")
)
_SOON_BY_CHANNEL = schema.often(
    sa.select(
        _SOON.c.channel,
        sa.func.min(_SOON.c.due).label("due"),
        sa.func.count().label("rows"),
        _SOON.c.channel.in_(_BUSY).label("busy"),
    ).group_by(_SOON.c.channel)
)
"""Of the rows that are due the channels, each with whether something of it is in flight."""

_IN_FLIGHT = schema.often(sa.select(TABLE.c.id).where(MODE, CHANNEL, schema.IS_IN_FLIGHT).limit(1))
_DOUBTFUL = schema.often(sa.select(TABLE.c.channel).where(MODE, schema.IS_UNKNOWN, TABLE.c.look_at <= _NOW))


def _soonest(column: Any, state: Any, after: Any = _NOW) -> Any:
    return sa.select(sa.func.min(column)).where(MODE, state, column > after).scalar_subquery()


_PLUS_DUE = sa.literal_column("+deliveries.due", schema.Moment)
"""The sign keeps SQLite from walking through all that is scheduled by its due: begun threads have an index
of their own.
"""

_SOONEST = schema.often(
    sa.select(
        *(
            _soonest(column, schema.IS_SCHEDULED).label(column.name)
            for column in (TABLE.c.due, TABLE.c.not_before, TABLE.c.wake_at, TABLE.c.expires)
        ),
        _soonest(TABLE.c.lease_until, schema.IS_IN_FLIGHT).label("lease"),
        _soonest(TABLE.c.look_at, schema.IS_UNKNOWN).label("look"),
        _soonest(TABLE.c.due, schema.IS_SCHEDULED, sa.bindparam("later", type_=schema.Moment)).label("early"),
        _soonest(_PLUS_DUE, schema.IS_BEGUN, sa.bindparam("a_day_ago", type_=schema.Moment)).label("begun"),
    )
)
"""All in one look. `early`: due, behind the time it takes to prepare."""

_IN_FLIGHT_HERE = sa.select(*LIGHT).where(MODE, schema.IS_IN_FLIGHT)
_GONE = _IN_FLIGHT_HERE.where(TABLE.c.lease_until <= _NOW)
_GONE_OR_NOT_OURS = _IN_FLIGHT_HERE.where(
    sa.or_(TABLE.c.lease_until <= _NOW, TABLE.c.owner != sa.bindparam("owner"))
)
_BEGUN_LONG_AGO = sa.select(*LIGHT).where(
    MODE,
    schema.IS_SCHEDULED,
    schema.IS_BEGUN,
    TABLE.c.due <= sa.bindparam("a_day_ago", type_=schema.Moment),
)
_PAST = sa.select(*LIGHT).where(MODE, schema.IS_SCHEDULED, TABLE.c.part == 0, TABLE.c.expires <= _NOW)


def firsts(connection: sa.Connection, mode: Mode, after: datetime = ALWAYS) -> dict[str, datetime]:
    """When the first scheduled delivery of each channel after a moment is due."""
    bound = {"mode": str(mode), "after": (after - schema.EPOCH) // schema.MICROSECOND}
    return {row.name: row.due for row in connection.execute(_FIRSTS, bound) if row.due is not None}


def awaiting(
    connection: sa.Connection, mode: Mode, now: datetime, leads: Mapping[str, timedelta]
) -> frozenset[str]:
    """Channels with a scheduled row that is due (or may be prepared), or an unknown one to look at; not those
    of which something is in flight, which ends with a change that is seen.
    """
    until = now + max(leads.values(), default=NOTHING)
    rows = connection.execute(_SOON_BY_CHANNEL, {"mode": mode, "until": until}).all()
    soon = [(name, moment) for name, moment, _, is_busy in rows if not is_busy]
    if sum(count for _, _, count, _ in rows) >= MANY:
        soon = list(firsts(connection, mode).items())
    due = {name for name, moment in soon if moment <= now + leads.get(name, NOTHING)}
    return frozenset(due.union(connection.scalars(_DOUBTFUL, {"mode": mode, "now": now})))


def worth_a_look(connection: sa.Connection, mode: Mode, until: datetime, channel: str | None) -> bool:
    """Whether anything is due at all: the common answer is no, and it must not cost a write lock."""
    query = _ANY_DUE if channel is None else _ANY_DUE_HERE
    return connection.scalar(query, {"mode": mode, "until": until, "channel": channel}) is not None


def first(connection: sa.Connection, mode: Mode, channel: str, until: datetime, now: datetime) -> Any:
    """Ask for the row, as BESIDE reads it, that goes before all others of the channel, if nothing bars it: a
    thread begun, else what is urgent, else the earliest; and whether there is `more` of the channel.
    """
    return connection.execute(_FIRST_WITH_ALL, {"mode": mode, "channel": channel, "until": until, "now": now})


def is_busy(connection: sa.Connection, mode: Mode, channel: str) -> bool:
    """Whether something of the channel is in flight."""
    return connection.scalar(_IN_FLIGHT, {"mode": mode, "channel": channel}) is not None


def begun(connection: sa.Connection, mode: Mode, channel: str, until: datetime) -> list[Any]:
    """The channel's threads of which something is out and more is to come; they go before everything else."""
    return list(connection.execute(_BEGUN, {"mode": mode, "channel": channel, "until": until}))


def urgent(connection: sa.Connection, mode: Mode, channel: str, until: datetime, now: datetime) -> list[Any]:
    """The channel's urgent rows, in their order."""
    bound = {"mode": mode, "channel": channel, "until": until, "now": now}
    return list(connection.execute(_URGENT, bound))


def page(
    connection: sa.Connection,
    mode: Mode,
    channel: str,
    until: datetime,
    now: datetime,
    after: Any,
    but: Iterable[Any],
    size: int,
) -> list[Any]:
    """The channel's next rows behind the row `after`, by due; `but` are conditions of rows to leave out."""
    query = _ORDINARY.where(*(sa.not_(condition) for condition in but))
    if after is not None:
        later = sa.and_(TABLE.c.due == after.due, TABLE.c.id > after.id)
        query = query.where(TABLE.c.due >= after.due, sa.or_(TABLE.c.due > after.due, later))
    bound = {"mode": mode, "channel": channel, "until": until, "now": now}
    return list(connection.execute(query.limit(size), bound))


def interrupted(connection: sa.Connection, mode: Mode, owner: str, now: datetime, alone: bool) -> list[Any]:
    """Rows in flight whose worker is gone: the lease is over or, where we are `alone`, they are not ours."""
    bound = {"mode": mode, "now": now, "owner": owner}
    return list(connection.execute(_GONE_OR_NOT_OURS if alone else _GONE, bound))


def overdue(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> list[Any]:
    """Scheduled rows past their last moment: the first part's expiry, or a begun thread's day.

    What is under a hold stays as it is until that is lifted, so it is not even read.
    """
    found = list(connection.execute(_BEGUN_LONG_AGO, {"mode": mode, "a_day_ago": now - THREAD_ENDS}))
    holds = open_holds(connection, policy)
    if not any(hold.scope == "all" for hold in holds):
        query = _PAST.where(*(sa.not_(_under(hold)) for hold in holds)) if holds else _PAST
        found += connection.execute(query, {"mode": mode, "now": now})
    return sorted(found, key=lambda row: (row.due, row.id))


def still_overdue(connection: sa.Connection, rows: Iterable[Any], now: datetime) -> list[Any]:
    """Those of the rows, as they are by now, whose last moment has passed; a person may have moved some."""
    begun = sa.and_(TABLE.c.part > 0, TABLE.c.due <= now - THREAD_ENDS)
    over = sa.or_(begun, sa.and_(TABLE.c.part == 0, TABLE.c.expires <= now))
    mine = TABLE.c.id.in_([row.id for row in rows])
    found = connection.execute(
        sa.select(*LIGHT).where(mine, sa.text("deliveries.state || '' = 'scheduled'"), over)
    )
    return sorted(found, key=lambda row: (row.due, row.id))


def _under(hold: Hold) -> Any:
    return TABLE.c[hold.scope] == hold.value


def next_due(
    connection: sa.Connection, mode: Mode, now: datetime, leads: Mapping[str, timedelta]
) -> datetime | None:
    """The first moment after now at which time alone may change something; None where only a person can."""
    wanted = set(leads.values())
    # As a rule all channels need the same, and then one search does for all of them.
    common = wanted.pop() if len(wanted) == 1 else NOTHING
    bound = {"mode": mode, "now": now, "later": now + common, "a_day_ago": now - THREAD_ENDS}
    found = connection.execute(_SOONEST, bound).one()
    moments: list[datetime | None] = [
        *(found.due, found.not_before, found.wake_at, found.expires, found.lease, found.look),
        found.early - common if found.early is not None else None,
        found.begun + THREAD_ENDS if found.begun is not None else None,
        *_early(connection, mode, now, leads, wanted - {NOTHING}),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _early(
    connection: sa.Connection,
    mode: Mode,
    now: datetime,
    leads: Mapping[str, timedelta],
    wanted: Iterable[timedelta],
) -> Iterator[datetime]:
    """Where preparation begins before due, the moment it may begin, for each of the leads that differ."""
    for lead in wanted:
        found = firsts(connection, mode, now + lead)
        yield from (due - lead for channel, due in found.items() if leads.get(channel) == lead)
