"""Power fails at any moment: what was committed is there, whatever of the rest reached the disk.

As SQLite's own crash tests do it: the files as they stand at some moment, the part not yet secured cut at any
byte, or filled with anything.
"""

import random
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from scheduler.model import Receipt, State
from scheduler.platforms.base import Sent
from scheduler.store import Decision
from scheduler.store.connect import FILE
from tests.store.kit import HOUR, MINUTE, NOON, delivery, opened, prepared

pytestmark = pytest.mark.a_file

POSTS = [delivery(f"post-{n}", due=NOON + n * MINUTE) for n in range(15)]
LOG = f"{FILE}-wal"
SEEDS = range(4)


def events(folder):
    with closing(sqlite3.connect(folder / FILE)) as raw:
        return raw.execute(
            "SELECT d.key, a.event FROM attempts a JOIN deliveries d ON d.id = a.delivery ORDER BY a.id"
        ).fetchall()


class Recorder:
    """Photographs of database and log while posts go out, each with what had been secured by then."""

    def __init__(self, store, folder, chance):
        self.folder, self.chance, self.shots = folder, chance, []
        self.secured, self.told = self._length(), []
        self.store = store

    def _length(self):
        path = self.folder / LOG
        return path.stat().st_size if path.exists() else 0

    def committed(self, key, event):
        """The commit has returned: with synchronous=FULL the log is on the disk as far as it reaches."""
        self.secured = self._length()
        self.told.append((key, event))
        self._shoot()

    def unfinished(self):
        """Within a transaction: pages may have been written that nobody has secured."""
        self._shoot()

    def _shoot(self):
        if self.chance.random() < 0.5:
            files = (self.folder / FILE).read_bytes(), (self.folder / LOG).read_bytes()
            self.shots.append((*files, self.secured, list(self.told)))


def recorded(folder, chance):
    """A day of posts, photographed at random moments."""
    with opened(folder) as store:
        store.sync(POSTS, {}, NOON - HOUR)
        recorder = Recorder(store, folder, chance)
        for n, post in enumerate(POSTS):
            now = NOON + n * MINUTE
            claim = store.claim(now)
            assert store.begin(claim, 0, prepared(post.key), now)
            recorder.committed(post.key, "begun")
            with store.transaction() as connection:
                # More than a page cache holds, so that pages spill into the log before any commit.
                connection.execute(sa.text("PRAGMA cache_size = 2"))
                connection.execute(sa.text("UPDATE deliveries SET author = hex(randomblob(400))"))
                recorder.unfinished()
            recorder.secured = recorder._length()
            sent = Sent(Receipt(str(n), f"https://social.example/{n}"))
            assert store.settle(claim, 0, sent, now, Decision(State.PUBLISHED))
            recorder.committed(post.key, "published")
        return recorder.shots


def after_the_cut(folder, shot, chance):
    """The disk as a power cut may leave it: what was secured, and of the rest anything."""
    database, log, secured, _ = shot
    secured = min(secured, len(log))
    tail = log[secured:]
    kept = tail[: chance.randrange(len(tail) + 1)]
    if kept and chance.random() < 0.5:
        start = chance.randrange(len(kept))
        garbage = chance.randbytes(min(len(kept) - start, chance.randrange(1, 5000)))
        kept = kept[:start] + garbage + kept[start + len(garbage) :]
    folder.mkdir()
    (folder / FILE).write_bytes(database)
    (folder / LOG).write_bytes(log[:secured] + kept)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.long
def test_what_was_committed_before_the_power_failed_is_there_and_the_file_is_whole(tmp_path, seed):
    chance = random.Random(seed)
    shots = recorded(tmp_path / "data", chance)
    assert len(shots) > 10
    assert any(len(log) > secured for _, log, secured, _ in shots), (
        "nothing unsecured was ever there to be cut"
    )
    for number, shot in enumerate(shots):
        folder = tmp_path / str(number)
        after_the_cut(folder, shot, chance)
        with opened(folder) as store:
            store._database.check()
            store.sweep(NOON + HOUR)
        told = shot[3]
        found = events(folder)
        assert [event for event in found if event in told] == told, f"seed {seed}, photograph {number}"


def test_without_the_secured_part_the_test_would_see_the_loss(tmp_path):
    """The control: were the log cut before its secured end, committed attempts would be missing."""
    chance = random.Random(1)
    database, log, secured, told = recorded(tmp_path / "data", chance)[-1]
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / FILE).write_bytes(database)
    (tmp_path / "cut" / LOG).write_bytes(log[: secured // 2])
    assert len(events(tmp_path / "cut")) < len(told)
