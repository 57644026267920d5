"""Acts of a person on one delivery; each is written to the audit log."""

import difflib
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from scheduler.errors import RunError
from scheduler.model import Answer, Approval, Campaign, Delivery, Message, Mode, Receipt, State
from scheduler.planning import local_day
from scheduler.store import notices, replacing, schema
from scheduler.store.claim import row_of
from scheduler.store.rows import note_act, note_event
from scheduler.store.settle import OVERCOME, not_out, publish
from scheduler.store.sync import fresh_row

TABLE = schema.deliveries
MAY_RETRY = frozenset({State.REFUSED, State.MISSED, State.CANCELLED})
MAY_CANCEL = frozenset({State.SCHEDULED, State.PREPARING, State.REFUSED, State.MISSED})
MAY_MOVE = frozenset({State.SCHEDULED, State.PREPARING})
FROZEN = "frozen"


@dataclass(frozen=True)
class Frozen:
    """Since when changed files wait, by whose word and why; `config` is the text that counts meanwhile and
    `files` what the files looked like (time of change and size) when it began.
    """

    who: str
    at: datetime
    reason: str
    config: str | None = None
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"frozen by {self.who}: {self.reason}"


def required(connection: sa.Connection, mode: Mode, key: str) -> Any:
    """The row of a key a person named. Raises RunError with the nearest known one."""
    row = row_of(connection, mode, key)
    if row is not None:
        return row
    known = connection.scalars(sa.select(TABLE.c.key).where(TABLE.c.mode == mode)).all()
    near = difflib.get_close_matches(key, known, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise RunError(f"{key}: there is no such delivery ({mode}){hint}")


def _in(row: Any, states: frozenset[State], act: str) -> None:
    if row.state not in states:
        wanted = ", ".join(sorted(states))
        next_step = (
            "; look at the account, then say with `settle` what you saw" if row.state == "unknown" else ""
        )
        raise RunError(f"{row.key} is {row.state}; only what is {wanted} can be {act}{next_step}")


def _set(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(**values))


def retry(
    connection: sa.Connection,
    mode: Mode,
    campaign: Campaign,
    key: str,
    due: datetime,
    expires: datetime,
    who: str,
    now: datetime,
) -> None:
    """See Store.retry."""
    row = required(connection, mode, key)
    _in(row, MAY_RETRY, "tried again")
    _open_again(connection, row, now)
    _give_time(connection, mode, campaign, row, due, expires, who, urgent=False)
    note_event(connection, row, now, "retry", f"{who} set a new time: {due.isoformat()}")
    note_act(connection, who, "retry", key, due.isoformat(), now)


def _open_again(connection: sa.Connection, row: Any, now: datetime) -> None:
    _set(connection, row, state=State.SCHEDULED, reason="", cancelled_by=None, tries=0, crashes=0)
    notices.close_of(connection, row.mode, row.key, OVERCOME, now)


def set_due(
    connection: sa.Connection,
    mode: Mode,
    campaign: Campaign,
    key: str,
    due: datetime,
    expires: datetime,
    who: str,
    now: datetime,
    urgent: bool,
) -> None:
    """See Store.set_due."""
    row = required(connection, mode, key)
    _in(row, MAY_MOVE, "given another time")
    _give_time(connection, mode, campaign, row, due, expires, who, urgent=urgent)
    note_event(connection, row, now, "moved", f"{who} set the time: {due.isoformat()}")
    note_act(connection, who, "urgent" if urgent else "move", key, due.isoformat(), now)


def put_now(
    connection: sa.Connection,
    mode: Mode,
    campaign: Campaign,
    delivery: Delivery,
    expires: datetime,
    who: str,
    now: datetime,
    urgent: bool,
) -> None:
    """See Store.put_now."""
    row = row_of(connection, mode, delivery.key)
    if row is None:
        connection.execute(TABLE.insert().values(**fresh_row(mode, delivery, now)))
        row = row_of(connection, mode, delivery.key)
    _in(row, MAY_RETRY | MAY_MOVE, "published now")
    if row.out_at is None:
        # The words of today's file, as after a reload; its own time stays the plan's.
        today = replacing.content(delivery) | {"planned_due": row.planned_due, "slot": row.slot}
        _set(connection, row, **today)
    if row.state in MAY_RETRY:
        _open_again(connection, row, now)
    _give_time(connection, mode, campaign, row, now, expires, who, urgent=urgent)
    note_event(connection, row, now, "publish", f"{who} asked for it now" + (", urgently" if urgent else ""))
    note_act(connection, who, "publish", delivery.key, "urgent" if urgent else "", now)


def _give_time(
    connection: sa.Connection,
    mode: Mode,
    campaign: Campaign,
    row: Any,
    due: datetime,
    expires: datetime,
    who: str,
    urgent: bool,
) -> None:
    day = local_day(campaign, due)
    times = {"due": due, "expires": expires, "day": day, "due_by": who}
    _set(connection, row, **times, not_before=None, wake_at=None, urgent=urgent)
    if row.slot and mode is Mode.LIVE:
        keep_slots(connection, {row.key: due}, who)


def keep_slots(connection: sa.Connection, given: dict[str, datetime], set_by: str) -> None:
    """Remember the slots deliveries were given; a later one replaces an earlier one."""
    table = schema.slots
    for key, due in given.items():
        values = {"due": due, "set_by": set_by}
        if not connection.execute(table.update().where(table.c.key == key).values(**values)).rowcount:
            connection.execute(table.insert().values(key=key, **values))


def cancel(connection: sa.Connection, mode: Mode, key: str, who: str, reason: str, now: datetime) -> None:
    """See Store.cancel."""
    row = required(connection, mode, key)
    _in(row, MAY_CANCEL, "cancelled")
    words = f"cancelled by {who}" + (f": {reason}" if reason else "")
    if row.part > 0:
        words = f"parts 1..{row.part} published; {words}"
    _set(connection, row, state=State.CANCELLED, reason=words, cancelled_by=who, owner=None, lease_until=None)
    note_event(connection, row, now, "cancelled", words)
    note_act(connection, who, "cancel", key, reason, now)


def settle_by_person(
    connection: sa.Connection, mode: Mode, key: str, url: str | None, who: str, now: datetime
) -> None:
    """See Store.settle_by_person."""
    row = required(connection, mode, key)
    _in(row, frozenset({State.UNKNOWN}), "settled")
    if url is None:
        note_event(connection, row, now, "settled", f"{who}: not published")
        not_out(connection, row, f"{who} looked: it is not there", now)
    else:
        publish(connection, row, Receipt(id_in(url), url), now, f"settled by {who}", None)
    note_act(connection, who, "settle", key, url or "not published", now)


def id_in(url: str) -> str:
    """What the platform calls the post, for replies to it: a link ends with it (Mastodon, X, Bluesky …)."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] or url


def say(connection: sa.Connection, given: Sequence[Approval], shown: Mapping[str, Message]) -> None:
    """Append approvals, returns and comments, each with its line in the audit log; what they were shown is
    kept by its digest.
    """
    for one in given:
        connection.execute(
            schema.approvals.insert().values(
                key=one.key,
                digest=one.digest,
                who=one.who,
                role=one.role,
                at=one.at,
                shown_day=one.shown_day,
                act=one.act,
                words=one.words,
            )
        )
        signed = f"what it shows ({one.digest[:12]}…), for {one.shown_day}"
        note_act(connection, one.who, one.act, one.key, one.words or signed, one.at)
    _keep_shown(connection, {one.digest for one in given}, shown)


def _keep_shown(connection: sa.Connection, digests: Set[str], shown: Mapping[str, Message]) -> None:
    table = schema.signed
    known = set(connection.scalars(sa.select(table.c.digest).where(table.c.digest.in_(list(digests)))))
    for digest in digests - known:
        if digest in shown:
            connection.execute(table.insert().values(digest=digest, message=shown[digest].to_json()))


def signed(connection: sa.Connection, digests: Collection[str]) -> dict[str, Message]:
    """See Store.signed."""
    table = schema.signed
    query = sa.select(table).where(table.c.digest.in_(list(digests)))
    return {row.digest: Message.from_json(row.message) for row in connection.execute(query)}


def answer(connection: sa.Connection, given: Sequence[Answer]) -> None:
    """See Store.answer."""
    for one in given:
        connection.execute(schema.answers.insert().values(**asdict(one)))
        note_act(connection, one.who, "confirm", one.post, f"{one.question}: {one.reason}", one.at)


def answers(connection: sa.Connection) -> tuple[Answer, ...]:
    """See Store.answers."""
    table = schema.answers
    rows = connection.execute(sa.select(table).order_by(table.c.id))
    return tuple(
        Answer(row.question, row.post, row.rule, row.who, row.role, row.at, row.reason) for row in rows
    )


def freeze(
    connection: sa.Connection,
    who: str,
    reason: str,
    now: datetime,
    config: str | None,
    files: Mapping[str, tuple[int, int]],
) -> None:
    """See Store.freeze."""
    if (known := frozen(connection)) is not None:
        raise RunError(f"{known}; end that first with `freeze --off`")
    kept = {"who": who, "at": now.isoformat(), "reason": reason, "config": config}
    notices.remember(connection, FROZEN, kept | {"files": {name: list(look) for name, look in files.items()}})
    note_act(connection, who, "freeze", "plan", reason, now)


def thaw(connection: sa.Connection, who: str, now: datetime) -> None:
    """See Store.thaw."""
    if frozen(connection) is None:
        raise RunError("the plan is not frozen, so there is nothing to end")
    notices.forget(connection, FROZEN)
    notices.close_everywhere(connection, FROZEN, now)
    note_act(connection, who, "thaw", "plan", "", now)


def frozen(connection: sa.Connection) -> Frozen | None:
    """See Store.frozen."""
    kept = notices.recall(connection, FROZEN)
    if kept is None:
        return None
    files = {name: (look[0], look[1]) for name, look in kept["files"].items()}
    at = datetime.fromisoformat(kept["at"])
    return Frozen(kept["who"], at, kept["reason"], kept["config"], files)
