"""How each connection to a PostgreSQL server begins: what it must be, what is set, which server it is."""

from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.store import presence
from scheduler.store.place import Cluster

OLDEST = 140000
"""PostgreSQL 14: the oldest that ends a session of a machine that has gone silent (idle_session_timeout)."""

ARGUMENTS: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "awareness-scheduler",
    # A server that is gone without a word is noticed within seconds.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

SETTINGS = {
    "TimeZone": "UTC",
    # A machine that was stopped or cut off in mid-transaction must not keep its locks.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "30s",
    "statement_timeout": "60s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "client_min_messages": "error",
}

_ASKED = """
    SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),
        current_setting('transaction_read_only'), current_setting('fsync'),
        current_setting('server_encoding')
"""
_PLACE = """
    SELECT (SELECT system_identifier::text FROM pg_control_system()),
        (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
        to_regclass('deliveries')::oid::bigint,
        ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint,
        pg_postmaster_start_time()::text
"""


def begin(connection: Any, where: str, *, alone: bool = False) -> None:
    """Set the session up. Raises StoreError where nothing may be kept on this server, LockError where it is
    to be `alone` and somebody else has a session too.
    """
    before, connection.autocommit = connection.autocommit, True
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ASKED)
            _require(where, *cursor.fetchone())
            for name, value in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
            # What is committed must be on the disk, here and where a standby is waited for.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
            )
            presence.join(cursor, where, alone=alone)
    finally:
        connection.autocommit = before


def _require(where: str, version: int, is_standby: bool, read_only: str, fsync: str, encoding: str) -> None:
    if version < OLDEST:
        raise StoreError(f"{where}: PostgreSQL {version // 10000} is too old; 14 or newer is needed")
    if is_standby:
        raise StoreError(
            f"{where}: this is a standby, which only reads; name the primary server in config.yaml (store), "
            "nothing is sent meanwhile"
        )
    if read_only == "on":
        raise StoreError(f"{where}: this user may only read there; give it the right to write")
    if fsync != "on":
        raise StoreError(
            f"{where}: the server does not keep what it has confirmed (fsync is off); switch it on"
        )
    if encoding != "UTF8":
        raise StoreError(f"{where}: the database is kept in {encoding}; make one with the encoding UTF8")


def place(connection: sa.Connection) -> tuple[Cluster, str]:
    """Which server, database and table the connection leads to, and when that server was started."""
    return _place(*connection.exec_driver_sql(_PLACE).one())


def place_of(connection: Any) -> tuple[Cluster, str]:
    """As `place`, of a connection that is not SQLAlchemy's yet."""
    before, connection.autocommit = connection.autocommit, True
    try:
        return _place(*connection.execute(_PLACE).fetchone())
    finally:
        connection.autocommit = before


def _place(system: str, database: int, table: int | None, timeline: int, started: str) -> tuple[Cluster, str]:
    return Cluster(system, database, table or 0, timeline), started
