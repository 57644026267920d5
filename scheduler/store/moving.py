"""The whole store from one database into another: every row of every table, then compared."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.store import backup, migrations, schema, trouble
from scheduler.store.connect import FILE

PAGE = 500
"""Rows carried together; images come one by one."""

TABLES = tuple(table.name for table in schema.metadata.sorted_tables if table.name != "schema_version")
"""Those that others refer to first."""

SINGLY = frozenset({"files"})

ZERO = "\N{SYMBOL FOR NULL}"


@dataclass(frozen=True)
class Moved:
    """What was carried over: rows by table, and one SHA-256 over everything."""

    rows: Mapping[str, int]
    digest: str


def carry(source: sa.Connection, target: sa.Connection) -> Moved:
    """As `fill`, into a database without tables; afterwards it has the newest shape."""
    version = migrations.version(source)
    migrations.migrate(target, 0, version)
    moved = fill(source, target)
    migrations.migrate(target, version)
    return moved


def fill(source: sa.Connection, target: sa.Connection) -> Moved:
    """Copy every row into the target's empty tables, and compare. Raises StoreError where they differ."""
    _without_haste(source)
    _without_haste(target)
    for name in _there(source):
        _carry(source, target, name)
    if target.dialect.name == "postgresql":
        _count_on(target)
    found, wanted = summed(target), summed(source)
    if found != wanted:
        differing = [name for name in TABLES if found.rows.get(name) != wanted.rows.get(name)] or list(TABLES)
        raise StoreError(f"what was copied is not what was there ({', '.join(differing)}); nothing was kept")
    return found


def clear(target: sa.Connection) -> None:
    """Remove every table of ours."""
    for name in ("schema_version", *reversed(TABLES)):
        target.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def counts(connection: sa.Connection) -> dict[str, int]:
    """Rows by table; without those that are not there."""
    return {
        name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() or 0)
        for name in _there(connection)
    }


def _without_haste(connection: sa.Connection) -> None:
    """A server must not end our session while the other database is at work."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _there(connection: sa.Connection) -> tuple[str, ...]:
    found = frozenset(sa.inspect(connection).get_table_names())
    return tuple(name for name in TABLES if name in found)


def _pages(connection: sa.Connection, name: str) -> tuple[list[str], Iterator[Sequence[sa.Row[Any]]]]:
    """The columns of a table, and its rows by the page: never more of them in memory."""
    size = 1 if name in SINGLY else PAGE
    options = {"stream_results": True, "yield_per": size}
    # For this statement alone: a connection would keep them.
    rows = connection.execute(sa.text(f"SELECT * FROM {name}"), execution_options=options)
    return list(rows.keys()), rows.partitions()


def _carry(source: sa.Connection, target: sa.Connection, name: str) -> None:
    columns, pages = _pages(source, name)
    truths = _truths(name)
    put = sa.table(name, *(sa.column(column) for column in columns)).insert()
    for page in pages:
        target.execute(put, [_row(columns, row, truths) for row in page])


def _row(columns: Sequence[str], row: Sequence[Any], truths: frozenset[str]) -> dict[str, Any]:
    return {name: _kept(value, name in truths) for name, value in zip(columns, row, strict=True)}


def _kept(value: Any, is_truth: bool) -> Any:
    """As both kinds of database can keep it: PostgreSQL has no text with a zero in it."""
    if isinstance(value, str):
        return value.replace("\0", ZERO)
    return bool(value) if is_truth and value is not None else value


def _truths(name: str) -> frozenset[str]:
    """Columns that are true or false; SQLite keeps them as numbers."""
    table = schema.metadata.tables[name]
    return frozenset(column.name for column in table.c if isinstance(column.type, sa.Boolean))


def _count_on(target: sa.Connection) -> None:
    """New rows are numbered on from the highest that was brought along."""
    for name in _there(target):
        if "id" in schema.metadata.tables[name].c:
            target.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                f"(SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
            )


def summed(connection: sa.Connection) -> Moved:
    """Counts, and a digest that does not depend on the kind of database."""
    counts: dict[str, int] = {}
    total = hashlib.sha256()
    for name in _there(connection):
        # Added up, as the rows have no order that both databases agree on.
        count, added = 0, 0
        for line in _lines(connection, name):
            count, added = count + 1, (added + int.from_bytes(line, "big")) % (1 << 256)
        counts[name] = count
        total.update(f"{name} {count} {added:064x}\n".encode())
    return Moved(counts, total.hexdigest())


def _lines(connection: sa.Connection, name: str) -> Iterator[bytes]:
    columns, pages = _pages(connection, name)
    truths = _truths(name)
    for page in pages:
        for row in page:
            values = {key: _plain(value) for key, value in _row(columns, row, truths).items()}
            yield hashlib.sha256(json.dumps(values, sort_keys=True).encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return value


def as_copy(source: sa.Connection, folder: Path) -> Path:
    """A file of SQLite's with everything in it, as a scheduler's own database in `folder`."""
    target = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from None
    _write(source, target)
    return target


def as_file(source: sa.Connection, target: Path, now: datetime | None) -> Path:
    """A backup: a file of SQLite's with everything in it, that says of itself that it is a copy."""
    backup.make(target.parent)
    with backup.becoming(target) as unfinished:
        _write(source, unfinished)
        backup.mark(unfinished, target.name, now, of=target)
    return target


def _write(source: sa.Connection, target: Path) -> None:
    with of_file(target) as connection:
        migrations.migrate(connection, 0, migrations.version(source))
        fill(source, connection)
    require_whole(target)


def require_whole(path: Path) -> None:
    """Raise StoreError where a file of SQLite's is damaged."""
    try:
        with closing(sqlite3.connect(path)) as made:
            said = made.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(trouble.words(error, path)) from None
    if said != "ok":
        raise StoreError(trouble.damaged(path))


@contextmanager
def of_file(path: Path) -> Iterator[sa.Connection]:
    """One transaction on a file of SQLite's, which nobody else writes to meanwhile; committed at its end or
    not at all. Raises StoreError.
    """
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=sa.pool.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise  # of the other database
        raise StoreError(trouble.words(error, path)) from None
    finally:
        engine.dispose()
