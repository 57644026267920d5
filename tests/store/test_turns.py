"""Threads that write to one database: each in its turn, several in one commit, each with its own failure."""

import sqlite3
import threading
import time

import pytest
import sqlalchemy as sa

from scheduler.errors import RunError, StoreError
from scheduler.store import schema, turns
from scheduler.store.connect import FILE, Database
from scheduler.store.turns import Turn

pytestmark = pytest.mark.a_file


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path)
    yield database
    database.close()


def keep(connection, name):
    connection.execute(schema.meta.insert(), {"name": name, "value": 1})


def kept(database):
    """The names as another process would see them."""
    raw = sqlite3.connect(database.path)
    try:
        return {name for (name,) in raw.execute("SELECT name FROM meta")}
    finally:
        raw.close()


class Crowd:
    """Threads that all wait for the turn while one has it; `let_go` lets them go on, until their end."""

    def __init__(self, database, acts, write=None):
        self.database, self.troubles, self.told = database, {}, set()
        self._write = write or database.share
        self._held = self._write()
        self._first = self._held.__enter__()
        keep(self._first, "first")
        self._threads = [threading.Thread(target=self._go, args=(name, acts[name])) for name in acts]
        for number, thread in enumerate(self._threads, 1):
            thread.start()
            while len(database._turn._line) < number:
                time.sleep(0.001)

    def _go(self, name, act):
        try:
            with self._write() as connection:
                keep(connection, name)
                act(connection)
            self.told.add(name)
        except Exception as error:
            self.troubles[name] = error

    def let_go(self):
        self._held.__exit__(None, None, None)
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()


def nothing(connection):
    return None


def commits(database):
    seen = []
    sa.event.listen(database._engine, "commit", lambda connection: seen.append(1))
    return seen


def test_those_who_wait_for_the_turn_write_with_one_commit(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)
    seen = commits(database)
    crowd = Crowd(database, {f"n{n}": nothing for n in range(8)})
    crowd.let_go()
    assert (len(seen), crowd.troubles) == (1, {})
    assert {"first", *(f"n{n}" for n in range(8))} <= kept(database)


def test_nobody_is_told_before_the_commit(database, monkeypatch):
    """What is sent on the strength of a row that a power cut takes back would be sent twice."""
    monkeypatch.setattr(turns, "LONGEST", 60)
    seen = []

    def look(connection):
        time.sleep(0.05)  # long enough for "a" to go on, if it were let
        seen.append((set(crowd.told), kept(database) & {"a", "b", "first"}))

    crowd = Crowd(database, {"a": nothing, "b": look})
    crowd.let_go()
    assert seen == [(set(), set())]
    assert crowd.told == {"a", "b"}
    assert {"a", "b", "first"} <= kept(database)


def test_a_batch_ends_although_more_would_join_it(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)
    monkeypatch.setattr(turns, "MOST_STEPS", 4)
    seen = commits(database)
    crowd = Crowd(database, {f"n{n}": nothing for n in range(7)})
    crowd.let_go()
    assert len(seen) == 2  # 8 steps, 4 in a batch


