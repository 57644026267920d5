"""Answers that the database would not take: kept in memory and beside it, settled first thing when it is
back, and nothing sent meanwhile.
"""

import json
from datetime import timedelta

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.delivery.journal import BYTES, Journal
from scheduler.delivery.settling import Answer
from scheduler.errors import StoreError
from scheduler.model import Message, Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Claim, Decision
from tests.delivery.scripted import Scripted
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, delivery, opened, state_of, status_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
POSTS = [delivery(), delivery(channel="x-en"), delivery("next", due=NOON + SECOND)]


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def platforms():
    return {name: Scripted(name) for name in ("mastodon-en", "x-en")}


class Away:
    """The database refuses answers (`settle`, `testify`) while `away`."""

    def __init__(self, store):
        self.away = True
        for name in ("settle", "testify"):
            setattr(store, name, self.refusing(getattr(store, name)))

    def refusing(self, write):
        def refuse(*arguments, **more):
            if self.away:
                raise StoreError("the disk is full")
            return write(*arguments, **more)

        return refuse


def engine_of(store, platforms):
    return Engine(store, lambda channel: platforms[channel.name], assume_clock=True)


def journal_of(folder, mode="live"):
    return folder / f"answers-{mode}.journal"


def in_hand(folder, platforms, posts=POSTS, script=()):
    """A process that ends with an answer in hand which the database never took."""
    with opened(folder) as store:
        store.sync(posts, {}, EARLY)
        platforms["mastodon-en"].script = list(script)
        Away(store)
        with pytest.raises(StoreError):
            engine_of(store, platforms).tick(NOON)


@pytest.mark.parametrize("call", ["begin", "give_back", "decline", "receipt"])
def test_a_database_away_before_the_call_delays_nothing_longer_than_it_is_away(tmp_path, platforms, call):
    """Not until the lease of the preparation is over, three minutes later."""
    with opened(tmp_path) as store:
        store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
        engine, real = engine_of(store, platforms), getattr(store, call)
        if call == "give_back":
            platforms["mastodon-en"].lead = 2 * MINUTE
        if call == "decline":
            platforms["mastodon-en"].prepare_script = [Refused(Refusal.TRANSIENT, "HTTP 503")] * 2
        engine.tick(EARLY - HOUR)

        def away(*arguments, **more):
            raise StoreError("the disk is full")

        setattr(store, call, away)
        with pytest.raises(StoreError):
            engine.tick(EARLY if call == "give_back" else NOON)
        setattr(store, call, real)
        engine.tick(NOON + SECOND)
        engine.tick(NOON + 31 * SECOND)
        assert state_of(store, KEY) == "published"


def test_room_for_answers_is_taken_up_before_it_is_needed(tmp_path, platforms):
    with opened(tmp_path) as store:
        engine_of(store, platforms).tick(NOON)
    assert journal_of(tmp_path).read_bytes() == bytes(BYTES)
    # Real blocks, not a hole: on a full disk a hole could not be filled.
    assert journal_of(tmp_path).stat().st_blocks * 512 >= BYTES


def test_while_an_answer_is_in_hand_no_channel_sends(tmp_path, platforms):
    with opened(tmp_path) as store:
        store.sync(POSTS, {}, EARLY)
        database, engine = Away(store), engine_of(store, platforms)
        for moment in (NOON, NOON + SECOND, NOON + 2 * SECOND):
            with pytest.raises(StoreError, match="disk is full"):
                engine.tick(moment)
        with pytest.raises(StoreError, match="disk is full"):
            engine.work(NOON + 2 * SECOND, "x-en")
        assert [len(one.sends) for one in platforms.values()] == [1, 0]
        database.away = False
        engine.work(NOON + 3 * SECOND, "x-en")
        assert state_of(store, KEY) == "published"
        assert len(platforms["x-en"].published) == 1


def test_an_answer_in_hand_when_the_program_was_killed_is_settled_by_the_next_start(tmp_path, platforms):
    in_hand(tmp_path, platforms)
    with opened(tmp_path) as store, store.lock(NOON + MINUTE, "run"):
        assert state_of(store, KEY) == "sending"
        engine_of(store, platforms).chores(NOON + MINUTE)
        # Before the sweep: nobody had to look for it.
        assert status_of(store, KEY).url == "https://social.example/1"
        assert [event.event for event in store.history(KEY)] == ["begun", "published"]
    assert platforms["mastodon-en"].finds == []
    assert journal_of(tmp_path).read_bytes() == bytes(BYTES)


def test_a_refusal_in_hand_says_at_the_next_start_that_it_may_go_again(tmp_path, platforms):
    in_hand(tmp_path, platforms, script=[Refused(Refusal.TRANSIENT, "HTTP 503")])
    with opened(tmp_path) as store, store.lock(NOON + SECOND, "run"):
        engine_of(store, platforms).tick(NOON + SECOND)
        assert status_of(store, KEY).not_before == NOON + 30 * SECOND
        engine_of(store, platforms).tick(NOON + MINUTE)
        assert state_of(store, KEY) == "published"


def test_a_thread_whose_answer_was_in_hand_goes_on_with_its_next_part(tmp_path, platforms):
    in_hand(tmp_path, platforms, [delivery(texts=("One.", "Two."))])
    with opened(tmp_path) as store, store.lock(NOON + SECOND, "run"):
        engine_of(store, platforms).tick(NOON + SECOND)
        assert state_of(store, KEY) == "published"
    assert platforms["mastodon-en"].texts == ["One.", "Two."]


