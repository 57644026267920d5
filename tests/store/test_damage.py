"""A file that is damaged, cut or gone, a full disk: one line with what to do, at the start and in mid-run."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.store import Store
from scheduler.store.connect import FILE
from tests.store.kit import ABC, DAY, HOUR, MINUTE, NOON, SECOND, delivery, image, opened, prepared, state_of

pytestmark = pytest.mark.a_file

POSTS = [delivery(f"post-{n}", due=NOON + n * SECOND, texts=(f"Words {n}. " * 20,)) for n in range(120)]


def filled(folder):
    """A data folder whose database has a few hundred pages, all in the file itself."""
    with opened(folder) as store:
        store.sync([*POSTS, delivery(images=(image(),))], {ABC: b"abc"}, NOON - HOUR)
    with closing(sqlite3.connect(folder / FILE)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def every_page_but_the_first(path):
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)


def the_first_page(path):
    with path.open("r+b") as file:
        file.write(os.urandom(4096))


def cut_in_half(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 17)


def text_instead(path):
    path.write_text("Dear diary, " * 1000)


def an_empty_table_of_contents(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)")
        raw.execute("INSERT INTO schema_version VALUES (3)")
        raw.commit()


HARM = [every_page_but_the_first, the_first_page, cut_in_half, text_instead, an_empty_table_of_contents]


def started(folder):
    """What `run` does before anything else."""
    with opened(folder) as store, store.lock(NOON, "run --live"):
        store.claim(NOON)


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_a_damaged_database_is_refused_at_the_start_in_one_line(tmp_path, harm):
    harm(filled(tmp_path) / FILE)
    with pytest.raises(StoreError, match="restore a backup") as caught:
        started(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / FILE) in str(caught.value)


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_the_newest_backup_is_named_where_there_is_one(tmp_path, harm):
    filled(tmp_path)
    with opened(tmp_path) as store:
        for days in (0, 1):
            newest = store.backup(store.backups, NOON + days * DAY)
    shutil.copyfile(newest, tmp_path / "backups" / "replaced-20280101-000000Z.db")
    harm(tmp_path / FILE)
    with pytest.raises(StoreError, match="restore the newest backup") as caught:
        started(tmp_path)
    assert f"python run.py restore {newest}" in str(caught.value)


def a_minute(store):
    """What the running scheduler does with the database, again and again."""
    for n in range(3):
        claim = store.claim(NOON + n * MINUTE)
        store.begin(claim, 0, prepared(), NOON + n * MINUTE)
        store.expire(NOON + DAY)
        store.statuses(NOON)


@pytest.mark.parametrize("harm", [every_page_but_the_first, cut_in_half], ids=lambda harm: harm.__name__)
def test_damage_in_mid_run_sends_nothing_and_is_one_line(tmp_path, harm):
    with opened(filled(tmp_path)) as store:
        store.claim(NOON - DAY)
        harm(tmp_path / FILE)
        with pytest.raises(StoreError) as caught:
            a_minute(store)
        assert "\n" not in str(caught.value)


def test_a_value_that_is_no_json_any_more_is_a_sentence(tmp_path):
    with opened(filled(tmp_path)) as store:
        with store.transaction() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET stops = '[\"half a li'")
        with pytest.raises(StoreError, match="damaged; restore a backup"):
            store.statuses(NOON)


def test_a_log_cut_to_nothing_by_a_crash_loses_no_more_than_what_was_in_it(tmp_path):
    filled(tmp_path)
    (tmp_path / f"{FILE}-wal").touch()
    with Store.open(tmp_path, Mode.LIVE, check=True) as store:
        with store._database.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM deliveries").scalar()
        assert count == len(POSTS) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="an open folder cannot be moved there")
def test_a_folder_that_vanishes_in_mid_run_sends_nothing(tmp_path):
    with opened(filled(tmp_path / "data")) as store:
        claim = store.claim(NOON)
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        for act in (
            lambda: store.begin(claim, 0, prepared(), NOON),
            store.require_room,
            lambda: store.backup(tmp_path / "usb", NOON),
        ):
            with pytest.raises(StoreError, match=r"gone|deleted or replaced") as caught:
                act()
            assert "\n" not in str(caught.value)


def test_a_full_disk_still_lets_people_look_and_stop(tmp_path, monkeypatch):
    filled(tmp_path)

    class Usage:
        free = 1024 * 1024

    monkeypatch.setattr("scheduler.store.connect.shutil.disk_usage", lambda folder: Usage)
    with opened(tmp_path) as store:
        assert state_of(store, POSTS[0].key) == "scheduled"
        store.hold("all", "", "the disk is full", "Aynur", NOON)
        with pytest.raises(StoreError, match="less than 64 MB free"), store.lock(NOON, "run --live"):
            pass
        assert not store.is_locked
