"""X against a server on loopback that checks signatures and bodies, and breaks on request."""

import dataclasses
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from scheduler.model import Receipt
from scheduler.platforms import connect, limits
from scheduler.platforms.base import (
    Account,
    CannotTell,
    Prepared,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.x import LIMITS, TALKATIVE
from scheduler.platforms.x_prices import cost
from tests import fakes
from tests.fakes.x_server import XServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

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


def test_threads_are_off_until_somebody_has_tried_one(x):
    asked = dataclasses.replace(channel("x"), options={"threads": True})
    assert (LIMITS.parts, LIMITS.parts_if, x.limits) == (None, "threads: true", LIMITS)
    assert (limits(asked).parts, limits(asked).parts_if) == (25, "")
    assert connect(asked, {}, FILES.__getitem__).limits == limits(asked)


def test_a_reply_that_x_does_not_let_the_app_make_says_what_to_do(server, x):
    first = x.send(prepared(x, "First."))
    answer = x.prepare(message("Second."), 0, f"{KEY}#2", first.receipt)
    detail = "You are not permitted to reply to this conversation"
    server.fail_next(CREATE, fakes.refuse(403, {"title": "Forbidden", "detail": detail}))
    refused = x.send(answer)
    assert refused.kind is Refusal.CONTENT  # of this post alone: the others answer nobody, and go on
    assert "leave `threads` and `corrects` out on this channel" in refused.message


def test_a_correction_of_a_post_deleted_by_hand_says_that_it_is_deleted(server, x):
    first = x.send(prepared(x, "First."))
    answer = x.prepare(message("Second."), 0, f"{KEY}#2", first.receipt)
    x.delete(first.receipt)
    refused = x.send(answer)
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_a_post_goes_out_signed_with_its_images_and_alt_texts(server, x):
    images = (image(CARD, "613 people"), image(PHOTO, "The memorial in Bakı"))
    ready = prepared(x, TEXT, images)
    assert server.published == []
    sent = x.send(ready)
    post = server.published[0]
    assert sent == Sent(Receipt(post.id, f"https://x.com/campaign/status/{post.id}"))
    assert (post.text, post.media) == (TEXT, ((CARD, "613 people"), (PHOTO, "The memorial in Bakı")))


def test_what_is_sent_is_the_payload_that_preview_showed(server, x):
    picture = image(CARD, "alt")
    shown = connect(channel("x"), {}, FILES.__getitem__).payload(
        message(TEXT, (picture,), replies="mentioned")
    )
    ready = prepared(x, TEXT, (picture,), replies="mentioned")
    assert shown == {
        "text": TEXT,
        "media": {"media_ids": [picture.sha256]},
        "reply_settings": "mentionedUsers",
    }
    assert ready.request == {**shown, "media": {"media_ids": [ready.uploads[picture.sha256]]}}
    x.send(ready)
    assert next(request.json() for request in server.requests if request.route == CREATE) == ready.request


@pytest.mark.parametrize(
    ("replies", "setting"),
    [
        ("everyone", None),
        ("followers", "following"),
        ("mentioned", "mentionedUsers"),
        ("nobody", "mentionedUsers"),
    ],
)
def test_who_may_reply_is_said_as_x_can_say_it(server, x, replies, setting):
    x.send(prepared(x, TEXT, replies=replies))
    assert server.published[0].reply_settings == setting


def test_a_further_part_replies_to_the_one_before(server, x):
    first = x.send(prepared(x, "One."))
    x.send(x.prepare(message("Two."), 0, f"{KEY}#2", first.receipt))
    assert [post.reply_to for post in server.published] == [None, first.receipt.remote_id]


def test_the_signature_covers_the_address_that_is_called(server):
    other = connect(channel("x", server.base_url), {**SECRETS, "ACCESS_SECRET": "wrong"}, FILES.__getitem__)
    assert other.account().kind is Refusal.AUTH
    assert isinstance(connected(server).account(), Account)
    assert server.requests[0].headers["host"] in server.base_url


def test_account_says_who_the_keys_speak_for_and_what_time_x_has(server, x):
    server.date_offset = timedelta(hours=2)
    account = x.account()
    assert (account.id, account.handle, account.url) == ("2244994945", "@campaign", "https://x.com/campaign")
    assert abs(account.date - (datetime.now(UTC) + timedelta(hours=2))) < timedelta(seconds=5)


def test_without_credentials_every_call_names_the_variables_and_nothing_is_raised():
    x = connect(channel("x"), {"API_KEY": "k", "API_SECRET": "s"}, FILES.__getitem__)
    refused = x.account()
    assert refused.kind is Refusal.AUTH
    assert "put NEWS_EN_ACCESS_TOKEN, NEWS_EN_ACCESS_SECRET into the file .env" in refused.message
    ready = Prepared({"text": "x"}, baseline="1", account="1", key=KEY)
    assert x.prepare(message(), 0, KEY, None) == x.send(ready) == x.delete(Receipt("1")) == refused
    assert x.find(ready, NOBODY) == CannotTell(refused.message)


# Images


def test_the_media_ids_expire_before_x_says_they_do(server, x):
    expires = prepared(x, TEXT, (image(CARD, "alt"),)).expires_at
    # The server says 86,400 s; nine tenths of it are 21.6 h.
    assert abs(expires - datetime.now(UTC) - timedelta(hours=21.6)) < timedelta(seconds=10)


def test_an_image_without_alt_text_is_described_by_nobody(server, x):
    prepared(x, TEXT, (image(CARD, ""),))
    assert server.count("POST /2/media/metadata") == 0


def test_an_image_that_x_processes_is_waited_for(server, x):
    server.processing, waits = 2, []
    x._wait = waits.append
    assert isinstance(x.send(prepared(x, TEXT, (image(CARD, "alt"),))), Sent)
    assert waits == [1.0, 1.0]  # check_after_secs of the server


def test_an_image_that_takes_too_long_is_transient(server, x):
    server.processing = 100
    x._wait = lambda seconds: None
    answer = x.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, "still processing" in answer.message) == (Refusal.TRANSIENT, True)


