"""A server that cannot be used: one line says what is wrong and what to do, and nothing is sent."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest
import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.store import Store, migrations, postgres_session
from tests.faults.cluster import Cluster, as_its_user, free_port, programs, wait_until
from tests.store.kit import MINUTE, NOON, delivery, policy, prepared

pytestmark = pytest.mark.a_server

SECRET = "canary-rose-water"
HBA = """
local all all trust
host all stranger 127.0.0.1/32 reject
host all guest,clerk,reader 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
"""
ROLES = (
    f"CREATE ROLE guest LOGIN PASSWORD '{SECRET}'",
    f"CREATE ROLE clerk LOGIN PASSWORD '{SECRET}'",
    f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'",
    "ALTER ROLE reader SET default_transaction_read_only = on",
    "CREATE ROLE stranger LOGIN",
    "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
)


@pytest.fixture(scope="module")
def server():
    with Cluster() as made:
        (made.data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        for statement in ("SELECT pg_reload_conf()", *ROLES):
            made.execute(statement)
        yield made


def opened(folder, url, **more):
    store = Store.open(folder, Mode.LIVE, url=url if isinstance(url, str) else full(url), **more)
    store.policy = policy()
    return store


def full(url):
    return url.render_as_string(hide_password=False)


def said(folder, url):
    """What opening the store says: one line, without a password."""
    with pytest.raises(StoreError) as caught:
        opened(folder, url).close()
    words = str(caught.value)
    assert "\n" not in words
    assert SECRET not in words
    assert words.startswith("PostgreSQL ")
    return words


def as_user(server, name, password=None, database=None):
    url = sa.make_url(server.url).set(username=name, password=password)
    return url if database is None else url.set(database=database)


def test_a_server_that_is_not_running(tmp_path):
    url = f"postgresql+psycopg://aynur@127.0.0.1:{free_port()}/campaign"
    assert said(tmp_path, url).endswith(
        "the server cannot be reached, nothing was sent meanwhile; look whether it runs, and at host and "
        "port in config.yaml (store)"
    )


def test_a_server_that_takes_the_call_and_never_answers(tmp_path, monkeypatch):
    monkeypatch.setitem(postgres_session.ARGUMENTS, "connect_timeout", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        words = said(tmp_path, f"postgresql+psycopg://aynur@127.0.0.1:{silent.getsockname()[1]}/campaign")
        assert time.monotonic() - began < 4
    assert "the server cannot be reached" in words


def test_a_silent_server_costs_seconds_and_no_minute():
    assert postgres_session.ARGUMENTS["connect_timeout"] <= 5


def test_a_server_nobody_knows_by_that_name(tmp_path):
    words = said(tmp_path, "postgresql+psycopg://aynur@nowhere.invalid/campaign")
    assert words == (
        "PostgreSQL nowhere.invalid/campaign: there is no server of this name; mend config.yaml (store)"
    )


@pytest.mark.parametrize("password", ["another", None])
def test_a_password_that_is_wrong_or_missing(server, tmp_path, password):
    words = said(tmp_path, as_user(server, "guest", password))
    advice = {
        "another": "does not let this user in; mend the user in config.yaml (store) or the password",
        None: "asks for a password; put STORE_PASSWORD=… into .env",
    }
    assert advice[password] in words


def test_a_machine_or_user_the_server_does_not_let_in(server, tmp_path):
    assert "the server does not let this" in said(tmp_path, as_user(server, "stranger"))


def test_a_database_that_is_not_there(server, tmp_path):
    words = said(tmp_path, as_user(server, "guest", SECRET, "nothing"))
    assert "there is no database of this name; make it with `createdb`" in words


def test_a_user_who_may_not_make_tables(server, tmp_path):
    # Since version 15 nobody but its owner may create in the schema public.
    words = said(tmp_path, as_user(server, "guest", SECRET))
    assert "the user lacks a right there; give it the rights to use and create in its schema" in words


def test_a_user_who_may_only_look(server, tmp_path):
    name = "for_clerks"
    with opened(tmp_path, server.schema(name)) as store:
        store.sync([delivery()], {}, NOON - MINUTE)
    server.execute(f"GRANT USAGE ON SCHEMA {name} TO clerk")
    server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO clerk")
    url = as_user(server, "clerk", SECRET).update_query_dict({"options": f"-csearch_path={name}"})
    with opened(tmp_path, url) as store:
        assert [str(one.state) for one in store.statuses(NOON)] == ["scheduled"]
        for act in (
            lambda: store.claim(NOON, "mastodon-en"),
            lambda: store.hold("all", "", "rain", "Aynur", NOON),
        ):
            with pytest.raises(StoreError, match="the user lacks a right there"):
                act()


def test_a_user_for_whom_everything_is_read_only(server, tmp_path):
    words = said(tmp_path, as_user(server, "reader", SECRET))
    assert "this user may only read there; give it the right to write" in words


def test_no_schema_the_user_may_use(server, tmp_path):
    url = sa.make_url(server.url).update_query_dict({"options": "-csearch_path=nowhere"})
    assert "there is no schema this user may use; ask for one" in said(tmp_path, url)


def test_a_server_that_is_too_old(server, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres_session, "OLDEST", 990000)
    words = said(tmp_path, server.url)
    assert words.endswith("is too old; 14 or newer is needed")


def test_a_database_of_a_newer_program_is_left_alone(server, tmp_path):
    url = server.schema("newer")
    opened(tmp_path, url).close()
    server.execute(f"INSERT INTO newer.schema_version VALUES ({migrations.LATEST + 1})")
    words = said(tmp_path, url)
    assert "made by a newer version of this program" in words
    assert "update the program on this machine" in words


def test_a_database_in_another_encoding(server, tmp_path):
    words = said(tmp_path, as_user(server, "scheduler", None, "latin"))
    assert "the database is kept in LATIN1; make one with the encoding UTF8" in words


def test_a_server_that_does_not_keep_what_it_has_confirmed(server, tmp_path):
    server.execute("ALTER SYSTEM SET fsync = off")
    server.execute("SELECT pg_reload_conf()")
    try:
        wait_until(lambda: server.execute("SHOW fsync") == [("off",)], 10)
        assert "does not keep what it has confirmed (fsync is off)" in said(tmp_path, server.url)
    finally:
        server.execute("ALTER SYSTEM RESET fsync")
        server.execute("SELECT pg_reload_conf()")
        wait_until(lambda: server.execute("SHOW fsync") == [("on",)], 10)


def test_what_a_person_set_for_speed_is_set_back_in_our_sessions(server, tmp_path):
    server.execute("CREATE ROLE hasty LOGIN SUPERUSER")
    server.execute("ALTER ROLE hasty SET synchronous_commit = off")
    url = sa.make_url(server.schema("hasty")).set(username="hasty")
    with opened(tmp_path, url) as store, store.transaction() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_standby_named_as_the_server(server, tmp_path):
    standby = server.standby()
    words = said(tmp_path, standby.url)
    assert "this is a standby, which only reads; name the primary server in config.yaml (store)" in words


# A pooler in between

POOLER = """
[databases]
campaign = host=127.0.0.1 port={server} dbname=campaign user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
logfile = {folder}/log
server_round_robin = {robin}
"""


@contextlib.contextmanager
def pooler(server, mode, *, robin=0, user="scheduler"):
    """PgBouncer between the program and the server; the address that leads through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert program is not None, "install pgbouncer for this test"
    folder, port = server.folder / f"pooler-{mode}-{robin}", free_port()
    folder.mkdir(exist_ok=True)
    config = folder / "pgbouncer.ini"
    config.write_text(
        POOLER.format(server=server.port, port=port, mode=mode, folder=folder, robin=robin, user=user),
        encoding="utf-8",
    )
    if os.geteuid() == 0:
        shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
    running = subprocess.Popen(
        as_its_user(program, "-q", config),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port), 10)
        yield server.at(port)
    finally:
        running.terminate()
        running.wait(10)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("robin", [0, 1], ids=["the last one first", "in turns"])
