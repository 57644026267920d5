"""What SQLite says when it cannot go on, as one sentence with what to do."""

import re
from pathlib import Path

BACKUPS = "backups"
"""The folder of the data folder that holds copies of the database."""

ASIDE = "replaced-"
"""How the names of databases begin that a restore moved aside: they are no backups to go back to."""

RESTORE = "restore a backup"

ADVICE = (
    ("disk is full", "the disk is full; free some space, nothing was sent meanwhile"),
    ("readonly", "the file or its folder cannot be written; check its owner and permissions"),
    ("read-only", "the file or its folder cannot be written; check its owner and permissions"),
    ("unable to open", "the file cannot be opened; check that the folder exists and can be written"),
    ("not a database", f"the file is not a database or is damaged; {RESTORE}"),
    ("malformed", f"the file is damaged; {RESTORE}"),
    ("could not decode", f"the file is damaged; {RESTORE}"),
    ("no such table", f"tables are missing, so the file is damaged or another program's; {RESTORE}"),
    ("locked", "another program kept the database busy for too long; close it and try again"),
    ("disk i/o", f"the disk reported an error; check it, and if needed {RESTORE}"),
)


def words(error: BaseException, path: Path) -> str:
    """A database error as one sentence with what to do; `path` is the database's file."""
    said = str(getattr(error, "orig", None) or error)
    for sign, advice in ADVICE:
        if sign in said.lower():
            return f"{path}: {with_backup(advice, path.parent)}"
    return f"{path}: the database refused: {said}"


def damaged(path: Path) -> str:
    """The file is damaged, and what to do."""
    return f"{path}: {with_backup(f'the file is damaged; {RESTORE}', path.parent)}"


def with_backup(advice: str, folder: Path) -> str:
    """The advice; where it says to restore a backup, with the data folder's newest one, if there is any."""
    newest = newest_backup(folder)
    if newest is None:
        return advice
    return advice.replace(RESTORE, f"restore the newest backup: python run.py restore {newest}")


def newest_backup(folder: Path) -> Path | None:
    """The youngest copy in the data folder's backups; None where there is none."""
    try:
        found = [path for path in (folder / BACKUPS).glob("*.db") if not path.name.startswith(ASIDE)]
        return max(found, key=lambda path: (_stamp(path), path.name), default=None)
    except OSError:
        return None


def _stamp(path: Path) -> str:
    """The moment a backup's name carries; else, when its file was last written, below every such moment."""
    hit = re.search(r"\d{8}-\d{6}Z", path.name)
    return hit[0] if hit else f"0{path.stat().st_mtime_ns:030d}"
