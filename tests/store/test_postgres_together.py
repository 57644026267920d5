"""Several machines at work on one server: whatever they do at once, it is as if it had been done in turn."""

import random
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import pytest

from scheduler.errors import RunError, StoreError
from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Found, Refusal, Refused, Sent, Unknown
from scheduler.store import Decision, Store, news, rows, settle
from scheduler.store.claim import row_of
from tests import postgres
from tests.store.kit import DAY, HOUR, MINUTE, NOON, SECOND, channel, delivery, policy, prepared, state_of
from tests.thorough import THOROUGH

pytestmark = pytest.mark.a_server

KEY, OTHER = "2027/figures/mastodon-en", "2027/figures/x-en"
SOON = 20
"""Seconds within which whatever waits for another one must have come to its end on the busiest machine."""


def machine(tmp_path, name="one", rules=None):
    """A store of one machine: a data folder of its own, the same schema."""
    store = Store.open(tmp_path / name, Mode.LIVE, url=postgres.url_of(tmp_path), owner=name)
    store.policy = rules or policy()
    store.machine = name
    return store


@pytest.fixture
def two(tmp_path):
    with machine(tmp_path, "one") as one, machine(tmp_path, "two") as other:
        one.sync([delivery(), delivery(channel="x-en", texts=("Other words.",))], {}, NOON - MINUTE)
        yield one, other


class Beside(threading.Thread):
    """Something that another machine does at the same time."""

    def __init__(self, act):
        super().__init__(daemon=True)
        self.act, self.error, self.answer = act, None, None
        self.start()

    def run(self):
        try:
            self.answer = self.act()
        except Exception as error:
            self.error = error

    @property
    def waits(self):
        self.join(0.3)
        return self.is_alive()

    def done(self, seconds=SOON):
        self.join(seconds)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error
        return self.answer


class Gate:
    """A begin that has its locks and stands still until it is let go."""

    def __init__(self, store, claim):
        self.inside, self.go = threading.Event(), threading.Event()
        self.beside = Beside(lambda: store.begin(claim, 0, prepared(), NOON, after=self._wait))
        assert self.inside.wait(SOON)

    def _wait(self, now):
        self.inside.set()
        assert self.go.wait(SOON)
        return now

    def done(self):
        self.go.set()
        return self.beside.done()


def test_a_hold_waits_for_what_is_just_being_let_out_and_bars_everything_after_it(two):
    one, other = two
    first, second = one.claim(NOON, "mastodon-en"), other.claim(NOON, "x-en")
    gate = Gate(one, first)
    hold = Beside(lambda: other.hold("all", "", "stop", "Aynur", NOON))
    assert hold.waits
    # Whoever comes after the hold waits behind it, and is barred.
    late = Beside(lambda: other.begin(second, 0, prepared(), NOON))
    assert gate.done()
    hold.done()
    closed = late.done()
    assert not closed
    assert "stop" in closed.reason


def test_a_hold_that_was_confirmed_bars_the_very_next_begin_of_every_machine(two):
    one, other = two
    claims = one.claim(NOON, "mastodon-en"), other.claim(NOON, "x-en")
    other.hold("all", "", "stop", "Aynur", NOON)
    assert not one.begin(claims[0], 0, prepared(), NOON)
    assert not other.begin(claims[1], 0, prepared(), NOON)


def test_machines_that_send_on_different_channels_do_not_wait_for_each_other(two):
    one, other = two
    first, second = one.claim(NOON, "mastodon-en"), other.claim(NOON, "x-en")
    gate = Gate(one, first)
    assert other.begin(second, 0, prepared(), NOON)
    assert other.settle(second, 0, Sent(Receipt("1", "")), NOON, Decision(State.PUBLISHED))
    assert gate.done()


def test_a_channel_on_which_another_machine_is_just_at_work_is_passed_over_at_once(two):
    one, other = two
    gate = Gate(one, one.claim(NOON, "mastodon-en"))
    assert other.claim(NOON, "mastodon-en") is None
    assert other.claim(NOON).key == OTHER
    assert gate.done()


