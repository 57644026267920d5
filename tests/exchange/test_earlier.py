"""What an earlier import made, or another makes at this moment: nothing twice, and nothing lost."""

import os

import pytest

from scheduler.errors import InputError
from scheduler.service import importing, open_campaign
from tests.exchange.sheets import imported, proposed, told


def test_a_sheet_saved_under_another_name_makes_no_post_twice(config, sheet):
    rows = (["when", "text en"], ["D 10:00", "Come to the pier."], ["D 11:00", "Light a candle."])
    imported(config, sheet(*rows, name="plan.csv"))
    again = proposed(config, sheet(*rows, name="plan (1).csv"))
    assert (again.files, [one.new for one in again.changes]) == ({}, [False, False])


@pytest.mark.parametrize(
    "row", [["D 12:00", "Come to the pier."], ["D 10:00", "Come to the pier with us."]], ids=["time", "words"]
)
def test_a_row_edited_in_a_renamed_sheet_asks_which_post_it_is(config, sheet, row):
    rows = ["D 10:00", "Come to the pier with flowers."] if "with" in row[1] else ["D 10:00", row[1]]
    imported(config, sheet(["when", "text en"], rows, name="plan.csv"))
    again = proposed(config, sheet(["when", "text en"], row, name="plan-2.csv"))
    assert told(again)[0].startswith("plan-2.csv, row 2: posts/plan.yaml has this post already, it seems: d-")
    assert again.files == {}


def test_the_same_words_in_one_of_two_languages_are_the_same_post(config, sheet):
    # The campaign's own post has them in English and Azerbaijani, and another time.
    again = proposed(config, sheet(["when", "text en"], ["D 10:00", "The water came at night."]))
    assert "posts/posts.yaml has this post already, it seems: first" in told(again)[0]


def test_an_import_at_the_same_moment_is_not_lost(config, sheet, monkeypatch):
    # Both have looked; the other writes while this one's file is on its way to the disk.
    campaigning = open_campaign(config, environ={})
    mine = importing.propose(campaigning, importing.Wish(sheet(["id", "priority"], ["first", "1"])))
    path, sync = config.parent / "posts/posts.yaml", os.fsync

    def other(descriptor):
        path.write_text("# by the other\n", encoding="utf-8")
        sync(descriptor)

    monkeypatch.setattr(importing.os, "fsync", other)
    with pytest.raises(InputError, match="changed by somebody else just now"):
        importing.write(campaigning, mine.files)
    assert path.read_text(encoding="utf-8") == "# by the other\n"
