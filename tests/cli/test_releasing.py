"""Lifting a hold and deciding about what lapsed under it, as staff type it."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cli import releasing
from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns
from tests.cli.test_deciding import recorded
from tests.terminal import _Keyboard

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def config(run, old, new):
    text = run.config.read_text(encoding="utf-8")
    assert old in text
    run.config.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def held(campaign):
    """A campaign on m-en with a post that came due an hour ago under a hold, and one that comes in a day.

    A fixed time of the past gets no row when it is first seen, so both are seen as they were a day ago.
    """
    now = datetime.now(UTC)
    posts = [
        campaigns.post("flood", campaigns.at(now - HOUR)),
        campaigns.post("later", campaigns.at(now + DAY), text="Another memory."),
    ]
    run = campaign("".join(post + "  channels: [m-en]\n" for post in posts), live=True, year=now.year)
    campaigning = open_campaign(run.config)
    made = campaigning.prepare(now - DAY)
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now - DAY)
        store.hold("all", "", "earthquake", "Ayla", now - DAY)
    run.keys = tuple(f"{now.year}/{name}/m-en" for name in ("flood", "later"))
    return run


def stand(run):
    return {one["key"]: one for one in run("status", "--json").json["deliveries"]}


def test_what_lapsed_is_named_with_what_can_be_done_and_nothing_is_sent(held):
    flood, later = held.keys
    told = held("release", "1", "--as", "Ayla")
    assert told.code == 0
    assert told.out.startswith("1 hold lifted. Nothing was sent by this.\n")
    assert f"{flood} lapsed under the hold and stays missed" in told.out
    assert f"python run.py retry {flood} --at TIME" in told.out
    assert {key: one["state"] for key, one in stand(held).items()} == {flood: "missed", later: "scheduled"}


def test_after_a_release_the_plan_of_the_coming_days_is_shown(held):
    told = held("release", "--all").out
    assert "To come on m-en in the next 7 days:" in told
    rows = [line.split("\t") for line in told.splitlines() if "\t" in line]
    assert [(row[1], row[2], row[3]) for row in rows] == [("m-en", "later", "scheduled")]


@pytest.mark.parametrize("named", ["flood", "flood/m-en", "key"])
def test_a_new_time_is_given_by_an_option(held, named):
    flood, _ = held.keys
    at = (datetime.now(UTC) + 2 * HOUR).replace(microsecond=0)
    named = flood if named == "key" else named
    told = held("release", "1", "--new-time", f"{named}={campaigns.at(at)}")
    assert told.code == 0, told.err
    assert f"{flood}: goes out " in told.out
    one = stand(held)[flood]
    assert (one["state"], one["due"]) == ("scheduled", at.isoformat().replace("+00:00", "Z"))
    rows = [line.split("\t") for line in told.out.splitlines() if "\t" in line]
    assert [row[2] for row in rows] == ["flood", "later"], "the plan shows who goes when"


def test_what_lapsed_is_dropped_by_an_option(held):
    flood, _ = held.keys
    told = held("release", "--all", "--drop", "flood", "--as", "Ayla")
    assert f"{flood}: dropped." in told.out
    assert stand(held)[flood]["state"] == "cancelled"
    assert "cancelled by Ayla" in stand(held)[flood]["reason"]


def test_the_next_slot_is_given_by_an_option_to_two_posts_one_after_the_other(campaign):
    now = datetime.now(UTC)
    posts = [campaigns.post(name, campaigns.at(now - HOUR), text=f"We remember {name}.") for name in "ab"]
    run = campaign("".join(post + "  channels: [m-en]\n" for post in posts), live=True, year=now.year)
    day = (now + 5 * DAY).astimezone(campaigns.BAKU).date()
    config(run, "anniversary: 1962-02-17", f"anniversary: {day.replace(year=1962)}")
    config(run, "platform: mastodon,", 'platform: mastodon, slots: ["10:00"],')
    campaigning = open_campaign(run.config)
    made = campaigning.prepare(now - DAY)
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now - DAY)
        store.hold("all", "", "earthquake", "Ayla", now - DAY)
    told = run("release", "1", "--new-time", "a=next slot", "--new-time", "b=next slot")
    assert told.code == 0, told.err
    first, second = (datetime.fromisoformat(one["due"]) for one in stand(run).values())
    assert {due.astimezone(campaigns.BAKU).strftime("%H:%M") for due in (first, second)} == {"10:00"}
    assert abs(second - first) == DAY


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--new-time", "flod=D 10:00"], "“flod” is not among what came due under the hold"),
        (["--drop", "later"], "“later” is not among"),
        (["--new-time", "flood"], "write KEY=TIME"),
        (["--new-time", "flood=soon"], "--new-time flood=soon: “soon” is not a time; write D-1"),
        (["--new-time", "flood=2020-01-01 10:00"], "less than a minute ahead"),
        (["--new-time", "flood=next slot"], "m-en has no free slot left; name a time"),
        (["--drop", "flood", "--drop", "flood/m-en"], "is named twice"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_lifted(held, options, words):
    told = held("release", "1", *options)
    assert told.code == 2
    assert words in told.err
    assert len(held("status", "--json").json["holds"]) == 1
    assert {one["state"] for one in stand(held).values()} == {"held"}


def test_the_hold_of_a_file_is_not_lifted_while_the_file_is_there(held):
    path = held.config.parent / "posts" / "HOLD (conflicted copy).txt"
    path.write_text("rain", encoding="utf-8")
    for words in (["0"], ["--all"]):
        told = held("release", *words)
        assert told.code == 1
        assert "posts/HOLD (conflicted copy).txt is still there and holds everything; delete it" in told.err
    assert len(held("status", "--json").json["holds"]) == 2
    path.unlink()
    assert held("release", "--all").code == 0
    assert held("status", "--json").json["holds"] == []


def at_a_terminal(monkeypatch, answers):
    monkeypatch.setattr(releasing, "at_terminal", lambda: True)
    monkeypatch.setattr(sys, "stdin", _Keyboard(answers))


def test_at_a_terminal_it_asks_until_the_answer_can_be_used(held, monkeypatch):
    flood, _ = held.keys
    at = (datetime.now(UTC) + 2 * HOUR).replace(microsecond=0)
    at_a_terminal(monkeypatch, f"sometime\n2020-01-01 10:00\nnext slot\n{campaigns.at(at)}\n")
    told = held("release", "1")
    assert f"{flood} lapsed: it was due " in told.out
    assert "“sometime” is not a time" in told.out
    assert "less than a minute ahead" in told.out
    assert "no free slot left" in told.out
    assert datetime.fromisoformat(stand(held)[flood]["due"]) == at


@pytest.mark.parametrize(
    ("answer", "state"), [("drop\n", "cancelled"), ("leave\n", "missed"), ("\n", "missed")]
)
def test_at_a_terminal_it_can_be_dropped_or_left(held, monkeypatch, answer, state):
    flood, _ = held.keys
    at_a_terminal(monkeypatch, answer)
    told = held("release", "1")
    assert told.code == 0
    assert stand(held)[flood]["state"] == state


def test_at_a_terminal_enter_takes_the_slot_it_offers(held, monkeypatch):
    flood, _ = held.keys
    now = datetime.now(UTC)
    day = (now + 5 * DAY).astimezone(campaigns.BAKU).date()
    config(held, "anniversary: 1962-02-17", f"anniversary: {day.replace(year=1962)}")
    config(held, "platform: mastodon,", 'platform: mastodon, slots: ["04:30"],')
    at_a_terminal(monkeypatch, "\n")
    told = held("release", "1")
    due = datetime.fromisoformat(stand(held)[flood]["due"])
    assert f"{due.astimezone(campaigns.BAKU):%H:%M}" == "04:30"
    assert now < due < now + 2 * DAY
    assert f"[{due.astimezone(campaigns.BAKU):%Y-%m-%d %H:%M}]" in told.out


def test_who_gave_up_asking_has_lifted_the_hold_and_sent_nothing(held, monkeypatch):
    flood, _ = held.keys
    at_a_terminal(monkeypatch, "")
    assert held("release", "1").code == 130
    assert stand(held)[flood]["state"] == "missed"
    assert held("status", "--json").json["holds"] == []


def test_what_lapsed_in_the_dry_run_is_told_too(held):
    now = datetime.now(UTC)
    campaigning = open_campaign(held.config)
    made = campaigning.prepare(now - DAY)
    with campaigning.store(Mode.DRY) as store:
        store.sync(made.deliveries, made.files, now - DAY)
    assert "In the dry run 1 delivery lapsed, too." in held("release", "1").out


def test_a_release_of_a_hold_on_one_channel_shows_that_channel_alone(campaign):
    posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + DAY))
    run = campaign(posts, live=True)
    recorded(run)
    run("hold", "--channel", "x-en", "--reason", "rain")
    told = run("release", "1").out
    assert "To come on x-en in the next 7 days:" in told
    assert "m-en" not in told
