"""What waits for whom to read it, what changed since they approved it last, and what people said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler import approvals
from scheduler.approvals import Asked, Change
from scheduler.errors import InputError
from scheduler.model import Approval, Delivery, Finding, Message, Mode, Said
from scheduler.service.as_json import utc
from scheduler.service.opening import Campaigning
from scheduler.service.standing import Known, known, missing
from scheduler.store import Status

if TYPE_CHECKING:
    from scheduler.prepare import Preparation


@dataclass(frozen=True)
class Waiting:
    """A delivery that waits for a person's approval. `before` is what they approved of it last, None where
    they have not yet; `changes` is what differs from it. `lacking` is what it still needs, in words; `said`
    what people said of it as it is now.
    """

    delivery: Delivery
    lacking: tuple[str, ...]
    before: Message | None = None
    changes: tuple[Change, ...] = ()
    said: tuple[Approval, ...] = ()

    @property
    def returned(self) -> bool:
        """Whether somebody gave it back as it is now."""
        return any(one.act is Said.RETURN for one in self.said)

    @property
    def like(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """What was done to it: deliveries that were changed alike have the same."""
        return tuple((one.what, one.edits) for one in self.changes)

    def to_json(self) -> dict[str, Any]:
        """Times in UTC, ISO 8601; changed words stand in [brackets]."""
        one = self.delivery
        return {
            "key": one.key,
            "post": one.post,
            "channel": one.channel,
            "due": utc(one.due),
            "day": one.day,
            "missing": list(self.lacking),
            "approved_before": self.before is not None,
            "changes": [
                {"what": each.what, "before": each.before, "after": each.after} for each in self.changes
            ],
        }


def as_due(delivery: Delivery, row: Status | None) -> Delivery:
    """The delivery at the time a person gave it, where one did and its file says the same as then: that is
    the day an approval is asked for.
    """
    if row is None or not row.open or row.planned is None:
        return delivery
    if row.planned == delivery.due or (row.slot and delivery.slot):
        return replace(delivery, due=row.due, day=row.day, expires=row.expires)
    return delivery


def deliveries(made: "Preparation", recorded: Known) -> list[Delivery]:
    """What is still to come, each at the time it is due; what is out or has ended is left out."""
    rows = recorded.rows
    return [
        as_due(one, rows.get(one.key)) for one in made.deliveries if one.key not in rows or rows[one.key].open
    ]


def to_read(campaigning: Campaigning, made: "Preparation", name: str, now: datetime) -> list[Waiting]:
    """What waits for this person's approval today, by due time: theirs would count, and bring it nearer.

    What is not cleared waits for whoever clears it: an approval would fall when its mark goes.
    """
    recorded, policy = known(campaigning, now), campaigning.approving
    today = now.astimezone(policy.zone).date()
    found = []
    for one in deliveries(made, recorded):
        said = recorded.approvals.get(one.key, ())
        if one.due <= now or one.blocked:
            continue
        if approvals.waits_for(name, Asked.of(one), said, policy, today):
            found.append((one, said))
    found.sort(key=lambda pair: (pair[0].due, pair[0].key))
    return list(_compared(campaigning, name, found))


def _compared(
    campaigning: Campaigning, name: str, found: Sequence[tuple[Delivery, Sequence[Approval]]]
) -> Iterator[Waiting]:
    """Each beside what the person approved of it last."""
    last = {one.key: digest for one, said in found if (digest := _last(campaigning, name, said)) is not None}
    kept: dict[str, Message] = {}
    if last:
        with campaigning.store(Mode.LIVE) as store:
            kept = store.signed(set(last.values()))
    for one, said in found:
        before = kept.get(last.get(one.key, ""))
        changes = approvals.changes(before, one.message) if before is not None else ()
        yield Waiting(one, missing(campaigning, one, said), before, changes, remarks(one, said))


def remarks(delivery: Delivery, said: Sequence[Approval]) -> tuple[Approval, ...]:
    """The comments and returns that are about the delivery as it is now."""
    return tuple(one for one in said if one.act is not Said.APPROVE and one.digest == delivery.digest)


def _last(campaigning: Campaigning, name: str, said: Sequence[Approval]) -> str | None:
    """The digest this person approved last."""
    approvers = campaigning.config.approvers
    mine = [
        one.digest
        for one in said
        if one.act is Said.APPROVE and approvals.same_person(one.who, name, approvers)
    ]
    return mine[-1] if mine else None


def groups(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """Those that were changed alike since the person approved them, most first. What was not approved before,
    or was returned since, is in none: it is to be read by itself.
    """
    alike: dict[object, list[Waiting]] = {}
    for one in waiting:
        if one.before is not None and not one.returned:
            alike.setdefault(one.like, []).append(one)
    return sorted(alike.values(), key=len, reverse=True)


def questions(made: "Preparation", rule: str, post: str) -> list[Finding]:
    """The questions about words that a rule asks of a post or letter; each once.

    Raises InputError where it asks nothing, saying why.
    """
    from scheduler import checks

    about = [one for one in made.findings if one.rule == rule]
    asked = {one.cause: one for one in about if checks.asked_of(one) == post}
    if asked:
        return list(asked.values())
    if rule not in checks.RULES:
        raise InputError(f"There is no rule “{rule}”; `check` names the rule of each finding")
    mine = [one for one in about if one.post == post]
    if done := next((one for one in mine if one.answered), None):
        raise InputError(f"{rule} in {post} is {done.answered}; it stops nothing any more")
    if mine:
        why = "is a matter of records, not of words, and cannot be answered"
        raise InputError(f"{rule} in {post} {why}: {mine[0].message}")
    raise InputError(f"{rule} asks nothing of “{post}”; see: python run.py check")
