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
from scheduler.store import backup, filesystem, locking, migrations, trouble
from scheduler.store.connect import FILE, RESTORING

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database; with another file it would be read as that one's newest changes."""


@dataclass(frozen=True)
class Restored:
    """What was put in place, and where the database that stood there is now (None: there was none)."""

    database: Path
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / trouble.BACKUPS).mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from None
    with ExitStack() as locks:
        for mode in Mode:
            locks.enter_context(locking.lock(folder / f"run-{mode}.lock", now, "restore"))
        return _replace(folder, file, now)


def _require_another_file(file: Path, database: Path) -> None:
    if not file.is_file():
        newest = trouble.newest_backup(database.parent)
        hint = f"; the newest backup here is {newest}" if newest else ""
        raise InputError(f"{file}: there is no such file{hint}")
    if database.exists() and file.samefile(database):
        raise InputError(f"{file}: this is the database itself; name a backup")


def _replace(folder: Path, file: Path, now: datetime) -> Restored:
    database, ready = folder / FILE, folder / f".restoring.{os.getpid()}"
    try:
        version = _made_ready(file, ready, now)
        with _announced(folder, file):
            aside = _put_aside(database, now)
            ready.replace(database)
            backup.on_disk(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}); check its permissions") from None
    finally:
        with contextlib.suppress(OSError):
            ready.unlink(missing_ok=True)
    return Restored(database, aside, version)


def _made_ready(file: Path, ready: Path, now: datetime) -> int:
    """A verified copy in the data folder, marked as restored; answers its version."""
    _require_room(file, ready.parent)
    ready.unlink(missing_ok=True)
    try:
        backup.copy_whole(file, ready)
    except StoreError as error:
        raise InputError(f"{file}: cannot be restored: {str(error).removeprefix(f'{file}: ')}") from None
    version = _version(ready, file)
    backup.mark(ready, file.name, now)
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
def _announced(folder: Path, file: Path) -> Iterator[None]:
    """Whoever opens the folder while the files change, or after a crash among it, is told so."""
    note = folder / RESTORING
    note.write_text(f"python run.py restore {file.resolve()}", encoding="utf-8")
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
    aside = _free_name(database.parent / trouble.BACKUPS / f"{trouble.ASIDE}{backup.stamp(now)}.db")
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


def _free_name(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found
