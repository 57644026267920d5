"""Facebook pages against a server on loopback that checks shapes, and breaks on request."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Absent,
    CannotTell,
    Edits,
    Found,
    Measures,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from tests import fakes
from tests.fakes.facebook_server import FacebookServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

TOKEN = "canary-facebook-token"
CREATE = "POST /v26.0/104058/feed"
NOBODY = frozenset()


@pytest.fixture
def server():
    with FacebookServer(TOKEN) as running:
        yield running


def connected(server, clock=None, **options):
    asked = replace(channel("facebook", server.base_url), options={"page": "104058", **options})
    return connect(asked, {"ACCESS_TOKEN": TOKEN}, FILES.__getitem__, clock=clock)


@pytest.fixture
def facebook(server):
    return connected(server)


def prepared(facebook, *args, reply_to=None, **more):
    made = facebook.prepare(message(*args, **more), 0, KEY, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def graph_error(code, subcode=None, **more):
    found = {"message": "their reason", "type": "OAuthException", "code": code, **more}
    return {"error": found | ({"error_subcode": subcode} if subcode else {})}


def test_a_text_goes_out_with_its_link_in_the_same_call(server, facebook):
    sent = facebook.send(prepared(facebook, TEXT))
    [post] = server.published
    assert post.message == TEXT
    number = post.id.partition("_")[2]
    assert sent == Sent(Receipt(post.id, f"https://www.facebook.com/104058/posts/{number}"))
    assert server.count(CREATE) == 1


@pytest.mark.parametrize("number", [1, 2, 4])
def test_pictures_are_staged_unseen_and_go_out_in_one_call(server, facebook, number):
    pictures = tuple(image((CARD, PHOTO)[n % 2], f"picture {n % 2}") for n in range(number))
    ready = prepared(facebook, TEXT, pictures)
    assert server.published == []
    sent = facebook.send(ready)
    assert server.published[0].photos == tuple(
        ((CARD, PHOTO)[n % 2], f"picture {n % 2}") for n in range(number)
    )
    assert facebook.read_back(message(TEXT, pictures), 0, sent.receipt) == ()


def test_a_link_gets_its_card_only_where_there_is_no_picture(server, facebook):
    facebook.send(prepared(facebook, TEXT, link="https://example.org/a"))
    facebook.send(prepared(facebook, "Two.", (image(CARD, "alt"),), link="https://example.org/a"))
    assert [post.link for post in server.published] == ["https://example.org/a", None]


def test_what_is_sent_is_the_payload_that_preview_showed(server, facebook):
    picture = image(CARD, "alt")
    shown = connect(channel("facebook"), {}, FILES.__getitem__).payload(message(TEXT, (picture,)))
    assert shown == {"message": TEXT, "attached_media": [{"media_fbid": picture.sha256}]}
    ready = prepared(facebook, TEXT, (picture,))
    own = {**shown, "attached_media": [{"media_fbid": ready.uploads[picture.sha256]}]}
    assert (ready.request["path"], ready.request["fields"]) == ("104058/feed", own)


def test_staged_pictures_are_made_anew_before_facebook_drops_them(server):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    ready = prepared(connected(server, clock=lambda: noon), TEXT, (image(CARD, "alt"),))
    assert ready.expires_at == noon + timedelta(hours=20)


def test_account_is_the_page_with_what_the_token_may_do(server, facebook):
    server.expires_at = 1_800_000_000  # 2027-01-15 08:00 UTC
    account = facebook.account()
    assert (account.id, account.handle, account.url) == (
        "104058",
        "Memory",
        "https://www.facebook.com/memory",
    )
    assert account.permissions == ("pages_manage_posts", "pages_read_engagement")
    assert account.missing == ()
    assert account.expires_at == datetime(2027, 1, 15, 8, tzinfo=UTC)
    server.scopes = ("pages_read_engagement",)
    assert facebook.account().missing == ("pages_manage_posts",)


def test_a_persons_token_in_place_of_the_pages_is_named(server, facebook):
    server.owner = "999"
    refused = facebook.account()
    assert refused.kind is Refusal.AUTH
    assert "the token is Aygün's and not the page's" in refused.message


def test_a_page_that_nobody_can_see_is_named(server, facebook):
    server.is_published = False
    assert "publish it in its settings" in facebook.account().message


def test_a_lost_post_is_found_and_a_miss_proves_nothing(server, facebook):
    facebook.send(prepared(facebook, "Before."))
    ready = prepared(facebook, TEXT, (image(CARD, "alt"), image(PHOTO, "alt")))
    server.fail_next(CREATE, fakes.lost_answer())
    assert isinstance(facebook.send(ready), Unknown)
    server.lag = 1
    assert facebook.find(ready, NOBODY) == Absent()
    assert facebook.recovery is Recovery.PRESENCE_ONLY  # so the engine does not believe that
    found = facebook.find(ready, NOBODY)
    assert isinstance(found, Found)
    assert found.receipt.remote_id == server.published[1].id
    assert facebook.find(ready, frozenset({found.receipt.remote_id})) == Absent()


def test_an_older_post_with_the_same_words_is_not_taken_for_this_one(server, facebook):
    facebook.send(prepared(facebook, TEXT))
    facebook.send(prepared(facebook, "Between."))
    ready = prepared(facebook, TEXT)
    server.fail_next(CREATE, fakes.dropped())
    assert isinstance(facebook.send(ready), Unknown)
    assert facebook.find(ready, NOBODY) == Absent()


def test_the_same_words_twice_in_a_row_are_evidence(server, facebook):
    facebook.send(prepared(facebook, TEXT))
    refused = facebook.send(prepared(facebook, TEXT))
    assert refused.kind is Refusal.DUPLICATE
    assert len(server.published) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, graph_error(190, 463), Refusal.AUTH, "make a new one"),
        (403, graph_error(200), Refusal.PERMISSION, "not Live"),
        (403, graph_error(10), Refusal.PERMISSION, "not Live"),
        (400, graph_error(368), Refusal.BLOCKED, "blocked posting here"),
        (400, graph_error(100, 33), Refusal.BLOCKED, "check the number"),
        (400, graph_error(100), Refusal.CONTENT, "change the post"),
        (400, graph_error(1609005), Refusal.CONTENT, "cannot read the link"),
        (400, graph_error(32), Refusal.RATE, "when Meta allows"),
        (400, graph_error(80001), Refusal.RATE, "when Meta allows"),
        (400, graph_error(506), Refusal.DUPLICATE, "same words"),
    ],
)
def test_each_refusal_says_what_to_do(server, facebook, status, body, kind, words):
    ready = prepared(facebook, TEXT)
    server.fail_next(CREATE, fakes.refuse(status, body))
    refused = facebook.send(ready)
    assert isinstance(refused, Refused)
    assert (refused.kind, words in refused.message, "their reason" in refused.message) == (kind, True, True)
    assert server.published == []


def test_a_throttled_page_is_left_alone_for_as_long_as_meta_estimates(server):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    facebook = connected(server, clock=lambda: noon)
    ready = prepared(facebook, TEXT)
    usage = '{"104058": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 42}]}'
    fault = fakes.refuse(400, graph_error(80001), X_Business_Use_Case_Usage=usage)
    server.fail_next(CREATE, fault)
    assert facebook.send(ready).retry_at == noon + timedelta(minutes=42)
    server.fail_next(CREATE, fakes.refuse(400, graph_error(80001)))
    assert facebook.send(ready).retry_at == noon + timedelta(hours=1)


@pytest.mark.parametrize(
    "fault",
    [
        fakes.lost_answer(),
        fakes.fail_after(500, graph_error(2)),
        fakes.fail_after(400, graph_error(1)),
        fakes.fail_after(400, graph_error(999, is_transient=True)),
        fakes.fail_after(200, b"<html>"),
    ],
)
def test_what_leaves_it_open_is_unknown(server, facebook, fault):
    ready = prepared(facebook, TEXT)
    server.fail_next(CREATE, fault)
    assert isinstance(facebook.send(ready), Unknown)
    assert len(server.published) == 1


def test_a_correction_is_a_comment_under_the_post_it_corrects(server, facebook):
    first = facebook.send(prepared(facebook, "631 people."))
    ready = prepared(facebook, "Correction: 613.", (image(CARD, "card"),), reply_to=first.receipt)
    assert isinstance(facebook.send(ready), Sent)
    [comment] = server.comments
    assert (comment.on, comment.message, comment.photo) == (
        server.posts[0].id,
        "Correction: 613.",
        (CARD, "card"),
    )
    assert isinstance(facebook.find(ready, NOBODY), CannotTell)


def test_a_text_can_be_corrected_in_place_measured_and_deleted(server, facebook):
    assert isinstance(facebook, Edits)
    assert isinstance(facebook, Measures)
    sent = facebook.send(prepared(facebook, "613 peple."))
    assert facebook.edit(message("613 people."), 0, sent.receipt) is None
    assert server.posts[0].message == "613 people."
    assert facebook.metrics(sent.receipt) == {"likes": 7, "replies": 2, "reposts": 3}
    assert facebook.delete(sent.receipt) is None
    assert facebook.delete(sent.receipt) is None
    assert server.posts == []


def test_what_differs_from_the_approved_post_is_told(server, facebook):
    sent = facebook.send(prepared(facebook, TEXT, (image(CARD, "alt"),)))
    server.published[0] = replace(server.published[0], message="Other words", photos=())
    assert facebook.read_back(message(TEXT, (image(CARD, "alt"),)), 0, sent.receipt) == (
        "the text is another one",
        "it has 0 images instead of 1",
    )


def test_what_is_out_already_is_known(server, facebook):
    sent = facebook.send(prepared(facebook, TEXT))
    since = datetime.now(UTC) - timedelta(days=1)
    assert facebook.already_out([message()], since) == {KEY: sent.receipt.url}
    assert facebook.already_out([message("Other.")], since) == {}
    assert facebook.already_out([message()], since + timedelta(days=2)) == {}


def test_without_a_page_it_says_what_to_set(server):
    facebook = connect(channel("facebook", server.base_url), {"ACCESS_TOKEN": TOKEN}, FILES.__getitem__)
    assert "set channels.news-en.page" in facebook.account().message
    assert server.requests == []


def test_the_token_shows_nowhere_although_it_is_a_parameter(server, facebook, caplog):
    caplog.set_level(logging.DEBUG)
    ready = prepared(facebook, TEXT, (image(CARD, "alt"),))
    shown = [repr(facebook), repr(ready), str(ready.to_json()), repr(facebook.account())]
    server.fail_next(CREATE, fakes.refuse(400, {"error": {"message": f"bad token {TOKEN}", "code": 190}}))
    shown.append(repr(facebook.send(ready)))
    logged = [record.getMessage() for record in caplog.records]
    assert not [words for words in (*shown, *logged) if "canary" in words]


def test_a_correction_of_a_post_deleted_by_hand_is_its_own_trouble_and_not_the_channels(server, facebook):
    first = facebook.send(prepared(facebook, "First."))
    ready = facebook.prepare(message("Correction."), 0, f"{KEY}-c", first.receipt)
    facebook.delete(first.receipt)
    refused = facebook.send(ready)
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_a_correction_that_is_taken_down_is_gone_and_its_post_stays(server, facebook):
    first = facebook.send(prepared(facebook, "First."))
    ready = facebook.prepare(message("Correction."), 0, f"{KEY}-c", first.receipt)
    assert facebook.delete(facebook.send(ready).receipt) is None
    assert (server.answers, len(server.posts)) == ([], 1)


def test_a_post_made_by_hand_is_not_called_gone_for_having_no_number(server, facebook):
    # What `settle --published LINK` knows of it is the end of its link.
    refused = facebook.delete(Receipt("178001", "https://example.org/178001"))
    assert refused.kind is Refusal.PERMISSION
    assert "delete it in the app" in refused.message
    assert server.count("DELETE .*") == 0
