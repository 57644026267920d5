"""Copies of the database that are whole, checked, and say of themselves that they are copies."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from scheduler.errors import StoreError
from scheduler.store import trouble

RESTORED = "live.restored"
"""In `meta` of every copy: whoever opens it to publish from it must look at the accounts first."""

KEPT = 7
"""Backups made by the running scheduler itself; older ones are removed."""

AUTOMATIC = re.compile(r"scheduler-\d{8}-\d{6}Z\.db")


def stamp(now: datetime) -> str:
    """The moment in a file's name: 20270226-070000Z."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%SZ}"


def backup(
    source: Path, folder: Path, now: datetime | None, name: str | None = None, *, room: int = 0
) -> Path:
    """The whole database as of now in a new file of `folder`, verified; answers that file.

    Without `name` it is an automatic one: named by its moment, and in the data folder's own backups only the
    newest are kept. `room` bytes stay free. Raises StoreError; then there is no new file.
    """
    target = folder / (name or (f"scheduler-{stamp(now)}.db" if now else "scheduler.db"))
    make(folder)
    _require_room(source, folder, room)
    with becoming(target) as unfinished:
        copy_whole(source, unfinished)
        mark(unfinished, target.name, now, of=source)
    if name is None and folder.resolve() == (source.parent / trouble.BACKUPS).resolve():
        prune(folder, target)
    return target


def make(folder: Path) -> None:
    """Make the folder of backups, where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None


def _require_room(source: Path, folder: Path, room: int) -> None:
    """A backup must not take the last room from the database it is a copy of."""
    try:
        needed, free = source.stat().st_size + room, shutil.disk_usage(folder).free
    except OSError as error:
        raise StoreError(f"{source}: cannot be read ({error.strerror}); nothing was copied") from None
    if free < needed:
        megabytes = -(-needed // (1 << 20))
        raise StoreError(f"{folder}: too little room for a backup; make {megabytes} MB free")


@contextmanager
def becoming(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its name once it is complete and on the disk; or is gone."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield unfinished
        on_disk(unfinished)
        unfinished.replace(target)
        on_disk(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror})") from None
    finally:
        for path in (unfinished, Path(f"{unfinished}-wal"), Path(f"{unfinished}-shm")):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """SQLite's online backup into one file that needs no other beside it, then its full check.

    A copy that is not whole is a StoreError: then the source is damaged, and no older backup may give way to
    it.
    """
    try:
        with _opened(source) as origin, closing(sqlite3.connect(target, isolation_level=None)) as copy:
            origin.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()
            said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(trouble.words(error, source)) from None
    if said != "ok":
        raise StoreError(trouble.damaged(source))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads and never makes a file; also of a single file on a disk that is read-only."""
    uri = path.absolute().as_uri()
    alone = not Path(f"{path}-wal").exists()
    for how in ("?mode=rw", "?mode=ro", "?immutable=1") if alone else ("?mode=rw", "?mode=ro"):
        try:
            connection = sqlite3.connect(uri + how, uri=True)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except BaseException:
                connection.close()
                raise
            break
        except sqlite3.OperationalError as error:
            last = error
    else:
        raise last
    with closing(connection):
        yield connection


def mark(path: Path, name: str, now: datetime | None, of: Path | None = None) -> None:
    """Write into a copy that it is one; `name` is what people are told it was, `now` when it was made. `of`
    is the file they know, should that fail.
    """
    value = json.dumps({"at": now.astimezone(UTC).isoformat() if now else None, "file": name})
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            copy.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (RESTORED, value))
    except sqlite3.Error as error:
        raise StoreError(trouble.words(error, of or path)) from None


def unmark(path: Path, *names: str) -> None:
    """Take marks off a copy, should the database it was made of have had them."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            copy.executemany("DELETE FROM meta WHERE name = ?", [(name,) for name in names])
    except sqlite3.Error as error:
        raise StoreError(trouble.words(error, path)) from None


def prune(folder: Path, made: Path) -> None:
    """Remove the automatic backups beyond the newest; a person's own copies stay for ever.

    What is named by a later moment than the one just `made` dates from a clock that was ahead: it goes first.
    """
    found = [path for path in folder.iterdir() if AUTOMATIC.fullmatch(path.name)]
    automatic = sorted(found, key=lambda path: (path.name <= made.name, path.name))
    for path in automatic[:-KEPT]:
        with contextlib.suppress(OSError):
            path.unlink()


def on_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk; folders only where that is possible."""
    if path.is_dir():
        with contextlib.suppress(OSError):
            _synced(os.open(path, os.O_RDONLY))
        return
    _synced(os.open(path, os.O_RDWR))


def _synced(handle: int) -> None:
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
