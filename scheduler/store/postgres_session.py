"""How each connection to a PostgreSQL server begins: what it must be, what is set, which server it is."""

from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.store import postgres_trouble, presence
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
    # Once it has prepared statements, the driver drops all there are at a rollback, those of `wire` too.
    "prepare_threshold": None,
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
_SESSION = "SELECT pg_backend_pid()"
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
            _require_own_session(connection, cursor, where)
            for name, value in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
            # What is committed must be on the disk, here and where a standby is waited for.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
            )
            presence.join(cursor, where, alone=alone)
    except BaseException:
        connection.close()
        raise
    connection.autocommit = before


def plan_once(connection: Any) -> None:
    """For the steps of deliveries: each is the same search every time, so a statement is planned once. Made
    while the tables are still empty, a plan must not read them from end to end for ever after.
    """
    before, connection.autocommit = connection.autocommit, True
    try:
        connection.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)")
        connection.execute("SELECT set_config('enable_seqscan', 'off', false)")
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


def _require_own_session(connection: Any, cursor: Any, where: str) -> None:
    """Settings and locks of ours are a session's, so that a pooler must not give it to others in between.

    Without a pooler the server has told the session's number when it began.
    """
    if _number(cursor) == connection.info.backend_pid:
        return
    address, password = connection.info.dsn, connection.info.password
    with type(connection).connect(address, password=password, autocommit=True) as another:
        others = another.cursor()
        theirs = {_number(others), _number(others)}
        ours = {_number(cursor), _number(cursor)}
    if len(ours) > 1 or len(theirs) > 1 or ours == theirs:
        raise StoreError(f"{where}: {postgres_trouble.POOLED}")


def _number(cursor: Any) -> int:
    found: int = cursor.execute(_SESSION).fetchone()[0]
    return found


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
