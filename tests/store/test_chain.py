"""The audit log: whatever is done to a line of it is found, and the database itself refuses to do it."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import IntegrityError

from scheduler.errors import StoreError
from scheduler.model import Answer, Mode
from scheduler.store import Verdict
from scheduler.store.chain import BEFORE_THE_FIRST, GUARDS
from scheduler.store.connect import FILE
from tests import postgres
from tests.store.kit import MINUTE, NOON, approval, delivery, opened


@pytest.fixture
def folder(tmp_path):
    """A data folder whose log has five lines."""
    with opened(tmp_path) as store:
        for n, who in enumerate(("Ayla", "Can", "Aynur", "Rauf"), 1):
            store.audit(who, "hold", f"post p{n}", NOON + n * MINUTE, f"reason {n}")
        store.approve([approval(delivery())])
    return tmp_path


def verdict(folder, noted=None):
    with opened(folder) as store:
        return store.verify_audit(noted)


def tamper(folder, *statements):
    """What somebody does who owns the database, with any tool for it."""
    if postgres.on_a_server():
        postgres.without_rules(folder, *statements)
        return
    with closing(sqlite3.connect(folder / FILE)) as raw:
        kept = raw.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name in GUARDS:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for (sql,) in kept:
            raw.execute(sql)
        raw.commit()


def test_each_line_is_bound_to_the_one_before_it(tmp_path):
    with opened(tmp_path) as store:
        assert store.audit_head() == BEFORE_THE_FIRST == "0" * 64
        store.audit("Ayla", "hold", "all", NOON, "Trauer")
        store.audit("Çan", "release", "all", NOON + MINUTE)
        first, second = store.acts()
        assert store.audit_head() == second.hash
    at = int(NOON.timestamp()) * 1_000_000
    rows = [
        {"act": "hold", "at": at, "detail": "Trauer", "n": 1, "v": 1, "what": "all", "who": "Ayla"},
        {"act": "release", "at": at + 60_000_000, "detail": "", "n": 2, "v": 1, "what": "all", "who": "Çan"},
    ]
    previous = "0" * 64
    for row, act in zip(rows, (first, second), strict=True):
        canonical = json.dumps(row, separators=(",", ":"), sort_keys=True)
        previous = hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()
        assert act.hash == previous


def test_a_log_that_nobody_touched_is_whole(folder, tmp_path):
    found = verdict(folder)
    assert (found.lines, found.broken, found.whole) == (5, None, True)


def test_an_empty_log_is_whole(tmp_path):
    with opened(tmp_path) as store:
        assert store.verify_audit() == Verdict(0, BEFORE_THE_FIRST)


WAYS = {
    "changed": (
        ["UPDATE audit SET detail = 'another reason' WHERE id = 3"],
        "line 3 (hold post p3 by Aynur)",
    ),
    "signed by another": (["UPDATE audit SET who = 'Can' WHERE id = 3"], "line 3 (hold post p3 by Can)"),
    "dated back": (["UPDATE audit SET at = at - 1 WHERE id = 3"], "line 3 (hold post p3 by Aynur)"),
    "removed": (["DELETE FROM audit WHERE id = 3"], "line 3 is missing"),
    "two removed": (["DELETE FROM audit WHERE id IN (2, 3)"], "lines 2 to 3 are missing"),
    "the first removed": (["DELETE FROM audit WHERE id = 1"], "line 1 is missing"),
    "removed and renumbered": (
        ["DELETE FROM audit WHERE id = 3", "UPDATE audit SET id = id - 1 WHERE id > 3"],
        "line 3 (hold post p4 by Rauf)",
    ),
    "put in": (
        [
            "UPDATE audit SET id = -id WHERE id > 2",
            "UPDATE audit SET id = 1 - id WHERE id < 0",
            "INSERT INTO audit SELECT 3, 'Mallory', act, what, detail, at, hash FROM audit WHERE id = 2",
        ],
        "line 3 (hold post p2 by Mallory)",
    ),
    "put at the end": (
        ["INSERT INTO audit SELECT 6, 'Mallory', act, what, detail, at, hash FROM audit WHERE id = 5"],
        "line 6 (approve 2027/figures/mastodon-en by Mallory)",
    ),
    "reordered": (
        [
            "UPDATE audit SET id = -2 WHERE id = 2",
            "UPDATE audit SET id = 2 WHERE id = 3",
            "UPDATE audit SET id = 3 WHERE id = -2",
        ],
        "line 2 (hold post p3 by Aynur)",
    ),
    "cut off at the end": (["DELETE FROM audit WHERE id = 5"], "line 5 is missing"),
    "all removed": (["DELETE FROM audit"], "lines 1 to 5 are missing"),
}


@pytest.mark.parametrize(("statements", "words"), WAYS.values(), ids=WAYS)
def test_the_first_broken_link_is_named(folder, statements, words):
    tamper(folder, *statements)
    found = verdict(folder)
    assert not found.whole
    assert found.broken.startswith(words)


def test_what_stands_before_the_break_still_holds(folder):
    with opened(folder) as store:
        second = store.acts()[1].hash
    tamper(folder, "UPDATE audit SET detail = 'another reason' WHERE id = 3")
    assert (verdict(folder).lines, verdict(folder).head) == (2, second)


def test_a_head_noted_earlier_is_found_again_and_a_log_written_anew_is_not_believed(folder):
    with opened(folder) as store:
        noted = store.acts()[2].hash
    assert verdict(folder, noted).whole
    # Everything forged in step, last line and all: only somebody else's note of a head can tell.
    tamper(folder, "DELETE FROM audit", "DELETE FROM approvals", "DELETE FROM meta WHERE name = 'audit-head'")
    assert verdict(folder).whole
    assert "is nowhere in this log" in verdict(folder, noted).broken


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO approvals SELECT 2, key, digest, 'Mallory', role, at, shown_day, act, words "
        "FROM approvals",
        "INSERT INTO answers VALUES (1, 'q', 'p', 'wording.harm', 'Mallory', 'approver', 0, 'because')",
    ],
)
def test_an_approval_or_answer_that_no_line_tells_of_was_put_in_by_hand(folder, statement):
    tamper(folder, statement)
    assert "Mallory) has no line in the log: it was put in by hand" in verdict(folder).broken


def test_a_missing_guard_is_told(folder):
    if postgres.on_a_server():
        postgres.change(folder, "DROP RULE audit_kept ON audit")
    else:
        with closing(sqlite3.connect(folder / FILE)) as raw:
            raw.execute("DROP TRIGGER audit_kept")
    assert "guard of the log was removed (audit_kept)" in verdict(folder).broken


@pytest.mark.parametrize("table", ["audit", "approvals", "answers"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET who = 'Mallory'",
        "DELETE FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table}",
        pytest.param("INSERT OR REPLACE INTO {table} SELECT * FROM {table}", marks=pytest.mark.a_file),
        # How a server is asked for the same.
        pytest.param(
            "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET who = 'Mallory'",
            id="upsert",
        ),
    ],
)
def test_the_database_refuses_to_change_what_was_written(folder, table, statement):
    with opened(folder) as store:
        store.answer([Answer("q", "p", "wording.harm", "Ayla", "approver", NOON, "because")])
        before = store.acts(), store.approvals(), store.answers()
        try:
            with store.transaction() as connection:
                connection.exec_driver_sql(statement.format(table=table))
        except (IntegrityError, StoreError):
            pass
        else:
            # Without a program of its own a server cannot complain; it does nothing.
            assert postgres.on_a_server()
        assert (store.acts(), store.approvals(), store.answers()) == before
        assert store.verify_audit().whole


def test_both_modes_write_into_one_log(folder):
    with opened(folder, Mode.DRY) as store:
        store.audit("Ayla", "release", "all", NOON)
    assert verdict(folder).lines == 6


def test_a_copy_carries_the_same_chain(folder, tmp_path):
    with opened(folder) as store:
        noted = store.audit_head()
        kept = store.backup(tmp_path / "kept", NOON)
    if postgres.on_a_server():
        postgres.put_back(tmp_path / "copies", kept)
    else:
        (tmp_path / "copies").mkdir()
        kept.rename(tmp_path / "copies" / FILE)
    assert verdict(tmp_path / "copies", noted).whole
