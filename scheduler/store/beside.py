"""One delivery and all that stands beside it, in one look: its part, its channel, what is open against it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.store import schema
from scheduler.store.rows import Policy
from scheduler.store.scene import Scene, open_holds

TABLE, PARTS, CHANNELS = schema.deliveries, schema.parts, schema.channels
OTHER = TABLE.alias("other")

_BUSY = (
    sa.select(OTHER.c.key)
    .where(OTHER.c.mode == TABLE.c.mode, OTHER.c.channel == TABLE.c.channel, OTHER.c.id != TABLE.c.id)
    # A literal, see schema.
    .where(sa.text("other.state IN ('preparing', 'sending')"))
    .limit(1)
    .correlate(TABLE)
    .scalar_subquery()
)
_HELD = sa.exists().where(schema.holds.c.lifted_at.is_(None)).select_from(schema.holds)
_SPOKEN = sa.exists().where(schema.approvals.c.key == TABLE.c.key).select_from(schema.approvals)
_NOTICED = (
    sa.exists()
    .where(schema.notices.c.mode == TABLE.c.mode, schema.notices.c.key == TABLE.c.key)
    .where(schema.notices.c.closed_at.is_(None))
    .select_from(schema.notices)
)
_OF_PART = (
    PARTS.c.n.label("part_n"),
    PARTS.c.digest.label("part_digest"),
    PARTS.c.request.label("part_request"),
    PARTS.c.frozen.label("part_frozen"),
)
_OF_CHANNEL = tuple(column.label(f"channel_{column.name}") for column in CHANNELS.c)

BESIDE = sa.select(
    *TABLE.c,
    *_OF_PART,
    *_OF_CHANNEL,
    _BUSY.label("busy"),
    _HELD.label("held"),
    _SPOKEN.correlate(TABLE).label("spoken"),
).select_from(
    TABLE.outerjoin(PARTS, sa.and_(PARTS.c.delivery == TABLE.c.id, PARTS.c.n == TABLE.c.part)).outerjoin(
        CHANNELS, sa.and_(CHANNELS.c.name == TABLE.c.channel, CHANNELS.c.mode == TABLE.c.mode)
    )
)
"""A delivery's row with its part's (`part_…`) and its channel's (`channel_…`); `busy` is the key of another
one in flight on its channel, `held` whether any hold is open, `spoken` whether anybody has spoken of it.
"""

ONE = schema.often(BESIDE.where(TABLE.c.mode == sa.bindparam("mode"), TABLE.c.key == sa.bindparam("key")))

ANSWERED = schema.often(
    sa.select(
        *(column for column in TABLE.c if column.name not in ("message", "stops", "waived", "records")),
        PARTS.c.n.label("part_n"),
        _NOTICED.correlate(TABLE).label("noticed"),
    )
    .select_from(TABLE.outerjoin(PARTS, sa.and_(PARTS.c.delivery == TABLE.c.id, PARTS.c.n == TABLE.c.part)))
    .where(TABLE.c.mode == sa.bindparam("mode"), TABLE.c.key == sa.bindparam("key"))
)
"""What recording an answer needs: the row without its texts, whether its part is known (`part_n`), and
whether a notice is open on it (`noticed`).
"""


@dataclass(frozen=True)
class Known:
    """What is known of a channel."""

    not_before: datetime | None
    reason: str
    problem: str
    account_id: str | None
    to_compare: str | None


def around(connection: sa.Connection, mode: Mode, policy: Policy, now: datetime, row: Any) -> Scene:
    """The scene of one delivery, of a row that BESIDE has read: only what is there is read besides."""
    known = {}
    if row.channel_name is not None:
        known[row.channel] = Known(
            row.channel_not_before,
            row.channel_reason,
            row.channel_problem,
            row.channel_account_id,
            row.channel_to_compare,
        )
    holds = open_holds(connection, policy, recorded=row.held)
    return Scene(connection, mode, policy, now, holds, None if row.spoken else {}, known)
