"""`export`: the campaign as tables, and what each kind answers."""

import json

import pytest

from tests.cli.commands import Commands
from tests.exchange import sheets
from tests.exchange.sheets import proposed


@pytest.fixture
def run(tmp_path, capsys):
    return Commands(capsys, sheets.campaign(tmp_path / "campaign"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_imports_without_a_change(run, tmp_path, kind):
    out = tmp_path / f"out.{kind}"
    answer = run("export", kind, "--out", str(out))
    assert (answer.code, answer.out) == (0, f"Written: {out}\n")
    proposal = proposed(run.config, out, **({"sheet": "Posts"} if kind == "xlsx" else {}))
    assert not proposal.faulty
    assert [(one.id, one.fields) for one in proposal.changes] == [("first", ()), ("second", ())]
    assert proposal.files == {}


def test_records_are_sheets_of_their_own_and_come_back_too(run, tmp_path):
    run("export", "xlsx", "--out", str(tmp_path / "out.xlsx"))
    proposal = proposed(run.config, tmp_path / "out.xlsx", sheet="facts")
    assert [(one.id, one.file, one.fields) for one in proposal.changes] == [
        ("height", "posts/ledger/facts.yaml", ())
    ]


def test_the_plan_stands_beside_each_post_with_its_zone(run, tmp_path):
    run("export", "csv", "--out", str(tmp_path / "out.csv"))
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].endswith(",plan m-en (Europe/London),plan m-az (Asia/Baku)")
    # D-1 10:00 in Baku is 06:00 in London in winter.
    assert lines[1].endswith(",2027-02-16 06:00,2027-02-16 10:00")


def test_json_has_posts_records_and_plan(run, tmp_path):
    run("export", "json", "--out", str(tmp_path / "out.json"))
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in found["posts"]] == ["first", "second"]
    assert found["ledger"]["facts"][0]["figure"] == 4
    due = {one["key"]: one["due"] for one in found["plan"]}
    assert due["2027/first/m-en"] == "2027-02-16T06:00:00Z"  # 10:00 in Baku
    assert found["campaign"]["timezone"] == "Asia/Baku"


def test_a_wrong_place_or_channel_is_told_before_anything_is_written(run, tmp_path):
    assert (
        "this kind is one file; name it with .csv"
        in run("export", "csv", "--out", str(tmp_path / "x.txt")).err
    )
    assert (
        "this kind is several files; name a folder"
        in run("export", "buffer", "--out", str(tmp_path / "x.csv")).err
    )
    assert "leave --language out" in run("export", "csv", "--language", "en").err
    assert "--images-at is for buffer, publer" in run("export", "csv", "--images-at", "https://a.example").err
    assert "There is no channel “m-on”" in run("export", "buffer", "--channel", "m-on").err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("x")] == []


def test_a_campaign_that_cannot_be_read_whole_is_not_exported_in_part(run, tmp_path):
    (run.config.parent / "posts/broken.yaml").write_text("- id: [")
    answer = run("export", "csv", "--out", str(tmp_path / "out.csv"))
    assert answer.code == 2
    assert "posts/broken.yaml cannot be read as it stands, so its posts would be missing" in answer.err
    assert not (tmp_path / "out.csv").exists()


def test_json_names_the_files_written(run, tmp_path):
    out = tmp_path / "t.xlsx"
    assert run("export", "template", "--out", str(out), "--json").json == {"files": [str(out)], "notes": []}


@pytest.mark.parametrize("kind", ["ics", "json", "csv", "xlsx", "template"])
def test_no_export_is_written_over_the_campaigns_own_files(run, kind):
    before = run.config.read_bytes()
    answer = run("export", kind, "--out", str(run.config))
    assert answer.code == 2
    assert "this kind is one file; name it with" in answer.err
    assert run.config.read_bytes() == before


@pytest.mark.parametrize("kind", ["letters", "pack", "site", "publer"])
def test_a_folder_is_not_asked_for_where_a_file_stands(run, kind):
    answer = run("export", kind, "--out", str(run.config))
    assert answer.code == 2
    assert "this kind is several files; name a folder" in answer.err


def test_a_calendar_finds_its_name_in_a_folder_like_the_tables(run, tmp_path):
    assert run("export", "ics", "--out", str(tmp_path)).code == 0
    assert (tmp_path / "calendar.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")


@pytest.mark.parametrize("kind", ["template", "xlsx", "csv"])
@pytest.mark.long
def test_a_sheet_somebody_has_filled_in_is_not_written_over(run, tmp_path, kind):
    sheet = tmp_path / f"plan.{'csv' if kind == 'csv' else 'xlsx'}"
    sheet.write_bytes(b"a day's work")
    answer = run("export", kind, "--out", str(sheet))
    assert (answer.code, sheet.read_bytes()) == (2, b"a day's work")
    assert "is there already" in answer.err
    assert run("export", kind, "--out", str(sheet), "--replace").code == 0
    assert sheet.read_bytes() != b"a day's work"


def test_whoever_exports_people_and_their_consents_is_told_so(run, tmp_path):
    (run.config.parent / "posts/ledger/people.yaml").write_text(
        "- {id: ayla, author: keeper, names: {en: Ayla Kaya}, consent: {reference: K-1, on: 2026-01-01}}\n",
        encoding="utf-8",
    )
    for kind, told in (("xlsx", True), ("json", True), ("csv", False)):
        answer = run("export", kind, "--out", str(tmp_path / f"out.{kind}"))
        assert (answer.code, "names people and what they consented to" in answer.out) == (0, told)
