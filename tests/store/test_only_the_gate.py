"""Whatever is done to a store, in whatever order: only an open gate brings a delivery to `sending`."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.errors import RunError
from scheduler.model import ApprovalRules, Mode, Receipt, Said, State
from scheduler.platforms.base import Absent, CannotTell, Found, Refusal, Refused, Sent, Unknown
from scheduler.store import Decision
from tests.postgres import on_a_server
from tests.store.kit import HOUR, MINUTE, NOON, approval, channel, delivery, opened, policy, prepared
from tests.thorough import examples

WATCH_A_FILE = (
    "CREATE TABLE seen (n INTEGER PRIMARY KEY, key TEXT)",
    "CREATE TRIGGER watch_update AFTER UPDATE OF state ON deliveries WHEN NEW.state = 'sending' "
    "BEGIN INSERT INTO seen (key) VALUES (NEW.key); END",
    "CREATE TRIGGER watch_insert AFTER INSERT ON deliveries WHEN NEW.state = 'sending' "
    "BEGIN INSERT INTO seen (key) VALUES (NEW.key); END",
)
WATCH_A_SERVER = (
    "CREATE TABLE seen (n SERIAL, key TEXT)",
    "CREATE FUNCTION note () RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO seen (key) VALUES (NEW.key); RETURN NEW; END'",
    "CREATE TRIGGER watch_update AFTER UPDATE OF state ON deliveries FOR EACH ROW "
    "WHEN (NEW.state = 'sending') EXECUTE FUNCTION note ()",
    "CREATE TRIGGER watch_insert AFTER INSERT ON deliveries FOR EACH ROW "
    "WHEN (NEW.state = 'sending') EXECUTE FUNCTION note ()",
)
WATCH = WATCH_A_SERVER if on_a_server() else WATCH_A_FILE
"""The database itself writes down whenever a row becomes `sending`, by whatever statement."""

ONE = delivery("one", texts=("First.", "Second."))
TWO = delivery("two", due=NOON + MINUTE)
OUTCOMES = {
    "sent": (Sent(Receipt("1", "https://social.example/1")), State.PUBLISHED),
    "refused": (Refused(Refusal.CONTENT, "no"), State.REFUSED),
    "unknown": (Unknown("no answer"), State.UNKNOWN),
    "again": (Refused(Refusal.TRANSIENT, "later"), State.SCHEDULED),
}
FOUND = (Absent(), CannotTell("cannot list"), Found(Receipt("2", "https://social.example/2")))


class Desk:
    """One scheduler and the people around it, with a clock that goes on."""

    def __init__(self, store):
        self.store, self.now, self.claim, self.opened = store, NOON, None, []

    def later(self):
        self.now += timedelta(seconds=40)

    def sync(self):
        self.store.sync([ONE, TWO], {}, self.now)

    def gone(self):
        self.store.sync([TWO], {}, self.now)

    def approve(self):
        given = [approval(one, who, at=self.now) for one in (ONE, TWO) for who in ("Ayla", "Can")]
        self.store.approve(given)

    def give_it_back(self):
        self.store.approve([approval(ONE, "Rauf", act=Said.RETURN, words="no", at=self.now)])

    def hold(self):
        self.store.hold("all", "", "rain", "Ayla", self.now)

    def release(self):
        self.store.lift(None, "Ayla", self.now, scope="all")

    def take(self):
        self.claim = self.store.claim(self.now) or self.claim

    def take_over(self):
        for doubt in self.store.unknowns(self.now):
            self.claim = self.store.reclaim(doubt, self.now) or self.claim

    def begin(self):
        if self.claim is not None and self.store.begin(self.claim, self.claim.part, prepared(), self.now):
            self.opened.append(self.claim.key)

    def settle(self, how):
        if self.claim is not None:
            outcome, state = OUTCOMES[how]
            self.store.settle(self.claim, self.claim.part, outcome, self.now, Decision(state, how))

    def put_back(self):
        if self.claim is not None:
            self.store.give_back(self.claim, None, "later", self.now)

    def look(self, which):
        for doubt in self.store.unknowns(self.now):
            self.store.reconciled(doubt.key, FOUND[which], self.now)

    def sweep(self):
        self.store.sweep(self.now)

    def expire(self):
        self.store.expire(self.now)

    def person(self, act):
        times = (self.now, self.now + HOUR, "Ayla", self.now)
        acts = {
            "retry": lambda: self.store.retry(ONE.key, *times),
            "move": lambda: self.store.set_due(ONE.key, *times, urgent=True),
            "cancel": lambda: self.store.cancel(ONE.key, "Ayla", "no", self.now),
            "it is out": lambda: self.store.settle_by_person(
                ONE.key, "https://a.example/1", "Ayla", self.now
            ),
            "it is not out": lambda: self.store.settle_by_person(ONE.key, None, "Ayla", self.now),
            "publish": lambda: self.store.put_now(ONE, {}, self.now, self.now + HOUR, "Ayla", urgent=True),
        }
        acts[act]()


PLAIN = ("later", "sync", "gone", "approve", "give_it_back", "hold", "release", "take", "take_over", "begin")
STEPS = st.one_of(
    st.sampled_from([(name,) for name in (*PLAIN, "put_back", "sweep", "expire")]),
    # What leads somewhere comes often, so that long stories are told and not only refusals.
    st.sampled_from([("take",), ("begin",), ("approve",), ("settle", "sent"), ("settle", "unknown")]),
    st.tuples(st.just("settle"), st.sampled_from(list(OUTCOMES))),
    st.tuples(st.just("look"), st.sampled_from(range(len(FOUND)))),
    st.tuples(
        st.just("person"),
        st.sampled_from(["retry", "move", "cancel", "it is out", "it is not out", "publish"]),
    ),
)


@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=5, max_size=40), mode=st.sampled_from(Mode))
def test_only_an_open_gate_brings_anything_to_sending(tmp_path_factory, steps, mode):
    rules = policy(channel(), rules=ApprovalRules(default=2))
    with opened(tmp_path_factory.mktemp("store"), mode, rules) as store:
        with store.transaction() as connection:
            for statement in WATCH:
                connection.exec_driver_sql(statement)
        desk = Desk(store)
        desk.sync()
        for name, *more in steps:
            try:
                getattr(desk, name)(*more)
            except RunError:
                continue  # what cannot be done in this state was refused, in words
        with store.reading() as connection:
            seen = connection.exec_driver_sql("SELECT key FROM seen ORDER BY n").scalars().all()
        assert list(seen) == desk.opened


def test_the_watch_sees_what_goes_past_the_gate(tmp_path):
    with opened(tmp_path) as store:
        store.sync([ONE], {}, NOON)
        with store.transaction() as connection:
            for statement in (*WATCH, "UPDATE deliveries SET state = 'sending'"):
                connection.exec_driver_sql(statement)
        with store.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM seen").scalar() == 1


def test_the_stories_do_lead_through_the_gate(tmp_path):
    with opened(tmp_path, rules=policy(channel(), rules=ApprovalRules(default=2))) as store:
        desk = Desk(store)
        for name in ("sync", "take", "begin", "approve", "take", "begin"):
            getattr(desk, name)()
        assert desk.opened == [ONE.key]
