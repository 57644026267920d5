"""The oracle: what readers saw, against what the table says. Pure; it knows nothing of how it came about.

I1 no part is out twice                    I2 every delivery ends, none is missing
I3 what is called published can be seen    I4 nothing is out before its time
I5 what is due is attended to in time      I6 nothing is out without an attempt committed before it
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ENDS = frozenset({"published", "refused", "missed", "cancelled", "unknown"})


@dataclass(frozen=True)
class Queued:
    """A delivery as it was ordered: its key, when it is due, and how many parts it has."""

    key: str
    due: datetime
    parts: int = 1


@dataclass(frozen=True)
class Seen:
    """A post on the platform: the part it is, its own id there, and when it could first be seen."""

    key: str
    id: str
    at: datetime


@dataclass(frozen=True)
class Request:
    """A request to publish a part, as it reached the platform."""

    key: str
    at: datetime


@dataclass(frozen=True)
class Row:
    """A delivery as the table has it in the end.

    `receipts` are the remote ids of its parts; `begun` the times of the attempts at each part's key; `events`
    the times of everything that happened to it. `noticed`: an open notice asks a person to look at it.
    """

    key: str
    state: str
    receipts: tuple[str, ...] = ()
    begun: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    events: tuple[datetime, ...] = ()
    noticed: bool = False


@dataclass(frozen=True)
class Breach:
    """A broken promise."""

    invariant: str
    key: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.key}: {self.words}"


@dataclass(frozen=True)
class Verdict:
    """Every breach, and the counts for the report. `lost`: due, in order, and not published."""

    breaches: tuple[Breach, ...]
    posts: int
    published: int
    doubled: int
    lost: int
    unknown: int

    @property
    def ok(self) -> bool:
        return not self.breaches


@dataclass(frozen=True)
class Healthy:
    """From `since` on nothing was wrong any more; what was due then is attended to `within` that.

    `asked`: what was unknown by then and somebody asked to look at; the scheduler itself looks once an hour.
    """

    since: datetime
    within: timedelta
    asked: frozenset[str] = frozenset()


def judge(
    queued: Sequence[Queued],
    seen: Sequence[Seen],
    requests: Sequence[Request],
    rows: Sequence[Row],
    *,
    certain: bool,
    healthy: Healthy | None = None,
    early: timedelta = timedelta(0),
    ordered_away: Iterable[str] = (),
) -> Verdict:
    """`certain`: the platform can tell (classes A and B), so that nothing due may end otherwise than
    published.

    `early` is how far the machine's clock may be wrong and still be believed. `ordered_away` are deliveries a
    person or the plan has ended.
    """
    away = frozenset(ordered_away)
    by_key = {row.key: row for row in rows}
    lost = [one.key for one in queued if _is_lost(one, by_key.get(one.key), away)]
    breaches = [
        *_twice(seen),
        *_ends(queued, by_key),
        *_visible(queued, seen, by_key),
        *_too_early(queued, seen, early),
        *_attempted(seen, requests, rows, early),
        *(_attended(queued, by_key, healthy) if healthy else ()),
        *_told(rows),
        *(Breach("lost", key, f"ended {_state(by_key, key)}") for key in lost if certain),
    ]
    counts = Counter(one.key for one in seen)
    return Verdict(
        tuple(breaches),
        posts=sum(one.parts for one in queued),
        published=len(counts),
        doubled=sum(count - 1 for count in counts.values()),
        lost=sum(1 for key in lost if _state(by_key, key) != "unknown"),
        unknown=sum(row.state == "unknown" for row in rows),
    )


def part_keys(key: str, parts: int) -> tuple[str, ...]:
    """KEY, KEY#2, KEY#3 …"""
    return (key, *(f"{key}#{n}" for n in range(2, parts + 1)))


def _state(by_key: Mapping[str, Row], key: str) -> str:
    return by_key[key].state if key in by_key else "nowhere"


def _is_lost(one: Queued, row: Row | None, away: frozenset[str]) -> bool:
    return one.key not in away and (row is None or row.state != "published")


def _twice(seen: Sequence[Seen]) -> Iterable[Breach]:
    for key, count in Counter(one.key for one in seen).items():
        if count > 1:
            yield Breach("I1", key, f"out {count} times")


def _ends(queued: Sequence[Queued], by_key: Mapping[str, Row]) -> Iterable[Breach]:
    for one in queued:
        if one.key not in by_key:
            yield Breach("I2", one.key, "is in the table no more")
        elif by_key[one.key].state not in ENDS:
            yield Breach("I2", one.key, f"is still {by_key[one.key].state}")


def _visible(queued: Sequence[Queued], seen: Sequence[Seen], by_key: Mapping[str, Row]) -> Iterable[Breach]:
    ids = defaultdict(set)
    for one in seen:
        ids[one.key].add(one.id)
    for one in queued:
        row = by_key.get(one.key)
        if row is None or row.state != "published":
            continue
        if len(row.receipts) != one.parts:
            yield Breach("I3", one.key, f"is published with {len(row.receipts)} of {one.parts} receipts")
        for key, receipt in zip(part_keys(one.key, one.parts), row.receipts, strict=False):
            if receipt not in ids[key]:
                yield Breach("I3", key, f"is said to be {receipt}, and the platform has {sorted(ids[key])}")


def _too_early(queued: Sequence[Queued], seen: Sequence[Seen], early: timedelta) -> Iterable[Breach]:
    due = {key: one.due for one in queued for key in part_keys(one.key, one.parts)}
    for one in seen:
        if one.key not in due:
            yield Breach("I4", one.key, "is out, and was never ordered")
        elif one.at < due[one.key] - early:
            yield Breach("I4", one.key, f"was out {due[one.key] - one.at} before its time")


def _attempted(
    seen: Sequence[Seen], requests: Sequence[Request], rows: Sequence[Row], early: timedelta
) -> Iterable[Breach]:
    """The k-th request of a part has a k-th attempt before it, and what can be seen came by a request. By a
    clock that is ahead, as far as it is believed, an attempt bears a later time than it was made at.
    """
    begun = {key: sorted(times) for row in rows for key, times in row.begun.items()}
    came = defaultdict(list)
    for request in requests:
        came[request.key].append(request.at)
    for key, times in came.items():
        attempts = begun.get(key, [])
        for number, at in enumerate(sorted(times)):
            if number >= len(attempts):
                yield Breach("I6", key, f"{len(times)} requests and {len(attempts)} attempts on record")
                break
            if attempts[number] - early > at:
                yield Breach("I6", key, f"request {number + 1} came before its attempt was on record")
    for key in {one.key for one in seen} - came.keys():
        yield Breach("I6", key, "is out without a request")


def _attended(queued: Sequence[Queued], by_key: Mapping[str, Row], healthy: Healthy) -> Iterable[Breach]:
    """What was due when all was well again had something happen to it in time, or had ended before."""
    end = healthy.since + healthy.within
    for one in queued:
        row = by_key.get(one.key)
        if row is None or one.due > healthy.since or one.key in healthy.asked:
            continue
        later = [at for at in row.events if at >= healthy.since]
        if later and min(later) > end:
            yield Breach("I5", one.key, f"was attended to only after {min(later) - healthy.since}")
        elif not later and row.state not in ENDS:
            yield Breach("I5", one.key, f"is {row.state}, and nothing has happened to it")


def _told(rows: Sequence[Row]) -> Iterable[Breach]:
    """Nothing unknown is silent."""
    for row in rows:
        if row.state == "unknown" and not row.noticed:
            yield Breach("I2", row.key, "is unknown, and nobody was told")
