"""The page on moving to a PostgreSQL server and back, its commands typed one after the other."""

import re
import shlex

import pytest

from scheduler.cli import COMMANDS
from scheduler.config import address
from tests import campaigns, documents, postgres
from tests.cli.commands import Commands
from tests.cli.test_deciding import FLOOD, recorded

PAGE = "docs/how-to/postgresql-move.md"
NAMED = "postgresql+psycopg://campaign@db.example/campaign"
BACKUP = "data/backups/scheduler-20270220-030000Z.db"


def lines():
    return re.findall(r"^ *python run\.py ([^\n`]+)$", documents.read(PAGE), re.MULTILINE)


def test_every_command_line_on_the_page_is_one_that_exists():
    assert len(lines()) >= 6
    for line in lines():
        assert shlex.split(line)[0] in COMMANDS, line


def test_every_whole_address_on_the_page_is_one_that_config_takes():
    found = re.findall(r"`?(postgresql\+psycopg://[^\s`]+)", documents.read(PAGE))
    assert len(found) >= 4
    assert [one for one in found if address.problem(one)] == []


def test_what_the_page_links_to_is_there():
    for link in documents.links(PAGE):
        assert (documents.ROOT / "docs" / "how-to" / link).is_file(), link


@pytest.mark.a_server
def test_its_commands_typed_in_their_order_do_what_it_says(tmp_path, capsys):
    run = Commands(capsys, campaigns.write(tmp_path, FLOOD))
    recorded(run)
    there = postgres.url_of(tmp_path)
    try:
        for line in lines():
            words = shlex.split(line.replace(NAMED, there).replace(BACKUP, str(tmp_path / "kept.db")))
            if words == ["backup"]:
                words.append(str(tmp_path / "kept.db"))
            told = run(*words)
            assert told.code == 0, (line, told.err)
    finally:
        postgres.run(f"DROP SCHEMA {postgres.schema_of(tmp_path)} CASCADE")
        postgres.MADE.discard(postgres.schema_of(tmp_path))
    assert run.config.read_text(encoding="utf-8").endswith("store: sqlite\n")
