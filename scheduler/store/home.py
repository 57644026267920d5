"""Whether this database is where it was left: one that was restored, copied or moved may not know what is out
by now.
"""

import contextlib
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.store import backup, notices, schema
from scheduler.store.place import Place
from scheduler.store.rows import Policy, note_act
from scheduler.store.scene import CHANNEL
from scheduler.store.settle import channel_values, hold_channel

TABLE = schema.deliveries
WHO = "scheduler"
CAUSE = "home"
MOVED = "moved"
"""The moment at which a change of place was found out."""

UNSEEN = (
    "this database was restored, copied or moved, and this platform cannot show what is out; "
    "look at the account, cancel what is there already, then release"
)
BY_HAND = "people posted on it by hand"
"""Why a channel must be compared that config.yaml has called, or still calls, one that people post on."""

HAND_UNSEEN = (
    "people posted here by hand until now, and this platform cannot show what is out; look at the account, "
    "cancel what is there already and say with `settle` where it is, then release"
)
UNSEEN_BY_HAND = (
    "this database was restored, copied or moved, and may not know what people have posted here since; look "
    "at the account, say with `settle` what is there already, then release"
)
THREAD = (
    "this database was restored, copied or moved while this thread was under way; look at the account, then "
    "release what is missing or cancel the rest"
)


def settle_in(
    connection: sa.Connection, mode: Mode, here: Place, beside: datetime | None, now: datetime
) -> str | None:
    """See Store.settle_in. `beside` is the last heartbeat as the folder, not the database, remembers it."""
    name = f"{mode}.home"
    before, restored = notices.recall(connection, name), notices.recall(connection, backup.RESTORED)
    notices.remember(connection, name, here.to_json())
    if mode is not Mode.LIVE:
        return None
    beat = notices.recall(connection, f"{mode}.heartbeat")
    why = _why(before, restored, here, datetime.fromisoformat(beat) if beat else None, beside)
    connection.execute(schema.meta.delete().where(schema.meta.c.name == backup.RESTORED))
    if why is None:
        return None
    notices.remember(connection, f"{mode}.{MOVED}", now.isoformat())
    names = _flag(connection, mode, why)
    _hold_threads(connection, mode, now)
    if not names:
        return None
    words = f"{why}; before anything is sent, each account is compared with what is planned"
    notices.add(connection, mode, CAUSE, None, words, now)
    note_act(connection, WHO, "compare", ", ".join(names), why, now)
    return words


def _why(
    before: Any, restored: Any, here: Place, beat: datetime | None, beside: datetime | None
) -> str | None:
    if restored:
        return f"this database was restored from {restored.get('file', 'a backup')}"
    if before is not None and (moved := here.moved(before)) is not None:
        return moved
    if beside is not None and (beat is None or beat < beside):
        return "this database is older than what was last at work in its folder"
    return None


def _flag(connection: sa.Connection, mode: Mode, why: str) -> list[str]:
    """Every channel of the mode must be compared; answers their names."""
    known = sa.select(schema.channels.c.name).where(schema.channels.c.mode == mode)
    used = sa.select(TABLE.c.channel).where(TABLE.c.mode == mode).distinct()
    names = sorted(connection.scalars(known.union(used)))
    for name in names:
        set_compare(connection, mode, name, why)
    return names


def set_compare(connection: sa.Connection, mode: Mode, channel: str, why: str | None) -> None:
    """Set or clear (None) the flag of one channel."""
    table = schema.channels
    known = sa.and_(table.c.name == channel, table.c.mode == mode)
    if not connection.execute(table.update().where(known).values(to_compare=why)).rowcount:
        fresh = {"name": channel, "mode": mode, "reason": "", "problem": "", "to_compare": why}
        connection.execute(table.insert().values(**fresh))


def _hold_threads(connection: sa.Connection, mode: Mode, now: datetime) -> None:
    """Of a thread under way, parts may be out that this database does not know: a person must tell which."""
    under_way = sa.or_(TABLE.c.part > 0, TABLE.c.state.in_(["sending", "unknown"]))
    still_open = TABLE.c.state.in_(["scheduled", "preparing", "sending", "unknown"])
    query = sa.select(TABLE.c.post).where(TABLE.c.mode == mode, TABLE.c.length > 1, under_way, still_open)
    for post in sorted(set(connection.scalars(query))):
        values = {"scope": "post", "value": post, "reason": THREAD, "who": WHO, "at": now}
        connection.execute(schema.holds.insert().values(**values))
        note_act(connection, WHO, "hold", f"post {post}", THREAD, now)
        notices.add(connection, mode, f"home:{post}", None, f"{post} is held: {THREAD}", now)


