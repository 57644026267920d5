"""A backup in the place of all that is on a server: in one transaction, with nobody at work there."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from scheduler.errors import InputError, LockError, StoreError
from scheduler.model import Mode
from scheduler.store import Store, moving, server_alone
from scheduler.store.connect import FILE
from tests import postgres
from tests.store.kit import ABC, HOUR, NOON, approval, delivery, policy, state_of

pytestmark = pytest.mark.a_server

POST = delivery("figures", due=NOON)
KEY = POST.key


@pytest.fixture
def url(tmp_path):
    """A schema without anything in it."""
    yield postgres.url_of(tmp_path)
    postgres.run(f"DROP SCHEMA {postgres.schema_of(tmp_path)} CASCADE")
    postgres.MADE.discard(postgres.schema_of(tmp_path))


def on_server(tmp_path, url, machine="one"):
    store = Store.open(tmp_path / machine, Mode.LIVE, url=url)
    store.policy = policy()
    return store


@pytest.fixture
def kept(tmp_path, url):
    """A backup, after which the delivery was cancelled."""
    with on_server(tmp_path, url) as store:
        store.settle_in(NOON - HOUR)
        store.sync([POST], {ABC: b"abc"}, NOON - HOUR)
        store.approve([approval(POST)])
        made = store.backup(tmp_path / "usb", NOON)
        store.cancel(KEY, "Aynur", "a slip", NOON)
    return made


def restore(tmp_path, url, file, machine="one"):
    return server_alone.restore(tmp_path / machine, sa.make_url(url), file, NOON + HOUR)


def test_everything_is_as_it_was_and_what_was_replaced_is_kept(tmp_path, url, kept):
    done = restore(tmp_path, url, kept)
    assert done.database.startswith("PostgreSQL ")
    with on_server(tmp_path, url) as store:
        assert state_of(store, KEY) == "scheduled"
        assert store.file(ABC) == b"abc"
        assert [one.who for one in store.approvals()] == ["Aynur"]
        assert store.verify_audit().whole
    assert done.aside.parent == tmp_path / "one" / "backups"
    restore(tmp_path, url, done.aside)
    with on_server(tmp_path, url) as store:
        assert state_of(store, KEY) == "cancelled"


def test_afterwards_every_machine_compares_its_accounts_first(tmp_path, url, kept):
    restore(tmp_path, url, kept)
    with on_server(tmp_path, url, "two") as store:
        assert "each account is compared" in store.settle_in(NOON + HOUR)
        assert store.must_compare("mastodon-en")


def test_a_file_of_sqlite_s_is_taken_too(tmp_path, url):
    with Store.open(tmp_path / "alone", Mode.LIVE) as store:
        store.policy = policy()
        store.sync([POST], {}, NOON - HOUR)
    assert restore(tmp_path, url, tmp_path / "alone" / FILE).aside is None
    with on_server(tmp_path, url) as store:
        assert state_of(store, KEY) == "scheduled"


def test_while_a_machine_is_connected_nothing_is_replaced(tmp_path, url, kept, monkeypatch):
    monkeypatch.setattr("scheduler.store.presence.PATIENCE", 0.2)
    with on_server(tmp_path, url, "two") as store:
        with pytest.raises(LockError, match="is at work there; stop every scheduler"):
            restore(tmp_path, url, kept)
        assert state_of(store, KEY) == "cancelled"


def test_a_scheduler_of_this_folder_is_named(tmp_path, url, kept):
    with (
        on_server(tmp_path, url) as store,
        store.lock(NOON, "run --live"),
        pytest.raises(LockError, match="run --live"),
    ):
        restore(tmp_path, url, kept)


def test_what_breaks_in_the_middle_leaves_everything_as_it_was(tmp_path, url, kept, monkeypatch):
    monkeypatch.setattr(moving, "_carry", lambda source, target, name: None)
    with pytest.raises(StoreError, match="not what was there"):
        restore(tmp_path, url, kept)
    with on_server(tmp_path, url) as store:
        assert state_of(store, KEY) == "cancelled"
        assert store.verify_audit().whole


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_backup_is_refused(tmp_path, url, kept, content):
    (tmp_path / "wrong.db").write_bytes(content)
    with pytest.raises(InputError):
        restore(tmp_path, url, tmp_path / "wrong.db")
    with pytest.raises(InputError, match="there is no such file"):
        restore(tmp_path, url, tmp_path / "missing.db")
    with on_server(tmp_path, url) as store:
        assert state_of(store, KEY) == "cancelled"


def test_a_damaged_backup_is_refused(tmp_path, url, kept):
    content = bytearray(kept.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    kept.write_bytes(content)
    with pytest.raises(InputError, match="cannot be restored"):
        restore(tmp_path, url, kept)


def test_a_backup_of_a_server_is_one_file_with_everything_and_no_password(tmp_path, url, kept):
    with closing(sqlite3.connect(kept)) as raw:
        assert raw.execute("SELECT bytes FROM files WHERE sha256 = ?", (ABC,)).fetchone() == (b"abc",)
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
