"""Sheets as staff keep them, into files as a person writes them."""

import datetime
import errno

import pytest

from scheduler import content
from scheduler.exchange import drafting, tables
from tests.exchange.sheets import as_csv, as_xlsx, imported, proposed, told


def posts(config):
    read = content.read(config.parent / "posts", ("en", "az"), config.parent)
    assert not [one for one in read.findings if one.severity == "error"]
    return {post.id: post for post in read.posts}


def file(config, name="posts/sheet.yaml"):
    return (config.parent / name).read_text(encoding="utf-8")


def test_a_row_becomes_a_post_as_a_person_would_write_it(config, sheet):
    long = (
        "The water came at night, and nobody in the lower town had been warned. "
        "We remember the people of the pier."
    )
    imported(
        config,
        sheet(
            [
                *(
                    "ID",
                    "Kind",
                    "When",
                    "English",
                    "text_AZ",
                    "Hashtags",
                    "link",
                    "Channels",
                    "Facts",
                    "image 1",
                ),
                *("image 1 alt en", "image 1 words", "warning en", "priority", "grace", "draft"),
            ],
            [
                *("pier", "On this day", "D-2 9:30", long, "Su gəldi: gecə", "#HarbourFlood #Pier"),
                *("https://example.org/a", "m-en; m-az", "height", "pier.jpg", "The pier.", "none"),
                *("Loss of life", "8", "90m", "yes"),
            ],
        ),
    )
    assert (
        file(config).split("\n", 1)[1]
        == """
- id: pier
  kind: on-this-day
  when: D-2 9:30
  text:
    en: >-
      The water came at night, and nobody in the lower town had been warned. We remember the people of the
      pier.
    az: "Su gəldi: gecə"
  hashtags: [HarbourFlood, Pier]
  link: https://example.org/a
  channels: [m-en, m-az]
  images:
    - {file: pier.jpg, words: {}, alt: {en: The pier.}}
  facts: [height]
  warning: {en: Loss of life}
  priority: 8
  grace: 90m
  draft: yes
"""
    )
    post = posts(config)["pier"]
    assert post.text["en"] == long
    assert post.draft


def test_a_text_of_several_lines_keeps_them(config, sheet):
    words = "First line.\n\n  Indented line: with a colon # and a hash.\nLast line."
    imported(config, sheet(["id", "text en"], ["a", words]))
    assert posts(config)["a"].text["en"] == words
    assert "    en: |-\n      First line.\n\n        Indented" in file(config)


def test_a_post_is_changed_in_place_and_every_comment_stays(config, sheet):
    before = file(config, "posts/posts.yaml")
    imported(
        config,
        sheet(
            ["id", "text en", "text az", "facts", "priority", "warning en"],
            ["first", "The water came before dawn.", "", "", "9", "Loss of life"],
            ["second", "", "Saat on ikidə gəlin.", "height", "", ""],
        ),
    )
    expected = (
        before.replace("The water came at night.   #", "The water came before dawn.   #")
        .replace("priority: 7", "priority: 9")
        .replace("  facts: [height]\n", "  facts: [height]\n  warning: {en: Loss of life}\n")
        .replace('at the pier, at noon."}', 'at the pier, at noon.", az: Saat on ikidə gəlin.}')
        .replace("  channels: [m-en]\n", "  channels: [m-en]\n  facts: [height]\n")
    )
    assert file(config, "posts/posts.yaml") == expected


def test_an_empty_cell_changes_nothing_and_a_dash_takes_the_value_out(config, sheet):
    imported(config, sheet(["id", "facts", "priority", "text az"], ["first", "-", "", "–"]))
    post = posts(config)["first"]
    assert post.facts == ()
    assert post.priority == 7
    assert dict(post.text) == {"en": "The water came at night."}
    assert "# from the harbour book" in file(config, "posts/posts.yaml")


def test_the_same_sheet_twice_changes_nothing_and_makes_no_second_post(config, sheet):
    rows = sheet(
        ["when", "text en"], ["2027-02-14 18:00", "We remember the lower town."], ["", "Come to the pier."]
    )
    imported(config, rows)
    assert {"2027-02-14-we-remember-the-lower", "come-to-the-pier"} < set(posts(config))
    again = proposed(config, rows)
    assert [one.fields for one in again.changes] == [(), ()]
    assert again.files == {}


