"""What needs a person, and what does not: `status` and the health file say the same."""

from datetime import timedelta

import pytest

from scheduler.model import Mode, State
from scheduler.service import open_campaign
from scheduler.service.outlook import Outlook, look
from scheduler.store import Hold, Notice
from scheduler.store.news import Late, Trouble
from tests import campaigns
from tests.service.stage import NOON, opened

KEY = "2027/flood/m-en"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def trouble(state, year=2027, reason=""):
    return Trouble(f"{year}/flood/m-en", "flood", "m-en", year, state, NOON, reason)


def late(age, held=False, reasons=(), paced=False):
    return Late(KEY, "m-en", NOON - age, reasons, held, paced)


def hold(again):
    return Hold(3, "channel", "x-en", "rain", "Ayla", NOON - HOUR, again)


def notice(cause, text="words"):
    return Notice(1, cause, None, text, NOON)


def seen(**known):
    known = {"at": NOON, "mode": Mode.LIVE, "at_work": True, **known}
    return Outlook(year=2027, zone=campaigns.BAKU, **known)


QUIET = {
    "nothing at all": {},
    "a post to come": {"next_post": (KEY, NOON + MINUTE)},
    "a post just due": {"late": [late(MINUTE)], "late_count": 1},
    "one that waits for its gap": {
        "late": [late(HOUR, reasons=("x-en keeps a gap",), paced=True)],
        "late_count": 1,
    },
    "one that is tried again in a moment": {
        "late": [late(MINUTE, reasons=("the server did not answer",))],
        "late_count": 1,
    },
    "a scheduler that has just looked": {"ticked": NOON - timedelta(seconds=11)},
    "nothing runs any more": {"at_work": False, "ticked": NOON - HOUR},
    "another year's missed post": {"troubles": [trouble(State.MISSED, year=2026)]},
    "a hold to be looked at tomorrow": {"holds": [hold(NOON + 24 * HOUR)]},
    "nothing runs and nothing is due soon": {"at_work": False, "next_post": (KEY, NOON + 2 * HOUR)},
    "a dry run that does not run": {
        "at_work": False,
        "mode": Mode.DRY,
        "next_post": (KEY, NOON + MINUTE),
    },
    "a frozen plan": {"frozen": "frozen by Ayla"},
}


@pytest.mark.parametrize("known", QUIET.values(), ids=QUIET)
def test_nobody_is_needed(known):
    assert seen(**known).needs_you == ()
    assert seen(**known).to_json()["ok"] is True


NEEDED = {
    "unknown": ({"troubles": [trouble(State.UNKNOWN)]}, f"settle {KEY} --published"),
    "refused": ({"troubles": [trouble(State.REFUSED, reason="too long")]}, "(too long). Mend it"),
    "missed": ({"troubles": [trouble(State.MISSED)]}, f"retry {KEY} --at TIME; or let it go"),
    "due and held": (
        {"late": [late(MINUTE, held=True, reasons=("not approved",))], "late_count": 1},
        f"1 post is due and held: {KEY}: not approved",
    ),
    "due and nothing says why": ({"late": [late(HOUR)], "late_count": 1}, f"why {KEY}"),
    "due, and its cause does not pass": (
        {"late": [late(HOUR, reasons=("x-en has spent 5.00 of its 5 dollars",))], "late_count": 1},
        "is not out: x-en has spent 5.00 of its 5 dollars. Look",
    ),
    "held before it is due": (
        {"held_soon": [late(-MINUTE, held=True, reasons=("hold on everything",))]},
        f"1 post falls due within an hour and cannot go out: {KEY}: hold on everything",
    ),
    "a scheduler that stands still": ({"ticked": NOON - 2 * MINUTE}, "has done nothing since"),
    "a folder that cannot be read": ({"notices": [notice("posts-folder", "posts: gone")]}, "posts: gone"),
    "a channel": ({"problems": {"x-en": "x-en: the token is not valid"}}, "x-en: the token is not valid"),
    "the clock": ({"clock": "this machine's clock is 90 s behind"}, "90 s behind"),
    "nothing runs and a post is due soon": (
        {"at_work": False, "next_post": (KEY, NOON + 59 * MINUTE)},
        "The scheduler is not running",
    ),
    "a hold to be looked at": ({"holds": [hold(NOON)]}, "release 3"),
    "a job that fails": ({"notices": [notice("job:rescan", "rescan: the disk is full")]}, "disk is full"),
}


@pytest.mark.parametrize(("known", "words"), NEEDED.values(), ids=NEEDED)
def test_somebody_is_needed_and_told_what_to_do(known, words):
    [said] = seen(**known).needs_you
    assert words in said
    assert seen(**known).to_json()["ok"] is False


def test_many_are_one_sentence_with_their_number():
    many = [trouble(State.MISSED) for _ in range(5)]
    [said] = seen(troubles=many).needs_you
    assert said.startswith("5 posts were missed")
    assert "and 2 more" in said


def test_only_notices_that_end_by_themselves_count(tmp_path):
    """One that a person cannot close would keep the exit code at 1 for ever."""
    campaigning = opened(tmp_path, campaigns.post("flood", "D-1 10:00"))
    with campaigning.store(Mode.LIVE) as store:
        store.notice(f"differs:{KEY}", KEY, "it is out, but differs", NOON)
        store.notice("job:wake", None, "wake: the disk is full", NOON)
        found = look(campaigning, store, NOON, troubles=(), late=(), at_work=True, ticked=NOON)
    assert found.needs_you == ("wake: the disk is full",)


def test_a_live_channel_without_credentials_is_named_before_anything_is_due(tmp_path):
    posts = campaigns.post("flood", "D-1 10:00")
    campaigning = opened(tmp_path, posts, live=True, secrets=False)
    with campaigning.store(Mode.LIVE) as store:
        found = look(campaigning, store, NOON, troubles=(), late=(), at_work=True, ticked=NOON)
    assert set(found.problems) == {"m-en", "x-en"}
    assert all("no credentials" in words for words in found.needs_you)


def test_the_clock_is_told_by_its_notice_where_no_engine_can_be_asked(tmp_path):
    campaigning = opened(tmp_path, campaigns.post("flood", "D-1 10:00"))
    with campaigning.store(Mode.LIVE) as store:
        store.notice("clock", None, "nothing is sent: this machine's clock is 90 s behind a platform's", NOON)
        found = look(campaigning, store, NOON, troubles=(), late=(), at_work=True, ticked=NOON)
        assert found.to_json()["clock"].startswith("nothing is sent")
        store.close_notice("clock", NOON)
        found = look(campaigning, store, NOON, troubles=(), late=(), at_work=True, ticked=NOON)
        assert found.to_json()["clock"] == "trusted"


def test_a_channel_of_a_machine_that_is_not_at_work_says_so_before_anything_is_due(tmp_path):
    """A misspelt name would leave it silent."""
    file = campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"), live=True)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("platform: mastodon,", "platform: mastodon, machine: bakku,", 1), "utf-8")
    campaigning = open_campaign(file, environ={**campaigns.SECRETS, "SCHEDULER_MACHINE": "baku"})
    with campaigning.store(Mode.LIVE) as store:
        due = [late(HOUR)]
        found = look(campaigning, store, NOON, troubles=(), late=due, at_work=True, ticked=NOON)
    words = "m-en waits for the machine bakku, which is not at work"
    assert f"{words}: start it there, or mend `machine:` in config.yaml" in found.needs_you
    assert found.late[0].reasons == (words,)
