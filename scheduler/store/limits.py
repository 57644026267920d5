"""How many posts a channel may have, how close together, how often tried and for how much money."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import sqlalchemy as sa

from scheduler.model import Channel
from scheduler.planning import local_day
from scheduler.store import schema
from scheduler.store.scene import Bar, Scene

TABLE = schema.deliveries
LATE = timedelta(minutes=5)
"""A fixed time may go out inside a gap (the author was warned), unless it is later than this: then it keeps
the gap.
"""

MICRO = 1_000_000


def gap(scene: Scene, row: Any) -> Bar | None:
    channel = scene.policy.channels.get(row.channel)
    if channel is None or not channel.min_gap or passes_limits(row):
        return None
    if is_fixed(row) and scene.now - row.due <= LATE:
        return None
    last = scene.connection.scalar(_others(scene, row, sa.func.max(TABLE.c.out_at)))
    if last is None or last + channel.min_gap <= scene.now:
        return None
    return Bar(
        f"{row.channel} keeps a gap of {_words(channel.min_gap)} between posts", last + channel.min_gap
    )


def daily_limit(scene: Scene, row: Any) -> Bar | None:
    channel = scene.policy.channels.get(row.channel)
    if channel is None or passes_limits(row) or is_fixed(row):
        return None
    start, end = _day(scene)
    limit = _limit(scene, channel)
    query = _others(scene, row, sa.func.count()).where(TABLE.c.out_at >= start, TABLE.c.out_at < end)
    if (scene.connection.scalar(query) or 0) < limit:
        return None
    return Bar(f"{row.channel} has had its {limit} post{'s' if limit != 1 else ''} of the day", end)


def quota(scene: Scene, row: Any) -> Bar | None:
    allowed = scene.policy.quotas.get(row.channel)
    if allowed is None:
        return None
    table = schema.attempts
    since = scene.now - allowed.period
    query = _begun(scene, row, table.c.at).where(table.c.at > since).order_by(table.c.at.desc())
    nth = scene.connection.scalars(query.offset(allowed.attempts - 1).limit(1)).one_or_none()
    if nth is None:
        return None
    return Bar(f"{row.channel} has used its {allowed.attempts} attempts", nth + allowed.period)


def spend_cap(scene: Scene, row: Any) -> Bar | None:
    cap = scene.policy.spend_caps.get(row.channel)
    if cap is None:
        return None
    table = schema.attempts
    query = _begun(scene, row, sa.func.coalesce(sa.func.sum(table.c.cost), 0)).where(table.c.year == row.year)
    which = (row.channel, row.year)
    if which not in scene.spent:
        scene.spent[which] = int(scene.connection.scalar(query) or 0)
    spent = scene.spent[which]
    if spent + cost(scene, row) <= int(cap * MICRO):
        return None
    return Bar(f"{row.channel} has spent {spent / MICRO:.2f} of its {cap} dollars")


def cost(scene: Scene, row: Any) -> int:
    """What the next part costs, in millionths of a dollar."""
    price = scene.policy.costs.get(row.channel)
    if price is None:
        return 0
    part = message_of(scene, row)["parts"][row.part]
    return int(price(part["text"], len(part["images"])) * MICRO)


def message_of(scene: Scene, row: Any) -> Mapping[str, Any]:
    """The row's message, read now where the row was read without it."""
    if hasattr(row, "message"):
        return cast(Mapping[str, Any], row.message)
    found = scene.connection.scalar(sa.select(TABLE.c.message).where(TABLE.c.id == row.id))
    return cast(Mapping[str, Any], found)


def _begun(scene: Scene, row: Any, what: Any) -> Any:
    table = schema.attempts
    return sa.select(what).where(
        table.c.mode == scene.mode, table.c.channel == row.channel, sa.text("attempts.event = 'begun'")
    )


def _others(scene: Scene, row: Any, what: Any) -> Any:
    """Over the channel's other deliveries that are out, or may be."""
    return (
        sa.select(what)
        .select_from(TABLE)
        .where(TABLE.c.mode == scene.mode, TABLE.c.channel == row.channel, TABLE.c.id != row.id)
        .where(TABLE.c.out_at.is_not(None))
    )


def passes_limits(row: Any) -> bool:
    """A correction goes ahead of limits, an urgent post past them, and a further part belongs to a post that
    counts.
    """
    return bool(row.correction or row.urgent or row.part > 0)


def is_fixed(row: Any) -> bool:
    """A time the post itself names. One a person set by hand later is not: `publish` keeps the limits."""
    return not row.slot and row.due_by is None


def _day(scene: Scene) -> tuple[datetime, datetime]:
    """The campaign's day around now, as UTC moments."""
    zone = scene.policy.campaign.timezone
    today = scene.now.astimezone(zone).date()
    start, end = (datetime.combine(day, time.min, zone) for day in (today, today + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def _limit(scene: Scene, channel: Channel) -> int:
    """Posts allowed today. A channel's own number replaces the default; the anniversary's stays unless it has
    one.
    """
    campaign = scene.policy.campaign
    is_anniversary = local_day(campaign, scene.now) == campaign.day.isoformat()
    own, common = channel.daily_limit, campaign.daily_limit
    if own is None or (is_anniversary and own.on_day is None and common.on_day is not None):
        return common.on(is_anniversary)
    return own.on(is_anniversary)


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    return (
        " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
        or "0 min"
    )
