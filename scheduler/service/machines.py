"""The machines that share a database: each says that it is at work, and one that falls silent is told of."""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scheduler.errors import LockError
from scheduler.model import Mode
from scheduler.store import Status, Store
from scheduler.store.news import Late

logger = logging.getLogger(__name__)

SILENT = timedelta(minutes=2)
"""After so long without a word a machine that did not stop by itself is taken for lost."""

REMEMBERED = timedelta(days=7)
"""After so long nobody waits for it any more."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

AT_WORK = timedelta(seconds=30)

CONFIG = "machine-config"

NAME_SECONDS = 15.0
"""So long a machine that is started again waits for its own earlier session, whose line may have been cut:
the server drops that one after about eleven.
"""


@contextmanager
def named(store: Store) -> Iterator[None]:
    """Be the only machine of this name among those that share the database. Raises LockError."""
    end = time.monotonic() + NAME_SECONDS
    while store.is_shared and not _has_name(store):
        if time.monotonic() > end:
            raise LockError(
                f"another machine called {store.machine} is at work on this database; give each a name of "
                "its own: SCHEDULER_MACHINE=… in .env"
            )
        time.sleep(0.2)
    yield


def _has_name(store: Store) -> bool:
    return store.on_duty(f"machine {store.machine}")


def watch(store: Store, now: datetime) -> None:
    """Tell people of every machine that has fallen silent, once, and take it back when it is there again."""
    if not store.is_shared:
        return
    _has_name(store)  # also after the session that had it was lost
    if not store.on_duty("tell"):
        return
    _watch_config(store, now)
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


def _watch_config(store: Store, now: datetime) -> None:
    """Each machine's gate goes by its own file: with an older one it sends what another would not."""
    by_mark: dict[str, list[str]] = {}
    for name, mark in store.config_marks(now - AT_WORK).items():
        by_mark.setdefault(mark, []).append(name)
    if len(by_mark) < 2:
        store.close_notice(CONFIG, now)
        return
    groups = sorted(", ".join(names) for names in by_mark.values())
    words = (
        f"config.yaml is not the same on the machines at work ({' / '.join(groups)}), and each goes by its "
    )
    words += "own; make it the same on all of them"
    if store.notice(CONFIG, None, words, now):
        logger.warning("%s", words)


def at_work(store: Store, now: datetime) -> dict[str, datetime]:
    """The machines that have just said they are at work, and when."""
    return store.machines(now - AT_WORK) if store.is_shared else {}


def waiting(store: Store, now: datetime) -> dict[str, str]:
    """The live channels that config.yaml gives to a machine that is not at work, with what they wait for;
    none where no machine is at work at all.
    """
    if store.mode is not Mode.LIVE:
        return {}
    there = set(store.machines(now - SILENT)) if store.is_shared else {store.machine}
    return {
        name: f"{name} waits for the machine {one.machine}, which is not at work"
        for name, one in store.policy.channels.items()
        if there and one.live and one.machine is not None and one.machine not in there
    }


def with_waiting(late: Iterable[Late], absent: Mapping[str, str]) -> list[Late]:
    """What is due, with the machine it waits for among its reasons."""
    return [
        replace(one, reasons=(*one.reasons, absent[one.channel])) if one.channel in absent else one
        for one in late
    ]


def explained(store: Store, statuses: Iterable[Status], now: datetime) -> list[Status]:
    """As `with_waiting`, of everything recorded."""
    absent = waiting(store, now)
    return [
        replace(one, reasons=(*one.reasons, absent[one.channel]))
        if one.open and one.due <= now and one.channel in absent
        else one
        for one in statuses
    ]
