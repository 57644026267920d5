"""Mastodon against a server on loopback that behaves as documented and breaks on request."""

import dataclasses
import logging
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Account,
    CannotTell,
    Prepared,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Caller
from scheduler.platforms.mastodon import LIMITS, Mastodon
from scheduler.platforms.mastodon_images import POLLS
from tests import fakes
from tests.fakes.mastodon_server import MastodonServer
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message

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


def patient(server, waits):
    """A connection that notes how long it would have waited."""
    caller = Caller("news-en", server.base_url, token=CANARY)
    return Mastodon(channel("mastodon", server.base_url), caller, FILES.__getitem__, waits.append)


def impatient(server):
    """A connection that gives up after 0.2 s."""
    caller = Caller("news-en", server.base_url, token=CANARY, deadline=timedelta(milliseconds=200))
    return Mastodon(channel("mastodon", server.base_url), caller, FILES.__getitem__)


def prepared(mastodon, *args, **more):
    made = mastodon.prepare(message(*args, **more), 0, KEY, None)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def test_a_post_goes_out_with_images_alt_texts_warning_and_language(server, mastodon):
    images = (image(CARD, "613 people"), image(PHOTO, "The memorial in Bakı"))
    ready = prepared(mastodon, TEXT, images, warning="Killing of civilians", visibility="unlisted")
    assert server.published == []
    sent = mastodon.send(ready)
    status = server.published[0]
    assert sent == Sent(
        Receipt(
            status.id,
            f"{server.base_url}/@campaign/{status.id}",
            (("uri", f"{server.base_url}/users/campaign/statuses/{status.id}"),),
        )
    )
    assert (status.text, status.spoiler, status.sensitive) == (TEXT, "Killing of civilians", True)
    assert (status.visibility, status.language) == ("unlisted", "en")
    assert status.media == ((CARD, "613 people"), (PHOTO, "The memorial in Bakı"))


def test_a_post_without_warning_or_images_has_neither(server, mastodon):
    mastodon.send(prepared(mastodon, "Remember."))
    status = server.published[0]
    assert (status.spoiler, status.sensitive, status.media) == ("", False, ())


def test_what_is_sent_is_the_payload_that_preview_showed(server, mastodon):
    picture = image(CARD, "alt")
    shown = connect(channel("mastodon"), {}, FILES.__getitem__).payload(message(TEXT, (picture,)))
    ready = prepared(mastodon, TEXT, (picture,))
    remote = ready.uploads[picture.sha256]
    assert ready.request == {**shown, "media_ids": [remote]}
    assert shown["media_ids"] == [picture.sha256]
    mastodon.send(ready)
    body = next(request.json() for request in server.requests if request.route == CREATE)
    assert body == ready.request


def test_a_further_part_replies_to_the_one_before(server, mastodon):
    first = mastodon.send(prepared(mastodon, "One."))
    second = mastodon.prepare(message("Two."), 0, f"{KEY}#2", first.receipt)
    mastodon.send(second)
    assert [status.reply_to for status in server.published] == [None, first.receipt.remote_id]


def test_sending_the_same_again_within_the_hour_is_the_same_post_where_the_server_keeps_the_key(
    server, mastodon
):
    ready = prepared(mastodon, TEXT)
    assert mastodon.send(ready) == mastodon.send(ready)
    assert len(server.published) == 1


def test_an_edited_text_or_another_part_has_another_idempotency_key(server, mastodon):
    keys = {KEY: "One.", f"{KEY}#2": "One."}
    for key, text in [*keys.items(), (KEY, "Edited.")]:
        mastodon.send(mastodon.prepare(message(text), 0, key, None))
    assert len({status.key for status in server.published}) == 3


def test_account_says_who_the_token_speaks_for_and_what_time_the_server_has(server, mastodon):
    server.date_offset = timedelta(minutes=-7)
    account = mastodon.account()
    assert isinstance(account, Account)
    assert (account.id, account.handle) == ("110", "@campaign@127.0.0.1")
    assert abs(account.date - (datetime.now(UTC) - timedelta(minutes=7))) < timedelta(seconds=5)


