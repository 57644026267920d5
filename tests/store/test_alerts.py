"""What is to be told, in the database: each thing once, for each recipient, and how each address fares."""

from datetime import timedelta

import pytest

from scheduler.model import Mode, State
from scheduler.store import alerts as table
from scheduler.store import news
from scheduler.store.alerts import Raised, Recipient, What
from tests.store.kit import HOUR, MINUTE, NOON, channel, delivery, opened, policy

CLOCK = Raised("clock", "clock", None, "nothing is sent", "set it right", True)
BACKUP = Raised("job:backup", "job", None, "no room", "", True)


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def connection(store):
    with store.transaction() as connection:
        yield connection


def raised(connection, *what, to=("A", "B")):
    """Raise and route it; answers what waits, by recipient."""
    table.raise_all(connection, Mode.LIVE, what or (CLOCK,), NOON)
    for alert in table.open_alerts(connection, Mode.LIVE):
        if not alert.routed:
            table.route(connection, alert.id, to, NOON)
    return table.pending(connection, Mode.LIVE)


def test_what_is_open_is_not_raised_twice_and_each_mode_has_its_own(connection):
    table.raise_all(connection, Mode.LIVE, [CLOCK, CLOCK], NOON)
    table.raise_all(connection, Mode.LIVE, [CLOCK], NOON)
    table.raise_all(connection, Mode.DRY, [CLOCK], NOON)
    assert [one.name for one in table.open_alerts(connection, Mode.LIVE)] == ["clock"]
    assert [one.name for one in table.open_alerts(connection, Mode.DRY)] == ["clock"]


def test_that_it_is_over_is_told_to_whoever_was_told_and_to_nobody_else(connection):
    waiting = raised(connection)
    table.begin(connection, Mode.LIVE, waiting["A"], NOON)
    table.told(connection, Mode.LIVE, waiting["A"], NOON)
    [alert] = table.open_alerts(connection, Mode.LIVE)
    table.end(connection, alert.id, "the clock is right again", NOON + MINUTE)
    table.end(connection, alert.id, "the clock is right again", NOON + 2 * MINUTE)
    left = table.pending(connection, Mode.LIVE)
    assert {name: [(one.what, one.alert.over_words) for one in all_] for name, all_ in left.items()} == {
        "A": [(What.OVER, "the clock is right again")]
    }
    assert table.known(connection, Mode.LIVE, ["clock", "other"]) == {"clock"}


def test_whoever_may_have_been_told_hears_that_it_is_over_too(connection):
    waiting = raised(connection)
    table.begin(connection, Mode.LIVE, waiting["A"], NOON)
    [alert] = table.open_alerts(connection, Mode.LIVE)
    table.end(connection, alert.id, "over", NOON + MINUTE)
    assert [one.what for one in table.pending(connection, Mode.LIVE)["A"]] == [What.IS, What.OVER]
    assert "B" not in table.pending(connection, Mode.LIVE)


def test_what_was_begun_and_not_told_is_doubtful_the_second_time(connection):
    [first] = raised(connection, to=["A"])["A"]
    assert (first.begun, first.doubtful) == (False, False)
    table.begin(connection, Mode.LIVE, [first], NOON)
    [again] = table.pending(connection, Mode.LIVE)["A"]
    assert (again.begun, again.doubtful) == (True, False)
    table.begin(connection, Mode.LIVE, [again], NOON + MINUTE)
    [third] = table.pending(connection, Mode.LIVE)["A"]
    assert third.doubtful


@pytest.mark.parametrize(("certain", "begun"), [(True, False), (False, True)])
def test_a_failure_is_counted_and_only_a_certain_one_clears_the_doubt(connection, certain, begun):
    waiting = raised(connection, to=["A"])["A"]
    for tries in (1, 2):
        table.begin(connection, Mode.LIVE, waiting, NOON)
        later = NOON + tries * HOUR
        table.failed(connection, Mode.LIVE, "A", waiting, "no", later, later + MINUTE, certain=certain)
    fare = table.recipients(connection, Mode.LIVE)["A"]
    assert fare == Recipient("A", NOON, None, NOON + HOUR, 2, NOON + 2 * HOUR + MINUTE, "no")
    assert [one.begun for one in table.pending(connection, Mode.LIVE)["A"]] == [begun]
    table.told(connection, Mode.LIVE, waiting, NOON + 3 * HOUR)
    assert table.recipients(connection, Mode.LIVE)["A"] == Recipient("A", NOON, NOON + 3 * HOUR)
    assert table.pending(connection, Mode.LIVE) == {}


def test_what_waited_only_for_addresses_that_are_gone_is_routed_anew(connection):
    waiting = raised(connection, CLOCK, BACKUP)
    clock, _ = waiting["A"]
    table.told(connection, Mode.LIVE, [clock], NOON)
    assert table.forget(connection, Mode.LIVE, ["C"]) == 2
    assert table.pending(connection, Mode.LIVE) == {}
    # Of the clock somebody heard; of the backup nobody did.
    assert [(one.name, one.routed) for one in table.open_alerts(connection, Mode.LIVE)] == [
        ("clock", True),
        ("job:backup", False),
    ]


def test_further_recipients_are_added_once(connection):
    raised(connection, to=["A"])
    [alert] = table.open_alerts(connection, Mode.LIVE)
    assert table.lacks(connection, alert.id, ["A", "B", "B"]) == ("B",)
    for _ in range(2):
        table.widen(connection, alert.id, ["A", "B"], NOON)
    assert sorted(table.pending(connection, Mode.LIVE)) == ["A", "B"]


def test_what_comes_is_named_with_what_keeps_it(tmp_path):
    rules = policy(channel(), channel("x-en", live=False))
    made = [
        delivery("one", due=NOON + HOUR),
        delivery("two", due=NOON + 2 * HOUR, stops=("links.placeholder: …",), blocked=True),
        delivery("three", due=NOON + 90 * HOUR),
    ]
    with opened(tmp_path, rules=rules) as store:
        store.sync(made, {}, NOON)
        with store.reading() as connection:
            found = news.coming(connection, Mode.LIVE, rules, NOON, NOON + timedelta(hours=72))
            rows = news.rows(connection, Mode.LIVE, 2027)
            assert news.rows(connection, Mode.LIVE, 2026) == ()
            assert news.standing(connection, Mode.LIVE, made[0].key) is State.SCHEDULED
            assert news.standing(connection, Mode.LIVE, "2027/none/x-en") is None
    assert [(one.key, one.held, one.reasons) for one in found] == [
        ("2027/one/mastodon-en", False, ()),
        ("2027/two/mastodon-en", True, ("links.placeholder: …",)),
    ]
    assert [(row.key, row.stopped) for row in rows] == [
        ("2027/one/mastodon-en", False),
        ("2027/two/mastodon-en", True),
        ("2027/three/mastodon-en", False),
    ]
