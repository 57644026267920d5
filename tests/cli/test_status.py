"""What `status` says first, and its exit code."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Prepared, Sent, Unknown
from scheduler.service import open_campaign
from scheduler.store import Decision
from tests import campaigns

KEY = "2027/flood/m-en"


@pytest.fixture
def planned(campaign):
    """A live campaign whose one post is in the database, due in so long a time."""

    def write(ahead, mode=Mode.LIVE, **options):
        now = datetime.now(UTC)
        posts = campaigns.post("flood", campaigns.at(now + ahead)) + "  channels: [m-en]\n"
        run = campaign(posts, live=True, **options)
        run.store = lambda: open_campaign(run.config).store(mode)
        with run.store() as store:
            made = open_campaign(run.config).prepare(now)
            store.sync(made.deliveries, made.files, now)
        return run

    return write


def ended(run, outcome, state, due):
    """The delivery as it is after that answer of the platform."""
    with run.store() as store:
        now = due + timedelta(seconds=1)
        claim = store.claim(now, "m-en")
        assert store.begin(claim, 0, Prepared({"status": "x"}), now)
        assert store.settle(claim, 0, outcome, now, Decision(state, "no answer tells"))


def test_what_is_due_in_a_day_needs_nobody(planned):
    told = planned(timedelta(days=1))("status")
    assert told.code == 0
    assert "Needs you" not in told.out
    assert told.out.splitlines()[0].startswith("The scheduler has not run in this mode.")
    assert "Next: 2027/flood/m-en, " in told.out


def test_a_post_due_within_the_hour_while_nothing_runs_is_for_somebody_to_look_at(planned):
    told = planned(timedelta(minutes=50))("status")
    assert told.code == 1
    assert "The scheduler is not running, and 2027/flood/m-en falls due within an hour" in told.out


def test_a_running_scheduler_says_how_long_ago_it_looked(planned):
    run = planned(timedelta(minutes=50))
    now = datetime.now(UTC)
    with run.store() as store, store.lock(now, "run --live"):
        store.heartbeat(now - timedelta(seconds=30))
        fresh = {"last_tick": (now - timedelta(seconds=4)).isoformat()}
        (run.config.parent / "data" / "healthz").write_text(json.dumps(fresh), encoding="utf-8")
        told = run("status")
        assert told.code == 0
        assert told.out.startswith("The scheduler is running; it last looked ")
        assert int(told.out.split("last looked ")[1].split()[0]) in range(4, 25)


def test_a_scheduler_that_stands_still_is_not_called_running(planned):
    run = planned(timedelta(days=1))
    now = datetime.now(UTC)
    with run.store() as store, store.lock(now, "run --live"):
        store.heartbeat(now - timedelta(minutes=5))
        told = run("status")
        assert "has done nothing since" in told.out
        assert told.code == 1
        assert run("status", "--json").json["ok"] is False


def test_a_post_that_a_hold_will_stop_is_told_while_there_is_time(planned):
    run = planned(timedelta(minutes=50))
    now = datetime.now(UTC)
    with run.store() as store, store.lock(now, "run --live"):
        store.heartbeat(now)
        assert run("status").code == 0
        run("hold", "--reason", "Earthquake")
        told = run("status")
        assert told.code == 1
        assert "1 post falls due within an hour and cannot go out: 2027/flood/m-en: " in told.out


def test_an_unknown_outcome_is_exit_code_1_until_somebody_has_settled_it(planned):
    run = planned(timedelta(hours=2))
    due = datetime.now(UTC) + timedelta(hours=2)
    ended(run, Unknown("no answer in 20 s"), State.UNKNOWN, due)
    told = run("status")
    assert told.code == 1
    assert f"python run.py settle {KEY} --published LINK (or --not-published)" in told.out
    assert run("status", "--json").json["unknown"] == 1
    assert run("settle", KEY, "--published", "https://mastodon.example/@c/1").code == 0
    assert run("status").code == 0


def test_a_missed_post_is_exit_code_1_until_it_is_let_go(planned):
    run = planned(timedelta(hours=2))
    with run.store() as store:
        store.expire(datetime.now(UTC) + timedelta(hours=9))
    told = run("status")
    assert told.code == 1
    assert "1 post was missed, and not sent: 2027/flood/m-en" in told.out
    assert run("cancel", "flood", "--reason", "too late").code == 0
    assert run("status").code == 0


def test_a_dry_run_published_nothing_and_says_would_be_out(planned):
    run = planned(timedelta(hours=2), mode=Mode.DRY)
    due = datetime.now(UTC) + timedelta(hours=2)
    ended(run, Sent(Receipt("1", None)), State.PUBLISHED, due)
    for words in (["status", "--dry", "--all"], ["why", "flood", "--dry"]):
        told = run(*words).out
        assert "would be out" in told
    assert run("status", "--dry", "--json").json["counts"] == {"published": 1}


def test_no_moment_is_shown_to_the_microsecond(planned):
    run = planned(timedelta(hours=2))
    with run.store() as store:
        store.expire(datetime.now(UTC) + timedelta(hours=9))
    assert run("retry", KEY, "--at", "2027-02-16 10:00").code == 0
    told = run("why", KEY).out
    assert "set a new time: Tue 16 Feb 2027 10:00 Asia/Baku" in told
    assert "+00:00" not in told


def test_a_frozen_plan_is_said(planned):
    run = planned(timedelta(days=1))
    assert run("freeze", "--reason", "the last week").code == 0
    told = run("status")
    assert "The plan is frozen by" in told.out
    assert "the last week" in told.out
    assert "the last week" in run("status", "--json").json["frozen"]
