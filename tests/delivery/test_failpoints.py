"""Every named place is really passed, nothing stands there in production, and a process can die there."""

import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.errors import StoreError
from scheduler.platforms.base import Recovery
from tests import elsewhere
from tests.delivery.flowing import running
from tests.delivery.scripted import LOST, Scripted
from tests.store.kit import HOUR, MINUTE, NOON, channel, delivery, opened, policy

EARLY = NOON - MINUTE
NAME = "mastodon-en"
RULES = policy(channel())
POINT = re.compile(r'failpoint\("([a-z-]+)"\)')


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def passed():
    """The names passed, in the order they were."""
    names = []
    for name in failpoints.NAMES:
        failpoints.arm(name, lambda name=name: names.append(name))
    return names


def play(engine, now):
    due = engine.tick(now)
    while due is not None and due <= NOON + HOUR:
        due = engine.tick(due)


@pytest.mark.parametrize(
    ("recovery", "expected"),
    [
        (Recovery.PROBE, {"before-find", "after-find", "before-reconciled", "after-reconciled"}),
        (Recovery.RESEND_SAFE, {"before-find", "after-find", "before-repeat", "after-reclaim"}),
    ],
)
def test_an_answer_lost_passes_those_of_the_unknown(tmp_path, passed, recovery, expected):
    platform = Scripted(recovery=recovery)
    platform.script = [LOST]
    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
        play(Engine(store, lambda channel: platform, assume_clock=True), NOON)
    ordinary = {
        "before-sweep",
        "after-sweep",
        "before-claim",
        "after-claim",
        "before-prepare",
        "after-prepare",
    }
    ordinary |= {f"{when}-{step}" for when in ("before", "after") for step in ("begin", "send", "settle")}
    ordinary |= {"before-read-back", "after-read-back"}
    assert (expected | ordinary) - set(passed) == set()


def test_a_hold_in_the_last_moment_passes_those_of_giving_back(tmp_path, passed):
    def hold():
        passed.append("before-begin")
        store.hold("all", "", "earthquake", "Aynur", NOON)

    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery()], {}, EARLY)
        failpoints.arm("before-begin", hold)
        Engine(store, lambda channel: Scripted(), assume_clock=True).tick(NOON)
    at_the_gate = passed.index("before-begin")
    assert passed[at_the_gate + 1 : at_the_gate + 3] == ["before-give-back", "after-give-back"]


def test_a_thread_passes_one_between_its_parts(tmp_path, passed):
    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery(texts=("One.", "Two.", "Three."))], {}, EARLY)
        Engine(store, lambda channel: Scripted(), assume_clock=True).tick(NOON)
    assert passed.count("between-parts") == 2


def test_a_database_that_is_away_passes_those_of_the_journal(tmp_path, passed, monkeypatch):
    def settle(*arguments, **more):
        raise StoreError("the disk is full")

    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery()], {}, EARLY)
        monkeypatch.setattr(store, "settle", settle)
        with pytest.raises(StoreError):
            Engine(store, lambda channel: Scripted(), assume_clock=True).tick(NOON)
    assert passed[-3:] == ["before-settle", "before-journal", "after-journal"]


@pytest.mark.long
def test_a_clock_passes_one_while_it_waits_for_due(tmp_path, passed):
    clock = running(NOON - timedelta(seconds=1.2))
    with opened(tmp_path, rules=RULES) as store:
        store.sync([delivery()], {}, EARLY)
        platform = Scripted()
        Engine(store, lambda channel: platform, assume_clock=True, clock=clock).work(clock(), NAME)
        assert len(platform.published) == 1
    assert passed[passed.index("after-prepare") + 1] == "waiting-for-due"


def test_every_name_stands_in_the_program_once_and_no_place_is_without_a_name():
    folder = Path(failpoints.__file__).parent
    found = [name for path in folder.glob("*.py") for name in POINT.findall(path.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(failpoints.NAMES)


def test_no_failpoint_is_set_by_the_program_itself():
    source = Path(failpoints.__file__).parents[1]
    users = [
        path.name
        for path in source.rglob("*.py")
        if re.search(r"\b(arm|arm_from|die)\(|SCHEDULER_FAILPOINT", path.read_text(encoding="utf-8"))
        and path.name != "failpoints.py"
    ]
    assert users == []
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.arm("nowhere", failpoints.disarm)


def test_a_place_may_be_passed_unharmed_so_many_times_first():
    hits = []
    failpoints.arm("before-send", lambda: hits.append(len(hits)), passes=2)
    for _ in range(4):
        failpoints.failpoint("before-send")
    assert hits == [0, 1]


DYING = """
import os
from scheduler.delivery import failpoints

failpoints.arm_from(os.environ)
for number in range(3):
    print(number, flush=True)
    failpoints.failpoint("after-send")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
@pytest.mark.parametrize(
    ("wanted", "said", "code"),
    [
        ("", "0\n1\n2\n", 0),
        ("after-send", "0\n", -9),
        ("after-send:2", "0\n1\n2\n", -9),
        ("before-send", "0\n1\n2\n", 0),
    ],
)
def test_a_process_dies_where_its_environment_says(wanted, said, code):
    done = elsewhere.run(DYING, environ={failpoints.VARIABLE: wanted})
    assert (done.stdout.decode(), done.returncode) == (said, code)
