"""One scheduler a remote account on this machine, and threads that wait their turn to write."""

import os
import sys
import threading
import time

import pytest

from scheduler.store import locking
from tests import elsewhere
from tests.store.kit import MINUTE, NOON, delivery, opened, state_of

ACCOUNT = "mastodon https://social.example 4711"


@pytest.fixture(autouse=True)
def own_temp(tmp_path, monkeypatch):
    """Locks of this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


HOLDER = """
import sys, time
from pathlib import Path
from scheduler.store import locking
held = locking.account_lock(sys.argv[1], Path(sys.argv[2]))
print("held" if held else "refused", flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has the account."""
    (tmp_path / "copy").mkdir()
    with elsewhere.Elsewhere(HOLDER, ACCOUNT, tmp_path / "copy") as process:
        assert process.stdout.readline() == b"held\n"
        yield process


def test_a_copied_folder_s_scheduler_does_not_get_the_account_and_is_told_who_has_it(other, tmp_path):
    assert locking.account_lock(ACCOUNT) is None
    words = locking.account_taken(ACCOUNT)
    assert f"process {other.pid} on " in words
    assert str(tmp_path / "copy") in words


def test_another_account_is_free(other):
    lock = locking.account_lock(ACCOUNT + "2")
    assert lock is not None
    lock.close()


def test_the_account_of_a_killed_process_is_free_at_once(other):
    other.kill()
    other.wait()
    lock = locking.account_lock(ACCOUNT)
    assert lock is not None
    lock.close()


def test_two_channels_of_one_process_may_share_an_account(tmp_path):
    one, two = locking.account_lock(ACCOUNT), locking.account_lock(ACCOUNT)
    assert one is not None
    assert two is not None
    one.close()
    one.close()
    asking = HOLDER.replace("time.sleep(60)", "")
    assert elsewhere.run(asking, ACCOUNT, tmp_path).stdout == b"refused\n"
    two.close()
    assert elsewhere.run(asking, ACCOUNT, tmp_path).stdout == b"held\n"


def test_the_account_s_name_is_not_written_down(tmp_path):
    lock = locking.account_lock(ACCOUNT, tmp_path)
    files = [path for path in tmp_path.rglob("*.lock")]
    assert len(files) == 1
    assert "4711" not in files[0].name
    assert ACCOUNT not in files[0].read_text()
    assert locking.account_holder(ACCOUNT)["pid"] == str(os.getpid())
    lock.close()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({}, "it has not said who it is"),
        ({"pid": "7", "host": "pc", "words": "run", "since": "rubbish"}, "process 7 on pc, `run`"),
        ({"pid": "7"}, "process 7 on this machine"),
    ],
)
def test_whatever_a_holder_wrote_is_told_in_words(written, told):
    assert locking.described(written) == told


def test_a_writer_waits_for_the_others_of_its_process_instead_of_giving_up(tmp_path, monkeypatch):
    # SQLite itself, asked not to wait, says "database is locked" at once: so this waiting is ours.
    monkeypatch.setattr("scheduler.store.connect.BUSY_SECONDS", 0)
    with opened(tmp_path) as one, opened(tmp_path) as two:
        inside = threading.Event()

        def slow():
            with one.transaction():
                inside.set()
                time.sleep(0.3)

        writer = threading.Thread(target=slow)
        writer.start()
        inside.wait(10)
        two.sync([delivery()], {}, NOON - MINUTE)
        writer.join()
        assert state_of(two, "2027/figures/mastodon-en") == "scheduled"


def test_a_reader_does_not_wait_for_a_writer(tmp_path):
    with opened(tmp_path) as store:
        store.sync([delivery()], {}, NOON - MINUTE)
        with store.transaction():
            assert state_of(store, "2027/figures/mastodon-en") == "scheduled"


def test_a_lock_held_for_weeks_is_not_tidied_away_as_an_old_file(own_temp):
    """systemd-tmpfiles removes what nobody has changed for ten days from /tmp (tmpfiles.d(5), tmp.conf)."""
    lock = locking.account_lock(ACCOUNT, own_temp)
    [file] = own_temp.rglob("*.lock")
    os.utime(file, (0, 0))
    assert lock.still_ours()
    assert time.time() - file.stat().st_mtime < 60
    lock.close()


def test_a_lock_whose_file_was_tidied_away_is_held_again(own_temp):
    lock = locking.account_lock(ACCOUNT, own_temp)
    [file] = own_temp.rglob("*.lock")
    file.unlink()
    assert lock.still_ours()
    asking = HOLDER.replace("time.sleep(60)", "")
    assert elsewhere.run(asking, ACCOUNT, own_temp).stdout == b"refused\n"
    assert locking.account_holder(ACCOUNT)["folder"] == str(own_temp)
    lock.close()
    assert not lock.still_ours()


def test_who_took_an_account_whose_lock_was_tidied_away_keeps_it(own_temp):
    lock = locking.account_lock(ACCOUNT, own_temp)
    [file] = own_temp.rglob("*.lock")
    file.unlink()
    with elsewhere.Elsewhere(HOLDER, ACCOUNT, own_temp) as process:
        assert process.stdout.readline() == b"held\n"
        assert not lock.still_ours()
    lock.close()


SHARER = """
import sys, time
from pathlib import Path
from scheduler.store import locking
held = locking.account_lock(sys.argv[1], Path("."), together=sys.argv[2])
print("held" if held else "refused", flush=True)
time.sleep(float(sys.argv[3]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be locked for several there")
@pytest.mark.long
def test_machines_of_one_database_share_an_account_and_those_of_another_do_not_get_it(own_temp):
    with elsewhere.Elsewhere(SHARER, ACCOUNT, "db/1/campaign", "60") as one:
        assert one.stdout.readline() == b"held\n"
        assert elsewhere.run(SHARER, ACCOUNT, "db/1/campaign", "0").stdout == b"held\n"
        assert elsewhere.run(SHARER, ACCOUNT, "db/1/other", "0").stdout == b"refused\n"
        assert locking.account_lock(ACCOUNT, own_temp) is None
    assert elsewhere.run(SHARER, ACCOUNT, "db/1/other", "0").stdout == b"held\n"
    # What is noted is the last one's, and nobody has it.
    lock = locking.account_lock(ACCOUNT, own_temp, together="db/1/campaign")
    assert lock is not None
    assert lock.still_ours()
    assert elsewhere.run(SHARER, ACCOUNT, "db/1/other", "0").stdout == b"refused\n"
    lock.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be locked for several there")
def test_the_database_is_still_known_after_the_lock_s_file_was_tidied_away(own_temp):
    lock = locking.account_lock(ACCOUNT, own_temp, together="db/1/campaign")
    [file] = own_temp.rglob("*.lock")
    file.unlink()
    assert lock.still_ours()
    assert elsewhere.run(SHARER, ACCOUNT, "db/1/other", "0").stdout == b"refused\n"
    assert elsewhere.run(SHARER, ACCOUNT, "db/1/campaign", "0").stdout == b"held\n"
    lock.close()
