"""Everything that can keep a delivery from going out now: small rules, each with its words for a person."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import sqlalchemy as sa

from scheduler import approvals
from scheduler.model import Approval, Channel, Mode, Said
from scheduler.planning import local_day, quiet
from scheduler.store import schema
from scheduler.store.rows import HOLD_FILE, THREAD_ENDS, Gate, Hold, Policy

TABLE = schema.deliveries
LATE = timedelta(minutes=5)
"""A fixed time may go out inside a gap (the author was warned), unless it is later than this: then it keeps
the gap.
"""

A_DAY = timedelta(days=1)
"""After so long every hold is to be looked at again, where nobody named another time."""

MICRO = 1_000_000


@dataclass(frozen=True)
class Bar:
    """One reason the gate is closed; `until` where time alone will open it."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class Scene:
    """What the rules look at: the open holds and the approvals are read once, the rest is asked for a
    delivery.
    """

    connection: sa.Connection
    mode: Mode
    policy: Policy
    now: datetime
    holds: Sequence[Hold] = ()
    approvals: Mapping[str, Sequence[Approval]] | None = None
    channels: Mapping[str, Any] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.mode is Mode.LIVE

    def given(self, key: str) -> Sequence[Approval]:
        """The approvals of a delivery: from those read together, or asked for alone."""
        if self.approvals is not None:
            return self.approvals.get(key, ())
        return tuple(all_approvals(self.connection, key))


Rule = Callable[[Scene, Any], Bar | None]

# Built once, see schema.
CHANNELS = sa.select(schema.channels).where(schema.channels.c.mode == sa.bindparam("mode"))
CHANNEL = CHANNELS.where(schema.channels.c.name == sa.bindparam("name"))
OPEN_HOLDS = sa.select(schema.holds).where(schema.holds.c.lifted_at.is_(None)).order_by(schema.holds.c.id)
APPROVALS = sa.select(schema.approvals).order_by(schema.approvals.c.id)
APPROVALS_OF = APPROVALS.where(schema.approvals.c.key.in_(sa.bindparam("keys", expanding=True)))


def scene(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy,
    now: datetime,
    *,
    for_all: bool = False,
    channel: str | None = None,
) -> Scene:
    """The scene at `now`; `for_all` reads every approval at once, for a look at every delivery; `channel` is
    the one that is looked at alone.
    """
    query = CHANNELS if channel is None else CHANNEL
    known = {row.name: row for row in connection.execute(query, {"mode": mode, "name": channel})}
    given: dict[str, list[Approval]] = {}
    for approval in all_approvals(connection) if for_all else ():
        given.setdefault(approval.key, []).append(approval)
    holds = open_holds(connection, policy)
    return Scene(connection, mode, policy, now, holds, given if for_all else None, known)


def open_holds(connection: sa.Connection, policy: Policy | None = None) -> tuple[Hold, ...]:
    """The open holds, each with a time to look again; with a policy also what a HOLD file says right now."""
    rows = connection.execute(OPEN_HOLDS)
    known = tuple(
        Hold(row.id, row.scope, row.value, row.reason, row.who, row.at, row.look_again or row.at + A_DAY)
        for row in rows
    )
    seen = policy.hold_files() if policy is not None else None
    if seen is None or any(hold.who == HOLD_FILE for hold in known):
        return known
    return (*known, seen)


def all_approvals(connection: sa.Connection, key: str | None = None) -> Iterator[Approval]:
    query = APPROVALS if key is None else APPROVALS_OF
    for row in connection.execute(query, {"keys": [key]}):
        yield _approval(row)


def _approval(row: Any) -> Approval:
    return Approval(row.key, row.digest, row.who, row.role, row.at, row.shown_day, Said(row.act), row.words)


def approvals_of(connection: sa.Connection, keys: Sequence[str]) -> Mapping[str, Sequence[Approval]]:
    """The approvals of some deliveries, read together."""
    given: dict[str, list[Approval]] = {}
    for row in connection.execute(APPROVALS_OF, {"keys": list(keys)}):
        given.setdefault(row.key, []).append(_approval(row))
    return given


def missing_approvals(scene: Scene, row: Any) -> tuple[str, ...]:
    """What `approvals` says is missing for this delivery, whatever the mode."""
    return approvals.missing(
        kind=row.kind,
        digest=row.digest,
        day=row.day,
        author=row.author,
        original_language=row.original_language,
        approvals=scene.given(row.key),
        rules=scene.policy.approvals,
        approvers=scene.policy.approvers,
        zone=scene.policy.campaign.timezone,
    )


# Rules that stand until a person does something.


def channel_known(scene: Scene, row: Any) -> Bar | None:
    channel = scene.policy.channels.get(row.channel)
    if channel is None:
        return Bar(f"the channel {row.channel} is no longer in config.yaml")
    if scene.is_live and not channel.live:
        return Bar(f"{row.channel} is not live; set live: true in config.yaml")
    return None


def channel_works(scene: Scene, row: Any) -> Bar | None:
    known = scene.channels.get(row.channel)
    return Bar(known.problem) if known is not None and known.problem else None


