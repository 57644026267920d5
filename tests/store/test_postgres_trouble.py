"""A server that stops, restarts, cuts connections or runs out of something: nothing is sent on a doubt, and
everything goes on by itself afterwards.
"""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Sent
from scheduler.store import LEASE, Decision, Store, postgres, postgres_session
from tests.faults.cluster import Cluster, wait_until
from tests.store.kit import MINUTE, NOON, SECOND, delivery, policy, prepared, state_of
from tests.store.test_postgres_together import SOON, Beside

pytestmark = pytest.mark.a_server

KEY = "2027/figures/mastodon-en"
SENT = Sent(Receipt("1", "https://social.example/1"))


@pytest.fixture(scope="module")
def server():
    with Cluster() as made:
        yield made


@pytest.fixture
def url(server, request):
    name = f"s{abs(hash(request.node.name)) % 10**9}"
    yield server.schema(name)
    server.execute(f"DROP SCHEMA {name} CASCADE")


def machine(folder, url):
    store = Store.open(folder, Mode.LIVE, url=url)
    store.policy = policy()
    return store


@pytest.fixture
def store(tmp_path, url):
    with machine(tmp_path / "one", url) as made:
        made.sync([delivery(), delivery(channel="x-en", texts=("Other words.",))], {}, NOON - MINUTE)
        yield made


def by_and_by(act):
    """The answer of the first time the act does not meet with the outage: as the engine tries again."""
    found = []

    def tried():
        try:
            found.append(act())
        except StoreError:
            return False
        return True

    wait_until(tried, SOON)
    return found[0]


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_was_started_again_is_used_again(server, store, how):
    claim = store.claim(NOON, "mastodon-en")
    server.restart(how)
    assert by_and_by(lambda: store.begin(claim, 0, prepared(), NOON))
    server.restart(how)
    assert by_and_by(lambda: store.settle(claim, 0, SENT, NOON, Decision(State.PUBLISHED)))
    assert by_and_by(lambda: state_of(store, KEY)) == "published"


def test_while_the_server_is_away_nothing_is_let_out(server, store):
    claim = store.claim(NOON, "mastodon-en")
    server.stop("immediate")
    try:
        for _ in range(3):
            with pytest.raises(StoreError, match="nothing was sent meanwhile"):
                store.begin(claim, 0, prepared(), NOON)
        with pytest.raises(StoreError, match="nothing was sent meanwhile"):
            store.claim(NOON, "x-en")
    finally:
        server.start()
    assert by_and_by(lambda: store.begin(claim, 0, prepared(), NOON))


def test_a_session_that_is_ended_in_the_middle_of_the_gate_lets_nothing_out(server, store):
    claim = store.claim(NOON, "mastodon-en")

    def ended(now):
        server.cut_sessions()
        return now

    with pytest.raises(StoreError):
        store.begin(claim, 0, prepared(), NOON, after=ended)
    assert by_and_by(lambda: state_of(store, KEY)) == "preparing"
    assert by_and_by(lambda: store.begin(claim, 0, prepared(), NOON))


WAITING = "wait_event = 'SyncRep' AND application_name = 'awareness-scheduler'"
"""Our session whose commit waits for a standby; the server's own chores may wait for it too."""


@pytest.fixture
def cut_at_the_commit(server):
    """The server has committed and waits for a standby that never comes; then the session is ended."""

    def cut(act):
        server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        server.execute("SELECT pg_reload_conf()")
        wait_until(lambda: server.execute("SHOW synchronous_standby_names") == [("nobody",)], SOON)
        beside = Beside(act)
        wait_until(lambda: server.execute(f"SELECT pid FROM pg_stat_activity WHERE {WAITING}"), SOON)
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {WAITING}")
        server.execute("ALTER SYSTEM RESET synchronous_standby_names")
        server.execute("SELECT pg_reload_conf()")
        return beside

    yield cut
    server.execute("ALTER SYSTEM RESET synchronous_standby_names")
    server.execute("SELECT pg_reload_conf()")


def test_a_gate_whose_commit_nobody_confirmed_is_closed_and_the_row_says_that_it_may_be_out(
    server, store, cut_at_the_commit
):
    claim = store.claim(NOON, "mastodon-en")
    with pytest.raises(StoreError):
        cut_at_the_commit(lambda: store.begin(claim, 0, prepared(), NOON)).done()
    # It was committed after all. So it is not sent, nor begun again, but looked for.
    assert by_and_by(lambda: state_of(store, KEY)) == "sending"
    assert not by_and_by(lambda: store.begin(claim, 0, prepared(), NOON))
    assert by_and_by(lambda: store.sweep(NOON + LEASE)) == (KEY,)
    assert state_of(store, KEY) == "unknown"


def test_an_answer_whose_commit_nobody_confirmed_is_found_recorded(server, store, cut_at_the_commit):
    claim = store.claim(NOON, "mastodon-en")
    assert store.begin(claim, 0, prepared(), NOON)
    settled = Decision(State.PUBLISHED)
    with pytest.raises(StoreError):
        cut_at_the_commit(lambda: store.settle(claim, 0, SENT, NOON, settled)).done()
    assert by_and_by(lambda: state_of(store, KEY)) == "published"
    # Recorded once more, as the engine does, it changes nothing.
    assert not by_and_by(lambda: store.settle(claim, 0, SENT, NOON, settled))
    assert [event.event for event in store.history(KEY)].count("published") == 1


