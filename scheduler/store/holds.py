"""Stops and what lapses under them: holds, lifting, and deliveries whose time has passed."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.errors import RunError
from scheduler.model import Mode, State
from scheduler.store import notices, queue, schema
from scheduler.store.bars import STANDING, closing
from scheduler.store.rows import HOLD_FILE, Hold, Policy, note_act, note_events
from scheduler.store.scene import A_DAY, approvals_of, open_holds, scene
from scheduler.store.settle import hold_channel
from scheduler.store.shown import LiftReport

TABLE = schema.deliveries
SCOPES = ("all", "channel", "kind", "language", "post")
LOOK_AGAIN = "look-again"
"""The cause of the notice that a hold's time to look again has come."""

PAGE = 200
"""So many are written off in one go; between two others may write."""

MANY = 5
"""More missed at once on a channel than this is an outage, not an accident: the channel is held."""


def hold(
    connection: sa.Connection,
    scope: str,
    value: str,
    reason: str,
    who: str,
    now: datetime,
    look_again: datetime | None,
) -> int:
    """See Store.hold."""
    if scope not in SCOPES:
        raise RunError(f"a hold is on one of {', '.join(SCOPES)}; {scope!r} is none of them")
    if (scope == "all") == bool(value):
        raise RunError(f"a hold on {scope} {'names nothing more' if value else 'needs its name'}")
    return _insert(connection, scope, value, _one_line(reason), who, now, look_again or now + A_DAY)


