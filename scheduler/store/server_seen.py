"""A look at a PostgreSQL server that changes nothing: how far it can be relied on, for `doctor`."""

import time
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scheduler.errors import StoreError
from scheduler.store import migrations, postgres, postgres_session, postgres_trouble

_ASKED = """
    SELECT current_setting('server_version'), pg_database_size(current_database()),
        coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
        inet_server_addr() IS NULL OR inet_client_addr() = inet_server_addr(),
        current_setting('synchronous_standby_names') <> '',
        (SELECT count(*) FROM pg_stat_replication)
"""


@dataclass(frozen=True)
class ServerSeen:
    """`version` of our tables is 0 where there are none. `clock` is the server's at the moment of asking,
    `answered` how long an answer takes (s); `standbys` only those that this user may see.
    """

    where: str
    server: str
    size: int
    version: int
    answered: float
    clock: datetime
    is_encrypted: bool
    is_here: bool
    waits_for_standby: bool
    standbys: int


def look(url: sa.URL) -> ServerSeen:
    """Raises StoreError where the server cannot be used, or says that nobody may work with what is there."""
    where = postgres_trouble.named(url)
    engine = sa.create_engine(url, connect_args=postgres_session.ARGUMENTS, poolclass=sa.pool.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: object, _record: object) -> None:
        postgres_session.begin(connection, where)

    try:
        with engine.connect() as connection:
            start = time.monotonic()
            clock = postgres.read_clock(connection)
            answered = time.monotonic() - start
            server, size, ssl, here, waits, standbys = connection.exec_driver_sql(_ASKED).one()
            version = migrations.version(connection)
    except DBAPIError as error:
        raise StoreError(postgres_trouble.words(error, where)) from None
    finally:
        engine.dispose()
    first = server.partition(" ")[0]
    return ServerSeen(where, first, size, version, answered, clock, ssl, here, waits, standbys)
