"""Whatever stops the program, wherever: no part goes out twice, and nothing is lost silently."""

import json
import signal
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler.delivery import Engine, failpoints
from scheduler.platforms.base import Recovery
from tests import elsewhere
from tests.delivery.scripted import BUG, CRASH, LOST, NOT_SENT, REFUSED, SENT, Scripted
from tests.store.kit import DAY, HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy
from tests.thorough import THOROUGH, quick_and_long

EARLY = NOON - MINUTE
RULES = policy(channel())
END = NOON + 30 * HOUR
"""A begun thread ends a day after its time: by then everything has come to its end."""

EXAMPLES = 150 if THOROUGH else 10
NAMES = sorted(failpoints.NAMES)
OF_THE_UNKNOWN = {name for name in NAMES if name.endswith(("find", "reconciled", "repeat", "reclaim"))}


class Stop(BaseException):
    """The program ends here: nothing of it may catch this."""


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


def stop():
    failpoints.disarm()
    raise Stop


def one_life(folder, platform, now, until, version="", gone=()):
    """A process: opens the store, sweeps what others left, works until `until` or until it is stopped."""
    with opened(folder, rules=RULES) as store:
        store.sync([post for post in posts(version) if post.post not in gone], {}, EARLY)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        try:
            due = engine.tick(now)
            while due is not None and due <= until:
                now, due = due, engine.tick(due)
        except Stop:
            pass
        return now


def posts(version=""):
    return [
        delivery(texts=(f"One{version}.", f"Two{version}.")),
        delivery("second", due=NOON + SECOND, texts=(f"Eight words{version}.",)),
    ]


def keys_out(platform):
    return [request["key"] for request in platform.published]


def check(folder, platform, recovery):
    out = keys_out(platform)
    assert len(out) == len(set(out)), f"published twice: {out}"
    with opened(folder, rules=RULES) as store:
        for status in store.statuses(NOON + 2 * DAY):
            parts = [f"{status.key}#2" if n else status.key for n in range(len(status.message.parts))]
            if status.state == "published":
                assert set(parts) <= set(out)
            elif recovery is not Recovery.BLIND:
                assert status.state in {"refused", "missed", "unknown"}, status
            assert status.state not in {"sending", "preparing"}, status


def ends():
    """Every place on every kind of platform; at a desk each place once, and where the kinds go apart all."""
    apart = {"after-begin", "after-send", "after-find", "before-reconciled"}
    for name in NAMES:
        for recovery in Recovery:
            if THOROUGH or recovery is Recovery.RESEND_SAFE or name in apart:
                yield name, recovery


@pytest.mark.parametrize(("name", "recovery"), quick_and_long(ends(), 12))
def test_stopped_at_any_point_nothing_goes_out_twice(tmp_path, name, recovery):
    platform = Scripted(recovery=recovery)
    platform.script = [LOST] if name in OF_THE_UNKNOWN else []
    failpoints.arm(name, stop)
    now = one_life(tmp_path, platform, NOON, NOON + HOUR)
    one_life(tmp_path, platform, now + SECOND, END)
    check(tmp_path, platform, recovery)
    if recovery in {Recovery.PROBE, Recovery.RESEND_SAFE}:
        assert sorted(keys_out(platform)) == sorted(
            ["2027/figures/mastodon-en", "2027/figures/mastodon-en#2", "2027/second/mastodon-en"]
        )


STEPS = st.sampled_from([SENT, LOST, NOT_SENT, REFUSED, BUG, CRASH])
LIVES = st.lists(
    st.tuples(st.sampled_from([*NAMES, None]), st.integers(0, 6), st.integers(0, 300)), max_size=6
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recovery=st.sampled_from(list(Recovery)), script=st.lists(STEPS, max_size=8), lives=LIVES)
@pytest.mark.long
def test_no_history_of_answers_and_crashes_publishes_a_part_twice(recovery, script, lives):
    platform = Scripted(recovery=recovery)
    platform.script = list(script)
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), NOON
        for point, after, pause in lives:
            failpoints.disarm()
            if point is not None:
                failpoints.arm(point, counting_down(after))
            now = one_life(folder, platform, now, now + MINUTE) + pause * SECOND
        failpoints.disarm()
        one_life(folder, platform, now, END)
        check(folder, platform, recovery)


