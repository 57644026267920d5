"""Drawn cards after a restore: they are those that were approved, not drawn anew with what is newer."""

import shutil
from datetime import UTC, datetime

import pytest

from scheduler.model import Mode
from scheduler.service import keeping, open_campaign
from scheduler.service.reloading import Reloader
from tests import campaigns

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
REPAINTED = 'cards: {palette: {accent: "#88AACC"}}\n'


@pytest.fixture
def backup(tmp_path):
    """A campaign that ran and was backed up; whoever looks after it has another palette since."""
    config = campaigns.write(tmp_path / "campaign", campaigns.post("flood", "D-1 10:00"), live=True)
    campaigning = open_campaign(config)
    with campaigning.store(Mode.LIVE) as store:
        Reloader(campaigning, Mode.LIVE, lambda: NOW).reload(store)
    made = keeping.back_up(campaigning, tmp_path / "kept.db", NOW)
    config.write_text(config.read_text(encoding="utf-8") + REPAINTED, encoding="utf-8")
    return config, made


def pictures(config):
    made = open_campaign(config).prepare(NOW)
    return {one.key: [image.sha256 for image in one.message.parts[0].images] for one in made.deliveries}


def test_a_card_that_was_approved_looks_the_same_after_a_restore_into_an_empty_folder(backup):
    config, file = backup
    before = pictures(config)
    assert all(before.values())
    shutil.rmtree(config.parent / "data")
    keeping.put_back(open_campaign(config), file, NOW)
    assert pictures(config) == before


def test_a_card_drawn_anew_since_is_again_the_one_of_the_backup(backup):
    config, file = backup
    before = pictures(config)
    open_campaign(config).prepare(NOW, redraw=frozenset({"flood"}))
    assert pictures(config) != before
    keeping.put_back(open_campaign(config), file, NOW)
    assert pictures(config) == before
