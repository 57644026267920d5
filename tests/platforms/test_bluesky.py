"""Bluesky against a server on loopback that behaves as documented and breaks on request."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Image, Message, MessagePart, Receipt
from scheduler.platforms import connect, xrpc
from scheduler.platforms.base import (
    Account,
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
from scheduler.platforms.bluesky import LIMITS, Bluesky
from scheduler.platforms.http import Caller
from scheduler.platforms.xrpc import Session
from tests import fakes
from tests.fakes.bluesky_server import DID, BlueskyServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

PASSWORD = "canary-app-pass"
SECRETS = {"IDENTIFIER": "campaign.example", "APP_PASSWORD": PASSWORD}
NOON = datetime(2027, 2, 26, 12, 0, 0, 250_000, tzinfo=UTC)
PUT, APPLY = "POST /xrpc/com.atproto.repo.putRecord", "POST /xrpc/com.atproto.repo.applyWrites"
UPLOAD = "POST /xrpc/com.atproto.repo.uploadBlob"
LOGIN = "POST /xrpc/com.atproto.server.createSession"
NOBODY = frozenset()
SECOND = timedelta(seconds=1)


@pytest.fixture
def server():
    with BlueskyServer(password=PASSWORD) as running:
        yield running


def connected(server, secrets=SECRETS, **options):
    asked = replace(channel("bluesky", server.base_url), options=options)
    return connect(asked, secrets, FILES.__getitem__, clock=lambda: NOON)


@pytest.fixture
def bluesky(server):
    return connected(server)


def prepared(bluesky, *args, key=KEY, reply_to=None, **more):
    made = bluesky.prepare(message(*args, **more), 0, key, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def published(bluesky, *args, **more):
    sent = bluesky.send(prepared(bluesky, *args, **more))
    assert isinstance(sent, Sent), sent
    return sent.receipt


def sluggish(server, seconds):
    """A connection whose clock gives these seconds, one a look, and stays at the last."""
    times = iter(seconds)
    last = [0.0]

    def clock():
        last[0] = next(times, last[0])
        return last[0]

    def caller(token, hidden):
        return Caller("news-en", server.base_url, token=token, secrets=hidden)

    session = Session(caller, server.base_url, "campaign.example", PASSWORD)
    return Bluesky(session, FILES.__getitem__, lambda: NOON, clock)


def test_a_post_goes_out_with_images_alt_texts_language_and_time(server, bluesky):
    ready = prepared(bluesky, TEXT, (image(CARD, "613 people"), image(PHOTO, "The memorial in Bakı")))
    assert server.published == []
    receipt = bluesky.send(ready).receipt
    [(key, record)] = server.published
    assert (record["text"], record["langs"]) == (TEXT, ["en"])
    assert record["createdAt"] == "2027-02-26T12:00:15.250Z"
    shown = [
        (server.blobs[one["image"]["ref"]["$link"]], one["alt"], one["aspectRatio"], one["image"]["mimeType"])
        for one in record["embed"]["images"]
    ]
    shape = {"width": 1080, "height": 1350}
    assert shown == [
        (CARD, "613 people", shape, "image/jpeg"),
        (PHOTO, "The memorial in Bakı", shape, "image/png"),
    ]
    assert (receipt.remote_id, receipt.url) == (key, f"https://bsky.app/profile/campaign.example/post/{key}")
    assert dict(receipt.refs)["uri"] == f"at://{DID}/app.bsky.feed.post/{key}"


def test_what_is_sent_is_the_payload_that_preview_showed(server, bluesky):
    text = "613 in Xocalı #26february https://example.org/a"
    picture = image(CARD, "alt")
    shown = connect(channel("bluesky"), {}, FILES.__getitem__).payload(message(text, (picture,)))
    assert shown["embed"]["images"][0]["image"] == picture.sha256
    shown["embed"]["images"][0]["image"] = {
        "$type": "blob",
        "ref": {"$link": prepared(bluesky, text, (picture,)).uploads[picture.sha256]},
        "mimeType": "image/jpeg",
        "size": len(CARD),
    }
    published(bluesky, text, (picture,))
    [(_, record)] = server.published
    assert record == {**shown, "createdAt": "2027-02-26T12:00:15.250Z"}


def test_links_hashtags_and_mentions_are_marked_where_their_bytes_are(server, bluesky):
    server.handles = {"museum.example": "did:plc:museum"}
    text = "Şəhidlər 🕯️ xocali.az, @museum.example @nobody.example (#Xocalı) https://example.org/ə?a=1"
    published(bluesky, text)
    [(_, record)] = server.published
    written = text.encode()
    marked = {
        written[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"]
        for facet in record["facets"]
    }
    kind = "app.bsky.richtext.facet"
    assert marked == {
        "xocali.az": [{"$type": f"{kind}#link", "uri": "https://xocali.az"}],
        "@museum.example": [{"$type": f"{kind}#mention", "did": "did:plc:museum"}],
        "#Xocalı": [{"$type": f"{kind}#tag", "tag": "Xocalı"}],
        "https://example.org/ə?a=1": [{"$type": f"{kind}#link", "uri": "https://example.org/ə?a=1"}],
    }


@pytest.mark.parametrize("fault", [fakes.refuse(429, {"error": "RateLimitExceeded"}), fakes.lost_answer()])
def test_a_mention_that_could_not_be_looked_up_is_looked_up_again_later(server, bluesky, fault):
    server.fail_next("GET .*resolveHandle", fault)
    answer = bluesky.prepare(message("Thanks to @museum.example"), 0, KEY, None)
    assert answer.kind in (Refusal.RATE, Refusal.TRANSIENT)


@pytest.mark.parametrize(
    ("replies", "allow"),
    [
        ("nobody", []),
        ("followers", [{"$type": "app.bsky.feed.threadgate#followerRule"}]),
        ("mentioned", [{"$type": "app.bsky.feed.threadgate#mentionRule"}]),
    ],
)
def test_who_may_reply_goes_out_in_the_same_call_as_the_post(server, bluesky, replies, allow):
    receipt = published(bluesky, "Quiet, please.", replies=replies)
    gate = server.gates[receipt.remote_id]
    assert (gate["allow"], gate["post"]) == (allow, dict(receipt.refs)["uri"])
    assert (server.count(APPLY), server.count(PUT)) == (1, 0)
    assert bluesky.payload(message("Quiet, please.", replies=replies))["threadgate"] == {"allow": allow}


def test_a_post_that_everybody_may_answer_has_no_gate(server, bluesky):
    published(bluesky, "Remember.")
    assert (server.gates, "threadgate" in bluesky.payload(message("Remember."))) == ({}, False)


def test_pictures_are_covered_where_the_message_says_so(server, bluesky):
    warned = {"warning": "Killing of civilians"}
    published(bluesky, "One.", (image(CARD, "alt"),), key="2027/a/b", display=("spoiler",), **warned)
    published(bluesky, "Two.", key="2027/c/b", display=("spoiler",), **warned)
    published(bluesky, "Three.", (image(CARD, "alt"),), key="2027/d/b", **warned)
    labels = {record["text"]: record.get("labels") for _, record in server.published}
    own = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    assert labels == {"One.": own, "Two.": None, "Three.": None}


def test_each_part_of_a_thread_replies_to_the_one_before_and_names_the_first(server, bluesky):
    thread = Message(KEY, "en", tuple(map(MessagePart, ("One.", "Two.", "Three."))))
    receipts, reply_to = [], None
    for part in range(3):
        key = KEY if part == 0 else f"{KEY}#{part + 1}"
        reply_to = bluesky.send(bluesky.prepare(thread, part, key, reply_to)).receipt
        receipts.append(dict(reply_to.refs))
    one, two, three = ({name: refs[name] for name in ("uri", "cid")} for refs in receipts)
    assert [record.get("reply") for _, record in server.published] == [
        None,
        {"root": one, "parent": one},
        {"root": one, "parent": two},
    ]
    assert [refs["root_uri"] for refs in receipts] == [one["uri"]] * 3
    assert [refs["root_cid"] for refs in receipts] == [one["cid"]] * 3
    assert three["uri"] not in (one["uri"], two["uri"])


def test_only_the_first_part_of_a_thread_says_who_may_reply(server, bluesky):
    first = published(bluesky, "One.", replies="nobody")
    published(bluesky, "Two.", replies="nobody", key=f"{KEY}#2", reply_to=first)
    assert list(server.gates) == [first.remote_id]


def test_a_correction_answers_a_post_of_which_a_person_gave_only_the_link(server, bluesky):
    server.add("There were 163.", key="3bbbbbbbbbbbb")
    published(bluesky, "Correction: 613.", reply_to=Receipt("3bbbbbbbbbbbb", "https://bsky.app/…"))
    [(_, record)] = server.published
    assert record["reply"]["parent"]["uri"].endswith("/3bbbbbbbbbbbb")
    assert record["reply"]["root"] == record["reply"]["parent"]


def test_a_reply_to_a_post_that_is_gone_is_refused_alone(bluesky):
    answer = bluesky.prepare(message("Two."), 0, f"{KEY}#2", Receipt("3bbbbbbbbbbbb"))
    assert (answer.kind, "is deleted" in answer.message) == (Refusal.CONTENT, True)


# Never twice


def test_the_same_request_again_is_the_same_post(server, bluesky):
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"),))
    assert bluesky.send(ready) == bluesky.send(ready)
    assert len(server.published) == 1


def test_a_key_is_the_parts_own_for_ever(server, bluesky):
    first = prepared(bluesky, "Before the mistake was mended.").request["rkey"]
    assert prepared(bluesky, "After it.").request["rkey"] == first
    assert prepared(bluesky, "After it.", key=f"{KEY}#2").request["rkey"] != first


@pytest.mark.parametrize("replies", ["everyone", "nobody"])
def test_another_request_for_a_part_that_is_out_changes_nothing_and_is_looked_at(server, bluesky, replies):
    # As after a lost database, or from a second scheduler: the words are the same, the time is another.
    first = published(bluesky, TEXT, replies=replies)
    again = replace(connected(server).prepare(message(TEXT, replies=replies), 0, KEY, None))
    target = again.request.get("record") or again.request["writes"][0]["value"]
    target["createdAt"] = "2027-02-26T13:00:00.000Z"
    assert isinstance(bluesky.send(again), Unknown)
    assert server.posts[first.remote_id]["createdAt"] == "2027-02-26T12:00:15.250Z"
    assert bluesky.find(again, NOBODY) == Found(first)


def test_a_repetition_uploads_the_images_that_the_server_may_have_dropped(server, bluesky):
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"), image(PHOTO, "alt")))
    server.blobs.clear()
    sent = connected(server).send(ready)  # another process: what this one uploaded it does not know
    assert isinstance(sent, Sent)
    assert sorted(server.blobs.values()) == sorted([CARD, PHOTO])


def test_images_uploaded_a_moment_ago_are_not_uploaded_again(server, bluesky):
    bluesky.send(prepared(bluesky, TEXT, (image(CARD, "alt"),)))
    assert server.count(UPLOAD) == 1


def test_one_picture_shown_twice_is_uploaded_once(server, bluesky):
    published(bluesky, TEXT, (image(CARD, "first"), image(CARD, "second")))
    [(_, record)] = server.published
    assert [one["alt"] for one in record["embed"]["images"]] == ["first", "second"]
    assert server.count(UPLOAD) == 1


def test_images_that_the_server_dropped_at_once_are_uploaded_on_the_next_try(server, bluesky):
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"),))
    server.blobs.clear()
    answer = bluesky.send(ready)
    assert (answer.kind, "uploaded again" in answer.message) == (Refusal.TRANSIENT, True)
    assert isinstance(bluesky.send(ready), Sent)


def test_a_server_that_changes_images_does_not_get_the_post(server, bluesky):
    server.recode = True
    answer = bluesky.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, "does not keep the image as it is" in answer.message) == (Refusal.MEDIA, True)


def test_a_post_for_midnight_does_not_show_the_day_before(server):
    midnight = datetime(2027, 2, 26, tzinfo=UTC)
    for seconds, time in (
        (0, midnight),
        (1, midnight - Bluesky.lead),
        (2, midnight - Bluesky.lead - 2 * SECOND),
    ):
        early = connect(
            channel("bluesky", server.base_url), SECRETS, FILES.__getitem__, clock=lambda at=time: at
        )
        published(early, "Midnight.", key=f"2027/{seconds}/b")
    shown = [datetime.fromisoformat(record["createdAt"]) for _, record in server.published]
    assert all(midnight <= one <= midnight + timedelta(seconds=15) for one in shown)


def test_what_was_prepared_long_ago_is_prepared_anew(bluesky):
    assert prepared(bluesky, TEXT).expires_at == NOON + timedelta(minutes=10)
    assert bluesky.recovery is Recovery.RESEND_SAFE


def test_a_server_that_dawdles_over_the_images_does_not_get_the_post_late(server):
    slow = sluggish(server, [0.0, 0.0, 0.0, 700.0, 700.0, 705.0, 711.0])
    ready = prepared(slow, TEXT, (image(CARD, "alt"),))
    answer = slow.send(ready)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])
    assert "nothing was sent yet" in answer.message


# What can go wrong with the visible call


@pytest.mark.parametrize(
    "fault",
    [
        fakes.lost_answer(),
        fakes.dropped(),
        fakes.cut_short(),
        fakes.fail_after(502, "<html>Bad gateway</html>"),
        fakes.refuse(500, {"error": "InternalServerError", "message": "Internal Server Error"}),
        fakes.refuse(503, {"error": "NotEnoughResources"}),
        fakes.refuse(408),
        fakes.refuse(302, Location="https://evil.example"),
        fakes.refuse(200, "<html>Hello</html>"),
        fakes.refuse(200, {"uri": "at://did:plc:somebody/app.bsky.feed.post/3k", "cid": "bafy"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("replies", ["everyone", "nobody"])
def test_a_publishing_call_without_a_clear_answer_is_unknown(server, bluesky, fault, replies):
    ready = prepared(bluesky, TEXT, replies=replies)
    server.fail_next(f"{PUT}|{APPLY}", fault)
    answer = bluesky.send(ready)
    assert isinstance(answer, Unknown)
    assert "may be out" in answer.reason
    assert server.count(f"{PUT}|{APPLY}") == 1  # no retry inside


def test_an_answer_that_never_ends_is_unknown_when_the_deadline_is_over(server):
    def caller(token, hidden):
        brief = timedelta(milliseconds=300)
        return Caller("news-en", server.base_url, token=token, secrets=hidden, deadline=brief)

    session = Session(caller, server.base_url, "campaign.example", PASSWORD)
    bluesky = Bluesky(session, FILES.__getitem__)
    ready = prepared(bluesky, TEXT)
    server.fail_next(PUT, fakes.dribbled())
    assert isinstance(bluesky.send(ready), Unknown)
    assert len(server.published) == 1


@pytest.mark.parametrize(
    ("status", "name", "kind", "advice"),
    [
        (400, "InvalidRequest", Refusal.CONTENT, "change the post"),
        (400, "ExpiredToken", Refusal.TRANSIENT, "renewed"),
        (400, "InvalidToken", Refusal.TRANSIENT, "renewed"),
        (400, "BlobNotFound", Refusal.TRANSIENT, "uploaded again"),
        (400, "InvalidMimeType", Refusal.MEDIA, "kind of image"),
        (400, "BlobTooLarge", Refusal.MEDIA, "too large"),
        (400, "RepoNotFound", Refusal.BLOCKED, "base_url"),
        (400, "RepoDeactivated", Refusal.BLOCKED, "wake it up"),
        (400, "RepoSuspended", Refusal.BLOCKED, "suspended"),
        (400, "AccountDeactivated", Refusal.BLOCKED, "wake it up"),
        (401, "AccountTakedown", Refusal.BLOCKED, "taken down"),
        (401, "AccountSuspended", Refusal.BLOCKED, "suspended"),
        (401, "AuthMissing", Refusal.AUTH, "app password"),
        (401, "AuthenticationRequired", Refusal.AUTH, "app password"),
        (403, "Forbidden", Refusal.PERMISSION, "app password"),
        (404, "XRPCNotSupported", Refusal.BLOCKED, "base_url"),
        (413, "PayloadTooLarge", Refusal.MEDIA, "too large"),
        (429, "RateLimitExceeded", Refusal.RATE, "when the server allows"),
        (451, "Unavailable", Refusal.BLOCKED, "legal"),
    ],
)
def test_a_clear_no_is_refused_with_the_servers_reason_and_what_to_do(
    server, bluesky, status, name, kind, advice
):
    ready = prepared(bluesky, TEXT)
    server.fail_next(PUT, fakes.refuse(status, {"error": name, "message": "Because of the moon"}))
    answer = bluesky.send(ready)
    assert answer.kind is kind
    assert answer.message.startswith(
        f"publishing the post was refused (HTTP {status}: Because of the moon); "
    )
    assert advice in answer.message
    assert server.published == []


def test_a_rate_limit_says_when_to_come_back(server, bluesky):
    ready = prepared(bluesky, TEXT)
    limits = {"RateLimit_Limit": 5000, "RateLimit_Remaining": 0, "RateLimit_Reset": 1803729900}
    server.fail_next(PUT, fakes.refuse(429, {"error": "RateLimitExceeded"}, **limits))
    assert bluesky.send(ready).retry_at == datetime(2027, 2, 27, 12, 5, tzinfo=UTC)


def test_a_server_that_cannot_be_reached_has_certainly_not_published():
    with BlueskyServer(password=PASSWORD) as server:
        bluesky = connected(server)
        ready = prepared(bluesky, TEXT)
    answer = bluesky.send(ready)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])


@pytest.mark.parametrize("route", [LOGIN, UPLOAD])
@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.refuse(503), fakes.cut_short()])
def test_anything_that_breaks_before_the_post_is_transient(server, bluesky, route, fault):
    server.fail_next(route, fault)
    answer = bluesky.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])
    assert isinstance(bluesky.send(prepared(bluesky, TEXT, (image(CARD, "alt"),))), Sent)


def test_an_image_that_the_server_refuses_is_a_matter_of_the_image(server, bluesky):
    server.fail_next(UPLOAD, fakes.refuse(400, {"error": "InvalidRequest", "message": "Not an image"}))
    answer = bluesky.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, "replace the image" in answer.message) == (Refusal.MEDIA, True)


def test_an_image_that_is_not_in_the_store_is_said_so(bluesky):
    missing = Image(hashlib.sha256(b"?").hexdigest(), "alt", "image/jpeg", 10, 10, 1)
    answer = bluesky.prepare(message(TEXT, (missing,)), 0, KEY, None)
    assert (answer.kind, "not in the store" in answer.message) == (Refusal.MEDIA, True)


# Limits


def test_a_text_at_each_limit_is_taken_by_the_server(server, bluesky):
    family = "👨‍👩‍👧‍👦"  # one grapheme of 25 bytes
    for number, text in enumerate(("ə" * 300, family * 120, "é" * 300)):
        published(bluesky, text, key=f"2027/limit-{number}/news-en")
    assert [measure.limit for measure in LIMITS.measures] == [300, 3000]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("ə" * 301, "301 characters"),
        ("👨‍👩‍👧‍👦" * 120 + "!", "3,001 bytes"),
        ("e\u0301" * 301, "301 characters"),
    ],
)
def test_a_text_one_over_a_limit_is_refused_before_any_call(server, bluesky, text, unit):
    answer = bluesky.prepare(message(text), 0, KEY, None)
    assert (answer.kind, unit in answer.message) == (Refusal.CONTENT, True)
    assert server.requests == []


@pytest.mark.parametrize(
    ("images", "kind", "words"),
    [
        ([{"size": 1_000_001}], Refusal.MEDIA, "1,000,001 bytes; Bluesky takes 1,000,000"),
        ([{"media_type": "image/gif"}], Refusal.MEDIA, "is GIF; Bluesky takes JPEG, PNG, WebP"),
        ([{}] * 5, Refusal.CONTENT, "5 images; Bluesky takes 4"),
    ],
)
def test_images_over_a_limit_are_refused_before_any_call(server, bluesky, images, kind, words):
    given = [replace(image(CARD, "alt"), **changed) for changed in images]
    answer = bluesky.prepare(message(TEXT, given), 0, KEY, None)
    assert (answer.kind, words in answer.message) == (kind, True)
    assert server.requests == []


# The account, and what is out


def test_the_account_says_who_it_is_and_whether_it_is_automated(server, bluesky):
    about = {"$type": "app.bsky.actor.profile", "description": "Justice for Khojaly"}
    account = bluesky.account()
    assert isinstance(account, Account)
    assert (account.id, account.handle) == (DID, "@campaign.example")
    assert account.url == "https://bsky.app/profile/campaign.example"
    assert abs(account.date - datetime.now(UTC)) < timedelta(seconds=5)
    assert (account.profile, account.automated, account.expires_at) == ("", False, None)
    own = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    server.records["app.bsky.actor.profile", "self"] = {**about, "labels": own}
    account = bluesky.account()
    assert (account.profile, account.automated) == ("Justice for Khojaly", True)


def test_a_profile_that_cannot_be_read_leaves_the_account_known(server, bluesky):
    server.fail_next("GET .*getRecord", fakes.refuse(503))
    account = bluesky.account()
    assert (account.id, account.profile, account.automated) == (DID, None, None)


def test_a_handle_that_does_not_resolve_is_in_no_link(server, bluesky):
    server.handle = "handle.invalid"
    by_did = connected(server, {"IDENTIFIER": DID, "APP_PASSWORD": PASSWORD})
    assert by_did.account().url == f"https://bsky.app/profile/{DID}"
    assert f"/profile/{DID}/post/" in published(by_did, TEXT).url


def test_an_account_that_was_taken_down_is_blocked(server, bluesky):
    server.status = "takendown"
    answer = bluesky.account()
    assert (answer.kind, "taken down" in answer.message) == (Refusal.BLOCKED, True)


def test_an_account_taken_down_while_logged_in_is_blocked(server, bluesky):
    bluesky.account()
    server.status = "suspended"
    answer = bluesky.account()
    assert (answer.kind, "the account is suspended" in answer.message) == (Refusal.BLOCKED, True)


def test_a_post_is_deleted_with_who_may_reply_and_gone_is_fine(server, bluesky):
    receipt = published(bluesky, TEXT, replies="nobody")
    assert bluesky.delete(receipt) is None
    assert server.records == {}
    assert bluesky.delete(receipt) is None
    server.fail_next("POST .*deleteRecord", fakes.refuse(503))
    assert bluesky.delete(receipt).kind is Refusal.TRANSIENT


def test_the_numbers_are_those_that_bluesky_counts(server, bluesky):
    receipt = published(bluesky, TEXT)
    uri = dict(receipt.refs)["uri"]
    server.view[uri] = {"uri": uri, "likeCount": 12, "repostCount": 3, "replyCount": 2, "quoteCount": 1}
    assert isinstance(bluesky, Measures)
    assert bluesky.metrics(receipt) == {"likes": 12, "reposts": 3, "replies": 2, "quotes": 1}
    assert isinstance(bluesky.metrics(Receipt("3bbbbbbbbbbbb")), Refused)


def test_posts_cannot_be_edited_there(bluesky):
    assert not isinstance(bluesky, Edits)


def test_no_secret_is_in_an_error_repr_log_or_stored_request(server, bluesky, caplog):
    caplog.set_level("DEBUG")
    ready = prepared(bluesky, TEXT, (image(CARD, "alt"),))
    seen = [bluesky, ready, bluesky.account(), bluesky.send(ready), vars(bluesky), xrpc.MEMORY.logins]
    echo = f"token {next(iter(server.access))} and {PASSWORD}"
    for fault in (fakes.refuse(400, {"error": "InvalidRequest", "message": echo}), fakes.lost_answer()):
        server.fail_next(PUT, fault)
        seen.append(bluesky.send(ready))
    assert "canary" in str(server.requests)
    shown = "".join(map(repr, seen)) + str(ready.to_json()) + caplog.text
    assert "canary" not in shown
