"""The Store: one data folder and one mode; every method is one transaction."""

import os
import socket
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Delivery, Mode, Receipt, State
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Refused, Sent, Unknown
from scheduler.store import (
    claim,
    gate,
    holds,
    home,
    locking,
    people,
    queue,
    schema,
    settle,
    sync,
    trouble,
)
from scheduler.store.connect import Database
from scheduler.store.desk import Desk
from scheduler.store.rows import (
    LEASE,
    SETTLE,
    Claim,
    Decision,
    Doubt,
    Gate,
    SyncReport,
)


class Store(Desk):
    """Deliveries of one mode, and what both modes share: holds, approvals, slots, the audit log, files.

    Every method raises StoreError where the database cannot be used; then nothing of it happened. Times are
    aware UTC.
    """

    def __init__(self, database: Database, mode: Mode, owner: str) -> None:
        super().__init__(database, mode)
        self.owner = owner
        self._alone = self._settled_in = False
        self._moved: str | None = None

    @classmethod
    def open(
        cls, folder: Path, mode: Mode, *, owner: str | None = None, create: bool = True, check: bool = False
    ) -> "Store":
        """Open `folder`/scheduler.db and bring it up to date; `check` looks for damage first. `owner` names
        this worker.
        """
        database = Database(folder, create)
        if check:
            database.check()
        name = owner or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        return cls(database, mode, name)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        return self._database.folder

    def require_room(self) -> None:
        """Raise StoreError where the disk is too full to record what would be sent."""
        self._database.require_room()

    def changes(self) -> int:
        """A number that is another one after each commit of anybody: what was asked before it still holds."""
        return self._database.changes()

    def copy(self, folder: Path) -> Path:
        """The whole database as of now, as a new file in another folder; answers that file."""
        return self._database.copy(folder)

    def backup(self, folder: Path, now: datetime, name: str | None = None) -> Path:
        """A verified copy of the whole database as of now, while it is in use; answers the new file.

        Without `name` it is named by its moment, and in the data folder's own `backups` only the newest seven
        such are kept. Raises StoreError; then no backup was made and none removed.
        """
        return self._database.backup(folder, now, name)

    @property
    def backups(self) -> Path:
        """The data folder's own place for backups."""
        return self.folder / trouble.BACKUPS

    def settle_in(self, now: datetime) -> str | None:
        """Is the file whole and where it was left? Taking the lock asks, and this tells what it found.

        Where a live database was restored, copied or moved, or is older than its folder, no channel is used
        before its account was compared with the plan; answers those words, None where all is as it was.
        Raises StoreError where the file is damaged or the disk too full to begin.
        """
        if self._settled_in:
            return self._moved
        self.require_room()
        self._database.check()
        here = home.Home.of(self._database.path)
        beside = home.last_beat_beside(self.folder, self.mode)
        with self._database.write() as connection:
            return home.settle_in(connection, self.mode, here, beside, now)

    @contextmanager
    def lock(self, now: datetime, words: str) -> Iterator[None]:
        """This mode's lock on the data folder, for as long as the block runs. Raises LockError naming its
        holder.
        """
        with locking.lock(self._lock_file, now, words):
            self._alone, self._beat = True, None
            try:
                # Whoever takes the lock is about to send, and must not forget to ask.
                self._settled_in = False
                self._moved = self.settle_in(now)
                self._settled_in = True
                yield
            finally:
                self._alone = self._settled_in = False

    @property
    def lock_holder(self) -> Mapping[str, str]:
        """What the last holder of the lock wrote: pid, host, since, words."""
        return locking.holder(self._lock_file)

    @property
    def is_locked(self) -> bool:
        """Whether a scheduler of this mode is at work here now."""
        return locking.is_held(self._lock_file)

    @property
    def _lock_file(self) -> Path:
        return self.folder / f"run-{self.mode}.lock"

    # What PREPARE hands over

    def sync(
        self,
        deliveries: Sequence[Delivery],
        files: Mapping[str, bytes],
        now: datetime,
        *,
        accept_removals: bool = False,
        keep: Collection[str] = (),
    ) -> SyncReport:
        """Make the rows agree with what is planned, each by its state; answers what became of every key.

        `keep` are keys that must not be cancelled because their file did not parse. Where more than three and
        more than a fifth of the open deliveries would go, nothing is changed and the report says so in
        `refused`.
        """
        with self._database.write() as connection:
            return sync.sync(
                connection, self.mode, self._policy, deliveries, files, now, accept_removals, keep
            )

    def put_now(
        self,
        delivery: Delivery,
        files: Mapping[str, bytes],
        now: datetime,
        expires: datetime,
        who: str,
        *,
        urgent: bool = False,
    ) -> None:
        """`publish`: make the delivery due now, also where its time had passed or it had ended without going
        out.

        `urgent` passes limits, gaps and whole quiet days. Raises RunError for what is out, or may be.
        """
        with self._database.write() as connection:
            sync.keep_files(connection, files)
            people.put_now(connection, self.mode, self.policy.campaign, delivery, expires, who, now, urgent)

    def file(self, name: str) -> bytes:
        """The final bytes of an image by their SHA-256 (hex). Raises StoreError where they are not in the
        store, or are not what was approved.
        """
        query = sa.select(schema.files.c.bytes).where(schema.files.c.sha256 == name)
        with self._database.read() as connection:
            found = connection.scalar(query)
        if found is None:
            raise StoreError(f"image {name[:12]}… is not in the database; reload the posts")
        content = bytes(found)
        if sha256(content).hexdigest() != name:
            raise StoreError(f"image {name[:12]}… is damaged in the database; restore a backup")
        return content

    def slots(self) -> dict[str, datetime]:
        """The slots given before, by key; both modes share them."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(schema.slots))
            return {row.key: row.due for row in rows}

    def keep_slots(self, given: Mapping[str, datetime], set_by: str) -> None:
        with self._database.write() as connection:
            people.keep_slots(connection, dict(given), set_by)

    def forget_slots(self, keys: Collection[str]) -> None:
        with self._database.write() as connection:
            connection.execute(schema.slots.delete().where(schema.slots.c.key.in_(list(keys))))

    # The engine's six calls and their kin

    def awaiting(self, now: datetime, leads: Mapping[str, timedelta] | None = None) -> frozenset[str]:
        """The channels that have something due, to be sent or to be looked at."""
        with self._database.read() as connection:
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
        with self._database.read() as connection:
            if not queue.worth_a_look(connection, self.mode, now + lead, channel):
                return None
        with self._database.write() as connection:
            return claim.claim(connection, self.mode, self.policy, self.owner, now, channel, lead, lease)

    def reclaim(self, doubt: Doubt, now: datetime, *, lease: timedelta = LEASE) -> Claim | None:
        """Take over an unknown delivery whose frozen request may safely be repeated; None where that is not
        so.
        """
        with self._database.write() as connection:
            return claim.reclaim(connection, self.mode, self.owner, doubt.key, doubt.attempt, now, lease)

    def renew(self, taken: Claim, now: datetime, *, lease: timedelta = LEASE) -> bool:
        """Lengthen the lease of a preparation; False where it is no longer ours."""
        with self._database.write() as connection:
            return claim.renew(connection, self.mode, taken, now, lease)

    def begin(
        self, taken: Claim, part: int, prepared: Prepared, now: datetime, *, lease: timedelta = LEASE
    ) -> Gate:
        """The gate: open, and committed as `sending` with its frozen request, or closed with every reason.

        The only way to `sending`, for first sends, further parts and re-sends alike. Where it raises, nothing
        may be sent.
        """
        with self._database.write() as connection:
            return gate.begin(connection, self.mode, self.policy, taken, part, prepared, now, lease)

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
        with self._database.write() as connection:
            return settle.settle(
                connection, self.mode, taken, part, outcome, now, decision, lease, settle_time
            )

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
        with self._database.write() as connection:
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
                State.UNKNOWN,
            )

    def decline(self, taken: Claim, refused: Refused, now: datetime, decision: Decision) -> bool:
        """Record a refusal met while preparing, before anything visible was tried."""
        with self._database.write() as connection:
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
        with self._database.write() as connection:
            return claim.give_back(connection, self.mode, taken, not_before, reason, now, prepared, failed)

    def sweep(self, now: datetime, *, settle_time: timedelta = SETTLE) -> tuple[str, ...]:
        """Deliveries whose worker is gone: preparing goes back to the queue, sending becomes unknown.

        Answers their keys. Under the lock whatever is not ours is over at once; otherwise when its lease is.
        """
        with self._database.read() as connection:
            if not queue.interrupted(connection, self.mode, self.owner, now, self._alone):
                return ()
        with self._database.write() as connection:
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
        with self._database.read() as connection:
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
        with self._database.write() as connection:
            return settle.reconciled(connection, self.mode, key, finding, now, settle_time, again, part)

    def receipt(self, key: str, part: int = 0) -> Receipt | None:
        """The receipt of a published part, for the replies to it."""
        with self._database.read() as connection:
            return settle.receipt(connection, self.mode, key, part)