def test_of_two_claims_that_lost_each_other_only_one_passes_the_gate(two):
    one, other = two
    old = one.claim(NOON, "mastodon-en", lease=SECOND)
    other.sweep(NOON + MINUTE)
    fresh = other.claim(NOON + MINUTE, "mastodon-en")
    gate = Gate(other, fresh)
    stale = Beside(lambda: one.begin(old, 0, prepared(), NOON))
    assert stale.waits
    # The gate asks for the moment itself; this one stands still at noon.
    assert gate.done()
    assert not stale.done()


def test_two_channels_of_one_account_do_not_both_find_the_same_post(two, monkeypatch):
    one, other = two
    for store, name in ((one, "mastodon-en"), (other, "x-en")):
        claim = store.claim(NOON, name)
        assert store.begin(claim, 0, prepared(account="@khojaly"), NOON)
        assert store.settle(claim, 0, Unknown("no answer"), NOON, Decision(State.UNKNOWN))
    meeting, taken = threading.Barrier(2), settle._taken

    def seen_by_both(connection, row):
        found = taken(connection, row)
        try:
            meeting.wait(1)
        except threading.BrokenBarrierError:
            meeting.reset()
        return found

    monkeypatch.setattr(settle, "_taken", seen_by_both)
    found = Found(Receipt("77", "https://social.example/77"))
    looks = [
        Beside(lambda: one.reconciled(KEY, found, NOON)),
        Beside(lambda: other.reconciled(OTHER, found, NOON)),
    ]
    assert Counter(look.done() for look in looks) == {State.PUBLISHED: 1, State.UNKNOWN: 1}


def test_no_event_is_passed_over_because_it_was_committed_late(two):
    one, other = two
    before, inside, go = one.last_event(), threading.Event(), threading.Event()

    def slowly():
        with one._database.share() as connection:
            rows.note_event(connection, row_of(connection, Mode.LIVE, KEY), NOON, "slow")
            # What was sent is at the server, with its number.
            assert row_of(connection, Mode.LIVE, KEY) is not None
            inside.set()
            assert go.wait(SOON)

    slow = Beside(slowly)
    assert inside.wait(SOON)
    claim = other.claim(NOON, "x-en")
    assert other.begin(claim, 0, prepared(), NOON)
    look = Beside(lambda: other.happened(before))
    assert look.waits
    go.set()
    slow.done()
    told = look.done()
    assert [one.event for one in told.events] == ["slow", "begun"]
    assert other.happened(told.last).events == ()


def test_while_one_machine_reads_what_is_new_the_others_go_on(two, monkeypatch):
    one, other = two
    before, read = other.last_event(), news.news
    claim = one.claim(NOON, "x-en")

    def slowly(*asked):
        assert Beside(lambda: one.begin(claim, 0, prepared(), NOON)).done()
        return read(*asked)

    assert other.begin(other.claim(NOON, "mastodon-en"), 0, prepared(), NOON)
    monkeypatch.setattr(news, "news", slowly)
    # What came while it was reading is the next look's: a lower number might have come with it.
    assert [one.event for one in other.happened(before).events] == ["begun"]


def test_nobody_sends_while_the_first_one_is_told_that_the_server_has_become_another(two):
    store, database = two[0], two[0]._database
    with store.lock(NOON - MINUTE, "run --live"):
        claim = store.claim(NOON, "mastodon-en")
        cluster, started = database._known
        # What was noted at the start says that it was another.
        before = replace(cluster, timeline=cluster.timeline - 1)
        database._known = before, started
        store.remember("home", before.to_json())
        database._steps.dispose()
        inside, go, look = threading.Event(), threading.Event(), database.moved

        def slowly():
            inside.set()
            assert go.wait(SOON)
            look()

        database.moved = slowly
        first = Beside(lambda: store.begin(claim, 0, prepared(), NOON))
        assert inside.wait(SOON)
        second = Beside(lambda: store.claim(NOON, "x-en"))
        assert second.waits
        go.set()
        assert not first.done()
        assert second.done() is None
        assert store.must_compare("x-en")


