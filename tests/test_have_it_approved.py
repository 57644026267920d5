"""The page about approvals, typed line by line by the people it names."""

import re
import shlex
from io import StringIO

import pytest

from tests import campaigns
from tests.cli.commands import Commands
from tests.documents import read

PAGE = "docs/how-to/have-it-approved.md"
LISTS = "- {id: harsh, author: Tom, rule: dehumanising, words: {en: [butchers]}}\n"


def blocks(language):
    found = re.findall(r"^```(\w*)\n(.*?)^```$", read(PAGE), re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


@pytest.fixture
def run(tmp_path, capsys):
    posts = campaigns.post("figures", "D-3 10:00") + campaigns.post("word", "D-2 10:00", "The butchers came.")
    config = campaigns.write(tmp_path, posts.replace("author: editor", "author: Tom"), live=True)
    text = config.read_text(encoding="utf-8")
    [asked] = blocks("yaml")
    config.write_text(text.replace("approvals: {default: 0}\n", asked), encoding="utf-8")
    (tmp_path / "posts" / "ledger").mkdir()
    (tmp_path / "posts" / "ledger" / "wording.yaml").write_text(LISTS, encoding="utf-8")
    return Commands(capsys, config)


def test_the_page_can_be_typed_as_it_stands(run, monkeypatch):
    lines = [line for block in blocks("") for line in block.splitlines()]
    assert len(lines) == 8
    told = {}
    for line in lines:
        _, _, *words = shlex.split(line)
        if words[0] == "confirm":
            words[words.index("figures")] = "word"
        monkeypatch.setattr("sys.stdin", StringIO("y\n" * 5))
        answer = run(*words)
        assert answer.code == 0, (line, answer.err)
        told[" ".join(words[:2])] = answer.out
    assert "2 deliveries of 1 post wait for Leyla" in told["status --for"]
    assert "Approved as Leyla: 2027/figures/m-en, 2027/figures/x-en" in told["approve --mine"]
    assert "Returned: 2027/figures/m-en" in told["return figures"]
    assert "One more person must answer" in told["confirm wording.dehumanising"]
    assert "Rauf: return 2027/figures/m-en: the date is wrong" in told["audit figures"]
    assert "The log is whole: 7 lines" in told["audit verify"]


def test_the_line_about_a_head_noted_earlier_works_too(run):
    run("comment", "figures", "Hm.", "--as", "Rauf")
    head = run("status", "--json").json["audit_head"]
    assert "python run.py audit verify --head HASH" in read(PAGE)
    assert run("audit", "verify", "--head", head).code == 0
    assert run("audit", "verify", "--head", "f" * 64).code == 1
