"""An upgrade with posts in the queue, and back: nothing is lost, nothing goes out again."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.delivery import Engine
from scheduler.model import State
from scheduler.platforms.base import Recovery
from scheduler.store import migrations
from scheduler.store.connect import FILE
from tests import campaigns
from tests.delivery.scripted import Scripted
from tests.fakes.mastodon_server import MastodonServer
from tests.faults.commands import typed
from tests.store.kit import HOUR, NOON, channel, opened, policy

pytestmark = pytest.mark.a_file

DUMPS = sorted(Path(__file__).parents[1].joinpath("store", "versions").glob("v*.sql"))
CERTAIN, DOUBTFUL = {"published", "refused", "missed", "cancelled"}, {"sending", "unknown"}


def older(folder, dump):
    """A database as that version of the program left it; answers the live rows by key."""
    folder.mkdir()
    connection = sqlite3.connect(folder / FILE)
    connection.executescript(dump.read_text(encoding="utf-8"))
    rows = connection.execute(
        "SELECT key, state, channel, part FROM deliveries WHERE mode = 'live' ORDER BY id"
    ).fetchall()
    connection.close()
    return {key: (state, name, part) for key, state, name, part in rows}


def test_there_is_a_database_of_every_earlier_version():
    """Row 32: each released layout has one with rows in every state."""
    assert [dump.stem for dump in DUMPS][:2] == ["v1", "v2"]
    assert len(DUMPS) >= 2


@pytest.mark.parametrize("recovery", [Recovery.BLIND, Recovery.PRESENCE_ONLY])
@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
@pytest.mark.long
def test_after_an_upgrade_only_what_was_waiting_goes_out(tmp_path, dump, recovery):
    """Row 32: N to N+1: what was out stays out, what was in doubt is not sent again, what waited goes."""
    before = older(tmp_path / "data", dump)
    names = {name for _, name, _ in before.values()}
    platforms = {name: Scripted(name, recovery=recovery) for name in names}
    rules = policy(*(channel(name) for name in names))
    with opened(tmp_path / "data", rules=rules) as store, store.lock(NOON + HOUR, "run"):
        for name, platform in platforms.items():
            # The account each channel was tied to stays tied.
            platform.identity = _account(store, name) or platform.identity
        engine = Engine(store, lambda one: platforms[one.name], assume_clock=True)
        due = engine.tick(NOON + HOUR)
        while due is not None and due <= NOON + 30 * HOUR:
            due = engine.tick(due)
        after = {one.key: one.state for one in store.statuses(NOON + 30 * HOUR)}
    sent = [prepared.request["key"] for platform in platforms.values() for prepared in platform.sends]
    assert len(sent) == len(set(sent))
    assert set(after) == set(before)
    for key, (state, _, part) in before.items():
        if state in CERTAIN:
            assert (after[key], [one for one in sent if one.startswith(key)]) == (State(state), []), key
        if state in DOUBTFUL:
            assert after[key] == "unknown", key
            assert key not in sent, key
        assert part == 0 or key not in sent, f"{key}: its first part was out already"
    waited = {key for key, (state, _, part) in before.items() if state in {"scheduled", "preparing"}}
    assert {after[key] for key in waited} <= {State.PUBLISHED, State.MISSED, State.SCHEDULED, State.REFUSED}
    assert sent, "something was waiting, and something must go"


def _account(store, name):
    with store.transaction() as connection:
        query = "SELECT account_id FROM channels WHERE mode = 'live' AND name = ?"
        return connection.exec_driver_sql(query, (name,)).scalar()


def test_an_older_program_that_meets_a_newer_database_says_so_in_one_line_and_sends_nothing(tmp_path):
    """Row 32: and back: refused, with what to do."""
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(minutes=5)))
        config = campaigns.write(tmp_path, posts, mastodon=server.base_url, live=True)
        opened(tmp_path / "data").close()
        connection = sqlite3.connect(tmp_path / "data" / FILE)
        connection.execute("INSERT INTO schema_version VALUES (?)", (migrations.LATEST + 1,))
        connection.commit()
        connection.close()
        done = typed(config, "run", "--live")
        assert done.code == 1
        [line] = [line for line in done.err.splitlines() if " INFO " not in line]
        assert "made by a newer version of this program" in line
        assert "update the program, or restore a backup" in line
        assert server.requests == []
