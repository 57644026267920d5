"""What the running loop asks every second costs the same however many deliveries there are."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduler.model import ApprovalRules, Receipt, State
from scheduler.platforms.base import Sent, Unknown
from scheduler.store import Decision
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    approval,
    channel,
    delivery,
    opened,
    policy,
    prepared,
)

EARLY = NOON - HOUR


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


class Watched:
    """Every statement a store runs on deliveries, and how SQLite says it finds the rows."""

    def __init__(self, store):
        self.store, self.seen = store, []
        sa.event.listen(store._database._engine, "before_cursor_execute", self._note)

    def _note(self, connection, cursor, statement, parameters, context, many):
        if "deliveries" in statement and not statement.startswith(("INSERT", "EXPLAIN")):
            self.seen.append((statement, parameters[0] if many else parameters))

    def plans(self):
        """(statement, line of its plan) for each."""
        raw = self.store._database._engine.raw_connection()
        try:
            return [
                (statement, line[3])
                for statement, parameters in self.seen
                for line in raw.cursor().execute("EXPLAIN QUERY PLAN " + statement, parameters)
            ]
        finally:
            raw.close()


def a_day(store, now):
    """Everything the scheduler asks of the store in the course of a day, second by second."""
    store.sweep(now)
    store.expire(now)
    store.awaiting(now, {"mastodon-en": MINUTE})
    store.next_by_channel(now)
    store.next_due(now, {"mastodon-en": MINUTE, "x-en": timedelta(0)})
    store.unknowns(now)
    claim = store.claim(now, "mastodon-en", lead=MINUTE)
    if claim is not None:
        store.renew(claim, now)
        if store.begin(claim, claim.part, prepared(), now):
            outcome = Sent(Receipt("1", "https://social.example/1"))
            store.settle(claim, claim.part, outcome, now, Decision(State.PUBLISHED))
    store.claim(now)


@pytest.mark.a_file
def test_no_question_of_the_running_loop_reads_the_table_from_end_to_end(store):
    store.policy = policy(channel(min_gap=HOUR), channel("x-en"))
    many = [delivery(f"p{n}", due=NOON + n * MINUTE) for n in range(40)]
    many += [delivery(f"q{n}", "x-en", due=NOON + n * MINUTE) for n in range(40)]
    store.sync([*many, delivery("thread", texts=("One.", "Two."), due=NOON)], {}, EARLY)
    lost = store.claim(NOON, "x-en")
    assert store.begin(lost, 0, prepared(), NOON)
    assert store.settle(lost, 0, Unknown("no answer"), NOON, Decision(State.UNKNOWN))
    watched = Watched(store)
    for moment in (NOON + SECOND, NOON + 2 * MINUTE, NOON + 5 * HOUR):
        a_day(store, moment)
    plans = watched.plans()
    assert len(plans) > 40
    assert [line for line in plans if line[1].startswith("SCAN deliveries")] == []
    # Of the holds only those that are open stand in that index; names are what the search itself has found.
    small = {"SCAN CONSTANT ROW", "SCAN names", "SCAN soon", "SCAN holds USING INDEX open_holds"}
    assert {line for _, line in plans if line.startswith("SCAN")} <= small
    searches = [line for _, line in plans if line.startswith("SEARCH deliveries")]
    assert all("INDEX" in line or "INTEGER PRIMARY KEY" in line for line in searches)


def test_each_channel_tells_when_its_next_post_is_due(store):
    store.sync(
        [
            delivery("early", due=NOON),
            delivery("late", due=NOON + HOUR),
            delivery("other", "x-en", due=NOON + DAY),
        ],
        {},
        EARLY,
    )
    assert store.next_by_channel(EARLY) == {"mastodon-en": NOON, "x-en": NOON + DAY}
    assert store.next_by_channel(NOON) == {"mastodon-en": NOON + HOUR, "x-en": NOON + DAY}
    assert store.next_by_channel(NOON + 2 * DAY) == {}


def test_a_channel_waits_for_preparing_only_as_long_before_due_as_it_needs(store):
    store.sync([delivery(), delivery(channel="x-en")], {}, EARLY)
    leads = {"mastodon-en": 5 * MINUTE}
    assert store.awaiting(NOON - 5 * MINUTE, leads) == {"mastodon-en"}
    assert store.awaiting(NOON, leads) == {"mastodon-en", "x-en"}


def overdue_by_an_outage(store, count):
    rules = policy(channel(min_gap=HOUR))
    store.policy = rules
    many = [
        delivery(f"p{n:05}", due=NOON, slot=True, expires=NOON + DAY, day="2027-02-20") for n in range(count)
    ]
    store.sync(many, {}, EARLY)


def rows_read(store, work):
    """How many rows of deliveries the store fetched whole or in part while it did something."""
    read = []

    @sa.event.listens_for(store._database._engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, many):
        read.append(statement)

    work()
    sa.event.remove(store._database._engine, "before_cursor_execute", note)
    return len(read)


def test_a_channel_with_thousands_of_posts_due_after_an_outage_asks_no_more_than_one_with_few(tmp_path):
    asked = {}
    for count in (5, 3000):
        with opened(tmp_path / str(count)) as store:
            overdue_by_an_outage(store, count)
            first = store.claim(NOON)
            assert store.begin(first, 0, prepared(), NOON)
            outcome = Sent(Receipt("1", "https://social.example/1"))
            assert store.settle(first, 0, outcome, NOON, Decision(State.PUBLISHED))
            # All others wait for the gap: seeing that must not mean looking at each.
            asked[count] = rows_read(store, lambda store=store: store.claim(NOON + SECOND))
            assert store.next_due(NOON + SECOND) == NOON + HOUR
            assert store.claim(NOON + HOUR) is not None
    # One more, to see that no further rank is waiting behind the first page.
    assert asked[3000] <= asked[5] + 1


def test_behind_many_posts_that_wait_for_the_gap_a_correction_still_goes(store):
    overdue_by_an_outage(store, 300)
    more = [delivery("mend", due=NOON + MINUTE, correction=True, kind="correction")]
    many = [
        delivery(f"p{n:05}", due=NOON, slot=True, expires=NOON + DAY, day="2027-02-20") for n in range(300)
    ]
    store.sync([*many, *more], {}, EARLY)
    first = store.claim(NOON)
    assert store.begin(first, 0, prepared(), NOON)
    assert store.settle(first, 0, Sent(Receipt("1", "")), NOON, Decision(State.PUBLISHED))
    assert store.claim(NOON + MINUTE).key == "2027/mend/mastodon-en"


def test_behind_many_unapproved_posts_the_approved_one_goes(store):
    store.policy = policy(channel(), rules=ApprovalRules(default=1))
    many = [delivery(f"p{n:05}", due=NOON) for n in range(450)]
    last = delivery("zz", due=NOON)
    store.sync([*many, last], {}, EARLY)
    store.approve([approval(last)])
    assert store.claim(NOON).key == last.key


def test_an_urgent_post_is_first_of_all_that_is_due(store):
    store.sync([delivery("a"), delivery("b"), delivery("c", "x-en")], {}, EARLY)
    store.set_due("2027/b/mastodon-en", NOON, NOON + HOUR, "Aynur", EARLY, urgent=True)
    assert store.claim(NOON).key == "2027/b/mastodon-en"


def test_what_is_held_past_its_time_is_not_read_again_and_again(store):
    store.hold("kind", "text", "mourning", "Aynur", EARLY)
    store.sync([delivery(f"p{n}") for n in range(20)], {}, EARLY)
    writes = []
    sa.event.listen(store._database._engine, "before_cursor_execute", lambda *told: writes.append(told[2]))
    assert store.expire(NOON + DAY) == ()
    assert not [statement for statement in writes if statement.startswith(("UPDATE", "BEGIN IMMEDIATE"))]
    store.lift(1, "Aynur", NOON + DAY)
    assert len([one for one in store.statuses(NOON + DAY) if one.state is State.MISSED]) == 20


@pytest.mark.long
@pytest.mark.a_file
def test_a_claim_costs_the_same_with_twenty_times_as_many_posts_to_come(tmp_path):
    costs = {}
    for count in (500, 10_000):
        with opened(tmp_path / str(count)) as store:
            store.sync([delivery(f"p{n}", due=NOON + n * SECOND) for n in range(count)], {}, EARLY)
            times = []
            for n in range(30):
                began = time.perf_counter()
                claim = store.claim(NOON + n * SECOND)
                times.append(time.perf_counter() - began)
                store.cancel(claim.key, "Aynur", "", NOON)
            costs[count] = sorted(times)[len(times) // 2]
    # With a busy machine nothing finer can be said; reading every row would cost twenty times as much.
    assert costs[10_000] < 5 * costs[500]
