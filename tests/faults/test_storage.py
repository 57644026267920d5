"""A database that cannot be written, is damaged, gone, replaced, or yesterday's: nothing is sent blindly."""

import errno
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.errors import StoreError
from scheduler.store.connect import FILE
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.faults import failing_calls
from tests.faults.commands import typed
from tests.faults.lasting import Lasting
from tests.faults.own_mounts import ROOT, cannot_be_written, played
from tests.faults.virtual_time import play
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy
from tests.thorough import quick_and_long

pytestmark = pytest.mark.a_file

EARLY = NOON - MINUTE
POSTS = [delivery(f"post-{n}", due=NOON + n * SECOND) for n in range(3)]
TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def begun(folder):
    store = opened(Path(folder), rules=policy(channel()))
    platform = Lasting(Path(folder).with_name("published.jsonl"))
    store.sync(POSTS, {}, EARLY)
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(EARLY)
    return store, platform, engine


def tried(act):
    """The words in which it was refused, or an empty text."""
    try:
        act()
    except StoreError as error:
        return str(error)
    return ""


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


def scene_failing_disk(folder, number, calls, place):
    """The disk fails from a place on; what was sent and recorded until the process gives up."""
    _, platform, engine = begun(folder)
    act = lambda: failing_calls.fail(int(number), *calls.split())  # noqa: E731
    if place == "at once":
        act()
    else:
        failpoints.arm(place, lambda: (failpoints.disarm(), act()))
    said = [tried(lambda n=n: engine.tick(NOON + n * SECOND)) for n in range(3)]
    return {"sent": len(platform.sends), "said": said}


def after_it(folder):
    """The next start, on a healthy disk: the states in the end and how often each post stands there."""
    store, platform, engine = begun(folder)
    with store, store.lock(NOON + MINUTE, "run"):
        play(engine, NOON + MINUTE, NOON + HOUR)
        return sorted(str(one.state) for one in store.statuses(NOON)), [
            one["key"] for one in platform.published
        ]


@pytest.mark.parametrize(
    ("number", "calls"),
    quick_and_long([(errno.EIO, "pwrite64"), (errno.EROFS, "pwrite64"), (errno.EIO, "fsync fdatasync")]),
    ids=["error on writing", "made read-only", "error on securing"],
)
@pytest.mark.long
def test_a_disk_that_fails_stops_sending_and_what_is_out_is_not_sent_again(tmp_path, number, calls):
    """Row 7: EIO, and a disk that the system made read-only, before a delivery is begun."""
    seen = played(scene_failing_disk, tmp_path / "data", number, calls, "before-begin")
    assert seen["sent"] == 0
    assert "the disk reported an error; check it" in seen["said"][0]
    states, out = after_it(tmp_path / "data")
    assert (states, sorted(out)) == (["published"] * 3, [post.key for post in POSTS])


@pytest.mark.long
def test_a_disk_that_fails_with_an_answer_in_hand_stops_sending_and_repeats_nothing(tmp_path):
    """Row 7: EIO between the call and its record."""
    seen = played(scene_failing_disk, tmp_path / "data", errno.EIO, "pwrite64", "after-send")
    assert seen["sent"] == 1
    assert all(seen["said"])
    states, out = after_it(tmp_path / "data")
    assert (states, sorted(out)) == (["published"] * 3, [post.key for post in POSTS])


