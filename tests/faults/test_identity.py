"""A copied folder, a lost or older database, a renamed channel, a `git checkout`: by the real command line.

Nothing goes out twice, and nothing is cancelled that nobody asked to cancel.
"""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.faults.commands import Done, typed
from tests.faults.own_mounts import ROOT
from tests.service.waiting import until
from tests.terminal import started

LIST = "GET /api/v1/accounts/.*/statuses"
TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


def campaign(folder, server, *names):
    """A live campaign of posts due tomorrow, on the Mastodon channel alone."""
    config = campaigns.write(folder, posts(*names), mastodon=server.base_url, live=True)
    text = config.read_text()
    kept = [line for line in text.splitlines() if not line.startswith("  x-en:")]
    config.write_text("\n".join(kept) + "\n")
    return config


def posts(*names):
    moment = campaigns.at(datetime.now(UTC) + timedelta(days=1))
    return "".join(campaigns.post(name, moment, f"We remember {name}.") for name in names)


def published(config, name, channel="m-en"):
    done = typed(config, "publish", name, "--channel", channel, "--live")
    assert done.code == 0, done.said


def run_to_the_end(config):
    """`run --live --until-done` as a process: a post that wrongly waits for tomorrow must not keep us."""
    words = [sys.executable, str(ROOT / "run.py"), "--config", str(config), "run", "--live", "--until-done"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def states(config):
    told = json.loads(typed(config, "status", "--json").out)
    return {one["key"].split("/", 1)[1]: one["state"] for one in told["deliveries"]}


def texts(server):
    return sorted(status.text.splitlines()[0] for status in server.published)


BOTH = ["We remember flood.", "We remember harbour."]


@pytest.mark.a_file
@pytest.mark.long
def test_a_folder_copied_to_another_place_sends_nothing_that_the_first_has_sent_since(tmp_path, server):
    """Row 31, and the identity rules: a copy of the folder is older than the account."""
    first = campaign(tmp_path / "first", server, "flood", "harbour")
    published(first, "flood")
    shutil.copytree(tmp_path / "first", tmp_path / "second", symlinks=True)
    published(first, "harbour")
    second = tmp_path / "second" / "config.yaml"
    done = run_to_the_end(second)
    assert texts(server) == BOTH, done.said
    assert states(second) == {"flood/m-en": "published", "harbour/m-en": "cancelled"}
    assert "already out on this account" in typed(second, "why", "harbour").out


@contextmanager
def at_work(config, said):
    """`run --live` as a process of its own, once its log says so; ended at the end."""
    log = config.with_name("log.txt")
    words = [sys.executable, str(ROOT / "run.py"), "--config", str(config), "run", "--live"]
    with log.open("w") as stream:
        process = subprocess.Popen(words, stdout=stream, stderr=subprocess.STDOUT)
    try:
        until(lambda: said in log.read_text() or process.poll() is not None, seconds=30)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
def test_two_folders_for_one_account_do_not_work_at_the_same_time(tmp_path, server):
    """Row 9: one account, one scheduler on this machine: the second folder's is told who is at work."""
    first = campaign(tmp_path / "first", server, "flood")
    published(first, "flood")
    shutil.copytree(tmp_path / "first", tmp_path / "second", symlinks=True)
    second = tmp_path / "second" / "config.yaml"
    (tmp_path / "second" / "posts" / "posts.yaml").write_text(posts("flood", "harbour"))
    first.with_name("posts").joinpath("posts.yaml").write_text(posts("flood", "village"))
    met = server.count(LIST)
    with at_work(first, "LIVE: publishing on m-en") as process:
        until(lambda: server.count(LIST) > met)
        done = typed(second, "publish", "harbour", "--channel", "m-en", "--live")
        assert done.code != 0
        assert str(process.pid) in done.said
        assert str(tmp_path / "first") in done.said
        assert texts(server) == ["We remember flood."]


@pytest.mark.long
@pytest.mark.a_file
def test_a_lost_database_is_no_reason_to_send_anything_again(tmp_path, server):
    """Row 31: data/ is deleted: what the account shows is not sent again, and that is said."""
    config = campaign(tmp_path, server, "flood", "harbour")
    for name in ("flood", "harbour"):
        published(config, name)
    shutil.rmtree(tmp_path / "data")
    done = run_to_the_end(config)
    assert texts(server) == BOTH
    assert set(states(config).values()) == {"cancelled"}
    assert "already out" in done.said


@pytest.mark.long
def test_a_renamed_channel_sends_nothing_again(tmp_path, server):
    """Row 31: the account's channel gets another name in config.yaml."""
    config = campaign(tmp_path, server, "flood", "harbour")
    for name in ("flood", "harbour"):
        published(config, name)
    config.write_text(config.read_text().replace("m-en:", "mastodon-en:"))
    secrets = tmp_path / ".env"
    secrets.write_text(secrets.read_text().replace("M_EN_", "MASTODON_EN_"))
    done = run_to_the_end(config)
    assert texts(server) == BOTH, done.said
    found = states(config)
    assert {found["flood/m-en"], found["harbour/m-en"]} == {"published"}
    assert set(found.values()) <= {"published", "cancelled"}


def git(folder, *words):
    known = ["-c", "user.name=Aynur", "-c", "user.email=aynur@campaign.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *known, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.a_file
def test_an_older_commit_checked_out_in_mid_campaign_cancels_nothing_and_sends_nothing_twice(
    tmp_path, server
):
    """Row 31: `git checkout` of last month's posts while the campaign runs, and back again."""
    names = ["flood", "harbour", "village", "bridge", "school", "church", "mill", "tower"]
    config = campaign(tmp_path, server, *names[:2])
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "posts")
    git(tmp_path, "commit", "--quiet", "-m", "The first posts")
    (tmp_path / "posts" / "posts.yaml").write_text(posts(*names))
    git(tmp_path, "commit", "--quiet", "-am", "All posts")
    _, printed = started("python run.py run --live", tmp_path, lambda said: "8 new" in said)
    published(config, "flood")
    before = states(config)
    assert list(before.values()).count("scheduled") == 7, printed

    git(tmp_path, "checkout", "--quiet", "main~1", "--", "posts")
    _, printed = started("python run.py run --live", tmp_path, lambda said: "--accept-removals" in said)
    assert "nothing was changed" in printed
    assert states(config) == before

    git(tmp_path, "checkout", "--quiet", "main", "--", "posts")
    published(config, "harbour")
    assert texts(server) == BOTH
    assert states(config) == {**before, "harbour/m-en": "published"}


@pytest.mark.long
@pytest.mark.a_file
def test_yesterday_s_backup_restored_sends_nothing_that_went_out_since(tmp_path, server):
    """Row 15: `backup`, another day's posts, `restore`: the account is compared first."""
    config = campaign(tmp_path, server, "flood", "harbour")
    published(config, "flood")
    kept = tmp_path / "yesterday.db"
    done = typed(config, "backup", kept)
    assert done.code == 0, done.said
    published(config, "harbour")
    done = typed(config, "restore", kept, "--yes")
    assert done.code == 0, done.said
    assert states(config) == {"flood/m-en": "published"}
    done = run_to_the_end(config)
    assert texts(server) == BOTH, done.said
    assert states(config) == {"flood/m-en": "published", "harbour/m-en": "cancelled"}
