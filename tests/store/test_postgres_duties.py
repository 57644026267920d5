"""What only one machine of a PostgreSQL database does, and what the others see of it."""

import time

import pytest
import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.store import Store, migrations
from tests import postgres
from tests.store.kit import DAY, HOUR, MINUTE, NOON, delivery, policy

pytestmark = pytest.mark.a_server


@pytest.fixture
def machine(tmp_path):
    """Opens the same database for another machine."""
    opened = []

    def made(name, mode=Mode.LIVE):
        store = Store.open(tmp_path / name, mode, url=postgres.url_of(tmp_path))
        store.policy, store.machine = policy(), name
        opened.append(store)
        return store

    yield made
    for store in opened:
        store.close()


def test_a_dry_run_takes_no_duty_from_the_live_one(machine):
    dry, live = machine("desk", Mode.DRY), machine("server")
    assert dry.on_duty("prepare")
    assert live.on_duty("prepare")


def test_a_duty_is_one_machine_s_until_that_one_is_gone(machine):
    first, second = machine("a"), machine("b")
    assert first.on_duty("tell")
    assert not second.on_duty("tell")
    first.close()
    end = time.monotonic() + 10
    while not second.on_duty("tell"):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_machine_that_stood_still_takes_nothing_older_over(machine, tmp_path):
    asleep, awake = machine("a"), machine("b")
    assert asleep.on_duty("prepare")
    # As when the server ends the session of a machine that has not asked for half a minute.
    postgres.change(
        tmp_path,
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_namespace ON true "
        "WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND nspname = current_schema() "
        f"AND pid <> pg_backend_pid() AND objid = {number(tmp_path, 'live prepare')}",
    )
    end = time.monotonic() + 10
    while not awake.on_duty("prepare"):
        assert time.monotonic() < end
        time.sleep(0.1)
    awake.sync([delivery(texts=("The newer words.",))], {}, NOON - HOUR, duty="prepare")
    with pytest.raises(StoreError, match="another machine reads the posts by now"):
        asleep.sync([delivery(texts=("The older words.",))], {}, NOON - HOUR, duty="prepare")
    [status] = awake.statuses(NOON)
    assert status.message.parts[0].text == "The newer words."


def number(folder, name):
    from scheduler.store import sharing

    return sharing.number(f"{postgres.schema_of(folder)} {name}")


def test_whoever_takes_long_over_what_was_read_is_not_cut_off(machine, tmp_path):
    store = machine("a")
    with store.reading() as connection:
        assert connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "10min"


def test_a_running_program_stops_when_another_machine_has_brought_a_newer_one(machine, tmp_path):
    store = machine("a")
    with store.lock(NOON, "run"):
        store.require_room()
        postgres.change(tmp_path, f"INSERT INTO schema_version VALUES ({migrations.LATEST + 1})")
        with pytest.raises(StoreError, match="made by a newer version of this program"):
            store.require_room()


def test_a_machine_gone_for_a_week_is_missed_no_longer(machine):
    from scheduler.service import machines

    store, gone = machine("a"), machine("b")
    gone.heartbeat(NOON)
    machines.watch(store, NOON + 3 * MINUTE)
    assert [notice.cause for notice in store.notices()] == ["machine:b"]
    machines.watch(store, NOON + 8 * DAY)
    assert store.notices() == ()
    assert store.machines(NOON - DAY) == {}