def test_what_takes_long_keeps_the_others_no_longer_than_its_own_step(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    seen = commits(database)
    Crowd(database, {"a": nothing, "b": nothing}).let_go()
    assert len(seen) == 3


def test_one_that_fails_is_undone_alone(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)

    def refuse(connection):
        raise RunError("that is out already")

    crowd = Crowd(database, {"a": nothing, "b": refuse, "c": nothing})
    crowd.let_go()
    assert [str(error) for error in crowd.troubles.values()] == ["that is out already"]
    assert {"first", "a", "c"} <= kept(database)
    assert "b" not in kept(database)


def test_the_first_one_s_failure_takes_nothing_from_those_behind_it(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)
    crowd = Crowd(database, {"a": nothing, "b": nothing})
    error = RunError("not now")
    assert not crowd._held.__exit__(RunError, error, None)  # it goes on to whoever wrote first
    for thread in crowd._threads:
        thread.join(20)
    assert crowd.troubles == {}
    assert kept(database) & {"first", "a", "b"} == {"a", "b"}


def test_where_the_disk_ends_the_whole_transaction_everybody_in_it_is_told(database, monkeypatch):
    """At SQLITE_FULL SQLite may take all of a transaction back (sqlite.org/lang_transaction.html, 3)."""
    monkeypatch.setattr(turns, "LONGEST", 60)

    def full(connection):
        connection.exec_driver_sql("ROLLBACK")  # as SQLite itself does then
        raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    crowd = Crowd(database, {"a": nothing, "b": full})
    with pytest.raises(StoreError, match="disk is full"):
        crowd.let_go()
    for thread in crowd._threads:
        thread.join(20)
    assert {name: str(error).partition(": ")[2][:16] for name, error in crowd.troubles.items()} == {
        "a": "the disk is full",
        "b": "the disk is full",
    }
    assert kept(database) & {"first", "a", "b"} == set()
    with database.share() as connection:
        keep(connection, "after")
    assert "after" in kept(database)


def test_a_commit_that_fails_is_everybody_s_trouble_and_the_next_one_works(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)

    def failing(connection):
        sa.event.remove(database._engine, "commit", failing)
        raise sqlite3.OperationalError("disk I/O error")

    crowd = Crowd(database, {"a": nothing})
    sa.event.listen(database._engine, "commit", failing)
    with pytest.raises(StoreError, match="disk reported an error"):
        crowd.let_go()
    for thread in crowd._threads:
        thread.join(20)
    assert [type(error) for error in crowd.troubles.values()] == [StoreError]
    assert kept(database) & {"first", "a"} == set()
    with database.write() as connection:
        keep(connection, "after")
    assert "after" in kept(database)


def test_what_holds_the_lock_for_long_is_joined_by_nobody(database, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60)
    seen = commits(database)
    Crowd(database, {"a": nothing}, database.write).let_go()
    assert len(seen) == 2


def test_two_stores_of_one_process_wait_for_each_other_but_share_no_commit(database):
    other = Database(database.folder)
    seen, theirs = commits(database), commits(other)
    with database.share() as connection:
        thread = threading.Thread(target=lambda: write(other, "theirs"))
        thread.start()
        while not database._turn._line:
            time.sleep(0.001)
        keep(connection, "ours")
    thread.join(20)
    other.close()
    assert (len(seen), len(theirs)) == (1, 1)
    assert {"ours", "theirs"} <= kept(database)


def write(database, name):
    with database.share() as connection:
        keep(connection, name)


def test_who_came_first_writes_first_although_another_asks_again_and_again():
    """A plain lock gives the turn to whoever happens to ask when it is free: mostly the one who had it."""
    turn, order = Turn(), []
    turn.take()
    threads = []
    for number in range(20):
        threads.append(
            threading.Thread(target=lambda n=number: (turn.take(), order.append(n), turn.pass_on()))
        )
        threads[-1].start()
        while len(turn._line) <= number:
            time.sleep(0.001)
    turn.pass_on()
    turn.take()
    order.append("again")
    turn.pass_on()
    for thread in threads:
        thread.join(20)
    assert order == [*range(20), "again"]


def test_a_turn_that_does_not_come_is_told_and_the_line_goes_on():
    turn = Turn()
    turn.take()
    with pytest.raises(TimeoutError):
        turn.take(seconds=0.01)
    turn.pass_on()
    assert turn.take(seconds=0.01) is None


def test_interrupted_in_the_line_nobody_behind_it_waits_for_ever(database):
    """Ctrl-C comes to the main thread wherever it stands."""
    turn = database._turn
    turn.take()
    place = turns._Place(database, False)

    class Interrupted:
        def acquire(self, timeout):
            turn._line.remove(place)  # called at that very moment
            raise KeyboardInterrupt

    place.called = Interrupted()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "_Place", lambda joins, first: place)
        with pytest.raises(KeyboardInterrupt):
            turn.take(database)
    write(database, "after")
    assert "after" in kept(database)
    assert (database.folder / FILE).exists()


def in_line(turn, wanted):
    """Threads that ask for the turn in this order, a name to whether it is to come first; the order they got
    it in, filled as it comes.
    """
    came, threads = [], []

    def ask(name, first):
        turn.take(first=first)
        came.append(name)
        turn.pass_on()

    for number, (name, first) in enumerate(wanted.items(), 1):
        threads.append(threading.Thread(target=ask, args=(name, first)))
        threads[-1].start()
        while len(turn._line) < number:
            time.sleep(0.001)
    return came, threads


def test_when_many_are_due_at_once_the_next_post_does_not_wait_for_the_records_of_the_others():
    turn = Turn()
    turn.take()
    came, threads = in_line(turn, {"record": False, "post": True, "other record": False, "other post": True})
    turn.pass_on()
    for thread in threads:
        thread.join(20)
    assert came == ["post", "other post", "record", "other record"]


def test_a_stream_of_posts_keeps_no_record_waiting_for_ever(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.0)
    turn = Turn()
    turn.take()
    came, threads = in_line(turn, {"record": False, "post": True})
    turn.pass_on()
    for thread in threads:
        thread.join(20)
    assert came == ["record", "post"]
