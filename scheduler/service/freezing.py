"""A frozen plan: changed files wait, except corrections; what they would change is worked out and told.

What is said waits; whether it may be said never does: what stops a post is judged by the records of now.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler import checks
from scheduler import config as configuration
from scheduler.checks.deadlines import BEFORE_DUE
from scheduler.model import Delivery, Kind, Severity, State
from scheduler.planning.when import words as moment_words
from scheduler.service.opening import ENV, Campaigning, read_secrets
from scheduler.store import Frozen, Status, Stopped, Store, SyncReport, sync

if TYPE_CHECKING:
    from scheduler.prepare import Preparation

Look = Mapping[str, tuple[int, int]]
Todos = Mapping[str, Sequence[tuple[str | None, str]]]
"""By post: the channel of each todo, None for all of them, and its words; as the store remembers them."""

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


def todos(made: "Preparation") -> Todos:
    """What each post of the plan still lacks, for the time when its files are no longer those of the plan."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for one in made.findings:
        if one.severity is Severity.TODO and one.post is not None:
            found.setdefault(one.post, []).append((one.channel, f"{one.rule}: {one.message}"))
    return found


def stopped(
    made: "Preparation", statuses: Sequence[Status], known: Todos, now: datetime
) -> dict[str, Stopped]:
    """What stops each delivery of the frozen plan now, by key. `known` are the todos it was frozen with.

    A post whose words are as they were is judged as in any reload. Of one whose words wait nothing that
    stopped it falls away, and what it lacks comes to it; a question about the new words waits with them.
    """
    planned = {one.key: one for one in made.deliveries}
    missing = (one for one in made.findings if one.severity is Severity.BLOCKED and not checks.asked_of(one))
    lacks = checks.stops(missing)
    overdue = {about: words for about, at, words in _dated(statuses, known) if at <= now}
    found = {}
    for one in statuses:
        after = planned.get(one.key)
        if after is not None and not after.errors and after.digest == one.digest:
            found[one.key] = Stopped(after.stops, after.waived)
        else:
            abouts = (one.post, None), (one.post, one.channel)
            more = (word for source in (overdue, lacks) for about in abouts for word in source.get(about, ()))
            found[one.key] = Stopped(tuple(dict.fromkeys(more)), waived=None)
    return found


def next_stop(statuses: Sequence[Status], known: Todos, now: datetime) -> datetime | None:
    """When one of the todos stops its post, by time alone."""
    return min((at for _, at, _ in _dated(statuses, known) if at > now), default=None)


def _dated(
    statuses: Sequence[Status], known: Todos
) -> Iterator[tuple[checks.About, datetime, tuple[str, ...]]]:
    """Of each post and channel with todos: when they stop it, and their words."""
    rows: dict[str, list[Status]] = {}
    for row in statuses:
        if row.post in known and row.state is not State.PUBLISHED:
            rows.setdefault(row.post, []).append(row)
    for post, mine in rows.items():
        words: dict[str | None, list[str]] = {}
        for channel, said in known[post]:
            words.setdefault(channel, []).append(said)
        for channel, all_ in words.items():
            if due := [row.due for row in mine if channel in (None, row.channel)]:
                yield (post, channel), min(due) - BEFORE_DUE, tuple(all_)


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
