"""Taking down what is out: on the platform where that can be done, and in the record always."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.errors import ConfigError, InputError
from scheduler.model import Receipt
from scheduler.platforms.base import Platform, Refused
from scheduler.service.opening import Campaigning
from scheduler.store import Status, Store, part_key


@dataclass(frozen=True)
class Taken:
    """What became of one published part; `left` is why it is still out, None where it is gone."""

    key: str
    url: str | None
    left: str | None = None


def published(store: Store, found: Iterable[Status]) -> dict[str, tuple[tuple[int, Receipt], ...]]:
    """By key the parts to be taken down, last first; the retracted are left out. Raises RunError."""
    parts = {one.key: store.to_retract(one.key) for one in found}
    return {key: left for key, left in parts.items() if left}


def retract(
    campaigning: Campaigning,
    store: Store,
    one: Status,
    who: str,
    reason: str,
    clock: Callable[[], datetime],
    *,
    by_hand: bool = False,
) -> tuple[Taken, ...]:
    """Take every published part of a delivery down, the last one first, and record what became of it.

    `by_hand`: a person has deleted it; it is recorded alone. Holds do not stop it: taking words back is
    what a hold is for. Raises RunError where the delivery is not out, InputError or ConfigError where its
    account cannot be reached.
    """
    parts = store.to_retract(one.key)
    platform = None if by_hand or not parts else _platform(campaigning, store, one, clock())
    done = []
    for number, receipt in parts:
        refused = platform.delete(receipt) if platform is not None else None
        left = refused.message if isinstance(refused, Refused) else None
        if left is None:
            store.retracted(one.key, number, who, reason, clock(), by_hand=by_hand)
        else:
            store.not_retracted(one.key, number, who, left, clock())
        done.append(Taken(part_key(one.key, number), receipt.url, left))
    return tuple(done)


def _platform(campaigning: Campaigning, store: Store, one: Status, now: datetime) -> Platform:
    """The platform with the account that published: another account's posts have the same numbers."""
    by_hand = "delete it by hand, then say so with --by-hand"
    channel = campaigning.config.channels.get(one.channel)
    if channel is None:
        raise InputError(f"{one.key}: the channel {one.channel} is no longer in config.yaml; {by_hand}")
    try:
        platform = campaigning.connect(channel, store)
    except ConfigError as error:
        raise InputError(f"{one.key}: {error}; or {by_hand}") from None
    account = platform.account()
    if isinstance(account, Refused):
        raise InputError(f"{one.key}: {one.channel} does not let us in: {account.message}; or {by_hand}")
    if not store.tie_account(one.channel, account.id, now):
        raise InputError(
            f"{one.key}: these credentials are {account.handle}'s, not the account's that published it; "
            f"{by_hand}"
        )
    return platform
