"""The engine on real files with one scripted platform."""

import threading
from datetime import timedelta

import pytest

from scheduler.delivery import Engine, Timings, failpoints
from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.platforms.base import Recovery, Refusal, Refused
from tests.delivery.scripted import BUG, LOST, NOT_SENT, REFUSED, Scripted
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    channel,
    delivery,
    opened,
    policy,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
AUTH = Refused(Refusal.AUTH, "the token is not valid")


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def platform():
    return Scripted()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


def play(engine, now, until):
    """Tick at every moment the engine names, as a rehearsal does."""
    due = engine.tick(now)
    while due is not None and due <= until:
        due = engine.tick(due)


def test_what_is_due_is_published_and_its_link_kept(store, engine, platform):
    store.sync([delivery()], {}, EARLY)
    assert engine.tick(EARLY) == NOON
    assert platform.published == []
    assert engine.tick(NOON) is None
    assert platform.texts == ["Eight words."]
    status = status_of(store, KEY)
    assert (status.state, status.attempts, status.url) == ("published", 1, "https://social.example/1")


def test_what_is_published_is_not_sent_again_by_any_later_pass(store, engine, platform):
    store.sync([delivery()], {}, EARLY)
    for minutes in range(200):
        engine.tick(NOON + minutes * MINUTE)
    assert len(platform.published) == 1
    assert state_of(store, KEY) == "published"


def test_a_dry_run_leaves_the_live_delivery_to_be_sent(tmp_path, platform):
    for mode in (Mode.DRY, Mode.LIVE):
        with opened(tmp_path, mode) as store:
            store.sync([delivery()], {}, EARLY)
            Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
            assert state_of(store, KEY) == "published"
    assert len(platform.sends) == 2


def test_a_thread_answers_itself_part_by_part(store, engine, platform):
    store.sync([delivery(texts=("One.", "Two.", "Three."))], {}, EARLY)
    engine.tick(NOON)
    assert platform.texts == ["One.", "Two.", "Three."]
    assert [request["in_reply_to"] for request in platform.published] == [None, "1", "2"]
    assert [request["key"] for request in platform.published] == [KEY, f"{KEY}#2", f"{KEY}#3"]


def test_a_correction_answers_the_original(store, engine, platform):
    fix = delivery("fix", due=NOON + MINUTE, kind="correction", correction=True, corrects=KEY)
    store.sync([delivery(), fix], {}, EARLY)
    play(engine, NOON, NOON + HOUR)
    assert [request["in_reply_to"] for request in platform.published] == [None, "1"]


def test_a_post_that_cannot_go_does_not_stand_in_the_way_of_the_next(store, engine, platform):
    store.sync([delivery(stops=("not cleared",)), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON + SECOND)
    assert [request["key"] for request in platform.published] == ["2027/next/mastodon-en"]


def test_a_transient_refusal_is_tried_again_until_it_works(store, engine, platform):
    platform.script = [REFUSED, REFUSED, REFUSED]
    store.sync([delivery()], {}, EARLY)
    # 30 s, 60 s and 120 s after each other.
    moments = [NOON]
    while (due := engine.tick(moments[-1])) is not None:
        moments.append(due)
    assert [(moment - NOON).total_seconds() for moment in moments] == [0, 30, 90, 210]
    assert status_of(store, KEY).attempts == 4
    assert len(platform.published) == 1


def test_a_post_refused_until_its_time_is_over_is_missed_with_the_last_words(store, engine, platform):
    platform.script = [REFUSED] * 100
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON + DAY)
    status = status_of(store, KEY)
    assert (status.state, status.reasons) == ("missed", ("its time passed; last: HTTP 503",))
    assert platform.published == []


def test_bad_credentials_in_the_middle_hold_the_channel_and_nothing_is_tried_after(store, engine, platform):
    platform.script = [AUTH]
    store.sync([delivery(), delivery("next", due=NOON + MINUTE)], {}, EARLY)
    play(engine, NOON, NOON + 30 * MINUTE)
    assert len(platform.sends) == 1
    assert status_of(store, KEY).reasons == (
        "hold on channel mastodon-en by scheduler: the token is not valid",
    )


def test_an_answer_lost_is_found_and_not_sent_again(store, engine, platform):
    platform.script = [LOST]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert state_of(store, KEY) == "unknown"
    assert len(store.notices()) == 1
    play(engine, NOON + SECOND, NOON + HOUR)
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)
    assert platform.finds
    assert store.notices() == ()


def test_a_request_that_never_arrived_is_sent_again_after_two_looks(store, engine, platform):
    platform.script = [NOT_SENT]
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON + HOUR)
    # Looked at after 60 s and 15 s later: then, and not before, it is sent again.
    assert len(platform.finds) == 2
    assert (state_of(store, KEY), len(platform.published), len(platform.sends)) == ("published", 1, 2)
    times = [event.at for event in store.history(KEY) if event.event == "begun"]
    assert times == [NOON, NOON + 75 * SECOND]


