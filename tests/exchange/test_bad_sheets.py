"""What staff's sheets have wrong: each place is named as they find it, and no file of theirs is touched."""

import io
import zipfile
from time import process_time

import openpyxl
import pytest

from scheduler.errors import InputError
from scheduler.exchange import tables, workbooks
from tests.exchange.sheets import as_csv, as_xlsx, naive, proposed, told


def refused(config, file, **wish):
    with pytest.raises(InputError) as raised:
        proposed(config, file, **wish)
    return str(raised.value)


def test_a_heading_nobody_knows_is_named_with_its_column_and_the_nearest(config, sheet):
    proposal = proposed(config, sheet(["text en", "chanels"], ["We remember.", "m-en"]))
    assert told(proposal) == [
        "sheet.csv, row 1, B (chanels): this heading is not known; did you mean channels? or begin it with "
        "“note ” if it is for yourselves"
    ]
    assert proposal.files == {}


def test_every_wrong_cell_is_told_at_once_with_row_column_and_heading(config, sheet):
    file = sheet(
        ["id", "text en", "channels", "facts", "priority", "grace", "draft", "image", "kind"],
        ["Bad Id", "Hello.", "mm-en", "hieght", "high", "two hours", "perhaps", "peer.jpg", "txt"],
    )
    lines = told(proposed(config, file))
    expected = [
        "A (id): id: “Bad Id” is not an id; use only small letters a–z, digits and hyphens",
        "C (channels): there is no channel “mm-en”; did you mean m-en?",
        "D (facts): there is no record in posts/ledger/facts.yaml “hieght”; did you mean height?",
        "E (priority): priority: expected a whole number, found “high”",
        "F (grace): grace: “two hours” is not a duration; "
        "write a number with s, m, h or d, such as 90m or 2h",
        "G (draft): draft: expected yes or no, found “perhaps”",
        "H (image): peer.jpg is not in assets/images; put it there, or correct its name",
    ]
    for words in expected:
        assert f"sheet.csv, row 2, {words}" in lines
    assert any(
        line.startswith("sheet.csv, row 2, I (kind): kind: expected one of text, ann") for line in lines
    )


def test_an_ambiguous_day_is_asked_with_both_readings(config, sheet):
    file = sheet(["text en", "date", "time"], ["Hello.", "01/02/2027", "18:00"])
    assert told(proposed(config, file)) == [
        "sheet.csv, row 2, B (date): “01/02/2027” may be 1 February 2027 (dmy) or 2 January 2027 (mdy); "
        "say which with --dates dmy or --dates mdy"
    ]
    said = proposed(config, file, order="mdy")
    assert not said.faulty
    assert "when: 2027-01-02 18:00" in said.files["posts/sheet.yaml"][1]


def test_days_that_contradict_each_other_are_not_guessed(config, sheet):
    file = sheet(["text en", "when"], ["Hello.", "25/02/2027 10:00"], ["World.", "02/25/2027 10:00"])
    assert (
        "“25/02/2027 10:00” can only be day/month and “02/25/2027 10:00” only month/day"
        in told(proposed(config, file))[0]
    )


def test_days_half_real_and_half_text_may_have_been_swapped_by_the_program(config, tmp_path):
    # What Excel with American settings makes of a day/month file: 12 days of a month turn into other days.
    file = as_xlsx(
        tmp_path / "s.xlsx",
        ["text en", "when"],
        ["One.", naive(2027, 1, 2, 10, 0)],
        ["Two.", "25/02/2027 10:00"],
    )
    assert "the spreadsheet program may have swapped day and month" in told(proposed(config, file))[0]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2027-02-30 10:00", "is not in the calendar"),
        ("2027-02-14", "has no time of day"),
        ("soon", "is not a time; write 2027-02-14 18:00, D-1 10:00 or next slot"),
        ("14/02/27 10:00", "has no year of four digits"),
        ("D-1 25:00", "hours go to 23"),
    ],
)
def test_a_time_that_is_none_is_told_at_its_cell(config, sheet, cell, words):
    line = told(proposed(config, sheet(["text en", "when"], ["Hello.", cell])))
    assert len(line) == 1
    assert line[0].startswith("sheet.csv, row 2, B (when): ")
    assert words in line[0]


