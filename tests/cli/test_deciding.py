"""Holds, approvals, new times and what became of a delivery: what people decide, and what they are told."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode, State
from scheduler.platforms.base import Prepared, Refusal, Refused, Unknown
from scheduler.service import open_campaign
from scheduler.store import Decision
from tests import campaigns

FLOOD = campaigns.post("flood", "D-1 10:00")
KEY = "2027/flood/m-en"


def soon(name="flood", **more):
    return campaigns.post(name, campaigns.at(datetime.now(UTC) + timedelta(hours=2)), **more)


def recorded(run):
    """The live store after a first look of the service: a row for each delivery of a live channel."""
    campaigning = open_campaign(run.config)
    now = datetime.now(UTC)
    made = campaigning.prepare(now)
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now)


def ends(run, state):
    """Bring the delivery on m-en into a state by the store's own steps, as if its time had come."""
    with open_campaign(run.config).store(Mode.LIVE) as store:
        due = next(one.due for one in store.statuses(datetime.now(UTC)) if one.key == KEY)
        if state is State.MISSED:
            store.expire(due + timedelta(days=1))
            return
        claim = store.claim(due, "m-en")
        assert store.begin(claim, 0, Prepared({"status": "x"}), due)
        outcome = (
            Unknown("no answer in 20 s")
            if state is State.UNKNOWN
            else Refused(Refusal.CONTENT, "the server said no")
        )
        store.settle(claim, 0, outcome, due, Decision(state, outcome_words(outcome)))


def outcome_words(outcome):
    return outcome.reason if isinstance(outcome, Unknown) else outcome.message


def state_of(run, key=KEY):
    return {one["key"]: one["state"] for one in run("status", "--json").json["deliveries"]}[key]


# Holds


def test_a_hold_is_told_with_its_number_and_lifted_by_it(campaign):
    run = campaign(FLOOD)
    told = run("hold", "--reason", "a death in the family")
    assert told.out == "Hold 1 set on everything. Lift it with: python run.py release 1\n"
    assert "Hold 1 on everything" in run("status").out
    assert run("release", "1").out.startswith("1 hold lifted.")
    assert run("release", "1").err == "There is no open hold, so there is nothing to lift.\n"


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [
        ("--channel", "m-eng", "m-en"),
        ("--kind", "quotes", "quote"),
        ("--language", "az", "en"),
        ("--post", "flod", "flood"),
    ],
)
def test_a_hold_on_a_mistyped_name_is_refused_because_it_would_stop_nothing(campaign, option, wrong, right):
    run = campaign(FLOOD)
    told = run("hold", option, wrong, "--reason", "x")
    assert told.code == 2
    assert wrong in told.err
    assert right in told.err
    assert run("status", "--json").json["holds"] == []
    assert run("hold", option, right, "--reason", "x").code == 0


def test_a_hold_takes_one_scope_and_a_time_that_can_be_read(campaign):
    run = campaign(FLOOD)
    assert run("hold", "--channel", "m-en", "--post", "flood", "--reason", "x").code == 2
    told = run("hold", "--reason", "x", "--look-again", "soon")
    assert (told.code, told.err.startswith("--look-again soon: ")) == (2, True)
    assert run("hold", "--reason", "x", "--look-again", "D-3 09:00").code == 0
    # D-3 of 17 February 2027, 09:00 in Baku.
    assert run("status", "--json").json["holds"][0]["look_again"] == "2027-02-14T05:00:00Z"


def test_release_without_a_number_names_the_open_holds(campaign):
    run = campaign(FLOOD)
    run("hold", "--channel", "m-en", "--reason", "rain")
    told = run("release")
    assert told.code == 2
    assert "1 on channel m-en (rain)" in told.err
    assert run("release", "7").code == 2
    assert run("release", "--all").code == 0


def test_what_lapsed_under_a_hold_is_listed_and_not_sent(campaign):
    run = campaign(campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(seconds=1))), live=True)
    recorded(run)
    run("hold", "--reason", "rain")
    with open_campaign(run.config).store(Mode.LIVE) as store:
        lift = store.holds()[0].id
        lapsed = store.lift(lift, "Ayla", datetime.now(UTC) + timedelta(seconds=5)).lapsed
    assert set(lapsed) == {"2027/flood/m-en", "2027/flood/x-en"}
    assert state_of(run) == "missed"


