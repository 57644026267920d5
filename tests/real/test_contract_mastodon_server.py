"""The contract of all platforms, held by any server of Mastodon's API behind one that can break answers.

MASTODON_TEST_URL and MASTODON_TEST_TOKEN name it; else it is our own. What went out is read by the API alone,
posted for as few eyes as the server allows, and taken down.
"""

import os
import uuid
from dataclasses import replace

import pytest
import requests

from scheduler.platforms import connect
from tests.fakes.mastodon_server import MastodonServer
from tests.platforms.messages import channel
from tests.platforms.stages import STAGES, Running
from tests.platforms.test_contract import AnswerContract, FindingContract, PlatformContract
from tests.real.passing import Passing
from tests.real.pictures import files_for


@pytest.fixture(scope="module")
def named():
    """(address, token) of a real server where one is named."""
    found = tuple(os.environ.get(f"MASTODON_TEST_{name}", "") for name in ("URL", "TOKEN"))
    if all(found):
        yield found
        return
    with MastodonServer(token="canary-of-our-own-server") as ours:
        yield ours.base_url, ours.token


class Account:
    """What the account shows since a moment, newest last."""

    def __init__(self, address, token):
        self._address, self._headers = address, {"Authorization": f"Bearer {token}"}
        self._id = self.call("GET", "accounts/verify_credentials")["id"]
        self._before = {one["id"] for one in self._listed()}

    def call(self, method, path, **query):
        address = f"{self._address}/api/v1/{path}"
        return requests.request(method, address, params=query, headers=self._headers, timeout=30).json()

    def _listed(self):
        return self.call("GET", f"accounts/{self._id}/statuses", limit=40)

    def new(self):
        return [one for one in self._listed() if one["id"] not in self._before]

    def shown(self):
        return [
            (
                self.call("GET", f"statuses/{one['id']}/source")["text"],
                tuple((None, medium["description"]) for medium in one["media_attachments"]),
            )
            for one in reversed(self.new())
        ]

    def tidy(self):
        for one in self.new():
            self.call("DELETE", f"statuses/{one['id']}")


class TestMastodonsApi(PlatformContract, AnswerContract, FindingContract):
    @pytest.fixture
    def on(self, named):
        address, token = named
        account = Account(address, token)
        secrets = {"ACCESS_TOKEN": token}
        stage = replace(
            STAGES["mastodon"],
            secrets=secrets,
            shown=lambda server: account.shown(),
            keeps_bytes=False,
            under=lambda server: [one["in_reply_to_id"] for one in account.new() if one["in_reply_to_id"]],
        )
        with Passing(address) as server:

            def again(secrets=secrets, base_url=server.base_url):
                made = connect(channel("mastodon", base_url), secrets, files_for)
                return made

            # A server keeps keys for an hour: another run must not be given this one's post.
            yield Running(stage, server, again(), again, f"2027/{uuid.uuid4().hex}/news-en")
        account.tidy()
