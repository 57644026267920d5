"""What each platform says of a token, by its own documented means; and what it does not say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scheduler.platforms import connect
from scheduler.platforms.base import Account, Refusal, Refused
from scheduler.platforms.permits import Permit, moment_of
from tests.fakes.bluesky_server import BlueskyServer
from tests.fakes.instagram_server import InstagramServer
from tests.fakes.linkedin_server import LinkedInServer
from tests.fakes.threads_server import ThreadsServer
from tests.fakes.x_server import XServer
from tests.platforms.messages import FILES, channel
from tests.platforms.served import served
from tests.platforms.stages import STAGES, X_KEYS, X_SECRETS, running

TOKEN = "canary-told-token"
APP = {"CLIENT_ID": "app-1", "CLIENT_SECRET": "canary-app-secret"}
MEMBER = "urn:li:person:abc-DEF_1"
JULY_2025 = datetime(2025, 7, 11, 17, 15, 32, tzinfo=UTC)
"""`date -u -d @1752254132`, the moment of the Threads page's own example."""

UNTOLD = {
    "bluesky": (),
    "facebook": (),
    "instagram": ("permissions", "expires"),
    "instagram by a page": (),
    "linkedin": ("permissions", "expires"),
    "linkedin as a person": ("permissions", "expires"),
    "mastodon": (),
    "telegram": (),
    "threads": (),
    "x": (),
    "x by a browser": ("permissions",),
}


@pytest.mark.parametrize("name", sorted(STAGES))
def test_what_a_platform_does_not_say_is_known_to_be_unsaid(name, tmp_path):
    with running(name, tmp_path) as on:
        on.server.expires_at = 1_800_000_000
        account = on.platform.account()
    assert isinstance(account, Account), account
    assert account.untold == UNTOLD[name]
    assert account.missing == ()


def of(server, name, secrets=None, **options):
    asked = replace(channel(name, server.base_url), options=options)
    return connect(asked, secrets or {"ACCESS_TOKEN": TOKEN}, FILES.__getitem__).account()


def test_threads_is_asked_by_its_debug_call():
    with ThreadsServer(TOKEN, young=True, expires_at=1752254132) as server:
        account = of(server, "threads")
        assert (account.missing, account.expires_at) == ((), JULY_2025)
        assert account.permissions == server.scopes
        server.scopes = ("threads_basic", "threads_content_publish")
        assert of(server, "threads").missing == ("threads_manage_replies", "threads_read_replies")


def test_instagram_tells_of_a_pages_token_alone(tmp_path):
    with InstagramServer(TOKEN, young=True) as server, served(tmp_path / "public") as media:
        own = {"user": "178414", "public_media": media}
        by_page = of(server, "instagram", login="facebook", **own)
        assert (by_page.permissions, by_page.missing, by_page.endless) == (server.scopes, (), True)
        server.scopes = ("instagram_basic",)
        assert of(server, "instagram", login="facebook", **own).missing == ("instagram_content_publish",)
        assert of(server, "instagram", **own).permissions == ()
        assert server.count("GET .*/debug_token") == 2


@pytest.mark.parametrize(
    ("level", "told"),
    [
        # "App permissions": a token is of the level that its app had when the token was made.
        ("read-write", (("read-write",), ())),
        ("read-write-directmessages", (("read-write-directmessages",), ())),
        ("read", (("read",), ("read-write",))),
        ("", ((), ())),
    ],
)
def test_x_names_the_level_of_its_keys_in_a_header(level, told):
    with XServer(keys=X_KEYS) as server:
        server.access_level = level
        account = of(server, "x", dict(zip(X_SECRETS, X_KEYS, strict=True)))
    assert (account.permissions, account.missing) == told


def test_x_says_what_a_browsers_tokens_are_for_when_they_are_renewed():
    with XServer(keys=X_KEYS) as server:
        server.bearer, server.refresh, server.scope = "another", "canary-refresh", "tweet.read users.read"
        secrets = {"ACCESS_TOKEN": TOKEN, "REFRESH_TOKEN": "canary-refresh", "CLIENT_ID": "app"}
        account = of(server, "x", secrets)
    assert account.permissions == ("tweet.read", "users.read")
    assert account.missing == ("tweet.write", "media.write")


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("com.atproto.appPass", ("com.atproto.appPass",)),
        ("com.atproto.access", ("everything: it is the account's own password; make an app password",)),
        ("", ()),
    ],
)
def test_the_accounts_own_password_in_place_of_an_app_password_is_named(scope, told):
    with BlueskyServer(password="canary-own-password", scope=scope) as server:
        secrets = {"IDENTIFIER": "campaign.example", "APP_PASSWORD": "canary-own-password"}
        assert of(server, "bluesky", secrets).permissions == told


def test_linkedin_tells_the_app_itself_until_when_and_for_what():
    secrets = {"ACCESS_TOKEN": TOKEN, **APP}
    with LinkedInServer(token=TOKEN, expires_at=1752254132) as server:
        account = of(server, "linkedin", secrets, author=MEMBER)
        assert (account.expires_at, account.missing) == (JULY_2025, ())
        assert account.permissions == server.scopes
        server.scopes = ("openid", "profile")
        assert of(server, "linkedin", secrets, author=MEMBER).missing == ("w_member_social",)


def test_linkedin_is_not_asked_without_the_apps_secret():
    with LinkedInServer(token=TOKEN) as server:
        account = of(server, "linkedin", {"ACCESS_TOKEN": TOKEN, "CLIENT_ID": "app-1"}, author=MEMBER)
        assert account.untold == ("permissions", "expires")
        assert server.count("POST .*") == 0


@pytest.mark.parametrize("wrong", ["CLIENT_ID", "CLIENT_SECRET"])
def test_another_apps_secret_leaves_the_account_as_it_is(wrong):
    with LinkedInServer(token=TOKEN) as server:
        account = of(server, "linkedin", {"ACCESS_TOKEN": TOKEN, **APP, wrong: "other"}, author=MEMBER)
    assert (account.handle, account.permissions) == ("Aygün", ())


def test_a_token_that_was_revoked_is_a_refusal_before_anything_is_published():
    with LinkedInServer(token=TOKEN, status="revoked") as server:
        refused = of(server, "linkedin", {"ACCESS_TOKEN": TOKEN, **APP}, author=MEMBER)
    assert isinstance(refused, Refused)
    assert (refused.kind, "the access token is revoked; make a new one" in refused.message) == (
        Refusal.AUTH,
        True,
    )


def test_nothing_told_lacks_nothing():
    assert Permit().lacking(("a",)) == ()
    assert Permit(("b",)).lacking(("a", "b")) == ("a",)
    assert [moment_of(one) for one in (0, None, "soon", 10**20)] == [None] * 4