def test_a_time_that_the_clocks_skip_in_its_own_zone_is_told(config, sheet):
    # 28 March 2027, 01:00: British clocks go from 01:00 to 02:00.
    file = sheet(["text en", "when", "zone"], ["Hello.", "2027-03-28 01:30", "Europe/London"])
    assert "2027-03-28 01:30 does not exist in Europe/London" in told(proposed(config, file))[0]


@pytest.mark.parametrize("heading", ["Time (EST time)", "Time (GMT+4)", "Clock (our time)"])
def test_a_zone_in_a_heading_that_nobody_knows_is_not_passed_over(config, sheet, heading):
    lines = told(proposed(config, sheet(["text en", "date", heading], ["Hello.", "2027-02-14", "18:00"])))
    assert len(lines) == 1
    assert f"row 2, C ({heading}): " in lines[0]
    assert "is not a time zone; write one such as Asia/Baku" in lines[0]


def test_a_line_of_a_million_commas_is_refused(config, tmp_path):
    (tmp_path / "s.csv").write_text("text en,id\nHello,a" + "," * 1_000_000)
    assert "has a line of more than 100,000 cells" in refused(config, tmp_path / "s.csv")


def test_a_row_without_text_and_a_row_twice_are_told(config, sheet):
    file = sheet(["id", "text en", "kind"], ["a", "", "text"], ["b", "Hello.", ""], ["b", "World.", ""])
    assert told(proposed(config, file)) == [
        "sheet.csv, row 2: text: is missing; write it",
        "sheet.csv, row 4, A (id): the id b is taken by row 3; give one of them another",
    ]


def test_two_columns_for_one_thing_and_a_cell_without_heading_are_told(config, sheet):
    file = sheet(["text en", "English", ""], ["Hello.", "Hi.", "what is this"])
    lines = told(proposed(config, file))
    assert (
        "sheet.csv, row 1, B (English): means the same as column A (text en); "
        "keep one of the two columns" in lines
    )
    assert "sheet.csv, row 2, C: something stands here, but its column has no heading; name it" in lines


def test_a_sheet_without_any_known_heading_says_what_a_heading_is(config, sheet):
    assert told(proposed(config, sheet(["one", "two"], ["1", "2"]))) == [
        "sheet.csv: no row holds a heading that is known; "
        "the first row names the columns: id, when, text en …"
    ]


def test_merged_cells_among_the_posts_are_named_and_a_merged_title_is_not(config, tmp_path):
    from openpyxl import load_workbook

    file = as_xlsx(
        tmp_path / "s.xlsx", ["Our plan"], ["text en", "when"], ["Hello.", "D-1 10:00"], ["World.", ""]
    )
    book = load_workbook(file)
    book.active.merge_cells("A1:B1")
    book.active.merge_cells("B3:B4")
    book.save(file)
    assert told(proposed(config, file)) == [
        "Posts, row 4, B (when): the cells B3:B4 are merged into one; unmerge them and fill in each"
    ]


def test_a_formula_without_its_result_is_not_taken_for_an_empty_cell(config, tmp_path):
    # openpyxl writes formulas without results, as other programs do that never calculate.
    file = as_xlsx(tmp_path / "s.xlsx", ["text en", "when"], ["Hello.", '=CONCATENATE("D-1"," 10:00")'])
    assert told(proposed(config, file)) == [
        "Posts, row 2, B (when): a formula stands here whose result the file does not hold; "
        "copy the cell and paste it as a value"
    ]


