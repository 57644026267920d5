"""What the page on spreadsheets shows is what a wrong cell of the empty sheet really gets."""

from openpyxl import load_workbook

from tests import campaigns, documents, terminal

PAGE = "docs/how-to/import-a-spreadsheet.md"


def test_a_wrong_cell_is_named_as_the_page_shows_it(tmp_path, monkeypatch):
    campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"))
    monkeypatch.chdir(tmp_path)
    [shown] = [one.text.strip() for one in documents.blocks(PAGE) if "did you mean" in one.text]
    assert terminal.typed("python run.py export template --out plan.xlsx", monkeypatch)[0] == 0
    book = load_workbook("plan.xlsx")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for row, channel in ((2, "m-en"), (3, "m-on")):
        sheet.cell(row, heads.index("text en") + 1, "Words.")
        sheet.cell(row, heads.index("channels") + 1, channel)
    book.save("plan.xlsx")
    code, printed = terminal.typed("python run.py import plan.xlsx", monkeypatch)
    assert code == 2
    # The page's campaign has two languages, so its column of channels stands one further right.
    expected = (
        shown.replace("row 3, F", "row 3, E").replace("mastodn-en", "m-on").replace("mastodon-en", "m-en")
    )
    assert expected in printed.splitlines()
