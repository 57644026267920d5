"""Statements that go to PostgreSQL several at a time: what they answer, and that nothing half done stays."""

import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from scheduler.store import schema
from scheduler.store import wire as wires
from scheduler.store.wire import Built, Wire
from tests import postgres

pytestmark = pytest.mark.a_server

TABLE = sa.Table(
    "kept",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("words", schema.Words),
    sa.Column("at", schema.Moment),
    sa.Column("fields", schema.Json),
    sa.Column("yes", sa.Boolean),
)
NEW = schema.often(TABLE.insert().inline())
ONE = schema.often(sa.select(TABLE).where(TABLE.c.id == sa.bindparam("number")))
FIRST = schema.often(sa.select(TABLE.c.id).where(TABLE.c.id >= sa.bindparam("least")).limit(1))
CHANGE = schema.often(TABLE.update().where(TABLE.c.id == sa.bindparam("number")))
COUNT = sa.select(sa.func.count()).select_from(TABLE)
NOON = datetime(2027, 2, 26, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path):
    one = sa.create_engine(postgres.url_of(tmp_path), pool_size=2, max_overflow=0)
    TABLE.metadata.create_all(one)
    yield one
    one.dispose()


@contextmanager
def transaction(engine):
    with engine.connect() as connection, Wire(connection, ("BEGIN", ())).transaction() as wire:
        yield wire


def row(number, words="x", **more):
    return {"id": number, "words": words, "at": None, "fields": None, "yes": None, **more}


def write(engine, *steps):
    """One transaction of rows by their number, and of whatever else is done between them."""
    with transaction(engine) as wire:
        for step in steps:
            step(wire) if callable(step) else wire.execute(NEW, row(step))


def counted(engine):
    with engine.connect() as connection:
        return connection.scalar(COUNT)


def test_every_kind_of_value_comes_back_as_it_was_written(engine):
    written = row(1, "Xocalı “26”\n$1 %s", at=NOON, fields={"a": [1, "ı"], "b": None}, yes=False)
    with transaction(engine) as wire:
        wire.execute(NEW, written)
        wire.execute(NEW, row(2, None))
    with transaction(engine) as wire:
        found = wire.execute(ONE, {"number": 1}).one()
        assert (found.words, found.at, found.fields, found.yes) == (
            written["words"],
            NOON,
            {"a": [1, "ı"], "b": None},
            False,
        )
        empty = wire.execute(ONE, {"number": 2}).one()
        assert (empty.words, empty.at, empty.fields, empty.yes) == (None, None, None, None)
        assert wire.execute(ONE, {"number": 3}).one_or_none() is None
        assert wire.scalar(FIRST, {"least": 2}) == 2


def test_a_sign_no_database_keeps_does_not_cut_the_words_off(engine):
    with transaction(engine) as wire:
        wire.execute(NEW, row(1, "before\0after \ud800 end"))
    with transaction(engine) as wire:
        assert wire.execute(ONE, {"number": 1}).one().words == "before\ufffdafter \ufffd end"


def test_what_is_written_last_counts_only_once_the_commit_has_come_back(engine):
    with transaction(engine) as wire:
        wire.execute(NEW, row(1))
        assert wire.execute(CHANGE, {"number": 1, "words": "y"}).rowcount == 1
        assert wire.execute(CHANGE, {"number": 7, "words": "y"}).rowcount == 0
        assert counted(engine) == 0
    assert counted(engine) == 1


def test_where_one_statement_fails_nothing_of_the_transaction_stays_and_the_connection_goes_on(engine):
    for _ in range(3):
        with pytest.raises(IntegrityError):
            write(engine, 1, 2, 1)
        assert counted(engine) == 0
    with transaction(engine) as wire:
        wire.execute(NEW, row(1))
    assert counted(engine) == 1


def test_an_error_of_ours_in_the_middle_takes_everything_back(engine):
    with pytest.raises(ZeroDivisionError):
        write(engine, 1, lambda wire: 1 / 0)
    assert counted(engine) == 0


def test_a_transaction_the_server_has_given_up_is_never_taken_for_committed(engine):
    def overlook_it(wire):
        with suppress(DBAPIError):
            wire.exec_driver_sql("SELECT 1 / %s::int", (0,)).scalar()

    with pytest.raises(DBAPIError):
        write(engine, 1, overlook_it, 2)
    with pytest.raises(psycopg.OperationalError):
        write(engine, 1, overlook_it)
    assert counted(engine) == 0


def test_what_is_asked_seldom_goes_through_sqlalchemy_in_the_same_transaction(engine):
    with transaction(engine) as wire:
        wire.execute(NEW, row(1))
        assert wire.scalar(COUNT) == 1
        wire.execute(TABLE.insert(), [row(2), row(3)])
        assert wire.scalar(FIRST, {"least": 3}) == 3
        assert counted(engine) == 0
    assert counted(engine) == 3


def test_a_connection_cut_off_is_told_and_the_next_transaction_has_another(engine):
    def cut_off(wire):
        number = wire.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres.run(f"SELECT pg_terminate_backend({number}, 5000)")

    with pytest.raises((DBAPIError, psycopg.Error)):
        write(engine, cut_off, 1)
    with transaction(engine) as wire:
        assert wire.scalar(COUNT) == 0


def test_a_session_that_never_answers_is_given_up_and_the_next_transaction_has_another(engine, monkeypatch):
    monkeypatch.setattr(wires, "ANSWER_SECONDS", 0.3)
    numbers = []

    def fall_silent(wire):
        numbers.append(wire.exec_driver_sql("SELECT pg_backend_pid()").scalar())
        wire.exec_driver_sql("SELECT pg_sleep(%s)", (30,)).scalar()

    began = time.monotonic()
    with pytest.raises((DBAPIError, psycopg.OperationalError), match="no answer"):
        write(engine, 1, fall_silent)
    assert time.monotonic() - began < 5
    postgres.run(f"SELECT pg_terminate_backend({numbers[0]}, 5000)")
    with transaction(engine) as wire:
        assert wire.exec_driver_sql("SELECT pg_backend_pid()").scalar() != numbers[0]
        assert wire.scalar(COUNT) == 0


def test_whoever_waits_for_a_lock_keeps_no_other_thread_of_the_process_waiting(engine):
    """The other thread is the very one that has the lock."""
    with transaction(engine) as wire:
        wire.execute(NEW, row(1))
    has_it, was_changed = threading.Event(), threading.Event()

    def change_too():
        has_it.wait(10)
        with transaction(engine) as wire:
            wire.execute(CHANGE, {"number": 1, "words": "second"})
        was_changed.set()

    other = threading.Thread(target=change_too)
    other.start()
    with transaction(engine) as wire:
        wire.execute(CHANGE, {"number": 1, "words": "first"}).rowcount  # noqa: B018
        has_it.set()
        assert not was_changed.wait(0.3)
    assert was_changed.wait(10)
    other.join()
    with transaction(engine) as wire:
        assert wire.execute(ONE, {"number": 1}).one().words == "second"


def test_the_planner_sees_that_one_row_is_wanted_and_the_values_keep_their_order():
    text = Built.of(FIRST, ("least",)).text.decode()
    assert text.rstrip().endswith("LIMIT 1")
    assert "$1" in text
    assert "$2" not in text
