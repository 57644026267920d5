"""The list of platforms: one file and one test file each, and nothing else to edit."""

import ast
import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import platforms
from scheduler.errors import ConfigError
from scheduler.model import Limits
from scheduler.platforms.base import Refusal
from tests.fakes import Loopback, refuse
from tests.fakes.mastodon_server import MastodonServer
from tests.platforms.messages import CARD, channel, image, message

FOLDER = Path(platforms.__file__).parent
TESTS = Path(__file__).parent


def declares_a_name(path):
    """Whether the file assigns NAME at its top level: read from the source, not from what was imported."""
    targets = [
        target
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for target in node.targets
    ]
    return any(isinstance(target, ast.Name) and target.id == "NAME" for target in targets)


def test_every_file_that_declares_a_platform_is_one_by_its_files_name():
    files = {path.stem for path in FOLDER.glob("*.py") if declares_a_name(path)}
    assert set(platforms.kinds()) == files
    assert files >= {"mastodon", "x"}


def test_every_platform_has_its_test_file_and_every_test_file_its_platform():
    tests = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")}
    # What all platforms rest on has tests of its own.
    shared = {path.stem for path in FOLDER.glob("*.py") if not declares_a_name(path)} | {
        "registry",
        "contract",
        "link_cards",
        "graphic_labels",
        "ai_labels",
        "display",
        "documented_errors",
        "older_posts",
        "replies",
    }
    assert set(platforms.kinds()) <= tests
    assert {name for name in tests - shared if name.partition("_")[0] not in platforms.kinds()} == set()


@pytest.mark.parametrize("name", sorted(platforms.kinds()))
def test_a_platform_declares_options_secrets_and_limits(name):
    kind = platforms.kinds()[name]
    assert dataclasses.is_dataclass(kind.options)
    assert kind.options() == kind.options()  # every option has a default
    assert kind.secrets
    assert all(secret == secret.upper() for secret in kind.secrets)
    assert isinstance(kind.limits, Limits)


@pytest.mark.parametrize("name", sorted(platforms.kinds()))
def test_a_platform_without_secrets_still_shows_limits_and_payload(name):
    unconnected = platforms.connect(channel(name), {}, {}.__getitem__)
    assert unconnected.limits is platforms.limits(channel(name))
    body = platforms.preview_payload(channel(name), message("Xocalı", (image(CARD, "alt"),)))
    assert "Xocalı" in str(body)
    assert image(CARD, "").sha256 in str(body)


def test_secrets_are_named_after_the_channel():
    mastodon = channel("mastodon", name="mastodon-en")
    assert platforms.secret_names(mastodon) == {"ACCESS_TOKEN": "MASTODON_EN_ACCESS_TOKEN"}
    x = channel("x", name="x-az-2")
    assert platforms.secret_names(x)["API_KEY"] == "X_AZ_2_API_KEY"


def test_only_the_channels_own_variables_are_read_and_blank_ones_are_missing():
    x = channel("x", name="x-en")
    environ = {"X_EN_API_KEY": "k", "X_EN_API_SECRET": "  ", "ACCESS_TOKEN": "somebody else's"}
    assert platforms.secrets(x, environ) == {"API_KEY": "k"}
    assert platforms.missing_secrets(x, environ) == (
        "X_EN_API_SECRET",
        "X_EN_ACCESS_TOKEN",
        "X_EN_ACCESS_SECRET",
    )


def test_an_unknown_platform_is_named_with_those_that_exist():
    with pytest.raises(
        ConfigError, match=r"channels\.news-en\.platform: .*'mastadon'; known are .*mastodon, .*x"
    ):
        platforms.limits(channel("mastadon"))


def test_a_base_url_that_cannot_be_used_stops_at_once():
    secrets = {"ACCESS_TOKEN": "t"}
    with pytest.raises(ConfigError, match="must begin with https://"):
        platforms.connect(channel("mastodon", "http://social.example"), secrets, {}.__getitem__)


@pytest.mark.parametrize("name", sorted(platforms.kinds()))
def test_seconds_to_wait_count_from_the_clock_that_was_given(name):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    with Loopback() as server:
        server.fail_next(".*", refuse(429, Retry_After=90), times=3)
        secrets = dict.fromkeys(platforms.kinds()[name].secrets, "s")
        options = dict.fromkeys(platforms.kinds()[name].destinations, "urn:li:organization:1")
        address = dataclasses.replace(channel(name, server.base_url), options=options)
        answer = platforms.connect(address, secrets, {}.__getitem__, clock=lambda: noon).account()
    assert answer.kind in {Refusal.RATE, Refusal.QUOTA}
    assert answer.retry_at == noon + timedelta(seconds=90)


def test_the_servers_clock_is_asked_without_credentials():
    with MastodonServer() as server:
        server.date_offset = timedelta(minutes=9)
        date = platforms.server_date(channel("mastodon", server.base_url))
        assert abs(date - datetime.now(UTC) - timedelta(minutes=9)) < timedelta(seconds=5)
        assert "authorization" not in server.requests[0].headers
        gone = channel("mastodon", server.base_url)
    assert platforms.server_date(gone) is None
    assert platforms.server_date(channel("mastodon")) is None
