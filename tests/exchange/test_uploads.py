"""Upload files of Buffer and Publer: their own headings, whole texts, and back again without loss."""

import csv
import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from scheduler import content
from scheduler.errors import InputError
from scheduler.exchange import foreign
from scheduler.service import exporting, open_campaign
from tests.exchange import sheets
from tests.exchange.sheets import imported, proposed

POSTS = """\
- id: linked
  kind: text
  when: 2027-02-14 18:00
  text: {en: "We remember, “all” of them: the pier.", az: Xatırlayırıq; hamısını.}
  link: https://example.org/pier?a=1&b=2
  images: [{file: pier.jpg, words: {}, alt: {en: "The pier, at dawn.", az: Körpü.}}]
- id: lines
  kind: text
  when: 2027-02-15 09:30
  text:
    en: |-
      First line.

      Second #Pier line, with a comma.
  hashtags: []
  channels: [m-en]
- id: at-sign
  kind: text
  when: D-1 10:00
  text: {en: "@harbour asked: what was lost?"}
  hashtags: [Pier, HarbourFlood]
  images:
    - {file: pier.jpg, words: {}, alt: {en: One.}}
    - {file: quay.png, words: {}, alt: {en: "Two, too."}}
  channels: [m-en]
- id: threaded
  kind: text
  when: D-1 12:00
  text: {en: "One."}
  thread: [{text: {en: "Two."}}, {text: {en: "Three, and last."}}]
  channels: [m-en]
"""


@pytest.fixture
def there(tmp_path):
    config = sheets.campaign(tmp_path / "there", POSTS)
    return pictured(config)


def pictured(config):
    for name in ("pier.jpg", "quay.png"):
        Image.new("RGB", (1200, 800), "navy").save(config.parent / "assets/images" / name)
    return config


def written(config, kind, folder, now=datetime(2027, 1, 1, tzinfo=UTC), uncleared=None, **options):
    also = kind in ("buffer", "publer") if uncleared is None else uncleared
    asked = exporting.Asked(open_campaign(config, environ={}), now, folder, uncleared=also, **options)
    return exporting.export(kind, asked)


def rows(file):
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))


