"""What the tests share is what each would have made for itself."""

import sqlite3
from contextlib import closing

from scheduler.cards import card, kept
from scheduler.model import Mode
from scheduler.store import Store
from scheduler.store.connect import FILE
from tests import elsewhere
from tests.cards.drawing import ROOT
from tests.cards.records import WISHES, ask

MAKING = """
import sys
from pathlib import Path
from scheduler.model import Mode
from scheduler.store import Store
Store.open(Path(sys.argv[1]), Mode.LIVE).close()
"""


def dump(folder):
    """Every table, index and trigger with every row."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return sorted(connection.iterdump())


def test_a_database_that_was_copied_is_the_one_that_the_steps_make(tmp_path):
    Store.open(tmp_path / "copied", Mode.LIVE).close()
    assert elsewhere.run(MAKING, tmp_path / "made").returncode == 0
    assert dump(tmp_path / "copied") == dump(tmp_path / "made")


def test_a_copied_database_is_nobody_elses(tmp_path):
    with Store.open(tmp_path / "one", Mode.LIVE) as one, Store.open(tmp_path / "two", Mode.LIVE) as two:
        one.remember("anything", 1)
        assert two.recall("anything") is None
    with Store.open(tmp_path / "three", Mode.LIVE) as three:
        assert three.recall("anything") is None
    assert sorted(path.name for path in (tmp_path / "three").iterdir()) == [FILE]


def test_a_card_from_another_test_is_the_card_that_would_be_drawn():
    request, size = ask(WISHES["plain"]), (1080, 1350)
    drawn = card.draw(request, size, ROOT)
    assert kept.draw(request, size, ROOT) == drawn
    assert kept.draw(request, size, ROOT) == drawn
