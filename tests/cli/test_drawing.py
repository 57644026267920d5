"""cards: a drawn card changes only when somebody asks for it."""

import io
import json

import pytest

from tests import campaigns

POST = campaigns.post("flood", "D-1 10:00")


def pictures(run):
    return {one["key"]: one["images"] for one in run("cards", "--json").json}


def repaint(folder):
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + 'cards: {palette: {accent: "#88AACC"}}\n', encoding="utf-8")


def test_a_new_palette_changes_no_card_until_it_is_drawn_anew(tmp_path, campaign):
    run = campaign(POST)
    before = pictures(run)
    repaint(tmp_path)
    assert pictures(run) == before
    told = run("cards", "--redraw", "--yes")
    assert told.code == 0
    assert "to be approved again: 2027/flood/m-en, 2027/flood/x-en" in told.out
    assert not set(map(tuple, pictures(run).values())) & set(map(tuple, before.values()))


def test_drawing_the_same_anew_changes_nothing(campaign):
    run = campaign(POST)
    before = pictures(run)
    assert "No card looks different" in run("cards", "flood", "--redraw", "--yes").out
    assert pictures(run) == before


def test_a_post_that_is_not_there_is_named(campaign):
    told = campaign(POST)("cards", "flod")
    assert told.code == 2
    assert "There is no post “flod”. There is: flood" in told.err


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_drawing_anew_asks_first(campaign, monkeypatch, answer, tmp_path):
    run = campaign(POST)
    before = pictures(run)
    repaint(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert run("cards", "--redraw").code == 130
    assert json.dumps(pictures(run)) == json.dumps(before)


def test_the_contact_sheet_shows_each_template_and_marks_what_is_not_cleared(campaign, tmp_path):
    told = campaign(POST)("cards", "--sheet", str(tmp_path / "sheet"))
    assert told.code == 0
    assert str(tmp_path / "sheet" / "index.html") in told.out
    shown = (tmp_path / "sheet" / "index.html").read_text(encoding="utf-8")
    for name in ("witness", "figures", "commemoration"):
        assert f"<th>{name}</th>" in shown
    assert (tmp_path / "sheet" / "announcement-en-9x16.jpg").exists()
    assert "no post asks for one" in shown
