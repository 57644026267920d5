"""Every error that the platforms document, as the answer to a publishing call: what it is, and what to do."""

import pytest

from scheduler.platforms.base import Prepared, Refusal, Refused, Unknown
from tests import fakes
from tests.platforms.messages import CARD, KEY, TEXT, image, message
from tests.platforms.stages import STAGES, running


def graph(code, subcode=None, **more):
    """developers.facebook.com, "Handle errors"."""
    error = {"message": "their reason", "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def x(detail, title="Forbidden"):
    """docs.x.com: errors are problem documents."""
    return {"title": title, "detail": detail, "type": "about:blank"}


def bot(description, **parameters):
    body = {"ok": False, "error_code": 0, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


def said(code, message="their reason"):
    return {"code": code, "message": message, "status": 0}


DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
AGAIN = "tried again"

DOCUMENTED = [
    (
        "x",
        400,
        x("One or more parameters was invalid", "Invalid Request"),
        Refusal.CONTENT,
        "change the post",
    ),
    ("x", 401, x("Unauthorized", "Unauthorized"), Refusal.AUTH, "make new ones"),
    ("x", 402, x("no credits", "CreditsDepleted"), Refusal.PAYMENT, "buy some"),
    ("x", 403, x(DUPLICATE), Refusal.DUPLICATE, "look at the account"),
    ("x", 403, x("Your Tweet text is too long."), Refusal.CONTENT, "shorten"),
    ("x", 403, x("Tweet needs to be a bit shorter."), Refusal.CONTENT, "shorten"),
    ("x", 403, x("You are not permitted to mention this user"), Refusal.CONTENT, "leave them out"),
    ("x", 403, x("reply to a Tweet that is deleted or not visible to you"), Refusal.CONTENT, "been deleted"),
    ("x", 403, x("Your account is suspended"), Refusal.BLOCKED, "log in at x.com"),
    ("x", 403, x("Reply to this conversation is not allowed"), Refusal.CONTENT, "reply there"),
    ("x", 403, x("not permitted to perform this action"), Refusal.PERMISSION, "Read and write"),
    ("x", 429, x("Too Many Requests", "Too Many Requests"), Refusal.RATE, AGAIN),
    ("mastodon", 401, {"error": "The access token is invalid"}, Refusal.AUTH, "make a new one"),
    ("mastodon", 403, {"error": "outside the authorized scopes"}, Refusal.PERMISSION, "write:statuses"),
    ("mastodon", 403, {"error": "Your login is currently disabled"}, Refusal.PERMISSION, "check the account"),
    ("mastodon", 404, {"error": "Record not found"}, Refusal.BLOCKED, "base_url"),
    ("mastodon", 410, {"error": "Gone"}, Refusal.BLOCKED, "closed"),
    ("mastodon", 422, {"error": "Text character limit of 500 exceeded"}, Refusal.CONTENT, "change the post"),
    ("mastodon", 422, {"error": "files that have not finished processing"}, Refusal.TRANSIENT, "again"),
    ("mastodon", 429, {"error": "Too many requests"}, Refusal.RATE, AGAIN),
    ("bluesky", 400, {"error": "InvalidRequest", "message": "no"}, Refusal.CONTENT, "change the post"),
    ("bluesky", 400, {"error": "BlobNotFound", "message": "no"}, Refusal.TRANSIENT, "uploaded again"),
    ("bluesky", 400, {"error": "ExpiredToken", "message": "no"}, Refusal.TRANSIENT, "renewed"),
    ("bluesky", 401, {"error": "AuthMissing", "message": "no"}, Refusal.AUTH, "app password"),
    ("bluesky", 401, {"error": "AccountTakedown", "message": "no"}, Refusal.BLOCKED, "taken down"),
    ("bluesky", 429, {"error": "RateLimitExceeded", "message": "no"}, Refusal.RATE, AGAIN),
    ("telegram", 400, bot("Bad Request: chat not found"), Refusal.BLOCKED, "check `chat`"),
    ("telegram", 400, bot("Bad Request: message is too long"), Refusal.CONTENT, "change the post"),
    ("telegram", 400, bot("Bad Request: can't parse entities"), Refusal.CONTENT, "change the post"),
    ("telegram", 400, bot("upgraded", migrate_to_chat_id=-1009), Refusal.BLOCKED, "write chat: -1009"),
    ("telegram", 401, bot("Unauthorized"), Refusal.AUTH, "@BotFather"),
    (
        "telegram",
        403,
        bot("Forbidden: bot was kicked from the channel chat"),
        Refusal.PERMISSION,
        "administrator",
    ),
    ("telegram", 429, bot("Too Many Requests: retry after 7", retry_after=7), Refusal.RATE, AGAIN),
    *(("facebook", 400, graph(code), Refusal.RATE, AGAIN) for code in (4, 17, 32, 341, 613, 80001)),
    *(("facebook", 400, graph(code), Refusal.PERMISSION, "not Live") for code in (10, 200, 210, 299)),
    ("facebook", 400, graph(100), Refusal.CONTENT, "change the post"),
    ("facebook", 400, graph(190), Refusal.AUTH, "make a new one"),
    ("facebook", 400, graph(190, 458), Refusal.AUTH, "let it in again"),
    ("facebook", 400, graph(190, 459), Refusal.AUTH, "log in at facebook.com"),
    ("facebook", 400, graph(190, 460), Refusal.AUTH, "password was changed"),
    ("facebook", 400, graph(190, 463), Refusal.AUTH, "is over"),
    ("facebook", 400, graph(190, 464), Refusal.AUTH, "log in at facebook.com"),
    ("facebook", 400, graph(190, 467), Refusal.AUTH, "make a new one"),
    ("facebook", 400, graph(368), Refusal.BLOCKED, "blocked posting"),
    ("facebook", 400, graph(368, 1390008), Refusal.BLOCKED, "too fast"),
    ("facebook", 400, graph(368, 4854002), Refusal.BLOCKED, "log in at facebook.com"),
    ("facebook", 400, graph(506), Refusal.DUPLICATE, "same words"),
    ("facebook", 400, graph(1609005), Refusal.CONTENT, "check it"),
    ("facebook", 400, graph(100, 1366051), Refusal.DUPLICATE, "posted already"),
    ("facebook", 400, graph(100, 1366046), Refusal.MEDIA, "too large"),
    ("instagram", 400, graph(36000), Refusal.MEDIA, "too large"),
    ("instagram", 400, graph(36001), Refusal.MEDIA, "JPEG"),
    ("instagram", 400, graph(36003), Refusal.MEDIA, "4:5"),
    ("instagram", 400, graph(36004), Refusal.CONTENT, "too long"),
    ("instagram", 400, graph(100, 2207028), Refusal.CONTENT, "carousel"),
    ("instagram", 400, graph(100, 2207010), Refusal.CONTENT, "hashtags"),
    ("instagram", 400, graph(100, 2207040), Refusal.CONTENT, "too many @"),
    ("instagram", 400, graph(25, 2207050), Refusal.BLOCKED, "open the app"),
    ("instagram", 400, graph(9, 2207042), Refusal.QUOTA, "used up"),
    ("instagram", 400, graph(4, 2207051), Refusal.BLOCKED, "blocked posting"),
    ("instagram", 400, graph(80002), Refusal.RATE, AGAIN),
    *(
        ("instagram", 400, graph(-1, one), Refusal.TRANSIENT, "anew")
        for one in (2207003, 2207020, 2207032, 2207053)
    ),
    ("instagram", 400, graph(24, 2207006), Refusal.TRANSIENT, "anew"),
    ("instagram", 400, graph(24, 2207008), Refusal.TRANSIENT, "anew"),
    ("instagram", 400, graph(9007, 2207027), Refusal.TRANSIENT, AGAIN),
    ("instagram", 400, graph(9004, 2207052), Refusal.MEDIA, "public_media"),
    ("threads", 400, graph(190), Refusal.AUTH, "make a new one"),
    ("threads", 400, graph(100, 2207051), Refusal.BLOCKED, "blocked posting"),
    ("threads", 400, graph(100), Refusal.CONTENT, "change the post"),
    ("linkedin", 400, said("FIELD_LENGTH_TOO_LONG"), Refusal.CONTENT, "change the post"),
    ("linkedin", 401, said("EXPIRED_ACCESS_TOKEN"), Refusal.AUTH, "60 days"),
    ("linkedin", 403, said("ACCESS_DENIED"), Refusal.PERMISSION, "w_member_social"),
    ("linkedin", 404, said("RESOURCE_NOT_FOUND"), Refusal.BLOCKED, "author"),
    ("linkedin", 409, said("CONFLICT"), Refusal.TRANSIENT, AGAIN),
    (
        "linkedin",
        422,
        said("DUPLICATE_POST", "duplicate of urn:li:share:7"),
        Refusal.DUPLICATE,
        "urn:li:share:7",
    ),
    ("linkedin", 422, said("UNPROCESSABLE_ENTITY"), Refusal.CONTENT, "change the post"),
    ("linkedin", 426, said("NONEXISTENT_VERSION"), Refusal.BLOCKED, 'version: "YYYYMM"'),
    ("linkedin", 429, said("TOO_MANY_REQUESTS"), Refusal.QUOTA, "midnight UTC"),
]


def answered(name, folder, fault):
    with running(name, folder) as on:
        images = (image(CARD, "a card"),) if on.stage.needs_picture else ()
        made = on.platform.prepare(message(TEXT, images), 0, KEY, None)
        assert isinstance(made, Prepared), made
        on.server.fail_next(on.stage.visible, fault)
        return on.platform.send(made), on.shown


@pytest.mark.parametrize(("name", "status", "body", "kind", "words"), DOCUMENTED)
def test_a_documented_error_is_a_certain_no_with_what_to_do(name, status, body, kind, words, tmp_path):
    refused, shown = answered(name, tmp_path, fakes.refuse(status, body))
    assert isinstance(refused, Refused), refused
    assert (refused.kind, words in refused.message) == (kind, True), refused
    assert shown == []


AMBIGUOUS = [
    *((name, 503, None) for name in STAGES),
    *(("facebook", status, graph(code)) for status, code in ((400, 1), (500, 2), (400, 2))),
    ("threads", 400, graph(-1, is_transient=True)),
    ("instagram", 400, graph(-1, is_transient=True)),
    ("bluesky", 400, {"error": "InvalidSwap", "message": "Record was at bafy"}),
]


@pytest.mark.parametrize(("name", "status", "body"), AMBIGUOUS)
def test_an_error_that_leaves_open_what_was_done_is_unknown(name, status, body, tmp_path):
    answer, _ = answered(name, tmp_path, fakes.refuse(status, body))
    assert isinstance(answer, Unknown), answer
