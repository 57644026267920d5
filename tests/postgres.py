"""The same tests on a real PostgreSQL server: each data folder is a schema of its own there.

SCHEDULER_POSTGRES names the server (tests/real/postgres/set-up prints it); SCHEDULER_ON=postgresql makes each
store that a test opens in a folder one on that server.
"""

import hashlib
import os
from pathlib import Path

import sqlalchemy as sa

from scheduler.store import databases

SERVER = "SCHEDULER_POSTGRES"
MADE = set()


def on_a_server():
    """Whether stores are opened on the server."""
    return os.environ.get("SCHEDULER_ON") == "postgresql"


def schema_of(folder):
    """The name of the schema that stands for a data folder."""
    return "t" + hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:24]


def url_of(folder):
    """The address of that schema, which is made where it is missing."""
    server, name = os.environ[SERVER], schema_of(folder)
    if name not in MADE:
        MADE.add(name)
        run(f"CREATE SCHEMA IF NOT EXISTS {name}")
    return sa.make_url(server).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(False)


def run(*statements):
    """Carry out statements on the server."""
    engine = sa.create_engine(os.environ[SERVER], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def opened(folder, url=None, create=True):
    """As databases.opened, on the server."""
    return plainly_opened(folder, url or url_of(folder), create)


plainly_opened = databases.opened