def test_a_pooler_that_gives_each_transaction_another_session(server, tmp_path, mode, robin):
    with pooler(server, mode, robin=robin) as url:
        words = said(tmp_path, url)
    assert "a connection pooler" in words
    assert "in session mode" in words


def test_a_pooler_that_keeps_a_session_for_each_connection_is_fine(server, tmp_path):
    # Through a pooler the schema is named for the user: it lets no options pass.
    for statement in ("ROLE pooled LOGIN", "SCHEMA pooled AUTHORIZATION pooled"):
        server.execute(f"CREATE {statement}")
    server.execute("ALTER ROLE pooled SET search_path = pooled")
    with pooler(server, "session", user="pooled") as url, opened(tmp_path, url) as store:
        store.sync([delivery()], {}, NOON - MINUTE)
        claim = store.claim(NOON, "mastodon-en")
        assert store.begin(claim, 0, prepared(), NOON)
    assert server.execute("SELECT count(*) FROM pooled.deliveries WHERE state = 'sending'") == [(1,)]


def test_a_pooler_that_refuses_what_the_address_asks_for_says_what_to_do(server, tmp_path):
    with pooler(server, "session") as url:
        address = sa.make_url(url).update_query_dict({"options": "-csearch_path=public"})
        assert "the pooler in between does not let `options` through" in said(tmp_path, address)


def test_there_are_programs_of_postgresql_for_these_tests():
    assert programs() is not None