def hand_over(connection: sa.Connection, mode: Mode, policy: Policy | None, now: datetime) -> None:
    """From now on people may post on the channels marked by_hand without saying so: should one be made live,
    its account is compared first. Nor does it matter there what was wrong with the credentials.
    """
    if policy is None or mode is not Mode.LIVE:
        return
    names = {one.name for one in policy.channels.values() if one.by_hand}
    table = schema.channels
    seen = sa.and_(table.c.to_compare.is_not(None), table.c.problem == "")
    query = sa.select(table.c.name).where(table.c.mode == mode, seen)
    for name in sorted(names.difference(connection.scalars(query)) if names else ()):
        if not must_compare(connection, mode, name):
            set_compare(connection, mode, name, BY_HAND)
        channel_values(connection, mode, name, problem="")
        notices.close(connection, mode, f"channel:{name}", now)
        notices.close_by_machines(connection, mode, f"channel:{name}", now)


def unseen_by_hand(connection: sa.Connection, mode: Mode, channel: str, now: datetime) -> None:
    """After a restore: nobody is called to post on it before somebody has looked and released it."""
    hold_channel(connection, mode, channel, UNSEEN_BY_HAND, None, now)
    set_compare(connection, mode, channel, BY_HAND)
    table = schema.channels
    left = sa.select(table.c.name).where(table.c.mode == mode, table.c.to_compare != BY_HAND)
    if connection.scalar(left.limit(1)) is None:
        notices.close(connection, mode, CAUSE, now)


def flagged(connection: sa.Connection, mode: Mode) -> frozenset[str]:
    """The channels whose account must be looked at before anything is sent."""
    table = schema.channels
    query = sa.select(table.c.name).where(table.c.mode == mode, table.c.to_compare.is_not(None))
    return frozenset(connection.scalars(query))


def must_compare(connection: sa.Connection, mode: Mode, channel: str) -> bool:
    """Whether the channel's account must be looked at before anything is sent."""
    row = connection.execute(CHANNEL, {"mode": mode, "name": channel}).one_or_none()
    return row is not None and row.to_compare is not None


def compared(
    connection: sa.Connection, mode: Mode, channel: str, now: datetime, used: Collection[str] | None = None
) -> None:
    """See Store.compared. The notice goes with the last flag of the channels `used` (None: of any)."""
    if not must_compare(connection, mode, channel):
        return
    set_compare(connection, mode, channel, None)
    table = schema.channels
    left = sa.select(table.c.name).where(table.c.mode == mode, table.c.to_compare.is_not(None))
    if not [name for name in connection.scalars(left) if used is None or name in used]:
        notices.close(connection, mode, CAUSE, now)


def cannot_compare(
    connection: sa.Connection, mode: Mode, channel: str, now: datetime, used: Collection[str] | None = None
) -> bool:
    """See Store.cannot_compare."""
    table = schema.channels
    why = connection.scalar(
        sa.select(table.c.to_compare).where(table.c.name == channel, table.c.mode == mode)
    )
    if why is None:
        return False
    words = HAND_UNSEEN if why == BY_HAND else UNSEEN
    hold_channel(connection, mode, channel, words, None, now)
    compared(connection, mode, channel, now, used)
    return True


# The heartbeat beside the database: a database put back into its place by hand is older than it.


def beat_beside(folder: Path, mode: Mode, now: datetime) -> None:
    """Note in the folder that the scheduler is at work. A full disk forbids nothing here."""
    path = _beside(folder, mode)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        try:
            unfinished.write_text(now.isoformat(), encoding="utf-8")
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)


def last_beat_beside(folder: Path, mode: Mode) -> datetime | None:
    """The last one noted; None where none can be read."""
    try:
        return datetime.fromisoformat(_beside(folder, mode).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _beside(folder: Path, mode: Mode) -> Path:
    return folder / f"heartbeat-{mode}.txt"
