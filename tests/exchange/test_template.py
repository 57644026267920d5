"""The empty sheet: what each column means, what may be chosen, and that it comes back as posts."""

import io

import pytest
from openpyxl import load_workbook

from scheduler.errors import InputError
from scheduler.exchange import template, workbook_out
from scheduler.exchange.workbook_out import Page
from scheduler.model import Kind
from tests.exchange.sheets import imported
from tests.exchange.test_uploads import written


def opened(config, tmp_path):
    written(config, "template", tmp_path / "template.xlsx")
    return load_workbook(tmp_path / "template.xlsx")


def choices(sheet):
    """What each column offers, by its heading."""
    by_letter = {cell.column_letter: cell.value for cell in sheet[1]}
    return {
        by_letter[str(rule.sqref).rstrip("0123456789:").split("2")[0]]: rule.formula1
        for rule in sheet.data_validations.dataValidation
    }


def test_every_column_says_what_it_means(config, tmp_path):
    sheet = opened(config, tmp_path)["Posts"]
    headings = {cell.value: cell.comment.text for cell in sheet[1] if cell.comment}
    assert {"id", "kind", "when", "text en", "text az", "channels", "facts", "image 1 alt az"} < set(headings)
    assert set(headings) == {cell.value for cell in sheet[1]}
    assert "Times are those of Asia/Baku" in headings["when"]


def test_kinds_channels_facts_and_pictures_are_offered(config, tmp_path):
    offered = choices(opened(config, tmp_path)["Posts"])
    assert offered["kind"] == '"' + ",".join(Kind) + '"'
    assert offered["channels"] == '"m-en,m-az"'
    assert offered["facts"] == '"height"'
    assert offered["draft"] == '"yes,no"'
    # A name with a comma in it stands in a list of its own.
    assert offered["image 1"] == "=lists!$A$1:$A$2"


def test_a_long_list_stands_on_a_hidden_sheet_and_the_import_does_not_ask_for_it(config, tmp_path):
    names = [f"fact-number-{number}" for number in range(40)]
    page = Page("Posts", ["id", "text en", "facts"], [["a", "Hello.", "height"]], choices={"facts": names})
    data = workbook_out.workbook([page])
    book = load_workbook(io.BytesIO(data))
    assert book["lists"].sheet_state == "hidden"
    assert [cell.value for cell in book["lists"]["A"]] == names
    assert book["Posts"].data_validations.dataValidation[0].formula1 == "=lists!$A$1:$A$40"
    (tmp_path / "filled.xlsx").write_bytes(data)
    assert [one.id for one in imported(config, tmp_path / "filled.xlsx").changes] == ["a"]


def test_the_template_filled_in_is_imported(config, tmp_path):
    book = opened(config, tmp_path)
    sheet = book["Posts"]
    place = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in (
        ("kind", "text"),
        ("text az", "Salam"),
        ("when", "D-1 10:00"),
        ("image 1", "pier.jpg"),
    ):
        sheet.cell(2, place[heading], value)
    book.save(tmp_path / "filled.xlsx")
    proposal = imported(config, tmp_path / "filled.xlsx")
    assert [one.id for one in proposal.changes] == ["d-1-salam"]
    text = proposal.files["posts/filled.yaml"][1]
    assert text.endswith("  text: {az: Salam}\n  images:\n    - {file: pier.jpg}\n")


def test_every_heading_of_the_template_is_one_that_import_knows(config):
    from scheduler.exchange import headings, shape

    for path in template.columns(("en", "az")):
        assert headings.read(headings.written(path), shape.of_post(), ("en", "az")).path == path


def test_a_cell_that_begins_like_a_formula_is_text_in_the_workbook(tmp_path):
    book = load_workbook(io.BytesIO(workbook_out.workbook([Page("Posts", ["text en"], [["=1+1"]])])))
    assert (book["Posts"]["A2"].value, book["Posts"]["A2"].data_type) == ("'=1+1", "s")


def test_a_text_longer_than_a_cell_is_refused_and_not_cut(tmp_path):
    with pytest.raises(InputError, match="is longer than a cell of Excel holds"):
        workbook_out.workbook([Page("Posts", ["text en"], [["a" * 32_767]])])
