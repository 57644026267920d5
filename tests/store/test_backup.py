"""Backups are whole, made while posts go out, and can be put back; what stood there is never deleted."""

import os
import shutil
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from scheduler.errors import InputError, LockError, StoreError
from scheduler.model import Mode
from scheduler.store import Store, migrations
from scheduler.store.connect import FILE, RESTORING
from scheduler.store.restoring import restore
from tests import elsewhere
from tests.store.kit import ABC, DAY, HOUR, MINUTE, NOON, SECOND, delivery, image, opened, state_of

KEY = "2027/figures/mastodon-en"
POST = delivery(images=(image(),))


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path / "data") as store:
        store.sync([POST], {ABC: b"abc"}, NOON - HOUR)
        yield store


def answers(path, question):
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(question).fetchone()[0]


def test_a_backup_is_one_whole_file_with_everything_in_it(store, tmp_path):
    made = store.backup(tmp_path / "usb", NOON)
    assert made.name == "scheduler-20270220-080000Z.db"
    assert [path.name for path in (tmp_path / "usb").iterdir()] == [made.name]
    assert answers(made, "PRAGMA integrity_check") == "ok"
    assert answers(made, "SELECT bytes FROM files") == b"abc"
    assert answers(made, "SELECT key FROM deliveries") == KEY


def test_a_backup_made_while_posts_are_written_is_whole(store, tmp_path):
    stop, others = threading.Event(), []

    def write():
        while not stop.is_set():
            others.append(delivery(f"p{len(others)}", due=NOON + DAY))
            store.sync([POST, *others], {ABC: b"abc"}, NOON)

    writer = threading.Thread(target=write)
    writer.start()
    made = [store.backup(tmp_path / "usb", NOON + n * SECOND) for n in range(5)]
    stop.set()
    writer.join()
    for one in made:
        assert answers(one, "PRAGMA integrity_check") == "ok"
        assert answers(one, "SELECT count(*) FROM deliveries") >= 1


def test_of_the_daily_backups_seven_are_kept_and_a_person_s_own_for_ever(store):
    own = store.backup(store.backups, NOON, "kept-before-the-change.db")
    made = [store.backup(store.backups, NOON + n * DAY) for n in range(9)]
    assert sorted(store.backups.iterdir()) == sorted([own, *made[-7:]])


def test_in_another_folder_nothing_is_ever_removed(store, tmp_path):
    for n in range(9):
        store.backup(tmp_path / "usb", NOON + n * DAY)
    assert len(list((tmp_path / "usb").iterdir())) == 9


@pytest.mark.a_file
def test_a_damaged_database_gives_no_backup_and_removes_none(store, tmp_path):
    for n in range(7):
        store.backup(store.backups, NOON + n * DAY)
    kept = sorted(store.backups.iterdir())
    store.close()
    spoil(tmp_path / "data" / FILE)
    with pytest.raises(StoreError, match="damaged") as caught:
        store.backup(store.backups, NOON + 8 * DAY)
    assert f"python run.py restore {kept[-1]}" in str(caught.value)
    assert sorted(store.backups.iterdir()) == kept


