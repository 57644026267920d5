"""Backups by command: made, named, put back, and refused in one line."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns
from tests.cli.test_deciding import FLOOD, KEY, recorded, state_of


@pytest.fixture
def run(campaign):
    run = campaign(FLOOD, live=True)
    recorded(run)
    return run


def test_a_backup_stands_in_the_data_folder_and_says_how_to_go_back(run, tmp_path):
    told = run("backup")
    assert told.code == 0
    [made] = (tmp_path / "data" / "backups").iterdir()
    assert made.name.startswith("kept-")
    assert f"python run.py restore {made}" in told.out
    with closing(sqlite3.connect(made)) as raw:
        assert raw.execute("SELECT count(*) FROM deliveries WHERE key = ?", (KEY,)).fetchone() == (1,)


def test_a_backup_goes_where_it_is_told_to(run, tmp_path):
    (tmp_path / "usb").mkdir()
    assert run("backup", str(tmp_path / "usb")).code == 0
    assert [path.suffix for path in (tmp_path / "usb").iterdir()] == [".db"]
    assert run("backup", str(tmp_path / "usb" / "before.db")).code == 0
    assert (tmp_path / "usb" / "before.db").is_file()


def test_a_backup_never_writes_over_a_file(run, tmp_path):
    (tmp_path / "notes.db").write_text("mine")
    told = run("backup", str(tmp_path / "notes.db"))
    assert (told.code, len(told.lines)) == (2, 1)
    assert "there is such a file already" in told.err
    assert (tmp_path / "notes.db").read_text() == "mine"


def test_where_nothing_was_recorded_there_is_nothing_to_keep(campaign):
    told = campaign(FLOOD)("backup")
    assert (told.code, len(told.lines)) == (2, 1)
    assert "nothing is recorded here yet" in told.err


def test_a_restored_backup_brings_back_what_was_cancelled_and_tells_what_comes_next(run, tmp_path):
    run("backup", str(tmp_path / "kept.db"))
    run("cancel", KEY, "--reason", "a slip")
    assert state_of(run) == "cancelled"
    told = run("restore", str(tmp_path / "kept.db"), "--as", "Aynur")
    assert told.code == 0
    assert state_of(run) in ("scheduled", "held")
    assert "What was there before is kept:" in told.out
    assert "posts found there are not sent again" in told.out
    with open_campaign(run.config).store(Mode.LIVE) as store:
        assert [act.who.split()[0] for act in store.acts() if act.act == "restore"] == ["Aynur"]


def test_under_a_running_scheduler_restore_names_it_and_does_nothing(run, tmp_path):
    run("backup", str(tmp_path / "kept.db"))
    run("cancel", KEY)
    campaigning = open_campaign(run.config)
    with campaigning.store(Mode.LIVE) as store, store.lock(datetime.now(UTC), "run --live"):
        told = run("restore", str(tmp_path / "kept.db"))
    assert (told.code, len(told.lines)) == (1, 1)
    assert "`run --live`" in told.err
    assert state_of(run) == "cancelled"


@pytest.mark.parametrize("name", ["missing.db", "config.yaml"])
def test_what_is_no_backup_is_refused_in_one_line(run, tmp_path, name):
    told = run("restore", str(tmp_path / name))
    assert (told.code, len(told.lines)) == (2, 1)


def test_a_missing_backup_names_the_newest_there_is(run, tmp_path):
    run("backup")
    [made] = (tmp_path / "data" / "backups").iterdir()
    assert str(made) in run("restore", "missing.db").err


def test_a_backup_holds_no_secret(run, tmp_path):
    run("backup", str(tmp_path / "kept.db"))
    content = (tmp_path / "kept.db").read_bytes()
    assert not [secret for secret in campaigns.SECRETS.values() if secret.encode() in content]