def scene_read_only(folder, config, what):
    """`run --live` on a data folder, or a database in it, that cannot be written."""
    cannot_be_written(folder if what == "folder" else Path(folder, FILE))
    words = [sys.executable, str(ROOT / "run.py"), "--config", config, "--data", folder, "run", "--live"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return {"code": done.returncode, "said": done.stderr.splitlines()}


@pytest.mark.parametrize("what", quick_and_long(["folder", "file"]))
@pytest.mark.long
def test_a_database_that_cannot_be_written_is_refused_in_one_line(tmp_path, server, what):
    """Row 7: a read-only folder or file at the start."""
    config, data = campaign(tmp_path, server, "flood"), tmp_path / "data"
    opened(data).close()
    seen = played(scene_read_only, data, config, what)
    assert seen["code"] == 1
    [said] = [line for line in seen["said"] if " INFO " not in line]
    assert re.search("cannot be written|cannot be opened; check that the folder .* can be written", said)
    assert server.published == []


def campaign(folder, server, *names, when=timedelta(days=1), **options):
    """A live campaign of posts on the Mastodon channel alone."""
    moment = campaigns.at(datetime.now(UTC) + when)
    posts = "".join(campaigns.post(name, moment, f"We remember {name}.") + ON_MASTODON for name in names)
    return campaigns.write(folder, posts, mastodon=server.base_url, live=True, **options)


ON_MASTODON = "  channels: [m-en]\n"


@pytest.mark.parametrize("how", ["deleted", "replaced", "folder gone"])
def test_a_database_taken_away_while_it_works_is_noticed_before_anything_is_sent(tmp_path, how):
    """Row 7: the database is deleted or replaced under us."""
    folder = tmp_path / "data"
    store, platform, engine = begun(folder)
    if how == "folder gone":
        folder.rename(tmp_path / "elsewhere")
    else:
        (folder / FILE).unlink()
    if how == "replaced":
        opened(folder).close()
    said = [tried(lambda n=n: engine.tick(NOON + n * SECOND)) for n in range(3)]
    assert platform.sends == []
    assert all(("deleted or replaced" in words or "is gone" in words) for words in said), said
    store.close()


def test_an_answer_in_hand_when_the_database_is_taken_away_is_not_written_into_another_one(tmp_path):
    """Row 7: replaced between the call and its record: the stranger is left alone, and sending stops."""
    folder = tmp_path / "data"
    store, platform, engine = begun(folder)

    def replace():
        failpoints.disarm()
        folder.rename(tmp_path / "taken")
        opened(folder).close()

    failpoints.arm("after-send", replace)
    said = [tried(lambda n=n: engine.tick(NOON + n * SECOND)) for n in range(3)]
    assert len(platform.sends) == 1
    assert all("deleted or replaced" in words for words in said), said
    store.close()
    with opened(folder) as stranger:
        assert stranger.statuses(NOON) == ()


def test_a_damaged_database_is_refused_in_one_line_and_nothing_is_sent(tmp_path, server):
    """Row 8: a page of the database is damaged at the restart."""
    config = campaign(tmp_path, server, "flood", "harbour", when=timedelta(seconds=-30))
    data = tmp_path / "data"
    with opened(data, rules=policy(channel("m-en"))) as store:
        store.sync([delivery(f"post-{n}", "m-en", due=NOON) for n in range(60)], {}, EARLY)
    with (data / FILE).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for page in range(4096, size, 4096):
            file.seek(page)
            file.write(b"\xde\xad\xbe\xef" * 256)
    done = typed(config, "run", "--live")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1, done.err
    assert "is damaged" in done.err
    assert "backup" in done.err
    assert server.requests == []


def test_a_config_that_does_not_parse_is_refused_with_its_line_and_nothing_is_sent(tmp_path, server):
    """Row 8: config.yaml is broken at the restart."""
    config = campaign(tmp_path, server, "flood")
    with config.open("a") as file:
        file.write("channels: {m-en: [\n")
    done = typed(config, "run", "--live")
    assert done.code == 2
    assert "config.yaml:" in done.err
    assert server.requests == []


@pytest.mark.long
def test_a_post_file_that_does_not_parse_takes_nothing_out_of_the_plan_and_stops_no_other(tmp_path, server):
    """Row 8: bad YAML at the restart: its posts keep their rows and words, the other files' posts go out."""
    config = campaign(tmp_path, server, "flood")
    moment = campaigns.at(datetime.now(UTC) + timedelta(days=2))
    other = tmp_path / "posts" / "other.yaml"
    other.write_text(campaigns.post("harbour", moment) + ON_MASTODON)
    assert typed(config, "publish", "flood", "--channel", "m-en", "--live").code == 0
    before = rows(config)
    (tmp_path / "posts" / "posts.yaml").write_text("- id: flood\n  text: {en: [\n")
    assert typed(config, "publish", "harbour", "--channel", "m-en", "--live").code == 0
    assert rows(config) == {**before, "2027/harbour/m-en": "published"}
    assert len(server.published) == 2


def rows(config):
    """Every delivery's state, as `status --json` tells it."""
    told = json.loads(typed(config, "status", "--json").out)
    return {one["key"]: one["state"] for one in told["deliveries"]}
