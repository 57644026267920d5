"""What `--json` promises, field by field, and times that are all written one way."""

import re
from datetime import UTC, datetime, timedelta

from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
TIMES = ("due", "at", "look_again", "heartbeat", "last_tick", "next_due")
FLOOD = campaigns.post("flood", "D-1 10:00")


def times_in(value, name=""):
    """Every value that stands under a name of a time, anywhere in the answer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from times_in(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from times_in(inner, name)
    elif name in TIMES and value is not None:
        yield value


def test_check_lists_findings(campaign):
    told = campaign(FLOOD + "  hashtag: [Flood]\n")("check", "--json")
    assert told.code == 2
    [error] = [one for one in told.json if one["severity"] == "error"]
    message = error.pop("message")
    assert "hashtags" in message
    # The key begins in the third column of the eighth line.
    assert error == {
        "file": "posts/posts.yaml",
        "line": 8,
        "column": 3,
        "severity": "error",
        "rule": error["rule"],
        "post": "flood",
    }


def test_plan_lists_deliveries(campaign):
    told = campaign(FLOOD)("plan", "--json")
    assert told.code == 0
    mastodon, x = told.json
    [image] = mastodon.pop("images")
    assert re.fullmatch("[0-9a-f]{64}", image)
    # D-1 of 17 February 2027, 10:00 in Baku (UTC+4). "The water … took." is 51 letters and signs; a line
    # break and #HarbourFlood (13) follow.
    text = "The water came at night. We remember those it took.\n#HarbourFlood"
    assert mastodon == {
        "key": "2027/flood/m-en",
        "post": "flood",
        "channel": "m-en",
        "platform": "mastodon",
        "due": "2027-02-16T06:00:00Z",
        "local": "2027-02-16T10:00:00+04:00",
        "state": "not-live",
        "text": text,
        # Mastodon counts the warning too: "Loss of life" is 12.
        "length": len(text) + 12,
        "limit": 500,
    }
    assert x["platform"] == "x"
    assert x["text"].startswith("Content note: Loss of life\n")
    assert (x["length"], x["limit"]) == (len(x["text"]), 280)


def test_rehearse_counts_and_lists(campaign):
    told = campaign(FLOOD)("rehearse", "--json")
    assert told.code == 0
    assert (told.json["published"], told.json["held"], told.json["missed"]) == (2, 0, 0)
    assert [one["key"] for one in told.json["deliveries"]] == ["2027/flood/m-en", "2027/flood/x-en"]
    assert set(told.json["deliveries"][0]) == {"key", "state", "due", "attempts", "url", "reason"}
    assert told.json["deliveries"][0]["state"] == "published"


def test_status_before_anything_has_run(campaign):
    told = campaign(FLOOD)("status", "--json")
    assert told.code == 0
    assert told.json == {"counts": {}, "deliveries": [], "holds": [], "heartbeat": None}


ALWAYS = {"counts", "deliveries", "holds", "heartbeat"}
ALSO = {"at", "mode", "at_work", "last_tick", "next_due", "next_key", "oldest_overdue", "overdue", "unknown"}
ALSO |= {"refused", "missed", "problems", "clock", "frozen", "ok", "needs_you"}
ALSO |= {"audit_head", "lowered", "answered", "alerts"}


def test_status_counts_lists_and_names_holds(campaign):
    soon = campaigns.at(datetime.now(UTC) + timedelta(hours=2))
    run = campaign(campaigns.post("flood", soon) + "  channels: [m-en]\n")
    assert run("hold", "--channel", "m-en", "--reason", "rain", "--as", "Ayla").code == 0
    # Held counts as done, so this ends at once, and not all is published.
    assert run("run", "--until-done").code == 1
    told = run("status", "--json", "--dry").json
    assert set(told) == ALWAYS | ALSO
    assert (told["mode"], told["at_work"], told["ok"], told["overdue"]) == ("dry", False, True, 0)
    assert (told["next_key"], told["needs_you"]) == ("2027/flood/m-en", [])
    assert told["counts"] == {"held": 1}
    [delivery] = told["deliveries"]
    assert (delivery["key"], delivery["state"], delivery["attempts"]) == ("2027/flood/m-en", "held", 0)
    assert "rain" in delivery["reason"]
    [hold] = told["holds"]
    assert (hold["scope"], hold["value"], hold["reason"]) == ("channel", "m-en", "rain")
    assert hold["who"].startswith("Ayla (")
    assert TIME.fullmatch(told["heartbeat"])


def test_every_time_is_utc_with_z_to_the_second(campaign):
    run = campaign(campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(hours=2))))
    run("hold", "--post", "flood", "--reason", "rain")
    assert run("publish", "flood", "--channel", "m-en").code == 1
    answers = [run(*words, "--json").json for words in (["plan"], ["rehearse"], ["status", "--dry"])]
    answers.append(run("why", "flood", "--dry", "--json").json)
    found = [time for answer in answers for time in times_in(answer)]
    assert len(found) > 8
    assert [time for time in found if not TIME.fullmatch(time)] == []


def test_plan_says_held_past_published_and_not_live(campaign, tmp_path):
    soon, gone = datetime.now(UTC) + timedelta(hours=2), datetime.now(UTC) - timedelta(days=2)
    posts = campaigns.post("soon", campaigns.at(soon)) + campaigns.post(
        "gone", campaigns.at(gone), text="Gone."
    )
    run = campaign(posts, live=True, approvals=1)
    config = run.config.read_text(encoding="utf-8")
    run.config.write_text(config.replace("live: true}\n  x-en", "live: false}\n  x-en", 1), encoding="utf-8")
    states = {(row["post"], row["channel"]): row["state"] for row in run("plan", "--json").json}
    assert states == {
        ("soon", "m-en"): "not-live",
        ("soon", "x-en"): "held",
        ("gone", "m-en"): "past",
        ("gone", "x-en"): "past",
    }
    assert run("approve", "soon", "--yes", "--as", "Ayla").code == 0
    states = {(row["post"], row["channel"]): row["state"] for row in run("plan", "--json").json}
    assert states[("soon", "x-en")] == "scheduled"


def test_plan_says_already_out_of_a_post_that_was_renamed_after_it_went(campaign, tmp_path):
    run = campaign(campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(hours=2))), live=True)
    with open_campaign(run.config).store(Mode.LIVE) as store:
        made = open_campaign(run.config).prepare(datetime.now(UTC))
        now = datetime.now(UTC)
        store.sync(made.deliveries, made.files, now)
        publish_by_hand(store, made.deliveries[0].key)
    later = campaigns.post("flood-renamed", campaigns.at(datetime.now(UTC) + timedelta(hours=3)))
    (tmp_path / "posts" / "posts.yaml").write_text(later, encoding="utf-8")
    states = {row["channel"]: row["state"] for row in run("plan", "--json").json}
    assert states == {"m-en": "already-out", "x-en": "scheduled"}


def publish_by_hand(store, key):
    """The delivery as `published`, by the store's own steps."""
    from scheduler.model import Receipt, State
    from scheduler.platforms.base import Prepared, Sent
    from scheduler.store import Decision

    [status] = [one for one in store.statuses(datetime.now(UTC)) if one.key == key]
    now = status.due + timedelta(seconds=1)
    claim = store.claim(now, status.channel)
    assert claim.key == key
    assert store.begin(claim, 0, Prepared({"status": "x"}), now)
    assert store.settle(claim, 0, Sent(Receipt("1", "https://m.example/1")), now, Decision(State.PUBLISHED))


def test_a_post_whose_time_had_passed_before_it_was_seen_is_past_in_the_plan(campaign):
    run = campaign(campaigns.post("flood", "2026-01-01 10:00"), live=True)
    assert {one["state"] for one in run("plan", "--json").json} == {"past"}
