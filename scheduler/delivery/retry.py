"""What becomes of a delivery after a platform's answer: a pure decision, by table."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from scheduler.model import State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Decision

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


def pause(attempt: int) -> timedelta:
    """How long to wait after the attempt-th failure (from 1): 30 s, doubled each time, at most 15 min."""
    doublings = min(max(attempt, 1) - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def decide(
    outcome: Sent | Refused | Unknown,
    attempt: int,
    now: datetime,
    expires: datetime,
    *,
    maybe_out: bool = False,
) -> Decision:
    """What to do after an answer; `attempt` counts this delivery's tries from 1.

    `maybe_out`: an earlier try may have been published, so that "duplicate" is evidence and not an ending. A
    next try that would fall behind `expires` is not planned: the delivery waits there to be written off as
    missed.
    """
    match outcome:
        case Sent(notes=notes):
            return Decision(State.PUBLISHED, notice="; ".join(notes) or None)
        case Unknown(reason):
            words = f"no answer tells whether it was published: {reason}"
            return Decision(State.UNKNOWN, reason, notice=words)
        case Refused():
            if outcome.kind is Refusal.DUPLICATE and maybe_out:
                return Decision(State.UNKNOWN, outcome.message, notice=outcome.message)
            return BY_KIND[outcome.kind](outcome, attempt, now, expires)


def _final(outcome: Refused, attempt: int, now: datetime, expires: datetime) -> Decision:
    return Decision(State.REFUSED, outcome.message, notice=f"refused: {outcome.message}")


def _hold(outcome: Refused, attempt: int, now: datetime, expires: datetime) -> Decision:
    """Nothing on this channel can work until a person has mended it."""
    return Decision(State.SCHEDULED, outcome.message, hold=outcome.message)


def _wait(outcome: Refused, attempt: int, now: datetime, expires: datetime) -> Decision:
    """The platform asks the whole channel to wait."""
    moment = _next(outcome, attempt, now, expires)
    notice = None if moment < expires else f"{outcome.message}; too late for this post"
    return Decision(
        State.SCHEDULED, outcome.message, not_before=moment, channel_not_before=moment, notice=notice
    )


def _again(outcome: Refused, attempt: int, now: datetime, expires: datetime) -> Decision:
    """The delivery waits; where the platform itself said until when, so does its whole channel."""
    moment = _next(outcome, attempt, now, expires)
    return Decision(State.SCHEDULED, outcome.message, not_before=moment, channel_not_before=outcome.retry_at)


def _next(outcome: Refused, attempt: int, now: datetime, expires: datetime) -> datetime:
    """Our own pause or the platform's wish, whichever is later."""
    own = now + pause(attempt)
    return own if outcome.retry_at is None else max(own, outcome.retry_at)


BY_KIND: Mapping[Refusal, Callable[[Refused, int, datetime, datetime], Decision]] = {
    Refusal.AUTH: _hold,
    Refusal.PERMISSION: _hold,
    Refusal.PAYMENT: _hold,
    Refusal.BLOCKED: _hold,
    Refusal.CONTENT: _final,
    Refusal.DUPLICATE: _final,
    Refusal.MEDIA: _final,
    Refusal.RATE: _wait,
    Refusal.QUOTA: _wait,
    Refusal.TRANSIENT: _again,
}
