"""Opening the database: what is wrong with it is said in a sentence, and nothing is half done."""

import os
import re
import socket
import sqlite3
import sys
import threading
from hashlib import sha256

import pytest
import sqlalchemy as sa

from scheduler.errors import LockError, StoreError
from scheduler.model import Mode
from scheduler.store import Store, migrations, schema
from scheduler.store.connect import FILE, PRAGMAS, Database
from tests import elsewhere, postgres
from tests.store.kit import ABC, MINUTE, NOON, delivery, opened, prepared, state_of

LARGE = b"x" * 100_000


@pytest.mark.a_file
def test_a_new_folder_gets_a_database_of_the_newest_version(tmp_path):
    Store.open(tmp_path / "new" / "data", Mode.LIVE).close()
    with sqlite3.connect(tmp_path / "new" / "data" / FILE) as raw:
        assert raw.execute("SELECT max(version) FROM schema_version").fetchone() == (migrations.LATEST,)
    raw.close()


def test_what_the_migrations_make_is_what_the_queries_expect(tmp_path):
    database = Database(tmp_path)
    with database.read() as connection:
        seen = sa.inspect(connection)
        made = {
            name: {(one["name"], one["nullable"]) for one in seen.get_columns(name)}
            for name in seen.get_table_names()
        }
    database.close()
    expected = {
        name: {(column.name, bool(column.nullable)) for column in table.columns}
        for name, table in schema.metadata.tables.items()
    }
    assert made == expected


@pytest.mark.a_file
def test_writes_survive_a_power_cut_and_reads_do_not_wait(tmp_path):
    database = Database(tmp_path)
    with database.read() as connection:
        # 2 is FULL: SQLite waits for the disk at every commit (sqlite.org/pragma.html).
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


@pytest.mark.a_file
def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    Store.open(tmp_path, Mode.LIVE).close()
    raw = sqlite3.connect(tmp_path / FILE)
    raw.execute(f"INSERT INTO schema_version VALUES ({migrations.LATEST + 1})")
    raw.commit()
    raw.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreError, match=r"newer version .* update the program"):
        Store.open(tmp_path, Mode.LIVE)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.a_file
def test_a_file_that_is_no_database_says_to_restore_a_backup(tmp_path):
    (tmp_path / FILE).write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match="restore a backup"):
        Store.open(tmp_path, Mode.LIVE)


