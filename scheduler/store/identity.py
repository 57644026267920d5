"""Whether a delivery is out already under another name: a renamed post or channel, a lost database."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Delivery, Message, Mode, State
from scheduler.store import home, notices, schema
from scheduler.store.rows import Policy, body, note_event, year_of
from scheduler.store.scene import CHANNEL
from scheduler.store.settle import channel_values
from scheduler.store.shown import OPEN

TABLE = schema.deliveries
WHO = "scheduler"
NAMED = 3


def finder(
    connection: sa.Connection, mode: Mode, policy: Policy | None, unplanned: Iterable[Any]
) -> Callable[[Delivery], bool]:
    """A test for renamed posts: same texts and images are out on the same account, under a key no longer
    planned, or planned with other words.

    A channel that people post on has no account we know of; renamed, it is known by what is out on one that
    config.yaml no longer has.
    """
    channels = policy.channels if policy is not None else {}
    query = sa.select(schema.channels).where(schema.channels.c.mode == mode)
    accounts = {row.name: row.account_id for row in connection.execute(query)}
    renamed = [row for row in unplanned if row.out_at is not None]
    # By channel too: a delivery made before its channel's account was known is still that channel's.
    out = {(row.year, row.body, place) for row in renamed for place in (row.channel, row.account)}

    gone = {(row.year, row.body) for row in renamed if row.account is None and row.channel not in channels}

    def already_out(delivery: Delivery) -> bool:
        places = {delivery.channel, accounts.get(delivery.channel)} - {None}
        content, channel = body(delivery.message), channels.get(delivery.channel)
        if channel is not None and channel.by_hand and (year_of(delivery.key), content) in gone:
            return True
        return any((year_of(delivery.key), content, place) in out for place in places)

    return already_out


def tie(
    connection: sa.Connection, mode: Mode, policy: Policy | None, channel: str, account: str, now: datetime
) -> bool:
    """See Store.tie_account. Only now can it be seen that a new channel is an old one under a new name."""
    known = tied_to(connection, mode, channel)
    if known is not None:
        return known == account
    channel_values(connection, mode, channel, account_id=account)
    configured = policy.channels if policy is not None else {}
    query = sa.select(TABLE.c.key, TABLE.c.year, TABLE.c.body, TABLE.c.channel).where(
        TABLE.c.mode == mode, TABLE.c.account == account, TABLE.c.out_at.is_not(None)
    )
    out = {
        (row.year, row.body): f"as {row.key}"
        for row in connection.execute(query)
        if row.channel not in configured
    }
    rows = _open(connection, mode, channel) if out else []
    found = {row.key: out[row.year, row.body] for row in rows if (row.year, row.body) in out}
    withdraw(connection, mode, channel, found, now)
    return True


def tied_to(connection: sa.Connection, mode: Mode, channel: str) -> str | None:
    """The account of a channel; None before the first time."""
    row = connection.execute(CHANNEL, {"mode": mode, "name": channel}).one_or_none()
    found: str | None = None if row is None else row.account_id
    return found


def is_new(connection: sa.Connection, mode: Mode, channel: str) -> bool:
    """Whether nothing was ever tried on this channel, as far as this database knows."""
    table = schema.attempts
    query = sa.select(table.c.id).where(table.c.mode == mode, table.c.channel == channel)
    return connection.scalar(query.limit(1)) is None


def to_come(connection: sa.Connection, mode: Mode, channel: str) -> tuple[Message, ...]:
    """The channel's messages that may be out already: those whose time no person has set or, where the
    database may not know, all.
    """
    return tuple(Message.from_json(row.message) for row in _open(connection, mode, channel))


def withdraw(
    connection: sa.Connection, mode: Mode, channel: str, found: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    """Cancel what is out already, with one notice; answers the keys. `found` says of each key where it is."""
    # As a rule nothing was found, and a channel may have thousands of rows.
    rows = [row for row in _open(connection, mode, channel) if row.key in found] if found else []
    for row in rows:
        reason = f"these words are already out on this account ({found[row.key]}); `retry` sends them again"
        connection.execute(
            TABLE.update()
            .where(TABLE.c.id == row.id)
            .values(state=State.CANCELLED, reason=reason, cancelled_by=WHO, owner=None, lease_until=None)
        )
        note_event(connection, row, now, "cancelled", reason)
    if rows:
        named = ", ".join(row.key for row in rows[:NAMED]) + (" …" if len(rows) > NAMED else "")
        are = "post is" if len(rows) == 1 else "posts are"
        words = f"{channel}: {len(rows)} planned {are} already out on this account and not sent again: "
        notices.add(connection, mode, f"already-out:{channel}", None, words + named, now)
    return tuple(row.key for row in rows)


def _open(connection: sa.Connection, mode: Mode, channel: str) -> list[Any]:
    """Open rows of which nothing is out. What a person gave its time is meant, and not among them, unless
    this database may not know what is out by now.
    """
    query = sa.select(TABLE).where(TABLE.c.mode == mode, TABLE.c.channel == channel, TABLE.c.part == 0)
    if home.must_compare(connection, mode, channel):
        query = query.where(TABLE.c.state.in_(list(OPEN)))
    else:
        query = query.where(schema.IS_SCHEDULED, TABLE.c.due_by.is_(None))
    return list(connection.execute(query.order_by(TABLE.c.due, TABLE.c.id)).all())
