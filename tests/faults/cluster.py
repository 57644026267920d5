"""A PostgreSQL server of a test's own: it may be stopped, killed, frozen, copied and promoted.

with Cluster() as server:
    server.restart("immediate")
    standby = server.standby()

Its programs are where SCHEDULER_POSTGRES_BIN says, else where Debian and others put them. PostgreSQL refuses
to run as root, so as root it is run as the user `postgres`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import sqlalchemy as sa

BIN = "SCHEDULER_POSTGRES_BIN"
PLACES = (
    "/usr/lib/postgresql",
    "/usr/pgsql-*",
    "/opt/homebrew/opt/postgresql*",
    "/usr/local/opt/postgresql*",
)
USER, DATABASE = "scheduler", "campaign"
SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "16MB",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "wal_keep_size": "64MB",
}


def programs():
    """The folder of PostgreSQL's programs; None where there are none."""
    named = os.environ.get(BIN)
    found = [Path(named)] if named else []
    for place in PLACES:
        parent, _, pattern = place.rpartition("/")
        found += sorted(Path(parent).glob(f"{pattern}/bin"), reverse=True)
        found += sorted(Path(parent).glob(f"{pattern}/*/bin"), key=_version, reverse=True)
    return next((one for one in found if (one / "pg_ctl").exists()), None)


def _version(folder):
    return float(folder.parent.name) if folder.parent.name.replace(".", "", 1).isdigit() else 0.0


def a_folder(prefix):
    """A folder for a server: in memory where the system has one, and its user's own."""
    shared = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=shared if os.access(shared, os.W_OK) else None))
    if os.geteuid() == 0:
        shutil.chown(made, "postgres")
    return made


def as_its_user(*command):
    """The words that run a command as somebody whom PostgreSQL lets run it."""
    if os.geteuid() != 0:
        return list(map(str, command))
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """One server; `url` leads to its database. It has `settings`; `lines` of pg_hba.conf say who is
    let in besides this machine itself.
    """

    def __init__(self, settings=None, port=None, lines=()):
        self.bin = programs()
        assert self.bin is not None, f"no PostgreSQL here: name the folder of its programs in {BIN}"
        self.folder = a_folder("faults-postgres-")
        self.data, self.port = self.folder / "data", port or free_port()
        self.settings = {**SETTINGS, **(settings or {})}
        self._standbys, self._lines = [], lines

    def __enter__(self):
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-N")
        with (self.data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self._lines)
        self.start()
        self.execute(f"CREATE DATABASE {DATABASE}", database="postgres")
        return self

    def __exit__(self, *error):
        for standby in self._standbys:
            standby.__exit__()
        with contextlib.suppress(AssertionError):
            self.thaw()
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return self.at(self.port)

    def at(self, port, host="127.0.0.1"):
        """The address of its database by way of another port, such as a proxy's."""
        return f"postgresql+psycopg://{USER}@{host}:{port}/{DATABASE}"

    def schema(self, name, port=None):
        """The address of a schema of that name, which is made where it is missing."""
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        address = sa.make_url(self.at(port or self.port)).update_query_dict(
            {"options": f"-csearch_path={name}"}
        )
        return address.render_as_string(hide_password=False)

    def start(self):
        options = {
            "listen_addresses": "127.0.0.1",
            **self.settings,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run(
            "pg_ctl", "-D", self.data, "-o", words, "-l", self.folder / "log", "-w", "-t", "60", "start"
        )

    def stop(self, how="fast"):
        """`fast` ends every session first; `immediate` stops without another word, as a power cut does."""
        self._run("pg_ctl", "-D", self.data, "-m", how, "-w", "-t", "60", "stop")

    def restart(self, how="fast", away=0.0):
        self.stop(how)
        time.sleep(away)
        self.start()

    def execute(self, statement, database=DATABASE):
        with psycopg.connect(self._conninfo(database), autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def _conninfo(self, database):
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database} connect_timeout=10"

    def sessions(self):
        """The process ids of our programs' sessions on the server."""
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'awareness-scheduler'"
        return [pid for (pid,) in self.execute(query)]

    def cut_sessions(self):
        """End every session of our programs, as an administrator may."""
        for pid in self.sessions():
            self.execute(f"SELECT pg_terminate_backend({pid})")

    def freeze(self):
        """A server that is half alive: its sessions stand still, and new ones are let in and not answered."""
        for pid in (*_children(self._postmaster()), self._postmaster()):
            _signal(pid, signal.SIGSTOP)

    def freeze_sessions(self):
        """New sessions are welcome; those under way stand still."""
        for pid in self.sessions():
            _signal(pid, signal.SIGSTOP)

    def thaw(self):
        with contextlib.suppress(OSError):
            for pid in (self._postmaster(), *_children(self._postmaster())):
                _signal(pid, signal.SIGCONT)

    def _postmaster(self):
        return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    # A standby

    def standby(self):
        """A copy that follows this server, asynchronously, until it is promoted."""
        made = Cluster(self.settings)
        source = self._conninfo("postgres").replace("dbname=postgres ", "")
        self._run(
            "pg_basebackup", "-d", source, "-D", made.data, "-R", "-X", "stream", "-c", "fast", "--no-sync"
        )
        made.start()
        self._standbys.append(made)
        wait_until(lambda: self.execute("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"), 30)
        return made

    def wait_for_standby(self):
        """Until it has everything that is committed here."""
        query = "SELECT pg_current_wal_lsn() <= replay_lsn FROM pg_stat_replication"
        wait_until(lambda: self.execute(query) == [(True,)], 30)

    def fall_behind(self):
        """This standby hears nothing any more of what is committed."""
        self.execute("ALTER SYSTEM SET primary_conninfo = ''", database="postgres")
        self.execute("SELECT pg_reload_conf()", database="postgres")
        wait_until(lambda: not self.execute("SELECT 1 FROM pg_stat_wal_receiver", database="postgres"), 30)

    def promote(self):
        """The standby takes over, with what it has."""
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "promote")

    def _run(self, name, *words):
        done = subprocess.run(
            as_its_user(self.bin / name, *words),
            stdin=subprocess.DEVNULL,
            # The server it starts goes on with these: a pipe would never end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{name} ended with {done.returncode}; see {self.folder / 'log'}"


def _children(pid):
    """The processes that a server has for its sessions and chores."""
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()))


def _signal(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until(met, seconds):
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "the server did not come so far"
        time.sleep(0.02)
