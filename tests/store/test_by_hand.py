"""What a person has posted: recorded beside the gate, never past it, and counted like the rest."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import RunError
from scheduler.model import Mode, State
from scheduler.platforms.base import Refusal, Refused, Unknown
from scheduler.store import Decision
from tests.store.kit import (
    HOUR,
    MINUTE,
    MINUTE_OF_SILENCE,
    NOON,
    campaign,
    channel,
    delivery,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)
from tests.store.test_home import restore

URL = "https://photos.example/p/1"
RULES = policy(channel("insta", by_hand=True, live=False), channel("x-en"))
FIGURES = delivery("figures", "insta")
MESSAGE = {"url": URL, "who": "Ayla", "at": NOON, "now": NOON}


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=RULES) as made:
        made.sync([FIGURES], {}, NOON - HOUR)
        yield made


def posted(store, one=FIGURES, **changes):
    fields = {**MESSAGE, **changes}
    store.posted_by_hand(one, {}, fields["url"], fields["who"], fields["at"], fields["now"])


def test_the_scheduler_never_takes_it_up(store):
    assert status_of(store, FIGURES.key).reasons == ("a person posts it by hand",)
    assert store.claim(NOON) is None
    assert store.claim(NOON, "insta") is None


def test_a_claim_from_before_the_channel_was_marked_does_not_pass_the_gate(tmp_path):
    with opened(tmp_path, rules=policy(channel("insta"))) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        claim = store.claim(NOON)
        store.policy = RULES
        assert store.begin(claim, 0, prepared(), NOON).reason == "a person posts it by hand"


@pytest.mark.parametrize("state", ["scheduled", "missed", "cancelled"])
def test_what_a_person_posted_is_published_with_its_address_and_their_name(store, state):
    if state == "missed":
        store.expire(NOON + timedelta(days=1))
    if state == "cancelled":
        store.cancel(FIGURES.key, "Can", "no", NOON)
    assert state_of(store, FIGURES.key) == state
    posted(store)
    status = status_of(store, FIGURES.key)
    assert (status.state, status.url, status.reasons, status.attempts) == (State.PUBLISHED, URL, (), 0)
    [act] = [one for one in store.acts(FIGURES.key) if one.act == "post by hand"]
    assert act.who == "Ayla"
    assert URL in act.detail


def test_it_is_recorded_also_where_nothing_was_ever_scheduled(tmp_path):
    with opened(tmp_path, rules=RULES) as store:
        posted(store)
        assert state_of(store, FIGURES.key) == "published"


def test_a_thread_is_closed_by_one_address(tmp_path):
    thread = delivery("thread", "insta", texts=("One.", "Two.", "Three."))
    with opened(tmp_path, rules=RULES) as store:
        posted(store, thread)
        assert state_of(store, thread.key) == "published"
        assert not store.can_change(NOON + HOUR)


def test_what_may_be_out_by_our_own_doing_is_not_touched(tmp_path):
    ours = policy(channel("insta"))
    for state in ("preparing", "sending", "unknown", "published"):
        with opened(tmp_path / state, rules=ours) as store:
            store.sync([FIGURES], {}, NOON - HOUR)
            claim = store.claim(NOON)
            if state != "preparing":
                assert store.begin(claim, 0, prepared(), NOON)
            if state == "unknown":
                store.settle(claim, 0, Unknown("no answer"), NOON, Decision(State.UNKNOWN, "no answer"))
            store.policy = RULES
            if state == "published":
                store.settle(claim, 0, Unknown("?"), NOON, Decision(State.UNKNOWN, "?"))
                store.settle_by_person(FIGURES.key, "https://photos.example/p/9", "Can", NOON)
            with pytest.raises(RunError, match=f"is {state} already; nothing was recorded"):
                posted(store)
            assert state_of(store, FIGURES.key) == state


def test_the_address_of_another_post_is_refused(store):
    other = delivery("other", "insta", NOON + HOUR)
    posted(store)
    with pytest.raises(RunError, match="recorded for 2027/figures/insta already"):
        posted(store, other)
    with store.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE post = 'other'").scalar()
    assert found == 0


def test_a_channel_that_is_not_marked_keeps_to_the_gate(store):
    with pytest.raises(RunError, match="x-en does not say `by_hand: true`"):
        posted(store, delivery("figures", "x-en"))


def test_it_counts_for_the_gap_from_the_moment_it_was_posted(tmp_path):
    # The channel became a live one later: what was posted by hand an hour ago keeps the gap of two hours.
    with opened(tmp_path, rules=RULES) as store:
        posted(store, at=NOON - HOUR)
        store.policy = policy(channel("insta", min_gap=2 * HOUR))
        store.sync([FIGURES, delivery("next", "insta", NOON, slot=True)], {}, NOON - MINUTE)
        store.compared("insta", NOON - MINUTE)
        assert store.claim(NOON) is None
        assert store.claim(NOON + HOUR - MINUTE) is None
        assert store.claim(NOON + HOUR).key == "2027/next/insta"


def test_the_same_words_under_another_name_are_already_out(store):
    posted(store)
    report = store.sync([delivery("renamed", "insta", NOON + HOUR)], {}, NOON + MINUTE)
    assert report.already_out == ("2027/renamed/insta",)


def test_people_are_told_once_when_it_is_theirs_to_post(store):
    assert store.remind_by_hand(NOON - MINUTE) == ()
    assert store.remind_by_hand(NOON) == (FIGURES.key,)
    assert store.remind_by_hand(NOON + MINUTE) == ()
    [notice] = store.notices()
    assert notice.text.startswith("2027/figures/insta is to be posted by hand now")
    posted(store)
    assert store.notices() == ()


def test_nobody_is_told_to_post_what_is_not_cleared(store):
    number = store.hold("all", "", "rain", "Ayla", NOON - MINUTE)
    assert store.remind_by_hand(NOON) == ()
    store.sync([delivery("figures", "insta", stops=("records",))], {}, NOON)
    assert store.remind_by_hand(NOON) == ()
    assert number


def test_the_call_to_post_ends_with_the_time_for_it(store):
    store.remind_by_hand(NOON)
    late = NOON + timedelta(days=1)
    store.expire(late)
    store.remind_by_hand(late)
    assert [one.cause.partition(":")[0] for one in store.notices()] == ["missed"]


def test_a_dry_run_writes_it_to_the_outbox_like_any_other(tmp_path):
    with opened(tmp_path, Mode.DRY, RULES) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        assert store.claim(NOON).key == FIGURES.key
        assert store.remind_by_hand(NOON) == ()


# A post that was given another time is called for again.


def test_who_was_called_too_early_because_the_post_was_moved_is_called_again(store):
    assert store.remind_by_hand(NOON) == (FIGURES.key,)
    evening = delivery("figures", "insta", NOON + 6 * HOUR)
    store.sync([evening], {}, NOON + MINUTE)
    store.remind_by_hand(NOON + 2 * MINUTE)
    assert store.notices() == ()
    assert store.remind_by_hand(NOON + 6 * HOUR) == (FIGURES.key,)


def test_nobody_is_called_in_the_minute_of_silence(tmp_path):
    # 26 February in Baku (UTC+4): due at 16:50, first seen at 16:58, and silence lasts until 17:05.
    due = datetime(2027, 2, 26, 12, 50, tzinfo=UTC)
    rules = policy(channel("insta", by_hand=True, live=False), around=campaign(quiet=(MINUTE_OF_SILENCE,)))
    with opened(tmp_path, rules=rules) as store:
        store.sync([delivery("figures", "insta", due)], {}, due - HOUR)
        assert store.remind_by_hand(due + 8 * MINUTE) == ()
        assert store.remind_by_hand(due + 15 * MINUTE) == (FIGURES.key,)


def test_two_people_who_report_it_at_once_leave_one_address(tmp_path):
    with opened(tmp_path, rules=RULES) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
    refused, start = [], threading.Barrier(2)

    def report(who, url):
        with opened(tmp_path, rules=RULES) as own:
            start.wait(10)
            try:
                posted(own, who=who, url=url)
            except RunError as error:
                refused.append(str(error))

    people = [threading.Thread(target=report, args=(who, f"{URL}{who}")) for who in ("Ayla", "Can")]
    for one in people:
        one.start()
    for one in people:
        one.join(20)
    with opened(tmp_path, rules=RULES) as store:
        assert len(status_of(store, FIGURES.key).receipts) == 1
        assert len([one for one in store.acts(FIGURES.key) if one.act == "post by hand"]) == 1
    assert refused == [f"{FIGURES.key} is published already; nothing was recorded"]


def test_credentials_that_failed_before_people_took_over_do_not_silence_the_call(tmp_path):
    with opened(tmp_path, rules=policy(channel("insta"))) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        store.channel_problem("insta", "insta: the token has expired")
        store.policy = RULES
        assert store.remind_by_hand(NOON) == (FIGURES.key,)
        assert status_of(store, FIGURES.key).reasons == ("a person posts it by hand",)


# `live: true` later: what a person may have posted without saying so is not sent as well.


def live_later(store, *planned):
    store.policy = policy(channel("insta"))
    store.sync(planned or [FIGURES], {}, NOON + MINUTE)


def test_a_channel_that_turns_live_sends_nothing_before_its_account_was_looked_at(store):
    coming = delivery("coming", "insta", NOON + HOUR)
    store.sync([FIGURES, coming], {}, NOON - HOUR)
    posted(store)
    live_later(store, FIGURES, coming)
    assert store.claim(NOON + HOUR) is None
    assert [message.key for message in store.unsent("insta")] == [coming.key]
    store.compared("insta", NOON + HOUR)
    assert store.claim(NOON + HOUR).key == coming.key


def test_what_people_were_called_to_post_is_not_sent_when_their_channel_turns_live(store):
    store.remind_by_hand(NOON)
    live_later(store)
    store.compared("insta", NOON + MINUTE)
    assert store.claim(NOON + MINUTE) is None
    assert state_of(store, FIGURES.key) == "missed"
    [notice] = store.notices()
    assert "a person was called to post it by hand" in notice.text
    posted(store, now=NOON + HOUR)
    assert state_of(store, FIGURES.key) == "published"
    assert store.notices() == ()


def test_a_channel_that_cannot_be_looked_at_is_held_when_it_turns_live(store):
    live_later(store)
    assert store.cannot_compare("insta", NOON)
    assert [hold.words for hold in store.holds()] == ["channel insta"]


# A database that does not know what people have posted since.


def test_nobody_is_called_after_a_restore_before_they_have_looked(tmp_path):
    with opened(tmp_path / "a", rules=RULES) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        backup = store.backup(tmp_path / "kept", NOON - HOUR)
        posted(store)
    restore(tmp_path / "a", backup, NOON + MINUTE)
    with opened(tmp_path / "a", rules=RULES) as store, store.lock(NOON + MINUTE, "run --live"):
        assert store.remind_by_hand(NOON + MINUTE) == ()
        [hold] = store.holds()
        assert "look at the account" in hold.reason
        # The hold alone is left to be told: nothing is going to compare the account.
        assert [one.cause.partition(":")[0] for one in store.notices()] == ["hold"]
        posted(store, now=NOON + MINUTE)
        store.lift(hold.id, "Ayla", NOON + MINUTE)
        assert state_of(store, FIGURES.key) == "published"
        store.remind_by_hand(NOON + 2 * MINUTE)
        assert store.holds() == ()


def test_a_renamed_channel_does_not_have_its_posts_made_again(store):
    posted(store, at=NOON - HOUR)
    store.policy = policy(channel("photos", by_hand=True, live=False), channel("x-en"))
    report = store.sync([delivery("figures", "photos")], {}, NOON - MINUTE)
    assert report.already_out == ("2027/figures/photos",)


def test_the_same_words_on_two_channels_that_both_stand_are_two_posts(store):
    posted(store, at=NOON - HOUR)
    rules = policy(*(channel(name, by_hand=True, live=False) for name in ("insta", "photos")))
    store.policy = rules
    report = store.sync([FIGURES, delivery("figures", "photos")], {}, NOON - MINUTE)
    assert report.inserted == ("2027/figures/photos",)


# What is out must be told, whatever has become of its plan.


def test_what_left_the_plan_after_it_was_posted_is_recorded_as_it_was_known(store):
    store.sync([], {}, NOON, accept_removals=True)
    assert state_of(store, FIGURES.key) == "cancelled"
    store.posted_by_hand(FIGURES.key, {}, URL, "Ayla", NOON, NOON)
    status = status_of(store, FIGURES.key)
    assert (status.state, status.url, status.reasons) == (State.PUBLISHED, URL, ())


def test_a_post_renamed_while_a_person_was_posting_it_is_not_called_for_under_its_new_name(store):
    renamed = delivery("renamed", "insta", NOON + MINUTE)
    store.sync([renamed], {}, NOON - MINUTE)
    store.posted_by_hand(FIGURES.key, {}, URL, "Ayla", NOON, NOON)
    store.remind_by_hand(NOON + MINUTE)
    assert state_of(store, renamed.key) == "cancelled"
    assert [one.cause for one in store.notices()] == ["already-out:insta"]


def test_a_key_that_nobody_ever_planned_is_refused(store):
    with pytest.raises(RunError, match="there is no such delivery"):
        store.posted_by_hand("2027/nothing/insta", {}, URL, "Ayla", NOON, NOON)


@pytest.mark.parametrize("state", ["missed", "cancelled", "refused"])
def test_what_the_scheduler_could_not_send_may_be_posted_by_a_person(tmp_path, state):
    with opened(tmp_path, rules=policy(channel("insta"))) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        if state == "missed":
            store.expire(NOON + timedelta(days=1))
        elif state == "cancelled":
            store.cancel(FIGURES.key, "Can", "no", NOON)
        else:
            claim = store.claim(NOON)
            assert store.decline(claim, Refused(Refusal.CONTENT, "no"), NOON, Decision(State.REFUSED, "no"))
        assert state_of(store, FIGURES.key) == state
        posted(store)
        assert status_of(store, FIGURES.key).url == URL
        assert store.claim(NOON + MINUTE) is None


def test_what_the_scheduler_is_about_to_send_is_cancelled_before_a_person_posts_it(tmp_path):
    with opened(tmp_path, rules=policy(channel("insta"))) as store:
        store.sync([FIGURES], {}, NOON - HOUR)
        with pytest.raises(RunError, match=f"cancel {FIGURES.key}"):
            posted(store)
        assert state_of(store, FIGURES.key) == "scheduled"