def test_buffers_file_has_exactly_its_headings_and_the_channels_whole_text(there, tmp_path):
    written(there, "buffer", tmp_path / "out", images_at="https://cdn.example/x/")
    assert sorted(path.name for path in (tmp_path / "out").glob("*.csv")) == ["m-az.csv", "m-en.csv"]
    found = rows(tmp_path / "out/m-en.csv")
    assert found[0] == ["Text", "Image URL", "Tags", "Posting Time"]
    # 18:00 in Baku (UTC+4) is 14:00 in London in winter.
    assert found[1] == [
        "We remember, “all” of them: the pier. https://example.org/pier?a=1&b=2\n#HarbourFlood",
        "https://cdn.example/x/pier.jpg",
        "",
        "2027-02-14 14:00",
    ]
    assert (tmp_path / "out/m-en.csv").read_bytes().startswith(b'\xef\xbb\xbf"Text","Image URL"')
    assert (tmp_path / "out/images/pier.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


def test_publers_file_has_its_twelve_columns(there, tmp_path):
    written(there, "publer", tmp_path / "out")
    found = rows(tmp_path / "out/m-en.csv")
    assert found[0] == [
        *("Date", "Text", "Link(s)", "Media URL(s)", "Title", "Label(s)", "Alt text(s)", "Comment(s)"),
        *("Board/Album", "Post subtype", "CTA", "Reminder"),
    ]
    assert found[1][:4] == [
        "2027-02-14 14:00",
        "We remember, “all” of them: the pier.\n#HarbourFlood",
        "https://example.org/pier?a=1&b=2",
        "images/pier.jpg",
    ]
    assert found[3][3] == "images/pier.jpg,images/quay.png"
    assert found[3][6] == "One. || Two, too."
    assert found[4][7] == "Two. || Three, and last."


def test_what_a_file_cannot_hold_is_told(there, tmp_path):
    notes = written(there, "buffer", tmp_path / "out").notes
    assert "m-en: at-sign: only the first picture has a place in this file." in notes
    assert "m-en: threaded: further parts of the thread have no place in this file." in notes
    assert any("at-sign: the text begins like a formula" in note for note in notes)
    assert "m-en.csv: times are those of Europe/London; set the same zone there." in notes


@pytest.mark.parametrize("kind", ["buffer", "publer"])
def test_what_nobody_cleared_is_not_handed_to_a_tool_that_publishes_it(there, tmp_path, kind):
    config = there.read_text(encoding="utf-8").replace("default: 0", "default: 1")
    there.write_text(config, encoding="utf-8")
    done = written(there, kind, tmp_path / "out", uncleared=False)
    assert (done.files, list((tmp_path / "out").glob("*.csv"))) == ((), [])
    assert "2027/lines/m-en" in done.notes[0]
    assert "not cleared" in done.notes[0]
    assert "NOT CLEARED" in written(there, kind, tmp_path / "out").notes[0]


def test_a_cleared_post_is_handed_over_and_one_with_an_open_question_is_not(there, tmp_path):
    written(there, "buffer", tmp_path / "out", uncleared=False)
    # The others show a picture without a record, or words in quotation marks that no record has.
    texts = [row[0].split("\n")[0] for row in rows(tmp_path / "out/m-en.csv")[1:]]
    assert texts == ["First line.", "One."]


def test_what_is_past_is_not_scheduled_a_second_time_elsewhere(there, tmp_path):
    done = written(there, "buffer", tmp_path / "out", now=datetime(2027, 2, 15, 12, tzinfo=UTC))
    times = [row[3] for row in rows(tmp_path / "out/m-en.csv")[1:]]
    assert times == ["2027-02-16 06:00", "2027-02-16 08:00"]
    assert "2027/lines/m-en" in next(note for note in done.notes if "their time has passed" in note)


def test_a_channel_that_the_scheduler_posts_on_itself_is_not_handed_over(there, tmp_path):
    config = there.read_text(encoding="utf-8")
    there.write_text(config.replace("Europe/London}", "Europe/London, live: true}"), encoding="utf-8")
    written(there, "buffer", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").glob("*.csv")] == ["m-az.csv"]
    with pytest.raises(InputError, match="would be there twice"):
        written(there, "buffer", tmp_path / "out", channels=("m-en",))


def test_one_channel_written_again_leaves_the_files_of_the_others(there, tmp_path):
    written(there, "buffer", tmp_path / "out")
    written(there, "buffer", tmp_path / "out", channels=("m-en",))
    assert sorted(path.name for path in (tmp_path / "out").glob("*.csv")) == ["m-az.csv", "m-en.csv"]


@pytest.mark.parametrize("kind", ["buffer", "publer"])
@pytest.mark.parametrize("channel", ["m-en", "m-az"])
@pytest.mark.long
def test_there_and_back_each_channel_gets_the_same(there, tmp_path, kind, channel):
    written(there, kind, tmp_path / "out", images_at="https://cdn.example")
    fresh = pictured(sheets.campaign(tmp_path / "fresh", "# nothing yet\n"))
    imported(fresh, tmp_path / f"out/{channel}.csv")
    written(fresh, kind, tmp_path / "again", images_at="https://cdn.example")
    assert rows(tmp_path / f"again/{channel}.csv") == rows(tmp_path / f"out/{channel}.csv")
    assert sorted(path.name for path in (tmp_path / "again").glob("*.csv")) == [f"{channel}.csv"]


def test_publers_link_pictures_alt_texts_and_comments_become_the_posts(there, tmp_path):
    written(there, "publer", tmp_path / "out")
    fresh = pictured(sheets.campaign(tmp_path / "fresh", "# nothing yet\n"))
    imported(fresh, tmp_path / "out/m-en.csv")
    found = content.read(fresh.parent / "posts", ("en", "az"), fresh.parent).posts
    by_text = {post.text["en"].split()[0]: post for post in found}
    assert by_text["We"].link == {"": "https://example.org/pier?a=1&b=2"}
    assert by_text["We"].hashtags == {"": ("HarbourFlood",)}
    assert [(one.file, one.alt["en"]) for one in by_text["@harbour"].images] == [
        ("pier.jpg", "One."),
        ("quay.png", "Two, too."),
    ]
    assert [part.text["en"] for part in by_text["One."].thread] == ["Two.", "Three, and last."]
    assert by_text["First"].hashtags == {"": ()}
    assert all(post.channels == ("m-en",) for post in found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Words.\n#A #B", ("Words.", ["A", "B"], None)),
        ("Words. https://a.example/x\n#A", ("Words.", ["A"], "https://a.example/x")),
        ("Words #A in a line", ("Words #A in a line", [], None)),
        ("#A #B", ("#A #B", [], None)),
        ("https://a.example", ("https://a.example", [], None)),
        ("Words.\n#1", ("Words.\n#1", [], None)),
    ],
)
def test_a_text_is_taken_apart_only_at_its_end(text, parts):
    made = foreign.taken_apart({"text": {"en": text}})
    assert (made["text"]["en"], made["hashtags"], made.get("link")) == parts


def test_a_dash_for_alt_texts_is_no_alt_text(there, sheet):
    rows = sheet(["id", "image", "alt texts", "text en"], ["a", "pier.jpg", "-", "x"])
    assert "alt" not in next(iter(proposed(there, rows).files.values()))[1].split("- id: a")[1]


def test_publers_long_headings_are_known_by_their_leading_words(there, sheet):
    file = sheet(
        [
            *(
                "Date - Intl. format or prompt",
                "Text",
                "Link(s) - Separated by comma",
                "Media URL(s) - optional",
            ),
            *(
                "Title - For the video",
                "Label(s)",
                "Alt text(s) - Separated by ||",
                "Comment(s) - one or more",
            ),
            *("Pin board, FB album, or Google category", "Post subtype", "CTA", "Reminder"),
        ],
        ["2027-02-14 18:00", "Hello.", "", "", "", "ours", "", "", "", "", "", ""],
        name="m-en.csv",
    )
    proposal = imported(there, file)
    assert "Column F (Label(s)) is left out, in 1 row: posts have no such thing." in proposal.notes
    # 18:00 in London is 22:00 in Baku.
    assert "when: 2027-02-14 22:00" in proposal.files["posts/m-en.yaml"][1]
