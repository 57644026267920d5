"""Keeping the database: backups while it is in use, and putting one back."""

from datetime import datetime
from pathlib import Path

from scheduler.errors import InputError
from scheduler.model import Mode
from scheduler.service import drawn
from scheduler.service.opening import Campaigning
from scheduler.store import Restored, restoring
from scheduler.store.backup import stamp

KEPT = "kept-"
"""How a backup is named that a person asked for: unlike the daily ones it is never removed."""


def back_up(campaigning: Campaigning, target: Path | None, now: datetime) -> Path:
    """A verified copy of the database: in the data folder's backups, in a folder, or as the file named.

    Raises InputError where nothing was recorded yet or the file is there already, StoreError where it cannot
    be written.
    """
    if not campaigning.has_store:
        raise InputError(
            f"{campaigning.config.data}: nothing is recorded here yet, so there is nothing to keep"
        )
    with campaigning.store(Mode.LIVE) as store:
        folder, name = _place(target, store.backups, f"{KEPT}{stamp(now)}.db")
        if (folder / name).exists():
            raise InputError(f"{folder / name}: there is such a file already; name another")
        return store.backup(folder, now, name)


def _place(target: Path | None, own: Path, name: str) -> tuple[Path, str]:
    """Folder and name. What ends in / or is a folder is one; everything else is the file's own name."""
    if target is None:
        return own, name
    if target.is_dir() or not target.suffix:
        return target, name
    return target.parent, target.name


def put_back(campaigning: Campaigning, file: Path, now: datetime) -> Restored:
    """Make a backup the database again, and its cards those of the folder. Raises LockError naming a
    scheduler that is at work here.
    """
    restored = _restored(campaigning, file, now)
    drawn.put_back(campaigning)
    return restored


def _restored(campaigning: Campaigning, file: Path, now: datetime) -> Restored:
    data, url = campaigning.config.data, campaigning.store_url
    if url is None:
        return restoring.restore(data, file, now)
    from scheduler.store import databases, server_alone

    return server_alone.restore(data, databases.on_server(url), file, now)
