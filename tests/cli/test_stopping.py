"""Holding and freezing, as staff type it; who did it; and settling a thread's later part."""

import getpass
from datetime import UTC, datetime

import pytest

from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Prepared, Sent, Unknown
from scheduler.service import open_campaign
from scheduler.store import Decision
from tests.cli.test_deciding import FLOOD, KEY, ends, recorded, soon


def test_who_does_not_say_a_name_is_written_down_as_the_system_user(campaign, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    run = campaign(FLOOD)
    run("hold", "--reason", "rain")
    assert "Hold 1 on everything by root (system user): rain" in run("status").out
    run("hold", "--reason", "rain", "--as", "Ayla")
    assert "Hold 2 on everything by Ayla (root): rain" in run("status").out


def test_every_act_without_a_name_names_the_system_user_and_not_a_person(campaign, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    run = campaign(soon() + soon("other", text="Another memory."), live=True)
    recorded(run)
    ends(run, State.MISSED)
    run("retry", KEY)
    run("cancel", KEY)
    run("hold", "--reason", "rain")
    run("release", "1")
    with open_campaign(run.config).store(Mode.LIVE) as store:
        acts = [(act.act, act.who) for act in store.acts()]
    assert acts == [(act, "root (system user)") for act in ("retry", "cancel", "hold", "release")]


def test_a_hold_file_nobody_recorded_yet_stands_in_the_status(campaign):
    run = campaign(FLOOD)
    run("hold", "--channel", "m-en", "--reason", "rain")
    (run.config.parent / "posts" / "HOLD").write_text("earthquake", encoding="utf-8")
    assert "on everything (posts/HOLD) by HOLD file: earthquake" in run("status").out


def test_when_config_is_broken_in_the_moment_of_need_the_other_way_to_stop_is_named(campaign):
    run = campaign(FLOOD)
    run.config.write_text(run.config.read_text(encoding="utf-8").replace("Asia/Baku", "Asia/Bakuu"))
    told = run("hold", "--reason", "earthquake")
    assert told.code == 2
    assert "Asia/Bakuu" in told.err
    assert "put a file named HOLD into the folder of the posts" in told.err


# The freeze


def test_a_freeze_is_set_and_ended_and_can_be_neither_twice(campaign):
    run = campaign(FLOOD)
    told = run("freeze", "--reason", "the anniversary", "--as", "Ayla")
    assert told.out.startswith("Frozen: ")
    assert "python run.py freeze --off" in told.out
    again = run("freeze", "--reason", "once more")
    assert again.code == 1
    assert "frozen by Ayla" in again.err
    assert run("freeze", "--off").code == 0
    assert run("freeze", "--off").code == 1


@pytest.mark.parametrize("words", [[], ["--reason", "x", "--off"], ["--reason", " "]])
def test_a_freeze_wants_a_reason_or_its_end(campaign, words):
    told = campaign(FLOOD)("freeze", *words)
    assert told.code == 2
    assert "either --reason WHY" in told.err


def test_the_freeze_keeps_the_config_of_that_moment(campaign):
    run = campaign(FLOOD)
    text = run.config.read_text(encoding="utf-8")
    run("freeze", "--reason", "the anniversary")
    run.config.write_text(text.replace("grace: 2h", "grace: 5h"), encoding="utf-8")
    with open_campaign(run.config).store(Mode.DRY) as store:
        assert store.frozen().config == text
        assert str(run.config.resolve()) in store.frozen().files


def test_a_post_moved_under_a_freeze_is_told_to_wait(campaign):
    run = campaign(FLOOD)
    run("freeze", "--reason", "the anniversary", "--as", "Ayla")
    told = run("move", "flood", "--to", "D-1 11:00")
    assert told.code == 0
    assert "The plan is frozen by Ayla" in told.out
    assert "The new time counts when that ends." in told.out


# A thread's later part whose outcome nobody knows


THREAD = FLOOD + "  thread: [{text: {en: We read their names.}}, {text: {en: The bells rang.}}]\n"


@pytest.fixture
def thread(campaign):
    """The first part is out; whether the second is, nobody knows."""
    run = campaign(THREAD, live=True)
    recorded(run)
    with open_campaign(run.config).store(Mode.LIVE) as store:
        due = next(one.due for one in store.statuses(datetime.now(UTC)) if one.key == KEY)
        claim = store.claim(due, "m-en")
        assert store.begin(claim, 0, Prepared({"status": "x"}), due)
        sent = Sent(Receipt("1", "https://m.example/1"))
        assert store.settle(claim, 0, sent, due, Decision(State.PUBLISHED))
        assert store.begin(claim, 1, Prepared({"status": "y"}), due)
        assert store.settle(claim, 1, Unknown("no answer"), due, Decision(State.UNKNOWN, "no answer"))
    return run


def standing(run):
    with open_campaign(run.config).store(Mode.LIVE) as store:
        return next(one for one in store.statuses(datetime.now(UTC)) if one.key == KEY)


@pytest.mark.parametrize("named", [KEY, f"{KEY}#2"])
def test_a_part_found_by_a_person_lets_the_thread_go_on_behind_it(thread, named):
    told = thread("settle", named, "--published", "https://m.example/2")
    assert told.code == 0
    assert "part 2 published, the thread is scheduled — https://m.example/2" in told.out
    one = standing(thread)
    assert (str(one.state), one.part) == ("scheduled", 2)
    assert [receipt.remote_id for receipt in one.receipts] == ["1", "2"]


def test_a_part_that_is_not_there_is_sent_again_and_the_first_stays(thread):
    told = thread("settle", f"{KEY}#2", "--not-published")
    assert told.code == 0
    assert f"{KEY}#2: scheduled" in told.out
    one = standing(thread)
    assert (str(one.state), one.part) == ("scheduled", 1)
    assert [receipt.remote_id for receipt in one.receipts] == ["1"]


@pytest.mark.parametrize("part", ["1", "3", "x", ""])
def test_another_part_than_the_one_in_question_is_refused_by_name(thread, part):
    told = thread("settle", f"{KEY}#{part}", "--not-published")
    assert told.code == 2
    assert f"the part in question is {KEY}#2" in told.err
    assert str(standing(thread).state) == "unknown"
