"""Two people's answers, comments and returns, and what waits for whom, as a person types them."""

from io import StringIO

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.store import Store
from tests import campaigns

LISTS = """\
- {id: harsh-words, author: writer, approved_by: reader, rule: dehumanising, words: {en: [butchers]}}
"""
ASKED = campaigns.post("flood", "D-1 10:00", text="The butchers came at night.", author="writer")
PLAIN = campaigns.post("flood", "D-1 10:00", author="writer")
RULE = "wording.dehumanising"


@pytest.fixture
def asked(campaign, tmp_path):
    """A live campaign whose one post has a word that a list asks about."""
    run = campaign(ASKED, live=True, approvals=0)
    ledger = tmp_path / "posts" / "ledger"
    ledger.mkdir()
    (ledger / "wording.yaml").write_text(LISTS, encoding="utf-8")
    return run


def states(run):
    return {row["state"] for row in run("plan", "--json").json}


def says(run, rule=RULE):
    return next(one for one in run("check", "--json").json if one["rule"] == rule)


def answer(run, who, reason="they are quoted from the court", *more):
    return run("confirm", RULE, "flood", "--as", who, "--reason", reason, "--yes", *more)


def edited(tmp_path, old, new):
    posts = tmp_path / "posts" / "posts.yaml"
    posts.write_text(posts.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


# Two people's answers


def test_a_word_that_is_asked_about_goes_out_once_two_people_have_answered(asked):
    assert states(asked) == {"blocked"}
    first = answer(asked, "Ayla")
    assert (first.code, "One more person must answer" in first.out) == (0, True)
    assert states(asked) == {"blocked"}
    assert "answered by Ayla: they are quoted from the court; one more person" in says(asked)["message"]
    second = answer(asked, "Can", "it is history")
    assert "answered by Ayla and Can: they are quoted from the court; it is history" in second.out
    assert states(asked) == {"scheduled"}
    told = says(asked)
    assert told["severity"] == "warning"
    assert "answered by Ayla and Can: they are quoted from the court; it is history" in told["message"]


def test_any_change_of_the_text_asks_again(asked, tmp_path):
    answer(asked, "Ayla")
    answer(asked, "Can")
    edited(tmp_path, "at night.", "by night.")
    assert states(asked) == {"blocked"}
    edited(tmp_path, "by night.", "at night.")
    assert states(asked) == {"scheduled"}


@pytest.mark.parametrize(
    ("rule", "post", "who", "why"),
    [
        (RULE, "flood", "writer", "writer wrote it; two other people must answer"),
        ("wording.harm", "flood", "Ayla", "wording.harm asks nothing of “flood”"),
        ("wording.harms", "flood", "Ayla", "There is no rule “wording.harms”"),
        (RULE, "floods", "Ayla", "asks nothing of “floods”"),
    ],
)
def test_what_cannot_be_answered_says_why(asked, rule, post, who, why):
    told = asked("confirm", rule, post, "--as", who, "--reason", "because", "--yes")
    assert (told.code, why in told.err) == (2, True)
    assert states(asked) == {"blocked"}


def test_what_a_record_lacks_is_told_to_be_no_matter_of_words(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00", text="Reportedly, 5,000 people were killed."))
    ledger = run.config.parent / "posts" / "ledger"
    ledger.mkdir()
    lists = (
        "- {id: killed, author: a, rule: casualty-what, words: {en: [killed]}}\n"
        "- {id: people, author: a, rule: casualty-who, words: {en: [people]}}\n"
    )
    (ledger / "wording.yaml").write_text(lists, encoding="utf-8")
    assert says(run, "figures.unsourced")["severity"] == "error"
    told = run("confirm", "figures.unsourced", "flood", "--as", "Ayla", "--reason", "because", "--yes")
    assert (told.code, "cannot be answered" in told.err) == (2, True)


def test_an_answer_without_a_reason_or_a_yes_is_none(asked, monkeypatch):
    assert answer(asked, "Ayla", "  ").code == 2
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    told = asked("confirm", RULE, "flood", "--as", "Ayla", "--reason", "because")
    assert (told.code, "Nothing was recorded" in told.err) == (130, True)


def test_status_lists_what_was_answered_and_what_is_lowered(asked):
    answer(asked, "Ayla")
    answer(asked, "Can")
    synced(asked)
    told = asked("status")
    assert "Answered by two people, in flood: wording.dehumanising: " in told.out
    assert "Lowered: approvals: posts need 0 instead of 1" in told.out
    assert list(asked("status", "--json").json["answered"]) == ["flood"]
    assert "answered: wording.dehumanising" in asked("why", "flood").out


def synced(run):
    """As a running service would, take over what is planned."""
    campaigning = open_campaign(run.config)
    made = campaigning.prepare(now())
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, now())


def now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


# Comments and returns


def test_a_return_takes_the_approval_back_until_somebody_approves_anew(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    assert states(run) == {"scheduled"}
    told = run("return", "flood", "--as", "Can", "--reason", "the date is wrong")
    assert (told.code, "2027/flood/m-en, 2027/flood/x-en" in told.out) == (0, True)
    assert states(run) == {"held"}
    synced(run)
    assert "returned by Can: the date is wrong; change it, or approve it anew" in run("status").out
    assert "Can: return: the date is wrong" in run("why", "2027/flood/m-en").out
    run("approve", "flood", "--as", "Ayla", "--yes")
    assert states(run) == {"scheduled"}


def test_nobody_lifts_a_return_without_having_seen_it(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    run("return", "flood", "--as", "Can", "--reason", "the date is wrong")
    group = run("approve", "--group", "--yes", "--as", "Ayla").out
    assert "To be read by itself, for it was returned: 2027/flood/m-en" in group
    assert states(run) == {"held"}
    assert "Can returned it: the date is wrong" in run("approve", "flood", "--as", "Nur", "--yes").out


def test_a_role_that_nobody_can_read_is_refused(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    told = run("approve", "flood", "--as", "Ayla", "--yes", "--role", "reader\x1b[2K")
    assert (told.code, "--role" in told.err) == (2, True)


def test_why_tells_what_people_said_before_anything_ran(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    run("return", "flood", "--as", "Can", "--reason", "the date is wrong")
    told = run("why", "flood")
    assert told.code == 0
    assert "2027/flood/m-en: held, due" in told.out
    assert "Can: return: the date is wrong" in told.out
    row = next(one for one in run("why", "2027/flood/x-en", "--json").json)
    assert [event["who"] for event in row["history"]] == ["Can"]


def test_a_comment_is_shown_and_stops_nothing_and_goes_with_the_text(campaign, tmp_path):
    run = campaign(PLAIN, live=True, approvals=0)
    assert run("comment", "2027/flood/m-en", "Is the hour right?", "--as", "Can").code == 0
    synced(run)
    assert states(run) == {"scheduled"}
    assert "said of it: Can: Is the hour right?" in run("status").out
    edited(tmp_path, "at night", "by night")
    synced(run)
    assert "said of it" not in run("status").out
    assert "Can: comment: Is the hour right?" in run("why", "2027/flood/m-en").out


@pytest.mark.parametrize("words", ["", "  ", "\u0007"])
def test_nothing_said_is_nothing_recorded(campaign, words):
    run = campaign(PLAIN)
    assert run("comment", "flood", words, "--as", "Can").code == 2
    assert run("return", "flood", "--reason", words, "--as", "Can").code == 2
    assert run("return", "floods", "--reason", "x", "--as", "Can").code == 2


# Yours to read


def many(*names, text="The water came at night."):
    return "".join(campaigns.post(name, "D-1 10:00", text, author="writer") for name in names)


def test_what_waits_for_a_person_is_listed_and_approved_in_turn(campaign, monkeypatch):
    run = campaign(many("one", "two"), live=True, approvals=1)
    told = run("status", "--for", "Ayla")
    assert "4 deliveries of 2 posts wait for Ayla" in told.out
    assert "Nothing waits for writer" in run("status", "--for", "writer").out
    monkeypatch.setattr("sys.stdin", StringIO("y\nn\n"))
    told = run("approve", "--mine", "--as", "Ayla")
    assert "Approved as Ayla: 2027/one/m-en, 2027/one/x-en" in told.out
    assert [one["key"] for one in run("status", "--for", "Ayla", "--json").json] == [
        "2027/two/m-en",
        "2027/two/x-en",
    ]


def test_what_changed_since_the_last_approval_stands_side_by_side(campaign, tmp_path):
    run = campaign(PLAIN, live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    edited(tmp_path, "came at night", "came by night")
    told = run("status", "--for", "Ayla").out
    assert "    was: The water came [at] night. We remember those it took." in told
    assert "    now: The water came [by] night. We remember those it took." in told
    [first, _] = run("status", "--for", "Ayla", "--json").json
    assert first["approved_before"] is True
    assert first["changes"][0]["what"] == "text"
    assert "Since you approved it last:" in run("approve", "flood", "--as", "Ayla", "--yes").out
    assert "(you have not approved it before)" not in told


def test_like_changes_are_approved_as_a_group_and_another_is_asked_by_itself(campaign, tmp_path):
    run = campaign(many("one", "two", "three"), live=True, approvals=1)
    for name in ("one", "two"):
        run("approve", name, "--as", "Ayla", "--yes")
    edited(tmp_path, "water came", "flood came")
    told = run("approve", "--group", "--yes", "--as", "Ayla")
    assert told.out.count("The same change in") == 1
    assert "The same change in 4 deliveries:" in told.out
    assert "To be read by itself, for you have not approved it before: 2027/three/m-en" in told.out
    assert {row["post"] for row in run("status", "--for", "Ayla", "--json").json} == {"three"}


def test_nobody_approves_all_that_waits_without_reading_it(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    assert run("approve", "--mine", "--yes", "--as", "Ayla").code == 2
    assert run("approve", "--as", "Ayla").code == 2
    assert run("approve", "flood", "--mine", "--as", "Ayla").code == 2
    assert states(run) == {"held"}


def test_what_a_person_moved_to_another_day_is_approved_for_that_day(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    synced(run)
    run("cancel", "2027/flood/m-en", "--as", "Can")
    assert run("retry", "2027/flood/m-en", "--at", "D-3 10:00", "--as", "Can").code == 0
    run("approve", "flood", "--as", "Ayla", "--yes")
    with open_campaign(run.config).store(Mode.LIVE) as store:
        reasons = {one.key: one.reasons for one in store.statuses(now())}
    assert reasons["2027/flood/m-en"] == ()


# The log


def test_the_log_tells_who_did_what_and_its_head_proves_it(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    assert run("audit").code == 2
    run("approve", "flood", "--as", "Ayla", "--yes")
    run("return", "2027/flood/x-en", "--as", "Can", "--reason", "the date is wrong")
    told = run("audit", "flood")
    assert "Can: return 2027/flood/x-en: the date is wrong" in told.out
    assert told.out.strip().splitlines()[-1].startswith("3 lines. Head of the log: ")
    head = run("audit", "--json").json[-1]["hash"]
    assert f"Head of the log: {head}" in run("status").out
    assert run("status", "--json").json["audit_head"] == head
    run("comment", "flood", "Thank you.", "--as", "Ayla")
    whole = run("audit", "verify", "--head", head)
    assert (whole.code, "The log is whole: 5 lines" in whole.out) == (0, True)
    assert [one["act"] for one in run("audit", "2027/flood/m-en", "--json").json] == ["approve", "comment"]


def test_a_log_that_was_changed_is_told_and_the_exit_code_says_so(campaign):
    run = campaign(PLAIN, live=True, approvals=1)
    run("approve", "flood", "--as", "Ayla", "--yes")
    folder = open_campaign(run.config).config.data
    with Store.open(folder, Mode.LIVE) as store, store.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_kept")
        connection.exec_driver_sql("UPDATE audit SET who = 'Mallory' WHERE id = 2")
    told = run("audit", "verify")
    assert told.code == 1
    assert "line 2 (approve 2027/flood/x-en by Mallory) is not what was written there" in told.err
    assert run("audit", "verify", "--json").json["whole"] is False
    assert run("audit", "--head", "x").code == 2
