"""A record changes after people approved what rests on it: what is unsent is held, what is out named."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.checks.reliance import GONE, Reliance, Rested, changed_since
from scheduler.errors import InputError
from scheduler.model import Delivery, Finding, Ledger, Mode
from scheduler.prepare import Preparation
from scheduler.service import ledger as records
from scheduler.store import Status, Store

if TYPE_CHECKING:
    from scheduler.service.opening import Campaigning

logger = logging.getLogger(__name__)

WHO = "ledger"
_KNOWN = "records"
_SETTLED = "records-settled"


def recall(
    store: Store, made: Preparation, statuses: Sequence[Status], now: datetime, *, frozen: bool = False
) -> tuple[str, ...]:
    """Compare the ledger with the one last seen; answers the records that changed, as kind/id.

    Posts that rest on one and could still go out as approved are held, each by a hold that a person lifts
    after reading it again; holds stop both modes. What is out already is named in a notice. The first look of
    a mode only remembers.
    """
    seen, before = Reliance(made.content.ledger).all(), store.recall(_KNOWN)
    if seen == before:
        return ()
    changed = tuple(name for name, mark in (before or {}).items() if seen.get(name) != mark)
    if changed:
        _stop(store, made, statuses, changed, now, frozen)
    # Last: where a hold could not be written, the next look finds the change again.
    store.remember(_KNOWN, seen)
    return changed


def findings(campaigning: "Campaigning", ledger: Ledger) -> tuple[Finding, ...]:
    """What rests on records that have changed since, as the live store knows it; also while nothing runs."""
    if not campaigning.has_store:
        return ()
    with campaigning.store(Mode.LIVE) as store:
        rested, settled = store.resting(), store.recall(_SETTLED) or {}
    return tuple(changed_since(ledger, (Rested(*one) for one in rested), settled))


def settle(store: Store, ledger: Ledger, name: str, who: str, reason: str, now: datetime) -> int:
    """Record that all is done about what is out and rests on the record as it was; closes its notice.

    `name` is kind/id. Answers how many deliveries that are out it concerns. A later change of the record is
    told anew. Raises InputError where nothing rests on another version of it.
    """
    mark = Reliance(ledger).mark(name) or GONE
    concerned = [
        key for key, out, _, found in store.resting() if out and (found or {}).get(name, mark) != mark
    ]
    closed = store.close_notice(f"record:{name}", now)
    if not closed and not concerned:
        words = f"Nothing that is out rests on {name} as it was before a change"
        raise InputError(f"{words}, so there is nothing to settle")
    store.remember(_SETTLED, {**(store.recall(_SETTLED) or {}), name: mark})
    store.audit(who, "settle record", name, now, reason)
    return len(concerned)


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
    entries = records.entries(made.content, _today(made, now), made.config.approvers)
    known = {f"{one.kind}/{one.record.id}": one for one in entries}
    for name in changed:
        entry = known.get(name)
        resting = [one for one in statuses if records.rests(one, name, entry)]
        for post in dict.fromkeys(_to_hold(store, resting, planned)):
            if post not in held:
                held.add(post)
                words = f"{name} changed after this was approved; read the post beside it again, then release"
                store.hold("post", post, words, WHO, now)
                logger.warning("%s changed, so post %s is held until somebody has read it again", name, post)
        if store.mode is Mode.LIVE:
            _tell(store, name, records.out(statuses, made.content, name, entry), now)


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
        f"{name} changed, and what is out rests on it: {links}; correct it with `corrects:` or `retract` it, "
        f"then: python run.py ledger {name} --settled --as NAME --reason …"
    )
    store.close_notice(cause, now)
    store.notice(cause, None, words, now)
    logger.warning("%s", words)
