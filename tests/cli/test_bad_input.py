"""What a person gets for a mistake: where it is, what to do, an exit code, and nothing half written."""

import re
import sqlite3
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from scheduler.service import languages
from tests import campaigns

SAMPLE = Path(__file__).parents[2] / "posts"
GOOD = campaigns.post("flood", "D-1 10:00")


def first_error(answer):
    """(place, rule, message) of the one error that `check` printed."""
    found = re.findall(r"^(\S+) error ([\w.-]+): (.+)$", answer.out, re.MULTILINE)
    assert len(found) == 1, answer.out
    return found[0]


POSTS = {
    "broken YAML": ("- id: flood\n  text: {en: [\n", "posts/posts.yaml:3", "yaml."),
    "a tab": ("- id: flood\n\tkind: text\n", "posts/posts.yaml:2:1", "yaml.tab"),
    "a wrong type": (GOOD + "  priority: high\n", "posts/posts.yaml:8:13", "post."),
    "an unknown key": (GOOD + "  hashtag: [Flood]\n", "posts/posts.yaml:8:3", "post."),
    "a key twice": (GOOD + "  kind: text\n", "posts/posts.yaml:8:3", "yaml."),
    "one id twice": (GOOD + GOOD, "posts/posts.yaml:8:7", "post."),
    "a day that is not in the calendar": (
        campaigns.post("flood", "2027-02-30 10:00"),
        "posts/posts.yaml:3:9",
        "post.",
    ),
    "a missing image": (
        GOOD + "  images: [{file: none.jpg, alt: {en: x}}]\n",
        "posts/posts.yaml:8:",
        "images.",
    ),
    "a path outside the folder": (
        GOOD + "  images: [{file: ../../../../etc/passwd, alt: {en: x}}]\n",
        "posts/posts.yaml:8:",
        "images.",
    ),
    "a person who is not in the ledger": (
        GOOD + "  people: [ayla]\n",
        "posts/posts.yaml:8:12",
        "references.",
    ),
    "an unknown channel": (GOOD + "  channels: [m-en, y-en]\n", "posts/posts.yaml:8:20", "planning."),
}


@pytest.mark.parametrize(("posts", "place", "rule"), POSTS.values(), ids=POSTS)
def test_a_mistake_in_a_post_is_named_with_its_line_and_column(campaign, posts, place, rule):
    run = campaign(posts)
    told = run("check")
    assert told.code == 2
    errors = [line for line in told.out.splitlines() if " error " in line]
    assert any(line.startswith(place) and f" error {rule}" in line for line in errors), told.out


@pytest.mark.parametrize(("posts", "place", "rule"), POSTS.values(), ids=POSTS)
def test_the_same_mistake_stops_neither_plan_nor_rehearsal_with_more_than_words(campaign, posts, place, rule):
    run = campaign(posts)
    for command in ("plan", "rehearse", "preview"):
        told = run(command)
        assert told.code == (0 if command == "preview" else 2), told.err


def test_all_mistakes_of_all_files_are_told_at_once(campaign, tmp_path):
    run = campaign(GOOD + "  priority: high\n  hashtag: [Flood]\n")
    (tmp_path / "posts" / "more.yaml").write_text("- id: [", encoding="utf-8")
    files = {(one["file"], one["line"]) for one in run("check", "--json").json if one["severity"] == "error"}
    assert {("posts/posts.yaml", 8), ("posts/posts.yaml", 9)} < files
    assert "posts/more.yaml" in {file for file, _ in files}


def test_a_text_over_the_limit_is_an_error_that_says_by_how_much(campaign):
    # 300 letters count 300 on X, whose limit is 280; a Mastodon post takes 500.
    run = campaign(campaigns.post("flood", "D-1 10:00", text="a" * 300))
    told = run("check")
    assert told.code == 2
    place, _, message = first_error(told)
    assert place.startswith("posts/posts.yaml:4:")
    assert "x-en" in message
    assert "280" in message


