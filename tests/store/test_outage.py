"""After an outage: thousands missed at once, a post that brings the program down, other clocks and names."""

import pytest

from scheduler.store import claim as claims
from scheduler.store import holds, migrations
from scheduler.store.connect import Database
from tests.store.kit import DAY, HOUR, MINUTE, NOON, channel, delivery, opened, policy, state_of
from tests.store.test_home import at_home, moved

EARLY = NOON - MINUTE
KEY = "2027/figures/mastodon-en"
LATER = NOON + 3 * HOUR


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def test_while_thousands_are_written_off_others_may_write_too(store, monkeypatch):
    monkeypatch.setattr(holds, "PAGE", 10)
    store.sync([delivery(f"post-{n}") for n in range(95)], {}, EARLY)
    largest, expire = [], holds.expire

    def counted(connection, mode, rules, rows, *more):
        largest.append(len(rows))
        return expire(connection, mode, rules, rows, *more)

    monkeypatch.setattr(holds, "expire", counted)
    assert len(store.expire(LATER)) == 95
    assert max(largest) == 10
    assert (len(store.holds()), len(store.notices())) == (1, 1)


def test_killed_while_thousands_are_written_off_people_are_told_and_nothing_is_lost(store, monkeypatch):
    monkeypatch.setattr(holds, "PAGE", 10)
    store.sync([delivery(f"post-{n}") for n in range(25)], {}, EARLY)
    expire, pages = holds.expire, []

    def killed(*given):
        pages.append(given)
        if len(pages) == 2:
            raise SystemExit
        return expire(*given)

    with monkeypatch.context() as once:
        once.setattr(holds, "expire", killed)
        with pytest.raises(SystemExit):
            store.expire(LATER)
    [hold] = store.holds()
    assert hold.reason.startswith("25 posts were missed at once")
    assert store.claim(LATER) is None
    assert len(store.lift(hold.id, "Aynur", LATER).lapsed) == 15
    assert {str(one.state) for one in store.statuses(LATER)} == {"missed"}


def test_what_a_person_moves_while_thousands_are_written_off_stays_moved(store, monkeypatch):
    store.sync([delivery(f"post-{n}") for n in range(3)], {}, EARLY)
    expire = holds.expire

    def moved_meanwhile(connection, mode, rules, rows, *more):
        connection.exec_driver_sql(f"UPDATE deliveries SET expires = expires * 2 WHERE id = {rows[0].id}")
        return expire(connection, mode, rules, rows, *more)

    monkeypatch.setattr(holds, "expire", moved_meanwhile)
    assert len(store.expire(LATER)) == 2
    assert state_of(store, "2027/post-0/mastodon-en") == "scheduled"


def bring_down(store, now):
    """Interrupted in preparing as often as it takes to hold it; answers the moment after."""
    for _ in range(claims.CRASHES):
        claim = store.claim(now, lease=MINUTE)
        assert claim is not None
        now += 2 * MINUTE
        store.sweep(now)
        now += 5 * MINUTE
    return now


def test_a_post_that_brings_the_program_down_again_after_its_release_is_held_again(store):
    store.sync([delivery(expires=NOON + 12 * HOUR)], {}, EARLY)
    now = bring_down(store, NOON)
    [hold] = store.holds()
    store.lift(hold.id, "Aynur", now)
    store.retry(KEY, now, now + 3 * HOUR, "Aynur", now)
    bring_down(store, now)
    assert [(hold.scope, hold.value) for hold in store.holds()] == [("post", "figures")]
    assert [notice.key for notice in store.notices()] == [KEY]


def test_backups_named_by_a_clock_that_was_ahead_do_not_push_out_the_true_ones(store):
    for day in range(7):
        store.backup(store.backups, NOON + 900 * DAY + day * DAY)
    made = [store.backup(store.backups, NOON + day * DAY) for day in range(3)]
    assert all(path.exists() for path in made)
    for day in range(3, 8):
        store.backup(store.backups, NOON + day * DAY)
    names = sorted(path.name for path in store.backups.iterdir())
    assert names == [f"scheduler-202702{20 + day}-080000Z.db" for day in range(1, 8)]


@pytest.mark.a_file
def test_two_processes_that_make_the_database_together_leave_no_copy_of_it(tmp_path, monkeypatch):
    Database(tmp_path).close()
    known, asked = migrations.version, []

    def not_yet_made_at_the_first_look(connection):
        asked.append(connection)
        return 0 if len(asked) == 1 else known(connection)

    monkeypatch.setattr(migrations, "version", not_yet_made_at_the_first_look)
    Database(tmp_path).close()
    assert len(asked) == 2
    assert not (tmp_path / "backups").exists()


@pytest.mark.a_file
def test_a_new_container_with_another_name_on_the_same_machine_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("scheduler.store.place.BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("11b36a4c\n")
    with monkeypatch.context() as before:
        before.setattr("scheduler.store.place.socket.gethostname", lambda: "6f1c2a9d0b3e")
        at_home(tmp_path / "data").close()
    with opened(tmp_path / "data", rules=policy(channel())) as store:
        assert moved(store) is None
        assert store.claim(NOON) is not None


@pytest.mark.parametrize("boot", ["", "22c47b5d"])
@pytest.mark.a_file
def test_another_name_after_another_start_is_another_computer(tmp_path, monkeypatch, boot):
    monkeypatch.setattr("scheduler.store.place.BOOT", tmp_path / "boot")
    with monkeypatch.context() as before:
        before.setattr("scheduler.store.place.socket.gethostname", lambda: "old-laptop")
        at_home(tmp_path / "data").close()
    (tmp_path / "boot").write_text(boot)
    with opened(tmp_path / "data", rules=policy(channel())) as store:
        assert "another computer (old-laptop)" in moved(store)
