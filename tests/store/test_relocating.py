"""From the file to a server and back: everything or nothing, and never two databases to publish from."""

import os
import signal
import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler.errors import InputError, LockError, NothingThere, StoreError
from scheduler.model import Mode, Receipt
from scheduler.store import Store, databases, moving, relocating
from scheduler.store.connect import FILE
from scheduler.store.relocating import to_file, to_server
from tests import postgres
from tests.store.kit import ABC, DAY, HOUR, NOON, delivery, opened
from tests.store.test_migrations import RULES, STATES, VERSIONS, states
from tests.thorough import THOROUGH

pytestmark = pytest.mark.a_server

AGAIN = "python run.py migrate --from one --to other"


@pytest.fixture
def url(tmp_path):
    """A schema without anything in it."""
    yield postgres.url_of(tmp_path)
    postgres.run(f"DROP SCHEMA {postgres.schema_of(tmp_path)} CASCADE")
    postgres.MADE.discard(postgres.schema_of(tmp_path))


@pytest.fixture
def folder(tmp_path):
    """A data folder with a delivery in each state, receipts, approvals, holds and pictures."""
    return filled(tmp_path / "data")


def filled(folder, version=VERSIONS[-1]):
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as made:
        made.executescript(version.read_text(encoding="utf-8"))
    opened(folder, rules=RULES).close()
    return folder


def there(folder, url, now=NOON):
    return to_server(folder, sa.make_url(url), now, "Aynur", AGAIN)


def back(folder, url, now=NOON):
    return to_file(folder, sa.make_url(url), now, "Aynur", AGAIN)


def on_file(folder):
    return opened(folder, rules=RULES, create=False)


def on_server(folder, url, *, create=False):
    store = Store.open(folder.parent / "machine", Mode.LIVE, url=url, create=create)
    store.policy = RULES
    return store


def everything(path):
    """All rows of a database's file, but for the log, its head and where the database is."""
    with closing(sqlite3.connect(path)) as raw:
        names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(map(repr, raw.execute(f"SELECT * FROM {name}"))) for name in names}
    del found["audit"]
    found["meta"] = [row for row in found["meta"] if "audit-head" not in row and ".home" not in row]
    return found


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
def test_everything_recorded_is_on_the_server_whatever_version_wrote_it(tmp_path, url, version):
    folder = tmp_path / "data"
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as made:
        made.executescript(version.read_text(encoding="utf-8"))
    done = there(folder, url)
    assert done.before["deliveries"] == done.after["deliveries"] == len(STATES)
    with on_server(folder, url) as store:
        assert states(store) == STATES
        assert store.file(ABC) == b"abc"
        assert store.receipt("2027/figures/mastodon-en") == Receipt("111", "https://social.example/111")
        assert [hold.value for hold in store.holds()] == ["held"]
        assert [one.who for one in store.approvals()] == ["Aynur"]
        assert store.slots() == {"2027/waiting/mastodon-en": NOON + DAY}
        assert store.last_heartbeat() == NOON


def test_the_log_holds_and_its_last_line_tells_of_the_move(folder, url):
    with on_file(folder) as store:
        before = store.acts()
    done = there(folder, url)
    with on_server(folder, url) as store:
        assert store.verify_audit().whole
        *kept, last = store.acts()
        assert tuple(kept) == before
        assert (last.who, last.act) == ("Aynur", "migrate")
        assert str(folder / FILE) in last.detail
        assert done.digest in last.detail


def test_what_is_written_next_does_not_meet_a_number_that_is_taken(folder, url):
    there(folder, url)
    with on_server(folder, url) as store:
        store.hold("channel", "a-en", "a look", "Aynur", NOON)
        store.notice("test", None, "something", NOON)
        store.sync([delivery("new", due=NOON + DAY)], {}, NOON, accept_removals=True)
        assert "2027/new/mastodon-en" in states(store)


def test_there_and_back_again_is_what_it_was_but_for_two_lines_of_the_log(folder, url, tmp_path):
    before = everything(folder / FILE)
    first = there(folder, url)
    second = back(folder, url)
    assert everything(folder / FILE) == before
    assert second.after["audit"] == first.before["audit"] + 2
    assert second.aside is not None
    with on_file(folder) as store:
        assert states(store) == STATES
        assert [one.act for one in store.acts()[-2:]] == ["migrate", "migrate"]
        assert store.verify_audit().whole