def test_a_copy_put_in_place_under_a_scheduler_at_work_is_noticed_before_it_sends_again(tmp_path):
    with machine(tmp_path) as store, store.lock(NOON - MINUTE, "run --live"):
        store.sync([delivery(), delivery("second", due=NOON + MINUTE)], {}, NOON - MINUTE)
        postgres.copied(tmp_path, tmp_path / "kept")
        claim = store.claim(NOON)
        assert store.begin(claim, 0, prepared(), NOON)
        assert store.settle(claim, 0, Sent(Receipt("1", "")), NOON, Decision(State.PUBLISHED))
        here, kept = (postgres.schema_of(folder) for folder in (tmp_path, tmp_path / "kept"))
        postgres.run(f"DROP SCHEMA {here} CASCADE", f"ALTER SCHEMA {kept} RENAME TO {here}")
        # Once a second the engine asks whether what it sends could be recorded.
        store.require_room()
        assert store.claim(NOON + SECOND) is None
        assert store.must_compare("mastodon-en")
        [notice] = store.notices()
        assert "this database was made anew from a copy" in notice.text


def test_the_heartbeat_of_several_machines_goes_forward_only(two):
    one, other = two
    one.heartbeat(NOON)
    other._read_heartbeat()
    one.heartbeat(NOON + MINUTE)
    # Read before the other's was written: it would put it back.
    other._beat = NOON
    other._read_heartbeat = lambda: NOON
    other.heartbeat(NOON + 30 * SECOND)
    assert one._read_heartbeat() == NOON + MINUTE
    assert set(one.machines(NOON - DAY)) == {"one", "two"}


def test_one_cause_is_told_once_however_many_machines_meet_it(tmp_path):
    with ExitStack() as open_stores:
        stores = [open_stores.enter_context(machine(tmp_path, str(n))) for n in range(3)]
        together = threading.Barrier(6)

        def tell(store, number):
            together.wait(SOON)
            return [store.notice(f"cause:{n}", None, "words", NOON) for n in range(8)]

        told = [Beside(lambda n=n: tell(stores[n % 3], n)) for n in range(6)]
        answers = [one.done() for one in told]
        assert [sum(answer[n] for answer in answers) for n in range(8)] == [1] * 8
        assert Counter(notice.cause for notice in stores[0].notices()) == {f"cause:{n}": 1 for n in range(8)}


CHANNELS = [f"c{n}-en" for n in range(4)]
POSTS = 8 if THOROUGH else 4
SEEDS = range(4 if THOROUGH else 1)
RULES = policy(*(channel(name) for name in CHANNELS))
ANSWERS = (
    (Sent(Receipt("1", "https://social.example/1")), Decision(State.PUBLISHED)),
    (Unknown("no answer"), Decision(State.UNKNOWN, "no answer", notice="look at the account")),
    (Refused(Refusal.CONTENT, "no"), Decision(State.REFUSED, "no", notice="refused")),
    (Refused(Refusal.BLOCKED, "locked"), Decision(State.REFUSED, "locked", hold="the account is locked")),
)


