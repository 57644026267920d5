"""For every test: only this machine may be reached. And what is left out is said at the end of each run."""

import gc
import ipaddress
import multiprocessing.util
import os
import shutil
import socket
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from tests import made_once
from tests.thorough import THOROUGH, examples

# How long an example takes says more about the machine's load than about the program.
settings.register_profile("unhurried", deadline=None, max_examples=examples(100))
settings.load_profile("unhurried")

# To compile the tests, and the program in each of the processes they start, is a third of a run: what was
# compiled is kept (git ignores it), also where the machine is set up not to.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Thousands of small databases are secured on the disk, which is half of a run where the disk is slow. At a
# desk their folders lie in memory, a file system as any other; in CI they lie on a disk, as in service.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
if not THOROUGH and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


LEFT_OUT = {
    "SCHEDULER_CHROMIUM": "browser tests left out: set SCHEDULER_CHROMIUM to Chromium's path",
    "SCHEDULER_NODE": "tests with a real Bluesky server left out: set SCHEDULER_NODE to what "
    "tests/real/pds/set-up prints",
    "SCHEDULER_POSTGRES": "tests with a real PostgreSQL server left out: set SCHEDULER_POSTGRES to what "
    "tests/real/postgres/set-up prints",
}
OF_THE_OTHER_ROUND = pytest.StashKey[int]()
LONG = pytest.StashKey[int]()


def pytest_collection_modifyitems(config, items):
    """What needs a server that nobody named is not among the tests, nor is what the other round is about;
    nor, at a desk, what takes long.
    """
    _leave_out_servers(config, items)
    if not THOROUGH:
        there = len(items)
        items[:] = [item for item in items if not any(item.iter_markers("long")) or _is_named(config, item)]
        config.stash[LONG] = there - len(items)


def _is_named(config, item):
    """Whether somebody asked for this very test or its file: nobody should wonder where it is."""
    _, _, name = item.nodeid.partition("::")
    for argument in config.args:
        path, _, asked = str(argument).partition("::")
        if Path(config.invocation_params.dir, path) == item.path and (
            not asked or name == asked or name.startswith((f"{asked}::", f"{asked}["))
        ):
            return True
    return False


def pytest_collection_finish():
    """Thousands of tests stay where they are: they need not be looked through for garbage again and again,
    nor what they leave behind as often as in a program that lives for months.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_sessionfinish(session):
    """With several workers it is they who leave tests out, and another process that says so."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["long"] = session.config.stash.get(LONG, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Every worker has left out the same tests."""
    if left_out := getattr(node, "workeroutput", {}).get("long"):
        node.config.stash[LONG] = left_out


def _leave_out_servers(config, items):
    from tests import postgres

    there = len(items)
    if not postgres.is_named():
        if postgres.on_a_server():
            raise pytest.UsageError(
                "SCHEDULER_ON=postgresql needs SCHEDULER_POSTGRES: the address of a server"
            )
        items[:] = [item for item in items if item.get_closest_marker("a_server") is None]
        return
    if postgres.on_a_server():
        items[:] = [item for item in items if not any(item.iter_markers("a_file"))]
        items[:] = [item for item in items if not any(item.iter_markers("a_server"))]
        config.stash[OF_THE_OTHER_ROUND] = there - len(items)


def pytest_terminal_summary(terminalreporter):
    """At the end, because the quiet run of `make test` has no heading."""
    for variable, words in LEFT_OUT.items():
        if not os.environ.get(variable):
            terminalreporter.write_line(words)
    if number := terminalreporter.config.stash.get(LONG, 0):
        terminalreporter.write_line(
            f"{number} long tests left out: set SCHEDULER_THOROUGH=1 to run them too, as CI does"
        )
    if number := terminalreporter.config.stash.get(OF_THE_OTHER_ROUND, 0):
        terminalreporter.write_line(f"{number} tests are of the round without SCHEDULER_ON=postgresql")


@cache
def _invited():
    """The numbers of a server that somebody named for tests/real; otherwise nobody's."""
    host = urlsplit(os.environ.get("MASTODON_TEST_URL", "")).hostname
    return {found[4][0] for found in socket.getaddrinfo(host, None)} if host else set()


def _is_here(address):
    """Loopback addresses and their names; anything but an internet address (a Unix socket) is here too."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in ("", "localhost") or host in _invited():
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def only_this_machine():
    """A connection to anywhere else fails the test, also where the program would have caught the error."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_place_for_locks(tmp_path_factory):
    """Locks on accounts lie in the system's temporary folder; two test sessions must not meet there."""
    # Python's own folder for processes is needed until this process ends, longer than ours.
    multiprocessing.util.get_temp_dir()
    folder = tmp_path_factory.mktemp("locks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_built_once():
    """A test run opens thousands of databases, and SQLAlchemy builds the same SQL anew for each."""
    from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
    from sqlalchemy.engine.base import Engine
    from sqlalchemy.util import LRUCache

    built = LRUCache(2000)
    made = Engine.__init__

    def with_what_was_built(self, *arguments, **options):
        made(self, *arguments, **options)
        self._compiled_cache = built

    with pytest.MonkeyPatch.context() as patch:
        # It is the dialect by which a statement is found again, and all of ours are alike.
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda self, other: type(self) is type(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda self: hash(type(self)))
        patch.setattr(Engine, "__init__", with_what_was_built)
        yield


@pytest.fixture(scope="session", autouse=True)
def stores_on_a_server():
    """With SCHEDULER_ON=postgresql the same tests run on a real server, a schema for each data folder."""
    from tests import postgres

    with pytest.MonkeyPatch.context() as patch:
        if postgres.on_a_server():
            patch.setattr("scheduler.store.databases.opened", postgres.opened)
        yield
        if postgres.MADE:
            postgres.run(*(f"DROP SCHEMA IF EXISTS {name} CASCADE" for name in postgres.MADE))


@pytest.fixture(scope="session", autouse=True)
def made_but_once(tmp_path_factory):
    """To make a database's tables and to draw the same few cards would be half of what the tests cost."""
    # A worker's folder lies in that of the run, which all workers share.
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "cards"
    with made_once.databases(tmp_path_factory.mktemp("made")), made_once.cards(shared):
        yield


@pytest.fixture(autouse=True)
def accounts_let_go():
    """An engine that a test leaves open holds its accounts until its process ends; the next test's server may
    stand at the same port.
    """
    yield
    locking = sys.modules.get("scheduler.store.locking")
    while locking is not None and locking._HELD:
        for identity in tuple(locking._HELD):
            locking.AccountLock(identity).close()


def _guarded(connect):
    def guarded(self, address):
        if not _is_here(address):
            pytest.fail(f"a test tried to reach {address[0]}: tests talk to this machine alone")
        return connect(self, address)

    return guarded