@pytest.mark.a_file
def test_a_damaged_database_is_found_when_asked(tmp_path):
    with opened(tmp_path) as store:
        store.sync([delivery(f"post-{n}") for n in range(80)], {}, NOON - MINUTE)
    raw = sqlite3.connect(tmp_path / FILE)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    # Keep the header page; spoil every later page's head.
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(StoreError, match="restore a backup"):
        Store.open(tmp_path, Mode.LIVE, check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such permission bits there")
def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be used as data folder .* --data"):
        Store.open(tmp_path / "file" / "data", Mode.LIVE)


def test_no_database_is_made_where_none_is_wanted(tmp_path):
    with pytest.raises(StoreError, match="no database yet"):
        Store.open(tmp_path, Mode.LIVE, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.a_file
def test_too_little_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    class Usage:
        free = 63 * 1024 * 1024

    monkeypatch.setattr("scheduler.store.connect.shutil.disk_usage", lambda folder: Usage)
    with pytest.raises(StoreError, match="less than 64 MB free"):
        Store.open(tmp_path, Mode.LIVE)


@pytest.mark.a_file
def test_a_full_disk_is_a_sentence_and_leaves_everything_as_it_was(tmp_path):
    with opened(tmp_path) as store:
        store.sync([delivery()], {}, NOON - MINUTE)

        @sa.event.listens_for(store._database._engine, "begin")
        def full(connection):
            # SQLite itself then answers as it does on a full disk: SQLITE_FULL.
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(StoreError, match="disk is full"):
            store.sync([delivery(), delivery("other")], {sha256(LARGE).hexdigest(): LARGE}, NOON - MINUTE)
        sa.event.remove(store._database._engine, "begin", full)
        assert [status.key for status in store.statuses(NOON)] == ["2027/figures/mastodon-en"]


@pytest.mark.a_file
def test_a_busy_database_is_a_sentence_too(tmp_path, monkeypatch):
    monkeypatch.setattr("scheduler.store.connect.BUSY_SECONDS", 0)
    with opened(tmp_path) as store:
        raw = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="busy"):
            store.sync([delivery()], {}, NOON)
        assert store.statuses(NOON) == ()
        raw.close()


def test_a_copy_holds_everything_and_goes_its_own_way(tmp_path):
    with opened(tmp_path / "one") as store:
        store.sync([delivery()], {ABC: b"abc"}, NOON - MINUTE)
        made = store.copy(tmp_path / "two")
        assert made == tmp_path / "two" / FILE
        if postgres.on_a_server():
            postgres.put_back(tmp_path / "two", made.rename(tmp_path / "copy.db"))
        with opened(tmp_path / "two") as copy:
            assert copy.file(ABC) == b"abc"
            copy.cancel("2027/figures/mastodon-en", "Aynur", "", NOON)
            assert state_of(copy, "2027/figures/mastodon-en") == "cancelled"
        assert state_of(store, "2027/figures/mastodon-en") == "scheduled"


def test_an_image_that_is_not_there_is_a_sentence(tmp_path):
    with opened(tmp_path) as store, pytest.raises(StoreError, match="not in the database"):
        store.file("b" * 64)


def test_a_second_scheduler_is_told_who_has_the_folder(tmp_path):
    with opened(tmp_path) as one, opened(tmp_path) as two, one.lock(NOON, "run --live"):
        with pytest.raises(LockError) as caught, two.lock(NOON, "run --live"):
            pass
        assert (
            f"process {os.getpid()} on {socket.gethostname()}, `run --live`, since Sat 20 Feb 2027 "
            in str(caught.value)
        )
        assert re.search(r"2027 \d\d:\d\d \S+; stop it first", str(caught.value))
        assert two.lock_holder["words"] == "run --live"


def test_a_dry_run_and_a_live_one_may_stand_side_by_side(tmp_path):
    with opened(tmp_path) as live, opened(tmp_path, Mode.DRY) as dry, live.lock(NOON, "run --live"):
        with dry.lock(NOON, "run"):
            assert dry.lock_holder["words"] == "run"
        with dry.lock(NOON, "publish"):
            assert dry.lock_holder["words"] == "publish"


HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from scheduler.model import Mode
from scheduler.store import Store
store = Store.open(Path(sys.argv[1]), Mode.LIVE, url=sys.argv[2] if sys.argv[2:] else None)
with store.lock(datetime.now(UTC), "run --live"):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    url = [postgres.url_of(tmp_path)] if postgres.on_a_server() else []
    with elsewhere.Elsewhere(HOLDER, tmp_path, *url) as process:
        assert process.stdout.readline() == b"locked\n"
        with opened(tmp_path) as store:
            with pytest.raises(LockError, match=f"process {process.pid} "), store.lock(NOON, "run"):
                pass
            process.kill()
            process.wait()
            with store.lock(NOON, "run"):
                assert store.lock_holder["pid"] == str(os.getpid())


@pytest.mark.skipif(sys.platform == "win32", reason="a file in use cannot be deleted there")
@pytest.mark.parametrize("back", [False, True], ids=["deleted", "replaced by a backup"])
@pytest.mark.a_file
def test_a_database_taken_away_while_it_is_in_use_sends_nothing_more(tmp_path, back):
    with opened(tmp_path / "data") as store:
        store.sync([delivery()], {}, NOON - MINUTE)
        store.copy(tmp_path / "backup")
        claim = store.claim(NOON)
        (tmp_path / "data" / FILE).unlink()
        if back:
            (tmp_path / "backup" / FILE).rename(tmp_path / "data" / FILE)
        with pytest.raises(StoreError, match="deleted or replaced while it was in use"):
            store.begin(claim, 0, prepared(), NOON)


@pytest.mark.a_file
def test_a_disk_that_cannot_keep_a_write_ahead_log_is_refused_at_the_start(tmp_path, monkeypatch):
    # SQLite answers with the mode it could set, and does not fail (sqlite.org/pragma.html, journal_mode).
    wanted = (("journal_mode", "DELETE", "wal"),)
    monkeypatch.setattr("scheduler.store.connect.PRAGMAS", wanted)
    with pytest.raises(StoreError, match=r"journal_mode is delete.* local disk with --data"):
        Store.open(tmp_path, Mode.LIVE)


@pytest.mark.a_file
def test_every_connection_has_the_safe_settings(tmp_path):
    database = Database(tmp_path)
    with database.read() as one, database.read() as two, database.read() as three:
        for connection in (one, two, three):
            answers = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name, _, _ in PRAGMAS]
            assert answers == ["wal", 2, 1, -1000]
    database.close()


def test_an_image_damaged_in_the_database_is_not_sent(tmp_path):
    with opened(tmp_path) as store:
        store.sync([delivery()], {ABC: b"abc"}, NOON - MINUTE)
        with store.transaction() as connection:
            connection.execute(schema.files.update().values(bytes=b"abd"))
        with pytest.raises(StoreError, match="damaged in the database; restore a backup"):
            store.file(ABC)


def test_an_image_that_changed_while_it_was_read_is_not_taken_over(tmp_path):
    with opened(tmp_path) as store:
        with pytest.raises(StoreError, match="changed while it was being read"):
            store.sync([delivery()], {ABC: b"another picture"}, NOON - MINUTE)
        assert store.statuses(NOON) == ()


@pytest.mark.a_file
def test_a_database_of_an_earlier_version_is_brought_up_to_date_with_its_deliveries(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "STEPS", migrations.STEPS[:1])
        earlier.setattr(migrations, "LATEST", 1)
        Database(tmp_path).close()
    raw = sqlite3.connect(tmp_path / FILE)
    raw.execute("INSERT INTO slots VALUES ('2027/figures/mastodon-en', 0, 'run')")
    raw.commit()
    raw.close()
    with opened(tmp_path) as store:
        assert list(store.slots()) == ["2027/figures/mastodon-en"]
        store.sync([delivery()], {}, NOON - MINUTE)
        assert state_of(store, "2027/figures/mastodon-en") == "scheduled"


def test_two_commands_that_make_the_database_at_once_both_get_it(tmp_path):
    for number in range(12):
        together, troubles = threading.Barrier(3), []

        def go(folder=tmp_path / str(number), together=together, troubles=troubles):
            together.wait(10)
            try:
                Store.open(folder, Mode.DRY).close()
            except StoreError as error:
                troubles.append(str(error))

        threads = [threading.Thread(target=go) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert troubles == []
