"""Folders that are written again and again: nothing stale stays, nothing of other people goes."""

import json

import pytest

from scheduler.errors import RunError
from scheduler.exchange import folder


def test_what_is_no_longer_written_is_removed_with_its_empty_folders(tmp_path):
    folder.fill(tmp_path / "out", {"a/b/one.txt": b"1", "two.txt": b"2"})
    done = folder.fill(tmp_path / "out", {"two.txt": b"2"})
    assert done.removed == ("a/b/one.txt",)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".written.json", "two.txt"]


def test_what_somebody_has_changed_since_stays_and_is_told(tmp_path):
    folder.fill(tmp_path, {"one.txt": b"1", "two.txt": b"2"})
    (tmp_path / "one.txt").write_bytes(b"my own words")
    done = folder.fill(tmp_path, {"two.txt": b"2"})
    assert (done.left, done.removed) == (("one.txt",), ())
    assert (tmp_path / "one.txt").read_bytes() == b"my own words"


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "a/../../outside.txt", "..\\outside.txt"])
def test_a_forged_list_removes_nothing_outside_the_folder(tmp_path, name):
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"x")
    inside = tmp_path / "out"
    folder.fill(inside, {})
    # SHA-256 of b"x".
    look = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    (inside / folder.LIST).write_text(json.dumps({name: look}), encoding="utf-8")
    folder.fill(inside, {"one.txt": b"1"})
    assert outside.read_bytes() == b"x"


@pytest.mark.parametrize("damage", ["", "[1]", "{", "null"])
def test_a_damaged_list_is_written_anew_and_removes_nothing(tmp_path, damage):
    folder.fill(tmp_path, {"one.txt": b"1"})
    (tmp_path / folder.LIST).write_text(damage, encoding="utf-8")
    assert folder.fill(tmp_path, {"two.txt": b"2"}).removed == ()
    assert folder.fill(tmp_path, {}).removed == ("two.txt",)


def test_an_unchanged_file_keeps_its_date(tmp_path):
    folder.fill(tmp_path, {"one.txt": b"1"})
    before = (tmp_path / "one.txt").stat().st_mtime_ns
    folder.fill(tmp_path, {"one.txt": b"1"})
    assert (tmp_path / "one.txt").stat().st_mtime_ns == before


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match=r"file.* cannot be written .*--out"):
        folder.fill(tmp_path / "file", {"one.txt": b"1"})
    with pytest.raises(RunError, match=r"cannot be written .*--out"):
        folder.write(tmp_path / "file" / "x.ics", b"")


def test_a_part_of_everything_leaves_the_rest_as_it_was_and_the_whole_finds_it_again(tmp_path):
    folder.fill(tmp_path, {"a/1.txt": b"1", "b/1.txt": b"1"})
    done = folder.fill(tmp_path, {"b/2.txt": b"2"}, lambda name: name.startswith("b/"))
    assert done.removed == ("b/1.txt",)
    assert (tmp_path / "a" / "1.txt").exists()
    assert set(folder.fill(tmp_path, {}).removed) == {"a/1.txt", "b/2.txt"}


def test_a_long_list_of_what_was_removed_is_cut_short(tmp_path):
    folder.fill(tmp_path, {f"{number}.txt": b"x" for number in range(9)})
    done = folder.fill(tmp_path, {})
    assert list(done.told) == [
        "Out of date, and removed: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 3 more"
    ]
