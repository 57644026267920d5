"""Which waiting deliveries of a channel its gap, limit and quiet days bind alike: all of a rank, or none."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.store import schema
from scheduler.store.bars import (
    approved,
    channel_known,
    channel_pause,
    channel_works,
    compared_first,
    in_time,
    not_held,
    original_is_out,
    outside_quiet,
    own_pause,
    post_is_clear,
)
from scheduler.store.limits import LATE, daily_limit, gap, is_fixed, passes_limits, quota, spend_cap
from scheduler.store.scene import Bar, Rule, Scene

TABLE = schema.deliveries


def channel_held(scene: Scene, row: Any) -> Bar | None:
    """The holds that stop every delivery of the row's channel."""
    wide = [hold for hold in scene.holds if hold.scope in ("all", "channel") and hold.stops(row)]
    return Bar("; ".join(str(hold) for hold in wide)) if wide else None


WIDE: tuple[Rule, ...] = (
    channel_known,
    channel_works,
    channel_held,
    channel_pause,
    compared_first,
    outside_quiet,
    gap,
    daily_limit,
    quota,
)
"""Rules that say the same of all waiting deliveries of a channel that are of one rank."""

OWN: tuple[Rule, ...] = (in_time, own_pause, post_is_clear, not_held, approved, original_is_out, spend_cap)
"""The rest of the gate's rules but `due`; cheap ones first."""


class Rank(StrEnum):
    """How far a waiting delivery is bound by its channel's gap, limit and quiet days."""

    BEGUN = "begun"  # further parts of a thread: by quiet windows
    PASSING = "passing"  # urgent, or a correction: by none
    FRESH = "fresh"  # at the very time its post names: by quiet windows
    LATE = "late"  # such a time, but past: by the gap too
    ORDINARY = "ordinary"


WAITING = frozenset(Rank) - {Rank.BEGUN}
"""The ranks of what has not begun."""


def rank(scene: Scene, row: Any) -> Rank:
    """The rank of a delivery now; WIDE rules look at nothing else of it."""
    if passes_limits(row):
        return Rank.PASSING if row.urgent or row.correction else Rank.BEGUN
    if not is_fixed(row):
        return Rank.ORDINARY
    return Rank.FRESH if scene.now - row.due <= LATE else Rank.LATE


def of_rank(scene: Scene, which: Rank) -> Any:
    """The same as a condition on rows that are neither urgent nor begun."""
    named = sa.and_(TABLE.c.slot.is_(False), TABLE.c.due_by.is_(None))
    plain = TABLE.c.correction.is_(False)
    return {
        Rank.PASSING: TABLE.c.correction.is_(True),
        Rank.ORDINARY: sa.and_(plain, sa.not_(named)),
        Rank.FRESH: sa.and_(plain, named, TABLE.c.due >= scene.now - LATE),
        Rank.LATE: sa.and_(plain, named, TABLE.c.due < scene.now - LATE),
    }[which]