def png(width, height):
    """The first chunk of a PNG that claims a size; what a decompression bomb begins with."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    body = zlib.compress(b"\0" * 100)
    end = struct.pack(">I", len(body)) + b"IDAT" + body + struct.pack(">I", zlib.crc32(b"IDAT" + body))
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(header))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + end
    )


@pytest.mark.parametrize("spoil", ["huge", "truncated", "text", "empty"])
def test_an_image_that_cannot_be_used_is_named(campaign, tmp_path, spoil):
    run = campaign(GOOD + "  images: [{file: memorial.png, alt: {en: A stone}}]\n")
    path = tmp_path / "assets" / "images" / "memorial.png"
    path.parent.mkdir(parents=True)
    if spoil == "huge":
        path.write_bytes(png(20_000, 20_000))
    elif spoil == "truncated":
        Image.effect_noise((400, 400), 90).save(path)
        path.write_bytes(path.read_bytes()[:-20_000])
    else:
        path.write_text("not a picture" if spoil == "text" else "", encoding="utf-8")
    told = run("check")
    assert told.code == 2
    errors = [line for line in told.out.splitlines() if " error " in line]
    assert errors
    assert all("memorial.png" in line for line in errors)
    assert all(line.startswith("posts/posts.yaml:8:") for line in errors)
    assert run("rehearse", "--json").code == 2


LEDGER = """\
- id: ayla
  author: staff
  names: {{en: Ayla Kaya}}
  role: {{en: survivor}}
  basis: {basis}
