"""A frozen plan: changed files wait, except corrections; what they would change is worked out and told."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler import config as configuration
from scheduler.model import Delivery, Kind
from scheduler.planning.when import words as moment_words
from scheduler.service.opening import ENV, Campaigning, read_secrets
from scheduler.store import Frozen, Status, Store, SyncReport, sync

Look = Mapping[str, tuple[int, int]]
SHOWN = 3
"""Keys named for each kind of change."""

CHANGES = (
    ("inserted", "new"),
    ("changed", "changed"),
    ("cancelled", "gone"),
    ("restored", "back again"),
)


@dataclass(frozen=True)
class Selection:
    """What of a reload is taken over under a freeze, and the keys that must stay as they are."""

    deliveries: tuple[Delivery, ...]
    keep: tuple[str, ...]


def campaign_of(frozen: Frozen, campaigning: Campaigning) -> Campaigning:
    """The campaign with the config that counts under the freeze, and the secrets of now."""
    config = campaigning.config
    if frozen.config is not None:
        found, _ = configuration.parse(frozen.config, config.file)
        config = replace(found, data=config.data) if found is not None else config
    return replace(campaigning, config=config, environ=read_secrets(config.root))


def select(planned: Iterable[Delivery], statuses: Iterable[Status], keep: Iterable[str]) -> Selection:
    """The corrections among what is planned. A post that becomes one only now waits like any other change."""
    planned, rows = tuple(planned), {one.key: one for one in statuses}
    ordinary = {key for key, row in rows.items() if not _is_correction(row)}
    taken = tuple(one for one in planned if one.correction and one.key not in ordinary)
    # Whatever went out and is planned no longer must not be kept: a correction that was only renamed since
    # is found by it. In doubt it is kept only where a reload would wish something of it.
    stays = {key for key, row in rows.items() if row.open or (key in ordinary and row.state in sync.IN_DOUBT)}
    return Selection(taken, tuple(stays | {one.key for one in planned} | set(keep)))


def _is_correction(row: Status) -> bool:
    return row.kind == Kind.CORRECTION or row.message.corrects is not None


class _TakenBackError(Exception):
    """Takes back a transaction that was only made to see what it would do."""


def would_be(
    store: Store, planned: Iterable[Delivery], files: Mapping[str, bytes], now: datetime, keep: Iterable[str]
) -> SyncReport:
    """What a reload would change, worked out by the reload itself and taken back."""
    report = SyncReport()
    with contextlib.suppress(_TakenBackError), store.transaction() as connection:
        report = sync.sync(
            connection, store.mode, store.policy, tuple(planned), files, now, False, tuple(keep)
        )
        raise _TakenBackError
    return report


def changed_files(before: Look, now: Look) -> tuple[str, ...]:
    """The files that are new, gone or otherwise than before; secrets do not wait."""
    names = before.keys() | now.keys()
    differ = (name for name in names if before.get(name) != now.get(name))
    return tuple(sorted(name for name in differ if not name.endswith(f"/{ENV}")))


def words(frozen: Frozen, campaigning: Campaigning, files: int, report: SyncReport) -> str:
    """What people are told of a change that waits."""
    since = moment_words(frozen.at, campaigning.config.campaign.timezone)
    many = "1 changed file is" if files == 1 else f"{files} changed files are"
    told = f"frozen by {frozen.who} since {since} ({frozen.reason}): {many} not taken over"
    would = "; ".join(filter(None, (_few(name, getattr(report, field)) for field, name in CHANGES)))
    return f"{told}. Without the freeze: {report.refused or would or 'nothing would change'}"


def _few(name: str, keys: tuple[str, ...]) -> str:
    if not keys:
        return ""
    return f"{len(keys)} {name}: {', '.join(keys[:SHOWN])}" + (" …" if len(keys) > SHOWN else "")
