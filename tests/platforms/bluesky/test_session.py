"""Sessions: begun once, renewed in time, and a wrong password not tried until the account is shut out."""

import base64
import json
import threading
import time

import pytest

from scheduler.errors import ConfigError
from scheduler.platforms import connect
from scheduler.platforms.base import Absent, Account, CannotTell, Refusal, Sent
from scheduler.platforms.http import Caller
from scheduler.platforms.xrpc import Session, lasts
from tests import fakes
from tests.fakes.bluesky_server import BlueskyServer
from tests.platforms.messages import FILES, KEY, TEXT, channel, message

PASSWORD = "canary-app-pass"
SECRETS = {"IDENTIFIER": "campaign.example", "APP_PASSWORD": PASSWORD}
LOGIN, RENEW = "POST .*createSession", "POST .*refreshSession"
PUT = "POST .*putRecord"


@pytest.fixture
def server():
    with BlueskyServer(password=PASSWORD) as running:
        yield running


def connected(server, **secrets):
    return connect(channel("bluesky", server.base_url), {**SECRETS, **secrets}, FILES.__getitem__)


def logins(server):
    return server.count(LOGIN), server.count(RENEW)


def session(server, clock, password=PASSWORD):
    def caller(token, hidden):
        return Caller("news-en", server.base_url, token=token, secrets=hidden)

    return Session(caller, server.base_url, "campaign.example", password, lambda: clock[0])


def test_one_log_in_serves_every_call_and_every_connection_of_the_process(server):
    for number in range(3):
        bluesky = connected(server)
        bluesky.account()
        ready = bluesky.prepare(message(TEXT), 0, f"2027/{number}/news-en", None)
        assert isinstance(bluesky.send(ready), Sent)
    assert logins(server) == (1, 0)


def test_a_handle_is_taken_with_its_at_sign_and_another_account_logs_in_itself(server):
    assert isinstance(connected(server, IDENTIFIER="@campaign.example").account(), Account)
    assert connected(server, IDENTIFIER="other.example").account().kind is Refusal.AUTH
    assert server.requests[0].json()["identifier"] == "campaign.example"


def test_a_session_is_renewed_before_it_ends_and_not_before(server):
    clock = [0.0]
    kept = session(server, clock)
    for clock[0], expected in ((0.0, (1, 0)), (6899.0, (1, 0)), (6901.0, (1, 1)), (13_800.0, (1, 1))):
        kept.login()
        assert logins(server) == expected  # a token is good for 7200 s


def test_a_session_that_ended_meanwhile_is_renewed_once_and_the_call_made_again(server):
    bluesky = connected(server)
    bluesky.account()
    server.end_sessions()
    assert isinstance(bluesky.account(), Account)
    assert logins(server) == (1, 1)


def test_a_session_that_cannot_be_renewed_is_begun_anew(server):
    bluesky = connected(server)
    bluesky.account()
    server.forget_sessions()
    assert isinstance(bluesky.account(), Account)
    assert logins(server) == (2, 1)


def test_a_token_that_the_server_does_not_know_is_thrown_away(server):
    bluesky = connected(server)
    bluesky.account()
    server.fail_next("GET .*getSession", fakes.refuse(400, {"error": "InvalidToken", "message": "Bad"}))
    assert isinstance(bluesky.account(), Account)
    assert logins(server) == (2, 0)


def test_a_server_that_ends_every_session_at_once_is_asked_twice_and_no_more(server):
    bluesky = connected(server)
    server.fail_next("GET .*getSession", fakes.refuse(400, {"error": "ExpiredToken"}), times=5)
    assert bluesky.account().kind is Refusal.TRANSIENT
    assert server.count("GET .*getSession") == 2


