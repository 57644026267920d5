"""The HOLD file: its names as people and synced folders write them, and the reason in it."""

import os

import pytest

from scheduler import content
from scheduler.content import hold_file

POST = "- id: flood\n  kind: text\n  when: D-1 10:00\n  text: {en: We remember.}\n"


@pytest.mark.parametrize(
    "name",
    [
        "HOLD",
        "hold",
        "Hold.txt",
        "HOLD.TXT",
        "HOLD (conflicted copy).txt",
        "HOLD (Aynur's iPhone's conflicted copy 2027-02-20)",
        "HOLD-1",
        "HOLD 2",
        "hold_all",
        "HOLD~",
        " HOLD.txt",
        "HOLD.md",
        "HOLD.yaml",
        "HOLD.sync-conflict-20270220-101500-ABCDEFG.txt",
        ".HOLD.txt.icloud",
    ],
)
def test_a_name_that_begins_with_hold_and_no_further_letter_stops(name, tmp_path):
    (tmp_path / name).touch()
    assert hold_file.find(tmp_path).names == (name,)


@pytest.mark.parametrize(
    "name", ["holding.yaml", "holder", "HOLDİ", "household.yaml", "on-hold.yaml", "HOL", ".HOLD", "hölD", ""]
)
def test_other_names_stop_nothing(name, tmp_path):
    (tmp_path / (name or "posts.yaml")).touch()
    assert hold_file.find(tmp_path) is None


def test_a_folder_or_a_dangling_link_of_that_name_stops_too(tmp_path):
    (tmp_path / "HOLD").mkdir()
    (tmp_path / "hold.txt").symlink_to(tmp_path / "gone")
    assert hold_file.find(tmp_path) == hold_file.HoldFile(("HOLD", "hold.txt"), "")


def test_a_pipe_of_that_name_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "HOLD")
    assert hold_file.find(tmp_path) == hold_file.HoldFile(("HOLD",), "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ""),
        (b"an earthquake\nmore\n", "an earthquake"),
        ("Zəlzələ".encode(), "Zəlzələ"),
        (b"\xef\xbb\xbfrain\r\n", "rain"),
        ("Zəlzələ\r\n".encode("utf-16"), "Zəlzələ"),
        (b"\xff\xfer\x00a\x00i\x00n\x00", "rain"),
        (b"\xfe\xff\x00r\x00a\x00i\x00n", "rain"),
        (b"r\x00a\x00i\x00n\x00", "rain"),
        ("Trauer für Köln".encode("latin-1"), "Trauer für Köln"),
        (b"\n\n  \n second  line \n", "second line"),
        (b"bell\x07 and \x1b[31mred", "bell and [31mred"),
        (b"x" * 5000, "x" * 200),
        (("a" + "ə" * 3000).encode(), "a" + "ə" * 199),
    ],
)
def test_the_reason_is_the_first_line_in_whatever_encoding_a_phone_writes(content, reason, tmp_path):
    (tmp_path / "HOLD.txt").write_bytes(content)
    assert hold_file.find(tmp_path).reason == reason


def test_the_reason_of_the_first_that_has_one_is_told(tmp_path):
    (tmp_path / "HOLD").touch()
    (tmp_path / "HOLD (conflicted copy)").write_text("a death", encoding="utf-8")
    assert hold_file.find(tmp_path) == hold_file.HoldFile(("HOLD", "HOLD (conflicted copy)"), "a death")


def test_a_folder_that_is_gone_is_no_folder_without_a_hold_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        hold_file.find(tmp_path / "gone")


@pytest.mark.parametrize("name", ["HOLD", "HOLD.txt", "HOLD.yaml", "hold.md"])
def test_a_hold_file_is_not_complained_of_as_a_file_of_posts(name, tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.yaml").write_text(POST, encoding="utf-8")
    (tmp_path / "posts" / name).write_text("rain: [", encoding="utf-8")
    found = content.read(tmp_path / "posts", ("en",), tmp_path)
    assert [post.id for post in found.posts] == ["flood"]
    assert found.findings == ()


def test_posts_in_a_file_whose_name_stops_everything_are_not_taken_for_deleted(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "hold-2.yaml").write_text(POST, encoding="utf-8")
    found = content.read(tmp_path / "posts", ("en",), tmp_path)
    assert found.posts == ()
    assert found.broken == {"posts/hold-2.yaml"}