@pytest.mark.parametrize("answer", [LOST, NOT_SENT])
def test_on_a_blind_platform_the_unknown_waits_for_a_person(store, platform, engine, answer):
    platform.recovery, platform.script = Recovery.BLIND, [answer]
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON + DAY)
    assert (state_of(store, KEY), len(platform.sends), platform.finds) == ("unknown", 1, [])
    assert any("look at the account" in notice.text for notice in store.notices())
    assert not store.can_change(NOON + DAY)


def test_where_a_miss_proves_nothing_only_a_hit_settles(store, engine, platform):
    platform.recovery, platform.script = Recovery.PRESENCE_ONLY, [NOT_SENT, LOST]
    store.sync([delivery(), delivery("second", due=NOON + SECOND)], {}, EARLY)
    play(engine, NOON, NOON + 6 * HOUR)
    assert state_of(store, KEY) == "unknown"
    assert state_of(store, "2027/second/mastodon-en") == "published"
    assert len(platform.sends) == 2


@pytest.mark.parametrize("answer", [LOST, NOT_SENT])
def test_where_a_repetition_cannot_double_the_very_same_request_is_sent_again(
    store, engine, platform, answer
):
    platform.recovery, platform.script = Recovery.RESEND_SAFE, [answer]
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON + HOUR)
    first, second = platform.sends
    assert first == second
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)


def test_a_repetition_that_is_refused_does_not_prove_that_nothing_is_out(store, engine, platform):
    platform.recovery = Recovery.RESEND_SAFE
    platform.script = [LOST, Refused(Refusal.CONTENT, "not allowed")]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    engine.tick(NOON + MINUTE)
    assert (state_of(store, KEY), len(platform.sends)) == ("unknown", 2)


def test_a_hold_stops_a_repetition_but_not_the_look(store, engine, platform):
    platform.recovery, platform.script = Recovery.RESEND_SAFE, [NOT_SENT]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    store.hold("all", "", "earthquake", "Aynur", NOON)
    play(engine, NOON + MINUTE, NOON + HOUR)
    assert len(platform.sends) == 1
    assert platform.finds
    assert state_of(store, KEY) == "unknown"


def test_an_unexpected_exception_while_sending_is_unknown_with_a_notice(store, engine, platform, caplog):
    platform.script = [BUG]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert state_of(store, KEY) == "unknown"
    [notice] = store.notices()
    assert "ended unexpectedly (ZeroDivisionError)" in notice.text
    assert "canary" not in notice.text


def test_an_unexpected_exception_while_preparing_is_tried_again_later_with_a_notice(store, engine, platform):
    platform.prepare_script = [ValueError("secret-canary"), ValueError("secret-canary")]
    store.sync([delivery()], {}, EARLY)
    assert engine.tick(NOON) == NOON + 30 * SECOND
    [notice] = store.notices()
    assert "ValueError" in notice.text
    assert "canary" not in notice.text
    play(engine, NOON + 30 * SECOND, NOON + HOUR)
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)


def test_a_refusal_while_preparing_ends_or_waits_like_any_other(store, engine, platform):
    platform.prepare_script = [Refused(Refusal.MEDIA, "the image is too large")]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    status = status_of(store, KEY)
    assert (status.state, status.reasons, status.attempts) == ("refused", ("the image is too large",), 0)


def test_an_upload_waits_beforehand_and_the_call_comes_at_its_time(store, engine, platform):
    platform.lead = 5 * MINUTE
    store.sync([delivery()], {}, NOON - HOUR)
    assert engine.tick(NOON - HOUR) == NOON - 5 * MINUTE
    assert engine.tick(NOON - 5 * MINUTE) == NOON
    assert (platform.prepares, platform.sends) == ([KEY], [])
    engine.tick(NOON)
    assert (platform.prepares, len(platform.published)) == ([KEY], 1)


def test_uploads_slower_than_their_lease_are_not_given_up(store):
    moment, renewed, write = [NOON], threading.Event(), store.renew

    def renew(*arguments, **more):
        done = write(*arguments, **more)
        if arguments[1] > NOON:
            renewed.set()
        return done

    class Slow(Scripted):
        def prepare(self, *arguments):
            moment[0] = NOON + SECOND
            assert renewed.wait(30)
            assert store.sweep(NOON + SECOND) == ()
            return super().prepare(*arguments)

    store.renew, slow = renew, Slow()
    times = Timings(preparing=timedelta(milliseconds=90))
    engine = Engine(store, lambda channel: slow, assume_clock=True, clock=lambda: moment[0], timings=times)
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert len(slow.published) == 1


def test_what_was_prepared_for_other_words_is_made_anew(store, engine, platform):
    platform.lead = 5 * MINUTE
    store.sync([delivery()], {}, NOON - HOUR)
    engine.tick(NOON - HOUR)
    engine.tick(NOON - 5 * MINUTE)
    store.sync([delivery(texts=("New words.",))], {}, NOON - MINUTE)
    engine.tick(NOON)
    assert platform.texts == ["New words."]


