"""The machines that share a database: each says that it is at work, and one that falls silent is told of."""

import logging
from datetime import UTC, datetime, timedelta

from scheduler.store import Store

logger = logging.getLogger(__name__)

SILENT = timedelta(minutes=2)
"""After so long without a word a machine that did not stop by itself is taken for lost."""

REMEMBERED = timedelta(days=7)
"""After so long nobody waits for it any more."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

AT_WORK = timedelta(seconds=30)


def watch(store: Store, now: datetime) -> None:
    """Tell people of every machine that has fallen silent, once, and take it back when it is there again."""
    if not store.is_shared or not store.on_duty("tell"):
        return
    for name, last in store.machines(EPOCH).items():
        cause = f"machine:{name}"
        if now - last > REMEMBERED:
            store.forget_machine(name, now)
            continue
        if now - last < SILENT:
            store.close_notice(cause, now)
            continue
        zone = store.policy.campaign.timezone
        words = f"the machine {name} has not been at work since {last.astimezone(zone):%d %B %H:%M %Z}; "
        words += "the others go on, but look after it, or stop it properly"
        if store.notice(cause, None, words, now):
            logger.error("%s", words)


def at_work(store: Store, now: datetime) -> dict[str, datetime]:
    """The machines that have just said they are at work, and when."""
    return store.machines(now - AT_WORK) if store.is_shared else {}
