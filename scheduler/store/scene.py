"""What the rules of the gate look at: the moment, the policy, the open holds, the approvals, the channels."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Approval, Mode, Said
from scheduler.store import schema
from scheduler.store.rows import HOLD_FILE, Hold, Policy

FRESH = 1.0
"""Seconds for which a look for a HOLD file counts."""

A_DAY = timedelta(days=1)
"""After so long every hold is to be looked at again, where nobody named another time."""


@dataclass(frozen=True)
class Bar:
    """One reason the gate is closed; `until` where time alone will open it."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class Scene:
    """What the rules look at: the open holds and the approvals are read once, the rest is asked for a
    delivery.
    """

    connection: sa.Connection
    mode: Mode
    policy: Policy
    now: datetime
    holds: Sequence[Hold] = ()
    approvals: Mapping[str, Sequence[Approval]] | None = None
    channels: Mapping[str, Any] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.mode is Mode.LIVE

    def given(self, key: str) -> Sequence[Approval]:
        """The approvals of a delivery: from those read together, or asked for alone."""
        if self.approvals is not None:
            return self.approvals.get(key, ())
        return tuple(all_approvals(self.connection, key))


Rule = Callable[[Scene, Any], Bar | None]

# Built once, see schema.
CHANNELS = sa.select(schema.channels).where(schema.channels.c.mode == sa.bindparam("mode"))
CHANNEL = schema.often(CHANNELS.where(schema.channels.c.name == sa.bindparam("name")))
OPEN_HOLDS = schema.often(
    sa.select(schema.holds).where(schema.holds.c.lifted_at.is_(None)).order_by(schema.holds.c.id)
)
APPROVALS = sa.select(schema.approvals).order_by(schema.approvals.c.id)
APPROVALS_OF = APPROVALS.where(schema.approvals.c.key.in_(sa.bindparam("keys", expanding=True)))


def scene(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy,
    now: datetime,
    *,
    for_all: bool = False,
    channel: str | None = None,
) -> Scene:
    """The scene at `now`; `for_all` reads every approval at once, for a look at every delivery; `channel` is
    the one that is looked at alone.
    """
    query = CHANNELS if channel is None else CHANNEL
    known = {row.name: row for row in connection.execute(query, {"mode": mode, "name": channel})}
    given: dict[str, list[Approval]] = {}
    for approval in all_approvals(connection) if for_all else ():
        given.setdefault(approval.key, []).append(approval)
    holds = open_holds(connection, policy)
    return Scene(connection, mode, policy, now, holds, given if for_all else None, known)


def open_holds(
    connection: sa.Connection, policy: Policy | None = None, *, recorded: bool = True
) -> tuple[Hold, ...]:
    """The open holds, each with a time to look again; with a policy also what a HOLD file says right now.
    Where none is `recorded`, only the file is looked for.
    """
    rows = connection.execute(OPEN_HOLDS) if recorded else ()
    known = tuple(
        Hold(row.id, row.scope, row.value, row.reason, row.who, row.at, row.look_again or row.at + A_DAY)
        for row in rows
    )
    seen = policy.hold_files() if policy is not None else None
    if seen is None or any(hold.who.startswith(HOLD_FILE) for hold in known):
        return known
    return (*known, seen)


def all_approvals(connection: sa.Connection, key: str | None = None) -> Iterator[Approval]:
    query = APPROVALS if key is None else APPROVALS_OF
    for row in connection.execute(query, {"keys": [key]}):
        yield _approval(row)


def _approval(row: Any) -> Approval:
    return Approval(row.key, row.digest, row.who, row.role, row.at, row.shown_day, Said(row.act), row.words)


def approvals_of(connection: sa.Connection, keys: Sequence[str]) -> Mapping[str, Sequence[Approval]]:
    """The approvals of some deliveries, read together."""
    given: dict[str, list[Approval]] = {}
    for row in connection.execute(APPROVALS_OF, {"keys": list(keys)}):
        given.setdefault(row.key, []).append(_approval(row))
    return given


def looked_out(policy: Policy) -> Policy:
    """The policy with its look for a HOLD file made now. Within a second that look counts, so that nobody
    holds the write lock while a folder is listed; who waited longer for the lock looks again.
    """
    seen, at = policy.hold_files(), time.monotonic()
    return replace(policy, hold_files=lambda: seen if time.monotonic() - at < FRESH else policy.hold_files())