@pytest.mark.parametrize("missing", ["read:statuses", "profile"])
def test_a_token_that_cannot_list_the_account_is_refused_before_anything_is_published(server, missing):
    server.scopes -= {missing}
    mastodon = connect(channel("mastodon", server.base_url), {"ACCESS_TOKEN": CANARY}, FILES.__getitem__)
    for answer in (mastodon.account(), mastodon.prepare(message(), 0, KEY, None)):
        assert (answer.kind, answer.retry_at) == (Refusal.PERMISSION, None)
        assert "read:statuses" in answer.message


def test_a_token_that_was_taken_back_is_refused_with_what_to_do(server, mastodon):
    ready = prepared(mastodon)
    server.token = "another"
    for answer in (mastodon.send(ready), mastodon.account()):
        assert answer.kind is Refusal.AUTH
        assert "The access token is invalid" in answer.message
        assert ".env" in answer.message


def test_without_credentials_every_call_names_the_variable_and_nothing_is_raised():
    mastodon = connect(channel("mastodon", "https://social.example"), {}, FILES.__getitem__)
    ready = Prepared({"status": "x"}, baseline="1", account="110", key=KEY)
    refused = Refused(
        Refusal.AUTH,
        "no credentials; put NEWS_EN_ACCESS_TOKEN into the file .env beside config.yaml",
    )
    assert mastodon.account() == refused
    assert mastodon.prepare(message(), 0, KEY, None) == refused
    assert mastodon.send(ready) == refused
    assert mastodon.delete(Receipt("1")) == refused
    assert mastodon.find(ready, NOBODY) == CannotTell(refused.message)


def test_without_a_server_the_setting_is_named():
    mastodon = connect(channel("mastodon"), {"ACCESS_TOKEN": CANARY}, FILES.__getitem__)
    assert "channels.news-en.base_url" in mastodon.account().message


# Images


def test_an_image_that_the_server_processes_is_waited_for(server):
    server.processing, waits = 3, []
    mastodon = patient(server, waits)
    assert isinstance(mastodon.send(prepared(mastodon, TEXT, (image(CARD, "alt"),))), Sent)
    assert waits == list(POLLS[:3])
    assert server.published[0].media == ((CARD, "alt"),)


def test_an_image_that_takes_longer_is_looked_at_again_not_uploaded_again(server):
    server.processing, waits = len(POLLS) + 2, []
    mastodon = patient(server, waits)
    post = message(TEXT, (image(CARD, "alt"),))
    late = mastodon.prepare(post, 0, KEY, None)
    assert late.kind is Refusal.TRANSIENT
    assert "still processing" in late.message
    assert isinstance(mastodon.send(mastodon.prepare(post, 0, KEY, None)), Sent)
    assert server.count("POST /api/v2/media") == 1


def test_an_image_the_server_refuses_is_named_by_its_number(mastodon):
    junk = dataclasses.replace(image(CARD, ""), sha256="junk")
    files = {**FILES, "junk": b"no image at all"}
    mastodon._files = files.__getitem__
    answer = mastodon.prepare(message(TEXT, (image(PHOTO, ""), junk)), 0, KEY, None)
    assert answer.kind is Refusal.MEDIA
    assert "image 2 of 2" in answer.message
    assert "content type is invalid" in answer.message


def test_an_image_that_is_not_in_the_store_is_refused(mastodon):
    lost = dataclasses.replace(image(CARD, ""), sha256="0" * 64)
    answer = mastodon.prepare(message(TEXT, (lost,)), 0, KEY, None)
    assert (answer.kind, "not in the store" in answer.message) == (Refusal.MEDIA, True)


def test_media_ids_are_good_for_less_than_a_day(mastodon):
    expires = prepared(mastodon, TEXT, (image(CARD, "alt"),)).expires_at
    assert timedelta(hours=19) < expires - datetime.now(UTC) < timedelta(hours=24)
    assert prepared(mastodon, TEXT).expires_at is None


