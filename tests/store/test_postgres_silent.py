"""A PostgreSQL server whose sessions stand still: whoever waits for them can leave all the same."""

import threading
import time
from contextlib import suppress

import pytest
import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.store import Store, postgres_session
from tests import postgres

pytestmark = pytest.mark.a_server

SLOW = (
    # Found before the server's own: a session that is asked this way does not answer.
    "CREATE FUNCTION {0}.pg_current_snapshot() RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(60)::text'",
    "CREATE FUNCTION {0}.pg_try_advisory_lock(int, int) RETURNS bool LANGUAGE sql "
    "AS 'SELECT pg_sleep(60) IS NULL'",
)
STUCK = "FROM pg_stat_activity WHERE application_name = '{0}' AND wait_event = 'PgSleep'"


def asked(work):
    """A thread that asks, and may be told that the session is gone."""

    def ask():
        with suppress(StoreError):
            work()

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def stuck(folder):
    with postgres.connected(folder) as connection:
        return connection.exec_driver_sql(
            f"SELECT count(*) {STUCK.format(postgres.schema_of(folder))}"
        ).scalar()


def test_a_program_can_end_while_its_sessions_stand_still(tmp_path, monkeypatch):
    name = postgres.schema_of(tmp_path)
    monkeypatch.setitem(postgres_session.ARGUMENTS, "application_name", name)
    url = sa.make_url(postgres.url_of(tmp_path))
    url = url.update_query_dict({"options": f"-csearch_path={name},pg_catalog"})
    for module in ("postgres", "duty"):
        monkeypatch.setattr(f"scheduler.store.{module}.LEAVE_SECONDS", 0.2)
    store = Store.open(tmp_path / "a", Mode.LIVE, url=url.render_as_string(hide_password=False))
    postgres.run(*(one.format(name) for one in SLOW))
    threads = [asked(store.changes), asked(lambda: store.on_duty("tell"))]
    try:
        end = time.monotonic() + 10
        while stuck(tmp_path) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        began = time.monotonic()
        store.close()
        assert time.monotonic() - began < 5
        assert all(thread.is_alive() for thread in threads)
    finally:
        postgres.run(f"SELECT pg_terminate_backend(pid) {STUCK.format(name)}")
        for thread in threads:
            thread.join(10)
