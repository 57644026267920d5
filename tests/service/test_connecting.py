"""What `accounts connect` shows and tries, for every platform alike."""

import re
from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.cli import COMMANDS
from scheduler.platforms import callback
from scheduler.platforms.base import Refusal
from scheduler.service import connecting
from tests.documents import read
from tests.platforms.messages import channel

NAMES = sorted(platforms.kinds())


@pytest.mark.parametrize("name", NAMES)
def test_every_platforms_page_has_steps_with_this_channels_own_names(name):
    shown = connecting.steps(channel(name, name="memory-az"))
    assert re.search(r"^1\. ", shown, re.M)
    for secret in platforms.kinds()[name].secrets:
        assert f"MEMORY_AZ_{secret}" in shown
    assert f"{name.upper()}_EN" not in shown
    assert f"{name}-en" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_the_address_that_the_app_must_allow(name):
    way = platforms.kinds()[name].oauth
    if way is None or way.register is not None:
        return  # nothing to be allowed: there is no app, or it makes itself known
    page = read(f"docs/platforms/{name}.md")
    assert f"`{way.redirect.format(port=callback.PORT)}`" in page
    assert f"accounts connect {name}-en --browser" in page
    assert "accounts" in COMMANDS


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_is_a_refusal_and_never_an_exception(name):
    here = replace(channel(name, "http://127.0.0.1:9"), options={})
    for nonsense in ("x", "ключ", "a b", "\x00", "x" * 5000):
        done = connecting.tried(here, dict.fromkeys(platforms.kinds()[name].secrets, nonsense))
        assert done.account.kind in set(Refusal)
        assert nonsense not in done.account.message or len(nonsense) < 2


def test_secrets_renewed_while_they_are_tried_are_the_ones_that_are_kept():
    from tests.fakes.x_server import XServer

    with XServer() as server:
        server.bearer, server.refresh = "ended", "canary-refresh"
        pasted = {"ACCESS_TOKEN": "canary-old", "REFRESH_TOKEN": "canary-refresh", "CLIENT_ID": "app"}
        done = connecting.tried(channel("x", server.base_url), pasted)
        assert done.secrets["REFRESH_TOKEN"] == server.refresh != "canary-refresh"
        assert set(done.secrets) == set(pasted)
        assert "canary" not in repr(done)
