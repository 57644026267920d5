"""How a delivery stands, as the caller found it in the store, and the words for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.model import Delivery, State


@dataclass(frozen=True)
class Standing:
    """`state`: a State's value, or held, blocked, past, already-out, not-live; `reasons` say why in words.

    `url` leads to the published post.
    """

    state: str
    reasons: tuple[str, ...] = ()
    url: str | None = None


WORDS: Mapping[str, str] = {
    State.SCHEDULED: "Scheduled",
    State.PREPARING: "Being prepared",
    State.SENDING: "Being sent",
    State.PUBLISHED: "Published",
    State.REFUSED: "Refused by the platform",
    State.UNKNOWN: "Unknown: a person must look",
    State.MISSED: "Missed",
    State.CANCELLED: "Cancelled",
    "held": "Held",
    "blocked": "Blocked: not cleared",
    "past": "Past: it will not be sent",
    "already-out": "Already out",
    "not-live": "Not live: rehearsal only",
}

PERHAPS_OUT = frozenset({State.SENDING, State.UNKNOWN, State.PUBLISHED})
"""States in which something has left this machine, or may have."""


def of(delivery: Delivery, standing: Mapping[str, Standing]) -> Standing:
    """The delivery's standing; without one it is scheduled, or blocked by what stops the post itself."""
    known = standing.get(delivery.key)
    if known is not None:
        return known
    return Standing("blocked" if delivery.stops else "scheduled", delivery.stops)
