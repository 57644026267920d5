"""The contract of all platforms, held by the real Bluesky server behind a server that can break answers."""

from dataclasses import replace

import pytest
import requests

from scheduler.platforms import connect, xrpc
from tests.platforms.messages import FILES, channel
from tests.platforms.stages import STAGES, Running, parents
from tests.platforms.test_contract import AnswerContract, FindingContract, PlatformContract, ResendingContract
from tests.real.passing import Passing


class TestBlueskysOwnServer(PlatformContract, AnswerContract, FindingContract, ResendingContract):
    @pytest.fixture
    def on(self, pds):
        did, handle, password = pds.account()
        secrets = {"IDENTIFIER": handle, "APP_PASSWORD": password}
        stage = replace(
            STAGES["bluesky"],
            secrets=secrets,
            shown=lambda server: shown(pds, did),
            under=lambda server: parents(one["value"] for one in pds.records(did)),
        )
        xrpc.MEMORY = xrpc.Memory()
        with Passing(pds.base_url) as server:

            def again(secrets=secrets, base_url=server.base_url):
                return connect(channel("bluesky", base_url), secrets, FILES.__getitem__)

            yield Running(stage, server, again(), again)


def shown(pds, did):
    """What anybody reads in the account's repository."""
    return [(one["value"]["text"], pictures(pds, did, one["value"])) for one in pds.records(did)]


def pictures(pds, did, record):
    images = record.get("embed", {}).get("images", ())
    return tuple((blob(pds, did, one["image"]["ref"]["$link"]), one["alt"]) for one in images)


def blob(pds, did, name):
    query = {"did": did, "cid": name}
    return requests.get(f"{pds.base_url}/xrpc/com.atproto.sync.getBlob", params=query, timeout=30).content