def test_an_image_that_is_not_ready_when_the_post_is_sent_is_tried_again(server, mastodon):
    ready = prepared(mastodon, TEXT, (image(CARD, "alt"),))
    server.media[next(iter(ready.uploads.values()))].looks_left = 1
    answer = mastodon.send(ready)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])


def test_images_that_another_post_has_used_are_a_refusal_and_not_a_second_post(server, mastodon):
    server.idempotency = False
    ready = prepared(mastodon, TEXT, (image(CARD, "alt"),))
    mastodon.send(ready)
    again = mastodon.send(ready)
    assert (again.kind, len(server.published)) == (Refusal.MEDIA, 1)


def test_a_post_that_lost_its_image_is_published_with_a_note(server, mastodon):
    server.lose_media = True
    sent = mastodon.send(prepared(mastodon, TEXT, (image(CARD, "alt"),)))
    assert isinstance(sent, Sent)
    assert "0 of its 1 images" in sent.notes[0]


# Refused or unknown


@pytest.mark.parametrize(
    "fault",
    [
        fakes.lost_answer(),
        fakes.dropped(),
        fakes.cut_short(20),
        fakes.fail_after(502, "<html>Bad Gateway</html>"),
        fakes.refuse(503),
        fakes.refuse(500, {"error": "boom"}),
        fakes.refuse(408),
        fakes.refuse(302, Location="https://elsewhere.example/"),
        fakes.refuse(200, "<html>Hello</html>"),
        fakes.refuse(200, {"no": "id"}),
    ],
    ids=repr,
)
def test_a_publishing_call_without_a_clear_answer_is_unknown(server, mastodon, fault):
    ready = prepared(mastodon, TEXT)
    server.fail_next(CREATE, fault)
    answer = mastodon.send(ready)
    assert isinstance(answer, Unknown)
    assert "may be out" in answer.reason
    assert server.count(CREATE) == 1  # no retry inside


def test_an_answer_that_never_ends_is_unknown_when_the_deadline_is_over(server):
    mastodon = impatient(server)
    ready = prepared(mastodon, TEXT)
    server.fail_next(CREATE, fakes.dribbled())
    assert isinstance(mastodon.send(ready), Unknown)
    assert len(server.published) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refusal.CONTENT),
        (401, Refusal.AUTH),
        (403, Refusal.PERMISSION),
        (404, Refusal.BLOCKED),
        (422, Refusal.CONTENT),
        (429, Refusal.RATE),
        (451, Refusal.BLOCKED),
    ],
)
def test_a_clear_no_is_refused_with_the_servers_reason(server, mastodon, status, kind):
    ready = prepared(mastodon, TEXT)
    server.fail_next(CREATE, fakes.refuse(status, {"error": "Because of the moon"}))
    answer = mastodon.send(ready)
    assert answer.kind is kind
    assert answer.message.startswith(
        f"publishing the post was refused (HTTP {status}: Because of the moon); "
    )
    assert server.published == []


def test_a_text_over_the_servers_limit_is_refused_as_content(server, mastodon):
    server.fail_next("GET /api/v2/instance", fakes.refuse(503))  # else it is known before anything is sent
    answer = mastodon.send(prepared(mastodon, "ə" * 501))
    assert (answer.kind, "500" in answer.message) == (Refusal.CONTENT, True)


def test_a_text_at_our_limit_is_taken_by_the_server(server, mastodon):
    # 500 graphemes by Mastodon's rule: the link counts 23, "é" written with a combining accent 1.
    text = "https://example.org/" + "p" * 60 + " " + "e\u0301" + "ə" * 475
    assert LIMITS.measures[0].count(text) == 500
    assert isinstance(mastodon.send(prepared(mastodon, text)), Sent)
    assert mastodon.prepare(message(text + "x"), 0, KEY, None).kind is Refusal.CONTENT


