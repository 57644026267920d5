"""Reading the posts again: what becomes of each delivery, by the state it is in."""

import tracemalloc

import pytest
import sqlalchemy as sa

from scheduler.model import Mode, Receipt, State
from scheduler.platforms.base import Refusal, Refused, Sent, Unknown
from scheduler.store import Decision
from tests.store.kit import (
    ABC,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    channel,
    delivery,
    image,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
EARLY = NOON - HOUR


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as store:
        yield store


def send(store, outcome, decision=None, now=NOON):
    claim = store.claim(now)
    assert store.begin(claim, claim.part, prepared(), now)
    if outcome is not None:
        state = {Sent: State.PUBLISHED, Unknown: State.UNKNOWN, Refused: State.REFUSED}[type(outcome)]
        assert store.settle(claim, claim.part, outcome, now, decision or Decision(state))
    return claim


SENT = Sent(Receipt("1", "https://social.example/1"))
NO = Refused(Refusal.CONTENT, "not allowed")
LOST = Unknown("no answer")


def test_a_new_post_becomes_scheduled_and_reading_it_again_changes_nothing(store):
    assert store.sync([delivery()], {}, EARLY).inserted == (KEY,)
    assert store.sync([delivery()], {}, EARLY).unchanged == (KEY,)
    assert [str(status.state) for status in store.statuses(EARLY)] == ["scheduled"]


def test_images_are_kept_with_the_delivery(store):
    store.sync([delivery(images=(image(),))], {ABC: b"abc"}, EARLY)
    store.sync([delivery(images=(image(),))], {ABC: b"abc"}, EARLY)
    assert store.file(ABC) == b"abc"


@pytest.mark.parametrize("mode", list(Mode))
def test_a_post_whose_time_had_passed_when_first_seen_gets_no_row(tmp_path, mode):
    with opened(tmp_path, mode) as store:
        report = store.sync([delivery(due=NOON), delivery("next", due=NOON + SECOND)], {}, NOON + SECOND)
        assert report.past == (KEY,)
        assert report.inserted == ("2027/next/mastodon-en",)


def test_a_known_post_keeps_its_row_when_its_time_has_passed(store):
    store.sync([delivery()], {}, EARLY)
    assert store.sync([delivery()], {}, NOON + MINUTE).unchanged == (KEY,)
    assert state_of(store, KEY) == "scheduled"


def test_live_channels_alone_get_rows_under_live_and_all_in_a_dry_run(tmp_path):
    rules = policy(channel(live=False), channel("x-en"))
    both = [delivery(), delivery(channel="x-en")]
    with opened(tmp_path, Mode.LIVE, rules) as live:
        report = live.sync(both, {}, EARLY)
        assert (report.inserted, report.not_live) == (("2027/figures/x-en",), (KEY,))
    with opened(tmp_path, Mode.DRY, rules) as dry:
        assert len(dry.sync(both, {}, EARLY).inserted) == 2


def test_an_edited_text_replaces_the_scheduled_one(store):
    store.sync([delivery()], {}, EARLY)
    assert store.sync([delivery(texts=("New words.",))], {}, EARLY).changed == (KEY,)
    assert status_of(store, KEY).message.parts[0].text == "New words."


def test_a_moved_post_takes_its_new_time_and_day(store):
    store.sync([delivery()], {}, EARLY)
    store.sync([delivery(due=NOON + DAY)], {}, EARLY)
    status = status_of(store, KEY)
    assert (status.due, status.expires, status.day) == (NOON + DAY, NOON + DAY + 2 * HOUR, "2027-02-21")


def test_a_time_a_person_set_stays_while_the_post_says_the_same(store):
    store.sync([delivery()], {}, EARLY)
    store.set_due(KEY, NOON + 3 * HOUR, NOON + 5 * HOUR, "Aynur", EARLY)
    store.sync([delivery(texts=("New words.",))], {}, EARLY)
    assert status_of(store, KEY).due == NOON + 3 * HOUR
    store.sync([delivery(due=NOON + 4 * HOUR)], {}, EARLY)
    assert status_of(store, KEY).due == NOON + 4 * HOUR


def test_a_post_that_is_gone_is_cancelled_and_comes_back_scheduled(store):
    store.sync([delivery(), delivery("other")], {}, EARLY)
    assert store.sync([delivery("other")], {}, EARLY).cancelled == (KEY,)
    assert state_of(store, KEY) == "cancelled"
    assert store.sync([delivery(), delivery("other")], {}, EARLY).restored == (KEY,)
    assert state_of(store, KEY) == "scheduled"


def test_a_post_that_comes_back_after_its_time_stays_cancelled(store):
    store.sync([delivery()], {}, EARLY)
    store.sync([], {}, EARLY)
    assert store.sync([delivery()], {}, NOON + MINUTE).past == (KEY,)
    assert state_of(store, KEY) == "cancelled"


def test_what_a_person_cancelled_stays_cancelled(store):
    store.sync([delivery()], {}, EARLY)
    store.cancel(KEY, "Aynur", "not now", EARLY)
    assert store.sync([delivery()], {}, EARLY).unchanged == (KEY,)
    assert store.sync([], {}, EARLY).cancelled == ()
    assert store.sync([delivery()], {}, EARLY).restored == ()
    assert state_of(store, KEY) == "cancelled"


def test_posts_in_a_file_that_does_not_parse_keep_their_rows(store):
    store.sync([delivery(), delivery("other")], {}, EARLY)
    report = store.sync([], {}, EARLY, keep=[KEY])
    assert report.cancelled == ("2027/other/mastodon-en",)
    assert state_of(store, KEY) == "scheduled"


def twenty():
    return [delivery(f"post-{n:02}") for n in range(20)]


def test_four_of_twenty_may_go_without_asking_and_five_may_not(store):
    store.sync(twenty(), {}, EARLY)
    # A fifth of 20 is 4: four are allowed, five are more than three and more than a fifth.
    report = store.sync(twenty()[5:], {}, EARLY)
    assert report.cancelled == ()
    assert "5 of 20 deliveries" in report.refused
    assert "--accept-removals" in report.refused
    assert {str(status.state) for status in store.statuses(EARLY)} == {"scheduled"}
    assert len(store.sync(twenty()[4:], {}, EARLY).cancelled) == 4


def test_a_refused_reload_changes_nothing_else_either(store):
    store.sync(twenty(), {}, EARLY)
    assert store.sync([delivery("brand-new")], {}, EARLY).refused
    assert len(store.statuses(EARLY)) == 20


def test_three_may_always_go(store):
    store.sync(twenty()[:3], {}, EARLY)
    assert len(store.sync([], {}, EARLY).cancelled) == 3


def test_many_may_go_when_that_is_accepted(store):
    store.sync(twenty(), {}, EARLY)
    assert len(store.sync([], {}, EARLY, accept_removals=True).cancelled) == 20


@pytest.mark.parametrize(("outcome", "state"), [(SENT, "published"), (LOST, "unknown"), (None, "sending")])
def test_what_is_out_or_may_be_is_left_alone_and_the_edit_reported(store, outcome, state):
    store.sync([delivery()], {}, EARLY)
    send(store, outcome)
    assert store.sync([delivery(texts=("Edited.",))], {}, NOON).edited_after == (KEY,)
    assert store.sync([], {}, NOON).cancelled == ()
    status = status_of(store, KEY)
    assert (status.state, status.message.parts[0].text) == (state, "Eight words.")


def test_a_refused_post_takes_the_new_words_and_waits_for_a_person(store):
    store.sync([delivery()], {}, EARLY)
    send(store, NO)
    assert store.sync([delivery(texts=("Milder words.",))], {}, NOON).changed == (KEY,)
    status = status_of(store, KEY)
    assert (status.state, status.message.parts[0].text) == ("refused", "Milder words.")
    store.retry(KEY, NOON + HOUR, NOON + 2 * HOUR, "Aynur", NOON)
    assert store.claim(NOON + HOUR).message.parts[0].text == "Milder words."


@pytest.mark.parametrize("outcome", [SENT, LOST, None])
def test_a_renamed_post_that_is_out_or_may_be_is_not_sent_again(store, outcome):
    store.sync([delivery()], {}, EARLY)
    send(store, outcome)
    report = store.sync([delivery("renamed", due=NOON + HOUR)], {}, NOON)
    assert report.already_out == ("2027/renamed/mastodon-en",)


def test_a_renamed_post_that_was_refused_is_a_new_one(store):
    store.sync([delivery()], {}, EARLY)
    send(store, NO)
    report = store.sync([delivery("renamed", due=NOON + HOUR)], {}, NOON)
    assert report.inserted == ("2027/renamed/mastodon-en",)


def test_a_repeat_beside_the_first_is_meant(store):
    store.sync([delivery()], {}, EARLY)
    send(store, SENT)
    report = store.sync([delivery(), delivery("again", due=NOON + HOUR)], {}, NOON)
    assert report.inserted == ("2027/again/mastodon-en",)


@pytest.mark.parametrize(
    "changes",
    [{"texts": ("Other words.",)}, {"images": (image("b" * 64),)}, {"channel": "x-en"}],
    ids=["other text", "other image", "other channel"],
)
def test_only_the_same_words_and_images_on_the_same_account_are_a_rename(store, changes):
    store.sync([delivery()], {}, EARLY)
    send(store, SENT)
    assert store.sync([delivery("renamed", due=NOON + HOUR, **changes)], {}, NOON).already_out == ()


def test_a_renamed_channel_of_the_same_account_counts_as_the_same(store):
    store.tie_account("mastodon-en", "account-7", NOON)
    store.tie_account("x-en", "account-7", NOON)
    store.sync([delivery()], {}, EARLY)
    send(store, SENT)
    report = store.sync([delivery(channel="x-en", due=NOON + HOUR)], {}, NOON)
    assert report.already_out == ("2027/figures/x-en",)


def test_a_thread_in_the_middle_keeps_the_words_it_began_with(store):
    store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
    claim = send(store, SENT)
    store.give_back(claim, None, "", NOON)
    claim_of_part_two = store.claim(NOON + SECOND)
    assert claim_of_part_two.part == 1
    store.give_back(claim_of_part_two, None, "", NOON + SECOND)
    assert store.sync([delivery(texts=("One, edited.", "Two."))], {}, NOON).edited_after == (KEY,)
    assert store.claim(NOON + MINUTE).message.parts[0].text == "One."


def test_a_thread_whose_post_is_taken_away_in_the_middle_ends_there(store):
    store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
    send(store, SENT)
    store.sync([], {}, NOON)
    status = status_of(store, KEY)
    assert status.state == "refused"
    assert status.reasons == ("parts 1..1 published; the post is no longer in the plan",)
    assert store.claim(NOON + MINUTE) is None


def test_slots_are_shared_by_both_modes(tmp_path):
    with opened(tmp_path, Mode.DRY) as dry, opened(tmp_path) as live:
        dry.keep_slots({KEY: NOON, "2027/other/x-en": NOON}, "run")
        dry.keep_slots({KEY: NOON + HOUR}, "Aynur")
        assert live.slots() == {KEY: NOON + HOUR, "2027/other/x-en": NOON}
        live.forget_slots([KEY])
        assert live.slots() == {"2027/other/x-en": NOON}


@pytest.mark.long
def test_reading_many_posts_again_needs_little_memory_and_no_texts(tmp_path):
    """Of thousands of deliveries that are as they were, no row's message is loaded."""
    many = [delivery(f"p{n:05}", due=NOON + n * SECOND, texts=("Words. " * 150,)) for n in range(2500)]
    with opened(tmp_path) as store:
        store.sync(many, {}, EARLY)
        asked = []
        sa.event.listen(store._database._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        tracemalloc.start()
        report = store.sync(many, {}, EARLY)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(report.unchanged) == len(many)
        # Their texts alone are 2500 x 1050 bytes, which as loaded rows would be several times as much.
        assert peak < 6_000_000
        assert not [one for one in asked if one.startswith("SELECT") and "deliveries.message" in one]
        assert len(asked) < 30