class Worker:
    """A thread of one machine: takes up, sends, records, in whatever order the others leave it."""

    in_flight, most, sent, guard = Counter(), Counter(), Counter(), threading.Lock()

    def __init__(self, store, seed):
        self.store, self.random = store, random.Random(seed)

    def work(self):
        for _ in range(POSTS * len(CHANNELS)):
            name = self.random.choice([*CHANNELS, None])
            claim = self.store.claim(NOON + HOUR, name)
            if claim is None:
                continue
            if self.random.random() < 0.1:
                self.store.give_back(claim, None, "later", NOON + HOUR)
            elif self.store.begin(claim, 0, prepared(), NOON + HOUR):
                self._send(claim)
            else:
                self.store.give_back(claim, None, "barred", NOON + HOUR)

    def _send(self, claim):
        with self.guard:
            self.sent[claim.key] += 1
            self.in_flight[claim.channel] += 1
            self.most[claim.channel] = max(self.most[claim.channel], self.in_flight[claim.channel])
        [(outcome, decision)] = self.random.choices(ANSWERS, (12, 2, 3, 1))
        with self.guard:
            self.in_flight[claim.channel] -= 1
        assert self.store.settle(claim, 0, outcome, NOON + HOUR, decision)

    def _lift(self, number):
        for hold in [one for one in self.store.holds() if one.scope == "post"]:
            self.store.lift(hold.id, "Aynur", NOON + HOUR)

    def keep(self):
        """What people and the chores do meanwhile."""
        acts = (
            lambda n: self.store.heartbeat(NOON + n * SECOND),
            lambda n: self.store.audit("Aynur", "note", f"n{n}", NOON),
            lambda n: self.store.notice(f"cause:{n % 3}", None, "words", NOON),
            lambda n: self.store.close_notice(f"cause:{n % 3}", NOON),
            lambda n: self.store.sweep(NOON + HOUR),
            lambda n: self.store.happened(0),
            self._lift,
            lambda n: self.store.channel_problem(self.random.choice(CHANNELS), ""),
            # A hold on what is sent here would end it as missed when it is lifted.
            lambda n: self.store.hold("post", "another", "rain", "Aynur", NOON),
        )
        for number in range(POSTS * 10):
            try:
                self.random.choice(acts)(number)
            except StoreError:
                raise
            except RunError:
                continue  # somebody else was faster


@pytest.mark.parametrize("seed", SEEDS)
def test_however_machines_get_in_each_other_s_way_nothing_is_sent_twice_or_lost(tmp_path, seed):
    Worker.in_flight, Worker.most, Worker.sent = Counter(), Counter(), Counter()
    with ExitStack() as open_stores:
        stores = [open_stores.enter_context(machine(tmp_path, str(n), RULES)) for n in range(2)]
        planned = [
            delivery(f"p{n}", name, NOON + n * SECOND, texts=(f"{n} {name}",))
            for n in range(POSTS)
            for name in CHANNELS
        ]
        stores[0].sync(planned, {}, NOON - MINUTE)
        workers = [Worker(stores[n % 2], seed * 100 + n) for n in range(6)]
        threads = [Beside(one.work if n < 4 else one.keep) for n, one in enumerate(workers)]
        for thread in threads:
            thread.done(5 * SOON)
        assert len(Worker.sent) > len(CHANNELS)
        assert set(Worker.most.values()) == {1}
        assert set(Worker.sent.values()) == {1}
        store = stores[0]
        states = {one.key: one.state for one in store.statuses(NOON + HOUR)}
        for key, state in states.items():
            is_out = state in (State.PUBLISHED, State.UNKNOWN, State.REFUSED)
            assert is_out == (key in Worker.sent), (key, state)
        assert store.verify_audit().whole
        causes = Counter(notice.cause for notice in store.notices())
        assert max(causes.values(), default=1) == 1


def test_what_two_machines_do_to_one_delivery_is_done_by_one(two):
    one, other = two
    claim = one.claim(NOON, "mastodon-en")
    assert one.begin(claim, 0, prepared(), NOON)
    sent = Sent(Receipt("1", "https://social.example/1"))
    together = threading.Barrier(2)

    def record(store):
        together.wait(SOON)
        return store.settle(claim, 0, sent, NOON, Decision(State.PUBLISHED))

    both = [Beside(lambda store=store: record(store)) for store in two]
    assert sorted(one.done() for one in both) == [False, True]
    assert state_of(other, KEY) == "published"
