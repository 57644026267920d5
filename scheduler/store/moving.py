"""The whole store from one database into another: every row of every table, then compared."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
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


@dataclass(frozen=True)
class Moved:
    """What was carried over: rows by table, and one SHA-256 over everything."""

    rows: Mapping[str, int]
    digest: str


def fill(source: sa.Connection, target: sa.Connection) -> Moved:
    """Copy every row into the target's empty tables, and compare. Raises StoreError where they differ."""
    for name in TABLES:
        if name in _there(source):
            _carry(source, target, name)
    if target.dialect.name == "postgresql":
        _count_on(target)
    found, wanted = summed(target), summed(source)
    if found != wanted:
        differing = [name for name in TABLES if found.rows.get(name) != wanted.rows.get(name)] or list(TABLES)
        raise StoreError(f"what was copied is not what was there ({', '.join(differing)}); nothing was kept")
    return found


def _there(connection: sa.Connection) -> frozenset[str]:
    return frozenset(sa.inspect(connection).get_table_names())


def _carry(source: sa.Connection, target: sa.Connection, name: str) -> None:
    rows = source.execution_options(stream_results=True).exec_driver_sql(f"SELECT * FROM {name}")
    columns = list(rows.keys())
    truths = _truths(name)
    put = sa.table(name, *(sa.column(column) for column in columns)).insert()
    for page in rows.partitions(1 if name in SINGLY else PAGE):
        target.execute(put, [_row(columns, row, truths) for row in page])


def _row(columns: Sequence[str], row: Sequence[Any], truths: frozenset[str]) -> dict[str, Any]:
    return {
        name: bool(value) if name in truths and value is not None else value
        for name, value in zip(columns, row, strict=True)
    }


def _truths(name: str) -> frozenset[str]:
    """Columns that are true or false; SQLite keeps them as numbers."""
    table = schema.metadata.tables[name]
    return frozenset(column.name for column in table.c if isinstance(column.type, sa.Boolean))


def _count_on(target: sa.Connection) -> None:
    """New rows are numbered on from the highest that was brought along."""
    for name in TABLES:
        if "id" in schema.metadata.tables[name].c:
            target.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                f"(SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
            )


def summed(connection: sa.Connection) -> Moved:
    """Counts, and a digest that does not depend on the kind of database."""
    counts: dict[str, int] = {}
    total = hashlib.sha256()
    for name in TABLES:
        if name not in _there(connection):
            continue
        # Added up, as the rows have no order that both databases agree on.
        count, added = 0, 0
        for line in _lines(connection, name):
            count, added = count + 1, (added + int.from_bytes(line, "big")) % (1 << 256)
        counts[name] = count
        total.update(f"{name} {count} {added:064x}\n".encode())
    return Moved(counts, total.hexdigest())


def _lines(connection: sa.Connection, name: str) -> Iterator[bytes]:
    rows = connection.execution_options(stream_results=True).exec_driver_sql(f"SELECT * FROM {name}")
    columns, truths = list(rows.keys()), _truths(name)
    for page in rows.partitions(1 if name in SINGLY else PAGE):
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
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(target)))
    try:
        with engine.begin() as connection:
            migrations.migrate(connection, 0, migrations.version(source))
            fill(source, connection)
        with closing(sqlite3.connect(target)) as made:
            if made.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise StoreError(trouble.damaged(target))
    except sa.exc.DBAPIError as error:
        raise StoreError(trouble.words(error, target)) from None
    finally:
        engine.dispose()