@pytest.mark.parametrize(
    "row",
    [
        ["2027-02-14 18:00", "We remember the lower town, and the pier."],
        ["2027-02-15 18:00", "We remember the lower town."],
    ],
    ids=["other words", "other time"],
)
def test_a_row_without_id_that_was_edited_is_found_again(config, sheet, row):
    imported(config, sheet(["when", "text en"], ["2027-02-14 18:00", "We remember the lower town."]))
    imported(config, sheet(["when", "text en"], row))
    assert len(posts(config)) == 3
    assert posts(config)["2027-02-14-we-remember-the-lower"].text["en"] == row[1]


def test_an_id_spells_other_alphabets_or_falls_back_to_the_day(config, sheet):
    imported(config, sheet(["when", "text az"], ["D+1 10:00", "Şəhər ışığı 1992"], ["D-3 10:00", "今日は"]))
    assert {"d-plus-1-seher-isigi-1992", "d-3-post"} < set(posts(config))


def test_a_post_that_the_sheet_lacks_is_told_and_kept(config, sheet):
    proposal = imported(config, sheet(["id", "priority"], ["first", "1"]))
    assert any(note.startswith("Not in the sheet, and left as they are: second.") for note in proposal.notes)
    assert "second" in posts(config)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(config, tmp_path, encoding, delimiter):
    rows = as_csv(
        tmp_path / "s.csv",
        ["id", "text az"],
        ["a", "Şəhər, ışıq; gecə"],
        encoding=encoding,
        delimiter=delimiter,
    )
    imported(config, rows)
    assert posts(config)["a"].text["az"] == "Şəhər, ışıq; gecə"


@pytest.mark.parametrize("title", ["Spring, summer, autumn, winter", "Plan | harbour | 2027 | draft | two"])
def test_the_delimiter_is_that_of_the_headings_also_below_a_title(config, tmp_path, title):
    texts = "a;Bread, salt, water, light.\nb;Rain, wind, snow, hail, fog.\n"
    (tmp_path / "s.csv").write_text(f"{title}\n\nid;text en\n{texts}")
    proposal = imported(config, tmp_path / "s.csv")
    assert [one.id for one in proposal.changes] == ["a", "b"]
    assert "Bread, salt, water, light." in (config.parent / "posts/s.yaml").read_text()


def test_the_line_that_excel_reads_for_the_delimiter_is_no_row(config, tmp_path):
    (tmp_path / "s.csv").write_text("sep=;\nid;text en\na;Hello.\n")
    assert [one.row for one in proposed(config, tmp_path / "s.csv").changes] == [2]


def test_a_title_and_notes_around_the_posts_are_no_posts(config, sheet):
    proposal = imported(
        config,
        sheet(["Spring plan", ""], [], ["Text (English)", "note for us"], ["Hello.", "ask Rauf"], ["", ""]),
    )
    assert [(one.row, one.id) for one in proposal.changes] == [(4, "hello")]


def test_pictures_of_a_path_an_address_or_a_list_are_found_in_the_campaign(config, sheet):
    imported(
        config,
        sheet(
            ["id", "text en", "Media URL(s)", "Alt text(s)"],
            ["a", "One.", "assets\\images\\pier.jpg", "The pier."],
            ["b", "Two.", "https://cdn.example/x/old%20harbour%2C%201961.jpg", "The harbour."],
        ),
    )
    found = posts(config)
    assert [(one.file, dict(one.alt)) for one in found["a"].images] == [("pier.jpg", {"en": "The pier."})]
    assert [one.file for one in found["b"].images] == ["old harbour, 1961.jpg"]


def test_an_address_of_a_picture_the_campaign_lacks_says_what_to_do(config, sheet):
    lines = told(proposed(config, sheet(["text en", "Image URL"], ["One.", "https://cdn.example/x.jpg"])))
    assert lines == [
        "sheet.csv, row 2, B (Image URL): https://cdn.example/x.jpg is an address; save the picture into "
        "assets/images, and write its name"
    ]