def test_an_image_x_refuses_is_named_by_its_number(x):
    junk = dataclasses.replace(image(CARD, ""), sha256="junk")
    x._files = {**FILES, "junk": b"no image at all"}.__getitem__
    answer = x.prepare(message(TEXT, (image(PHOTO, ""), junk)), 0, KEY, None)
    assert answer.kind is Refusal.MEDIA
    assert "image 2 of 2" in answer.message
    assert "media type unrecognized" in answer.message


def test_a_post_is_not_prepared_without_its_alt_text(server, x):
    server.fail_next("POST /2/media/metadata", fakes.refuse(503))
    answer = x.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, "alt text" in answer.message) == (Refusal.TRANSIENT, True)


def test_an_image_that_is_not_in_the_store_is_refused(x):
    lost = dataclasses.replace(image(CARD, ""), sha256="0" * 64)
    answer = x.prepare(message(TEXT, (lost,)), 0, KEY, None)
    assert (answer.kind, "not in the store" in answer.message) == (Refusal.MEDIA, True)


# Refused or unknown


@pytest.mark.parametrize(
    "fault",
    [
        fakes.lost_answer(),
        fakes.dropped(),
        fakes.cut_short(20),
        fakes.fail_after(503, {"title": "Service Unavailable", "detail": "Over capacity", "status": 503}),
        fakes.fail_after(502, "<html>Bad Gateway</html>"),
        fakes.refuse(500, "[1, 2]"),
        fakes.refuse(408),
        fakes.refuse(301, Location="https://elsewhere.example/"),
        fakes.refuse(200, "<html>Hello</html>"),
        fakes.refuse(201, {"errors": [{"message": "odd"}]}),
    ],
    ids=repr,
)
def test_a_publishing_call_without_a_clear_answer_is_unknown(server, x, fault):
    ready = prepared(x, TEXT)
    server.fail_next(CREATE, fault)
    answer = x.send(ready)
    assert isinstance(answer, Unknown)
    assert "may be out" in answer.reason
    assert server.count(CREATE) == 1  # no retry inside


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (400, "One or more parameters to your request was invalid.", Refusal.CONTENT),
        (401, "Unauthorized", Refusal.AUTH),
        (402, "Your enrolled account does not have any credits", Refusal.PAYMENT),
        # The words of a real answer (February 2026).
        (403, "You are not allowed to create a Tweet with duplicate content.", Refusal.DUPLICATE),
        (403, "Your account is suspended and is not permitted to access this feature.", Refusal.BLOCKED),
        (403, "To protect our users, your account is temporarily locked.", Refusal.BLOCKED),
        (403, "Reply to this conversation is not allowed.", Refusal.CONTENT),
        (403, "You are not permitted to perform this action.", Refusal.PERMISSION),
        (
            403,
            "Your client app is not configured with the appropriate oauth1 app permissions",
            Refusal.PERMISSION,
        ),
        (429, "Too Many Requests", Refusal.RATE),
    ],
)
def test_a_clear_no_is_refused_by_what_it_says(server, x, status, detail, kind):
    ready = prepared(x, TEXT)
    server.fail_next(CREATE, fakes.refuse(status, {"title": "No", "detail": detail, "type": "about:blank"}))
    answer = x.send(ready)
    assert isinstance(answer, Refused)
    assert answer.kind is kind
    assert f"HTTP {status}: {detail[:40]}" in answer.message
    assert server.published == []


def test_an_error_body_that_the_client_library_chokes_on_is_still_refused(server, x):
    ready = prepared(x, TEXT)
    for body in ("[]", '"words"', '{"errors": 7}', '{"errors": [7]}', '{"error": {"a": 1}, "errors": {}}'):
        server.fail_next(CREATE, fakes.refuse(403, body))
        assert x.send(ready).kind is Refusal.PERMISSION


