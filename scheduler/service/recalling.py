"""A record changes after people approved what rests on it: what is unsent is held, what is out named."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256

from scheduler.model import Delivery, Ledger, Record
from scheduler.prepare import Preparation
from scheduler.service import ledger as records
from scheduler.store import Status, Store

logger = logging.getLogger(__name__)

WHO = "ledger"
_KNOWN = "records"
_SILENT = frozenset({"wording"})
"""Word lists ask about texts by themselves."""

_ABOUT = frozenset(
    {"author", "approved_by", "sources", "review_by", "note", "verified_on", "informed_on", "focal"}
)
"""Fields that say something of the record, and nothing that a post shows or rests on."""


def recall(
    store: Store, made: Preparation, statuses: Sequence[Status], now: datetime, *, frozen: bool = False
) -> tuple[str, ...]:
    """Compare the ledger with the one last seen; answers the records that changed, as kind/id.

    Posts that rest on one and could still go out as approved are held, each by a hold that a person lifts
    after reading it again. What is out already is named in a notice. The first look only remembers.
    """
    seen, before = fingerprints(made.content.ledger), store.recall(_KNOWN)
    if seen == before:
        return ()
    changed = tuple(name for name, mark in seen.items() if before and before.get(name, mark) != mark)
    if changed:
        _stop(store, made, statuses, changed, now, frozen)
    # Last: where a hold could not be written, the next look finds the change again.
    store.remember(_KNOWN, seen)
    return changed


def fingerprints(ledger: Ledger) -> dict[str, str]:
    """Every record by kind/id, with a hash of what posts show of it and rest on."""
    return {f"{kind}/{one.id}": _fingerprint(one) for kind, one in ledger.all() if kind not in _SILENT}


def _fingerprint(record: Record) -> str:
    known = {name: value for name, value in asdict(record).items() if name not in _ABOUT}
    return sha256(repr(sorted(known.items())).encode()).hexdigest()[:16]


def _stop(
    store: Store,
    made: Preparation,
    statuses: Sequence[Status],
    changed: Iterable[str],
    now: datetime,
    frozen: bool,
) -> None:
    planned = {} if frozen else {one.key: one for one in made.deliveries}
    held = {hold.value for hold in store.holds() if hold.scope == "post" and hold.who == WHO}
    known = {f"{one.kind}/{one.record.id}": one for one in records.entries(made.content, _today(made, now))}
    for name in changed:
        posts = {use.id for use in known[name].uses if use.kind == "post"}
        resting = [one for one in statuses if one.post in posts]
        for post in dict.fromkeys(_to_hold(store, resting, planned)):
            if post not in held:
                held.add(post)
                words = f"{name} changed after this was approved; read the post beside it again, then release"
                store.hold("post", post, words, WHO, now)
                logger.warning("%s changed, so post %s is held until somebody has read it again", name, post)
        _tell(store, name, records.out(statuses, made.content, known[name]), now)


def _today(made: Preparation, now: datetime) -> date:
    return now.astimezone(made.config.campaign.timezone).date()


def _to_hold(store: Store, resting: Iterable[Status], planned: Mapping[str, Delivery]) -> Iterator[str]:
    """Posts of which something may still go out on a yes that was given before the change."""
    given = {approval.key for approval in store.approvals()}
    for one in resting:
        if not one.open:
            continue
        after = planned.get(one.key)
        if after is not None and after.errors:
            continue  # check stops it already, and goes on until the post says what the record does
        as_approved = after is None or after.digest == one.digest
        if (one.key in given and as_approved) or not one.held:
            yield one.post


def _tell(store: Store, name: str, out: Sequence[records.Out], now: datetime) -> None:
    """One notice for each record, with a link to each delivery that rests on it."""
    if not out:
        return
    cause = f"record:{name}"
    links = ", ".join(f"{one.status.key} ({one.status.url or 'no link'})" for one in out)
    words = (
        f"{name} changed, and what is out rests on it: {links}; correct it with `corrects:` or `retract` it"
    )
    store.close_notice(cause, now)
    store.notice(cause, None, words, now)
    logger.warning("%s", words)
