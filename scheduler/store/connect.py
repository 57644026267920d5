"""The database file: opening, pragmas, transactions, copies, and its failures in words."""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scheduler.errors import NothingThere, StoreError
from scheduler.store import backup, filesystem, marks, migrations, trouble
from scheduler.store.pace import Pace
from scheduler.store.place import Home
from scheduler.store.turns import TURN_SECONDS, Batch, turn_of

FILE = "scheduler.db"
RESTORING = "restoring"
"""A file in the data folder while a backup takes the database's place."""

BUSY_SECONDS = 10
ROOM_BYTES = 64 * 1024 * 1024
"""Free space asked for. Below it a full disk may leave no room for the write-ahead log itself."""

CLOSING = 2.0
"""Seconds for a write under way to come to its end before the file is let go."""

CONNECTIONS = 12
"""For all threads of a process together; no thread needs two at once for long."""

PRAGMAS = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("cache_size", "-1000", -1000),
)
"""Name, value and what SQLite answers once it holds: it only says, and never fails, where it cannot."""


def _set(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set a pragma, waiting where another process is just making the database: changing the journal mode is
    the one thing for which SQLite itself does not wait.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {name}={value}").fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


class Database:
    """One SQLite file in WAL mode with synchronous=FULL: what is committed survives a power cut."""

    is_shared = False
    """Whether several machines work on it at once."""

    def __init__(self, folder: Path, create: bool = True) -> None:
        self.folder, self.path = folder, folder / FILE
        self._file: tuple[int, int] | None = None
        self.moved: Callable[[], None] = lambda: None
        """Never called: a file that was replaced under us is refused."""
        self._prepare_folder(create)
        self._turn = turn_of(self.path)
        self.pace = Pace()
        self._writer: sa.Connection | None = None
        self._watching: sqlite3.Connection | None = None
        self._watch = threading.Lock()
        self._engine = _engine(self.path)
        try:
            self._bring_up_to_date()
            self._file = self._identity()
        except BaseException:
            self.close()
            raise

    def _prepare_folder(self, create: bool) -> None:
        if not create and not self.path.exists():
            raise NothingThere(f"{self.path}: there is no database yet; `run` or `approve` makes one")
        if (why := filesystem.refused(self.folder)) is not None:
            raise StoreError(f"{self.folder}: {why}")
        self._require_no_half_restore()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            advice = "choose another folder with --data or mend its permissions"
            raise StoreError(
                f"{self.folder}: cannot be used as data folder ({error.strerror}); {advice}"
            ) from None
        if not self.path.exists():
            # Looking, and stopping, must be possible on a full disk too.
            self.require_room()

    def _require_no_half_restore(self) -> None:
        """Between its two steps a restore has no database anybody may work with."""
        with contextlib.suppress(OSError):
            said = (self.folder / RESTORING).read_text(encoding="utf-8")
            words = "putting a database in its place was interrupted; do it again"
            raise StoreError(f"{self.folder}: {words}: {said}")

    def on_duty(self, name: str, *, at_once: bool = False) -> bool:
        """The only machine does everything."""
        return True

    def clock(self) -> None:
        """A file has no clock."""

    def go_by_its_clock(self) -> None:
        """It has none."""

    def now(self, connection: sa.Connection, now: datetime) -> datetime:
        """The moment that counts for leases and what is due: on one machine its own."""
        return now

    def moment(self, connection: sa.Connection, otherwise: Callable[[], datetime]) -> Callable[[], datetime]:
        """See `now`."""
        return otherwise

    def place(self, connection: sa.Connection) -> Home:
        """Where this database is, to see at the next start whether it still is that one."""
        return Home.of(self.path)

    def require_room(self) -> None:
        """Raise StoreError where the disk is nearly full, or the database is not the one that was opened."""
        self._require_same_file()
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise StoreError(f"{self.folder}: the data folder is gone ({error.strerror})") from None
        if free < ROOM_BYTES:
            words = f"less than {ROOM_BYTES >> 20} MB free on the disk; make room, nothing is sent meanwhile"
            raise StoreError(f"{self.folder}: {words}")

    def _bring_up_to_date(self) -> None:
        # Most starts find the newest version; they must not wait for somebody else's write.
        with self.read() as connection:
            found = migrations.version(connection)
            if found:
                marks.require_here(connection, str(self.path))
        if found == migrations.LATEST:
            return
        with self.write() as connection:
            found = migrations.version(connection)
            if found > migrations.LATEST:
                raise StoreError(
                    f"{self.path}: made by a newer version of this program (database {found}, known "
                    f"{migrations.LATEST}); update the program, or restore a backup made before the update"
                )
            if 0 < found < migrations.LATEST:
                self._keep_as_it_was(found)
            migrations.migrate(connection, found)

    def _keep_as_it_was(self, version: int) -> None:
        """A copy for the way back. The write lock is ours, so nothing happens between it and the change."""
        self.require_room()
        name = f"scheduler-v{version}.db"
        backup.backup(self.path, self.folder / trouble.BACKUPS, None, name, room=ROOM_BYTES)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a broken rule of ours is a bug, not a state of the disk
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreError(trouble.words(error, self.path)) from None
        except (PoolTimeout, TimeoutError):
            words = f"no answer from the database for {TURN_SECONDS} s; check the disk"
            raise StoreError(f"{self.path}: {words}") from None

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from the start; committed at its end or not at all."""
        with self._written(self._take_turn(None), None) as connection:
            if self._file is not None:
                # It may have moved to a server since it was opened.
                marks.require_here(connection, str(self.path))
            yield connection

    @contextmanager
    def share(self, *, first: bool = False) -> Iterator[sa.Connection]:
        """As `write`, for what is short: threads that wait for their turn write in the same transaction, and
        are all told once its one commit is on the disk. What fails is undone alone. `first`: before others.
        """
        with self._written(self._take_turn(self, first), self) as connection:
            yield connection

    def _take_turn(self, joins: object, first: bool = False) -> Batch:
        """The batch to write in: one that is handed on to us, or a new one."""
        with self._translated():
            batch = self._turn.take(joins, first=first)
            if batch is not None:
                return batch
            try:
                return self._begin()
            except BaseException:
                self._turn.pass_on()
                raise

    def _begin(self) -> Batch:
        """The writer keeps its connection: it has its statements ready, and no reader can take it away."""
        if self._writer is not None and self._writer.in_transaction():
            self._forget_writer()
        if self._writer is None:
            self._writer = self._engine.connect()
        try:
            return Batch(self._writer)
        except BaseException:
            self._forget_writer()
            raise

    @contextmanager
    def _written(self, batch: Batch, joins: object) -> Iterator[sa.Connection]:
        with self._translated():
            try:
                with batch.step() as connection:
                    self._require_same_file()
                    yield connection
            finally:
                self._end_turn(batch, joins)
            batch.result()

    def _end_turn(self, batch: Batch, joins: object) -> None:
        if joins is not None and not batch.is_full and self._turn.hand_on(batch, joins):
            return
        began = time.monotonic()
        batch.finish()
        if batch.lost is None:
            self.pace.note(time.monotonic() - began)
        else:
            self._forget_writer()
        self._turn.pass_on()

    def _forget_writer(self) -> None:
        """After whatever failure the next transaction begins on a connection that has none behind it."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                writer.close()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _require_same_file(self) -> None:
        """A file deleted or replaced under us still takes writes, which nobody would ever see again."""
        if self._file is not None and self._identity() != self._file:
            raise StoreError(
                f"{self.path}: the database was deleted or replaced while it was in use, so nothing is sent; "
                "stop this, put the right file in place and start again"
            )

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent snapshot; never waits for a writer."""
        with self._translated(), self._engine.connect().execution_options(read_only=True) as connection:
            yield connection

    def ask(self, *, first: bool = False) -> AbstractContextManager[sa.Connection]:
        """As `read`, for frequent questions."""
        return self.read()

    def changes(self) -> int:
        """A number that is another one after each commit, whichever process or thread made it."""
        with self._translated(), self._watch:
            if self._watching is None:
                # One of its own that never writes: SQLite tells a connection of the others' commits alone.
                uri = f"{self.path.absolute().as_uri()}?mode=rw"
                self._watching = sqlite3.connect(uri, BUSY_SECONDS, uri=True, check_same_thread=False)
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def check(self) -> None:
        """Raise StoreError where the file is damaged."""
        with self.read() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise StoreError(trouble.damaged(self.path))

    def backup(self, folder: Path, now: datetime, name: str | None = None) -> Path:
        """See Store.backup."""
        self._require_same_file()
        own = folder.resolve() == (self.folder / trouble.BACKUPS).resolve()
        return backup.backup(self.path, folder, now, name, room=ROOM_BYTES if own else 0)

    def copy(self, folder: Path) -> Path:
        """The whole database, as of now, as a new file in `folder` (SQLite's online backup)."""
        target = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written ({error.strerror})") from None
        with (
            self._translated(),
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(target)) as sink,
        ):
            source.backup(sink)
        return target

    def close(self) -> None:
        # Whoever is still writing, left behind at the end, keeps the connection until it is done.
        with contextlib.suppress(TimeoutError):
            self._turn.take(seconds=CLOSING)
            self._forget_writer()
            self._turn.pass_on()
        self._engine.dispose()
        with self._watch:
            if self._watching is not None:
                self._watching.close()
            self._watching = None


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        # A thread a channel may ask at once: they take turns, as each connection has a cache of its own.
        pool_size=CONNECTIONS,
        max_overflow=0,
        # The one used last has its pages and statements at hand.
        pool_use_lifo=True,
        pool_timeout=TURN_SECONDS,
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not open transactions of its own: ours begin explicitly, below.
        connection.isolation_level = None
        for name, value, answer in PRAGMAS:
            _set(connection, name, value)
            if (got := connection.execute(f"PRAGMA {name}").fetchone()[0]) != answer:
                raise StoreError(
                    f"{path}: the database cannot be kept safely here ({name} is {got}, not {value}); choose "
                    "a folder on a local disk with --data"
                )

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
