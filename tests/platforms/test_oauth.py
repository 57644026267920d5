"""The way in by a browser: every platform's own, against its server, and what an attacker would try."""

import dataclasses
import logging
import os
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler import platforms
from scheduler.platforms import callback, connect, oauth
from scheduler.platforms.base import Account, Refusal, Refused
from scheduler.platforms.public_media import PublicMedia
from tests import fakes
from tests.browser_person import pressed
from tests.fakes.facebook_server import FacebookServer
from tests.fakes.instagram_server import InstagramServer
from tests.fakes.linkedin_server import LinkedInServer
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.threads_server import ThreadsServer
from tests.fakes.x_server import XServer
from tests.platforms.messages import FILES, channel

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
TOKEN, SECRET = "canary-granted-token", "canary-app-secret"
PAGE = "urn:li:organization:2414183"
MEDIA = PublicMedia(os.devnull, "http://127.0.0.1:9/public")  # nothing is published here

SERVERS = {
    "facebook": (lambda: FacebookServer(TOKEN), {"page": "104058"}),
    "instagram": (lambda: InstagramServer(TOKEN, young=True), {"user": "178414", "public_media": MEDIA}),
    "linkedin": (lambda: LinkedInServer(token=TOKEN), {"author": PAGE}),
    "mastodon": (lambda: MastodonServer(token=TOKEN), {}),
    "threads": (lambda: ThreadsServer(TOKEN, young=True), {}),
    "x": (XServer, {}),
}
NAMES = sorted(SERVERS)


@pytest.fixture
def begun(request):
    """begun(name) → (server, attempt), an attempt of the platform against its server."""
    opened = []

    def begin(name, **options):
        make, own = SERVERS[name]
        server = make().__enter__()
        opened.append(server)
        asked = dataclasses.replace(channel(name, server.base_url), options=own | options)
        way = platforms.kinds()[name].oauth
        redirect = way.redirect.format(port=callback.PORT)
        if way.register:
            client, wanted = oauth.register(way, asked, redirect)
        else:
            server.oauth.add("app-1", SECRET, redirect)
            client, wanted = oauth.Client("app-1", SECRET), oauth.scopes(way, asked)
        return server, oauth.Attempt(way, asked, client, redirect, wanted)

    yield begin
    for server in opened:
        server.__exit__(None, None, None)


def test_every_platform_with_an_app_has_its_way_in_tried_here():
    assert {name for name, kind in platforms.kinds().items() if kind.oauth} == set(NAMES)


def granted(attempt):
    found = attempt.judge(callback.query_of(pressed(attempt.address)))
    assert isinstance(found, str), found
    return attempt.exchange(found, NOW)


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_way_ends_with_secrets_that_the_platform_takes(begun, name):
    _, attempt = begun(name)
    given = granted(attempt)
    assert isinstance(given, oauth.Granted), given
    assert (
        platforms.missing_secrets(
            channel(name), {f"NEWS_EN_{secret}": value for secret, value in given.secrets.items()}
        )
        == ()
    )
    made = connect(attempt.channel, given.secrets, FILES.__getitem__)
    assert isinstance(made.account(), Account)


@pytest.mark.parametrize(
    ("name", "days"), [("linkedin", 60), ("threads", 59), ("instagram", 59), ("mastodon", None), ("x", None)]
)
def test_how_long_a_token_is_good_is_told_where_it_ends_for_good(begun, name, days):
    _, attempt = begun(name)
    ends = granted(attempt).expires_at
    assert (ends is None) == (days is None)
    assert days is None or (ends - NOW) // timedelta(days=1) == days


@pytest.mark.parametrize("name", NAMES)
def test_the_address_is_one_line_with_everything_the_platform_asks_for(begun, name):
    server, attempt = begun(name)
    assert attempt.address.startswith(server.base_url)
    assert not re.search(r"\s", attempt.address)
    query = parse_qs(urlsplit(attempt.address).query)
    assert query["redirect_uri"] == [attempt.redirect]
    assert len(query["state"][0]) >= 32
    assert ("code_challenge" in query) is (name in ("mastodon", "x"))


@pytest.mark.parametrize("name", NAMES)
def test_the_platforms_own_addresses_are_https_where_the_channel_names_none(name):
    way = platforms.kinds()[name].oauth
    places = [way.authorize, way.token, *([way.longer.address] if way.longer else [])]
    own = [place for place in places if urlsplit(place).netloc]
    assert own == ([] if name == "mastodon" else places)
    assert all(place.startswith("https://") for place in own)


