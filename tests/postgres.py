"""The same tests on a real PostgreSQL server: each data folder is a schema of its own there.

SCHEDULER_POSTGRES names the server (tests/real/postgres/set-up prints it); SCHEDULER_ON=postgresql makes each
store that a test opens in a folder one on that server.
"""

import hashlib
import os
import threading
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from scheduler.store import databases, migrations, moving, schema

SERVER = "SCHEDULER_POSTGRES"
MADE, MAKING = set(), threading.Lock()


def is_named():
    """Whether there is a server to test with."""
    return bool(os.environ.get(SERVER))


def on_a_server():
    """Whether stores are opened on the server."""
    return os.environ.get("SCHEDULER_ON") == "postgresql"


def schema_of(folder):
    """The name of the schema that stands for a data folder."""
    return "t" + hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:24]


def url_of(folder):
    """The address of that schema, which is made where it is missing."""
    server, name = os.environ[SERVER], schema_of(folder)
    with MAKING:
        if name not in MADE:
            run(f"CREATE SCHEMA IF NOT EXISTS {name}")
            MADE.add(name)
    return sa.make_url(server).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(False)


def run(*statements):
    """Carry out statements on the server."""
    engine = sa.create_engine(os.environ[SERVER], isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


@contextmanager
def connected(folder):
    """A transaction in a data folder's schema, as somebody has it who works with any tool for databases."""
    engine = sa.create_engine(url_of(folder))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def change(folder, *statements):
    """Carry out statements in a data folder's schema."""
    with connected(folder) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def without_rules(folder, *statements):
    """As `change`, of what the rules keep: they are away meanwhile and stand there again afterwards."""
    with connected(folder) as connection:
        query = "SELECT tablename, rulename, definition FROM pg_rules WHERE schemaname = current_schema()"
        rules = connection.exec_driver_sql(query).all()
        for table, name, _ in rules:
            connection.exec_driver_sql(f"DROP RULE {name} ON {table}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        for _, _, definition in rules:
            connection.exec_driver_sql(definition)


def copied(source, target):
    """Everything of one data folder's schema in another one's, as by pg_dump and pg_restore."""
    with connected(target) as connection:
        for table in schema.metadata.sorted_tables:
            there = f"{schema_of(source)}.{table.name}"
            connection.exec_driver_sql(f"CREATE TABLE {table.name} (LIKE {there} INCLUDING ALL)")
            connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM {there}")
        moving._count_on(connection)
        migrations.guard(connection)


def put_back(folder, file):
    """A backup in a data folder's schema, in place of whatever is there."""
    plainly_opened(folder, url_of(folder)).close()
    source = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    with source.connect() as kept, connected(folder) as connection:
        names = ", ".join(moving.TABLES)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        moving.fill(kept, connection)
    source.dispose()


def opened(folder, url=None, create=True):
    """As databases.opened, on the server."""
    return plainly_opened(folder, url or url_of(folder), create)


plainly_opened = databases.opened
