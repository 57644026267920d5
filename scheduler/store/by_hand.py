"""Posts that a person makes: when to remind them, and the record of what they have posted.

The gate stays the only way to `sending`. This goes from what is not out straight to `published`, by the word
of a named person, and never while a worker may be sending the same post.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.errors import RunError
from scheduler.model import Delivery, Mode, Receipt, State
from scheduler.store import home, identity, notices, people, replacing, schema
from scheduler.store.bars import BY_HAND, STANDING, closing, outside_quiet
from scheduler.store.claim import row_of
from scheduler.store.rows import Policy, note_act, note_event
from scheduler.store.scene import scene
from scheduler.store.settle import publish
from scheduler.store.sync import fresh_row, keep_files

TABLE = schema.deliveries
MAY_RECORD = frozenset({State.SCHEDULED, State.MISSED, State.REFUSED, State.CANCELLED})
"""What is certainly not out by our doing; on a channel that is not by_hand, `scheduled` is the engine's."""

CAUSE = "by-hand"
CALLED = (
    "a person was called to post it by hand before the channel was made live; look at the account, then say "
    "where it is with `settle`, or give it a new time with `retry`"
)


def record(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy,
    posted: Delivery | str,
    files: Mapping[str, bytes],
    url: str,
    who: str,
    at: datetime,
    now: datetime,
) -> None:
    """See Store.posted_by_hand."""
    key = posted if isinstance(posted, str) else posted.key
    _refuse_twice(connection, mode, key, url)
    find = people.required if isinstance(posted, str) else row_of
    row = find(connection, mode, key)
    _require_not_ours(policy, key, row)
    keep_files(connection, files)
    if not isinstance(posted, str):
        row = _as_of_today(connection, mode, posted, row, now)
    home.hand_over(connection, mode, policy, now)
    publish(connection, row, Receipt(people.id_in(url), url), at, f"posted by hand by {who}", None)
    # One address closes a thread, too: a person does not post its parts one command at a time.
    whole = {"state": State.PUBLISHED, "part": row.length - 1, "cancelled_by": None, "wake_at": None}
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**whole, reason=""))
    note_act(connection, who, "post by hand", key, f"{url} at {at.isoformat()}", now)
    if isinstance(posted, str):
        _withdraw_renamed(connection, mode, row, now)


def _withdraw_renamed(connection: sa.Connection, mode: Mode, row: Any, now: datetime) -> None:
    """A post that was renamed after somebody had taken its words from the pack waits under its new name."""
    same = sa.and_(TABLE.c.body == row.body, TABLE.c.year == row.year, TABLE.c.id != row.id)
    query = sa.select(TABLE.c.key).where(TABLE.c.mode == mode, TABLE.c.channel == row.channel, same)
    found = dict.fromkeys(connection.scalars(query), f"as {row.key}")
    identity.withdraw(connection, mode, row.channel, found, now)


def _require_not_ours(policy: Policy, key: str, row: Any) -> None:
    """Raise RunError where the scheduler has it in hand, may have sent it, or is yet to send it."""
    if row is not None and row.state not in MAY_RECORD:
        raise RunError(f"{key} is {row.state} already; nothing was recorded")
    name = key.rpartition("/")[2]
    channel = policy.channels.get(name)
    if channel is not None and channel.by_hand:
        return
    if row is None:
        raise RunError(f"{name} does not say `by_hand: true` in config.yaml; nothing was recorded")
    if row.state == State.SCHEDULED:
        raise RunError(
            f"{key} is scheduled, and the scheduler posts on {name}; nothing was recorded. If it is out "
            f"already: python run.py cancel {key}, then this again"
        )


def _as_of_today(connection: sa.Connection, mode: Mode, delivery: Delivery, row: Any, now: datetime) -> Any:
    """The row with the words of today's file, which are what a person copied from."""
    if row is None:
        connection.execute(TABLE.insert().values(**fresh_row(mode, delivery, now)))
    elif row.out_at is None:
        connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**replacing.content(delivery)))
    return row_of(connection, mode, delivery.key)


def _refuse_twice(connection: sa.Connection, mode: Mode, key: str, url: str) -> None:
    """The address of another delivery is a slip of the clipboard."""
    query = (
        sa.select(TABLE.c.key)
        .join(schema.parts, schema.parts.c.delivery == TABLE.c.id)
        .where(TABLE.c.mode == mode, schema.parts.c.url == url, TABLE.c.key != key)
    )
    if (other := connection.scalar(query.limit(1))) is not None:
        raise RunError(f"{url} is recorded for {other} already; copy the address of this post itself")


