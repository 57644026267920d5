"""X by a browser's tokens: renewed in time, once, stored before use, and never while a post is on its way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import platforms
from scheduler.platforms import connect
from scheduler.platforms.base import Account, Found, Prepared, Refusal, Refused, Sent, Unknown
from scheduler.platforms.tokens import Tokens
from tests import fakes
from tests.fakes.x_server import XServer
from tests.platforms.messages import CARD, FILES, KEY, TEXT, channel, image, message

CREATE, RENEW = "POST /2/tweets", "POST /2/oauth2/token"
GIVEN = {"ACCESS_TOKEN": "canary-bearer-1", "REFRESH_TOKEN": "canary-refresh-1", "CLIENT_ID": "app"}


@pytest.fixture
def server():
    with XServer() as running:
        running.bearer, running.refresh = GIVEN["ACCESS_TOKEN"], GIVEN["REFRESH_TOKEN"]
        yield running


def connected(server, folder, clock=None, **more):
    tokens = Tokens("news-en", {**GIVEN, **more}, folder)
    return connect(channel("x", server.base_url), tokens, FILES.__getitem__, clock=clock)


def expire(server):
    """Two hours later: X takes the old access token no more."""
    server.bearer = "canary-bearer-1-ended"


def prepared(x, text=TEXT, images=()):
    made = x.prepare(message(text, images), 0, KEY, None)
    assert isinstance(made, Prepared), made
    return made


def test_a_post_with_an_image_goes_out_by_a_bearer_token(server, tmp_path):
    x = connected(server, tmp_path)
    assert isinstance(x.send(prepared(x, TEXT, (image(CARD, "613 people"),))), Sent)
    [post] = server.published
    assert (post.text, post.media) == (TEXT, ((CARD, "613 people"),))


def test_a_token_that_has_ended_is_renewed_and_the_question_asked_again(server, tmp_path):
    expire(server)
    assert isinstance(connected(server, tmp_path).account(), Account)
    assert server.renewals == 1
    assert server.count("GET /2/users/me") == 2


def test_the_new_pair_is_there_after_a_restart(server, tmp_path):
    expire(server)
    connected(server, tmp_path).account()
    expire(server)
    assert isinstance(connected(server, tmp_path).account(), Account)
    assert server.renewals == 2  # the second by the second refresh token: the first was good once


def test_a_token_that_ends_soon_is_renewed_before_the_post_not_with_it(server, tmp_path):
    now = [datetime(2027, 2, 26, 8, 0, tzinfo=UTC)]
    expire(server)
    x = connected(server, tmp_path, clock=lambda: now[0])
    x.account()
    prepared(x)
    assert server.renewals == 1
    now[0] += timedelta(hours=1, minutes=55)
    assert isinstance(x.send(prepared(x)), Sent)
    assert server.renewals == 2


def test_a_token_that_ends_while_a_post_goes_out_is_left_to_the_next_try(server, tmp_path):
    x = connected(server, tmp_path)
    ready = prepared(x)
    expire(server)
    refused = x.send(ready)
    assert (refused.kind, server.count(CREATE), server.renewals) == (Refusal.TRANSIENT, 1, 0)
    assert isinstance(x.send(prepared(x)), Sent)
    assert server.renewals == 1
    assert len(server.published) == 1


def test_a_lost_answer_is_unknown_and_is_found_with_a_renewed_token(server, tmp_path):
    x = connected(server, tmp_path)
    ready = prepared(x)
    server.fail_next(CREATE, fakes.lost_answer())
    assert isinstance(x.send(ready), Unknown)
    expire(server)
    assert isinstance(x.find(ready, frozenset()), Found)


def test_a_refresh_token_that_was_spent_elsewhere_needs_a_person(server, tmp_path):
    expire(server)
    server.refresh = "another"
    refused = connected(server, tmp_path).account()
    assert (refused.kind, "accounts connect news-en" in refused.message) == (Refusal.AUTH, True)
    assert server.count(RENEW) == 1


def test_in_time_means_that_a_refused_renewal_is_said_with_what_to_do(server, tmp_path):
    x = connected(server, tmp_path)
    ready = prepared(x)
    expire(server)
    x.send(ready)
    server.refresh = "another"
    refused = x.prepare(message(TEXT), 0, KEY, None)
    assert refused.kind is Refusal.AUTH
    assert "accounts connect news-en" in refused.message


def test_an_answer_to_a_renewal_that_is_lost_is_no_reason_to_give_up(server, tmp_path):
    expire(server)
    server.fail_next(RENEW, fakes.refuse(503))
    x = connected(server, tmp_path)
    assert x.account().kind is Refusal.TRANSIENT
    assert isinstance(x.account(), Account)


def test_two_at_once_renew_once(server, tmp_path):
    expire(server)
    both = [connected(server, tmp_path), connected(server, tmp_path)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda x: x.account(), both))
    assert all(isinstance(one, Account) for one in found), found
    assert server.renewals == 1


def test_an_app_with_a_secret_shows_it_where_it_belongs(server, tmp_path):
    expire(server)
    connected(server, tmp_path, CLIENT_SECRET="canary/app:secret").account()
    [renewal] = [one for one in server.requests if one.route == RENEW]
    # base64 of "app:canary%2Fapp%3Asecret", worked out with coreutils
    assert renewal.headers["authorization"] == "Basic YXBwOmNhbmFyeSUyRmFwcCUzQXNlY3JldA=="
    assert b"canary%2Fapp" not in renewal.body


def test_no_secret_shows(server, tmp_path):
    x = connected(server, tmp_path)
    ready = prepared(x)
    server.fail_next(CREATE, fakes.refuse(403, {"detail": "bad canary-bearer-1 canary-refresh-1"}))
    shown = [repr(x), repr(ready), repr(x.send(ready)), repr(x.account())]
    assert not [words for words in shown if "canary" in words]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), ["API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"]),
        (("ACCESS_TOKEN",), ["API_KEY", "API_SECRET", "ACCESS_SECRET"]),
        (("API_KEY", "CLIENT_ID"), ["API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"]),
        (("REFRESH_TOKEN",), ["ACCESS_TOKEN", "CLIENT_ID"]),
        (("CLIENT_ID", "ACCESS_TOKEN"), ["REFRESH_TOKEN"]),
        (("ACCESS_TOKEN", "REFRESH_TOKEN", "CLIENT_ID"), []),
        (("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"), []),
    ],
)
def test_either_set_of_secrets_will_do_and_what_lacks_is_named(given, missing):
    environ = {f"NEWS_EN_{name}": "x" for name in given}
    assert platforms.missing_secrets(channel("x"), environ) == tuple(f"NEWS_EN_{name}" for name in missing)


def test_the_numbers_have_the_names_that_all_platforms_share(server, tmp_path):
    x = connected(server, tmp_path)
    sent = x.send(prepared(x))
    numbers = {"views": 900, "likes": 7, "reposts": 3, "replies": 1, "quotes": 0, "bookmarks": 2}
    assert x.metrics(sent.receipt) == numbers
    server.fields_parameter = "post.fields"
    assert x.metrics(sent.receipt) == numbers
    x.delete(sent.receipt)
    assert isinstance(x.metrics(sent.receipt), Refused)


def test_the_profile_is_what_the_account_says_of_itself(server, tmp_path):
    assert connected(server, tmp_path).account().profile == "Justice for Khojaly"
