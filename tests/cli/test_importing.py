"""`import`: shows first, writes when asked, and says what is wrong where staff find it."""

import pytest

from tests.cli.commands import Commands
from tests.exchange import sheets


@pytest.fixture
def run(tmp_path, capsys):
    return Commands(capsys, sheets.campaign(tmp_path / "campaign"))


def sheet(run, *rows, name="plan.csv"):
    return str(sheets.as_csv(run.config.parent.parent / name, *rows))


def files(run):
    folder = run.config.parent / "posts"
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")}


def test_without_write_nothing_is_written_and_each_row_is_told(run):
    before = files(run)
    answer = run(
        "import", sheet(run, ["id", "text en", "priority"], ["first", "", "9"], ["new", "Hello.", ""])
    )
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "No kind is given in 1 row; that becomes kind: text.",
        "Not in the sheet, and left as they are: second. "
        "To take a post out of the campaign, delete it in its file.",
        "row 2  changed  first  in posts/posts.yaml: priority",
        "row 3  new      new  in posts/plan.yaml",
        "2 rows: 1 new, 1 changed.",
        "Nothing was written yet. To write it, type the same with --write",
    ]
    assert files(run) == before


def test_with_write_the_files_are_written_and_check_reads_them(run):
    path = sheet(run, ["id", "text en", "priority"], ["first", "", "9"], ["new", "Hello.", ""])
    answer = run("import", path, "--write")
    assert answer.out.endswith(
        "Written: posts/posts.yaml, posts/plan.yaml. See it with: python run.py check\n"
    )
    assert "priority: 9" in files(run)["posts.yaml"]
    assert "text: {en: Hello.}" in files(run)["plan.yaml"]
    again = run("import", path, "--write")
    assert "The files say all this already; nothing to write." in again.out


def test_one_wrong_row_and_nothing_at_all_is_written(run):
    before = files(run)
    answer = run(
        "import", sheet(run, ["text en", "channels"], ["Fine.", "m-en"], ["Hello.", "m-on"]), "--write"
    )
    assert answer.code == 2
    assert "plan.csv, row 3, B (channels): there is no channel “m-on”; did you mean m-en?" in answer.out
    assert "1 row to mend, so nothing was written." in answer.out
    assert files(run) == before


def test_many_wrong_rows_are_not_all_shown(run):
    answer = run("import", sheet(run, ["text en", "when"], *(["Hello.", "soon"] for _ in range(100))))
    assert "… and 40 more; --json lists every one." in answer.out
    assert answer.out.count("“soon” is not a time") == 60


def test_what_json_says(run):
    path = sheet(run, ["text en", "channels"], ["Hello.", "m-on"])
    answer = run("import", path, "--json")
    assert answer.code == 2
    assert answer.json["remarks"] == [
        {
            "sheet": "plan.csv",
            "row": 2,
            "column": "B",
            "heading": "channels",
            "message": "there is no channel “m-on”; did you mean m-en?",
            "error": True,
        }
    ]
    assert answer.json["written"] == []


def test_an_ambiguous_day_is_a_question(run):
    path = sheet(run, ["text en", "date", "time"], ["Hello.", "01/02/2027", "18:00"])
    asked = run("import", path)
    assert asked.code == 2
    assert "1 February 2027 (dmy) or 2 January 2027 (mdy)" in asked.out
    assert run("import", path, "--dates", "dmy", "--write").code == 0
    assert "when: 2027-02-01 18:00" in files(run)["plan.yaml"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--into", "../elsewhere.yaml"], "--into ../elsewhere.yaml: name a file such as posts/NAME.yaml"),
        (["--into", "posts/ledger/facts.yaml"], "name a file such as posts/NAME.yaml"),
        (["--into", "posts/HOLD.yaml"], "name a file such as posts/NAME.yaml"),
        (["--into", "posts/.hidden.yaml"], "name a file such as posts/NAME.yaml"),
        (["--into", "posts/.trash/plan.yaml"], "name a file such as posts/NAME.yaml"),
        (["--as", "fact"], "--as fact: a sheet holds posts or records of the ledger; did you mean facts?"),
        (["--channel", "m-on"], "There is no channel “m-on”. There is: m-en, m-az"),
        (["--sheet", "Posts"], "plan.csv is one table; --sheet is for workbooks"),
    ],
)
def test_an_option_that_does_not_fit_says_what_would(run, options, words):
    answer = run("import", sheet(run, ["text en"], ["Hello."]), *options)
    assert answer.code == 2
    assert words in answer.err


@pytest.mark.parametrize("name", ["HOLD", "HOLD.yaml", "hold.txt"])
def test_sheets_are_worked_on_while_everything_is_held(run, name):
    (run.config.parent / "posts" / name).write_text("wait for the ministry\n", encoding="utf-8")
    answer = run("import", sheet(run, ["text en"], ["Hello."]), "--write")
    assert (answer.code, "hello" in files(run)["plan.yaml"]) == (0, True)
    assert run("export", "csv", "--out", str(run.config.parent / "out.csv")).code == 0


def test_for_one_channel_a_text_is_in_its_language(run):
    run("import", sheet(run, ["text"], ["Salam"]), "--channel", "m-az", "--write")
    assert "text: {az: Salam}\n  channels: [m-az]\n" in files(run)["plan.yaml"]
