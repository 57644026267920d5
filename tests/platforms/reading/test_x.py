"""Reading an X account again: whether a post is out, as far as X can tell."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Absent,
    CannotTell,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Unknown,
)
from tests import fakes
from tests.fakes.x_server import XServer
from tests.platforms.messages import CARD, FILES, KEY, TEXT, channel, image, message

CANARIES = ("canary-key-1", "canary-secret-2", "canary-token-3", "canary-secret-4")
SECRETS = dict(zip(("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"), CANARIES, strict=True))
CREATE = "POST /2/tweets"
LISTING = "GET /2/users/.*/tweets"
NOBODY = frozenset()


@pytest.fixture
def server():
    with XServer(keys=CANARIES) as running:
        yield running


def connected(server, **more):
    return connect(channel("x", server.base_url, **more), SECRETS, FILES.__getitem__)


@pytest.fixture
def x(server):
    return connected(server)


def prepared(x, *args, **more):
    made = x.prepare(message(*args, **more), 0, KEY, None)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def unanswered(server, x, *args, **more):
    ready = prepared(x, *args, **more)
    server.fail_next(CREATE, fakes.lost_answer())
    assert isinstance(x.send(ready), Unknown)
    return ready


@pytest.mark.parametrize("parameter", ["tweet.fields", "post.fields"])
def test_a_post_whose_answer_was_lost_is_found(server, parameter):
    server.fields_parameter = parameter
    server.add("An older one.")
    x = connected(server)
    text = "Xocalı & <remember>\n\nRead https://example.org/a/long?x=1&y=2 and museum.az\n#JusticeforKhojaly"
    ready = unanswered(server, x, text, (image(CARD, "alt"),))
    server.add("A newer one.")
    found = connected(server).find(ready, NOBODY)  # after a restart
    assert found == Found(
        Receipt(server.published[1].id, f"https://x.com/campaign/status/{server.published[1].id}")
    )


def test_a_miss_is_told_as_such_and_proves_nothing_by_the_channels_class(server, x):
    server.add("An older one.")
    server.lag = 1
    ready = unanswered(server, x)
    assert x.recovery is Recovery.PRESENCE_ONLY
    assert x.find(ready, NOBODY) == Absent()
    assert isinstance(x.find(ready, NOBODY), Found)


def test_an_account_without_posts_is_read_from_its_beginning(server, x):
    ready = prepared(x, TEXT)
    assert (ready.baseline, x.find(ready, NOBODY)) == ("", Absent())
    x.send(ready)
    assert isinstance(x.find(ready, NOBODY), Found)


def test_the_same_words_from_before_or_of_another_delivery_are_not_this_post(server, x):
    server.add(TEXT)
    ready = prepared(x, TEXT)
    other = server.add(TEXT)
    assert x.find(ready, frozenset({other.id})) == Absent()


def test_two_posts_with_the_same_words_are_for_a_person_to_tell_apart(server, x):
    ready = prepared(x, TEXT)
    server.add(TEXT)
    server.add(TEXT)
    assert "2 posts" in x.find(ready, NOBODY).reason


def test_the_listing_is_read_over_several_pages(server, x):
    server.add("An older one.")
    ready = unanswered(server, x)
    for number in range(150):
        server.add(f"{number} by hand")
    asked = server.count(LISTING)
    assert isinstance(x.find(ready, NOBODY), Found)
    assert server.count(LISTING) - asked == 2  # 151 posts, 100 a page


def test_more_newer_posts_than_can_be_read_prove_nothing(server, x):
    ready = prepared(x, TEXT)
    for number in range(501):
        server.add(f"{number}")
    assert "too many" in x.find(ready, NOBODY).reason


@pytest.mark.parametrize("fault", [fakes.refuse(503), fakes.lost_answer(), fakes.refuse(200, {"data": []})])
def test_a_listing_that_fails_proves_nothing(server, x, fault):
    ready = prepared(x, TEXT)
    server.fail_next(LISTING, fault)
    assert isinstance(x.find(ready, NOBODY), CannotTell)


SINCE = datetime(2026, 8, 27, tzinfo=UTC)


def test_what_the_account_shows_already_is_named_with_its_place(server, x):
    text = "613 people & more: https://example.org/a?b=1"
    x.send(prepared(x, text))
    second = dataclasses.replace(message("Something new."), key="2027/new/news-en")
    place = f"https://x.com/campaign/status/{server.published[0].id}"
    assert x.already_out([message(text), second], SINCE) == {KEY: place}
    later = datetime.now(UTC) + timedelta(days=1)
    assert x.already_out([message(text)], later) == {}


def test_an_account_that_cannot_be_read_is_refused_and_not_empty(server, x):
    server.fail_next(LISTING, fakes.refuse(503))
    assert x.already_out([message(TEXT)], SINCE).kind is Refusal.TRANSIENT


def test_a_published_post_is_not_read_back_because_x_bills_it(server, x):
    receipt = x.send(prepared(x)).receipt
    before = len(server.requests)
    assert x.read_back(message("Other words."), 0, receipt) == ()
    assert len(server.requests) == before


@pytest.mark.parametrize("answer", [fakes.refuse(200, "<html>"), fakes.refuse(200, {"data": []})])
def test_an_answer_that_is_no_listing_is_not_taken_for_an_empty_account(server, x, answer):
    x.account()
    server.fail_next(LISTING, answer, times=2)
    assert x.already_out([message(TEXT)], SINCE).kind is Refusal.TRANSIENT
    assert x.prepare(message(TEXT), 0, KEY, None).kind is Refusal.TRANSIENT
