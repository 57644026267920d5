"""What is to be told outside the log: each thing once, to whom it went, and how each address fares.

Before a message leaves, its tellings are written down as begun: after a crash it is sent once more and marked
as a repetition, so that nothing is lost and nobody wonders.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.store import schema

ALERTS, TELLINGS, RECIPIENTS = schema.alerts, schema.tellings, schema.recipients


class What(StrEnum):
    """What a telling says of its alert."""

    IS = "is"
    OVER = "over"


@dataclass(frozen=True)
class Raised:
    """Something to be told from now on. `name` makes it one thing; of a kind there is one open at a time."""

    name: str
    kind: str
    key: str | None
    words: str
    todo: str
    urgent: bool


@dataclass(frozen=True)
class Alert:
    """Something to be told, as it stands in the table."""

    id: int
    name: str
    kind: str
    key: str | None
    words: str
    todo: str
    urgent: bool
    at: datetime
    routed: bool
    over_at: datetime | None = None
    over_words: str | None = None


@dataclass(frozen=True)
class Telling:
    """One alert for one recipient. `doubtful`: it was sent before, and no clear answer came."""

    alert: Alert
    recipient: str
    what: What
    begun: bool
    doubtful: bool


@dataclass(frozen=True)
class Recipient:
    """How an address fares, by the name of its variable. `problem` is empty while it works; `tries` counts
    the failures since it last did.
    """

    name: str
    tried_at: datetime | None = None
    told_at: datetime | None = None
    failing_since: datetime | None = None
    tries: int = 0
    not_before: datetime | None = None
    problem: str = ""


def open_alerts(connection: sa.Connection, mode: str) -> tuple[Alert, ...]:
    """What is so at the moment, as far as people are to be told, oldest first."""
    query = sa.select(ALERTS).where(ALERTS.c.mode == mode, ALERTS.c.over_at.is_(None)).order_by(ALERTS.c.id)
    return tuple(_alert(row) for row in connection.execute(query))


def _alert(row: Any) -> Alert:
    return Alert(
        row.id,
        row.name,
        row.kind,
        row.key,
        row.words,
        row.todo,
        row.urgent,
        row.at,
        row.routed_at is not None,
        row.over_at,
        row.over_words,
    )


def known(connection: sa.Connection, mode: str, names: Collection[str]) -> frozenset[str]:
    """Those of the names that were ever raised, be they over or not."""
    query = sa.select(ALERTS.c.name).where(ALERTS.c.mode == mode, ALERTS.c.name.in_(list(names)))
    return frozenset(connection.scalars(query))


def last_of(connection: sa.Connection, mode: str, kind: str) -> datetime | None:
    """When something of the kind was raised last."""
    query = sa.select(sa.func.max(ALERTS.c.at)).where(ALERTS.c.mode == mode, ALERTS.c.kind == kind)
    found: datetime | None = connection.scalar(query)
    return found


def between(connection: sa.Connection, mode: str, since: datetime, until: datetime) -> tuple[Alert, ...]:
    """What was raised in [since, until), oldest first."""
    query = (
        sa.select(ALERTS)
        .where(ALERTS.c.mode == mode, ALERTS.c.at >= since, ALERTS.c.at < until)
        .order_by(ALERTS.c.id)
    )
    return tuple(_alert(row) for row in connection.execute(query))


def raise_all(connection: sa.Connection, mode: str, raised: Iterable[Raised], now: datetime) -> None:
    """Write down what is to be told; what is open already stays as it was said first."""
    there = set(
        connection.scalars(sa.select(ALERTS.c.name).where(ALERTS.c.mode == mode, ALERTS.c.over_at.is_(None)))
    )
    for one in raised:
        if one.name not in there:
            there.add(one.name)
            connection.execute(ALERTS.insert().values(mode=mode, at=now, **vars(one)))


def end(connection: sa.Connection, number: int, words: str | None, now: datetime) -> None:
    """It is over. Whoever was told of it hears that once, if there are `words`; nobody else does."""
    changed = connection.execute(
        ALERTS.update()
        .where(ALERTS.c.id == number, ALERTS.c.over_at.is_(None))
        .values(
            over_at=now,
            over_words=words,
            routed_at=sa.func.coalesce(ALERTS.c.routed_at, sa.literal(now, schema.Moment)),
        )
    )
    if not changed.rowcount:
        return
    table = TELLINGS.c
    untold = sa.and_(table.alert == number, table.told_at.is_(None), table.begun_at.is_(None))
    connection.execute(TELLINGS.delete().where(untold))
    if words is not None:
        told = list(connection.scalars(sa.select(table.recipient).where(table.alert == number)))
        _add(connection, number, told, What.OVER, now)


def route(connection: sa.Connection, number: int, recipients: Collection[str], now: datetime) -> None:
    """It is decided who is told."""
    _add(connection, number, recipients, What.IS, now)
    connection.execute(ALERTS.update().where(ALERTS.c.id == number).values(routed_at=now))


def lacks(connection: sa.Connection, number: int, recipients: Collection[str]) -> tuple[str, ...]:
    """Those of the recipients who are not among who is told of it."""
    table = TELLINGS.c
    there = set(connection.scalars(sa.select(table.recipient).where(table.alert == number)))
    return tuple(one for one in dict.fromkeys(recipients) if one not in there)


def widen(connection: sa.Connection, number: int, recipients: Collection[str], now: datetime) -> None:
    """Let further recipients be told."""
    _add(connection, number, lacks(connection, number, recipients), What.IS, now)


def _add(
    connection: sa.Connection, number: int, recipients: Iterable[str], what: What, now: datetime
) -> None:
    for recipient in dict.fromkeys(recipients):
        values = {"alert": number, "recipient": recipient, "what": str(what), "made_at": now}
        connection.execute(TELLINGS.insert().values(**values, doubtful=False))


def forget(connection: sa.Connection, mode: str, recipients: Collection[str]) -> int:
    """Take back what waits for addresses other than these; what is left for nobody is routed anew."""
    of_mode = sa.select(ALERTS.c.id).where(ALERTS.c.mode == mode)
    gone = sa.and_(
        TELLINGS.c.told_at.is_(None),
        TELLINGS.c.recipient.not_in(list(recipients)),
        TELLINGS.c.alert.in_(of_mode),
    )
    orphans = set(connection.scalars(sa.select(TELLINGS.c.alert).where(gone)))
    if not orphans:
        return 0
    connection.execute(TELLINGS.delete().where(gone))
    nobody = ~sa.exists().where(TELLINGS.c.alert == ALERTS.c.id)
    still = sa.and_(ALERTS.c.id.in_(list(orphans)), ALERTS.c.over_at.is_(None), nobody)
    connection.execute(ALERTS.update().where(still).values(routed_at=None))
    return len(orphans)


def pending(connection: sa.Connection, mode: str) -> dict[str, tuple[Telling, ...]]:
    """What waits to be told, by recipient, oldest first."""
    query = (
        sa.select(ALERTS, TELLINGS.c.recipient, TELLINGS.c.what, TELLINGS.c.begun_at, TELLINGS.c.doubtful)
        .join(TELLINGS, TELLINGS.c.alert == ALERTS.c.id)
        .where(ALERTS.c.mode == mode, TELLINGS.c.told_at.is_(None))
        .order_by(ALERTS.c.id, TELLINGS.c.what)
    )
    found: dict[str, list[Telling]] = {}
    for row in connection.execute(query):
        one = Telling(_alert(row), row.recipient, What(row.what), row.begun_at is not None, row.doubtful)
        found.setdefault(row.recipient, []).append(one)
    return {name: tuple(tellings) for name, tellings in found.items()}


def recipients(connection: sa.Connection, mode: str) -> Mapping[str, Recipient]:
    """How each address fares that was ever tried, by name."""
    query = sa.select(RECIPIENTS).where(RECIPIENTS.c.mode == mode).order_by(RECIPIENTS.c.name)
    return {
        row.name: Recipient(
            row.name, row.tried_at, row.told_at, row.failing_since, row.tries, row.not_before, row.problem
        )
        for row in connection.execute(query)
    }


def begin(connection: sa.Connection, mode: str, tellings: Sequence[Telling], now: datetime) -> None:
    """A message with these is about to leave for its recipient; what was begun before is doubtful now."""
    for one in tellings:
        connection.execute(
            TELLINGS.update()
            .where(_is(one), TELLINGS.c.told_at.is_(None))
            .values(begun_at=now, doubtful=one.begun or one.doubtful)
        )
    _fare(connection, mode, tellings[0].recipient, tried_at=now)


def told(connection: sa.Connection, mode: str, tellings: Sequence[Telling], now: datetime) -> None:
    """The message was taken."""
    for one in tellings:
        connection.execute(TELLINGS.update().where(_is(one)).values(told_at=now))
    works(connection, mode, tellings[0].recipient, now)


def works(connection: sa.Connection, mode: str, recipient: str, now: datetime) -> None:
    """The address took a message."""
    values = {"told_at": now, "failing_since": None, "tries": 0, "not_before": None, "problem": ""}
    _fare(connection, mode, recipient, **values)


def failed(
    connection: sa.Connection,
    mode: str,
    recipient: str,
    tellings: Sequence[Telling],
    problem: str,
    now: datetime,
    not_before: datetime,
    *,
    certain: bool = True,
) -> None:
    """The message was not taken, or (not `certain`) nobody knows; it is tried again from `not_before` on."""
    if certain:
        for one in tellings:
            connection.execute(
                TELLINGS.update().where(_is(one), TELLINGS.c.told_at.is_(None)).values(begun_at=None)
            )
    before = recipients(connection, mode).get(recipient, Recipient(recipient))
    _fare(
        connection,
        mode,
        recipient,
        failing_since=before.failing_since or now,
        tries=before.tries + 1,
        not_before=not_before,
        problem=problem,
    )


def _is(one: Telling) -> sa.ColumnElement[bool]:
    return sa.and_(
        TELLINGS.c.alert == one.alert.id,
        TELLINGS.c.recipient == one.recipient,
        TELLINGS.c.what == str(one.what),
    )


def _fare(connection: sa.Connection, mode: str, name: str, **values: Any) -> None:
    """Set columns of a recipient's row, made where it is missing."""
    here = sa.and_(RECIPIENTS.c.mode == mode, RECIPIENTS.c.name == name)
    if not connection.execute(RECIPIENTS.update().where(here).values(**values)).rowcount:
        fresh = {"mode": mode, "name": name, "tries": 0, "problem": ""}
        connection.execute(RECIPIENTS.insert().values(**{**fresh, **values}))
