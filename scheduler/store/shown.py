"""What people are shown: how a delivery stands, its story, notices, what they did; plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler.model import COUNTED, Message, Mode, Receipt, State

OPEN = frozenset({State.SCHEDULED, State.PREPARING})


@dataclass(frozen=True)
class LiftReport:
    """`lapsed`: keys whose time passed under the hold; they are missed now, and `retry` gives them a new
    time. `by_mode` says where: both modes lapse.
    """

    lifted: tuple[int, ...] = ()
    lapsed: tuple[str, ...] = ()
    by_mode: Mapping[Mode, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """Something a person must look at; one open notice per cause."""

    id: int
    cause: str
    key: str | None
    text: str
    at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One line of a delivery's story: when, what happened, and in words for a person.

    `attempt` and `part` (from 0) are given where it belongs to a try; `who` where a person did it.
    """

    at: datetime
    event: str
    detail: str = ""
    attempt: int | None = None
    part: int | None = None
    who: str | None = None

    @property
    def words(self) -> str:
        start = f"{self.who}: {self.event}" if self.who else self.event
        which = f" (part {self.part + 1})" if self.part else ""
        return f"{start}{which}" + (f": {self.detail}" if self.detail else "")

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "event": self.event,
            "detail": self.detail,
            "attempt": self.attempt,
            "part": self.part,
            "who": self.who,
        }


@dataclass(frozen=True)
class Act:
    """What a person did: a line of the audit log, with its number and its link in the chain."""

    at: datetime
    who: str
    act: str
    what: str
    detail: str
    number: int = 0
    hash: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "who": self.who,
            "act": self.act,
            "what": self.what,
            "detail": self.detail,
            "hash": self.hash,
        }


@dataclass(frozen=True)
class Status:
    """A delivery as people see it. `reasons` is every open reason it does not go out; `notes` what was
    assumed (dry). `waived`: rules that two people have answered. `said`: comments on what it shows now.
    `planned`: the plan's time, where a person set another. `records`: what its words rest on, by kind/id,
    with a mark of what each said when they were frozen; None where nobody noted them.
    """

    key: str
    post: str
    channel: str
    kind: str
    language: str
    state: State
    due: datetime
    expires: datetime
    not_before: datetime | None
    day: str
    attempts: int
    url: str | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    digest: str
    message: Message
    part: int = 0
    slot: bool = False
    receipts: tuple[Receipt, ...] = ()
    cancelled_by: str | None = None
    waived: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    planned: datetime | None = None
    records: Mapping[str, str] | None = None

    @property
    def open(self) -> bool:
        """Still to come: scheduled or being prepared."""
        return self.state in OPEN

    @property
    def held(self) -> bool:
        """Scheduled, but something only a person can change stands in the way."""
        return self.state is State.SCHEDULED and bool(self.reasons)

    @property
    def counted(self) -> bool:
        return self.state in COUNTED

    def to_json(self) -> dict[str, Any]:
        """The fields `status --json` promises; times in UTC, ISO 8601."""
        return {
            "key": self.key,
            "state": "held" if self.held else str(self.state),
            "due": self.due.isoformat(),
            "attempts": self.attempts,
            "url": self.url,
            "reason": "; ".join(self.reasons) or None,
        }
