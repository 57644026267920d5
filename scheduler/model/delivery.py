"""One post on one channel in one campaign year: its delivery, and how it can end.

scheduled ─claim▶ preparing ─begin▶ sending ─▶ published | refused | unknown
preparing ─lease over, or nothing visible done▶ scheduled        sending ─lease over▶ unknown
unknown ─reconcile▶ published | scheduled | a person settles     scheduled ─expired▶ missed
refused, missed ─retry by a person, new due▶ scheduled           scheduled ─post gone, or a person▶ cancelled
sending ─part published, more parts▶ preparing
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.model.message import Message, digest


class State(StrEnum):
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    PUBLISHED = "published"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISSED = "missed"
    CANCELLED = "cancelled"


FINAL = frozenset({State.PUBLISHED, State.REFUSED, State.MISSED, State.CANCELLED})
"""Ended, unless a person asks again (`retry`)."""

COUNTED = frozenset({State.SENDING, State.UNKNOWN, State.PUBLISHED})
"""States that count for gaps and daily limits: it is out, or may be."""


class Mode(StrEnum):
    LIVE = "live"
    DRY = "dry"


def key_of(year: int, post: str, channel: str) -> str:
    """The identity of a delivery: `2027/figures/mastodon-en`."""
    return f"{year}/{post}/{channel}"


@dataclass(frozen=True)
class Delivery:
    """What PREPARE hands to the store for one (post, channel). All times are aware UTC.

    `expires` is min(due + grace, end of due's day in the campaign's zone). `stops` says why it must not go
    out live as it stands (errors, blocked findings, records nobody approved, in words); empty when nothing of
    the post itself stands in the way. `blocked`: more than an approval is missing, so its card bears the not-
    cleared mark. `day` is due's calendar day in the campaign's zone (ISO), which an approval is bound to.
    `slot`: its time came from a free slot, not from the post. `waived`: rules that two people have answered.
    `records`: what the words rest on, as kind/id with a mark of what each record says.
    """

    key: str
    post: str
    channel: str
    kind: str
    due: datetime
    expires: datetime
    day: str
    message: Message
    stops: tuple[str, ...] = ()
    blocked: bool = False
    errors: bool = False
    slot: bool = False
    correction: bool = False
    author: str | None = None
    original_language: str | None = None
    waived: tuple[str, ...] = ()
    records: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        return digest(self.message)


@dataclass(frozen=True)
class Receipt:
    """What the platform calls the published part. `refs` holds what a reply or deletion needs (uri, cid,
    ids).
    """

    remote_id: str
    url: str | None = None
    refs: tuple[tuple[str, str], ...] = ()


class Said(StrEnum):
    """What a person says of a delivery. A return takes back every approval of what it shows."""

    APPROVE = "approve"
    RETURN = "return"
    COMMENT = "comment"


@dataclass(frozen=True)
class Approval:
    """What one person said of what they were shown: the digest, and the campaign day it was shown for.

    As a rule a yes; `act` says where it is a return, with its reason in `words`, or only a comment.
    """

    key: str
    digest: str
    who: str
    role: str
    at: datetime
    shown_day: str
    act: Said = Said.APPROVE
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """One person's answer to a question a rule asks about words. `question` names the rule, the words, the
    post and the text they stand in, so that another text is another question.
    """

    question: str
    post: str
    rule: str
    who: str
    role: str
    at: datetime
    reason: str
