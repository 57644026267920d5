"""What goes into the store beside deliveries, and what it hands out: plain records, no database in them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from scheduler.model import (
    ApprovalRules,
    Approver,
    Campaign,
    Channel,
    Message,
    Receipt,
    State,
)
from scheduler.platforms.base import Prepared
from scheduler.store import chain, schema

LEASE = timedelta(seconds=45)
SETTLE = timedelta(seconds=60)
SECOND_LOOK = timedelta(seconds=15)
THREAD_ENDS = timedelta(hours=24)
"""A begun thread may go on until due + this; then it ends refused."""

HOLD_FILE = "HOLD file"
"""Who set a hold that a file in the folder of the posts stands for; it goes when the file goes. Where several
machines share a database, the machine is named behind it.
"""


@dataclass(frozen=True)
class Quota:
    """At most so many attempts in any `period`, whether they succeeded or not."""

    attempts: int
    period: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class Policy:
    """What the gate decides by; set at the start and after every reload.

    `quotas` and `spend_caps` are by channel; a cap is in US dollars for a campaign year. `costs` gives the
    price of a text with so many images. `hold_files` looks for a HOLD file at this moment; `hold_file_who` is
    who sets the hold it stands for, "" where there is no folder of posts that could have one. `mark`
    tells one config.yaml from another.
    """

    campaign: Campaign
    channels: Mapping[str, Channel]
    approvals: ApprovalRules = field(default_factory=ApprovalRules)
    approvers: Mapping[str, Approver] = field(default_factory=dict)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    spend_caps: Mapping[str, Decimal] = field(default_factory=dict)
    costs: Mapping[str, Callable[[str, int], Decimal]] = field(default_factory=dict)
    hold_files: Callable[[], "Hold | None"] = lambda: None
    hold_file_who: str = HOLD_FILE
    mark: str = ""


@dataclass(frozen=True)
class Stopped:
    """What stops a delivery now, and the rules that people answered. `waived` None: its words are not those
    of its row, so that this is only to be added to what the row has.
    """

    stops: tuple[str, ...]
    waived: tuple[str, ...] | None


@dataclass(frozen=True)
class SyncReport:
    """Keys by what became of them. `refused` says why nothing at all was changed.

    `past`: due had passed when first seen. `already_out`: the same post under another name. `edited_after`:
    changed after it went out, or may have. `not_live`: the channel has no `live: true`, so no row under
    --live.
    """

    inserted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    already_out: tuple[str, ...] = ()
    edited_after: tuple[str, ...] = ()
    not_live: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Claim:
    """One worker's right to one delivery until `lease_until`. `owner` and `attempt` together are the fence.

    `part` counts from 0. `prepared` was made earlier for this very message; `frozen`: it was already sent
    once and may be out, so a re-send must repeat it. `tries` is how often it has failed before. Not `more`:
    nothing else of the channel was due, or to be prepared, by then.
    """

    key: str
    channel: str
    owner: str
    attempt: int
    message: Message
    digest: str
    part: int
    due: datetime
    expires: datetime
    lease_until: datetime
    tries: int = 0
    prepared: Prepared | None = None
    frozen: bool = False
    more: bool = True

    @property
    def part_key(self) -> str:
        return part_key(self.key, self.part)


def part_key(key: str, part: int) -> str:
    """The key of a thread's part, counted from 0: `…#2` from the second on."""
    return key if part == 0 else f"{key}#{part + 1}"


@dataclass(frozen=True)
class Gate:
    """The gate's answer: open, or every reason it is closed, and when looking again makes sense where that is
    known.
    """

    open: bool
    reason: str = ""
    not_before: datetime | None = None

    def __bool__(self) -> bool:
        return self.open