# Approvals


def quote(folder):
    """A quotation with its record, which needs two people's yes."""
    ledger = folder / "posts" / "ledger"
    ledger.mkdir(parents=True, exist_ok=True)
    (ledger / "people.yaml").write_text(
        "- id: ayla\n  author: staff\n  names: {en: Ayla Kaya}\n  role: {en: survivor}\n"
        "  basis: own-published-words\n  informed_on: 2027-01-02\n",
        encoding="utf-8",
    )
    (ledger / "quotes.yaml").write_text(
        "- id: water\n  author: staff\n  words: The water came at night.\n  language: en\n  person: ayla\n"
        "  address: https://city.example/ayla\n",
        encoding="utf-8",
    )
    when = campaigns.at(datetime.now(UTC) + timedelta(days=5))
    return (
        f"- id: flood\n  kind: quote\n  author: writer\n  when: {when}\n"
        '  text: {en: "“The water came at night.” Ayla Kaya, survivor"}\n  quotes: [water]\n'
    )


def plan_states(run):
    return {row["state"] for row in run("plan", "--json").json}


def with_two_people(run):
    text = run.config.read_text(encoding="utf-8")
    people = "approvers:\n" + "".join(
        f"  {name}: {{languages: [en]}}\n" for name in ("ayla", "can", "writer")
    )
    text = text.replace("approvals: {default: 0}", "approvals: {default: 1, quote: 2, ledger: 0}\n" + people)
    run.config.write_text(text, encoding="utf-8")


def test_a_quotation_needs_two_people_and_its_author_does_not_count(campaign, tmp_path):
    run = campaign(quote(tmp_path), live=True)
    with_two_people(run)
    assert plan_states(run) == {"held"}
    first = run("approve", "flood", "--as", "Ayla", "--yes")
    assert first.code == 0
    assert "Still missing (m-en, x-en): 1 of 2 approvals" in first.out
    own = run("approve", "flood", "--as", "writer", "--yes")
    assert "an author's own approval does not count" in own.out
    again = run("approve", "flood", "--as", " ayla ", "--yes")
    assert "1 of 2 approvals" in again.out
    assert plan_states(run) == {"held"}
    second = run("approve", "flood", "--as", "Can", "--yes")
    assert "Still missing" not in second.out
    assert plan_states(run) == {"scheduled"}