def post_is_clear(scene: Scene, row: Any) -> Bar | None:
    """Errors stop every mode; a post that is only blocked may be rehearsed, with its mark."""
    if row.errors or (scene.is_live and row.stops):
        return Bar("; ".join(row.stops) or "the post has an error")
    return None


def approved(scene: Scene, row: Any) -> Bar | None:
    if not scene.is_live:
        return None
    lacking = missing_approvals(scene, row)
    return Bar("not approved: " + "; ".join(lacking)) if lacking else None


def not_held(scene: Scene, row: Any) -> Bar | None:
    open_here = [str(hold) for hold in scene.holds if hold.stops(row)]
    return Bar("; ".join(open_here)) if open_here else None


def original_is_out(scene: Scene, row: Any) -> Bar | None:
    """A correction is a reply: without the original there is nothing to reply to. A rehearsal may lack last
    year's.
    """
    if not row.correction and not hasattr(row, "message"):
        return None  # read without its texts, as thousands are; the gate reads them
    corrected = _message(scene, row).get("corrects")
    if not corrected or corrected != corrected_here(corrected, row.channel) or not scene.is_live:
        return None
    if receipt_row(scene.connection, scene.mode, corrected) is not None:
        return None
    return Bar(f"{corrected}, which it corrects, has not been published here")


def corrected_here(corrected: str, channel: str) -> str:
    """The key of the corrected post on this channel: a reply cannot cross from one account to another."""
    return f"{corrected.rpartition('/')[0]}/{channel}"


def receipt_row(connection: sa.Connection, mode: Mode, key: str) -> Any:
    """The first part's row in `parts` if it was published, else None."""
    query = (
        sa.select(schema.parts)
        .join(TABLE, TABLE.c.id == schema.parts.c.delivery)
        .where(TABLE.c.mode == mode, TABLE.c.key == key, schema.parts.c.n == 0)
        .where(schema.parts.c.remote_id.is_not(None))
    )
    return connection.execute(query).one_or_none()


# Rules that time alone can open or close.


def due(scene: Scene, row: Any) -> Bar | None:
    return Bar("not due yet", row.due) if scene.now < row.due else None


def own_pause(scene: Scene, row: Any) -> Bar | None:
    if row.not_before is None or row.not_before <= scene.now:
        return None
    return Bar(row.reason or "waiting before the next try", row.not_before)


def channel_pause(scene: Scene, row: Any) -> Bar | None:
    known = scene.channels.get(row.channel)
    if known is None or known.not_before is None or known.not_before <= scene.now:
        return None
    return Bar(known.reason or f"{row.channel} is paused", known.not_before)


def compared_first(scene: Scene, row: Any) -> Bar | None:
    """The scheduler itself opens this again, once it has looked at the account."""
    known = scene.channels.get(row.channel)
    if known is None or known.to_compare is None:
        return None
    return Bar(f"{known.to_compare}; {row.channel} is compared with what is planned first")


def in_time(scene: Scene, row: Any) -> Bar | None:
    """Expiry is for the first part; a begun thread has a day to be finished."""
    if row.part == 0 and scene.now >= row.expires:
        return Bar("its time has passed")
    if row.part > 0 and scene.now >= row.due + THREAD_ENDS:
        return Bar("the thread was begun too long ago to be finished")
    return None


def outside_quiet(scene: Scene, row: Any) -> Bar | None:
    window = quiet.binding(scene.policy.campaign, scene.now, row.correction or row.urgent)
    if window is None:
        return None
    return Bar(f"quiet time ({quiet.words(window)})", quiet.window(scene.policy.campaign, window)[1])


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
    part = _message(scene, row)["parts"][row.part]
    return int(price(part["text"], len(part["images"])) * MICRO)


def _message(scene: Scene, row: Any) -> Mapping[str, Any]:
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


STANDING: tuple[Rule, ...] = (
    channel_known,
    channel_works,
    post_is_clear,
    approved,
    not_held,
    original_is_out,
)
"""Shown to people as the reasons a delivery is held."""

TIMED: tuple[Rule, ...] = (
    due,
    own_pause,
    channel_pause,
    compared_first,
    in_time,
    outside_quiet,
    gap,
    daily_limit,
    quota,
    spend_cap,
)

PACING: tuple[Rule, ...] = (outside_quiet, gap, daily_limit, quota)
"""Those of them that somebody planned; they open by themselves."""


def closing(scene: Scene, row: Any, rules: Iterable[Rule]) -> list[Bar]:
    """Every bar among the rules."""
    return [bar for rule in rules if (bar := rule(scene, row)) is not None]


def gate(found: Sequence[Bar]) -> Gate:
    """Open where nothing bars the way; `not_before` where every bar goes away with time."""
    if not found:
        return Gate(True)
    ends = [bar.until for bar in found]
    known = [end for end in ends if end is not None]
    return Gate(
        False,
        "; ".join(dict.fromkeys(bar.reason for bar in found)),
        max(known) if len(known) == len(ends) else None,
    )