@dataclass(frozen=True)
class Decision:
    """What is to become of a delivery after a platform's answer; `delivery.retry` decides it, `settle` writes
    it.

    `channel_not_before` pauses the whole channel. `hold` stops the channel until a person lifts it, for this
    reason. `notice` is what people are told.
    """

    state: State
    reason: str = ""
    not_before: datetime | None = None
    channel_not_before: datetime | None = None
    hold: str | None = None
    notice: str | None = None


@dataclass(frozen=True)
class Doubt:
    """An unknown delivery whose time to look has come. `taken` are remote ids that belong to other
    deliveries, `message` what was to be shown.
    """

    key: str
    channel: str
    attempt: int
    part: int
    prepared: Prepared
    begun_at: datetime
    reason: str
    looks: int
    taken: frozenset[str]
    message: Message | None = None


@dataclass(frozen=True)
class Hold:
    """An open stop. `value` is the channel, kind, language or post it stops; for `all` empty, or the HOLD
    file. `id` 0: seen in the folder, and not recorded yet.
    """

    id: int
    scope: str
    value: str
    reason: str
    who: str
    at: datetime
    look_again: datetime | None = None

    def stops(self, row: Any) -> bool:
        """Whether it stops this delivery's row."""
        return self.scope == "all" or getattr(row, self.scope) == self.value

    @property
    def words(self) -> str:
        """What it stops: "everything", "channel x-en"."""
        if self.scope == "all":
            return "everything" + (f" ({self.value})" if self.value else "")
        return f"{self.scope} {self.value}"

    def __str__(self) -> str:
        return f"hold on {self.words} by {self.who}: {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """Times in UTC, ISO 8601."""
        return {
            "id": self.id,
            "scope": self.scope,
            "value": self.value,
            "reason": self.reason,
            "who": self.who,
            "at": self.at.isoformat(),
            "look_again": self.look_again.isoformat() if self.look_again else None,
        }


def body(message: Message) -> str:
    """SHA-256 over texts and images alone: equal for a post that was only renamed."""
    seen = [[part.text, [image.sha256 for image in part.images]] for part in message.parts]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


def year_of(key: str) -> int:
    """The campaign year in a key: 2027 of `2027/figures/mastodon-en`."""
    return int(key.partition("/")[0])


def receipt_of(row: Any) -> Receipt | None:
    """The receipt in a row of `parts`, if it was published."""
    if row.remote_id is None:
        return None
    return Receipt(row.remote_id, row.url, tuple((name, value) for name, value in row.refs or ()))


def note_event(
    connection: sa.Connection,
    row: Any,
    now: datetime,
    event: str,
    detail: str = "",
    *,
    attempt: int | None = None,
    part: int | None = None,
    request: Mapping[str, Any] | None = None,
    cost: int = 0,
) -> None:
    """Add a line to a delivery's story; never changed afterwards."""
    values = {
        "delivery": row.id,
        "channel": row.channel,
        "mode": row.mode,
        "year": row.year,
        "n": row.attempt if attempt is None else attempt,
        "part": row.part if part is None else part,
        "at": now,
        "event": event,
        "detail": detail,
        "owner": row.owner,
        "request": request,
        "cost": cost,
    }
    connection.execute(schema.NEW_ATTEMPT, values)


def note_events(connection: sa.Connection, told: Sequence[tuple[Any, str, str]], now: datetime) -> None:
    """One line for each of many rows: the row, what happened, and its detail."""
    same = {"at": now, "request": None, "cost": 0}
    lines = [
        {
            "delivery": row.id,
            "channel": row.channel,
            "mode": row.mode,
            "year": row.year,
            "n": row.attempt,
            "part": row.part,
            "event": event,
            "detail": detail,
            "owner": row.owner,
            **same,
        }
        for row, event, detail in told
    ]
    connection.execute(schema.attempts.insert(), lines)


def note_act(connection: sa.Connection, who: str, act: str, what: str, detail: str, now: datetime) -> None:
    """Add a line to the log of what people did; never changed afterwards."""
    chain.append(connection, who, act, what, detail, now)
