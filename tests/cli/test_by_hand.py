"""Saying on the command line what was posted by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode
from scheduler.service import Unusable, open_campaign
from tests import campaigns

KEY = "2027/flood/m-en"
POST = "- id: flood\n  kind: text\n  author: w\n  when: D-1 10:00\n  text: {en: The water came.}\n"
URL = "https://m.example/@a/1"


@pytest.fixture
def run(campaign):
    made = campaign(
        "- id: flood\n  kind: text\n  author: w\n  when: D-1 10:00\n  text: {en: The water came.}\n"
    )
    text = made.config.read_text(encoding="utf-8")
    text = text.replace("live: false}\n  x-en", "by_hand: true}\n  x-en")
    made.config.write_text(text, encoding="utf-8")
    return made


def states(run):
    return {one["key"]: one["state"] for one in run("status", "--json").json["deliveries"]}


def test_a_post_made_by_hand_is_settled_before_anything_ever_ran(run):
    told = run("settle", KEY, "--published", URL, "--as", "Ayla", "--at", "2024-11-20 10:00")
    assert (told.code, told.out) == (
        0,
        f"{KEY}: published by hand at Wed 20 Nov 2024 10:00 Asia/Baku — {URL}\n",
    )
    assert states(run) == {KEY: "published"}
    assert "posted by hand by Ayla" in run("why", KEY).out
    assert run("settle", KEY, "--published", URL).err == f"{KEY} is published already; nothing was recorded\n"


def test_what_went_out_uncleared_is_recorded_and_said(run):
    text = run.config.read_text(encoding="utf-8")
    run.config.write_text(text.replace("{default: 0}", "{default: 1, ledger: 0}"), encoding="utf-8")
    told = run("settle", KEY, "--published", URL)
    assert told.code == 0
    assert "It was not cleared when it went out: not approved: " in told.err


def test_a_time_to_come_a_wrong_key_and_a_channel_of_the_schedulers_are_refused(run):
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert run("settle", KEY, "--published", URL, "--at", ahead).err.startswith("--at lies ahead")
    told = run("settle", "2027/flod/m-en", "--published", URL)
    assert told.err == "2027/flod/m-en is not planned, so nothing was recorded; see: python run.py plan\n"
    told = run("settle", "2027/flood/x-en", "--published", URL, "--at", "2024-11-20")
    assert told.err.startswith("--at is for what was posted by hand")
    assert not (run.config.parent / "data" / "scheduler.db").exists()


def test_plan_says_who_posts_it(run):
    rows = {one["key"]: one["state"] for one in run("plan", "--json").json}
    assert rows == {KEY: "held", "2027/flood/x-en": "not-live"}


def test_a_missed_post_may_still_be_told_where_it_is(run):
    campaigning = open_campaign(run.config)
    now = datetime.now(UTC)
    made = campaigning.prepare(now)
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now)
        store.expire(made.deliveries[0].due + timedelta(days=1))
    told = run("status").out
    assert f"python run.py settle {KEY} --published LINK" in " ".join(told.split())
    assert run("settle", KEY, "--published", URL).code == 0


def test_live_and_by_hand_together_would_post_twice(tmp_path):
    config = campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"), live=True)
    text = config.read_text(encoding="utf-8").replace(
        "live: true}\n  x-en", "live: true, by_hand: true}\n  x-en"
    )
    config.write_text(text, encoding="utf-8")

    with pytest.raises(Unusable, match="would go out twice"):
        open_campaign(config)


def test_publish_does_not_send_what_a_person_posts(run):
    told = run("publish", "flood", "--channel", "m-en", "--live")
    assert (told.code, told.err.startswith("m-en is posted on by hand")) == (2, True)
    assert "python run.py export pack" in told.err


def test_accounts_says_who_posts_there_and_asks_for_no_credentials(run):
    told = run("accounts")
    assert "posted on by hand; no credentials are needed; 1 post planned this year" in told.out
    [one] = [one for one in run("accounts", "--json").json if one["channel"] == "m-en"]
    assert (one["by_hand"], one["ok"], one["missing_variables"], one["advice"]) == (True, True, [], [])


def test_an_address_with_signs_that_move_the_cursor_is_refused(run):
    told = run("settle", KEY, "--published", "https://m.example/\x1b[2J")
    assert (told.code, "\x1b" in told.err) == (2, False)
