"""What PostgreSQL says when it cannot go on, as one sentence with what to do."""

from typing import Any

import sqlalchemy as sa

BY_STATE = (
    ("28", "the server does not let this user in; mend the user in config.yaml (store) or the password"),
    ("3D", "there is no database of this name; make it with `createdb`, or mend config.yaml (store)"),
    ("42501", "the user lacks a right there; give it the rights to use and create in its schema"),
    ("42P01", "tables are missing; another program has changed this database; restore a backup"),
    ("42703", "columns are missing; another program has changed this database; restore a backup"),
    ("53300", "the server has no connection left; raise its max_connections or close other programs"),
    ("53100", "the server's disk is full; free some space there, nothing was sent meanwhile"),
    ("53", "the server lacks what it needs to go on; look at its log, nothing was sent meanwhile"),
    ("25006", "the server only reads at present; name the primary server, nothing was sent meanwhile"),
    ("25P03", "the server ended our session, as this machine stood still; it is tried again"),
    ("25P02", "the server gave up the transaction; it is tried again"),
    ("40", "two machines wanted the same at once; it is tried again"),
    ("55P03", "another machine kept the database busy for too long; look whether one of them stands still"),
    ("57014", "the server took too long to answer; look at its load"),
    ("57", "the server is stopping, starting or restarting; it is tried again, nothing was sent meanwhile"),
    ("58", "the server reported an error of its disk or its program; look at its log"),
    ("XX", "the server reported an error of its own; look at its log, and if needed restore a backup"),
    (
        "08",
        "the server cannot be reached, nothing was sent meanwhile; look whether it runs, and at host and "
        "port in config.yaml (store)",
    ),
)
"""By the beginning of SQLSTATE (PostgreSQL's documentation, appendix A); the first that fits counts."""

BY_WORDS = (
    ("password authentication failed", BY_STATE[0][1]),
    ("no password supplied", "the server asks for a password; put STORE_PASSWORD=… into .env"),
    ("pg_hba.conf rejects", "the server does not let this machine in; ask for a line in its pg_hba.conf"),
    ("no pg_hba.conf entry", "the server does not let this machine in; ask for a line in its pg_hba.conf"),
    ("does not exist", BY_STATE[1][1]),
    ("permission denied", BY_STATE[2][1]),
    ("too many", BY_STATE[5][1]),
    ("starting up", BY_STATE[14][1]),
    ("shutting down", BY_STATE[14][1]),
    (
        "unsupported startup parameter",
        "the pooler in between does not let `options` through; set the user's search_path on the server",
    ),
    ("failed to resolve host", "there is no server of this name; mend config.yaml (store)"),
    ("could not translate host name", "there is no server of this name; mend config.yaml (store)"),
    ("name or service not known", "there is no server of this name; mend config.yaml (store)"),
    ("certificate", "the server's certificate is not the one to expect; look at sslmode and sslrootcert"),
)
"""Of failures before a session has begun, which carry no SQLSTATE."""

POOLED = (
    "a connection pooler there gives each transaction another session; set it to work in session mode, or "
    "name the server itself in config.yaml (store)"
)
BY_POOLER = "pooling mode"
"""What PgBouncer says, as if the connection had failed, where it is to give one session to each statement."""

UNREACHABLE = BY_STATE[-1][1]


def words(error: BaseException, where: str) -> str:
    """A database error as one sentence with what to do; `where` names the server and the database."""
    cause = getattr(error, "orig", None) or error
    if BY_POOLER in str(cause):
        return f"{where}: {POOLED}"
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        for sign, advice in BY_STATE:
            if state.startswith(sign):
                return f"{where}: {advice}"
        return f"{where}: the database refused ({state}): {_first_line(cause)}"
    said = str(cause).lower()
    for sign, advice in BY_WORDS:
        if sign in said:
            return f"{where}: {advice}"
    return f"{where}: {UNREACHABLE}"


def _first_line(error: Any) -> str:
    return str(error).partition("\n")[0]


def named(url: sa.URL) -> str:
    """The database in words, without a password: PostgreSQL db.example/campaign."""
    if service := url.query.get("service"):
        return f"PostgreSQL service {service}"
    host = url.host or "this machine"
    port = f":{url.port}" if url.port is not None else ""
    return f"PostgreSQL {host}{port}/{url.database or ''}"