def spoil(path):
    """Every page but the first has its head overwritten; the log is taken over first."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)


@pytest.mark.a_file
def test_without_room_no_backup_is_begun(store, tmp_path, monkeypatch):
    class Usage:
        free = 1000

    monkeypatch.setattr("scheduler.store.backup.shutil.disk_usage", lambda folder: Usage)
    with pytest.raises(StoreError, match=r"too little room for a backup; make \d+ MB free"):
        store.backup(tmp_path / "usb", NOON)
    assert list((tmp_path / "usb").iterdir()) == []


def test_a_backup_into_a_place_that_is_a_file_says_so(store, tmp_path):
    (tmp_path / "usb").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        store.backup(tmp_path / "usb", NOON)


# Putting one back


@pytest.mark.a_file
def test_after_a_restore_everything_is_as_it_was_and_the_replaced_database_is_kept(store, tmp_path):
    kept = store.backup(tmp_path / "usb", NOON)
    store.cancel(KEY, "Aynur", "a mistake", NOON)
    store.close()
    done = restore(tmp_path / "data", kept, NOON + HOUR)
    assert done.aside == tmp_path / "data" / "backups" / "replaced-20270220-090000Z.db"
    with opened(tmp_path / "data") as now:
        assert state_of(now, KEY) == "scheduled"
        assert now.file(ABC) == b"abc"
    assert answers(done.aside, "SELECT state FROM deliveries") == "cancelled"
    again = restore(tmp_path / "data", done.aside, NOON + HOUR)
    assert again.aside.name == "replaced-20270220-090000Z-2.db"
    with opened(tmp_path / "data") as now:
        assert state_of(now, KEY) == "cancelled"


@pytest.mark.a_file
def test_the_newest_changes_of_a_killed_scheduler_are_kept_with_the_replaced_database(tmp_path):
    """Its last commits stand only in the log beside the file."""
    words = (
        "import os,signal,sys\n"
        "from pathlib import Path\n"
        "from tests.store.kit import *\n"
        "store = opened(Path(sys.argv[1]))\n"
        "store.sync([delivery()], {}, NOON - HOUR)\n"
        "store.backup(Path(sys.argv[1]) / 'backups', NOON)\n"
        "store.cancel('2027/figures/mastodon-en', 'Aynur', '', NOON)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    folder = tmp_path / "data"
    assert elsewhere.run(words, folder).returncode == -9
    assert (folder / f"{FILE}-wal").stat().st_size > 0
    done = restore(folder, folder / "backups" / "scheduler-20270220-080000Z.db", NOON)
    assert answers(done.aside, "SELECT state FROM deliveries") == "cancelled"
    with opened(folder) as now:
        assert state_of(now, KEY) == "scheduled"


def test_a_damaged_database_can_be_replaced_and_is_kept_as_it_is(store, tmp_path):
    kept = store.backup(store.backups, NOON)
    store.close()
    spoil(tmp_path / "data" / FILE)
    spoilt = (tmp_path / "data" / FILE).read_bytes()
    done = restore(tmp_path / "data", kept, NOON)
    assert done.aside.read_bytes() == spoilt
    with Store.open(tmp_path / "data", Mode.LIVE, check=True) as now:
        assert now.file(ABC) == b"abc"


@pytest.mark.a_file
def test_into_an_empty_folder_a_backup_is_simply_put(store, tmp_path):
    kept = store.backup(tmp_path / "usb", NOON)
    assert restore(tmp_path / "new", kept, NOON).aside is None
    with opened(tmp_path / "new") as now:
        assert state_of(now, KEY) == "scheduled"


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.a_file
def test_under_a_scheduler_at_work_nothing_is_replaced(store, tmp_path, mode):
    kept = store.backup(tmp_path / "usb", NOON)
    before = (tmp_path / "data" / FILE).stat().st_ino
    told = pytest.raises(LockError, match=f"process {os.getpid()} .*stop it first")
    with opened(tmp_path / "data", mode) as running, running.lock(NOON, "run"), told:
        restore(tmp_path / "data", kept, NOON)
    assert (tmp_path / "data" / FILE).stat().st_ino == before


def text(path):
    path.write_text("not a database, " * 400)


def another_program_s(path):
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE moz_places (id INTEGER)")
        raw.commit()


def of_a_newer_version(path):
    Store.open(path.parent / "newer", Mode.LIVE).close()
    shutil.copyfile(path.parent / "newer" / FILE, path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO schema_version VALUES (?)", (migrations.LATEST + 1,))
        raw.commit()


def cut_short(path):
    with opened(path.parent / "whole") as whole:
        whole.sync([delivery(f"p{n}") for n in range(50)], {}, NOON - HOUR)
        made = whole.backup(path.parent, NOON, "whole.db")
    path.write_bytes(made.read_bytes()[: made.stat().st_size // 2])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (text, "is not a database"),
        (another_program_s, "no backup of this program"),
        (of_a_newer_version, "newer version .* update the program first"),
        (cut_short, "damaged"),
        (lambda path: path.touch(), "no backup of this program"),
        (lambda path: path.mkdir(), "there is no such file"),
        (lambda path: None, "there is no such file"),
    ],
    ids=["text", "another program's", "newer", "cut short", "empty", "folder", "missing"],
)
@pytest.mark.a_file
def test_what_is_no_good_backup_is_refused_in_one_line_and_changes_nothing(store, tmp_path, make, words):
    make(tmp_path / "wrong.db")
    store.close()
    before = (tmp_path / "data" / FILE).read_bytes()
    with pytest.raises(InputError, match=words) as caught:
        restore(tmp_path / "data", tmp_path / "wrong.db", NOON)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "data" / FILE).read_bytes() == before
    assert state_of(store, KEY) == "scheduled"
    assert not [path for path in (tmp_path / "data").iterdir() if path.name.startswith(".")]


@pytest.mark.a_file
def test_the_database_itself_is_no_backup(store, tmp_path):
    with pytest.raises(InputError, match="the database itself"):
        restore(tmp_path / "data", tmp_path / "data" / FILE, NOON)


@pytest.mark.a_file
def test_a_backup_of_an_earlier_version_is_restored_and_brought_up_to_date(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "STEPS", migrations.STEPS[:2])
        earlier.setattr(migrations, "LATEST", 2)
        Store.open(tmp_path / "old", Mode.LIVE).close()
    assert restore(tmp_path / "data", tmp_path / "old" / FILE, NOON).version == 2
    with opened(tmp_path / "data") as store:
        store.sync([delivery()], {}, NOON - MINUTE)
        assert state_of(store, KEY) == "scheduled"


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from scheduler.store import backup
from scheduler.store.restoring import restore
steps, left = ("replace", "unlink"), [int(sys.argv[3])]
for name in steps:
    def act(self, *rest, _was=getattr(Path, name), **more):
        if str(self).startswith(sys.argv[1]):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
        return _was(self, *rest, **more)
    setattr(Path, name, act)
restore(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
@pytest.mark.a_file
def test_kill_9_anywhere_in_a_restore_leaves_the_old_or_the_new_or_says_to_do_it_again(tmp_path):
    with opened(tmp_path / "original") as store:
        store.sync([POST], {ABC: b"abc"}, NOON - HOUR)
        kept = store.backup(tmp_path / "usb", NOON)
        store.cancel(KEY, "Aynur", "", NOON)
    seen = set()
    for step in range(12):
        folder = tmp_path / str(step)
        shutil.copytree(tmp_path / "original", folder)
        killed = elsewhere.run(KILLED, folder, kept, step).returncode
        if killed == 0:
            break
        if (folder / RESTORING).exists():
            with pytest.raises(StoreError, match="interrupted; do it again: python run"):
                opened(folder, create=False)
            seen.add("again")
            restore(folder, kept, NOON)
        with opened(folder, create=False) as store:
            seen.add(state_of(store, KEY))
        assert not (folder / RESTORING).exists()
    assert killed == 0
    assert seen == {"cancelled", "again", "scheduled"}


@pytest.mark.a_file
def test_a_backup_on_a_disk_that_cannot_be_written_can_be_read(store, tmp_path):
    kept = store.backup(tmp_path / "usb", NOON)
    kept.chmod(0o400)
    (tmp_path / "usb").chmod(0o500)
    try:
        restore(tmp_path / "new", kept, NOON + timedelta(hours=1))
    finally:
        (tmp_path / "usb").chmod(0o700)
    with opened(tmp_path / "new") as now:
        assert state_of(now, KEY) == "scheduled"
