"""A PostgreSQL server of the benchmark's own: made anew, on this machine alone, gone afterwards; fsync is on.

SCHEDULER_POSTGRES_BIN names the folder of PostgreSQL's programs where they are in none of the usual places.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

USER, DATABASE = "scheduler", "postgres"
USUAL = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    # What a small server of this kind is given; everything that keeps data safe stays as it is delivered.
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
}


def programs() -> Path:
    """The folder with initdb and pg_ctl. Raises FileNotFoundError where there is none."""
    if named := os.environ.get("SCHEDULER_POSTGRES_BIN"):
        return Path(named)
    found = [path for pattern in USUAL for path in Path("/").glob(pattern[1:])]
    if found:
        return max(found, key=lambda path: [int(one) for one in path.parent.name.split(".") if one.isdigit()])
    if (known := shutil.which("pg_ctl")) is not None:
        return Path(known).resolve().parent
    raise FileNotFoundError("PostgreSQL's programs are not here; install its server, or see this page's top")


def disks() -> dict[str, Path]:
    """Where servers are measured: on the usual disk, and in memory where that is a place of its own."""
    memory = Path("/dev/shm")
    usual = Path(os.environ.get("TMPDIR", "/var/tmp"))
    return {"disk": usual, **({"memory": memory} if memory.is_dir() else {})}


@dataclass(frozen=True)
class Server:
    """A running server; each benchmark works in a schema of its own."""

    port: int
    pid: int

    def url(self, schema: str) -> str:
        """The address of a schema, which is made where it is missing."""
        plain = sa.URL.create("postgresql+psycopg", USER, host="127.0.0.1", port=self.port, database=DATABASE)
        self.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        options = {"options": f"-csearch_path={schema}"}
        return plain.update_query_dict(options).render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        import psycopg

        where = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": DATABASE}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            for statement in statements:
                connection.execute(statement.encode())

    def explained(self, schema: str, name: str, text: str) -> list[str]:
        """The plan that the server keeps for a statement with $1, $2 …, whatever their values."""
        import psycopg

        where = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": DATABASE}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(
                f"SET search_path TO {schema}; SET plan_cache_mode = force_generic_plan".encode()
            )
            connection.execute(f"PREPARE {name} AS {text}".encode())
            found = connection.execute(
                "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s", (name,)
            ).fetchone()
            count = int(found[0]) if found else 0
            values = f"({', '.join(['NULL'] * count)})" if count else ""
            return [row[0] for row in connection.execute(f"EXPLAIN EXECUTE {name}{values}".encode())]

    def cpu(self) -> float:
        """Seconds of CPU the server has used: its processes at work and those that are over."""
        tick = os.sysconf("SC_CLK_TCK")
        own = _times(self.pid)
        children = (_times(pid)[:2] for pid in _children(self.pid))
        return (sum(own) + sum(map(sum, children))) / tick


def _times(pid: int) -> Sequence[int]:
    """User and system time of a process, then of its children that have ended; in ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return (0, 0, 0, 0)
    return [int(field) for field in fields[11:15]]


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _as_user() -> list[str]:
    """The server refuses to run as root."""
    if os.name != "posix" or os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _do(folder: Path, *command: str) -> None:
    with (folder / "said").open("ab") as said:
        made = subprocess.run(
            [*_as_user(), *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    if made.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {(folder / 'said').read_text()[-500:]}")


@contextmanager
def server(place: Path, **settings: str) -> Iterator[Server]:
    """A server with its data in a new folder of `place`, while the block runs."""
    folder = place / f"scheduler-benchmark-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        if _as_user():
            shutil.chown(folder, "postgres")
        tools, data = programs(), folder / "data"
        _do(folder, str(tools / "initdb"), "-D", str(data), "-A", "trust", "-U", USER, "-E", "UTF8")
        port = _free_port()
        chosen = {**SETTINGS, "port": str(port), "unix_socket_directories": str(folder), **settings}
        options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        log = str(folder / "log")
        _do(folder, str(tools / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "start")
        try:
            yield Server(port, int((data / "postmaster.pid").read_text().split()[0]))
        finally:
            _do(folder, str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> None:
    """Run a server until standard input closes, and say its address: for a look by hand."""
    with server(next(iter(disks().values()))) as one:
        print(one.url("public"), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