def test_an_edit_after_the_approval_takes_it_back(campaign, tmp_path):
    run = campaign(soon(), live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    assert plan_states(run) == {"scheduled"}
    posts = tmp_path / "posts" / "posts.yaml"
    text = posts.read_text(encoding="utf-8")
    posts.write_text(text.replace("at night", "by night"), encoding="utf-8")
    assert plan_states(run) == {"held"}
    posts.write_text(text, encoding="utf-8")
    assert plan_states(run) == {"scheduled"}


def test_moved_to_another_day_it_loses_its_approval_and_within_the_day_it_keeps_it(campaign):
    run = campaign(FLOOD, live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    assert plan_states(run) == {"scheduled"}
    within = run("move", "flood", "--to", "D-1 18:00")
    assert within.code == 0
    assert "approved again" not in within.out
    assert plan_states(run) == {"scheduled"}
    other = run("move", "flood", "--to", "D-2 18:00", "--yes")
    assert other.out.count("on another day, so it must be approved again") == 2
    assert plan_states(run) == {"held"}


def test_approve_shows_each_version_and_one_language_alone_on_request(campaign):
    run = campaign(FLOOD)
    told = run("approve", "flood", "--as", "Ayla", "--yes", "--language", "en")
    assert "2027/flood/m-en" in told.out
    assert "[warning: Loss of life]" in told.out
    assert "Content note: Loss of life" in told.out
    assert "[image 1080×1350: " in told.out
    missing = run("approve", "flood", "--yes", "--language", "az")
    assert (missing.code, "it has: en" in missing.err) == (2, True)
    assert run("approve", "floods", "--yes").code == 2


def test_a_key_copied_from_elsewhere_approves_that_delivery_alone(campaign):
    run = campaign(FLOOD)
    told = run("approve", KEY, "--as", "Ayla", "--yes")
    assert told.code == 0
    assert told.out.splitlines()[-1] == f"Approved as Ayla: {KEY}"


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_approve_that_is_not_answered_with_yes_records_nothing(campaign, monkeypatch, answer):
    from io import StringIO

    run = campaign(soon(), live=True, approvals=1)
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    told = run("approve", "flood", "--as", "Ayla")
    assert told.code == 130
    assert plan_states(run) == {"held"}


# Moving


def test_move_changes_one_value_and_leaves_comments_and_line_ends(campaign, tmp_path):
    run = campaign(FLOOD)
    posts = tmp_path / "posts" / "posts.yaml"
    text = "# Ours.\r\n" + FLOOD.replace("D-1 10:00", "D-1 10:00   # the eve").replace("\n", "\r\n")
    posts.write_bytes(text.encode())
    posts.chmod(0o640)
    told = run("move", "flood", "--to", "D-3 09:30")
    assert told.code == 0, told.err
    assert posts.read_bytes() == text.replace("D-1 10:00", "D-3 09:30").encode()
    assert posts.stat().st_mode & 0o777 == 0o640
    assert "Sun 14 Feb 2027 09:30 Asia/Baku" in told.out
    assert [path.name for path in posts.parent.iterdir()] == ["posts.yaml"]


def test_move_gives_a_time_to_a_post_without_one(campaign, tmp_path):
    run = campaign(FLOOD.replace("  when: D-1 10:00\n", ""))
    assert run("move", "flood", "--to", "D-1 10:00").code == 0
    lines = (tmp_path / "posts" / "posts.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["- id: flood", "  when: D-1 10:00"]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("tomorrow", "is not a time"),
        ("D-1", "no time of day"),
        ("2027-02-30 10:00", "calendar"),
        ("D-1 25:00", "time of day"),
        ("2020-02-14 10:00", "has passed"),
        ("D-999 10:00", "has passed"),
        ("D 17:00", "quiet window"),
        ("", "not a time"),
    ],
)
def test_a_time_that_cannot_be_used_leaves_the_file_as_it_is(campaign, tmp_path, when, words):
    run = campaign(FLOOD)
    config = run.config.read_text(encoding="utf-8")
    run.config.write_text(
        config.replace("  grace: 2h", '  grace: 2h\n  quiet: ["D 16:55 .. D 17:05"]'), encoding="utf-8"
    )
    posts = tmp_path / "posts" / "posts.yaml"
    before, touched = posts.read_bytes(), posts.stat().st_mtime_ns
    told = run("move", "flood", "--to", when)
    assert (told.code, len(told.lines)) == (2, 1)
    assert told.err.startswith("Not moved: ")
    assert words in told.err
    assert (posts.read_bytes(), posts.stat().st_mtime_ns) == (before, touched)


def test_move_of_a_post_that_is_not_there_names_the_nearest(campaign):
    told = campaign(FLOOD)("move", "flod", "--to", "D-1 10:00")
    assert (told.code, told.err) == (2, "There is no post “flod”. Did you mean flood?\n")


# Retry, cancel, settle


def test_cancelled_stays_cancelled_until_retry(campaign):
    run = campaign(soon(), live=True)
    recorded(run)
    assert run("cancel", KEY, "--reason", "wrong day", "--as", "Ayla").out == f"{KEY} cancelled.\n"
    assert state_of(run) == "cancelled"
    assert "wrong day" in run("why", KEY).out
    told = run("retry", KEY, "--at", "D-1 10:00")
    assert told.code == 0
    assert "Tue 16 Feb 2027 10:00 Asia/Baku" in told.out
    assert state_of(run) == "scheduled"


def test_of_a_post_only_what_can_be_tried_again_is(campaign):
    run = campaign(soon(), live=True)
    recorded(run)
    ends(run, State.REFUSED)
    assert run("retry", "flood").out.startswith(f"{KEY} is due again: ")
    assert state_of(run, "2027/flood/x-en") == "scheduled"
    told = run("retry", "flood")
    assert told.code == 2
    assert "m-en scheduled" in told.err


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (State.SCHEDULED, {"cancel"}),
        (State.REFUSED, {"retry", "cancel"}),
        (State.MISSED, {"retry", "cancel"}),
        (State.UNKNOWN, {"settle"}),
    ],
)
@pytest.mark.parametrize("command", ["retry", "cancel", "settle"])
def test_what_may_be_done_depends_on_the_state(campaign, state, allowed, command):
    run = campaign(soon(), live=True)
    recorded(run)
    if state is not State.SCHEDULED:
        ends(run, state)
    assert state_of(run) == str(state)
    told = run(command, KEY, *(["--not-published"] if command == "settle" else []))
    if command in allowed:
        assert told.code == 0, told.err
        assert state_of(run) != str(state)
    else:
        assert (told.code, len(told.lines)) == (1, 1)
        assert f"{KEY} is {state}" in told.err
        assert state_of(run) == str(state)


