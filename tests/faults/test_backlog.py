"""Thousands of posts due in the same second after an outage: limits and the late policy hold, memory too."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scheduler.delivery import Engine
from scheduler.model import DailyLimit
from tests.delivery.scripted import Scripted
from tests.faults.own_mounts import ROOT
from tests.faults.thorough import THOROUGH
from tests.store.kit import DAY, HOUR, MINUTE, NOON, campaign, channel, delivery, opened, policy

EARLY = NOON - DAY
CHANNELS = 10
POSTS = 10_000 if THOROUGH else 1_000
MEGABYTES = 150


class Timed(Scripted):
    """Notes the moment of each call."""

    moment, calls = None, ()

    def send(self, prepared):
        self.calls = (*self.calls, self.moment[0])
        return super().send(prepared)


def peak_memory():
    """Megabytes of this program alone; what `getrusage` says has the process in it that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) / 1024


def outage(posts):
    """All due at noon; the program comes back an hour later, and each channel keeps a gap and a limit."""
    names = [f"channel-{n}" for n in range(CHANNELS)]
    moment, platforms = [NOON + HOUR], {name: Timed(name) for name in names}
    for platform in platforms.values():
        platform.moment = moment
    rules = policy(
        *(channel(name, min_gap=10 * MINUTE) for name in names), around=campaign(daily_limit=DailyLimit(5))
    )
    folder = Path(tempfile.mkdtemp(dir=sys.argv[1]))
    with opened(folder, rules=rules) as store:
        store.sync(
            [
                delivery(f"post-{n}", names[n % CHANNELS], texts=(f"Words number {n}.",), slot=True)
                for n in range(posts)
            ],
            {},
            EARLY,
        )
        engine = Engine(store, lambda one: platforms[one.name], assume_clock=True)
        due = engine.tick(moment[0])
        ticks = 1
        while due is not None and due <= NOON + 3 * HOUR:
            moment[0] = due
            due, ticks = engine.tick(due), ticks + 1
        states = [str(status.state) for status in store.statuses(moment[0])]
        return {
            "megabytes": peak_memory(),
            "calls": [
                [(moment - NOON).total_seconds() / 60 for moment in platform.calls]
                for platform in platforms.values()
            ],
            "states": {state: states.count(state) for state in set(states)},
            "holds": sorted(hold.value for hold in store.holds()),
            "notices": len(store.notices()),
            "ticks": ticks,
        }


@pytest.mark.long
def test_a_backlog_of_thousands_goes_out_no_faster_than_the_limits_allow(tmp_path):
    """Row 33: all due in the same second; an hour late: gap, limit and grace hold, and memory stays small."""
    code = f"import json; from tests.faults.test_backlog import outage; print(json.dumps(outage({POSTS})))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    # Five a day, ten minutes apart, beginning when the program is back an hour late.
    assert seen["calls"] == [[60, 70, 80, 90, 100]] * CHANNELS
    assert seen["states"] == {"published": 5 * CHANNELS, "missed": POSTS - 5 * CHANNELS}
    # Many missed at once on a channel is one notice and one hold, not a thousand.
    assert seen["holds"] == sorted(f"channel-{n}" for n in range(CHANNELS))
    assert seen["notices"] == CHANNELS
    assert seen["megabytes"] < MEGABYTES
    assert seen["ticks"] < 50
