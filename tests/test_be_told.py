"""The page on being told, followed word by word: its files written, its commands typed, its tables held."""

import re
import shlex
from datetime import UTC, datetime, timedelta

import click
import pytest

from scheduler import cli
from scheduler.alerts import address
from scheduler.alerts.kinds import KINDS
from scheduler.service import courier, open_campaign
from tests import campaigns, documents, terminal
from tests.alerts.services import endpoint

PAGE = "docs/how-to/be-told.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(days=5)))
    campaigns.write(tmp_path, posts, live=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_whoever_follows_the_page_is_told(folder, monkeypatch):
    with endpoint() as (good, _, _), endpoint(401) as (bad, _, _):
        for name, where in (("ALERT_URL_1", good), ("ALERT_URL_2", bad), ("ALERT_AYLA", good)):
            monkeypatch.setenv(name, where)
        for block in documents.blocks(PAGE):
            documents.write(block, folder)
            for command, shown in block.commands() if block.kind == "console" else ():
                code, printed = terminal.typed(command, monkeypatch)
                assert code == block.code, printed
                for line in shown:
                    assert any(documents.matches(line, one) for one in printed.splitlines()), printed
        campaigning = open_campaign(folder / "config.yaml")
    assert [one["name"] for one in campaigning.config.alerts["duty"]] == ["Ayla", "Rauf"]


def test_every_address_of_the_page_is_one_that_can_be_read():
    [secrets] = [block for block in documents.blocks(PAGE) if "ALERT_URL_1=" in block.text]
    lines = [line.partition("=")[2] for line in secrets.text.splitlines()]
    assert len(lines) == 2
    assert [line for line in lines if address.trouble(line)] == []


def test_every_way_the_page_names_is_one_that_apprise_knows():
    schemes = re.findall(r"`([a-z]+)://", documents.read(PAGE))
    assert {"mailto", "mailtos", "tgram", "slack", "matrixs", "workflow", "jsons"} == set(schemes)
    known = {schema for one in address._apprise().Apprise().details()["schemas"] for schema in _names(one)}
    assert set(schemes) <= known


def _names(service):
    return [*(service["protocols"] or ()), *(service["secure_protocols"] or ())]


def test_what_the_page_says_of_quiet_hours_is_so():
    rows = re.findall(
        r"^\| (a |everything|the scheduler|credentials)(.+) \| (yes|no) \|$", documents.read(PAGE), re.M
    )
    assert len(rows) == 10
    urgent = {name for name, kind in KINDS.items() if kind.urgent}
    assert {
        "missed",
        "refused",
        "unknown",
        "due",
        "overdue",
        "risk-1h",
        "differs",
        "record",
        "stopped-all",
    } <= urgent
    assert {"hold", "hanging", "channel", "clock", "by-hand", "job", "posts-folder"} <= urgent
    assert not urgent & {"risk-24h", "risk-72h", "stopped", "hold-again", "expires", "config", "frozen"}


def test_the_pauses_of_the_page_are_those_of_the_program():
    *first, last = courier.BACK_OFF
    words = f"after {', '.join(str(one) for one in first)} and then every {last} minutes"
    assert words in " ".join(documents.read(PAGE).split())


def test_every_command_on_the_page_exists():
    for line in re.findall(r"python run\.py ([^\n`]+)", documents.read(PAGE)):
        command = cli.cli.get_command(click.Context(cli.cli), shlex.split(line)[0])
        assert command is not None
        for word in shlex.split(line)[1:2] if isinstance(command, click.Group) else ():
            assert word in command.commands


def test_what_the_page_links_to_is_there():
    for link in documents.links(PAGE):
        if not link.startswith("http"):
            page, _, anchor = link.partition("#")
            assert anchor in documents.anchors(f"docs/how-to/{page}")
