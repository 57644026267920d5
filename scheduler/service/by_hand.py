"""Channels that people post on themselves: what is theirs to post, what keeps it, what they have posted."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler.errors import InputError, LockError
from scheduler.model import Approval, Channel, Delivery, Mode, State
from scheduler.service import freezing
from scheduler.service.approving import as_due
from scheduler.service.opening import Campaigning
from scheduler.service.standing import Known, known, missing, renamed
from scheduler.store import corrected_here
from scheduler.store.by_hand import MAY_RECORD
from scheduler.store.rows import body

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
    """One post for a person to make. `why_not` is what keeps it, in words; empty: it may be posted.

    `over`: its time has passed, or it may be out already; nobody can clear it as it stands.
    """

    delivery: Delivery
    why_not: tuple[str, ...] = ()
    over: bool = False


def names_one(campaigning: Campaigning, words: str, now: datetime) -> bool:
    """Whether these words are the key of a delivery on a channel marked `by_hand`, or of one that the
    scheduler has not sent.
    """
    if words.count("/") != 2:
        return False
    channel = campaigning.config.channels.get(words.rpartition("/")[2])
    row = known(campaigning, now).rows.get(words)
    return (channel is not None and channel.by_hand) or (row is not None and row.state in MAY_RECORD)


def record(
    campaigning: Campaigning, key: str, url: str, who: str, now: datetime, at: datetime | None = None
) -> Recorded | None:
    """Write down that `who` has posted it, where, and when (`at`, else now); also where nothing was ever
    scheduled, and where it is planned no longer. None where a worker had it in hand before and it is in
    doubt: that is settled as such.

    Raises InputError for what is not planned, RunError for what is out already.
    """
    if at is not None and at > now:
        raise InputError("--at lies ahead; say when it was posted")
    recorded = known(campaigning, now)
    row = recorded.rows.get(key)
    if row is not None and row.state is State.UNKNOWN:
        return None
    made = campaigning.prepare(now)
    delivery = next((as_due(one, row) for one in made.deliveries if one.key == key), None)
    if delivery is None and row is None:
        raise InputError(f"{key} is not planned, so nothing was recorded; see: python run.py plan")
    with campaigning.store(Mode.LIVE) as store:
        lacking: tuple[str, ...] = ("it is not planned any more",)
        files: dict[str, bytes] = {}
        if delivery is not None:
            lacking = tuple(_standing(campaigning, delivery, recorded.approvals.get(key, ()), store))
            names = {image.sha256 for image in delivery.message.images}
            files = {name: made.files[name] for name in names if name in made.files}
        store.posted_by_hand(delivery or key, files, url, who, at or now, now)
    return Recorded(key, url, at or now, lacking)


def tasks(
    campaigning: Campaigning, made: Preparation, now: datetime, channels: Sequence[str] = ()
) -> list[Task]:
    """What is still to be posted on the channels marked `by_hand`, by due time, each with what keeps it.

    `channels` names some of them. Raises InputError where none is marked, or a named one is not.
    """
    return to_post(campaigning, made, now, _marked(campaigning, channels))


def to_post(
    campaigning: Campaigning, made: Preparation, now: datetime, channels: Container[str]
) -> list[Task]:
    """What is not out yet on these channels, by due time, each with what keeps it."""
    found = []
    with campaigning.store(Mode.LIVE) as store:
        _look_after_restore(store, now)
        store.hand_over(now)
        recorded, ours = known(campaigning, now), _still_ours(campaigning, store)
        elsewhere = renamed(made, recorded)
        for one in made.deliveries:
            row = recorded.rows.get(one.key)
            if one.channel not in channels or (
                row is not None and row.state in (State.PUBLISHED, State.CANCELLED)
            ):
                continue
            due, given = as_due(one, row), recorded.approvals.get(one.key, ())
            over = (*_times(due, row, now), *_twice(one, row, elsewhere, ours))
            keeps = (*_standing(campaigning, due, given, store), *_without_original(due, recorded))
            found.append(Task(due, (*over, *keeps), bool(over)))
    return sorted(found, key=lambda task: (task.delivery.due, task.delivery.key))


def _look_after_restore(store: Store, now: datetime) -> None:
    """A restored database may not know what people have posted since; a scheduler at work has looked."""
    if store.is_restored:
        with suppress(LockError), store.lock(now, "export pack"):
            pass


def _still_ours(campaigning: Campaigning, store: Store) -> Mapping[str, Channel]:
    """The channels that the scheduler posts on as long as the plan is frozen, whatever config.yaml says."""
    if (frozen := store.frozen()) is None:
        return {}
    channels = freezing.campaign_of(frozen, campaigning).config.channels
    return {name: channel for name, channel in channels.items() if channel.live}


def _twice(
    one: Delivery, row: Any, elsewhere: frozenset[tuple[str, str]], ours: Mapping[str, Channel]
) -> Iterator[str]:
    """Why somebody who posted it now might be the second to do so."""
    if one.channel in ours:
        yield "the plan is frozen, and until that ends the scheduler posts it; see: python run.py status"
    if row is not None and row.state is State.PREPARING:
        yield "the scheduler has it in hand"
    if (one.channel, body(one.message)) in elsewhere:
        yield "it went out under another name"


def _without_original(one: Delivery, recorded: Known) -> Iterator[str]:
    """A correction is a reply, and there is nothing to reply to."""
    if one.message.corrects is None:
        return
    original = corrected_here(one.message.corrects, one.channel)
    row = recorded.rows.get(original)
    if row is None or row.url is None:
        yield (
            f"{original}, which it corrects, is not recorded as posted; if it is out: "
            f"python run.py settle {original} --published LINK"
        )


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
