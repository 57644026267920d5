"""The sign-off pack, out and back: what it showed is remembered, so that its hash can be approved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from scheduler.errors import InputError, StoreError
from scheduler.model import Approval, Delivery, Mode, Said
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
        # Of two packs with one hash the paper of the first may lie on somebody's desk.
        first = packs.get(done.hash, {}).get("at", now.isoformat())
        store.remember(_PACKS, {**packs, done.hash: {"at": first, "shown": shown}})
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
    whole, shown, since = _pack(store, hash_)
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
        elif (returned := _returned(store, delivery, since)) is not None:
            changed[key] = f"{returned.who} returned it since the pack was made: {returned.words}"
        else:
            same.append(delivery)
    return Shown(whole, tuple(same), changed)


def _returned(store: Store, delivery: Delivery, since: datetime) -> Approval | None:
    """The last return of it as it is, which the pack could not show yet."""
    said = (one for one in store.approvals(delivery.key) if one.act is Said.RETURN and one.at > since)
    return next((one for one in reversed(list(said)) if one.digest == delivery.digest), None)


def _pack(store: Store, hash_: str) -> tuple[str, Mapping[str, Sequence[str]], datetime]:
    """The whole hash, what the pack showed by key (digest and day), and when it was made."""
    asked = "".join(hash_.split()).rstrip("….").casefold()
    packs = store.recall(_PACKS) or {}
    found = [name for name in packs if len(asked) >= _SHORTEST and name.startswith(asked)]
    if len(found) != 1:
        raise InputError(
            f"No sign-off pack with the hash {hash_} was made here. The hash stands on its cover; write at "
            f"least its first {_SHORTEST} characters. A new pack: python run.py preview --sign-off -o FILE"
        )
    shown = packs[found[0]]["shown"]
    if signing.hash_of((digest, day) for digest, day in shown.values()) != found[0]:
        raise StoreError(
            f"what the database holds of the pack {found[0][:12]} is damaged, or older than the rule that a "
            "pack's hash covers its days; make a new pack: python run.py preview --sign-off -o FILE"
        )
    return found[0], shown, datetime.fromisoformat(packs[found[0]]["at"])


def approvals_of(shown: Shown, who: str, role: str, now: datetime) -> list[Approval]:
    """One approval for each delivery that is still as the pack showed it."""
    words = f"{role}, by the pack {shown.hash[:12]}"
    return [Approval(one.key, one.digest, who, words, now, one.day) for one in shown.same]