def test_threads_variants_and_cards_have_columns_of_their_own(config, sheet):
    imported(
        config,
        sheet(
            [
                "id",
                "text en",
                "thread 1 text en",
                "thread 2 text en",
                "variants mastodon text en",
                "card",
                "card title en",
            ],
            ["a", "One.", "Two.", "Three.", "One, here.", "plain", "Harbour"],
        ),
    )
    post = posts(config)["a"]
    assert [part.text["en"] for part in post.thread] == ["Two.", "Three."]
    assert post.variants["mastodon"].text == {"en": "One, here."}
    assert (post.card.template, dict(post.card.title)) == ("plain", {"en": "Harbour"})


def test_a_sheet_of_the_ledger_is_told_by_its_name(config, tmp_path):
    rows = as_xlsx(
        tmp_path / "book.xlsx",
        ["id", "author", "figure", "unit", "wording en", "sources 1 title", "sources 1 date", "as of", "use"],
        ["height", None, 5, None, None, None, None, None, None],
        [
            "boats",
            "keeper",
            12,
            "lost",
            "twelve boats",
            "Harbour book",
            datetime.date(1962, 3, 1),
            1962,
            "no",
        ],
        title="facts",
    )
    imported(config, rows)
    ledger = content.read(config.parent / "posts", ("en", "az"), config.parent).ledger
    assert ledger.facts["height"].figure == 5
    assert ledger.facts["boats"].sources[0].date == datetime.date(1962, 3, 1)
    assert ledger.facts["boats"].use is False
    assert file(config, "posts/ledger/facts.yaml").startswith("- id: height\n  author: keeper\n  figure: 5\n")


def test_a_record_without_an_id_is_refused(config, tmp_path):
    rows = as_csv(tmp_path / "facts.csv", ["figure", "wording en"], ["3", "three"])
    assert "facts.csv, row 2: has no id; write one, of small letters, digits and hyphens" in told(
        proposed(config, rows)
    )


@pytest.mark.long
def test_ten_thousand_rows_are_read_in_one_go(config, tmp_path):
    # The one slow test here (about 2 s): what grows with the square of the rows shows at no smaller number.
    rows = ([f"r-{number:05}", "D-1 10:00", f"We remember, number {number}."] for number in range(10_000))
    proposal = proposed(config, as_csv(tmp_path / "big.csv", ["id", "when", "text en"], *rows))
    assert not proposal.faulty
    assert [len(proposal.changes), list(proposal.files)] == [10_000, ["posts/big.yaml"]]
    assert proposal.files["posts/big.yaml"][1].endswith('text: {en: "We remember, number 9999."}\n')


def test_a_file_that_grows_too_long_to_be_read_is_split(config, sheet, monkeypatch):
    monkeypatch.setattr(drafting, "_FULL", 1_000)
    rows = [[f"r-{number}", "We remember the people of the lower town. " * 3] for number in range(12)]
    imported(config, sheet(["id", "text en"], *rows))
    names = sorted(path.name for path in (config.parent / "posts").glob("sheet*"))
    assert names == ["sheet-part-2.yaml", "sheet-part-3.yaml", "sheet.yaml"]
    assert all(len(file(config, f"posts/{name}").encode()) <= 1_000 for name in names)
    assert len(posts(config)) == 2 + 12
    assert proposed(config, sheet(["id", "text en"], *rows)).files == {}