"""


def with_ledger(run, name, text):
    ledger = run.config.parent / "posts" / "ledger"
    ledger.mkdir(exist_ok=True)
    (ledger / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_a_person_without_a_basis_is_an_error_at_the_name(campaign):
    run = campaign(GOOD + "  people: [ayla]\n")
    with_ledger(run, "people", LEDGER.format(basis="none"))
    told = run("check")
    assert told.code == 2
    place, rule, message = first_error(told)
    assert (place, rule) == ("posts/posts.yaml:8:12", "people.no-basis")
    assert "ayla" in message


def test_a_person_nobody_asked_blocks_the_post_but_not_the_check(campaign):
    run = campaign(GOOD + "  people: [ayla]\n")
    with_ledger(run, "people", LEDGER.format(basis="direct"))
    told = run("check", "--json")
    assert told.code == 0
    blocked = [one for one in told.json if one["severity"] == "blocked"]
    assert {one["rule"] for one in blocked} == {"people.identity", "people.consent"}
    assert {(one["post"], one["file"], one["line"]) for one in blocked} == {("flood", "posts/posts.yaml", 8)}
    assert {row["state"] for row in run("plan", "--json").json} == {"blocked"}
    rehearsed = run("rehearse")
    assert "Not cleared, so they would not go out live: flood." in rehearsed.out
    assert "2 published" in rehearsed.out


def test_words_in_quotation_marks_that_nobody_recorded_are_found(campaign):
    run = campaign(campaigns.post("flood", "D-1 10:00", text="She said: “The water came at night.”"))
    told = run("check", "--json").json
    found = [one for one in told if one["rule"].startswith("quotes.")]
    assert found
    assert found[0]["severity"] in ("error", "blocked")
    assert found[0]["post"] == "flood"


def test_a_figure_against_its_record_is_found(campaign):
    text = "According to the city, 212 people were killed."
    run = campaign(campaigns.post("flood", "D-1 10:00", text=text) + "  facts: [killed]\n")
    record = (
        "- id: killed\n  author: staff\n  figure: 211\n  unit: killed\n  confidence: high\n"
        "  wording: {en: people killed}\n  according_to: {en: the city}\n"
        "  sources: [{title: Report, address: 'https://city.example/report', independent: yes}]\n"
    )
    with_ledger(run, "facts", record)
    # What counts as a figure of the killed is in the word lists of each language.
    with_ledger(run, "wording", (SAMPLE / "ledger" / "wording.yaml").read_text(encoding="utf-8"))
    told = run("check")
    assert told.code == 2
    place, rule, message = first_error(told)
    assert rule.startswith("figures.")
    assert "212" in message
    assert place.startswith("posts/posts.yaml:4:")


CONFIG = {
    "an unknown time zone": ("timezone: Asia/Baku", "timezone: Asia/Bakuu", "config.yaml:5:13", "Asia/Bakuu"),
    "an unknown platform": ("platform: mastodon", "platform: mastodonn", "config.yaml:", "mastodonn"),
    "an unknown key": ("  grace: 2h", "  graze: 2h", "config.yaml:8:3", "grace"),
    "a wrong type": ("year: 2027", "year: soon", "config.yaml:4:9", "year"),
    "posts outside the folder": (
        "approvals:",
        "posts: ../elsewhere\napprovals:",
        "config.yaml:10:",
        "outside",
    ),
    "data outside the folder": ("approvals:", "data: /tmp/x\napprovals:", "config.yaml:10:", "outside"),
    "broken YAML": ("languages: [en]", "languages: [en", "config.yaml:", "yaml."),
    "a language no text has": ("language: en,", "language: fr,", "config.yaml:", "fr"),
    "plain http": ("https://mastodon.example", "http://mastodon.example", "config.yaml:", "https"),
}


@pytest.mark.parametrize(("old", "new", "place", "word"), CONFIG.values(), ids=CONFIG)
def test_a_mistake_in_config_stops_every_command_with_its_place(campaign, old, new, place, word):
    run = campaign(GOOD)
    text = run.config.read_text(encoding="utf-8")
    assert old in text
    run.config.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = run("check")
    assert told.code == 2
    assert any(line.startswith(place) and word in line for line in told.out.splitlines()), told.out
    for words in (["plan"], ["rehearse"], ["status"], ["run"], ["hold", "--reason", "x"]):
        refused = run(*words)
        assert refused.code == 2
        assert any(line.startswith(place) and word in line for line in refused.lines), refused.err
    assert not (run.config.parent / "data").exists()


def test_check_json_of_a_broken_config_is_a_list_of_findings(campaign):
    run = campaign(GOOD)
    run.config.write_text("campaign: {}\n", encoding="utf-8")
    told = run("check", "--json")
    assert told.code == 2
    assert {one["severity"] for one in told.json} == {"error"}
    assert set(told.json[0]) == {"file", "line", "column", "severity", "rule", "message", "post"}


def test_a_time_that_the_clocks_skip_is_an_error(campaign):
    run = campaign(campaigns.post("flood", "2027-03-28 02:30"))
    text = run.config.read_text(encoding="utf-8")
    # In Berlin the clocks go from 02:00 to 03:00 on 28 March 2027, the last Sunday of the month.
    run.config.write_text(text.replace("Asia/Baku", "Europe/Berlin"), encoding="utf-8")
    told = run("check")
    assert told.code == 2
    assert re.search(r"posts/posts.yaml:3:9 error planning\.\S+ .*does not exist in Europe/Berlin", told.out)


def test_no_config_file_says_where_to_run_it(campaign):
    run = campaign(GOOD)
    run.config.unlink()
    for command in ("check", "plan", "rehearse", "run", "status"):
        told = run(command)
        assert told.code == 2
        assert len(told.lines) == 1
        assert "--config" in told.err


@pytest.mark.parametrize("file", ["config.yaml", ".env"])
def test_a_file_that_is_not_utf8_says_so(campaign, file):
    run = campaign(GOOD)
    (run.config.parent / file).write_bytes("NAME=Bakı\n".encode("utf-16"))
    told = run("check")
    assert told.code == 2
    assert len(told.lines) == 1
    assert file in told.err
    assert "UTF-8" in told.err


def test_a_post_file_that_is_not_utf8_says_so_and_the_others_are_read(campaign, tmp_path):
    run = campaign(GOOD)
    (tmp_path / "posts" / "other.yaml").write_bytes(b"- id: \xff\xfe\n")
    told = run("check")
    assert told.code == 2
    assert "posts/other.yaml:1 error yaml.unreadable: the file is not UTF-8" in told.out
    assert [row["post"] for row in run("plan", "--json").json] == ["flood", "flood"]


def test_an_empty_posts_folder_is_an_empty_plan(campaign, tmp_path):
    run = campaign(GOOD)
    (tmp_path / "posts" / "posts.yaml").unlink()
    assert run("check").code == 0
    assert run("plan", "--json").json == []
    assert "Nothing is planned" in run("plan").out
    rehearsed = run("rehearse", "--json")
    assert (rehearsed.code, rehearsed.json["deliveries"]) == (0, [])
    assert run("preview").code == 0
    assert run("run", "--until-done").code == 0


def test_a_missing_posts_folder_is_an_error(campaign, tmp_path):
    run = campaign(GOOD)
    (tmp_path / "posts" / "posts.yaml").unlink()
    (tmp_path / "posts").rmdir()
    told = run("check")
    assert told.code == 2
    assert "there is no such folder" in told.out


COMMANDS = [
    ("check",),
    ("rehearse",),
    ("preview",),
    ("run", "--until-done"),
    ("publish", "flood", "--channel", "m-en"),
    ("hold", "--reason", "x"),
    ("approve", "flood", "--yes"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_data_folder_that_cannot_be_made_is_one_line_at_run_time(campaign, tmp_path, words):
    run = campaign(GOOD)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    told = run("--data", str(tmp_path / "file" / "data"), *words)
    assert told.code == 1
    # The diary may have said a line before; the last one says what stopped it.
    assert "file/data" in told.lines[-1]
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


DATABASE_COMMANDS = [
    ("plan",),
    ("status",),
    ("rehearse",),
    ("run", "--until-done"),
    ("publish", "flood", "--channel", "m-en"),
    ("hold", "--reason", "x"),
    ("why", "flood"),
    ("move", "flood", "--to", "D-2 10:00"),
]


@pytest.mark.parametrize("words", DATABASE_COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("spoil", ["newer", "corrupt"])
def test_a_database_that_cannot_be_used_is_left_as_it_is_and_said_in_one_line(
    campaign, tmp_path, words, spoil
):
    run = campaign(GOOD)
    assert run("hold", "--reason", "make the database").code == 0
    database = tmp_path / "data" / "scheduler.db"
    if spoil == "newer":
        with sqlite3.connect(database) as connection:
            connection.execute("INSERT INTO schema_version (version) VALUES (9999)")
        connection.close()
    else:
        database.write_bytes(b"this was a database once" * 1000)
        for leftover in (tmp_path / "data").glob("scheduler.db-*"):
            leftover.unlink()
    before, posts = database.read_bytes(), (tmp_path / "posts" / "posts.yaml").read_bytes()
    told = run(*words)
    assert told.code == 1, told.out + told.err
    assert "scheduler.db" in told.lines[-1]
    assert ("newer version" if spoil == "newer" else "damaged") in told.lines[-1]
    assert database.read_bytes() == before
    assert (tmp_path / "posts" / "posts.yaml").read_bytes() == posts


@pytest.mark.parametrize(
    "words", ["2027-02-30", "yesterday", "0001-01-01", "9999-12-31", "D+", "2027-02-01T25:00"]
)
def test_a_day_that_cannot_be_looked_from_is_refused(campaign, words):
    run = campaign(GOOD)
    told = run("check", "--as-of", words)
    assert (told.code, len(told.lines)) == (2, 1)
    assert told.err.startswith(f"--as-of {words}: ")


def test_an_unknown_command_or_option_is_one_clear_error(campaign):
    run = campaign(GOOD)
    assert "No such command 'chek'" in run("chek").err
    told = run("check", "--jsonn")
    assert told.code == 2
    assert "--jsonn" in told.err


def test_with_the_server_away_posts_are_checked_all_the_same_and_everything_else_says_what_to_do(
    campaign, tmp_path
):
    run = campaign(GOOD + "  hashtag: [Flood]\n")
    # Port 1 of this machine: nobody answers there.
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}store: postgresql+psycopg://aynur@127.0.0.1:1/flood\n", encoding="utf-8")
    told = run("check")
    assert told.code == 2
    assert first_error(told)[0] == "posts/posts.yaml:8:3"
    [line] = told.err.splitlines()
    assert line.startswith("PostgreSQL 127.0.0.1:1/flood: the server cannot be reached")
    assert "it is asked again below" in line
    for command in ("plan", "status", "run"):
        told = run(command)
        assert (told.code, told.out) == (1, "")
        [line] = told.err.splitlines()
        assert line.endswith("look whether it runs, and at host and port in config.yaml (store)")


def test_with_the_server_away_it_is_not_forgotten_which_translation_is_older_than_its_text(
    campaign, tmp_path
):
    """How often each text was approved is remembered from look to look, and is not known just then."""
    run = campaign(GOOD.replace("text: {en:", "text: {az: Sel., en:"))
    config = tmp_path / "config.yaml"
    here = config.read_text(encoding="utf-8").replace("languages: [en]", "languages: [en, az]")
    away = f"{here}store: postgresql+psycopg://aynur@127.0.0.1:1/flood\n"
    config.write_text(away, encoding="utf-8")
    run("check")
    memory = tmp_path / "data" / languages.FILE
    assert not memory.exists()
    config.write_text(here, encoding="utf-8")
    run("check")
    assert memory.exists()
