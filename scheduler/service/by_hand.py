"""Channels that people post on themselves: what is theirs to post, what keeps it, what they have posted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler.errors import InputError
from scheduler.model import Approval, Delivery, Mode, State
from scheduler.service.approving import as_due
from scheduler.service.opening import Campaigning
from scheduler.service.standing import known, missing

if TYPE_CHECKING:
    from scheduler.prepare import Preparation
    from scheduler.store import Hold, Store


@dataclass(frozen=True)
class Recorded:
    """A post that a person made, as it was written down. `uncleared` is what it lacked when it went out."""

    key: str
    url: str
    at: datetime
    uncleared: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One post for a person to make. `why_not` is what keeps it, in words; empty: it may be posted."""

    delivery: Delivery
    why_not: tuple[str, ...] = ()


def names_one(campaigning: Campaigning, words: str) -> bool:
    """Whether these words are the key of a delivery on a channel marked `by_hand`."""
    channel = campaigning.config.channels.get(words.rpartition("/")[2])
    return words.count("/") == 2 and channel is not None and channel.by_hand


def record(
    campaigning: Campaigning, key: str, url: str, who: str, now: datetime, at: datetime | None = None
) -> Recorded | None:
    """Write down that `who` has posted it, where, and when (`at`, else now); also where nothing was ever
    scheduled. None where a worker had it in hand before and it is in doubt: that is settled as such.

    Raises InputError for what is not planned, RunError for what is out already.
    """
    if at is not None and at > now:
        raise InputError("--at lies ahead; say when it was posted")
    recorded = known(campaigning, now)
    row = recorded.rows.get(key)
    if row is not None and row.state is State.UNKNOWN:
        return None
    made = campaigning.prepare(now)
    delivery = next((one for one in made.deliveries if one.key == key), None)
    if delivery is None:
        raise InputError(f"{key} is not planned, so nothing was recorded; see: python run.py plan")
    delivery = as_due(delivery, row)
    with campaigning.store(Mode.LIVE) as store:
        lacking = tuple(_standing(campaigning, delivery, recorded.approvals.get(key, ()), store))
        files = {name: made.files[name] for name in _pictures(delivery) if name in made.files}
        store.posted_by_hand(delivery, files, url, who, at or now, now)
    return Recorded(key, url, at or now, lacking)


def _pictures(delivery: Delivery) -> Iterator[str]:
    yield from (image.sha256 for part in delivery.message.parts for image in part.images)


def tasks(
    campaigning: Campaigning, made: Preparation, now: datetime, channels: Sequence[str] = ()
) -> list[Task]:
    """What is still to be posted on the channels marked `by_hand`, by due time, each with what keeps it.

    `channels` names some of them. Raises InputError where none is marked, or a named one is not.
    """
    wanted = _marked(campaigning, channels)
    recorded = known(campaigning, now)
    found = []
    with campaigning.store(Mode.LIVE) as store:
        for one in made.deliveries:
            row = recorded.rows.get(one.key)
            if one.channel not in wanted or (
                row is not None and row.state in (State.PUBLISHED, State.CANCELLED)
            ):
                continue
            due = as_due(one, row)
            given = recorded.approvals.get(one.key, ())
            found.append(Task(due, (*_times(due, row, now), *_standing(campaigning, due, given, store))))
    return sorted(found, key=lambda task: (task.delivery.due, task.delivery.key))


def _marked(campaigning: Campaigning, named: Sequence[str]) -> frozenset[str]:
    known_ones = campaigning.config.channels
    for name in named:
        if not known_ones[name].by_hand:
            why = (
                "the scheduler posts there itself, so a second post by hand would be there twice"
                if known_ones[name].live
                else "it could not be recorded afterwards"
            )
            raise InputError(f"{name} does not say `by_hand: true` in config.yaml: {why}")
    marked = frozenset(named) or frozenset(name for name, one in known_ones.items() if one.by_hand)
    if not marked:
        raise InputError(
            "No channel is posted on by hand. Write `by_hand: true` under a channel in config.yaml "
            "(instead of `live: true`) for an account without an approved app"
        )
    return marked


def _times(delivery: Delivery, row: Any, now: datetime) -> Iterator[str]:
    if row is not None and row.state is State.MISSED:
        yield "its time has passed; give it another: python run.py retry " + delivery.key
    elif row is None and delivery.expires <= now:
        yield "its time has passed; give it another with `move`"
    elif row is not None and not row.open and row.state is not State.MISSED:
        yield f"it is {row.state}"


def _standing(
    campaigning: Campaigning, delivery: Delivery, given: Sequence[Approval], store: Store
) -> Iterator[str]:
    """Everything that would keep it from going out, were it the scheduler's to send."""
    yield from delivery.stops
    yield from (f"not approved: {words}" for words in missing(campaigning, delivery, given))
    yield from (str(hold) for hold in store.holds() if _stops(hold, delivery))


def _stops(hold: Hold, delivery: Delivery) -> bool:
    about = {"kind": delivery.kind, "post": delivery.post, "channel": delivery.channel}
    about["language"] = delivery.message.language
    return hold.scope == "all" or about.get(hold.scope) == hold.value
