"""How a server finds the rows for what the running loop asks: by an index, however many rows there are."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduler.model import Mode, State
from scheduler.platforms.base import Unknown
from scheduler.store import Decision, Store
from scheduler.store.wire import Wire
from tests import postgres
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, policy, prepared
from tests.store.test_news import QUESTIONS
from tests.store.test_queue import a_day

pytestmark = pytest.mark.a_server

LARGE = {"deliveries", "attempts", "parts"}
MANY = 20_000
COLUMNS = (
    "key, year, post, channel, kind, language, due, planned_due, expires, day, slot, correction, urgent, "
)
COLUMNS += (
    "message, digest, body, length, stops, errors, waived, state, reason, attempt, tries, crashes, part, "
)
COLUMNS += "looks, created_at"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    with Store.open(folder, Mode.LIVE, url=postgres.url_of(folder), owner="one") as made:
        made.policy = policy(channel(min_gap=HOUR), channel("x-en"))
        planned = [delivery(f"p{n}", due=NOON + n * MINUTE) for n in range(10)]
        planned += [delivery(f"q{n}", "x-en", due=NOON + n * MINUTE) for n in range(10)]
        made.sync([*planned, delivery("thread", texts=("One.", "Two."), due=NOON)], {}, NOON - HOUR)
        lost = made.claim(NOON, "x-en")
        assert made.begin(lost, 0, prepared(), NOON)
        assert made.settle(lost, 0, Unknown("no answer"), NOON, Decision(State.UNKNOWN))
        postgres.change(folder, *(statement for n in range(10) for statement in enlarged(n)))
        postgres.change(folder, *(f"ANALYZE {name}" for name in LARGE))
        yield made


def enlarged(number):
    """So many more posts like one, each a minute after the other; half of them went out long ago."""
    is_out = "mod(n, 2) = 0"
    later = " + n * 60000000::bigint"
    copied = (
        COLUMNS.replace("key,", f"'2027/p{number}-' || n || '/mastodon-en',", 1)
        .replace(" channel,", f" CASE WHEN {is_out} THEN 'before-en' ELSE channel END,")
        .replace(" due, planned_due, expires", f" due{later}, planned_due, expires{later}")
        .replace(" state,", f" CASE WHEN {is_out} THEN 'published' ELSE 'scheduled' END,")
        + f", CASE WHEN {is_out} THEN due END"
    )
    rows = f"generate_series(1, {MANY // 10}) AS n WHERE key = '2027/p{number}/mastodon-en'"
    yield f"INSERT INTO deliveries (mode, {COLUMNS}, out_at) SELECT mode, {copied} FROM deliveries, {rows}"
    those = f"FROM deliveries WHERE starts_with(key, '2027/p{number}-') AND state = 'published'"
    begun = "(delivery, channel, mode, year, n, part, at, event, detail, cost)"
    yield f"INSERT INTO attempts {begun} SELECT id, channel, mode, year, 1, 0, due, 'begun', '', 0 {those}"
    part = "(delivery, n, digest, frozen, remote_id)"
    yield f"INSERT INTO parts {part} SELECT id, 0, digest, true, id::text {those}"


ABOUT = re.compile("|".join(rf"\b{name}\b" for name in LARGE))


class Watched:
    """The statements that a store sends to its server: those it plans once, and those planned each time."""

    def __init__(self, store, monkeypatch):
        self.planned_once, self.planned_anew, send = {}, {}, Wire._send

        def sent(wire, built, given):
            self._keep(self.planned_once, built.text.decode())
            return send(wire, built, given)

        monkeypatch.setattr(Wire, "_send", sent)
        self._engine = store._database._engine
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def _note(self, connection, cursor, statement, parameters, context, many):
        self._keep(self.planned_anew, statement, parameters[0] if many else parameters)

    def _keep(self, known, statement, parameters=None):
        if ABOUT.search(statement) and not statement.startswith(("INSERT", "EXPLAIN")):
            known[statement] = parameters

    def stop(self):
        sa.event.remove(self._engine, "before_cursor_execute", self._note)


def plan_once(store, statement):
    """The plan of a statement that is planned for whatever values, on a connection that does so."""
    with store._database._steps.connect() as connection:
        ask = connection.exec_driver_sql
        ask(f"PREPARE asked AS {statement}")
        try:
            count = "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'"
            number = ask(count).scalar()
            values = f"({', '.join(['NULL'] * number)})" if number else ""
            return ask(f"EXPLAIN (FORMAT JSON) EXECUTE asked{values}").scalar()[0]["Plan"]
        finally:
            ask("DEALLOCATE asked")


def plan_anew(store, statement, parameters):
    """The plan of a statement for the values that were asked for."""
    with store._database.read() as connection:
        [found] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
        return found["Plan"]


def read_whole(plan, parent=None):
    """The large tables, or indexes of them, that the plan reads from end to end."""
    if plan.get("Relation Name") in LARGE:
        is_search = "Index Cond" in plan or (parent == "Limit" and "Filter" not in plan)
        if plan["Node Type"] == "Seq Scan" or (plan["Node Type"].startswith("Index") and not is_search):
            yield f"{plan['Node Type']} on {plan['Relation Name']}"
    for below in plan.get("Plans", ()):
        yield from read_whole(below, plan["Node Type"])


def test_nothing_that_the_running_loop_asks_reads_a_large_table_from_end_to_end(store, monkeypatch):
    watched = Watched(store, monkeypatch)
    for moment in (NOON + SECOND, NOON + 2 * MINUTE):
        a_day(store, moment)
    for name, ask in QUESTIONS.items():
        if name != "happened":
            ask(store)
    # All that ever happened is what a test may ask; the loop asks what is new.
    store.happened(store.last_event() - 3)
    watched.stop()
    plans = {one: plan_once(store, one) for one in watched.planned_once}
    plans |= {one: plan_anew(store, one, values) for one, values in watched.planned_anew.items()}
    assert len(plans) > 20
    assert {one: found for one, plan in plans.items() if (found := list(read_whole(plan)))} == {}


def test_the_test_would_see_a_table_read_from_end_to_end(store):
    question = "SELECT id FROM deliveries WHERE reason = "
    assert list(read_whole(plan_once(store, f"{question}$1"))) == ["Seq Scan on deliveries"]
    assert list(read_whole(plan_anew(store, f"{question}''", {}))) == ["Seq Scan on deliveries"]


def test_the_next_due_is_found_among_many(store):
    assert store.next_due(NOON + 5 * SECOND, {"mastodon-en": timedelta(0)}) == NOON + MINUTE