def test_a_hold_set_while_preparing_stops_the_call(store, engine, platform):
    store.sync([delivery()], {}, EARLY)
    failpoints.arm("before-begin", lambda: store.hold("all", "", "earthquake", "Aynur", NOON))
    engine.tick(NOON)
    assert platform.sends == []
    assert status_of(store, KEY).held


def test_after_a_freeze_between_gate_and_call_nothing_is_sent(store, platform):
    seconds = iter([0.0, 22.6])
    engine = Engine(store, lambda channel: platform, assume_clock=True, boot=lambda: next(seconds, 100.0))
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert platform.sends == []
    status = status_of(store, KEY)
    assert status.state == "scheduled"
    assert "stood still" in status.notes[0]
    engine.tick(NOON + MINUTE)
    assert len(platform.published) == 1


def test_an_answer_that_cannot_be_written_is_kept_and_written_later(store, engine, platform, monkeypatch):
    store.sync([delivery()], {}, EARLY)
    write, full = store.settle, [True]

    def settle(*arguments, **more):
        if full[0]:
            raise StoreError("the disk is full")
        return write(*arguments, **more)

    monkeypatch.setattr(store, "settle", settle)
    with pytest.raises(StoreError, match="disk is full"):
        engine.tick(NOON)
    with pytest.raises(StoreError, match="disk is full"):
        engine.tick(NOON + SECOND)
    full[0] = False
    engine.tick(NOON + 2 * SECOND)
    assert (state_of(store, KEY), len(platform.sends)) == ("published", 1)


def test_without_a_committed_attempt_nothing_is_sent(store, engine, platform, monkeypatch):
    def begin(*arguments, **more):
        raise StoreError("the disk is full")

    store.sync([delivery()], {}, EARLY)
    monkeypatch.setattr(store, "begin", begin)
    with pytest.raises(StoreError):
        engine.tick(NOON)
    assert platform.sends == []


def test_a_channel_that_hangs_delays_no_other(tmp_path):
    free, inside = threading.Event(), threading.Event()

    class Hanging(Scripted):
        def send(self, prepared):
            inside.set()
            assert free.wait(30)
            return super().send(prepared)

    platforms = {"mastodon-en": Hanging(), "x-en": Scripted("x-en")}
    with opened(tmp_path) as store:
        engine = Engine(store, lambda channel: platforms[channel.name], assume_clock=True)
        store.sync([delivery(), delivery(channel="x-en")], {}, EARLY)
        slow = threading.Thread(target=engine.work, args=(NOON, "mastodon-en"))
        slow.start()
        try:
            assert inside.wait(30)
            engine.work(NOON, "x-en")
            assert state_of(store, "2027/figures/x-en") == "published"
            assert state_of(store, KEY) == "sending"
        finally:
            free.set()
            slow.join(30)
        assert state_of(store, KEY) == "published"


def test_with_the_disk_nearly_full_nothing_is_sent_until_there_is_room(store, engine, platform, monkeypatch):
    class Usage:
        free = 0

    store.sync([delivery()], {}, EARLY)
    with monkeypatch.context() as patched:
        patched.setattr("scheduler.store.connect.shutil.disk_usage", lambda folder: Usage)
        with pytest.raises(StoreError, match="nothing is sent meanwhile"):
            engine.tick(NOON)
    assert platform.sends == []
    engine.tick(NOON + SECOND)
    assert len(platform.published) == 1


def test_once_it_is_to_stop_what_is_under_way_is_finished_and_nothing_more_is_sent(store, platform):
    keys = [f"2027/{name}/mastodon-en" for name in ("figures", "names")]
    store.sync([delivery("figures"), delivery("names", texts=("Other words.",))], {}, EARLY)
    engine = Engine(
        store, lambda channel: platform, assume_clock=True, stopping=lambda: bool(platform.published)
    )
    engine.tick(NOON)
    assert len(platform.published) == 1
    assert sorted(state_of(store, key) for key in keys) == ["published", "scheduled"]


def test_a_channel_with_a_long_queue_lets_others_have_their_turn_and_then_goes_on(store, engine, platform):
    store.sync([delivery(f"p{n}", texts=(f"{n}.",)) for n in range(25)], {}, EARLY)
    assert [engine.work(NOON, "mastodon-en") for _ in range(3)] == [True, True, False]
    assert len(platform.published) == 25
    # With nobody beside it, a pass over everything needs no turns.
    store.sync([delivery(f"q{n}", texts=(f"q{n}.",)) for n in range(25)], {}, NOON)
    engine.tick(NOON + MINUTE)
    assert len(platform.published) == 50


def test_a_channel_that_a_reload_brings_is_taken_up_as_long_before_due_as_the_others(store, engine):
    assert set(engine._leads()) == {"mastodon-en"}
    store.policy = policy(channel(), channel("x-en"))
    assert set(engine._leads()) == {"mastodon-en", "x-en"}
