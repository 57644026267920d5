"""The pages on posting by hand and on the public pages, followed word by word."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cli import COMMANDS
from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns, documents, terminal

BY_HAND, PAGES = "docs/how-to/post-by-hand.md", "docs/how-to/public-pages.md"
YEAR = datetime.now(UTC).year + 1
FLOOD = "- id: flood\n  kind: text\n  author: writer\n  when: D-1 10:00\n  text: {en: The water came.}\n"
LETTER = "---\nauthor: staff\noffices: [mayor, governor]\n---\n\nDear Mayor,\n\nplease remember.\n"
OFFICES = """\
- {{id: mayor, author: a, office: {{en: Mayor}}, holder: Ann Lee, verified_on: {recently}}}
- {{id: governor, author: a, office: {{en: Governor}}, holder: null, note: Election is due.}}
"""
FACTS = """\
- {id: water, author: a, approved_by: b, wording: {en: three metres}, sources: [{title: Log}]}
- {id: guess, author: a, wording: {en: four metres}, sources: [{title: Talk}]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A campaign with one post, a letter and two facts; its own records want a second person."""
    config = campaigns.write(tmp_path, FLOOD, secrets=False, year=YEAR)
    text = config.read_text(encoding="utf-8")
    text = text.replace("{default: 0}", "{default: 0, ledger: 1}").replace("[en]", "[en, az]")
    config.write_text(text, encoding="utf-8")
    recently = (datetime.now(UTC) - timedelta(days=2)).date()
    for name, content in {
        "letters/mayor.md": LETTER,
        "ledger/offices.yaml": OFFICES.format(recently=recently),
        "ledger/facts.yaml": FACTS,
    }.items():
        path = tmp_path / "posts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def follow(page, folder, monkeypatch):
    """Write what the page writes, type what it types, and compare what it shows."""
    for block in documents.blocks(page):
        if block.kind == "yaml":
            assert documents.write(block, folder) is not None
        for number, (command, shown) in enumerate(found := list(block.commands()), 1):
            if block.kind != "console":
                continue
            code, printed = terminal.typed(command.replace("2027", str(YEAR)), monkeypatch)
            assert code == (block.code if number == len(found) else 0), printed
            lines = iter(printed.splitlines())
            for pattern in shown:
                expected = pattern.strip().replace("2027", str(YEAR))
                assert any(documents.matches(expected, line) for line in lines), f"{expected!r}\n{printed}"


def test_whoever_follows_the_page_posts_by_hand_and_says_so(folder, monkeypatch):
    follow(BY_HAND, folder, monkeypatch)
    with open_campaign(folder / "config.yaml").store(Mode.LIVE) as store:
        [status] = store.statuses(datetime.now(UTC))
    assert (status.key, str(status.state), status.url) == (
        f"{YEAR}/flood/m-en",
        "published",
        "https://social.example/@city/1",
    )


def test_the_files_the_page_names_are_those_in_the_folder_of_a_post(folder, monkeypatch):
    posts = folder / "posts" / "posts.yaml"
    card = "  card: {template: plain, title: {en: Night}, text: {en: We remember.}}\n"
    posts.write_text(FLOOD + card, encoding="utf-8")
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("live: false}\n  x-en", "by_hand: true}\n  x-en"), encoding="utf-8")
    code, printed = terminal.typed("python run.py export pack --out pack", monkeypatch)
    assert code == 0, printed
    made = folder / "pack" / "m-en" / f"{YEAR}-02-16 1000 Asia-Baku flood"
    listed = re.findall(r"^- `([a-z]+\.[a-z]+)`", documents.read(BY_HAND), re.MULTILINE)
    assert {*listed, "alt.txt"} == {path.name for path in made.iterdir()}


def test_whoever_follows_the_page_on_public_pages_gets_them(folder, monkeypatch):
    follow(PAGES, folder, monkeypatch)
    named = re.findall(r"^\| `([a-z]+\.html)`", documents.read(PAGES), re.MULTILINE)
    assert set(named) == {path.name for path in (folder / "site" / "en").iterdir()}


@pytest.mark.parametrize("page", [BY_HAND, PAGES])
def test_every_command_named_in_the_text_exists(page):
    for words in re.findall(r"python run\.py ([a-z]+)", documents.read(page)):
        assert words in COMMANDS