def test_a_file_changed_by_somebody_meanwhile_is_left_alone(config, sheet):
    from scheduler.errors import InputError
    from scheduler.service import importing, open_campaign

    campaigning = open_campaign(config, environ={})
    proposal = importing.propose(campaigning, importing.Wish(sheet(["id", "priority"], ["first", "1"])))
    path = config.parent / "posts/posts.yaml"
    path.write_text(path.read_text() + "# later\n")
    with pytest.raises(InputError, match="changed by somebody else just now"):
        importing.write(campaigning, proposal.files)
    assert path.read_text().endswith("# later\n")
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_on_a_full_disk_no_file_is_changed_and_nothing_is_left_behind(config, sheet, monkeypatch):
    from scheduler.errors import RunError
    from scheduler.service import importing

    before = {path: path.read_bytes() for path in (config.parent / "posts").rglob("*") if path.is_file()}
    synced = []

    def full(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(importing.os, "fsync", full)
    with pytest.raises(RunError, match="No space left on device"):
        imported(config, sheet(["id", "text en", "priority"], ["first", "", "1"], ["new", "Hello.", ""]))
    assert {
        path: path.read_bytes() for path in (config.parent / "posts").rglob("*") if path.is_file()
    } == before


def test_a_sheet_with_an_odd_name_makes_a_file_that_can_be_read(config, tmp_path):
    rows = as_csv(tmp_path / "Plan\n\u202e2027 (Ə).csv", ["id", "text en"], ["a", "Hello."])
    imported(config, rows)
    assert posts(config)["a"].file == "posts/plan-2027-e.yaml"


def test_a_list_that_stands_further_in_gets_its_new_post_at_the_same_place(config, sheet):
    path = config.parent / "posts/posts.yaml"
    path.write_text("  - id: first\n    kind: text\n    text: {en: A}\n")
    imported(config, sheet(["id", "text en"], ["third", "New."]), into="posts/posts.yaml")
    assert path.read_text().endswith("\n\n  - id: third\n    kind: text\n    text: {en: New.}\n")


def test_a_row_that_repeats_another_becomes_a_post_of_its_own_and_is_found_again(config, sheet):
    rows = sheet(["when", "text en"], ["D-1 10:00", "Come."], ["D-1 10:00", "Come."])
    imported(config, rows)
    assert {"d-1-come", "d-1-come-2"} < set(posts(config))
    assert proposed(config, rows).files == {}


def test_an_id_taken_in_another_file_is_not_taken_over(config, sheet):
    imported(config, sheet(["text en"], ["First"]))
    assert posts(config)["first-2"].text["en"] == "First"
    assert posts(config)["first"].text["en"] == "The water came at night."


def test_rows_that_only_look_filled_are_no_rows(config, tmp_path, monkeypatch):
    # Staff format whole columns: Excel then keeps a row for each of a million lines.
    from openpyxl import load_workbook

    rows = as_xlsx(tmp_path / "s.xlsx", ["text en"], ["Hello."])
    book = load_workbook(rows)
    book.active.cell(500, 1).number_format = "@"
    book.save(rows)
    monkeypatch.setattr(tables, "MAX_ROWS", 100)
    assert [one.row for one in proposed(config, rows).changes] == [2]


def test_windows_line_ends_stay(config, sheet):
    path = config.parent / "posts/posts.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    imported(
        config,
        sheet(["id", "warning en", "text en"], ["first", "Loss of life", ""], ["third", "", "New."]),
        into="posts/posts.yaml",
    )
    data = path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert posts(config)["third"].text["en"] == "New."
    assert posts(config)["first"].warning == {"en": "Loss of life"}


@pytest.mark.parametrize(
    "heads",
    [
        ["date", "time_24hr", "message_text", "Channel(s)"],  # Sprout
        ["scheduled_at", "", "content", "account_id"],  # PostFast
        ["scheduleDate", "", "post", "platforms"],  # Ayrshare
        ["DATE", "Time", "Caption", "Platform(s)"],  # BrightBean
        ["postAtSpecificTime", "", "text", "note"],  # SocialBee
    ],
)
def test_headings_of_other_tools_are_known(config, sheet, heads):
    row = (
        ["2027-02-14", "18:00", "Hello.", "m-en"] if heads[1] else ["2027-02-14 18:00", "", "Hello.", "m-en"]
    )
    proposal = proposed(config, sheet(heads, row))
    assert not proposal.faulty, told(proposal)
    made = proposal.files["posts/sheet.yaml"][1]
    assert "  when: 2027-02-14 18:00\n  text: {en: Hello.}\n" in made
    assert ("channels: [m-en]" in made) == (heads[3] != "note")