def test_both_kinds_of_database_give_one_digest(folder, url, tmp_path):
    with moving.of_file(folder / FILE) as source:
        here = moving.summed(source)
        with postgres.connected(tmp_path) as target:
            assert moving.carry(source, target) == here
    with postgres.connected(tmp_path) as source:
        copy = moving.as_copy(source, tmp_path / "copy")
    with moving.of_file(copy) as again:
        assert moving.summed(again) == here


def test_a_row_that_changed_on_the_way_keeps_everything_where_it_was(folder, url, monkeypatch):
    carried = moving._carry

    def careless(source, target, name):
        carried(source, target, name)
        if name == "parts":
            target.exec_driver_sql("UPDATE parts SET remote_id = '112' WHERE remote_id = '111'")

    monkeypatch.setattr(moving, "_carry", careless)
    with pytest.raises(StoreError, match="not what was there"):
        there(folder, url)
    with on_file(folder) as store:
        assert states(store) == STATES
    with pytest.raises(NothingThere):
        on_server(folder, url)


# -- the old one


def test_the_old_file_says_where_everything_is_now(folder, url):
    there(folder, url)
    with pytest.raises(StoreError) as refused:
        on_file(folder)
    assert "this campaign has moved to PostgreSQL" in str(refused.value)
    assert AGAIN in str(refused.value)


def test_the_old_server_says_where_everything_is_now(folder, url):
    there(folder, url)
    back(folder, url)
    with pytest.raises(StoreError) as refused:
        on_server(folder, url)
    assert f"this campaign has moved to {folder / FILE}" in str(refused.value)


def test_what_had_the_old_file_open_cannot_write_into_it_any_more(folder, url):
    with on_file(folder) as store:
        there(folder, url)
        with pytest.raises(StoreError, match="this campaign has moved"):
            store.hold("channel", "a-en", "a look", "Aynur", NOON)


def test_a_backup_cannot_be_put_back_where_everything_has_moved_from(folder, url, tmp_path):
    from scheduler.store.restoring import restore

    with on_file(folder) as store:
        kept = store.backup(tmp_path / "usb", NOON)
    there(folder, url)
    with pytest.raises(StoreError, match="this campaign has moved"):
        restore(folder, kept, NOON)


def test_a_second_move_out_of_the_old_one_is_refused(folder, url):
    there(folder, url)
    with pytest.raises(InputError, match="has moved to PostgreSQL"):
        there(folder, url)


# -- the new one


def test_the_new_one_is_at_home_and_compares_nothing(folder, url):
    with on_file(folder) as store:
        store.settle_in(NOON)
    there(folder, url)
    with on_server(folder, url) as store:
        assert store.settle_in(NOON) is None
    back(folder, url)
    with on_file(folder) as store:
        assert store.settle_in(NOON) is None


def test_what_had_to_be_compared_before_the_move_still_has_to_be(folder, url, tmp_path):
    with on_file(folder) as store:
        store.settle_in(NOON)
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    there(elsewhere, url)
    with on_server(folder, url) as store:
        assert "each account is compared" in store.settle_in(NOON)


def test_beside_a_file_with_a_campaign_no_fresh_one_is_begun_on_a_server(folder, url):
    with pytest.raises(StoreError) as refused:
        opened(folder, url=url)
    assert "nothing is recorded there yet" in str(refused.value)
    assert "python run.py migrate --from sqlite --to postgresql" in str(refused.value)
    assert not databases.exists(folder, url)


# -- what is refused


def test_a_server_with_something_on_it_takes_nothing(folder, url, tmp_path):
    with on_server(folder, url, create=True) as store:
        store.sync([delivery()], {}, NOON - HOUR)
    with pytest.raises(InputError, match=r"something is recorded there already \(1 in deliveries\)"):
        there(folder, url)
    with on_file(folder) as store:
        assert states(store) == STATES


def test_nor_does_a_file(folder, url, tmp_path):
    there(folder, url)
    other = filled(tmp_path / "other")
    with pytest.raises(InputError, match="something is recorded there already"):
        back(other, url)
    with on_server(folder, url) as store:
        assert states(store) == STATES


def test_a_server_that_was_only_looked_at_takes_everything(folder, url):
    on_server(folder, url, create=True).close()
    assert there(folder, url).after["deliveries"] == len(STATES)


def test_another_program_s_tables_are_left_alone(folder, url, tmp_path):
    postgres.change(
        tmp_path, "CREATE TABLE deliveries (parcel TEXT)", "INSERT INTO deliveries VALUES ('tea')"
    )
    with pytest.raises(InputError, match=r"another program's tables are there \(deliveries\)"):
        there(folder, url)
    with postgres.connected(tmp_path) as connection:
        assert connection.exec_driver_sql("SELECT parcel FROM deliveries").scalar() == "tea"


