"""Everything that can keep a delivery from going out now: small rules, each with its words for a person."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from scheduler import approvals
from scheduler.model import Mode
from scheduler.planning import quiet
from scheduler.store import schema
from scheduler.store.limits import daily_limit, gap, message_of, quota, spend_cap
from scheduler.store.rows import THREAD_ENDS, Gate
from scheduler.store.scene import Bar, Rule, Scene

TABLE = schema.deliveries
BY_HAND = "a person posts it by hand"
"""Why the scheduler never sends what is planned for a channel marked `by_hand`."""


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
    if scene.is_live and channel.by_hand:
        return Bar(BY_HAND)
    if scene.is_live and not channel.live:
        return Bar(f"{row.channel} is not live; set live: true in config.yaml")
    return None


def channel_works(scene: Scene, row: Any) -> Bar | None:
    known = scene.channels.get(row.channel)
    if known is None or not known.problem or _posted_by_hand(scene, row):
        return None
    return Bar(known.problem)


def _posted_by_hand(scene: Scene, row: Any) -> bool:
    """A person needs none of our credentials."""
    channel = scene.policy.channels.get(row.channel)
    return scene.is_live and channel is not None and channel.by_hand


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
    corrected = message_of(scene, row).get("corrects")
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