def test_a_rate_limit_says_when_to_come_back_even_if_the_header_is_odd(server, x):
    ready = prepared(x, TEXT)
    for header, expected in (("946684800", datetime(2000, 1, 1, tzinfo=UTC)), ("later", None)):
        server.fail_next(CREATE, fakes.refuse(429, {"title": "Slow"}, x_rate_limit_reset=header))
        assert x.send(ready) == Refused(
            Refusal.RATE,
            "publishing the post was refused (HTTP 429: Slow); it will be tried again when X allows",
            expected,
        )


def test_the_limit_of_a_day_is_a_quota(server, x):
    ready = prepared(x, TEXT)
    headers = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": "946684800"}
    server.fail_next(CREATE, fakes.refuse(429, {"title": "Slow"}, **headers))
    answer = x.send(ready)
    assert (answer.kind, answer.retry_at) == (Refusal.QUOTA, datetime(2000, 1, 1, tzinfo=UTC))


def test_a_second_post_with_the_same_words_is_refused_by_x_as_a_duplicate(server, x):
    ready = prepared(x, TEXT)
    x.send(ready)
    again = x.send(ready)
    assert (again.kind, len(server.published)) == (Refusal.DUPLICATE, 1)
    assert "look at the account" in again.message


def test_credits_that_are_used_up_are_a_matter_of_payment(server, x):
    server.credits = 0
    answer = x.send(prepared(x, TEXT))
    assert (answer.kind, "credits" in answer.message) == (Refusal.PAYMENT, True)


def test_a_server_that_cannot_be_reached_has_certainly_not_published():
    with XServer(keys=CANARIES) as server:
        x = connected(server)
        ready = prepared(x, TEXT)
    answer = x.send(ready)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])


@pytest.mark.parametrize("route", ["GET /2/users/me", LISTING, "POST /2/media/upload"])
@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.refuse(503), fakes.cut_short()])
def test_anything_that_breaks_before_the_post_is_transient(server, x, route, fault):
    server.fail_next(route, fault)
    answer = x.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])


def test_a_text_at_our_limit_is_taken_by_the_server(server, x):
    # 280 by X's weights: the link 23, a space, "₼" 2, the emoji 2, 252 letters 1 each.
    text = "https://example.org/" + "p" * 80 + " ₼🕊" + "ə" * 252
    assert LIMITS.measures[0].count(text) == 280
    assert isinstance(x.send(prepared(x, text)), Sent)
    assert isinstance(x.send(prepared(x, text + "x")), Refused)


@pytest.mark.parametrize(
    ("text", "images", "dollars"),
    [
        ("No link here.", 0, "0.015"),
        ("See https://example.org/a", 0, "0.20"),
        ("See example.org for more", 0, "0.20"),  # a bare domain is a link too
        ("Two cards.", 2, "0.025"),  # 0.015 + 2 × 0.005 for the alt texts
    ],
)
def test_the_price_is_that_of_the_price_list(text, images, dollars):
    assert cost(text, images) == Decimal(dollars)


def test_a_post_is_deleted_once_and_gone_is_fine(server, x):
    sent = x.send(prepared(x, TEXT))
    assert x.delete(sent.receipt) is None
    assert server.posts == []
    assert x.delete(sent.receipt) is None
    server.fail_next("DELETE .*", fakes.refuse(503))
    assert x.delete(sent.receipt).kind is Refusal.TRANSIENT


def test_no_secret_is_in_any_error_repr_stored_request_or_log_not_even_at_debug(server, x, caplog):
    caplog.set_level(logging.DEBUG)
    for name in TALKATIVE:
        caplog.set_level(logging.DEBUG, name)
    ready = prepared(x, TEXT, (image(CARD, "alt"),))
    seen = [x, ready, x.account(), x.send(ready)]
    for fault in (fakes.refuse(401, {"detail": f"bad {CANARIES[2]} {CANARIES[3]}"}), fakes.lost_answer()):
        server.fail_next(CREATE, fault)
        seen.append(x.send(ready))
    shown = "".join(map(repr, seen)) + str(ready.to_json()) + caplog.text
    assert [canary for canary in CANARIES if canary in shown] == []
    logging.getLogger("anything").debug("the log was on")
    assert "the log was on" in caplog.text
    assert "oauth_signature" not in caplog.text


def test_the_fake_refuses_what_the_specification_does_not_know(server, x):
    ready = prepared(x, TEXT)
    strange = dataclasses.replace(ready, request={**ready.request, "idempotency_key": "k"})
    answer = x.send(strange)
    assert (answer.kind, "idempotency_key" in answer.message) == (Refusal.CONTENT, True)


def test_listing_the_platforms_loads_neither_tweepy_nor_requests():
    code = (
        "import sys; from scheduler import platforms; platforms.kinds(); "
        "print(sorted({'tweepy', 'requests', 'urllib3'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
