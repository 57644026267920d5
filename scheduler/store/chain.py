"""The audit log as a chain: each line holds the SHA-256 of the line before it and of its own words."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.store import schema, sharing

BEFORE_THE_FIRST = "0" * 64
"""What the first line is chained to; also the head of a log without lines."""

HEAD = "audit-head"
"""In `meta`: number and hash of the last line, so that lines cut off the end are missed."""

GUARDED = ("audit", "approvals", "answers")
GUARDS = tuple(f"{table}_{name}" for table in GUARDED for name in ("kept", "not_removed", "not_replaced"))
"""The database's own refusals to change, remove or replace what people said and did."""

_GUARDS_OF = {
    "sqlite": (sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"), GUARDS),
    "postgresql": (
        sa.text("SELECT rulename FROM pg_rules WHERE schemaname = current_schema()"),
        # There a number that is taken cannot be replaced.
        tuple(name for name in GUARDS if not name.endswith("_not_replaced")),
    ),
}
"""How each kind of database lists them, and which it has."""

_LAST = sa.text("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
_LINES = sa.text("SELECT id, who, act, what, detail, at, hash FROM audit ORDER BY id")
_WITHOUT_A_LINE = {
    "approvals": sa.text(
        "SELECT who, key FROM approvals AS one WHERE NOT EXISTS (SELECT 1 FROM audit WHERE what = one.key "
        "AND who = one.who AND act = one.act AND at = one.at) ORDER BY id LIMIT 1"
    ),
    "answers": sa.text(
        "SELECT who, post FROM answers AS one WHERE NOT EXISTS (SELECT 1 FROM audit WHERE what = one.post "
        "AND who = one.who AND act = 'confirm' AND at = one.at) ORDER BY id LIMIT 1"
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What a look along the whole chain found. `broken` says where it breaks, None where it is whole."""

    lines: int
    head: str
    broken: str | None = None

    @property
    def whole(self) -> bool:
        return self.broken is None


def link(previous: str, n: int, who: str, act: str, what: str, detail: str, at: int) -> str:
    """The hash of a line; `at` in microseconds since 1970 UTC. Never to be changed: every log rests on it."""
    line = {"v": 1, "n": n, "who": who, "act": act, "what": what, "detail": detail, "at": at}
    canonical = json.dumps(line, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def append(connection: sa.Connection, who: str, act: str, what: str, detail: str, now: datetime) -> str:
    """Add a line at the end; answers its hash. Nobody else writes one at the same time."""
    sharing.alone(connection)
    who, act, what, detail = map(schema.kept, (who, act, what, detail))
    last, previous = _last(connection)
    at = (now - schema.EPOCH) // schema.MICROSECOND
    found = link(previous, last + 1, who, act, what, detail, at)
    line = {"id": last + 1, "who": who, "act": act, "what": what, "detail": detail, "at": now, "hash": found}
    connection.execute(schema.audit.insert(), line)
    _remember(connection, last + 1, found)
    return found


def head(connection: sa.Connection) -> str:
    """The hash of the last line: whoever notes it can later prove that nothing before it was changed."""
    return _last(connection)[1]


def _last(connection: sa.Connection) -> tuple[int, str]:
    found = connection.execute(_LAST).one_or_none()
    return (found.id, found.hash) if found is not None else (0, BEFORE_THE_FIRST)


def _remember(connection: sa.Connection, n: int, found: str) -> None:
    table, value = schema.meta, {"n": n, "hash": found}
    if not connection.execute(table.update().where(table.c.name == HEAD).values(value=value)).rowcount:
        connection.execute(table.insert().values(name=HEAD, value=value))


def begin(connection: sa.Connection) -> None:
    """Chain the lines that an earlier version wrote, as they are."""
    previous, n = BEFORE_THE_FIRST, 0
    for row in connection.execute(_LINES).all():
        n = row.id
        previous = link(previous, row.id, row.who, row.act, row.what, row.detail, row.at)
        put = sa.text("UPDATE audit SET hash = :hash WHERE id = :id")
        connection.execute(put, {"hash": previous, "id": row.id})
    if n:
        _remember(connection, n, previous)


def verify(connection: sa.Connection, noted: str | None = None) -> Verdict:
    """Walk the chain and find the first link that does not hold; `noted` is a head from a mail or a pack."""
    previous, expected, seen = BEFORE_THE_FIRST, 1, noted in (None, "", BEFORE_THE_FIRST)
    for row in connection.execute(_LINES):
        if row.id != expected:
            return Verdict(expected - 1, previous, _missing(expected, row.id - 1))
        if link(previous, row.id, row.who, row.act, row.what, row.detail, row.at) != row.hash:
            words = f"line {row.id} ({row.act} {row.what} by {row.who}) is not what was written there: "
            return Verdict(expected - 1, previous, words + "it was changed, put in or moved")
        previous, expected = row.hash, expected + 1
        seen = seen or previous == noted
    lines, unseen = expected - 1, None if seen else noted
    return Verdict(lines, previous, next(_around(connection, lines, previous, unseen), None))


def _around(connection: sa.Connection, lines: int, last: str, unseen: str | None) -> Iterator[str]:
    """What is wrong beside a chain that holds in itself."""
    kept = connection.scalar(sa.select(schema.meta.c.value).where(schema.meta.c.name == HEAD))
    if kept is not None and kept["n"] > lines:
        yield _missing(lines + 1, kept["n"])
    elif (kept or {"n": 0, "hash": BEFORE_THE_FIRST}) != {"n": lines, "hash": last}:
        yield f"line {lines} is not the one that was written last: the log was cut or written anew"
    if unseen is not None:
        yield (
            f"the head {unseen[:16]}… is nowhere in this log: it was written anew since that head was noted, "
            "or this is another or an older database"
        )
    for table, query in _WITHOUT_A_LINE.items():
        if (found := connection.execute(query).first()) is not None:
            what = f"one of the {table} ({found[1]} by {found[0]})"
            yield f"{what} has no line in the log: it was put in by hand"
    names, wanted = _GUARDS_OF[connection.dialect.name]
    there = set(connection.scalars(names))
    if lacking := [name for name in wanted if name not in there]:
        yield f"the database's own guard of the log was removed ({', '.join(lacking)})"


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"line {first} is missing: it was removed"
    return f"lines {first} to {last} are missing: they were removed"


def rows(connection: sa.Connection, what: str | None, since: datetime | None) -> Iterator[Any]:
    """The lines about one thing or all of them, oldest first."""
    table = schema.audit
    query = sa.select(table).order_by(table.c.id)
    if what is not None:
        query = query.where(table.c.what == what)
    if since is not None:
        query = query.where(table.c.at >= since)
    yield from connection.execute(query)
