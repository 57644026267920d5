"""From a post's file to a published post with its card, by the command line and real HTTP on loopback."""

import io
import json
import os
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import cli
from tests import campaigns
from tests.cli.conftest import the_log_as_it_was  # noqa: F401  (autouse: commands set up the log)
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.x_server import XServer

ROOT = Path(__file__).parents[1]
TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]
X_KEYS = tuple(campaigns.SECRETS[name] for name in list(campaigns.SECRETS)[1:])


@pytest.fixture
def servers():
    with MastodonServer(token=TOKEN) as mastodon, XServer(keys=X_KEYS) as x:
        yield mastodon, x


def run(config, *words, timeout=60):
    """One command as a person runs it, as a process of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "--config", str(config), *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )


@dataclass(frozen=True)
class Told:
    returncode: int
    stdout: str
    stderr: str


def typed(config, *words):
    """The same in this process, for commands that do not depend on being one of their own."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main(["--config", str(config), *words])
        except SystemExit as leaving:
            code = leaving.code or 0
    return Told(code, out.getvalue(), err.getvalue())


def campaign(folder, servers, when, **options):
    mastodon, x = servers
    posts = campaigns.post("flood", campaigns.at(when))
    return campaigns.write(folder, posts, mastodon=mastodon.base_url, x=x.base_url, **options)


@pytest.mark.long
def test_an_approved_post_goes_out_with_card_alt_text_language_and_warning_and_its_links_are_printed(
    tmp_path, servers
):
    mastodon, x = servers
    soon, began = timedelta(minutes=1), time.monotonic()
    config = campaign(tmp_path, servers, datetime.now(UTC) + soon, live=True, approvals=1)
    assert run(config, "approve", "flood", "--as", "Ayla", "--yes").returncode == 0
    # An approval is for a day, not a minute. Due as soon as this machine can have a scheduler at work.
    soon = timedelta(seconds=1 + 2 * (time.monotonic() - began))
    campaign(tmp_path, servers, datetime.now(UTC) + soon, live=True, approvals=1)
    done = run(config, "run", "--live", "--until-done")
    assert done.returncode == 0, done.stderr

    [status] = mastodon.published
    assert status.text == "The water came at night. We remember those it took.\n#HarbourFlood"
    assert (status.spoiler, status.sensitive, status.language) == ("Loss of life", True, "en")
    [(picture, alt)] = status.media
    assert picture.startswith(b"\xff\xd8\xff")
    assert "The night of the flood" in alt

    [post] = x.published
    assert post.text == (
        "Content note: Loss of life\nThe water came at night. We remember those it took.\n#HarbourFlood"
    )
    assert "The night of the flood" in post.media[0][1]

    assert f"/@campaign/{status.id}" in done.stdout
    assert f"https://x.com/campaign/status/{post.id}" in done.stdout

    again = typed(config, "run", "--live", "--until-done")
    assert again.returncode == 0
    assert (len(mastodon.published), len(x.published)) == (1, 1)

    told = json.loads(typed(config, "status", "--json").stdout)
    assert told["counts"] == {"published": 2}
    everything = done.stdout + done.stderr + json.dumps(told)
    for words in (
        ["why", "flood"],
        ["plan", "--json"],
        ["check"],
        ["preview", "--single-file"],
        ["rehearse"],
    ):
        said = typed(config, *words)
        assert said.returncode == 0, said.stderr
        everything += said.stdout + said.stderr
    everything += "".join(str(path.read_bytes()) for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert not [secret for secret in campaigns.SECRETS.values() if secret in everything]


def test_nothing_leaves_without_an_approval(tmp_path, servers):
    config = campaign(tmp_path, servers, datetime.now(UTC) + timedelta(hours=1), live=True, approvals=1)
    done = typed(config, "run", "--live", "--until-done")
    assert done.returncode == 1
    assert "not approved" in done.stdout
    assert not servers[0].published
    assert not servers[1].published


def test_nothing_leaves_without_live_true_even_with_credentials(tmp_path, servers):
    config = campaign(tmp_path, servers, datetime.now(UTC) + timedelta(hours=1), live=False)
    done = typed(config, "run", "--live", "--until-done")
    assert done.returncode == 2
    assert "No channel says `live: true`" in done.stderr
    assert not servers[0].published


@pytest.mark.long
def test_a_rehearsal_and_a_dry_run_do_not_use_up_a_live_delivery(tmp_path, servers):
    config = campaign(tmp_path, servers, datetime.now(UTC) + timedelta(hours=1), live=True)
    assert json.loads(typed(config, "rehearse", "--json").stdout)["published"] == 2
    dry = typed(config, "publish", "flood", "--channel", "m-en")
    assert dry.returncode == 0, dry.stderr
    assert "outbox" in dry.stdout
    assert not servers[0].published
    live = run(config, "publish", "flood", "--channel", "m-en", "--live")
    assert live.returncode == 0, live.stderr
    assert len(servers[0].published) == 1
    again = typed(config, "publish", "flood", "--channel", "m-en", "--live")
    assert again.returncode != 0
    assert len(servers[0].published) == 1


def test_a_live_channel_without_credentials_is_one_line_and_exit_code_2(tmp_path, servers):
    config = campaign(tmp_path, servers, datetime.now(UTC) + timedelta(hours=1), live=True, secrets=False)
    done = typed(config, "run", "--live", "--until-done")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "m-en: no credentials; put M_EN_ACCESS_TOKEN into .env beside config.yaml"
    ]


@pytest.mark.long
def test_a_dry_run_says_so_loudly_when_it_could_publish_and_a_post_is_due_soon(tmp_path, servers):
    config = campaign(tmp_path, servers, datetime.now(UTC) + timedelta(seconds=3))
    done = typed(config, "run", "--until-done")
    assert "THIS IS A DRY RUN" in done.stderr
    assert done.returncode == 0
    assert (tmp_path / "data" / "outbox" / "2027" / "flood" / "m-en").is_dir()
