"""The store as the engine works with it: take up, pass the gate, settle, put back, look for."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Refused, Sent, Unknown
from scheduler.store import beside, claim, gate, holds, queue, settle, sharing
from scheduler.store.backing import Backing
from scheduler.store.desk import Desk
from scheduler.store.rows import LEASE, SETTLE, Claim, Decision, Doubt, Gate, Policy
from scheduler.store.scene import FRESH, looked_out


class Work(Desk):
    """The engine's calls; `owner` names this worker."""

    def __init__(self, database: Backing, mode: Mode, owner: str) -> None:
        super().__init__(database, mode)
        self.owner = owner
        self._seen_clear: tuple[Policy, float] | None = None

    # The engine's six calls and their kin

    def awaiting(self, now: datetime, leads: Mapping[str, timedelta] | None = None) -> frozenset[str]:
        """The channels that have something due, to be sent or to be looked at."""
        with self._database.ask(first=True) as connection:
            return queue.awaiting(connection, self.mode, now, leads or {})

    def next_by_channel(self, now: datetime) -> dict[str, datetime]:
        """When each channel's next scheduled delivery after now is due; channels without one are left out."""
        with self._database.read() as connection:
            return queue.firsts(connection, self.mode, now)

    def claim(
        self,
        now: datetime,
        channel: str | None = None,
        *,
        lead: timedelta = timedelta(0),
        lease: timedelta = LEASE,
    ) -> Claim | None:
        """Take up the earliest due delivery that nothing bars, of one channel or of any that has nothing in
        flight.

        With `lead` it may be taken up that long before due, to be prepared; the gate still waits for due.
        """
        if not self._database.is_shared:
            # Only in a file does a look that finds nothing keep others from writing.
            with self._database.ask() as connection:
                if not queue.worth_a_look(connection, self.mode, now + lead, channel):
                    return None
        policy = self._looked_out_lately()
        with self._database.share() as connection:
            return claim.claim(connection, self.mode, policy, self.owner, now, channel, lead, lease)

    def _looked_out_lately(self) -> Policy:
        """A look that found no HOLD file counts for a second here: to take up is not to send, and the gate
        looks anew.
        """
        policy, known = self.policy, self._seen_clear
        if known is not None and known[0] is policy and time.monotonic() - known[1] < FRESH:
            return replace(policy, hold_files=lambda: None)
        found = looked_out(policy)
        self._seen_clear = (policy, time.monotonic()) if found.hold_files() is None else None
        return found

    def reclaim(self, doubt: Doubt, now: datetime, *, lease: timedelta = LEASE) -> Claim | None:
        """Take over an unknown delivery whose frozen request may safely be repeated; None where that is not
        so.
        """
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, doubt.channel)
            return claim.reclaim(connection, self.mode, self.owner, doubt.key, doubt.attempt, now, lease)

    def renew(self, taken: Claim, now: datetime, *, lease: timedelta = LEASE) -> bool:
        """Lengthen the lease of a preparation; False where it is no longer ours."""
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, taken.channel)
            return claim.renew(connection, self.mode, taken, now, lease)

    def begin(
        self,
        taken: Claim,
        part: int,
        prepared: Prepared,
        now: datetime,
        *,
        lease: timedelta = LEASE,
        after: Callable[[datetime], datetime] = lambda now: now,
    ) -> Gate:
        """The gate: open, and committed as `sending` with its frozen request, or closed with every reason.

        The only way to `sending`, for first sends, further parts and re-sends alike. It may have to wait for
        its turn to write, so `after` gives the moment by which it judges then. Where it raises, nothing may
        be sent.
        """
        policy = looked_out(self.policy)
        with self._database.share(first=True) as connection:
            moment, found = sharing.read_own_channel(
                connection,
                self.mode,
                taken.channel,
                lambda: (
                    self._database.moment(connection, lambda: after(now)),
                    connection.execute(beside.ONE, {"mode": self.mode, "key": taken.key}),
                ),
            )
            row = found.one_or_none()
            return gate.begin(connection, self.mode, policy, taken, part, prepared, moment(), lease, row)

    def settle(
        self,
        taken: Claim,
        part: int,
        outcome: Sent | Refused | Unknown,
        now: datetime,
        decision: Decision,
        *,
        lease: timedelta = LEASE,
        settle_time: timedelta = SETTLE,
    ) -> bool:
        """Record what came of a call, if it is still this claim's to record (key, owner, attempt, part,
        `sending`).

        A published part with more to come leaves the delivery `preparing`, still claimed, with a fresh lease.
        """
        with self._database.share() as connection:
            row = self._answered(connection, taken)
            return settle.settle(
                connection, self.mode, taken, part, outcome, now, decision, lease, settle_time, row
            )

    def _answered(self, connection: sa.Connection, taken: Claim) -> Any:
        """The claimed row, with its channel locked."""
        known = {"mode": self.mode, "key": taken.key}
        return sharing.read_own_channel(
            connection, self.mode, taken.channel, lambda: connection.execute(beside.ANSWERED, known)
        ).one_or_none()

    def testify(
        self,
        taken: Claim,
        part: int,
        outcome: Sent | Refused,
        now: datetime,
        decision: Decision,
        *,
        settle_time: timedelta = SETTLE,
    ) -> bool:
        """The platform's own answer to this very attempt, come after it was given up as unknown, or taken for
        not out; True where it counted.
        """
        with self._database.share() as connection:
            row = self._answered(connection, taken)
            return settle.settle(
                connection,
                self.mode,
                taken,
                part,
                outcome,
                now,
                decision,
                LEASE,
                settle_time,
                row,
                State.UNKNOWN,
            )

    def decline(self, taken: Claim, refused: Refused, now: datetime, decision: Decision) -> bool:
        """Record a refusal met while preparing, before anything visible was tried."""
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, taken.channel)
            return settle.decline(connection, self.mode, taken, refused, now, decision)

    def give_back(
        self,
        taken: Claim,
        not_before: datetime | None,
        reason: str,
        now: datetime,
        *,
        prepared: Prepared | None = None,
        failed: bool = False,
    ) -> bool:
        """Put a claimed delivery back into the queue, nothing visible done; False where it is no longer ours.

        `prepared` is kept for the next claim of the same message. `failed` counts for the back-off.
        """
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, taken.channel)
            return claim.give_back(connection, self.mode, taken, not_before, reason, now, prepared, failed)

    def sweep(self, now: datetime, *, settle_time: timedelta = SETTLE) -> tuple[str, ...]:
        """Deliveries whose worker is gone: preparing goes back to the queue, sending becomes unknown.

        Answers their keys. Under the lock whatever is not ours is over at once; otherwise when its lease is.
        """
        with self._database.read() as connection:
            if not queue.interrupted(connection, self.mode, self.owner, now, self._alone):
                return ()
        with self._database.write() as connection:
            now = self._database.now(connection, now)
            rows = queue.interrupted(connection, self.mode, self.owner, now, self._alone)
            return claim.sweep(connection, self.mode, rows, now, settle_time)

    def expire(self, now: datetime) -> tuple[str, ...]:
        """Write `missed` where the time has passed and no hold is open on it; call it only while the clock is
        trusted.

        Begun threads end refused a day after due. More than five missed at once on a channel give one notice
        and, live, one hold. Answers the missed keys.
        """
        with self._database.read() as connection:
            if not queue.overdue(connection, self.mode, self.policy, now):
                return ()
        with self._database.write() as connection:
            rows = queue.overdue(connection, self.mode, self.policy, now)
            told = holds.outage(connection, self.mode, self.policy, rows, now)
        missed: list[str] = []
        for page in holds.pages(rows):
            # Whoever wants to write meanwhile has its turn: a post that is due must not wait for thousands.
            with self._database.write() as connection:
                missed += holds.expire(connection, self.mode, self.policy, page, now, told)
        return tuple(missed)

    def unknowns(self, now: datetime, channel: str | None = None) -> tuple[Doubt, ...]:
        """Unknown deliveries whose next look is due, with what was sent and what to leave out of account."""
        with self._database.ask() as connection:
            return settle.unknowns(connection, self.mode, now, channel)

    def reconciled(
        self,
        key: str,
        finding: Found | Absent | CannotTell,
        now: datetime,
        *,
        part: int | None = None,
        settle_time: timedelta = SETTLE,
        again: datetime | None = None,
    ) -> State | None:
        """Record what a look at the platform found; answers the state it is in now, None if it was not
        unknown. With `part`, a hit also counts where a person has just said that this part is not out.

        Found counts at once. Absent counts after the settle time from `begin`, when a second look 15 s later
        agrees. CannotTell stays with a person; `again` is when to look once more.
        """
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, key.rpartition("/")[2])
            return settle.reconciled(connection, self.mode, key, finding, now, settle_time, again, part)

    def receipt(self, key: str, part: int = 0) -> Receipt | None:
        """The receipt of a published part, for the replies to it."""
        with self._database.read() as connection:
            return settle.receipt(connection, self.mode, key, part)
