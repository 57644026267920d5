"""A backup a day while the scheduler runs, when there is room for it."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.store import Store

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)


def back_up(store: Store, now: datetime) -> Path | None:
    """Make today's backup in data/backups, if the last one is a day old; answers it, if it was made.

    Raises StoreError where it cannot be made, or the disk is too full for it.
    """
    last = last_backup(store.backups)
    if last is not None and timedelta(0) <= now - last < DAY:
        return None
    store.require_room()
    made = store.backup(store.backups, now)
    logger.info("Backup: %s", made)
    return made


def last_backup(folder: Path) -> datetime | None:
    """When the newest automatic backup in a folder was made, by its name; either mode's will do, for both are
    in one database.
    """
    times = []
    for path in folder.glob("scheduler-*Z.db"):
        with suppress(ValueError):
            times.append(datetime.strptime(path.name, "scheduler-%Y%m%d-%H%M%SZ.db").replace(tzinfo=UTC))
    return max(times, default=None)
