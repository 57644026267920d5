"""Moving a post: what moves along is shown first; and places against posts, with who gives way."""

from io import StringIO

import pytest

POST = """\
- id: {}
  kind: text
  author: w
  priority: {}
  channels: [x-en]
  text: {{en: "The water came, {}."}}
"""


@pytest.fixture
def run(campaign):
    """Three posts on the next slot of a channel with one slot a day, from D-2 to D: three places."""

    def made(*names, start="D-2"):
        texts = [POST.format(name, 9 - number, name) for number, name in enumerate(names)]
        run = campaign("".join(texts), year=2028)
        text = run.config.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.strip().startswith("x-en:"))
        slot = line.replace("live:", 'slots: ["10:00"], live:')
        text = text.replace(line, slot).replace("  grace: 2h", f"  grace: 2h\n  start: {start}")
        run.config.write_text(text.replace("daily_limit: 20", "daily_limit: 1"), encoding="utf-8")
        return run

    return made


def dues(run):
    return {one["post"]: one["due"] for one in run("plan", "--json").json}


def file_of(run):
    return (run.config.parent / "posts" / "posts.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_what_moves_along_is_shown_and_nothing_is_written_unless_somebody_says_yes(run, monkeypatch, answer):
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    run = run("one", "two", "three")
    before, text = dues(run), file_of(run)
    # 10:00 in Baku (UTC+4) on D-2, D-1 and D, 15 to 17 February.
    assert before == {
        "one": "2028-02-15T06:00:00Z",
        "two": "2028-02-16T06:00:00Z",
        "three": "2028-02-17T06:00:00Z",
    }
    told = run("move", "one", "--to", "D-1 12:00")
    assert told.code == 130
    assert "2028/two/x-en: Wed 16 Feb 2028 10:00 Asia/Baku → Tue 15 Feb 2028 10:00 Asia/Baku" in told.out
    assert file_of(run) == text
    told = run("move", "one", "--to", "D-1 12:00", "--yes")
    assert (told.code, told.out.splitlines()[-1]) == (0, "Wrote “D-1 12:00” into the post's file.")
    assert dues(run) == {
        "two": "2028-02-15T06:00:00Z",
        "one": "2028-02-16T08:00:00Z",
        "three": "2028-02-17T06:00:00Z",
    }


def test_a_file_changed_while_somebody_reads_what_moves_along_is_left_as_it_is(run, monkeypatch):
    run = run("one", "two", "three")
    path = run.config.parent / "posts" / "posts.yaml"
    changed = "# A line more.\n" + file_of(run)

    class Slow(StringIO):
        def readline(self, *size):
            path.write_text(changed, encoding="utf-8")
            return super().readline(*size)

    monkeypatch.setattr("sys.stdin", Slow("y\n"))
    told = run("move", "one", "--to", "D-1 12:00")
    assert (told.code, file_of(run)) == (1, changed)
    assert "posts.yaml was changed by somebody else just now; nothing was moved" in told.err


def test_a_move_that_concerns_no_other_post_is_done_at_once(run):
    run = run("one")
    assert run("move", "one", "--to", "2028-02-10 12:00").code == 0
    assert dues(run) == {"one": "2028-02-10T08:00:00Z"}


def test_a_post_that_would_lose_its_place_is_named_before_anything_is_written(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    run = run("one", "two", "three")
    text = file_of(run)
    (run.config.parent / "posts" / "posts.yaml").write_text(
        text + POST.format("fixed", 5, "fixed") + "  when: 2028-02-01 10:00\n", encoding="utf-8"
    )
    told = run("move", "fixed", "--to", "D-1 15:00")
    assert told.code == 130
    assert "2028/three/x-en: Thu 17 Feb 2028 10:00 Asia/Baku → no place (no place is left for it)" in told.out


def test_check_begins_with_the_places_and_names_who_gives_way(run):
    run = run("one", "two", "three", "four", "five")
    lines = run("check").out.splitlines()
    assert lines[:3] == [
        "Places",
        "  m-en  no slots, and no post needs one",
        "  x-en  5 posts on the next slot, 3 free places — too few: five, four give way; "
        "give it more slots, or posts a time of their own",
    ]


def test_plan_tells_a_shortage_beside_its_rows(run):
    run = run("one", "two", "three", "four")
    told = run("plan")
    assert "x-en: 4 posts on the next slot, 3 free places — too few: four gives way" in told.err
    assert all(line.count("\t") == 6 for line in told.out.splitlines())
    assert "too few" not in run("plan", "--json").out
