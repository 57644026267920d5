"""One post with its card, live on each platform by the command line, from config.yaml and .env alone."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from scheduler import cli
from scheduler.platforms import xrpc
from scheduler.platforms.base import variable
from tests import campaigns
from tests.cli.conftest import the_log_as_it_was  # noqa: F401  (autouse: commands set up the log)
from tests.platforms.served import served
from tests.platforms.stages import STAGES
from tests.thorough import quick_and_long

CHANNEL = "news-en"
POST = campaigns.post("flood", "D-1 10:00") + "  replies: everyone\n"
FETCHED = ("instagram", "threads")
ACCOUNTS = {
    "bluesky": ("did:plc:campaign22222222222222222", "@campaign.example"),
    "facebook": ("104058", "Memory"),
    "instagram": ("178414", "@memory"),
    "instagram by a page": ("178414", "@memory"),
    "linkedin as a person": ("urn:li:person:abc-DEF_1", "Aygün"),
    "linkedin": ("urn:li:organization:2414183", "Memory"),
    "mastodon": ("110", "@campaign@127.0.0.1"),
    "telegram": ("-1001234567890", "@memory"),
    "threads": ("314159", "@memory"),
    "x": ("2244994945", "@campaign"),
    "x by a browser": ("2244994945", "@campaign"),
}
"""Who the servers of the stages say that they are: number and name."""


@dataclass(frozen=True)
class Told:
    code: int
    words: str


def typed(config, *words):
    printed, code = io.StringIO(), 0
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            cli.main(["--config", str(config), *words])
        except SystemExit as leaving:
            code = leaving.code or 0
    return Told(code, printed.getvalue())


def campaign(folder, name, server, media):
    """config.yaml with one live channel of the platform, .env with its secrets, and one post."""
    stage = STAGES[name]
    config = campaigns.write(folder, POST, live=True, secrets=False)
    options = {"platform": stage.platform or name, "language": "en", "live": True}
    options["base_url"] = server.base_url
    options |= stage.options or {}
    head = config.read_text(encoding="utf-8").partition("channels:")[0]
    # JSON is YAML, too.
    text = head + f"channels: {json.dumps({CHANNEL: options})}\n"
    if (stage.platform or name) in FETCHED:
        text += f"public_media: {json.dumps({'folder': 'public', 'url': media.url})}\n"
    config.write_text(text, encoding="utf-8")
    lines = [f"{variable(CHANNEL, secret)}={value}\n" for secret, value in stage.secrets.items()]
    (folder / ".env").write_text("".join(lines), encoding="utf-8")
    (folder / ".env").chmod(0o600)
    return config


@pytest.mark.parametrize("name", quick_and_long(sorted(STAGES), 2))
def test_a_post_goes_out_once_with_its_card_and_its_link_is_printed(name, tmp_path, monkeypatch):
    monkeypatch.setattr(xrpc, "MEMORY", xrpc.Memory())
    stage = STAGES[name]
    with stage.server() as server, served(tmp_path / "public") as media:
        config = campaign(tmp_path, name, server, media)
        told = typed(config, "publish", "flood", "--channel", CHANNEL, "--live")
        assert told.code == 0, told.words
        [(text, pictures)] = stage.shown(server)
        assert "The water came at night. We remember those it took." in text
        [(content, alt)] = pictures
        assert content.startswith(b"\xff\xd8\xff")
        assert alt is None or "The night of the flood" in alt
        assert f"2027/flood/{CHANNEL}: published — http" in " ".join(told.words.split())
        again = typed(config, "publish", "flood", "--channel", CHANNEL, "--live")
        assert again.code != 0
        assert len(stage.shown(server)) == 1
    assert list((tmp_path / "public").glob("*")) == []
    assert "canary" not in told.words + again.words


@pytest.mark.parametrize("name", sorted(STAGES))
def test_accounts_says_who_it_is_and_shows_no_secret(name, tmp_path, monkeypatch):
    monkeypatch.setattr(xrpc, "MEMORY", xrpc.Memory())
    stage = STAGES[name]
    with stage.server() as server, served(tmp_path / "public") as media:
        config = campaign(tmp_path, name, server, media)
        told = typed(config, "accounts", "--json")
    assert told.code == 0, told.words
    [one] = json.loads(told.words)
    assert (one["channel"], one["platform"], one["ok"]) == (CHANNEL, stage.platform or name, True)
    assert (one["account"]["id"], one["account"]["handle"]) == ACCOUNTS[name]
    assert "canary" not in told.words
