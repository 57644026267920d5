"""The database file: opening, pragmas, transactions, copies, and its failures in words."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from scheduler.errors import StoreError
from scheduler.store import migrations

FILE = "scheduler.db"
BUSY_SECONDS = 10
ROOM_BYTES = 64 * 1024 * 1024
"""Free space asked for. Below it a full disk may leave no room for the write-ahead log itself."""

PRAGMAS = (("journal_mode", "WAL", "wal"), ("synchronous", "FULL", 2), ("foreign_keys", "ON", 1))
"""Name, value and what SQLite answers once it holds: it only says, and never fails, where it cannot."""

ADVICE = (
    ("disk is full", "the disk is full; free some space, nothing was sent meanwhile"),
    ("readonly", "the file or its folder cannot be written; check its owner and permissions"),
    ("read-only", "the file or its folder cannot be written; check its owner and permissions"),
    ("unable to open", "the file cannot be opened; check that the folder exists and can be written"),
    ("not a database", "the file is not a database or is damaged; move it away and restore a backup"),
    ("malformed", "the file is damaged; move it away and restore a backup"),
    ("locked", f"another program kept the database busy for {BUSY_SECONDS} s; close it and try again"),
    ("disk i/o", "the disk reported an error; check it, then restore a backup if needed"),
)


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


def words(error: BaseException, path: Path) -> str:
    """A database error as one sentence with what to do."""
    said = str(getattr(error, "orig", None) or error)
    for sign, advice in ADVICE:
        if sign in said:
            return f"{path}: {advice}"
    return f"{path}: the database refused: {said}"


class Database:
    """One SQLite file in WAL mode with synchronous=FULL: what is committed survives a power cut."""

    def __init__(self, folder: Path, create: bool = True) -> None:
        self.folder, self.path = folder, folder / FILE
        self._prepare_folder(create)
        self._engine = _engine(self.path)
        self._file: tuple[int, int] | None = None
        try:
            self._bring_up_to_date()
            self._file = self._identity()
        except BaseException:
            self._engine.dispose()
            raise

    def _prepare_folder(self, create: bool) -> None:
        if not create and not self.path.exists():
            raise StoreError(f"{self.path}: there is no database yet; `run` or `approve` makes one")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            advice = "choose another folder with --data or mend its permissions"
            raise StoreError(
                f"{self.folder}: cannot be used as data folder ({error.strerror}); {advice}"
            ) from None
        self.require_room()

    def require_room(self) -> None:
        """Raise StoreError where the disk is nearly full."""
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
        if found == migrations.LATEST:
            return
        with self.write() as connection:
            found = migrations.version(connection)
            if found > migrations.LATEST:
                raise StoreError(
                    f"{self.path}: made by a newer version of this program (database {found}, known "
                    f"{migrations.LATEST}); update the program, or restore a backup made before the update"
                )
            migrations.migrate(connection, found)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a broken rule of ours is a bug, not a state of the disk
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreError(words(error, self.path)) from None

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from the start; committed at its end or not at all."""
        with self._translated(), self._engine.begin() as connection:
            self._require_same_file()
            yield connection

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

    def check(self) -> None:
        """Raise StoreError where the file is damaged."""
        with self.read() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise StoreError(f"{self.path}: the file is damaged; move it away and restore a backup")

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
        self._engine.dispose()


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}
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
