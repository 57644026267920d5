"""A database of every earlier version is taken over whole, or left whole; nothing in it is sent again."""

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from scheduler.errors import StoreError
from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Sent
from scheduler.store import Decision, Store, Verdict, migrations
from scheduler.store.connect import FILE
from tests import elsewhere
from tests.store.kit import ABC, DAY, MINUTE, NOON, channel, opened, policy, prepared

pytestmark = pytest.mark.a_file

VERSIONS = sorted(Path(__file__).with_name("versions").glob("v*.sql"))
STATES = {
    "2027/figures/mastodon-en": "published",
    "2027/figures/x-en": "refused",
    "2027/figures/a-en": "unknown",
    "2027/figures/b-en": "sending",
    "2027/figures/c-en": "preparing",
    "2027/figures/d-en": "cancelled",
    "2027/figures/f-en": "missed",
    "2027/thread/e-en": "scheduled",
    "2027/waiting/mastodon-en": "scheduled",
    "2027/held/g-en": "scheduled",
}
"""As the dumps were made: a delivery in each state, a thread of three with its first part out."""

RULES = policy(*(channel(f"{name}-en") for name in ("mastodon", "x", "a", "b", "c", "d", "e", "f", "g")))


def number(path):
    return int(re.fullmatch(r"v(\d+)", path.stem)[1])


@pytest.fixture(params=VERSIONS, ids=lambda path: path.stem)
def earlier(request, tmp_path):
    """A data folder with a database of an earlier version; answers the folder and the version."""
    with closing(sqlite3.connect(tmp_path / FILE)) as made:
        made.executescript(request.param.read_text(encoding="utf-8"))
    return tmp_path, number(request.param)


def states(store):
    return {status.key: str(status.state) for status in store.statuses(NOON)}


def version_of(path):
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return raw.execute("SELECT max(version) FROM schema_version").fetchone()[0]


def test_there_is_a_populated_database_of_every_earlier_version():
    assert [number(path) for path in VERSIONS] == list(range(1, migrations.LATEST))


def test_everything_recorded_is_still_there(earlier):
    folder, _ = earlier
    with opened(folder, rules=RULES) as store:
        assert states(store) == STATES
        assert store.file(ABC) == b"abc"
        assert store.receipt("2027/figures/mastodon-en") == Receipt("111", "https://social.example/111")
        assert [hold.value for hold in store.holds()] == ["held"]
        assert [one.who for one in store.approvals()] == ["Aynur"]
        assert store.slots() == {"2027/waiting/mastodon-en": NOON + DAY}
        assert [event.event for event in store.history("2027/figures/x-en")][:2] == ["begun", "refused"]
        assert store.last_heartbeat() == NOON
        assert store.tie_account("mastodon-en", "account-1", NOON)
        assert not store.tie_account("mastodon-en", "another", NOON)


def test_nothing_that_is_out_or_may_be_is_taken_up_again_and_the_rest_goes_on(earlier):
    folder, _ = earlier
    with opened(folder, rules=RULES) as store:
        later = NOON + 10 * MINUTE
        store.sweep(later)
        assert states(store)["2027/figures/b-en"] == "unknown"
        taken = {}
        for name in RULES.channels:
            while (claim := store.claim(later, name)) is not None:
                taken[claim.key] = claim.part
                assert store.begin(claim, claim.part, prepared(), later)
                sent = Sent(Receipt(f"9{claim.part}", f"https://social.example/9{claim.part}"))
                assert store.settle(claim, claim.part, sent, later, Decision(State.PUBLISHED))
        # The preparation that was cut short, and of the thread the part that comes next.
        assert taken == {"2027/figures/c-en": 0, "2027/thread/e-en": 1}
        assert {doubt.key for doubt in store.unknowns(later)} == {"2027/figures/a-en", "2027/figures/b-en"}


def test_the_log_of_an_earlier_version_is_chained_as_it_is(earlier):
    folder, _ = earlier
    with opened(folder, rules=RULES) as store:
        assert [(one.number, one.act) for one in store.acts()] == [(1, "approve"), (2, "hold"), (3, "cancel")]
        assert store.verify_audit().broken is None
        store.audit("Aynur", "hold", "all", NOON)
        assert store.verify_audit() == Verdict(4, store.acts()[-1].hash)


def test_the_database_as_it_was_is_kept_for_the_way_back(earlier):
    folder, version = earlier
    opened(folder).close()
    assert version_of(folder / FILE) == migrations.LATEST
    assert version_of(folder / "backups" / f"scheduler-v{version}.db") == version


def test_no_copy_is_made_where_nothing_is_changed(tmp_path):
    opened(tmp_path).close()
    opened(tmp_path).close()
    assert not (tmp_path / "backups").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from scheduler.model import Mode
from scheduler.store import Store

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

Store.open(Path(sys.argv[1]), Mode.LIVE)
"""


MIDDLE = {
    "ADD COLUMN hash": 4,
    "UPDATE audit SET hash": 4,
    "CREATE TRIGGER audit_not_removed": 4,
    "CREATE TABLE tellings": 5,
    "INTO schema_version": migrations.LATEST,
}
"""Statements, each with the step it belongs to: only a database of before meets it."""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
@pytest.mark.parametrize(
    ("earlier", "at"),
    [
        pytest.param(path, at, id=f"{path.stem}-{at}")
        for path in VERSIONS
        for at, step in MIDDLE.items()
        if number(path) < step
    ],
    indirect=["earlier"],
)
@pytest.mark.long
def test_kill_9_in_the_middle_leaves_the_old_version_whole(earlier, at):
    folder, version = earlier
    assert elsewhere.run(KILLED, folder, at).returncode == -9
    assert version_of(folder / FILE) == version
    with opened(folder, rules=RULES) as store:
        assert states(store) == STATES
    assert version_of(folder / FILE) == migrations.LATEST


def test_without_room_for_the_copy_nothing_is_changed(earlier, monkeypatch):
    folder, version = earlier

    class Usage:
        free = 1024 * 1024

    monkeypatch.setattr("scheduler.store.connect.shutil.disk_usage", lambda path: Usage)
    with pytest.raises(StoreError, match=r"less than 64 MB free"):
        Store.open(folder, Mode.LIVE)
    assert version_of(folder / FILE) == version