def to_remind(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> list[str]:
    """Keys that are to be posted now, cleared in everything else, and of which nobody was told yet; in a
    quiet window nobody is.
    """
    found = (row for row in _due(connection, mode, policy, now) if row.expires > now)
    untold = [row for row in found if not notices.is_open(connection, mode, f"{CAUSE}:{row.key}")]
    if not untold:
        return []
    around, rules = scene(connection, mode, policy, now), (*STANDING, outside_quiet)
    return [row.key for row in untold if _only_a_hand(bar.reason for bar in closing(around, row, rules))]


def _only_a_hand(reasons: Iterable[str]) -> bool:
    return set(reasons) == {BY_HAND}


def _channels(mode: Mode, policy: Policy) -> list[str]:
    """The channels that people post on; none in a dry run, which writes theirs to the outbox too."""
    return [one.name for one in policy.channels.values() if one.by_hand] if mode is Mode.LIVE else []


def _due(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> list[Any]:
    if not (names := _channels(mode, policy)):
        return []
    query = sa.select(TABLE).where(TABLE.c.mode == mode, schema.IS_SCHEDULED, TABLE.c.due <= now)
    return list(connection.execute(query.where(TABLE.c.channel.in_(names)).order_by(TABLE.c.due)))


def over(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> list[str]:
    """Keys people were told to post that no longer wait for it, or not yet: moved since, they are told again.
    Asked every second, so by key alone.
    """
    if not _channels(mode, policy):
        return []
    rows = ((key, row_of(connection, mode, key)) for key in _called(connection, mode))
    return [key for key, row in rows if row is None or row.state != State.SCHEDULED or row.due > now]


def _called(connection: sa.Connection, mode: Mode) -> list[str]:
    """The keys people were told to post, and of which they have said nothing yet."""
    table = schema.notices
    told = sa.select(table.c.key).where(
        table.c.mode == mode, table.c.closed_at.is_(None), table.c.cause.startswith(f"{CAUSE}:")
    )
    return list(connection.scalars(told))


def unseen(connection: sa.Connection, mode: Mode, policy: Policy) -> list[str]:
    """The channels people post on of which this database may not know what is out by now."""
    if not (names := _channels(mode, policy)):
        return []
    table = schema.channels
    query = sa.select(table.c.name).where(table.c.mode == mode, table.c.name.in_(names))
    return list(connection.scalars(query.where(table.c.to_compare != home.BY_HAND)))


def look_first(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> None:
    """Hold the channels of which this database may not know what is out, until a person has looked."""
    for channel in unseen(connection, mode, policy):
        home.unseen_by_hand(connection, mode, channel, now)


def set_aside(connection: sa.Connection, mode: Mode, channel: str, now: datetime) -> None:
    """On a channel that was made live, what people were called to post may be in their hands this minute:
    it is not sent, and they say what became of it.
    """
    for key in _called(connection, mode):
        row = row_of(connection, mode, key)
        if row is None or row.channel != channel or row.state != State.SCHEDULED:
            continue
        connection.execute(
            TABLE.update().where(TABLE.c.id == row.id).values(state=State.MISSED, reason=CALLED, wake_at=None)
        )
        note_event(connection, row, now, str(State.MISSED), CALLED)
        notices.close(connection, mode, f"{CAUSE}:{key}", now)
        notices.add(connection, mode, f"missed:{key}:{now.isoformat()}", key, f"{key}: {CALLED}", now)


def remind(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime) -> tuple[str, ...]:
    """See Store.remind_by_hand."""
    look_first(connection, mode, policy, now)
    for key in over(connection, mode, policy, now):
        notices.close(connection, mode, f"{CAUSE}:{key}", now)
    keys = to_remind(connection, mode, policy, now)
    for key in keys:
        notices.add(connection, mode, f"{CAUSE}:{key}", key, words(key), now)
    return tuple(keys)


def words(key: str) -> str:
    """What a person is told when the time has come."""
    return (
        f"{key} is to be posted by hand now: its text and pictures come with `python run.py export pack`; "
        f"then say where it stands: python run.py settle {key} --published LINK"
    )
