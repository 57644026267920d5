"""Recording what a platform answered, also where the database cannot take it at once."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.delivery import retry
from scheduler.delivery.failpoints import failpoint
from scheduler.delivery.journal import Journal
from scheduler.delivery.means import Means
from scheduler.errors import StoreError
from scheduler.model import Message, Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Claim, Decision

logger = logging.getLogger(__name__)

Outcome = Sent | Refused | Unknown
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What a platform said to one attempt, and what becomes of the delivery by it."""

    claim: Claim
    part: int
    outcome: Outcome
    decision: Decision

    def to_json(self) -> dict[str, Any]:
        """Without the message: the fence (owner, attempt, part) says whose answer it is."""
        claim = self.claim
        return {
            "key": claim.key,
            "channel": claim.channel,
            "owner": claim.owner,
            "attempt": claim.attempt,
            "part": self.part,
            "outcome": type(self.outcome).__name__,
            "fields": _plain(asdict(self.outcome)),
            "decision": _plain(asdict(self.decision)),
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Answer":
        key = entry["key"]
        claim = Claim(
            key=key,
            channel=entry["channel"],
            owner=entry["owner"],
            attempt=entry["attempt"],
            message=Message(key, "", ()),
            digest="",
            part=entry["part"],
            due=LONG_AGO,
            expires=LONG_AGO,
            lease_until=LONG_AGO,
        )
        outcome = OUTCOMES[entry["outcome"]](entry["fields"])
        return cls(claim, entry["part"], outcome, _decision(entry["decision"]))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _sent(fields: Mapping[str, Any]) -> Sent:
    receipt = fields["receipt"]
    refs = tuple((name, value) for name, value in receipt["refs"])
    return Sent(Receipt(receipt["remote_id"], receipt["url"], refs), tuple(fields["notes"]))


def _refused(fields: Mapping[str, Any]) -> Refused:
    return Refused(Refusal(fields["kind"]), fields["message"], _moment(fields["retry_at"]))


def _unknown(fields: Mapping[str, Any]) -> Unknown:
    return Unknown(fields["reason"])


OUTCOMES: Mapping[str, Callable[[Mapping[str, Any]], Outcome]] = {
    "Sent": _sent,
    "Refused": _refused,
    "Unknown": _unknown,
}


def _decision(fields: Mapping[str, Any]) -> Decision:
    times = {name: _moment(fields[name]) for name in ("not_before", "channel_not_before")}
    return Decision(**{**fields, **times, "state": State(fields["state"])})


def _legible(entry: Mapping[str, Any]) -> Answer | None:
    """None for what another version wrote: its delivery is looked for at its platform, the rest goes on."""
    try:
        return Answer.from_json(entry)
    except (KeyError, TypeError, ValueError):
        words = "an answer kept in the journal cannot be read: %s"
        logger.exception(words, entry.get("key"), extra={"event": "journal"})
        return None


def tell(claim: Claim, decision: Decision, where: str = "") -> None:
    """The day's diary: one line per outcome; `where` is the link of what is out."""
    extra = {"event": str(decision.state), "key": claim.key}
    # Put back with a hold on its channel, it is not simply scheduled: it waits for a person.
    state = "held" if decision.hold is not None else str(decision.state)
    words = state + (f": {decision.reason}" if decision.reason else "") + (f": {where}" if where else "")
    level = logging.INFO if not decision.reason else logging.WARNING
    logger.log(level, "%s on %s: %s", claim.part_key, claim.channel, words, extra=extra)


class Settling:
    """Settles answers. Those in hand while the database refuses are kept in memory and in a journal, and
    written first thing when it is back; nothing is sent before.
    """

    def __init__(self, means: Means, distrust: Callable[[datetime], str | None]) -> None:
        self._means, self._distrust = means, distrust
        self._journal = Journal(means.store.folder / f"answers-{means.store.mode}.journal")
        self._in_hand: list[Answer] = []
        self._abandoned: list[Claim] = []
        self._lock, self._is_open = threading.Lock(), False

    def settle(self, claim: Claim, outcome: Outcome, now: datetime) -> Claim | None:
        """Record an answer; answers the claim on the next part, where there is one to go on with at once."""
        decision = self._decide(claim, outcome, now)
        if claim.frozen and isinstance(outcome, Refused):
            # That the repetition was refused does not say what became of the first request.
            outcome = Unknown(decision.reason)
        answer = Answer(claim, claim.part, outcome, decision)
        failpoint("before-settle")
        try:
            settled = self._record(answer, now, self._means.timings.preparing)
        except StoreError:
            self._keep(answer)
            raise
        failpoint("after-settle")
        tell(claim, decision, outcome.receipt.url or "" if isinstance(outcome, Sent) else "")
        more = claim.part + 1 < len(claim.message.parts)
        if not (settled and more and isinstance(outcome, Sent)):
            return None
        return replace(claim, part=claim.part + 1, prepared=None, frozen=False, tries=0)

    def _decide(self, claim: Claim, outcome: Outcome, now: datetime) -> Decision:
        tries = claim.tries
        decision = retry.decide(outcome, tries + 1, now, claim.expires, maybe_out=tries > 0)
        if claim.frozen and isinstance(outcome, Refused):
            unknown = Unknown(f"sending it again was refused: {outcome.message}")
            pause, decision = (
                decision.channel_not_before,
                retry.decide(unknown, tries + 1, now, claim.expires),
            )
            decision = replace(decision, channel_not_before=pause)
        if self._distrust(now) is not None:
            # A pause counted from a wrong moment could be a year long.
            decision = replace(decision, not_before=None, channel_not_before=None)
        return decision

    def _record(self, answer: Answer, now: datetime, lease: timedelta) -> bool:
        """Settle; where the attempt was given up as unknown meanwhile, its own answer still says what became
        of it.
        """
        store, claim, outcome = self._means.store, answer.claim, answer.outcome
        times = {"settle_time": self._means.timings.settle}
        if store.settle(claim, answer.part, outcome, now, answer.decision, lease=lease, **times):
            return True
        if isinstance(outcome, Unknown):
            return False
        if not store.testify(claim, answer.part, outcome, now, answer.decision, **times):
            self._too_late(answer, now)
        return False

    def _too_late(self, answer: Answer, now: datetime) -> None:
        """Somebody else has decided meanwhile. If it did go out, a person must compare; unless it was this
        very answer, whose commit had seemed to fail.
        """
        claim, outcome, store = answer.claim, answer.outcome, self._means.store
        if not isinstance(outcome, Sent):
            return
        known = store.receipt(claim.key, answer.part)
        if known is not None and known.remote_id == outcome.receipt.remote_id:
            return
        where = outcome.receipt.url or outcome.receipt.remote_id
        words = f"{claim.part_key} was published after it had been given up: {where}"
        words += "; look whether it is there twice"
        store.notice(f"late:{claim.part_key}:{claim.attempt}", claim.key, words, now)

    # What the database would not take

    def _keep(self, answer: Answer) -> None:
        """The answer must not be lost with a full disk: it is written as soon as that works, also by the next
        process.
        """
        key = answer.claim.key
        failpoint("before-journal")
        with self._lock:
            self._in_hand.append(answer)
            try:
                self._journal.append([answer.to_json()])
            except OSError as error:
                words = "%s: the answer is kept in memory alone (%s)"
                logger.warning(words, key, error, extra={"event": "journal", "key": key})
        failpoint("after-journal")

    def never_sent(self, claim: Claim, now: datetime) -> None:
        """The database did not say whether the gate was open. If it was, the delivery stands there as on its
        way, and nobody but us can know that nothing was sent; what it repeats may be out all the same.
        """
        if claim.frozen:
            return
        outcome = Refused(Refusal.TRANSIENT, "the database did not answer in time; nothing was sent")
        self._keep(Answer(claim, claim.part, outcome, self._decide(claim, outcome, now)))

    def abandon(self, claim: Claim) -> None:
        """The database went away before anything was sent: the claim is given back when it is here again, not
        only when its lease is over.
        """
        with self._lock:
            self._abandoned.append(claim)

    def give_back(self, now: datetime) -> None:
        """What was abandoned goes back into the queue. Raises StoreError where that still cannot be."""
        with self._lock:
            while self._abandoned:
                self._means.store.give_back(self._abandoned[0], None, "", now)
                self._abandoned.pop(0)

    def leftovers(self, now: datetime) -> None:
        """Settle what is in hand, at the start also what the last process had in hand.

        Raises StoreError where the database still cannot take it; then nothing may be sent.
        """
        if self._is_open and not self._in_hand:
            return
        with self._lock:
            if not self._is_open:
                answers = map(_legible, self._journal.open())
                self._in_hand += [answer for answer in answers if answer is not None]
                self._is_open = True
            while self._in_hand:
                # No thread is at it any more, so what is still to come of it is the queue's at once.
                self._record(self._in_hand[0], now, timedelta(0))
                self._in_hand.pop(0)
            self._clear()

    def _clear(self) -> None:
        try:
            self._journal.clear()
        except OSError as error:
            logger.warning("the journal could not be cleared: %s", error, extra={"event": "journal"})
