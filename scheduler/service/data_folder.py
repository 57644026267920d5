"""What `doctor` says of the data folder: room, kind of disk, database and backups; nothing is written."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.service.symptoms import Health, Seen, ago

ENOUGH_BYTES = 1 << 30
LEAST_BYTES = 64 << 20
"""Below it the database asks for room and nothing is sent."""

BACKUP_AGE = timedelta(days=2)


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that there is."""
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))


def disk(data: Path) -> Iterator[Seen]:
    """Whether there is room, and whether it can be written."""
    place = _nearest(data)
    free = shutil.disk_usage(place).free
    words = f"{free / (1 << 30):.1f} GB free for {data}"
    if not os.access(place, os.W_OK):
        yield Seen("disk", Health.BAD, f"{place} cannot be written", "mend its permissions, or use --data")
    elif free < LEAST_BYTES:
        yield Seen("disk", Health.BAD, words, "free some space: nothing is sent below 64 MB")
    elif free < ENOUGH_BYTES:
        yield Seen("disk", Health.WARN, words, "free some space before the run-up: pictures and backups grow")
    else:
        yield Seen("disk", Health.OK, words)


def file_system(data: Path) -> Iterator[Seen]:
    """Whether a database may lie on this kind of disk."""
    from scheduler.store import filesystem

    place = _nearest(data)
    if (why := filesystem.refused(place)) is not None:
        yield Seen("file system", Health.BAD, f"{data} {why}")
        return
    try:
        kind = filesystem.kind_of(filesystem.MOUNTS.read_text(encoding="utf-8"), place.resolve())
    except (OSError, UnicodeError):
        kind = None
    yield Seen("file system", Health.OK, kind or "this system does not tell which; keep data on a local disk")


def database(data: Path) -> Iterator[Seen]:
    """Looked at without opening it for work: no migration, no lock, no file made."""
    from scheduler.store import connect, marks, migrations

    path = data / connect.FILE
    if not path.exists():
        yield Seen("database", Health.OK, "none yet: run or approve makes it")
        return
    restore = "stop everything and put a backup in its place: python run.py restore FILE"
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            found = database.execute("SELECT max(version) FROM schema_version").fetchone()[0]
            marked = database.execute(
                "SELECT name, value FROM meta WHERE name IN (?, ?)", tuple(marks.Mark)
            ).fetchone()
    except sqlite3.Error as error:
        yield Seen("database", Health.BAD, f"{path} cannot be read ({error})", restore)
        return
    size = f"{path.stat().st_size / (1 << 20):.1f} MB"
    if said != "ok":
        yield Seen("database", Health.BAD, f"{path} is damaged", restore)
    elif marked is not None:
        yield Seen("database", Health.BAD, marks.refusal(marked[0], marked[1], str(path)))
    elif found > migrations.LATEST:
        words = f"{path} was written by a newer version of this program"
        yield Seen("database", Health.BAD, words, "use that version, or restore an older backup")
    else:
        older = (
            "" if found == migrations.LATEST else f", brought to version {migrations.LATEST} when next used"
        )
        yield Seen("database", Health.OK, f"whole, {size}, version {found}{older}")


def backups(data: Path, now: datetime, live: bool, recorded: Callable[[], bool]) -> Iterator[Seen]:
    """Whether there is a fresh one, where something is live; nothing where nothing is `recorded`."""
    made = [path.stat().st_mtime for path in (data / "backups").glob("*.db") if path.is_file()]
    if not made:
        if live and recorded():
            yield Seen(
                "backups", Health.WARN, "none yet", "run --live makes one a day; now: python run.py backup"
            )
        return
    age = now.timestamp() - max(made)
    words = f"{len(made)}, the newest {ago(timedelta(seconds=max(age, 0)))}"
    old = age > BACKUP_AGE.total_seconds() and live
    yield Seen("backups", Health.WARN if old else Health.OK, words, "python run.py backup" if old else "")