def test_a_rate_limit_says_when_to_come_back(server, mastodon):
    ready = prepared(mastodon, TEXT)
    reset = {"X_RateLimit_Reset": "2027-02-26T10:05:00.000000Z"}
    server.fail_next(CREATE, fakes.refuse(429, {"error": "Too many requests"}, **reset))
    assert mastodon.send(ready).retry_at == datetime(2027, 2, 26, 10, 5, tzinfo=UTC)


def test_a_server_that_cannot_be_reached_has_certainly_not_published():
    with MastodonServer(token=CANARY) as server:
        address = channel("mastodon", server.base_url)
        mastodon = connect(address, {"ACCESS_TOKEN": CANARY}, FILES.__getitem__)
        ready = prepared(mastodon, TEXT)
    answer = mastodon.send(ready)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])


@pytest.mark.parametrize("route", ["GET .*verify_credentials", LISTING, "POST /api/v2/media"])
@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.refuse(503), fakes.cut_short()])
def test_anything_that_breaks_before_the_post_is_transient(server, mastodon, route, fault):
    server.fail_next(route, fault)
    answer = mastodon.prepare(message(TEXT, (image(CARD, "alt"),)), 0, KEY, None)
    assert (answer.kind, server.published) == (Refusal.TRANSIENT, [])
    assert isinstance(mastodon.send(prepared(mastodon, TEXT, (image(CARD, "alt"),))), Sent)


def test_a_post_is_deleted_once_and_gone_is_fine(server, mastodon):
    sent = mastodon.send(prepared(mastodon, TEXT))
    assert mastodon.delete(sent.receipt) is None
    assert server.statuses == []
    assert mastodon.delete(sent.receipt) is None
    server.fail_next("DELETE .*", fakes.refuse(503))
    assert mastodon.delete(sent.receipt).kind is Refusal.TRANSIENT


def test_the_secret_is_in_no_error_repr_log_or_stored_request(server, mastodon, caplog):
    caplog.set_level("DEBUG")
    ready = prepared(mastodon, TEXT, (image(CARD, "alt"),))
    seen = [mastodon, ready, mastodon.account(), mastodon.send(ready)]
    for fault in (fakes.refuse(401, {"error": f"token {CANARY} is bad"}), fakes.lost_answer()):
        server.fail_next(CREATE, fault)
        seen.append(mastodon.send(ready))
    shown = "".join(map(repr, seen)) + str(ready.to_json()) + caplog.text
    assert CANARY not in shown
    logging.getLogger("anything").debug("the log was on")
    assert "the log was on" in caplog.text


def test_a_reply_to_a_post_that_is_gone_is_refused_alone(server, mastodon):
    ready = mastodon.prepare(message("Two."), 0, f"{KEY}#2", Receipt("112999999999999999"))
    answer = mastodon.send(ready)
    assert answer.kind is Refusal.CONTENT
    assert "probably deleted" in answer.message


def test_a_page_in_the_servers_stead_is_waited_for_once_the_account_was_met(server, mastodon):
    server.fail_next("GET /api/v1/accounts/.*", fakes.refuse(200, "<html>"))
    assert mastodon.account().kind is Refusal.BLOCKED
    mastodon.account()
    server.fail_next(LISTING, fakes.refuse(200, "<html>"))
    assert mastodon.prepare(message(TEXT), 0, KEY, None).kind is Refusal.TRANSIENT


# -- what the server says of itself and of the account


def test_the_servers_own_limits_come_with_the_account(server, mastodon):
    server.limit = 5000
    assert mastodon.account().limits == {
        "characters": 5000,
        "images": 4,
        "alt": 1500,
        "image_bytes": 16_777_216,
        "image_pixels": 33_177_600,
    }


def test_an_older_server_tells_what_it_has(server, mastodon):
    server.version = "3.5.0"
    account = mastodon.account()
    assert account.limits["characters"] == 500
    assert "alt" not in account.limits


def test_a_server_that_does_not_tell_its_limits_is_used_all_the_same(server, mastodon):
    server.fail_next("GET /api/v2/instance", fakes.refuse(503))
    assert mastodon.account().limits == {}
    assert isinstance(mastodon.send(prepared(mastodon)), Sent)


