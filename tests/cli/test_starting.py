"""init asks as a person is asked, rollover shows before it writes, doctor says how things are."""

import json
import sys
from datetime import UTC, datetime

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns, terminal
from tests.cli.commands import Answer

ANSWERS = ("Harbour Flood", "1962-02-17", "", "Europe/London", "en, es", "", "x-es")


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def type_(command, *answers):
        return terminal.typed(f"python run.py {command}", monkeypatch, "".join(f"{one}\n" for one in answers))

    return type_


def test_seven_questions_make_a_campaign_that_check_finds_whole(typed, tmp_path):
    code, printed = typed("init flood", *ANSWERS)
    assert code == 0, printed
    assert "python run.py --config flood/config.yaml check" in printed
    code, printed = typed("--config flood/config.yaml check --json")
    assert code == 0
    assert {one["severity"] for one in json.loads(printed)} <= {"warning"}


def test_a_wrong_answer_is_asked_again_with_the_reason(typed):
    code, printed = typed("init flood", "Harbour Flood", "2/3/1962", *ANSWERS[1:])
    assert code == 0
    assert printed.count("The day commemorated: ") == 2
    assert "“2/3/1962” is no day" in printed


def test_five_wrong_answers_are_enough(typed, tmp_path):
    code, printed = typed("init flood", "Harbour Flood", *["soon"] * 5)
    assert code == 2
    assert "no answer that can be used" in printed
    assert list(tmp_path.iterdir()) == []


def test_answers_that_end_too_early_write_nothing_and_say_how_to_give_them(typed, tmp_path):
    code, printed = typed("init flood", *ANSWERS[:3])
    assert code == 2
    assert "give it with --timezone, or all of them with --answers FILE" in printed
    assert not (tmp_path / "flood").exists()


def test_what_an_option_answers_is_not_asked(typed):
    code, printed = typed('init flood --name "Harbour Flood" --anniversary 1962-02-17', *ANSWERS[2:])
    assert code == 0
    assert "The campaign's name" not in printed


def test_a_wrong_option_is_told_and_nothing_asked(typed, tmp_path):
    code, printed = typed("init flood --name Flood --anniversary soon", *ANSWERS[2:])
    assert (code, "--anniversary: “soon” is no day" in printed) == (2, True)
    assert "time zone" not in printed
    assert list(tmp_path.iterdir()) == []


def test_with_yes_nothing_is_asked_and_all_that_lacks_is_told_at_once(typed):
    code, printed = typed("init flood --yes")
    assert code == 2
    assert [line.split(":")[0] for line in printed.splitlines()] == ["name", "anniversary"]
    code, printed = typed("init flood --yes --name Flood --anniversary 1962-02-17 --timezone UTC --year 2199")
    assert code == 0, printed
    assert "Taken as proposed: languages en; hashtags Flood; channels mastodon-en" in printed


def test_a_file_answers_everything_and_an_option_counts_more(typed, tmp_path):
    (tmp_path / "answers.yaml").write_text("name: Flood\nanniversary: 1962-02-17\ntimezone: UTC\n")
    code, printed = typed("init flood --answers answers.yaml --timezone Pacific/Auckland")
    assert code == 0, printed
    assert "timezone: Pacific/Auckland" in (tmp_path / "flood" / "config.yaml").read_text(encoding="utf-8")
    code, printed = typed("init other --answers nowhere.yaml")
    assert (code, "nowhere.yaml" in printed) == (2, True)


def test_where_a_campaign_is_nothing_is_asked_and_nothing_written(typed, tmp_path):
    (tmp_path / "config.yaml").write_text("mine")
    code, printed = typed("init", *ANSWERS)
    assert code == 2
    assert "nothing is written over" in printed
    assert "campaign's name" not in printed
    assert (tmp_path / "config.yaml").read_text() == "mine"


def test_a_copy_of_the_sample_asks_nothing(typed, tmp_path):
    code, printed = typed("init copy --from-sample")
    assert code == 0, printed
    assert (tmp_path / "copy" / "posts" / "figures.yaml").is_file()
    code, printed = typed("init another --from-sample --name Flood")
    assert (code, "leave it out" in printed) == (2, True)


def test_what_the_old_year_has_left_is_named_with_what_to_do(campaign, tmp_path):
    run = campaign(campaigns.post("flood", "D-3 10:00"), live=True)
    campaigning = open_campaign(tmp_path / "config.yaml", environ={})
    at = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
    with campaigning.store(Mode.LIVE) as store:
        made = campaigning.prepare(at)
        store.sync(made.deliveries, made.files, at)
    told = " ".join(run("rollover", "--year", "2028").out.split())
    assert "2 deliveries of 2027 not at an end yet: 2027/flood/m-en, 2027/flood/x-en. First settle" in told
    assert "--accept-removals" in told


def test_rollover_shows_first_and_writes_only_when_told(campaign):
    run = campaign(campaigns.post("flood", "2027-02-14 18:00"))
    before = run.config.read_bytes()
    told = run("rollover", "--year", "2028")
    assert told.code == 0, told.err
    assert "Posts with a date of their own (1)" in told.out
    assert "posts/posts.yaml:3:9 flood: 2027-02-14 was D-3" in told.out
    assert run.config.read_bytes() == before
    told = run("rollover", "--year", "2028", "--write", "--as", "Ayla")
    assert "config.yaml now says year: 2028" in told.out
    assert run.config.read_bytes() == before.replace(b"year: 2027", b"year: 2028")
    assert run("rollover", "--year", "2028").code == 2


def test_a_long_list_is_cut_and_all_shows_it_whole(campaign):
    posts = "".join(
        campaigns.post(f"flood-{number}", f"2027-01-{number:02} 18:00") for number in range(1, 13)
    )
    run = campaign(posts)
    assert "… and 4 more: --all lists them" in run("rollover", "--year", "2028").out
    everything = run("rollover", "--year", "2028", "--all").out
    assert "flood-12: 2027-01-12" in everything
    assert len(run("rollover", "--year", "2028", "--json").json["looks"]) == everything.count(
        "posts/posts.yaml:"
    )


def test_doctor_says_each_thing_on_a_line_and_what_is_bad_decides_the_exit_code(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00"), live=True)
    told = run("doctor")
    assert told.code == 0, told.out
    assert f"ok    Python: {sys.version.split()[0]}" in told.out
    run.config.parent.joinpath(".env").unlink()
    told = run("doctor")
    assert told.code == 1
    assert "bad   credentials: x-en (live): X_EN_API_KEY" in told.out
    assert "→ python run.py accounts connect x-en" in told.out


def test_doctor_tells_programs_the_same(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00"))
    told = run("doctor", "--json")
    assert isinstance(told, Answer)
    assert {"about", "state", "words", "todo"} == set(told.json[0])
    assert {one["state"] for one in told.json} <= {"ok", "warn", "bad"}


def test_doctor_needs_no_campaign(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00"))
    run.config.unlink()
    told = run("doctor")
    assert told.code == 1
    assert "there is no such file" in told.out
    assert "Python" in told.out
