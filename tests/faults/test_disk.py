"""A full disk: nothing is sent without a record, no answer is lost, and it heals when there is room again."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.errors import StoreError
from scheduler.platforms.base import Recovery
from tests import campaigns
from tests.faults.lasting import Lasting
from tests.faults.own_mounts import ROOT, fill, make_room, played, tiny_disk
from tests.faults.thorough import THOROUGH
from tests.faults.virtual_time import play
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy
from tests.thorough import quick_and_long

pytestmark = pytest.mark.a_file

DISK = 96
"""Megabytes: more than the 64 that must be free, so that it begins in health."""

PLACES = (
    ("before the claim", "after-prepare", "before-begin")
    if THOROUGH
    else ("before the claim", "before-begin")
)
KINDS = tuple(Recovery) if THOROUGH else (Recovery.PROBE, Recovery.BLIND)
EARLY = NOON - MINUTE
POSTS = [delivery(f"post-{n}", due=NOON + n * SECOND) for n in range(3)]


def begun(folder, recovery=Recovery.PROBE):
    """A store and an engine at work on the tiny disk, the account already known."""
    store = opened(Path(folder), rules=policy(channel()))
    platform = Lasting(Path(folder).with_name("published.jsonl"), recovery=recovery)
    store.sync(POSTS, {}, EARLY)
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    engine.tick(EARLY)
    return store, platform, engine


def attempts(store):
    return sum(status.attempts for status in store.statuses(NOON))


def states(store):
    return sorted(str(status.state) for status in store.statuses(NOON))


def tried(act):
    """The words in which it was refused, or an empty text."""
    try:
        act()
    except StoreError as error:
        return str(error)
    return ""


# Scenes: each plays in a process with its own mounts.


def scene_full_before_the_call(folder, place):
    tiny_disk(folder, DISK)
    store, platform, engine = begun(folder)
    if place == "before the claim":
        fill(folder)
    else:
        failpoints.arm(place, lambda: (failpoints.disarm(), fill(folder)))
    said = tried(lambda: engine.work(NOON + 2 * SECOND, "mastodon-en"))
    later = [tried(lambda n=n: engine.tick(NOON + n * SECOND)) for n in (3, 4)]
    full = {"sent": len(platform.sends), "recorded": attempts(store), "said": said, "later": later}
    make_room(folder)
    play(engine, NOON + 5 * SECOND, NOON + HOUR)
    return {**full, "in the end": states(store), "published": len(platform.published)}


def scene_full_after_the_call(folder, recovery):
    tiny_disk(folder, DISK)
    store, platform, engine = begun(folder, Recovery(recovery))
    failpoints.arm("after-send", lambda: (failpoints.disarm(), fill(folder)))
    said = tried(lambda: engine.tick(NOON))
    later = [tried(lambda n=n: engine.tick(NOON + n * SECOND)) for n in (1, 2)]
    full = {"sent": len(platform.sends), "said": said, "later": later}
    make_room(folder)
    engine.tick(NOON + 3 * SECOND)
    return {**full, "in the end": states(store), "published": len(platform.published)}


def scene_full_after_the_call_and_killed(folder, recovery):
    tiny_disk(folder, DISK)
    child = os.fork()
    if child == 0:
        _die_with_an_answer_in_hand(folder, recovery)
    _, ended = os.waitpid(child, 0)
    make_room(folder)
    store, platform, engine = begun(folder, Recovery(recovery))
    with store.lock(NOON + MINUTE, "run"):
        play(engine, NOON + MINUTE, NOON + 2 * HOUR)
        return {
            "killed": os.waitstatus_to_exitcode(ended) == -signal.SIGKILL,
            "first": next(str(one.state) for one in store.statuses(NOON) if one.post == "post-0"),
            "notices": [notice.text for notice in store.notices()],
            "published": [request["key"] for request in platform.published],
        }


def _die_with_an_answer_in_hand(folder, recovery):
    _, _, engine = begun(folder, Recovery(recovery))
    failpoints.arm("after-send", lambda: (failpoints.disarm(), fill(folder)))
    said = tried(lambda: engine.tick(NOON))
    if "disk is full" in said:
        failpoints.die()
    os._exit(1)


def scene_one_megabyte_left(folder, config):
    tiny_disk(folder, DISK)
    fill(folder, leave=1_000_000)
    words = [sys.executable, str(ROOT / "run.py"), "--config", config, "--data", folder, "run", "--live"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return {
        "code": done.returncode,
        "said": done.stderr.splitlines(),
        "left": [path.name for path in Path(folder).iterdir()],
    }


# What must be true of them


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.long
def test_on_a_disk_that_is_full_before_the_call_nothing_is_sent_and_it_heals(tmp_path, place):
    """Row 5: the disk is full when a delivery is claimed or begun."""
    seen = played(scene_full_before_the_call, tmp_path / "data", place)
    assert (seen["sent"], seen["recorded"]) == (0, 0)
    assert "the disk is full; free some space, nothing was sent meanwhile" in seen["said"]
    assert all("less than 64 MB free on the disk" in words for words in seen["later"])
    assert (seen["in the end"], seen["published"]) == (["published"] * 3, 3)


@pytest.mark.parametrize("recovery", KINDS[:1])
@pytest.mark.long
def test_an_answer_that_a_full_disk_would_not_take_is_recorded_as_soon_as_there_is_room(tmp_path, recovery):
    """Row 6: the disk is full when the answer is recorded; it is kept, and nothing else is sent meanwhile."""
    seen = played(scene_full_after_the_call, tmp_path / "data", recovery)
    assert seen["sent"] == 1
    assert "the disk is full" in seen["said"]
    assert all("disk" in words for words in seen["later"])
    assert seen["in the end"][0] == "published"
    assert "unknown" not in seen["in the end"]


@pytest.mark.parametrize("recovery", quick_and_long(KINDS))
@pytest.mark.long
def test_killed_on_a_full_disk_with_an_answer_in_hand_nothing_goes_out_twice(tmp_path, recovery):
    """Row 6: killed there; the next start knows the answer, or looks, and repeats nothing."""
    seen = played(scene_full_after_the_call_and_killed, tmp_path / "data", recovery)
    assert seen["killed"]
    assert sorted(seen["published"]) == [post.key for post in POSTS]
    assert seen["first"] == "published", seen["notices"]


@pytest.mark.long
def test_with_one_megabyte_left_it_refuses_to_start_in_one_line(tmp_path):
    """Row 5: 1 MB left at the start."""
    posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(minutes=1)))
    config = campaigns.write(tmp_path, posts, live=True)
    seen = played(scene_one_megabyte_left, tmp_path / "data", config)
    folder = tmp_path / "data"
    assert seen["code"] == 1
    assert seen["said"] == [
        f"{folder}: less than 64 MB free on the disk; make room, nothing is sent meanwhile"
    ]
    assert seen["left"] == ["filler"]
