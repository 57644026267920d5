"""The database's server becomes another one, or an older one, while machines are at work: accounts first."""

from datetime import timedelta

import pytest

from scheduler.delivery import Engine
from scheduler.model import Mode
from scheduler.store import home
from scheduler.store.connect import Database
from tests.delivery.scripted import Scripted
from tests.postgres import on_a_server
from tests.store.kit import MINUTE, NOON, SECOND, delivery, opened, state_of

KEY, EARLY = "2027/figures/mastodon-en", NOON - MINUTE
TAKEN_OVER = "a standby has taken over"
SETTLE = timedelta(seconds=60)
"""Longer than a call that had begun by then can take to come out."""


class Elsewhere:
    """A place that was another one before."""

    def moved(self, before):
        return TAKEN_OVER

    def to_json(self):
        return {}


@pytest.fixture
def store(tmp_path, monkeypatch):
    if not on_a_server():
        monkeypatch.setattr(Database, "is_shared", True)
    with opened(tmp_path) as made:
        made.sync([delivery()], {}, EARLY)
        yield made


def take_over(store, now):
    """What a machine that finds it out does, while another one may be in the middle of a call."""
    with store.transaction() as connection:
        home.notices.remember(connection, f"{Mode.LIVE}.home", {})
        assert home.settle_in(connection, Mode.LIVE, Elsewhere(), None, now) is not None


def test_an_account_is_looked_at_only_when_what_was_being_sent_must_have_come_out(store):
    platform = Scripted()
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(EARLY)
    take_over(store, EARLY + SECOND)
    engine.tick(NOON)
    assert (state_of(store, KEY), platform.published) == ("scheduled", [])
    # Another machine's call that had begun before comes out as late as a call may take.
    platform.shown = {"Eight words.": "https://platform.example/1"}
    engine.tick(EARLY + SECOND + SETTLE)
    engine.tick(EARLY + SECOND + SETTLE + MINUTE)
    engine.close()
    assert (state_of(store, KEY), platform.published) == ("cancelled", [])


def test_a_machine_at_work_compares_its_accounts_without_being_started_anew(store):
    platform = Scripted()
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(EARLY)
    take_over(store, EARLY)
    engine.tick(EARLY + SETTLE)
    engine.tick(EARLY + SETTLE + MINUTE)
    engine.close()
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)
