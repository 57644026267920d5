"""Putting a backup in the database's place: verified first, the present one kept, nothing half done."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.errors import InputError, StoreError
from scheduler.model import Mode
from scheduler.store import backup, filesystem, locking, marks, migrations, trouble
from scheduler.store.connect import FILE, RESTORING

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database; with another file it would be read as that one's newest changes."""


@dataclass(frozen=True)
class Restored:
    """What was put in place, and where the database that stood there is now (None: there was none)."""

    database: str
    aside: Path | None
    version: int


def restore(folder: Path, file: Path, now: datetime) -> Restored:
    """Make the backup `file` the database of a data folder; both modes must be at rest.

    Raises InputError for a file that is no backup of ours, LockError naming a scheduler at work, StoreError
    where the folder cannot be written; then the database is as it was. What was there is kept in `backups`.
    """
    database = folder / FILE
    _require_another_file(file, database)
    if (why := filesystem.refused(folder)) is not None:
        raise StoreError(f"{folder}: {why}")
    make(folder)
    with at_rest(folder, now, "restore"):
        _require_not_away(database)
        return _replace(folder, file, now)


@contextmanager
def at_rest(folder: Path, now: datetime, words: str) -> Iterator[None]:
    """Both modes' locks of a data folder. Raises LockError naming a scheduler at work."""
    with ExitStack() as locks:
        for mode in Mode:
            locks.enter_context(locking.lock(folder / f"run-{mode}.lock", now, words))
        yield


def _require_not_away(database: Path) -> None:
    """What has moved to a server goes on there: a backup put back here would publish everything again."""
    if not database.exists():
        return
    question = "SELECT name, value FROM meta WHERE name = ?"
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database)) as present:
        for name, value in present.execute(question, (marks.Mark.AWAY,)):
            raise StoreError(marks.refusal(name, value, str(database)))


def make(folder: Path) -> None:
    """Make the data folder and its backups, where they are missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / trouble.BACKUPS).mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from None


def require_file(file: Path, folder: Path) -> None:
    """Raise InputError, with the newest backup of the data folder, where there is no such file."""
    if not file.is_file():
        newest = trouble.newest_backup(folder)
        hint = f"; the newest backup here is {newest}" if newest else ""
        raise InputError(f"{file}: there is no such file{hint}")


def _require_another_file(file: Path, database: Path) -> None:
    require_file(file, database.parent)
    if database.exists() and file.samefile(database):
        raise InputError(f"{file}: this is the database itself; name a backup")


def _replace(folder: Path, file: Path, now: datetime) -> Restored:
    with made_ready(file, folder, now) as (ready, version):
        aside = put_in_place(folder, ready, now, f"python run.py restore {file.resolve()}")
    return Restored(str(folder / FILE), aside, version)


def put_in_place(folder: Path, ready: Path, now: datetime, command: str) -> Path | None:
    """Make `ready` the data folder's database; answers where the one before is kept. Whoever opens the folder
    after a crash among it is told to do it again by `command`.
    """
    with _in_words(folder), _announced(folder, command):
        aside = _put_aside(folder / FILE, now)
        ready.replace(folder / FILE)
        backup.on_disk(folder)
    return aside


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}); check its permissions") from None


@contextmanager
def made_ready(file: Path, folder: Path, now: datetime) -> Iterator[tuple[Path, int]]:
    """A verified copy of a backup in the data folder, marked as restored, and its version. It is gone
    afterwards, unless it was put in place. Raises InputError for what is no backup of ours.
    """
    ready = folder / f".restoring.{os.getpid()}"
    try:
        with _in_words(folder):
            version = _copied(file, ready, now)
        yield ready, version
    finally:
        with contextlib.suppress(OSError):
            ready.unlink(missing_ok=True)


def _copied(file: Path, ready: Path, now: datetime) -> int:
    _require_room(file, ready.parent)
    ready.unlink(missing_ok=True)
    try:
        backup.copy_whole(file, ready)
    except StoreError as error:
        raise InputError(f"{file}: cannot be restored: {str(error).removeprefix(f'{file}: ')}") from None
    version = _version(ready, file)
    backup.mark(ready, file.name, now)
    backup.unmark(ready, *marks.Mark)
    backup.on_disk(ready)
    return version


def _require_room(file: Path, folder: Path) -> None:
    needed = file.stat().st_size
    if shutil.disk_usage(folder).free < needed:
        raise StoreError(f"{folder}: too little room to restore; make {-(-needed >> 20)} MB free")


def _version(ready: Path, file: Path) -> int:
    """The schema's version. Raises InputError where it is another program's, or of a newer one of ours."""
    try:
        with closing(sqlite3.connect(ready)) as copy:
            found = copy.execute("SELECT max(version) FROM schema_version").fetchone()[0]
            copy.execute("SELECT count(*) FROM deliveries, meta WHERE 0").fetchone()
    except sqlite3.Error:
        found = None
    if found is None:
        raise InputError(f"{file}: this is no backup of this program; nothing was changed")
    if found > migrations.LATEST:
        raise InputError(
            f"{file}: made by a newer version of this program (database {found}, known {migrations.LATEST}); "
            "update the program first; nothing was changed"
        )
    return int(found)


@contextmanager
def _announced(folder: Path, command: str) -> Iterator[None]:
    """Whoever opens the folder while the files change, or after a crash among it, is told so."""
    note = folder / RESTORING
    note.write_text(command, encoding="utf-8")
    backup.on_disk(note)
    backup.on_disk(folder)
    try:
        yield
    finally:
        # Without a database, or with another one's log beside it, the note must stay.
        if (folder / FILE).exists():
            note.unlink()
            backup.on_disk(folder)


def _put_aside(database: Path, now: datetime) -> Path | None:
    """Move the present database into `backups`, whole: what stands in its log goes into it or with it."""
    aside = name_aside(database.parent, now)
    there = database.exists()
    if there:
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database)) as present:
            present.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        database.replace(aside)
    for ending in BESIDE:
        left = Path(f"{database}{ending}")
        if left.exists():
            left.replace(Path(f"{aside}{ending}"))
    return aside if there else None


def name_aside(folder: Path, now: datetime) -> Path:
    """A free name in the data folder's backups for what is replaced."""
    path = folder / trouble.BACKUPS / f"{trouble.ASIDE}{backup.stamp(now)}.db"
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found