EDITED = st.tuples(
    st.sampled_from([*NAMES, None]),
    st.integers(0, 3),
    st.integers(0, 300),
    st.sets(st.sampled_from(["figures", "second"])),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(STEPS, max_size=8), lives=st.lists(EDITED, min_size=1, max_size=5))
@example(script=[NOT_SENT], lives=[(None, 0, 0, set()), (None, 0, 0, set())])
@example(script=[NOT_SENT], lives=[(None, 0, 0, set()), (None, 0, 0, {"figures"})])
@pytest.mark.long
def test_no_post_begins_with_words_its_file_does_not_have_any_more(script, lives):
    platform = Scripted()
    platform.script = list(script)
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), NOON
        for version, (point, after, pause, gone) in enumerate(lives, 1):
            failpoints.disarm()
            if point is not None:
                failpoints.arm(point, counting_down(after))
            before = len(platform.published)
            now = one_life(folder, platform, now, now + MINUTE, f" {version}", gone) + pause * SECOND
            for request in platform.published[before:]:
                begins = request["in_reply_to"] is None
                assert not begins or request["status"].endswith(f" {version}."), request
                assert not begins or request["key"].split("/")[1] not in gone, request
        failpoints.disarm()
        one_life(folder, platform, now, END, " last")
        check(folder, platform, Recovery.PROBE)


def counting_down(passes):
    left = [passes]

    def act():
        left[0] -= 1
        if left[0] < 0:
            stop()

    return act


PROCESS = """
import json, sys
from pathlib import Path
from scheduler.delivery import Engine, failpoints
from tests import elsewhere
from tests.delivery.scripted import Scripted
from tests.store.kit import MINUTE, NOON, channel, delivery, opened, policy

folder, point = Path(sys.argv[1]), sys.argv[2]

class OnDisk(Scripted):
    def _publish(self, prepared):
        with (folder / "published.jsonl").open("a") as log:
            log.write(json.dumps(prepared.request) + "\\n")
        return super()._publish(prepared)

failpoints.arm(point, failpoints.die)
with opened(folder, rules=policy(channel())) as store:
    store.sync([delivery()], {}, NOON - MINUTE)
    Engine(store, lambda channel: OnDisk(), assume_clock=True).tick(NOON)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
@pytest.mark.parametrize(
    ("point", "already_out"), [("after-claim", 0), ("after-begin", 0), ("after-send", 1), ("after-settle", 1)]
)
@pytest.mark.long
def test_after_kill_9_the_next_start_publishes_exactly_once(tmp_path, point, already_out):
    assert elsewhere.run(PROCESS, tmp_path, point).returncode == -signal.SIGKILL
    log = tmp_path / "published.jsonl"
    platform = Scripted()
    platform.published = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    assert len(platform.published) == already_out
    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery()], {}, NOON + SECOND)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        due = engine.tick(NOON + SECOND)
        while due is not None:
            due = engine.tick(due)
        assert [str(status.state) for status in store.statuses(NOON)] == ["published"]
    assert len(platform.published) == 1


def test_two_schedulers_on_one_folder_publish_everything_once(tmp_path):
    made = [delivery(f"post-{n}", name) for n in range(12) for name in ("mastodon-en", "x-en")]
    platforms = {name: Scripted(name) for name in ("mastodon-en", "x-en")}
    errors = []

    def run():
        try:
            with opened(tmp_path) as store:
                engine = Engine(store, lambda channel: platforms[channel.name], assume_clock=True)
                for _ in range(12):
                    engine.tick(NOON)
        except Exception as error:
            errors.append(error)

    with opened(tmp_path) as store:
        store.sync(made, {}, EARLY)
        workers = [threading.Thread(target=run) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        states = {str(status.state) for status in store.statuses(NOON)}
    out = [key for platform in platforms.values() for key in keys_out(platform)]
    assert errors == []
    assert sorted(out) == sorted(one.key for one in made)
    assert states == {"published"}
