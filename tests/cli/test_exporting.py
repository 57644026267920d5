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
    assert (
        "--images-at is for buffer and publer" in run("export", "csv", "--images-at", "https://a.example").err
    )
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
