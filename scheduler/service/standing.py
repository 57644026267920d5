"""Where each planned delivery stands: what the store knows, laid over what the plan says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler import approvals
from scheduler.errors import InputError
from scheduler.model import Approval, Delivery, Mode, State
from scheduler.preview.standing import Standing
from scheduler.service.opening import Campaigning
from scheduler.store import Status, Store
from scheduler.store.bars import BY_HAND
from scheduler.store.rows import body

if TYPE_CHECKING:
    from scheduler.prepare import Preparation


@dataclass(frozen=True)
class Known:
    """What the live store knows at one moment: its rows by key, and the approvals given by key."""

    rows: Mapping[str, Status] = field(default_factory=dict)
    approvals: Mapping[str, Sequence[Approval]] = field(default_factory=dict)

    def due(self, delivery: Delivery) -> datetime:
        """When it is due: as a person set it, where one did; else as planned."""
        row = self.rows.get(delivery.key)
        return row.due if row is not None and row.open else delivery.due


def known(campaigning: Campaigning, now: datetime) -> Known:
    """Everything recorded live; nothing where nothing was recorded yet."""
    if not campaigning.has_store:
        return Known()
    given: dict[str, list[Approval]] = {}
    with campaigning.store(Mode.LIVE) as store:
        for approval in store.approvals():
            given.setdefault(approval.key, []).append(approval)
        return Known({status.key: status for status in store.statuses(now)}, given)


PAST = "its time had passed before the scheduler saw it; publish sends it on purpose"


def standings(
    campaigning: Campaigning, made: "Preparation", now: datetime, recorded: Known | None = None
) -> Mapping[str, Standing]:
    """By key: the live row's state if there is one; else past, blocked, already-out, not-live or held."""
    recorded = recorded or known(campaigning, now)
    elsewhere = renamed(made, recorded)
    return {one.key: _standing(campaigning, one, recorded, elsewhere, now) for one in made.deliveries}


def renamed(made: "Preparation", recorded: Known) -> frozenset[tuple[str, str]]:
    """Channel and content of what went out, or may have, under a key that says it no longer."""
    planned = {one.key: body(one.message) for one in made.deliveries}
    return frozenset(
        (row.channel, body(row.message))
        for row in recorded.rows.values()
        if row.counted and planned.get(row.key) != body(row.message)
    )


def _standing(
    campaigning: Campaigning,
    delivery: Delivery,
    recorded: Known,
    elsewhere: frozenset[tuple[str, str]],
    now: datetime,
) -> Standing:
    row = recorded.rows.get(delivery.key)
    if row is not None and not row.open:
        return Standing(str(row.state), row.reasons, row.url)
    reasons = (
        *delivery.stops,
        *missing(campaigning, delivery, recorded.approvals.get(delivery.key, ())),
    )
    if row is None and delivery.due <= now:
        return Standing("past", (PAST,))
    if row is not None and row.expires <= now:
        return Standing("past")
    if delivery.blocked:
        return Standing("blocked", reasons)
    if row is None and (delivery.channel, body(delivery.message)) in elsewhere:
        return Standing("already-out", ("it went out under another name, and is not sent again",))
    channel = campaigning.config.channels[delivery.channel]
    if not (channel.live or channel.by_hand):
        return Standing("not-live", (f"{delivery.channel} does not say live: true", *reasons))
    if row is not None:
        return Standing("held" if row.held else str(row.state), row.reasons, row.url)
    if channel.by_hand:
        reasons = (BY_HAND, *reasons)
    return Standing("held" if reasons else str(State.SCHEDULED), reasons)


def missing(campaigning: Campaigning, delivery: Delivery, given: Sequence[Approval]) -> tuple[str, ...]:
    """What its approvals still lack, in words."""
    return approvals.missing(
        kind=delivery.kind,
        digest=delivery.digest,
        day=delivery.day,
        author=delivery.author,
        original_language=delivery.original_language,
        approvals=given,
        rules=campaigning.config.approvals,
        approvers=campaigning.config.approvers,
        zone=campaigning.config.campaign.timezone,
    )


def status_of(store: Store, key: str, now: datetime) -> Status:
    """How one delivery stands. Raises InputError where there is none."""
    found = [status for status in store.statuses(now) if status.key == key]
    if not found:
        raise InputError(f"{key} is not recorded in this mode")
    return found[0]


def can_change(status: Status) -> bool:
    """Whether waiting a moment may still change it; what is held or unknown waits for a person."""
    return status.state is State.SENDING or (status.open and not status.held)