def test_a_session_that_ends_under_the_publishing_call_is_not_renewed_inside_it(server):
    bluesky = connected(server)
    ready = bluesky.prepare(message(TEXT), 0, KEY, None)
    server.end_sessions()
    answer = bluesky.send(ready)
    assert (answer.kind, server.published, logins(server)) == (Refusal.TRANSIENT, [], (1, 0))
    assert server.count(PUT) == 1
    assert isinstance(bluesky.send(ready), Sent)
    assert logins(server) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (fakes.lost_answer(), Refusal.TRANSIENT),
        (fakes.refuse(502), Refusal.TRANSIENT),
        (fakes.refuse(429, {"error": "RateLimitExceeded"}), Refusal.RATE),
    ],
)
def test_trouble_with_renewing_is_no_reason_to_log_in_again(server, fault, kind):
    bluesky = connected(server)
    bluesky.account()
    server.end_sessions()
    server.fail_next(RENEW, fault)
    assert bluesky.account().kind is kind
    assert logins(server) == (1, 1)


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (401, "AuthenticationRequired", "make an app password"),
        (401, "AuthFactorTokenRequired", "the account's own password"),
        (400, "InvalidRequest", "check the handle"),
    ],
)
def test_a_refused_log_in_says_what_to_do(server, status, name, words):
    server.fail_next(LOGIN, fakes.refuse(status, {"error": name, "message": "No."}))
    answer = connected(server).account()
    assert (answer.kind, words in answer.message) == (Refusal.AUTH, True)
    assert answer.message.startswith(f"logging in was refused (HTTP {status}: No.); ")


def test_a_wrong_password_does_not_use_up_the_days_log_ins(server):
    clock = [0.0]
    for _ in range(20):
        refused = session(server, clock, "wrong").login()
        assert refused.kind is Refusal.AUTH
    assert server.count(LOGIN) == 3
    clock[0] = 601.0
    session(server, clock, "wrong").login()
    assert server.count(LOGIN) == 4
    assert connected(server).account().handle == "@campaign.example"  # the right one is tried at once


def test_a_server_that_hangs_delays_no_other_account(server):
    with BlueskyServer(password=PASSWORD) as hanging:
        release = threading.Event()
        hanging.fail_next(LOGIN, fakes.waits_for(release))
        waiting = threading.Thread(target=connected(hanging).account)
        waiting.start()
        while not hanging.count(LOGIN):
            time.sleep(0.01)
        assert isinstance(connected(server).account(), Account)
        assert waiting.is_alive()
        release.set()
        waiting.join()


def test_two_threads_of_one_account_log_in_once(server):
    threads = [threading.Thread(target=connected(server).account) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logins(server) == (1, 0)


def test_a_page_in_the_servers_stead_is_no_session(server):
    server.fail_next(LOGIN, fakes.refuse(200, "<html>Hotel</html>"))
    answer = connected(server).account()
    assert (answer.kind, "check base_url" in answer.message) == (Refusal.BLOCKED, True)


def test_credentials_of_another_account_than_the_posts_send_nothing_and_find_nothing(server):
    ready = connected(server).prepare(message(TEXT), 0, KEY, None)
    with BlueskyServer(password=PASSWORD, did="did:plc:another") as other:
        bluesky = connected(other)
        answer = bluesky.send(ready)
        assert (answer.kind, other.published) == (Refusal.AUTH, [])
        assert isinstance(bluesky.find(ready, frozenset()), CannotTell)
    assert isinstance(connected(server).find(ready, frozenset()), Absent)


def test_the_tokens_go_to_the_servers_own_address_alone(server):
    with BlueskyServer() as elsewhere:
        server.fail_next("GET .*getSession", fakes.refuse(302, Location=f"{elsewhere.base_url}/xrpc/x"))
        assert connected(server).account().kind is Refusal.TRANSIENT
        assert elsewhere.requests == []


def test_a_channel_without_secrets_names_them_and_calls_nobody(server):
    bluesky = connect(channel("bluesky", server.base_url, "bluesky-en"), {}, FILES.__getitem__)
    answer = bluesky.account()
    assert answer.kind is Refusal.AUTH
    assert "BLUESKY_EN_IDENTIFIER, BLUESKY_EN_APP_PASSWORD" in answer.message
    assert server.requests == []


def test_a_base_url_that_cannot_be_used_stops_at_once():
    with pytest.raises(ConfigError, match="must begin with https://"):
        connect(channel("bluesky", "http://pds.example"), SECRETS, FILES.__getitem__)


def _token(claims):
    return "head." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".tail"


@pytest.mark.parametrize(
    ("token", "seconds"),
    [
        (_token({"iat": 1_800_000_000, "exp": 1_800_007_200}), 7200.0),
        (_token({"exp": 1_800_007_200}), 3600.0),
        (_token([]), 3600.0),
        ("opaque", 3600.0),
        ("a.!!!.c", 3600.0),
    ],
)
def test_how_long_a_token_lasts_is_its_own_word(token, seconds):
    assert lasts(token) == seconds