def test_a_formula_with_its_result_counts_as_the_result(config, tmp_path):
    file = as_xlsx(tmp_path / "s.xlsx", ["text en", "when"], ["Hello.", '=CONCATENATE("D-1"," 10:00")'])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.xml"
    # As Excel writes it: the result stands beside the formula.
    before, _, after = parts[part].partition(b'<c r="B2">')
    formula, _, rest = after.partition(b"</c>")
    formula = formula.split(b"<v")[0] + b"<v>D-1 10:00</v>"
    parts[part] = before + b'<c r="B2" t="str">' + formula + b"</c>" + rest
    file.write_bytes(zipped(parts))
    assert "when: D-1 10:00" in proposed(config, file).files["posts/s.yaml"][1]


def test_an_error_value_is_told(config, tmp_path):
    file = as_xlsx(tmp_path / "s.xlsx", ["text en"], ["#REF!"])
    assert "the sheet shows #REF! here" in told(proposed(config, file))[0]


def test_hidden_characters_are_named(config, sheet):
    lines = told(proposed(config, sheet(["text en"], ["He\x00llo."], ["a\u202eb"])))
    assert (
        "row 2, A (text en): U+0000 (a control character), which does not show, stands in this cell"
        in lines[0]
    )
    assert "row 3, A (text en): U+202E (RIGHT-TO-LEFT OVERRIDE)" in lines[1]


def test_what_is_not_utf8_is_asked_with_what_each_encoding_would_read(config, tmp_path):
    file = as_csv(
        tmp_path / "s.csv",
        ["text en", "text az"],
        ["Hi.", "Şəhər ışığı".replace("ə", "e")],
        encoding="cp1254",
    )
    words = refused(config, file)
    assert "line 2, is not UTF-8" in words
    assert "--encoding cp1254: “Hi.,Şeher ışığı”" in words
    proposal = proposed(config, file, encoding="cp1254")
    assert "az: Şeher ışığı" in proposal.files["posts/s.yaml"][1]


def test_an_unknown_encoding_and_a_missing_file_are_told(config, tmp_path):
    file = as_csv(tmp_path / "s.csv", ["text en"], ["Hi."])
    assert "--encoding klingon is not known" in refused(config, file, encoding="klingon")
    assert "there is no such file" in refused(config, tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "s.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "is in the old Excel format; save it as .xlsx",
        ),
        (
            "s.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64) + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
        ("s.xlsx", b"id,text\n", "is no workbook by its contents"),
        ("s.csv", b"PK\x03\x04rest", "is a workbook by its contents"),
        ("s.xlsx", b"PK\x03\x04rest", "is damaged"),
        ("s.pdf", b"%PDF-1.7", "only .csv and .xlsx can be imported"),
        ("s.csv", b"  \n ", "is empty"),
    ],
)
def test_a_file_that_is_something_else_says_what_to_do(config, tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    assert words in refused(config, tmp_path / name)


def zipped(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_an_open_document_sheet_is_told_apart(config, tmp_path):
    (tmp_path / "s.xlsx").write_bytes(zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}))
    assert "is an OpenDocument sheet; save it as .xlsx" in refused(config, tmp_path / "s.xlsx")


def test_a_workbook_that_would_unpack_to_gigabytes_is_not_opened(config, tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 1_000_000)
    bomb = zipped({"[Content_Types].xml": b"<a/>", "xl/worksheets/sheet1.xml": bytes(1_000_001)})
    assert len(bomb) < 10_000
    (tmp_path / "s.xlsx").write_bytes(bomb)
    assert "no sheet of posts needs; it was not opened" in refused(config, tmp_path / "s.xlsx")


def test_a_workbook_whose_xml_defines_entities_is_refused(config, tmp_path):
    # The "billion laughs": each entity is ten of the one before.
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    file = as_xlsx(tmp_path / "s.xlsx", ["text en"], ["Hello."])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = parts[part].replace(b"<worksheet", laughs.encode() + b"<worksheet", 1)
    file.write_bytes(zipped(parts))
    assert openpyxl.DEFUSEDXML
    assert "s.xlsx cannot be read as a workbook" in refused(config, file)