def test_no_two_attempts_are_alike(begun):
    _, attempt = begun("x")
    other = dataclasses.replace(attempt, state=oauth.Attempt("", "", "", "", ()).state)
    assert other.judge(callback.query_of(pressed(attempt.address))) is None
    fresh = [
        oauth.Attempt(attempt.oauth, attempt.channel, attempt.client, attempt.redirect, ()) for _ in "ab"
    ]
    assert fresh[0].state != fresh[1].state
    assert fresh[0].verifier != fresh[1].verifier


@pytest.mark.parametrize("name", ["mastodon", "x"])
def test_a_stolen_code_is_no_use_without_its_verifier(begun, name):
    _, attempt = begun(name)
    code = attempt.judge(callback.query_of(pressed(attempt.address)))
    thief = dataclasses.replace(attempt, verifier="v" * 64)
    refused = thief.exchange(code, NOW)
    assert (refused.kind, "begin again" in refused.message) == (Refusal.AUTH, True)


@pytest.mark.parametrize(
    "query", [{}, {"code": "c"}, {"code": "c", "state": ""}, {"code": "c", "state": "ş"}]
)
def test_what_does_not_bring_our_state_is_not_ours(begun, query):
    _, attempt = begun("x")
    assert attempt.judge(query) is None


def test_a_refusal_is_told_in_one_short_line(begun):
    _, attempt = begun("x")
    told = {"state": attempt.state, "error": "access_denied", "error_description": "a\n\x1b[31m" + "b" * 999}
    refused = attempt.judge(told)
    assert len(refused.message) < 300
    assert all(sign.isprintable() for sign in refused.message)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", [fakes.refuse(503), fakes.lost_answer(), fakes.refuse(200, "[]")])
def test_whatever_the_server_answers_to_a_code_it_is_a_refusal_in_words(begun, name, fault):
    server, attempt = begun(name)
    code = attempt.judge(callback.query_of(pressed(attempt.address)))
    server.fail_next("POST .*(token|accessToken)", fault)
    refused = attempt.exchange(code, NOW)
    assert isinstance(refused, Refused)
    assert refused.message.startswith("exchanging the code")


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_shows_in_reprs_refusals_or_the_log(begun, name, caplog):
    caplog.set_level(logging.DEBUG)
    server, attempt = begun(name)
    back = pressed(attempt.address)
    caplog.clear()  # what the scripted browser logged
    code = attempt.judge(callback.query_of(back))
    told = f"no {attempt.client.secret} {attempt.verifier} {code}"
    server.fail_next("POST .*(token|accessToken)", fakes.refuse(400, {"error": told}))
    shown = [repr(attempt), repr(attempt.exchange(code, NOW)), repr(granted(attempt)), caplog.text]
    hidden = (TOKEN, "canary-bearer", "canary-short", attempt.client.secret, attempt.verifier)
    assert not [words for words in shown for one in hidden if one in words]


def test_facebook_gives_the_pages_own_token_not_the_persons(begun):
    _, attempt = begun("facebook")
    assert dict(granted(attempt).secrets) == {"ACCESS_TOKEN": TOKEN}


@pytest.mark.parametrize("page", ["", "12345"])
def test_facebook_names_the_pages_there_are_where_config_names_none_of_them(begun, page):
    _, attempt = begun("facebook", page=page)
    refused = granted(attempt)
    assert refused.kind is Refusal.PERMISSION
    assert (
        'set channels.news-en.page in config.yaml to one of its pages: "99" (Bakery), "104058"'
        in refused.message
    )


@pytest.mark.parametrize(("author", "more"), [(PAGE, True), ("urn:li:person:abc", False)])
def test_linkedin_asks_for_a_pages_permissions_only_for_a_page(begun, author, more):
    _, attempt = begun("linkedin", author=author)
    assert ("w_organization_social" in attempt.scopes) is more
    assert "w_member_social" in attempt.scopes


def test_instagram_by_a_facebook_page_has_no_browser_way():
    way = platforms.kinds()["instagram"].oauth
    asked = channel("instagram")
    assert oauth.applies(way, asked)
    assert not oauth.applies(way, dataclasses.replace(asked, options={"login": "facebook"}))


def test_a_server_that_does_not_register_programs_says_so():
    with MastodonServer() as server:
        server.fail_next("POST /api/v1/apps", fakes.refuse(403, {"error": "closed"}))
        way = platforms.kinds()["mastodon"].oauth
        refused = oauth.register(way, channel("mastodon", server.base_url), "http://127.0.0.1:1/")
        assert isinstance(refused, Refused)
        assert "making the program known to the server was refused" in refused.message
        assert server.count("POST /api/v1/apps") == 1
