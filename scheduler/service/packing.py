"""The sign-off pack, out and back: what it showed is remembered, so that its hash can be approved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from scheduler.errors import InputError, StoreError
from scheduler.model import Approval, Delivery, Mode
from scheduler.prepare import Preparation
from scheduler.preview import signing
from scheduler.preview.signing import Pack, Recorded
from scheduler.service.approving import as_due
from scheduler.service.opening import Campaigning
from scheduler.service.standing import known, standings
from scheduler.store import Status, Store

_PACKS = "packs"
_SHORTEST = 8
"""Characters of a hash that are enough to name a pack by."""


@dataclass(frozen=True)
class Shown:
    """What a pack showed, against today: `same` may be approved by its hash, `changed` say why not."""

    hash: str
    same: tuple[Delivery, ...]
    changed: Mapping[str, str]


def write(
    campaigning: Campaigning,
    made: Preparation,
    target: Path,
    now: datetime,
    *,
    language: str | None = None,
    week: date | None = None,
) -> Pack:
    """Write the pack and remember what it shows. Raises InputError, StoreError."""
    recorded = known(campaigning, now)
    made = _as_due(made, recorded.rows)
    with campaigning.store(Mode.LIVE) as store:
        done = signing.write(
            made,
            target,
            now=now,
            standing=standings(campaigning, made, now, recorded),
            recorded=Recorded(recorded.approvals, _head(store)),
            language=language,
            week=week,
        )
        packs = store.recall(_PACKS) or {}
        shown = {key: list(signed) for key, signed in done.digests.items()}
        store.remember(_PACKS, {**packs, done.hash: {"at": now.isoformat(), "shown": shown}})
    return done


def _as_due(made: Preparation, rows: Mapping[str, Status]) -> Preparation:
    """Each delivery on the day it is due, also where a person set another time."""
    return replace(made, deliveries=tuple(as_due(one, rows.get(one.key)) for one in made.deliveries))


def _head(store: Store) -> str | None:
    """The log's last hash; None before its first line."""
    head = store.audit_head()
    return head if head.strip("0") else None


def look_up(store: Store, made: Preparation, hash_: str, now: datetime) -> Shown:
    """What of the pack is still as it was shown. Raises InputError for a hash of no pack made here."""
    whole, shown = _pack(store, hash_)
    rows = {one.key: one for one in store.statuses(now)}
    planned = {one.key: one for one in _as_due(made, rows).deliveries}
    out = {key: one for key, one in rows.items() if not one.open}
    same, changed = [], {}
    for key, (digest, day) in shown.items():
        delivery = planned.get(key)
        if key in out:
            changed[key] = f"it is {out[key].state} already"
        elif delivery is None:
            changed[key] = "it is no longer planned"
        elif delivery.digest != digest:
            changed[key] = "what people will see has changed since"
        elif delivery.day != day:
            changed[key] = f"it was shown for {day}, and is now planned for {delivery.day}"
        else:
            same.append(delivery)
    return Shown(whole, tuple(same), changed)


def _pack(store: Store, hash_: str) -> tuple[str, Mapping[str, Sequence[str]]]:
    asked = "".join(hash_.split()).rstrip("….").casefold()
    packs = store.recall(_PACKS) or {}
    found = [name for name in packs if len(asked) >= _SHORTEST and name.startswith(asked)]
    if len(found) != 1:
        raise InputError(
            f"No sign-off pack with the hash {hash_} was made here. The hash stands on its cover; write at "
            f"least its first {_SHORTEST} characters. A new pack: python run.py preview --sign-off -o FILE"
        )
    shown = packs[found[0]]["shown"]
    if signing.hash_of(digest for digest, _ in shown.values()) != found[0]:
        raise StoreError(f"what the pack {found[0][:12]} showed is damaged in the database; make a new pack")
    return found[0], shown


def approvals_of(shown: Shown, who: str, role: str, now: datetime) -> list[Approval]:
    """One approval for each delivery that is still as the pack showed it."""
    words = f"{role}, by the pack {shown.hash[:12]}"
    return [Approval(one.key, one.digest, who, words, now, one.day) for one in shown.same]
