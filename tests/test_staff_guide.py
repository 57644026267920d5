"""The staff guide, followed word by word: questions answered, sheets filled in, commands typed."""

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import click
import openpyxl
import pytest

from scheduler import cli
from scheduler.store import connect
from tests import documents, terminal
from tests.cli.conftest import the_log_as_it_was  # noqa: F401  (autouse: commands set up the log)

PAGE = "docs/staff-guide.md"
TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""The page says what a reader sees before the anniversary of 2027."""

STEP = re.compile(
    r"^```console\n(?P<typed>.*?)^```\n(?:<!-- exit (?P<code>\d) -->)?|(?P<table><!-- sheet .*?)\n\n",
    re.M | re.S,
)
PROMPT = re.compile(r"[A-Z][^:\[]+(?: \[.*\])?:(?: (?P<answer>.*))?")


@pytest.fixture
def on_that_day(monkeypatch):
    """Every command asks this clock, so that the page stays true after the year it speaks of."""
    for name in set(cli.COMMANDS.values()):
        module = importlib.import_module(f"scheduler.cli.{name}")
        if hasattr(module, "now"):
            monkeypatch.setattr(module, "now", lambda: TODAY)


@pytest.mark.long
def test_whoever_follows_the_guide_goes_from_an_empty_sheet_to_a_rehearsed_week(
    tmp_path, monkeypatch, on_that_day
):
    monkeypatch.chdir(tmp_path)
    for step in STEP.finditer(documents.read(PAGE)):
        if step["table"]:
            fill_in("week.xlsx", step["table"])
        else:
            follow(documents.Block("console", step["typed"], int(step["code"] or 0)), monkeypatch)
    outbox = tmp_path / "our-campaign" / "data" / "outbox" / "rehearsal" / "2027"
    posts = {"begins", "lost", "photographs", "bell", "first"}
    assert {path.name for path in outbox.iterdir()} == posts
    texts = [path.read_text(encoding="utf-8") for path in (outbox / "lost" / "mastodon-es").rglob("*.txt")]
    assert any("Según el registro municipal, en la crecida murieron 12 personas." in text for text in texts)
    assert list((outbox / "lost" / "mastodon-es").rglob("*.jpg"))
    written = (tmp_path / "our-campaign" / "posts" / "week.yaml").read_text(encoding="utf-8")
    assert written.startswith("# yaml-language-server: $schema=../.vscode/schemas/post.json\n")
    [page] = (tmp_path / "our-campaign").glob("week.html")
    assert "In six days it is 65 years since the harbour flood." in page.read_text(encoding="utf-8")
    # A run, live or dry, would have made a database and outboxes of its own.
    assert [path.name for path in outbox.parents[1].iterdir()] == ["rehearsal"]
    assert not (tmp_path / "our-campaign" / "data" / connect.FILE).exists()


def follow(block, monkeypatch):
    commands = list(block.commands())
    for number, (command, shown) in enumerate(commands):
        if command.startswith("cd "):
            monkeypatch.chdir(command.removeprefix("cd "))
            assert Path("run.py").is_file()  # what `python run.py` starts from now on
            continue
        answers = [PROMPT.fullmatch(line) for line in shown] if " init " in command else []
        keyboard = "".join(f"{found['answer'] or ''}\n" for found in answers if found)
        code, printed = terminal.typed(command, monkeypatch, keyboard or "y\n")
        expected = block.code if number == len(commands) - 1 else 0
        assert code == expected, f"{command} ended with {code}:\n{printed}"
        lines = iter(printed.splitlines())
        for pattern in shown:
            seen = any(documents.matches(pattern.strip(), " ".join(line.split("\t"))) for line in lines)
            assert seen, f"{command}: {pattern!r}\n{printed}"


def fill_in(file, table):
    """Write the table into the sheet it names, by headings and by id, as a person would."""
    head, *rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in table.splitlines()
        if line.startswith("|") and not line.startswith("| ---")
    ]
    name = re.match(r"<!-- sheet (\w+) -->", table)[1]
    book = openpyxl.load_workbook(file)
    if name not in book.sheetnames:
        book.create_sheet(name).append(head)
    sheet = book[name]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for cells in rows:
        assert len(cells) == len(head), cells
        row = row_of(sheet, columns["id"], cells[head.index("id")])
        for heading, words in zip(head, cells, strict=True):
            if words:
                sheet.cell(row, columns[heading]).value = int(words) if words.isdigit() else words
    book.save(file)


def row_of(sheet, column, name):
    """The row with that id, else the first empty one."""
    for row in range(2, 100):
        if sheet.cell(row, column).value in (name, None):
            return row
    raise AssertionError("the sheet is full")


def test_every_option_that_the_guide_names_is_one():
    context = click.Context(cli.cli)
    commands = [cli.cli.get_command(context, name) for name in cli.COMMANDS]
    known = {option for command in commands for param in command.params for option in param.opts} | {"--help"}
    named = set(re.findall(r"(?<![\w-])--[a-z-]*[a-z]", documents.read(PAGE)))
    assert len(named) > 5
    assert named <= known


def test_every_link_of_the_guide_leads_somewhere():
    folder = (documents.ROOT / PAGE).parent
    for address in documents.links(PAGE):
        path, _, anchor = address.partition("#")
        target = (folder / path).resolve() if path else documents.ROOT / PAGE
        assert target.is_file(), address
        assert not anchor or anchor in documents.anchors(target.relative_to(documents.ROOT)), address
