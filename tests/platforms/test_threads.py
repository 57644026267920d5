"""Threads against a server on loopback that counts as Threads does, and breaks on request."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Message, MessagePart, Receipt
from scheduler.platforms import connect, limits
from scheduler.platforms.base import (
    Absent,
    Allowance,
    CannotTell,
    Found,
    Measures,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Tidies,
    Unknown,
)
from scheduler.platforms.threads import LIMITS
from scheduler.platforms.tokens import Tokens
from tests import fakes
from tests.fakes.threads_server import ThreadsServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message
from tests.platforms.served import served

TOKEN = "canary-threads-token"
PUBLISH = "POST /v1.0/314159/threads_publish"
NOBODY = frozenset()


@pytest.fixture
def server():
    with ThreadsServer(TOKEN) as running:
        yield running


@pytest.fixture
def media(tmp_path):
    with served(tmp_path / "public") as found:
        yield found


def connected(server, media=None, clock=None, secrets=None, **options):
    asked = replace(channel("threads", server.base_url), options={"public_media": media, **options})
    made = connect(asked, secrets or {"ACCESS_TOKEN": TOKEN}, FILES.__getitem__, clock=clock)
    made._wait = lambda seconds: None
    return made


@pytest.fixture
def threads(server, media):
    return connected(server, media)


def prepared(threads, *args, reply_to=None, **more):
    made = threads.prepare(message(*args, **more), 0, KEY, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def test_a_text_goes_out_in_one_call_with_its_link(server, threads):
    ready = prepared(threads, TEXT)
    assert server.published == []
    sent = threads.send(ready)
    [post] = server.published
    assert post.text == TEXT
    assert sent == Sent(Receipt(post.id, f"https://www.threads.net/@memory/post/{post.id}"))
    assert server.count(PUBLISH) == 1


def test_the_first_hashtag_is_the_topic(server, threads):
    threads.send(prepared(threads, "We remember. #26february"))
    threads.send(prepared(threads, "Xocalı’ya #Xocalı’ya"))
    threads.send(prepared(threads, "No tag."))
    assert [post.topic for post in server.published] == ["26february", "Xocalı", None]
    assert LIMITS.max_hashtags == 1


@pytest.mark.parametrize("number", [1, 2])
def test_pictures_go_out_in_order_with_their_alternative_texts(server, threads, number):
    pictures = (image(PHOTO, "one"), image(CARD, "two"))[:number]
    sent = threads.send(prepared(threads, TEXT, pictures))
    assert server.published[0].photos == ((PHOTO, "one"), (CARD, "two"))[:number]
    assert threads.read_back(message(TEXT, pictures), 0, sent.receipt) == ()
    other = (image(PHOTO, "another"), *pictures[1:])
    assert threads.read_back(message("Other.", other), 0, sent.receipt) == (
        "the text is another one",
        "a picture has another alternative text, or none",
    )


def test_pictures_are_covered_and_a_topic_left_out_where_the_message_says_so(server, threads):
    pictures, shown = (image(CARD, "alt"),), ("spoiler", "no topic")
    covered = threads.send(prepared(threads, TEXT, pictures, display=shown))
    open_ones = threads.send(prepared(threads, TEXT, pictures))
    assert [post.spoiler for post in server.published] == [True, False]
    assert [post.topic for post in server.published] == [None, "JusticeforKhojaly"]
    asked = message(TEXT, pictures, display=shown)
    assert threads.read_back(asked, 0, covered.receipt) == ()
    assert threads.read_back(asked, 0, open_ones.receipt) == ("its pictures are not covered",)


@pytest.mark.parametrize(
    ("replies", "control"),
    [
        ("everyone", "everyone"),
        ("followers", "followers_only"),
        ("mentioned", "mentioned_only"),
        ("nobody", "parent_post_author_only"),
    ],
)
def test_who_may_reply_is_said_as_threads_can_say_it(server, threads, replies, control):
    threads.send(prepared(threads, TEXT, replies=replies))
    assert server.published[0].control == control


def test_a_chain_replies_to_the_part_before(server, threads):
    whole = Message(KEY, "en", (MessagePart("One."), MessagePart("Two.")))
    first = threads.send(threads.prepare(whole, 0, KEY, None))
    second = threads.prepare(whole, 1, f"{KEY}#2", first.receipt)
    server.fail_next(PUBLISH, fakes.lost_answer())
    assert isinstance(threads.send(second), Unknown)
    assert [post.reply_to for post in server.published] == [None, first.receipt.remote_id]
    found = threads.find(second, frozenset({first.receipt.remote_id}))
    assert found.receipt.remote_id == server.published[1].id


def test_a_link_gets_its_card_only_in_a_text_post(server, threads):
    threads.send(prepared(threads, TEXT, link="https://example.org/a"))
    threads.send(prepared(threads, TEXT, (image(CARD, "alt"),), link="https://example.org/a"))
    assert [post.link for post in server.published] == ["https://example.org/a", None]


def test_more_links_than_threads_takes_are_refused_before_any_container(server, threads):
    links = " ".join(f"https://example.org/{n}" for n in range(6))
    refused = threads.prepare(message(links), 0, KEY, None)
    assert (refused.kind, "5 different links" in refused.message) == (Refusal.CONTENT, True)
    assert server.count("POST .*") == 0


def tried():
    return replace(channel("threads"), options={"full_length": True})


def test_a_text_has_450_characters_until_somebody_has_tried_more(server, media):
    # Whether ə counts once is not documented, so a tenth of the 500 is left free.
    [safe], [whole] = limits(channel("threads")).measures, limits(tried()).measures
    assert (safe.limit, whole.limit, safe.count("ə" * 9)) == (450, 500, 9)
    assert connected(server, media, full_length=True).limits == limits(tried())


def test_emoji_count_as_their_bytes_as_in_threads_own_example(server, threads):
    # The overview says: a thumb counts 4, a family joined of four persons 25.
    [measure] = limits(tried()).measures
    assert measure.count("👍") == 4
    assert measure.count("👨‍👩‍👧‍👦") == 25
    assert isinstance(threads.send(prepared(threads, "ə" * 496 + "👍")), Sent)
    refused = threads.prepare(message("ə" * 497 + "👍"), 0, KEY, None)
    assert (refused.kind, "at most 500 characters" in refused.message) == (Refusal.CONTENT, True)


def test_after_a_lost_answer_the_container_says_that_it_is_out(server, threads):
    ready = prepared(threads, TEXT)
    server.fail_next(PUBLISH, fakes.lost_answer())
    assert isinstance(threads.send(ready), Unknown)
    assert threads.recovery is Recovery.PROBE
    found = threads.find(ready, NOBODY)
    assert isinstance(found, Found)
    assert found.receipt.remote_id == server.posts[0].id
    server.lag = 1
    # A further part must answer the post: the container's number would be no post at all.
    waiting = threads.find(ready, NOBODY)
    assert isinstance(waiting, CannotTell)
    assert "does not list it yet" in waiting.reason
    assert threads.find(ready, NOBODY) == found
    answer = threads.prepare(message("Second part."), 0, f"{KEY}#2", found.receipt)
    assert isinstance(threads.send(answer), Sent)
    assert server.posts[1].reply_to == server.posts[0].id


@pytest.mark.parametrize("when", ["before it is prepared", "before it is sent"])
def test_a_correction_of_a_post_deleted_by_hand_is_its_own_trouble_and_not_the_channels(
    server, threads, when
):
    first = threads.send(prepared(threads, "First."))
    if when == "before it is prepared":
        threads.delete(first.receipt)
        refused = threads.prepare(message("Second."), 0, f"{KEY}#2", first.receipt)
    else:
        ready = threads.prepare(message("Second."), 0, f"{KEY}#2", first.receipt)
        threads.delete(first.receipt)
        refused = threads.send(ready)
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_what_only_taking_down_and_numbers_need_keeps_no_post_from_going_out(server, threads):
    server.scopes = (
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_read_replies",
    )
    account = threads.account()
    assert account.missing == ()
    assert account.lesser == {"threads_delete": "`retract`", "threads_manage_insights": "asking for numbers"}
    sent = threads.send(prepared(threads, TEXT))
    assert threads.delete(sent.receipt).kind is Refusal.PERMISSION
    assert threads.metrics(sent.receipt).kind is Refusal.PERMISSION
    assert len(server.posts) == 1


def test_a_container_that_was_not_published_proves_that_nothing_is_out(server, threads):
    threads.send(prepared(threads, TEXT))
    ready = prepared(threads, TEXT)
    server.fail_next(PUBLISH, fakes.dropped())
    assert isinstance(threads.send(ready), Unknown)
    assert threads.find(ready, NOBODY) == Absent()


def test_pictures_stand_in_public_only_until_the_post_has_come_to_its_end(server, threads, tmp_path):
    assert isinstance(threads, Tidies)
    ready = prepared(threads, TEXT, (image(CARD, "alt"),))
    assert len(list((tmp_path / "public").iterdir())) == 1
    threads.tidy(ready)
    assert list((tmp_path / "public").iterdir()) == []
    server.fail_next("POST .*/threads", fakes.refuse(400, {"error": {"code": 100, "message": "no"}}))
    assert isinstance(threads.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None), Refused)
    assert list((tmp_path / "public").iterdir()) == []


def test_texts_need_no_public_place_and_pictures_say_what_to_set(server):
    threads = connected(server, None)
    assert isinstance(threads.send(prepared(threads, TEXT)), Sent)
    refused = threads.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert "set public_media in config.yaml" in refused.message


def test_account_has_its_days_posts_and_a_renewed_token(server, tmp_path):
    noon = datetime(2027, 1, 10, 12, tzinfo=UTC)
    tokens = Tokens("news-en", {"ACCESS_TOKEN": TOKEN}, tmp_path)
    account = connected(server, clock=lambda: noon, secrets=tokens).account()
    assert (account.id, account.handle, account.profile) == ("314159", "@memory", "35 years")
    assert account.allowance == Allowance(0, 250, timedelta(days=1))
    assert account.expires_at == noon + timedelta(days=60)
    assert tokens["ACCESS_TOKEN"] == "canary-renewed-token"


def test_what_went_wrong_says_what_to_do(server, threads):
    ready = prepared(threads, TEXT)
    for code, subcode, kind in (
        (190, None, Refusal.AUTH),
        (10, None, Refusal.PERMISSION),
        (100, 2207051, Refusal.BLOCKED),
        (613, None, Refusal.RATE),
    ):
        body = {"error": {"message": "their reason", "code": code, "error_subcode": subcode}}
        server.fail_next(PUBLISH, fakes.refuse(400, body))
        assert threads.send(ready).kind is kind
    assert server.published == []


def test_a_post_can_be_measured_and_deleted(server, threads):
    assert isinstance(threads, Measures)
    sent = threads.send(prepared(threads, TEXT))
    numbers = {"views": 120, "likes": 7, "replies": 2, "reposts": 3, "quotes": 1}
    assert threads.metrics(sent.receipt) == numbers
    assert threads.delete(sent.receipt) is None
    assert threads.delete(sent.receipt) is None
    assert server.posts == []


def test_what_is_out_already_is_known(server, threads):
    sent = threads.send(prepared(threads, TEXT))
    since = datetime.now(UTC) - timedelta(days=1)
    assert threads.already_out([message()], since) == {KEY: sent.receipt.url}
    assert threads.already_out([message("Other.")], since) == {}


def test_no_token_shows_anywhere(server, threads, caplog):
    caplog.set_level(logging.DEBUG)
    ready = prepared(threads, TEXT)
    shown = [repr(threads), repr(ready), str(ready.to_json()), repr(threads.account())]
    body = {"error": {"message": f"bad token {server.token}", "code": 190}}
    server.fail_next(PUBLISH, fakes.refuse(400, body))
    shown.append(repr(threads.send(ready)))
    logged = [record.getMessage() for record in caplog.records]
    assert not [words for words in (*shown, *logged) if "canary" in words]


def test_a_post_made_by_hand_is_not_called_gone_for_having_no_number(server, threads):
    # What `settle --published LINK` knows of it is the end of its link.
    refused = threads.delete(Receipt("DXyz_1", "https://example.org/DXyz_1"))
    assert refused.kind is Refusal.PERMISSION
    assert "delete it in the app" in refused.message
    assert server.count("DELETE .*") == 0
