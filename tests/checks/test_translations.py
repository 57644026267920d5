"""A translation stays as it was when its original is changed: somebody must look at it again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.checks import translations
from scheduler.checks.translations import State
from scheduler.model import Campaign, Card, Channel, Post, Severity, ThreadPart, When
from scheduler.planning import Place

BAKU = ZoneInfo("Asia/Baku")
CAMPAIGN = Campaign("Harbour Flood", date(1962, 2, 17), 2027, BAKU, ("en", "az"))
CHANNELS = {
    "x-en": Channel("x-en", "x", "en", BAKU),
    "x-az": Channel("x-az", "x", "az", BAKU),
}
DUE = datetime(2027, 2, 16, 6, 0, tzinfo=UTC)


def post(en="The water came.", az="Su gəldi.", **more):
    return Post("flood", "text", When(days=-1), {"en": en, "az": az}, **more)


def looked(*versions, approved=()):
    """The memory after a look at each version in turn, with so many approvals in Azerbaijani at each."""
    memory = {}
    for number, one in enumerate(versions):
        given = approved[number] if number < len(approved) else 0
        memory = translations.renewed([one], CAMPAIGN, memory, {("flood", "az"): given})
    return memory


def state(one, memory):
    [row] = translations.standing(one, ("az",), CAMPAIGN, memory)
    return row.state


def found(one, memory, now=DUE - timedelta(days=10)):
    places = [Place(f"2027/flood/{name}", "flood", name, DUE, DUE, "2027-02-16", False) for name in CHANNELS]
    return list(translations.findings([one], places, CAMPAIGN, CHANNELS, memory, now))


def test_a_translation_is_outdated_when_only_its_original_has_changed():
    changed = post(en="The water came at night.")
    memory = looked(post(), changed)
    assert state(changed, memory) is State.OUTDATED
    assert state(post(), looked(post())) is State.PRESENT


def test_it_is_up_to_date_again_when_it_is_changed_or_the_original_goes_back():
    changed = post(en="The water came at night.")
    both = post(en="The water came at night.", az="Su gecə gəldi.")
    assert state(both, looked(post(), changed, both)) is State.PRESENT
    assert state(post(), looked(post(), changed, post())) is State.PRESENT
    assert state(both, looked(post(), both)) is State.PRESENT


def test_whoever_approves_the_translation_after_that_says_it_still_holds():
    changed = post(en="The water came in.")
    # Two had approved it before the original changed; what they approved then says nothing of today.
    assert state(changed, looked(post(), changed, changed, approved=(2, 2, 2))) is State.OUTDATED
    assert state(changed, looked(post(), changed, changed, approved=(2, 2, 3))) is State.PRESENT


def test_an_approval_in_a_new_year_ends_what_was_behind_in_the_last():
    # Three approvals last year; this year none yet, then the first.
    changed = post(en="The water came in.")
    behind = looked(post(), changed, changed, approved=(3, 3, 0))
    assert state(changed, behind) is State.OUTDATED
    assert state(changed, looked(post(), changed, changed, changed, approved=(3, 3, 0, 1))) is State.PRESENT


def test_a_changed_card_warning_or_thread_counts_and_a_changed_link_does_not():
    thread = (ThreadPart({"en": "Two.", "az": "İki."}),)
    card = Card("plain", title={"en": "Night", "az": "Gecə"})
    before = post(thread=thread, card=card, warning={"en": "Loss", "az": "İtki"})
    for after in (
        post(thread=(ThreadPart({"en": "Second.", "az": "İki."}),), card=card, warning=before.warning),
        post(thread=thread, card=Card("plain", title={"en": "Nights", "az": "Gecə"}), warning=before.warning),
        post(thread=thread, card=card, warning={"en": "Loss of life", "az": "İtki"}),
    ):
        assert state(after, looked(before, after)) is State.OUTDATED
    linked = post(thread=thread, card=card, warning=before.warning, link={"en": "https://a.example"})
    assert state(linked, looked(before, linked)) is State.PRESENT


def test_what_the_original_says_and_the_translation_does_not_is_named():
    one = post(warning={"en": "Loss"}, thread=(ThreadPart({"en": "Two."}),))
    [row] = [row for row in translations.standing(one, ("az",), CAMPAIGN, {})]
    assert (row.state, row.lacking) == (State.INCOMPLETE, ("warning", "thread.0.text"))
    only = Post("flood", "text", When(days=-1), {"en": "The water came."})
    assert state(only, {}) is State.MISSING


def test_only_the_channels_that_would_get_it_are_told_and_near_the_time_stopped():
    changed = post(en="The water came at night.")
    memory = looked(post(), changed)
    [one] = found(changed, memory)
    # 72 hours before Tuesday 16 February is Saturday the 13th.
    assert one.rule == "translations.outdated"
    assert (one.channel, one.severity, one.by) == ("x-az", Severity.TODO, date(2027, 2, 13))
    assert "python run.py approve flood --language az" in one.message
    [near] = found(changed, memory, DUE - timedelta(hours=72))
    assert near.severity is Severity.BLOCKED
    assert found(post(), looked(post())) == []


def test_a_post_in_one_language_needs_no_memory():
    assert looked(Post("flood", "text", When(days=-1), {"en": "The water came."})) == {}


@pytest.mark.parametrize("approvals", [0, 5])
def test_a_post_whose_file_is_broken_for_a_moment_is_not_forgotten(approvals):
    memory = looked(post())
    assert translations.renewed([], CAMPAIGN, memory, {("flood", "az"): approvals}) == memory
