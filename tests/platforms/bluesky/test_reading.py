"""Reading a Bluesky account again: whether a post is out, and whether it stands there as approved."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scheduler.platforms import connect
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Refusal, Unknown
from tests import fakes
from tests.fakes.bluesky_server import POST, BlueskyServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

SECRETS = {"IDENTIFIER": "campaign.example", "APP_PASSWORD": "canary-app-pass"}
NOON = datetime(2027, 2, 26, 12, tzinfo=UTC)
SINCE = datetime(2026, 8, 27, tzinfo=UTC)
PUT, APPLY = "POST .*putRecord", "POST .*applyWrites"
NOBODY = frozenset()


@pytest.fixture
def server():
    with BlueskyServer() as running:
        yield running


@pytest.fixture
def bluesky(server):
    return connect(channel("bluesky", server.base_url), SECRETS, FILES.__getitem__, clock=lambda: NOON)


def prepared(bluesky, *args, **more):
    made = bluesky.prepare(message(*args, **more), 0, KEY, None)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())


@pytest.mark.parametrize("replies", ["everyone", "nobody"])
def test_a_post_whose_answer_was_lost_is_found_with_its_receipt(server, bluesky, replies):
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"),), replies=replies)
    server.fail_next(f"{PUT}|{APPLY}", fakes.lost_answer())
    assert isinstance(bluesky.send(ready), Unknown)
    found = bluesky.find(ready, NOBODY)
    [(key, _)] = server.published
    assert isinstance(found, Found)
    assert (found.receipt.remote_id, found.receipt.url[-13:]) == (key, key)
    assert dict(found.receipt.refs)["uri"].endswith(f"/{POST}/{key}")


def test_a_post_that_did_not_go_out_is_absent(server, bluesky):
    ready = prepared(bluesky, TEXT)
    server.fail_next(PUT, fakes.dropped())
    bluesky.send(ready)
    assert bluesky.find(ready, NOBODY) == Absent()


@pytest.mark.parametrize(
    "changed",
    [{"text": "Another."}, {"embed": {"$type": "app.bsky.embed.images", "images": []}}, {"text": 5}],
    ids=["other words", "no image", "not a text"],
)
def test_something_else_in_its_place_is_for_a_person(server, bluesky, changed):
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"),))
    record = {**ready.request["record"], **changed}
    server.records[POST, ready.request["rkey"]] = record
    answer = bluesky.find(ready, NOBODY)
    assert isinstance(answer, CannotTell)
    assert f"/post/{ready.request['rkey']}" in answer.reason


@pytest.mark.parametrize(
    "fault",
    [
        fakes.lost_answer(),
        fakes.refuse(500),
        fakes.refuse(400, {"error": "RepoNotFound", "message": "no such repo"}),
        fakes.refuse(400, {"error": "InvalidRequest", "message": "Could not locate record"}),
        fakes.refuse(404),
        fakes.refuse(200, "<html>"),
        fakes.refuse(200, {"value": {}}),
    ],
    ids=repr,
)
def test_no_answer_about_a_record_proves_nothing(server, bluesky, fault):
    ready = prepared(bluesky, TEXT)
    server.fail_next("GET .*getRecord", fault)
    assert isinstance(bluesky.find(ready, NOBODY), CannotTell)


def test_a_post_stands_there_as_approved(server, bluesky):
    own = message(TEXT, (image(CARD, "613 people"), image(PHOTO, "")))
    receipt = bluesky.send(bluesky.prepare(own, 0, KEY, None)).receipt
    assert bluesky.read_back(own, 0, receipt) == ()


def test_what_stands_there_otherwise_is_told_in_words(server, bluesky):
    own = message(TEXT, (image(CARD, "613 people"),))
    receipt = bluesky.send(bluesky.prepare(own, 0, KEY, None)).receipt
    record = server.records[POST, receipt.remote_id]
    record["text"] = TEXT + " "
    record["langs"] = ["az"]
    record["embed"]["images"][0]["alt"] = "another"
    assert bluesky.read_back(own, 0, receipt) == (
        "the text is another one",
        "image 1 has another alternative text, or none",
        "its language is az instead of en",
    )
    record["embed"]["images"] = []
    del record["langs"]
    assert bluesky.read_back(own, 0, receipt)[1:] == (
        "it has 0 images instead of 1",
        "its language is not said instead of en",
    )
    another = replace(own, parts=(replace(own.parts[0], images=(image(PHOTO, "613 people"),)),))
    record["embed"]["images"] = [{"image": {"ref": {"$link": "bafkrei"}}, "alt": "613 people"}]
    assert "image 1 is another picture" in bluesky.read_back(another, 0, receipt)


def test_a_post_that_vanished_after_publishing_is_told(server, bluesky):
    own = message(TEXT)
    receipt = bluesky.send(bluesky.prepare(own, 0, KEY, None)).receipt
    server.records.clear()
    assert bluesky.read_back(own, 0, receipt) == ("it is not there any more",)


@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.refuse(503), fakes.refuse(200, "<html>")])
def test_a_post_that_cannot_be_read_just_now_raises_no_alarm(server, bluesky, fault):
    own = message(TEXT)
    receipt = bluesky.send(bluesky.prepare(own, 0, KEY, None)).receipt
    server.fail_next("GET .*getRecord", fault)
    assert bluesky.read_back(own, 0, receipt) == ()


def test_what_the_account_already_shows_is_told_with_its_place(server, bluesky):
    server.add("Remember  Xocalı.", "3mzzzzzzzzzzz")
    server.add("From years ago.", "3lzzzzzzzzzzz", created_at="2025-02-20T10:00:00Z")
    planned = [
        replace(message(text), key=f"2027/{number}/news-en")
        for number, text in enumerate(("Remember Xocalı.", "From years ago.", "Not out."))
    ]
    place = "https://bsky.app/profile/campaign.example/post/3mzzzzzzzzzzz"
    assert bluesky.already_out(planned, SINCE) == {"2027/0/news-en": place}


def _numbered(beginning, number):
    letters = "abcdefghijklmnopqrstuvwxyz"
    return beginning + "a" * 7 + letters[number // 26] + letters[number % 26]


def test_our_own_posts_are_found_wherever_their_keys_sort_them(server, bluesky):
    own = message(TEXT)
    receipt = bluesky.send(bluesky.prepare(own, 0, KEY, None)).receipt
    # A hundred posts by hand on either side of it: their keys are times of October 2026 and of November 2027.
    for number in range(100):
        for month in ("3mwr", "3nvv"):
            server.add(f"{month} {number}", _numbered(month, number))
    assert bluesky.already_out([own], SINCE) == {KEY: receipt.url}
    assert server.count("GET .*listRecords") == 4  # the last page is empty


def test_a_listing_ends_where_the_campaigns_year_began(server, bluesky):
    for number in range(250):
        server.add(f"Old {number}", _numbered("3jp4", number), created_at="2023-02-20T10:00:00Z")
    assert bluesky.already_out([message(TEXT)], SINCE) == {}
    assert server.count("GET .*listRecords") == 1


@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.refuse(503), fakes.refuse(200, "<html>")])
def test_an_account_that_cannot_be_listed_is_asked_again_later(server, bluesky, fault):
    server.fail_next("GET .*listRecords", fault)
    assert bluesky.already_out([message(TEXT)], SINCE).kind is Refusal.TRANSIENT