def test_a_cell_that_never_ends_is_a_missing_quotation_mark(config, tmp_path):
    (tmp_path / "s.csv").write_text('text en\n"We remember\n' + "x" * 250_000)
    assert "line 3: a cell is far too long; is a quotation mark missing?" in refused(
        config, tmp_path / "s.csv"
    )


def test_a_lone_quotation_mark_inside_a_cell_names_its_line(config, tmp_path):
    (tmp_path / "s.csv").write_text('text en,id\n"We "remember"",a\n')
    assert "s.csv, line 2: the quotation marks do not fit" in refused(config, tmp_path / "s.csv")


def test_too_many_rows_or_columns_are_refused(config, sheet, monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    monkeypatch.setattr(tables, "MAX_COLUMNS", 5)
    assert "has more than 10 rows; split it" in refused(
        config, sheet(["text en"], *(["Hi."] for _ in range(11)))
    )
    assert "more than 5 columns" in refused(config, sheet(["text en", *"abcdef"]))


def test_a_workbook_with_two_sheets_asks_which(config, tmp_path):
    from openpyxl import load_workbook

    file = as_xlsx(tmp_path / "s.xlsx", ["text en"], ["Hello."])
    book = load_workbook(file)
    book.create_sheet("Old")
    book.save(file)
    assert "has several sheets; name one with --sheet: Posts, Old" in refused(config, file)
    assert "has no sheet “New”. It has: Posts, Old" in refused(config, file, sheet="New")
    assert not proposed(config, file, sheet="Posts").faulty


def test_the_sheet_itself_is_never_touched(config, sheet):
    file = sheet(["text en", "when"], ["Hello.", "soon"])
    file.chmod(0o400)
    before = file.read_bytes(), file.stat().st_mtime_ns
    assert proposed(config, file).faulty
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_campaign_that_cannot_be_read_is_mended_first(config, sheet):
    (config.parent / "posts/broken.yaml").write_text("- id: [")
    words = refused(config, sheet(["text en"], ["Hello."]))
    assert "posts/broken.yaml cannot be read as it stands" in words


@pytest.mark.long
def test_one_stray_cell_far_below_is_read_at_once(config, tmp_path):
    from openpyxl import load_workbook

    rows = as_xlsx(tmp_path / "s.xlsx", ["id", "text en"], ["a", "x"])
    book = load_workbook(rows)
    book.active.cell(1_000_000, 2, "stray")
    book.save(rows)
    begun = process_time()
    assert [one.row for one in proposed(config, rows).changes] == [2, 1_000_000]
    assert process_time() - begun < 5  # it took 31 s when each of the rows between was looked through


@pytest.mark.parametrize("column", [402, 1_500, 16_384])
def test_a_cell_far_to_the_right_is_refused_and_not_left_out(config, tmp_path, column):
    from openpyxl import load_workbook

    rows = as_xlsx(tmp_path / "s.xlsx", ["id", "text en"], ["a", "x"])
    book = load_workbook(rows)
    book.active.cell(2, column, "stray")
    book.save(rows)
    with pytest.raises(InputError, match="row 2: more than 400 columns"):
        proposed(config, rows)


def test_a_file_of_nothing_but_commas_ends_where_excel_does(config, sheet, monkeypatch):
    from scheduler.exchange import tables

    monkeypatch.setattr(tables, "MAX_LINES", 5)
    with pytest.raises(InputError, match="more than 5 lines, empty ones too"):
        proposed(config, sheet(["id", "text en"], ["a", "x"], *([""] * 2 for _ in range(4))))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_workbook_that_would_fill_the_memory_with_one_row_is_not_opened(config, tmp_path, part):
    # 100 KB on the disk; the tags of one row are held at once, and took more than three gigabytes.
    whole = as_xlsx(tmp_path / "whole.xlsx", ["id", "text en"], ["a", "x"])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                end = data.rindex(b"</")
                data = data[:end] + b'<row r="3">' + b"<c/>" * 3_000_000 + data[end:]
            target.writestr(name, data)
    assert "more in one row than any sheet of posts needs" in refused(config, bomb)
