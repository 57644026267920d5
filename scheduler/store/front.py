"""The Store: one data folder and one mode; every method is one transaction."""

import os
import socket
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Delivery, Mode
from scheduler.store import (
    databases,
    home,
    locking,
    people,
    schema,
    sync,
    trouble,
)
from scheduler.store.backing import Backing
from scheduler.store.rows import (
    SyncReport,
)
from scheduler.store.work import Work


class Store(Work):
    """Deliveries of one mode, and what both modes share: holds, approvals, slots, the audit log, files.

    Every method raises StoreError where the database cannot be used; then nothing of it happened. Times are
    aware UTC.
    """

    def __init__(self, database: Backing, mode: Mode, owner: str) -> None:
        super().__init__(database, mode, owner)
        self._settled_in = False
        self._moved: str | None = None
        self.moves = 0
        """How often this has become another database while it was in use."""
        database.moved = self._look_where_we_are

    @classmethod
    def open(
        cls,
        folder: Path,
        mode: Mode,
        *,
        url: str | None = None,
        owner: str | None = None,
        create: bool = True,
        check: bool = False,
    ) -> "Store":
        """Open `folder`/scheduler.db, or the server's database that `url` names, and bring it up to date;
        `check` looks for damage first. `owner` names this worker.
        """
        database = databases.opened(folder, url, create)
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

    @property
    def commit_seconds(self) -> float:
        """How long a commit takes, where it stands behind nothing else; 0 where none was made yet."""
        return self._database.pace.shortest

    def require_room(self) -> None:
        """Raise StoreError where the disk is too full to record what would be sent."""
        self._database.require_room()

    def changes(self) -> int:
        """Another number after each commit of anybody: while it stays, what was asked before still holds."""
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
        beside = home.last_beat_beside(self.folder, self.mode)
        with self._database.write() as connection:
            here = self._database.place(connection)
            home.hand_over(connection, self.mode, self._policy, now)
            return home.settle_in(connection, self.mode, here, beside, now)

    def _look_where_we_are(self) -> None:
        """The server was started anew, or a standby has taken over, while we were at work."""
        self.moves += 1
        if not self._settled_in:
            return
        beside = home.last_beat_beside(self.folder, self.mode)
        with self._database.write() as connection:
            here = self._database.place(connection)
            now = self._database.now(connection, beside or schema.EPOCH)
            home.settle_in(connection, self.mode, here, beside, now)

    @property
    def is_shared(self) -> bool:
        """Whether several machines may be at work on it."""
        return self._database.is_shared

    def on_duty(self, name: str) -> bool:
        """Whether this machine is the one that does what only one may do in this mode; of a file it is."""
        return self._database.on_duty(f"{self.mode} {name}")

    def clock(self) -> datetime | None:
        """The moment by the clock that all machines go by; None: each by its own."""
        return self._database.clock()

    def go_by_its_clock(self) -> None:
        """From now on that clock decides about leases and what is due."""
        self._database.go_by_its_clock()

    @contextmanager
    def lock(self, now: datetime, words: str) -> Iterator[None]:
        """This mode's lock on the data folder, for as long as the block runs. Raises LockError naming its
        holder.
        """
        with locking.lock(self._lock_file, now, words):
            # Beside other machines nobody is alone, and what is not ours may be theirs.
            self._alone, self._beat = not self._database.is_shared, None
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
        duty: str | None = None,
    ) -> SyncReport:
        """Make the rows agree with what is planned, each by its state; answers what became of every key.

        `keep` are keys that must not be cancelled because their file did not parse. Where more than three and
        more than a fifth of the open deliveries would go, nothing is changed and the report says so in
        `refused`. Raises StoreError where the `duty` it is done by has become another machine's meanwhile:
        what was read may be older than what that one has taken over.
        """
        with self._database.write() as connection:
            if duty is not None and not self._database.on_duty(f"{self.mode} {duty}", at_once=True):
                raise StoreError("another machine reads the posts by now; nothing was taken over here")
            home.hand_over(connection, self.mode, self._policy, now)
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
