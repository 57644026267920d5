"""What is new, late or waits for a person: asked every few seconds, so found by an index."""

import pytest
import sqlalchemy as sa

from scheduler.model import ApprovalRules, Mode, Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Decision
from scheduler.store.news import News
from tests.store import kit
from tests.store.kit import DAY, HOUR, MINUTE, NOON

KEY, OTHER = "2027/figures/mastodon-en", "2027/letter/x-en"


@pytest.fixture
def store(tmp_path):
    with kit.opened(tmp_path) as made:
        planned = [kit.delivery(), kit.delivery("letter", "x-en", NOON + DAY, texts=("Other.",))]
        made.sync(planned, {}, NOON - DAY)
        yield made


def sent(store, outcome, state, now=NOON):
    claim = store.claim(now, "mastodon-en")
    assert store.begin(claim, 0, kit.prepared(), now)
    assert store.settle(claim, 0, outcome, now, Decision(state, "no answer"))


def test_what_happened_since_is_told_once_and_only_of_this_mode(store, tmp_path):
    before = store.last_event()
    assert store.happened(before).events == ()
    sent(store, Unknown("no answer"), State.UNKNOWN)
    news = store.happened(before)
    assert [(one.key, one.event) for one in news.events] == [(KEY, "begun"), (KEY, "unknown")]
    assert store.happened(news.last).events == ()
    with kit.opened(tmp_path, Mode.DRY) as dry:
        assert dry.happened(before).events == ()


def test_of_posts_that_simply_go_out_nobody_reads_who_asks_for_what_people_must_know(store):
    before = store.last_event()
    sent(store, Sent(Receipt("1", None)), State.PUBLISHED)
    went_out = store.happened(before, {"missed", "unknown"})
    assert went_out.events == ()
    assert went_out.last == store.last_event() > before
    # Of a delivery that is asked for by its key everything is told, also that it went out.
    told = store.happened(before, {"missed", "unknown"}, {KEY}).events
    assert [(one.key, one.event) for one in told] == [(KEY, "begun"), (KEY, "published")]


def test_whatever_happened_to_what_waits_for_a_person_is_told(store):
    before = store.last_event()
    sent(store, Refused(Refusal.CONTENT, "too long"), State.REFUSED)
    events = store.happened(before, {"missed"}).events
    assert [(one.key, one.event, one.state) for one in events] == [
        (KEY, "begun", State.REFUSED),
        (KEY, "refused", State.REFUSED),
    ]


def test_who_waits_for_a_person_is_known_by_key_or_all_at_once(store):
    assert store.troubles() == ()
    sent(store, Unknown("no answer"), State.UNKNOWN)
    assert [(one.key, one.state, one.year) for one in store.troubles()] == [(KEY, State.UNKNOWN, 2027)]
    assert store.troubles({KEY, OTHER}) == store.troubles()
    assert store.troubles({OTHER}) == ()
    store.settle_by_person(KEY, "https://social.example/1", "Ayla", NOON)
    assert store.troubles({KEY}) == ()


def test_late_is_what_is_due_and_not_out_with_what_keeps_it(store):
    assert store.late(NOON - MINUTE) == ()
    assert [(one.key, one.held, one.reasons) for one in store.late(NOON + MINUTE)] == [(KEY, False, ())]
    store.hold("post", "figures", "rain", "Ayla", NOON, NOON + DAY)
    [late] = store.late(NOON + MINUTE)
    assert late.held
    assert "rain" in late.reasons[0]
    assert store.late_count(NOON + MINUTE) == 1
    assert store.late_count(NOON + 2 * DAY) == 2
    assert [one.key for one in store.late(NOON + 2 * DAY)] == [KEY, OTHER]


def test_what_is_late_and_approved_is_not_said_to_lack_its_approval(tmp_path):
    with kit.opened(tmp_path, rules=kit.policy(rules=ApprovalRules(default=1))) as store:
        made = kit.delivery()
        store.sync([made], {}, NOON - DAY)
        [late] = store.late(NOON + MINUTE)
        assert late.held
        assert late.reasons[0].startswith("not approved")
        store.approve([kit.approval(made)])
        [late] = store.late(NOON + MINUTE)
        assert (late.held, late.reasons) == (False, ())


def test_in_a_mode_in_which_nothing_happened_nobody_is_kept_from_writing_to_ask_what_is_new(
    store, tmp_path, monkeypatch
):
    before = store.last_event()
    sent(store, Sent(Receipt("1", None)), State.PUBLISHED)
    with kit.opened(tmp_path, Mode.DRY) as dry:
        monkeypatch.setattr(dry._database, "write", lambda: pytest.fail("the schema was locked"))
        assert dry.happened(before).events == ()


def test_what_happened_in_the_other_mode_is_not_passed_over_again_and_again(store, tmp_path, monkeypatch):
    before = store.last_event()
    sent(store, Sent(Receipt("1", None)), State.PUBLISHED)
    monkeypatch.setattr("scheduler.store.news.PAGE", 1)
    with kit.opened(tmp_path, Mode.DRY) as dry:
        assert dry.happened(before) == News(before + 2)


def test_the_next_post_is_the_first_still_to_come(store):
    assert store.next_post(NOON - HOUR) == (KEY, NOON)
    assert store.next_post(NOON) == (OTHER, NOON + DAY)
    sent(store, Sent(Receipt("1", None)), State.PUBLISHED)
    assert store.next_post(NOON + DAY) is None


QUESTIONS = {
    "happened": lambda store: store.happened(0),
    "troubles of some keys": lambda store: store.troubles({KEY}),
    "late": lambda store: store.late(NOON + MINUTE),
    "late_count": lambda store: store.late_count(NOON),
    "next_post": lambda store: store.next_post(NOON),
    "last_event": lambda store: store.last_event(),
}


@pytest.mark.a_file
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_no_question_of_every_few_seconds_reads_the_whole_table(ask, store):
    plans = plans_of(store, ask)
    assert plans
    scans = [line for line in plans if line.startswith("SCAN deliveries") and "INDEX" not in line]
    assert scans == []
    assert [line for line in plans if line.startswith("SCAN attempts")] == []


def plans_of(store, ask):
    """What SQLite says it will do for each statement of the question."""
    engine, seen = store._database._engine, []

    def note(connection, cursor, statement, parameters, context, many):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            raw = connection.connection.dbapi_connection
            seen.extend(line[3] for line in raw.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        ask(store)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return seen