FROZEN = """
import os, signal, sys
from pathlib import Path
from scheduler.model import Mode
from scheduler.store import Store, postgres_session, sharing
postgres_session.SETTINGS["idle_in_transaction_session_timeout"] = "1s"
store = Store.open(Path(sys.argv[1]), Mode.LIVE, url=sys.argv[2])
with store._database.share() as connection:
    sharing.own_channel(connection, Mode.LIVE, "mastodon-en")
    assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    print("inside", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_write_that_was_refused_does_not_keep_people_from_being_told_afterwards(store):
    """At a rollback the driver drops all statements that were prepared, not only its own."""
    store.notice("cause", None, "the first", NOON)
    for _ in range(10):
        with store.transaction() as connection:
            connection.execute(sa.text("SELECT 1"))
    with pytest.raises(ValueError, match="refused"), store.transaction():
        raise ValueError("refused")
    store.notice("another", None, "the second", NOON)
    assert {one.text for one in store.notices()} == {"the first", "the second"}


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be frozen there")
def test_the_locks_of_a_machine_that_stands_still_in_mid_transaction_are_free_by_and_by(tmp_path, store, url):
    claim = store.claim(NOON, "mastodon-en")
    frozen = subprocess.Popen(
        [sys.executable, "-c", FROZEN, str(tmp_path / "two"), url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert frozen.stdout.readline() == "inside\n"
        assert store.begin(claim, 0, prepared(), NOON)
        assert store.hold("all", "", "stop", "Aynur", NOON)
    finally:
        frozen.kill()
        frozen.wait()
        frozen.stdout.close()


def test_a_session_may_stand_still_no_longer_than_others_wait_for_it():
    names = ("idle_in_transaction_session_timeout", "lock_timeout")
    stands, waits = (int(postgres_session.SETTINGS[name].removesuffix("s")) for name in names)
    assert stands <= 10 < waits


def test_a_lock_that_another_machine_keeps_for_too_long_is_told_in_one_line(
    tmp_path, store, url, monkeypatch
):
    claim = store.claim(NOON, "mastodon-en")
    monkeypatch.setitem(postgres_session.SETTINGS, "lock_timeout", "200ms")
    with machine(tmp_path / "two", url) as other:
        with (
            store.transaction(),
            pytest.raises(StoreError, match="another machine kept the database busy for too long"),
        ):
            other.begin(claim, 0, prepared(), NOON)
        assert other.begin(claim, 0, prepared(), NOON)


def test_a_statement_that_takes_too_long_is_told_in_one_line(tmp_path, url, monkeypatch):
    monkeypatch.setitem(postgres_session.SETTINGS, "statement_timeout", "200ms")
    with machine(tmp_path, url) as store:
        with (
            pytest.raises(StoreError, match="the server took too long to answer; look at its load"),
            store.transaction() as connection,
        ):
            connection.exec_driver_sql("SELECT pg_sleep(5)")
        assert store.statuses(NOON) == ()


def test_with_all_connections_of_the_program_in_use_the_next_one_says_so(tmp_path, url, monkeypatch):
    monkeypatch.setattr(postgres, "CONNECTIONS", 1)
    monkeypatch.setattr(postgres, "WAIT_SECONDS", 0.2)
    with machine(tmp_path, url) as store:
        with (
            store._database.share(),
            pytest.raises(StoreError, match=r"no answer for 0\.2 s"),
            store._database.share(),
        ):
            pass
        assert store.notice("cause", None, "words", NOON)


def test_a_server_without_a_connection_left_says_so(server, tmp_path):
    server.execute("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
    crowded = sa.make_url(server.url).set(username="crowd").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="has no connection left; raise its max_connections"):
        Store.open(tmp_path, Mode.LIVE, url=crowded)


FULL = (
    # What PostgreSQL reports when the file of a table cannot grow: disk_full (its documentation, appendix A).
    "CREATE FUNCTION full_disk () RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''53100''; END'",
    "CREATE TRIGGER full_disk BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION full_disk ()",
)


def test_on_a_server_whose_disk_is_full_nothing_is_begun_and_it_goes_on_when_there_is_room(store):
    claim = store.claim(NOON, "mastodon-en")
    with store.transaction() as connection:
        for statement in FULL:
            connection.exec_driver_sql(statement)
    with pytest.raises(StoreError, match="the server's disk is full; free some space there"):
        store.begin(claim, 0, prepared(), NOON)
    assert state_of(store, KEY) == "preparing"
    with store.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON attempts")
    assert store.begin(claim, 0, prepared(), NOON)


def test_a_standby_that_took_over_without_the_newest_entries_has_every_account_compared_first(tmp_path):
    with Cluster() as first:
        url = first.url
        with machine(tmp_path / "one", url) as store, store.lock(NOON - MINUTE, "run --live"):
            store.sync([delivery(), delivery("later", due=NOON + MINUTE)], {}, NOON - MINUTE)
            store.heartbeat(NOON - MINUTE)
            standby = first.standby()
            first.wait_for_standby()
            standby.stop()
            claim = store.claim(NOON, "mastodon-en")
            assert store.begin(claim, 0, prepared(), NOON)
            assert store.settle(claim, 0, SENT, NOON, Decision(State.PUBLISHED))
            first.stop("immediate")
            # The same address now leads to what was the standby, as after a fail-over.
            standby.port = first.port
            standby.start()
            standby.promote()
            assert by_and_by(lambda: store.claim(NOON + SECOND, "mastodon-en")) is None
            assert state_of(store, KEY) == "scheduled"
            assert store.must_compare("mastodon-en")
            [notice] = store.notices()
            assert "a standby has taken over as the PostgreSQL server" in notice.text
            assert store.verify_audit().whole
