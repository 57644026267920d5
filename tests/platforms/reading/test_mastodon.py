"""Reading a Mastodon account again: whether a post is out, and whether it stands there as approved."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.platforms import connect, html_text
from scheduler.platforms.base import (
    Absent,
    CannotTell,
    Found,
    Prepared,
    Refusal,
    Unknown,
)
from tests import fakes
from tests.fakes.mastodon_server import MastodonServer, render
from tests.platforms.messages import CARD, FILES, KEY, TEXT, channel, image, message

CANARY = "canary-mastodon-77ab"
CREATE = "POST /api/v1/statuses"
LISTING = "GET /api/v1/accounts/.*/statuses"
NOBODY = frozenset()


@pytest.fixture
def server():
    with MastodonServer(token=CANARY) as running:
        yield running


@pytest.fixture
def mastodon(server):
    return connect(channel("mastodon", server.base_url), {"ACCESS_TOKEN": CANARY}, FILES.__getitem__)


def prepared(mastodon, *args, **more):
    made = mastodon.prepare(message(*args, **more), 0, KEY, None)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def unanswered(server, mastodon, *args, **more):
    ready = prepared(mastodon, *args, **more)
    server.fail_next(CREATE, fakes.lost_answer())
    assert isinstance(mastodon.send(ready), Unknown)
    return ready


@pytest.mark.parametrize("source", [True, False], ids=["by its source", "by its HTML"])
def test_a_post_whose_answer_was_lost_is_found(server, mastodon, source):
    server.source = source
    server.add("An older one.")
    text = (
        "Xocalı & “26 Fevral”: <remember> 613\n\nRead https://example.org/a/very/long/path?with=query&and=more"
        " with @museum@example.org\n#JusticeforKhojaly #26february"
    )
    ready = unanswered(server, mastodon, text, (image(CARD, "alt"),))
    server.add("A newer one.")
    found = mastodon.find(ready, NOBODY)
    assert isinstance(found, Found)
    assert found.receipt.remote_id == server.published[1].id
    assert found.receipt.url.endswith(f"/@campaign/{server.published[1].id}")


def test_a_post_that_never_arrived_is_absent(server, mastodon):
    server.add("An older one.")
    ready = prepared(mastodon, TEXT)
    server.fail_next(CREATE, fakes.dropped())
    mastodon.send(ready)
    server.add("Another that came later.")
    assert mastodon.find(ready, NOBODY) == Absent()


def test_an_account_without_posts_can_be_read_to_its_end(server, mastodon):
    ready = prepared(mastodon, TEXT)
    assert ready.baseline == ""
    assert mastodon.find(ready, NOBODY) == Absent()
    mastodon.send(ready)
    assert isinstance(mastodon.find(ready, NOBODY), Found)


def test_the_same_words_from_before_are_not_taken_for_this_post(server, mastodon):
    server.add(TEXT)
    assert mastodon.find(prepared(mastodon, TEXT), NOBODY) == Absent()


def test_a_post_that_another_delivery_holds_is_not_taken_for_this_one(server, mastodon):
    ready = prepared(mastodon, TEXT)
    other = server.add(TEXT)
    assert mastodon.find(ready, frozenset({other.id})) == Absent()


def test_two_posts_with_the_same_words_are_for_a_person_to_tell_apart(server, mastodon):
    ready = prepared(mastodon, TEXT)
    server.add(TEXT)
    server.add(TEXT)
    answer = mastodon.find(ready, NOBODY)
    assert isinstance(answer, CannotTell)
    assert "2 posts" in answer.reason


def test_the_same_words_without_the_image_are_for_a_person_to_judge(server, mastodon):
    server.lose_media = True
    ready = unanswered(server, mastodon, TEXT, (image(CARD, "alt"),))
    answer = mastodon.find(ready, NOBODY)
    assert isinstance(answer, CannotTell)
    assert "0 instead of 1" in answer.reason


def test_nearly_the_same_words_are_for_a_person_to_judge(server, mastodon):
    ready = prepared(mastodon, TEXT)
    server.add(TEXT.replace("killed", "murdered"))
    assert "nearly these words" in mastodon.find(ready, NOBODY).reason


def test_the_listing_is_read_down_to_the_baseline_over_several_pages(server, mastodon):
    server.add("An older one.")
    ready = unanswered(server, mastodon)
    for number in range(90):  # three pages of 40
        server.add(f"{number} " + "by hand " * (number % 7))
    asked = server.count(LISTING)
    assert isinstance(mastodon.find(ready, NOBODY), Found)
    assert server.count(LISTING) - asked == 3


def test_a_listing_that_does_not_reach_the_baseline_proves_nothing(server, mastodon):
    old = server.add("An older one.")
    ready = prepared(mastodon, TEXT)
    server.published[0] = dataclasses.replace(old, deleted=True)
    assert isinstance(mastodon.find(ready, NOBODY), CannotTell)


def test_more_newer_posts_than_can_be_read_prove_nothing(server, mastodon):
    server.add("An older one.")
    ready = prepared(mastodon, TEXT)
    for number in range(401):
        server.add(f"{number}")
    server.source = False
    answer = mastodon.find(ready, NOBODY)
    assert isinstance(answer, CannotTell)
    assert "too many" in answer.reason


def test_a_listing_that_fails_proves_nothing(server, mastodon):
    ready = prepared(mastodon, TEXT)
    for fault in (fakes.refuse(503), fakes.lost_answer(), fakes.refuse(200, {"not": "a list"})):
        server.fail_next(LISTING, fault)
        assert isinstance(mastodon.find(ready, NOBODY), CannotTell)


def test_a_post_the_listing_shows_late_is_absent_first_and_found_then(server, mastodon):
    server.add("An older one.")
    mastodon.prepare(message("x"), 0, KEY, None)
    server.lag = 2
    ready = unanswered(server, mastodon)
    looks = [type(mastodon.find(ready, NOBODY)) for _ in range(3)]
    assert looks == [Absent, Absent, Found]


@pytest.mark.parametrize(
    "text",
    [
        "Two\nlines and\n\na paragraph",
        'Quotes "x" & <b> 1 < 2',
        "https://example.org/a/path/that/is/much/longer/than/thirty/characters?x=1&y=2 #tag",
    ],
)
def test_the_text_of_a_status_is_read_back_from_its_html(text):
    assert " ".join(html_text.undo(render(text)).split()) == " ".join(text.split())


def test_a_link_that_the_server_shortens_for_the_eye_is_read_whole():
    content = (
        '<p>This is a post &amp; a <a href="https://example.com/x"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.com</span><span class="invisible">/x</span></a><br>end</p>'
    )
    assert html_text.undo(content) == "This is a post & a https://example.com/x\nend"


SINCE = datetime(2026, 8, 27, tzinfo=UTC)


def test_what_the_account_shows_already_is_named_with_its_place(server, mastodon):
    server.add(TEXT)
    for number in range(60):  # more than one page of 40
        server.add(f"Post {number} of another day.")
    second = dataclasses.replace(message("Something new."), key="2027/new/news-en")
    assert mastodon.already_out([message(TEXT), second], SINCE) == {
        KEY: f"{server.base_url}/@campaign/{server.published[0].id}"
    }


def test_posts_from_before_the_moment_asked_for_do_not_count(server, mastodon):
    server.date_offset = -timedelta(days=400)
    server.add(TEXT)
    server.date_offset = timedelta(0)
    server.add("This year's.")
    assert mastodon.already_out([message(TEXT)], datetime.now(UTC) - timedelta(days=183)) == {}


def test_an_account_that_cannot_be_read_is_refused_and_not_empty(server, mastodon):
    server.fail_next(LISTING, fakes.refuse(503))
    assert mastodon.already_out([message(TEXT)], SINCE).kind is Refusal.TRANSIENT


def out(mastodon, *args, **more):
    return mastodon.send(prepared(mastodon, *args, **more)).receipt


def test_a_post_that_stands_there_as_approved_has_no_differences(server, mastodon):
    made = message(TEXT, (image(CARD, "613 people"),), warning="Killing of civilians")
    for server.source in (True, False):
        receipt = out(mastodon, TEXT, (image(CARD, "613 people"),), warning="Killing of civilians")
        assert mastodon.read_back(made, 0, receipt) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "Other words."}, "the text is another one"),
        ({"media": ()}, "it has 0 images instead of 1"),
        ({"media": ((CARD, ""),)}, "image 1 has another alternative text, or none"),
        ({"spoiler": ""}, "the text warning is missing"),
        ({"spoiler": "Other"}, "the text warning is another one"),
        ({"language": ""}, "its language is not said instead of en"),
        ({"language": "az"}, "its language is az instead of en"),
    ],
)
def test_what_stands_there_otherwise_is_said(server, mastodon, changes, words):
    pictures = (image(CARD, "613 people"),)
    receipt = out(mastodon, TEXT, pictures, warning="Killing of civilians")
    server.published[0] = dataclasses.replace(server.published[0], **changes)
    assert mastodon.read_back(message(TEXT, pictures, warning="Killing of civilians"), 0, receipt) == (words,)


def test_what_cannot_be_read_back_is_no_difference(server, mastodon):
    receipt = out(mastodon, TEXT)
    server.fail_next("GET /api/v1/statuses/.*", fakes.refuse(503))
    assert mastodon.read_back(message("Other words."), 0, receipt) == ()