def test_a_person_settles_what_nobody_knows_with_the_address_they_found(campaign):
    run = campaign(soon(), live=True)
    recorded(run)
    ends(run, State.UNKNOWN)
    for wrong in ("it is there", "m.example/1", "https://"):
        assert run("settle", KEY, "--published", wrong).code == 2
    assert state_of(run) == "unknown"
    told = run("settle", KEY, "--published", "https://m.example/@flood/1", "--as", "Ayla")
    assert told.out == f"{KEY}: published — https://m.example/@flood/1\n"
    [row] = [one for one in run("status", "--json").json["deliveries"] if one["key"] == KEY]
    assert (row["state"], row["url"]) == ("published", "https://m.example/@flood/1")
    assert run("cancel", KEY).code == 1
    assert run("settle", KEY, "--not-published").code == 1


def test_settle_needs_exactly_one_answer(campaign):
    run = campaign(soon(), live=True)
    assert run("settle", KEY).code == 2
    assert run("settle", KEY, "--published", "https://m.example/1", "--not-published").code == 2


def test_a_delivery_that_is_not_there_is_said_with_the_nearest(campaign):
    run = campaign(soon(), live=True)
    assert "Nothing recorded yet" in run("retry", "flood").err
    recorded(run)
    for command in ("retry", "cancel", "why"):
        told = run(command, "flod")
        assert (told.code, "Did you mean flood?" in told.err) == (2, True)


@pytest.mark.parametrize("when", ["2020-01-01 10:00", "soon", "D", "D-1 10:00 local", "next slot"])
def test_retry_wants_a_time_to_come(campaign, when):
    run = campaign(soon(), live=True)
    recorded(run)
    ends(run, State.MISSED)
    told = run("retry", KEY, "--at", when)
    assert (told.code, len(told.lines)) == (2, 1) if when != "D" else (0, 0)
    assert state_of(run) == ("missed" if when != "D" else "scheduled")


def test_retry_says_what_still_holds_it(campaign):
    run = campaign(soon(), live=True, approvals=1)
    recorded(run)
    ends(run, State.MISSED)
    told = run("retry", KEY, "--at", "D-1 10:00")
    assert told.code == 0
    assert "still held: not approved" in told.out


def listing(folder, *names):
    config = folder / "config.yaml"
    lines = "".join(f"  {name}: {{}}\n" for name in names)
    config.write_text(f"{config.read_text(encoding='utf-8')}approvers:\n{lines}", encoding="utf-8")


def test_a_name_that_is_not_listed_approves_nothing(tmp_path, campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00"), live=True, approvals=1)
    listing(tmp_path, "Ayla", "Orkhan")
    told = run("approve", "flood", "--as", "Alya", "--yes")
    assert told.code == 2
    assert "“Alya” is not among the approvers in config.yaml" in told.err
    assert "There is: Ayla, Orkhan" in told.err
    assert run("approve", "flood", "--as", "ayla", "--yes").code == 0


@pytest.mark.parametrize("name", ["", "  ", "Ayla\u200b", "Ay\u0000la", "\u202eAyla"])
def test_a_name_that_cannot_be_seen_approves_nothing(campaign, name):
    told = campaign(campaigns.post("flood", "D-1 10:00"))("approve", "flood", "--as", name, "--yes")
    assert told.code == 2
    assert "in letters that can be seen" in told.err