def test_a_commit_that_only_seemed_to_fail_is_no_alert(tmp_path, platforms):
    with opened(tmp_path) as store:
        store.sync([delivery()], {}, EARLY)
        write = store.settle

        def settle(*arguments, **more):
            write(*arguments, **more)
            store.settle = write
            raise StoreError("the connection was cut after the commit")

        store.settle, engine = settle, engine_of(store, platforms)
        with pytest.raises(StoreError):
            engine.tick(NOON)
        engine.tick(NOON + SECOND)
        assert (state_of(store, KEY), store.notices()) == ("published", ())


def test_an_answer_settled_just_before_the_program_was_killed_is_no_alert_either(tmp_path, platforms):
    in_hand(tmp_path, platforms)
    left = journal_of(tmp_path).read_bytes()
    for _ in range(2):
        journal_of(tmp_path).write_bytes(left)
        with opened(tmp_path) as store, store.lock(NOON + MINUTE, "run"):
            engine_of(store, platforms).chores(NOON + MINUTE)
            assert (state_of(store, KEY), store.notices()) == ("published", ())


def test_an_answer_to_what_was_settled_otherwise_meanwhile_is_told(tmp_path, platforms):
    in_hand(tmp_path, platforms)
    left = journal_of(tmp_path).read_bytes()
    journal_of(tmp_path).unlink()
    with opened(tmp_path) as store, store.lock(NOON + MINUTE, "run"):
        engine_of(store, platforms).chores(NOON + MINUTE)
        store.settle_by_person(KEY, "https://social.example/9", "Aynur", NOON + MINUTE)
        journal_of(tmp_path).write_bytes(left)
        engine_of(store, platforms).chores(NOON + 2 * MINUTE)
        assert "look whether it is there twice" in store.notices()[-1].text


def test_without_a_journal_to_write_to_the_answer_is_kept_in_memory(tmp_path, platforms, monkeypatch, caplog):
    with opened(tmp_path) as store:
        store.sync([delivery()], {}, EARLY)
        engine = engine_of(store, platforms)
        engine.tick(EARLY)
        database = Away(store)
        with monkeypatch.context() as patched:
            patched.setattr("scheduler.delivery.journal.os.fsync", broken)
            with pytest.raises(StoreError):
                engine.tick(NOON)
        assert "kept in memory alone" in caplog.text
        database.away = False
        engine.tick(NOON + SECOND)
        assert state_of(store, KEY) == "published"


def broken(handle):
    raise OSError(5, "Input/output error")


def test_a_data_folder_without_room_for_answers_sends_nothing_and_says_so(tmp_path, platforms, monkeypatch):
    with opened(tmp_path) as store:
        store.sync([delivery()], {}, EARLY)
        engine = engine_of(store, platforms)
        with monkeypatch.context() as patched:
            patched.setattr("scheduler.delivery.journal.os.fsync", broken)
            with pytest.raises(StoreError, match=r"answers-live\.journal: cannot be written"):
                engine.tick(NOON)
        assert platforms["mastodon-en"].sends == []
        engine.tick(NOON + SECOND)
        assert state_of(store, KEY) == "published"


def test_a_line_cut_short_by_a_power_cut_leaves_the_other_lines(tmp_path):
    journal = Journal(tmp_path / "answers.journal")
    assert journal.open() == ()
    entries = [{"key": f"Xocalı {n}", "attempt": n} for n in range(3)]
    journal.append(entries)
    whole = (tmp_path / "answers.journal").read_bytes()
    for length in range(whole.index(b"\0") + 1):
        (tmp_path / "answers.journal").write_bytes(whole[:length])
        found = Journal(tmp_path / "answers.journal").open()
        assert list(found) == entries[: len(found)]
        assert len(found) == whole[:length].count(b"\n")


def test_after_a_line_cut_short_the_next_answer_is_kept_whole(tmp_path):
    path = tmp_path / "answers.journal"
    first = Journal(path)
    first.open()
    first.append([{"key": "one"}, {"key": "two"}])
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"two") + 1])
    second = Journal(path)
    assert [entry["key"] for entry in second.open()] == ["one"]
    second.append([{"key": "three"}])
    assert [entry["key"] for entry in Journal(path).open()] == ["one", "three"]
    second.clear()
    assert Journal(path).open() == ()


def test_more_answers_than_there_is_room_for_are_refused_and_leave_the_earlier_ones(tmp_path):
    journal = Journal(tmp_path / "answers.journal")
    journal.open()
    journal.append([{"key": "one"}])
    with pytest.raises(OSError, match="full"):
        journal.append([{"key": "x" * BYTES}])
    assert Journal(tmp_path / "answers.journal").open() == ({"key": "one"},)
    assert (tmp_path / "answers.journal").stat().st_size == BYTES


LATER = NOON + timedelta(microseconds=123_456)


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [
        (Sent(Receipt("1", "https://x.example/1", (("uri", "at://1"),)), ("one image is missing",)), None),
        (Sent(Receipt("1")), Decision(State.PUBLISHED)),
        (
            Refused(Refusal.RATE, "zu viele; çox", LATER),
            Decision(State.SCHEDULED, "zu viele; çox", LATER, LATER, "hold", "notice"),
        ),
        (Unknown("no answer in 20 s"), Decision(State.UNKNOWN, "no answer in 20 s")),
    ],
)
def test_an_answer_read_again_is_the_answer_that_was_written(outcome, decision):
    claim = Claim(KEY, "mastodon-en", "host:1:abc", 7, Message(KEY, "en", ()), "d", 1, NOON, LATER, LATER)
    made = Answer(claim, 1, outcome, decision or Decision(State.PUBLISHED, notice="one image is missing"))
    read = Answer.from_json(json.loads(json.dumps(made.to_json())))
    fence = ("key", "channel", "owner", "attempt", "part", "part_key")
    assert [getattr(read.claim, name) for name in fence] == [getattr(claim, name) for name in fence]
    assert (read.part, read.outcome, read.decision) == (1, outcome, made.decision)
