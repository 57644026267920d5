"""Every YAML example of docs/content-guide.md does what the guide says, on the sample's own ledger."""

import re
import shutil
from datetime import UTC, datetime

import pytest

from scheduler.checks import RULES
from scheduler.cli import COMMANDS
from scheduler.model import Severity
from scheduler.service import open_campaign
from tests.documents import ROOT, read

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GUIDE = read("docs/content-guide.md")
HEADED = re.compile(r"# (?P<file>posts/\S+): (?:(?P<passes>passes)|stops with (?P<rule>[a-z.-]+))\n")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
EXAMPLES = [HEADED.match(block) for block in BLOCKS]
STOPS = (Severity.ERROR, Severity.BLOCKED)


def post_of(block):
    return re.search(r"- id: (\S+)", block)[1]


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What the checks say when every example stands in the sample campaign at once."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(ROOT / "posts", folder / "posts")
    shutil.copy(ROOT / "config.yaml", folder)
    shutil.copytree(ROOT / "assets", folder / "assets")
    for block, head in zip(BLOCKS, EXAMPLES, strict=True):
        with (folder / head["file"]).open("a", encoding="utf-8") as file:
            file.write("\n" + block)
    return open_campaign(folder / "config.yaml", folder / "data", environ={}).prepare(NOW).findings


def test_every_example_says_where_it_stands_and_what_it_does():
    assert len(BLOCKS) > 15
    assert [block for block, head in zip(BLOCKS, EXAMPLES, strict=True) if head is None] == []
    assert {head["rule"] for head in EXAMPLES if head["rule"]} <= set(RULES)


PASSES = [post_of(block) for block, head in zip(BLOCKS, EXAMPLES, strict=True) if head and head["passes"]]
STOPPED = [
    (post_of(block), head["rule"])
    for block, head in zip(BLOCKS, EXAMPLES, strict=True)
    if head and head["rule"]
]


@pytest.mark.parametrize("name", PASSES)
def test_what_is_said_to_pass_passes(name, findings):
    about = [one for one in findings if one.post == name or f"'{name}'" in one.message]
    assert [str(one) for one in about if one.severity in STOPS] == []


@pytest.mark.parametrize(("name", "rule"), STOPPED)
def test_what_is_said_to_stop_stops_for_the_reason_that_is_given(name, rule, findings):
    assert rule in {one.rule for one in findings if one.post == name and one.severity in STOPS}


def test_every_command_of_the_guide_exists():
    named = set(re.findall(r"python run\.py (\w+)", GUIDE))
    assert len(named) >= 6
    assert named <= set(COMMANDS)