def _one_line(words: str) -> str:
    """It is shown on terminals, in mail and on pages: no sign of it may do anything there."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _insert(
    connection: sa.Connection,
    scope: str,
    value: str,
    reason: str,
    who: str,
    now: datetime,
    look_again: datetime,
) -> int:
    values = {
        "scope": scope,
        "value": value,
        "reason": reason,
        "who": who,
        "at": now,
        "look_again": look_again,
    }
    made = connection.execute(schema.holds.insert().values(**values)).inserted_primary_key
    note_act(connection, who, "hold", f"{scope} {value}".strip(), reason, now)
    return int(made[0]) if made else 0


def lift_all(
    connection: sa.Connection, numbers: Collection[int], who: str, now: datetime, policy: Policy | None
) -> LiftReport:
    """See Store.lift_all."""
    every = {one.id: one for one in open_holds(connection, policy)}
    for number in numbers:
        if number not in every:
            raise RunError(f"there is no open hold on number {number}; `status` lists the open ones")
    return _require_and_lift(connection, [every[number] for number in numbers], who, now, policy)


def lift(
    connection: sa.Connection,
    hold_id: int | None,
    scope: str | None,
    value: str,
    who: str,
    now: datetime,
    policy: Policy | None = None,
) -> LiftReport:
    """See Store.lift."""
    every = open_holds(connection, policy)
    lifted = [one for one in every if one.id == hold_id or (one.scope == scope and one.value == value)]
    if not lifted:
        what = f"number {hold_id}" if hold_id is not None else f"{scope} {value}".strip()
        raise RunError(f"there is no open hold on {what}; `status` lists the open ones")
    return _require_and_lift(connection, lifted, who, now, policy)


def _require_and_lift(
    connection: sa.Connection, lifted: list[Hold], who: str, now: datetime, policy: Policy | None
) -> LiftReport:
    mine = {HOLD_FILE, policy.hold_file_who} if policy is not None else {HOLD_FILE}
    if any(one.who in mine or not one.id for one in lifted):
        _require_gone(policy)
    return _lift(connection, lifted, who, now)


def _require_gone(policy: Policy | None) -> None:
    """A hold that the folder of the posts calls for is lifted there. Raises RunError while it is."""
    seen = policy.hold_files() if policy is not None else None
    if policy is None or seen is None:
        return
    if seen.who != policy.hold_file_who:
        raise RunError(f"{seen.value}: {seen.reason}")
    raise RunError(f"{seen.value} is still there and holds everything; delete it, and its hold is lifted")


def _lift(connection: sa.Connection, lifted: list[Hold], who: str, now: datetime) -> LiftReport:
    numbers = [one.id for one in lifted]
    table = schema.holds
    connection.execute(table.update().where(table.c.id.in_(numbers)).values(lifted_at=now, lifted_by=who))
    for one in lifted:
        note_act(connection, who, "release", f"{one.scope} {one.value}".strip(), one.reason, now)
        for cause in (f"hold:{one.id}", f"{LOOK_AGAIN}:{one.id}"):
            notices.close_everywhere(connection, cause, now)
    found = _lapsing(connection, lifted, open_holds(connection), now)
    lapsed = [row for row, _ in found]
    _end(connection, [(row, State.MISSED, f"its time came under a {under}") for row, under in found], now)
    modes = {str(row.mode) for row in lapsed}
    by_mode = {Mode(mode): tuple(row.key for row in lapsed if row.mode == mode) for mode in sorted(modes)}
    return LiftReport(tuple(numbers), tuple(row.key for row in lapsed), by_mode)


def lapsing(
    connection: sa.Connection, mode: Mode, numbers: Collection[int], now: datetime
) -> tuple[str, ...]:
    """See Store.lapsing."""
    every = open_holds(connection)
    going = [one for one in every if one.id in numbers]
    staying = [one for one in every if one.id not in numbers]
    found = _lapsing(connection, going, staying, now)
    return tuple(row.key for row, _ in found if row.mode == mode)


def _lapsing(
    connection: sa.Connection, lifted: Sequence[Hold], remaining: Sequence[Hold], now: datetime
) -> list[tuple[Any, Hold]]:
    """What came due under the holds, in either mode, and which it was: lifting never fires a backlog."""
    # What is being prepared at this moment would go out too; without its claim it fails at the gate.
    rows: list[Any] = []
    for mode in Mode:
        for coming in (schema.IS_SCHEDULED, schema.IS_PREPARING):
            query = sa.select(*queue.LIGHT).where(TABLE.c.mode == mode, coming)
            rows += connection.execute(query.where(TABLE.c.part == 0, TABLE.c.due <= now))
    found = []
    for row in sorted(rows, key=lambda row: (row.due, row.id)):
        under = next((one for one in lifted if one.stops(row)), None)
        if under is not None and not any(one.stops(row) for one in remaining):
            found.append((row, under))
    return found


def to_remind(connection: sa.Connection, mode: Mode, now: datetime) -> list[Hold]:
    """Open holds whose time to look again has come, and of which nobody was told yet."""
    due = [hold for hold in open_holds(connection) if hold.look_again is not None and hold.look_again <= now]
    return [hold for hold in due if not notices.is_open(connection, mode, f"{LOOK_AGAIN}:{hold.id}")]


def remind(connection: sa.Connection, mode: Mode, now: datetime) -> tuple[int, ...]:
    """See Store.remind."""
    told = to_remind(connection, mode, now)
    for hold in told:
        words = f"hold {hold.id} on {hold.words}: time to look again ({hold.who}: {hold.reason})"
        notices.add(connection, mode, f"{LOOK_AGAIN}:{hold.id}", None, words, now)
    return tuple(hold.id for hold in told)


def follows_file(connection: sa.Connection, policy: Policy) -> bool:
    """Whether what is recorded of this machine's HOLD file agrees with the folder of the posts; where that
    cannot be read, or is not here, it does.
    """
    seen = policy.hold_files()
    if not policy.hold_file_who or (seen is not None and seen.who != policy.hold_file_who):
        return True
    recorded = _recorded(connection, policy, seen)
    if seen is None or recorded is None:
        return seen is recorded
    return _told(seen) == _told(recorded)


def _told(one: Hold) -> dict[str, str]:
    return {"value": one.value, "reason": one.reason, "who": one.who}


def follow_file(
    connection: sa.Connection, mode: Mode, policy: Policy, now: datetime
) -> LiftReport | Hold | None:
    """See Store.follow_hold_file. Two processes may come to it at once, so it is looked at again here."""
    if follows_file(connection, policy):
        return None
    seen = policy.hold_files()
    recorded = _recorded(connection, policy, seen)
    if seen is None:
        return _lift(connection, [recorded], recorded.who, now) if recorded is not None else None
    if recorded is not None:
        number = recorded.id
        table = schema.holds
        connection.execute(table.update().where(table.c.id == number).values(**_told(seen)))
    else:
        number = _insert(connection, "all", seen.value, seen.reason, seen.who, now, now + A_DAY)
        where = seen.value + seen.who.removeprefix(HOLD_FILE)
        words = f"everything is held: {where} is there ({seen.reason}); delete it to go on"
        notices.add(connection, mode, f"hold:{number}", None, words, now)
    return replace(seen, id=number, at=now)


def _recorded(connection: sa.Connection, policy: Policy, seen: Hold | None) -> Hold | None:
    """The open hold of this machine's HOLD file, if there is one. One recorded before several machines shared
    the database is that of whoever sees such a file: nobody else knows whose it was.
    """
    every = {one.who: one for one in open_holds(connection)}
    return every.get(policy.hold_file_who) or (every.get(HOLD_FILE) if seen is not None else None)


def pages(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """So many rows at a time as are written in one go."""
    for start in range(0, len(rows), PAGE):
        yield rows[start : start + PAGE]


@dataclass(frozen=True)
class Outage:
    """Channels on which many were missed at once, and the holds that were set because of it."""

    channels: frozenset[str]
    holds: frozenset[int]


def outage(
    connection: sa.Connection, mode: Mode, policy: Policy, rows: Sequence[Any], now: datetime
) -> Outage:
    """For many missed at once on a channel one notice and, live, one hold: before the first is written off,
    so that whatever happens meanwhile people are told. The rest would then end with that hold.
    """
    known = {one.id for one in open_holds(connection, policy)}
    counts = Counter(row.channel for row in rows if row.part == 0)
    many = {channel: count for channel, count in counts.items() if count > MANY}
    for channel, count in many.items():
        words = f"{count} posts were missed at once; look at what is still to come, then release it"
        hold_channel(connection, mode, channel, words, None, now)
    made = {one.id for one in open_holds(connection, policy)} - known
    return Outage(frozenset(many), frozenset(made))


def expire(
    connection: sa.Connection, mode: Mode, policy: Policy, rows: Sequence[Any], now: datetime, told: Outage
) -> tuple[str, ...]:
    """A page of what Store.expire writes, as far as nobody has changed it since it was read."""
    given = approvals_of(connection, [row.key for row in rows])
    around = scene(connection, mode, policy, now)
    around = replace(around, approvals=given, holds=[one for one in around.holds if one.id not in told.holds])
    ended: list[tuple[Any, State, str]] = []
    for row in queue.still_overdue(connection, rows, now):
        if row.part > 0:
            words = f"parts 1..{row.part} published; the rest could not be sent within a day"
            ended.append((row, State.REFUSED, words))
            notices.add(connection, mode, f"thread:{row.key}", row.key, f"{row.key}: {words}", now)
        elif not any(one.stops(row) for one in around.holds):
            ended.append((row, State.MISSED, _why(around, row)))
            if row.channel not in told.channels:
                words = f"{row.key} was missed; `retry` gives it a new time"
                notices.add(connection, mode, f"missed:{row.key}:{now.isoformat()}", row.key, words, now)
    _end(connection, ended, now)
    return tuple(row.key for row, state, _ in ended if state is State.MISSED)


def _why(around: Any, row: Any) -> str:
    """What stood in the way, as far as it is known."""
    standing = [bar.reason for bar in closing(around, row, STANDING)]
    if standing:
        return "its time passed: " + "; ".join(standing)
    if row.reason:
        return f"its time passed; last: {row.reason}"
    return "its time passed before it could be sent; was the scheduler running?"


def _end(connection: sa.Connection, ended: Sequence[tuple[Any, State, str]], now: datetime) -> None:
    """Written together: after a week's outage these are thousands, and others wait for the database."""
    if not ended:
        return
    free = {"owner": None, "lease_until": None, "wake_at": None}
    changes = [{"row": row.id, "state": state, "reason": reason, **free} for row, state, reason in ended]
    connection.execute(schema.CHANGE_ROW, changes)
    note_events(connection, [(row, str(state), reason) for row, state, reason in ended], now)