def test_the_profile_is_plain_text_and_says_whether_it_is_marked_as_automated(server, mastodon):
    account = mastodon.account()
    assert account.profile == "Justice for Khojaly. Run by the campaign."
    assert account.automated is True
    server.bot = False
    assert mastodon.account().automated is False


def test_a_token_that_may_not_upload_is_found_out_before_the_day(server, mastodon):
    server.scopes = frozenset({"profile", "read:statuses", "write:statuses"})
    account = mastodon.account()
    assert account.missing == ("write:media",)
    server.scopes = frozenset({"profile", "read", "write"})
    assert mastodon.account().missing == ()


def test_a_text_over_this_servers_limit_is_refused_before_anything_is_uploaded(server, mastodon):
    server.limit = 100
    mastodon.account()
    answer = mastodon.prepare(message("x" * 101, (image(CARD, "a card"),)), 0, KEY, None)
    assert answer.kind is Refusal.CONTENT
    assert "101" in answer.message
    assert server.count("POST /api/v2/media") == 0
    assert isinstance(mastodon.prepare(message("x" * 100), 0, KEY, None), Prepared)


def test_an_image_one_byte_over_is_refused_before_anything_is_uploaded(server, mastodon):
    big = dataclasses.replace(image(CARD, "a card"), size=16_777_217)
    answer = mastodon.prepare(message(TEXT, (big,)), 0, KEY, None)
    assert answer.kind is Refusal.MEDIA
    assert server.count("POST /api/v2/media") == 0


# -- correcting and counting


def test_a_correction_in_place_keeps_the_images_and_takes_over_their_words(server, mastodon):
    images = (image(CARD, "wrong words"), image(PHOTO, "The memorial"))
    sent = mastodon.send(prepared(mastodon, "613 were kiled.", images, warning="Loss of life"))
    right = (image(CARD, "613 people"), image(PHOTO, "The memorial"))
    assert mastodon.edit(message("613 were killed.", right, warning="Loss of life"), 0, sent.receipt) is None
    [status] = server.statuses
    assert status.text == "613 were killed."
    assert status.spoiler == "Loss of life"
    assert status.media == ((CARD, "613 people"), (PHOTO, "The memorial"))


def test_a_warning_can_be_taken_away_by_a_correction(server, mastodon):
    sent = mastodon.send(prepared(mastodon, TEXT, warning="Loss of life"))
    assert mastodon.edit(message(TEXT), 0, sent.receipt) is None
    assert server.statuses[0].spoiler == ""


def test_images_cannot_be_added_by_a_correction(server, mastodon):
    sent = mastodon.send(prepared(mastodon, TEXT))
    refused = mastodon.edit(message(TEXT, (image(CARD, "a card"),)), 0, sent.receipt)
    assert refused.kind is Refusal.CONTENT
    assert server.count("PUT .*") == 0


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (fakes.refuse(403, {"error": "no"}), Refused),
        (fakes.lost_answer(), Unknown),
        (fakes.refuse(502), Unknown),
    ],
)
def test_a_correction_that_failed_is_told_from_one_that_may_be_out(server, mastodon, fault, outcome):
    sent = mastodon.send(prepared(mastodon, TEXT))
    server.fail_next("PUT .*", fault)
    assert isinstance(mastodon.edit(message("Other words."), 0, sent.receipt), outcome)


def test_a_correction_of_a_post_that_is_gone_is_refused(server, mastodon):
    sent = mastodon.send(prepared(mastodon, TEXT))
    mastodon.delete(sent.receipt)
    assert isinstance(mastodon.edit(message("Other words."), 0, sent.receipt), Refused)


def test_numbers_have_the_names_that_all_platforms_share(mastodon):
    sent = mastodon.send(prepared(mastodon, TEXT))
    assert mastodon.metrics(sent.receipt) == {"likes": 7, "reposts": 3, "replies": 1}
    mastodon.delete(sent.receipt)
    assert isinstance(mastodon.metrics(sent.receipt), Refused)