def test_where_nothing_is_recorded_there_is_nothing_to_move(tmp_path, url):
    for move in (there, back):
        with pytest.raises(InputError, match="nothing is recorded here yet"):
            move(tmp_path / "data", url)
    assert not (tmp_path / "data" / FILE).exists()


def test_a_scheduler_at_work_on_the_file_is_named(folder, url):
    with (
        on_file(folder) as store,
        store.lock(NOON, "run --live"),
        pytest.raises(LockError, match="run --live"),
    ):
        there(folder, url)


def test_a_machine_at_work_on_the_server_is_named(folder, url, monkeypatch):
    monkeypatch.setattr("scheduler.store.presence.PATIENCE", 0.2)
    there(folder, url)
    with on_server(folder, url) as store:
        store.machine = "harbour-office"
        store.heartbeat(store.clock(), reset=True)
        with pytest.raises(LockError, match="harbour-office is at work there; stop every scheduler"):
            back(folder, url)
        assert states(store) == STATES


def test_whoever_comes_while_everything_moves_is_told_to_wait(folder, url, monkeypatch):
    monkeypatch.setattr("scheduler.store.presence.PATIENCE", 0.2)
    there(folder, url)
    with (
        relocating.alone(sa.make_url(url)),
        pytest.raises(StoreError, match="being replaced or moved just now; try again"),
    ):
        on_server(folder, url)


def test_a_text_that_postgresql_cannot_keep_does_not_keep_anything_from_moving(folder, url):
    with closing(sqlite3.connect(folder / FILE)) as raw:
        raw.execute("UPDATE deliveries SET reason = ? WHERE state = 'refused'", ("odd \0 answer",))
        raw.commit()
    there(folder, url)
    with on_server(folder, url) as store:
        assert "odd \N{SYMBOL FOR NULL} answer" in [
            one.reasons[0] for one in store.statuses(NOON) if one.reasons
        ]


# -- kill -9 before each commit and each change of a file


@contextmanager
def at_each_step(act):
    """What is to be done before each commit, and before a file takes another's place."""
    replaced = Path.replace
    Path.replace = lambda self, target: (act(), replaced(self, target))[1]
    sa.event.listen(sa.Engine, "commit", act)
    try:
        yield
    finally:
        Path.replace = replaced
        sa.event.remove(sa.Engine, "commit", act)


def steps(work):
    """How many there are."""
    seen = []
    with at_each_step(lambda *_: seen.append(1)):
        work()
    return len(seen)


def killed_at(step, work):
    """Do it in a process that ends as by kill -9 at that step."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))
        with at_each_step(lambda *_: next(left, None) is None and os.kill(os.getpid(), signal.SIGKILL)):
            work()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def usable(opened_there, *where):
    """Whether it can be worked with; where not, it says what to do, or there is nothing."""
    said = "do it again: python run.py"
    try:
        with opened_there(*where) as store:
            return states(store) == STATES
    except NothingThere:
        return False
    except StoreError as error:
        said = str(error)
    return "do it again: python run.py" not in said


@pytest.mark.parametrize("move", [there, back], ids=["to the server", "to the file"])
def test_kill_9_at_any_point_leaves_one_that_can_be_used_or_says_to_do_it_again(tmp_path, url, move):
    number = steps(partial(move, begun(tmp_path / "first", url, move), url))
    postgres.change(tmp_path, *DROPPED)
    seen = []
    # What matters most happens in the last ones.
    for step in range(0 if THOROUGH else number - 3, number):
        folder = begun(tmp_path / str(step), url, move)
        killed_at(step, partial(move, folder, url))
        seen.append(both(move, folder, url))
        move(folder, url)
        assert both(move, folder, url) == (False, True)
        with on_server(folder, url) if move is there else on_file(folder) as store:
            assert store.verify_audit().whole
        postgres.change(tmp_path, *DROPPED)
    # The old one can be used, then, until the move is done again, neither; never both.
    assert [one for one, _ in groupby(seen)] == [(True, False), (False, False)]


def begun(folder, url, move):
    """A data folder from which, or to which, everything is to move."""
    filled(folder)
    if move is back:
        there(folder, url)
    return folder


def both(move, folder, url):
    """Whether the old one and the new one can be used."""
    sides = usable(on_file, folder), usable(on_server, folder, url)
    return sides if move is there else sides[::-1]


DROPPED = [f"DROP TABLE IF EXISTS {name}" for name in ("schema_version", *reversed(moving.TABLES))]
