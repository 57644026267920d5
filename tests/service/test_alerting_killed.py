"""kill -9 around a message: nothing is lost, and what may have arrived is sent once more and says so."""

import sys
from contextlib import suppress
from datetime import timedelta

import pytest

from scheduler.alerts.address import Outcome
from scheduler.errors import RunError
from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.service.alerting import Alerting
from tests import elsewhere
from tests.alerts.services import endpoint
from tests.service.stage import NOON, Clock, opened
from tests.service.test_alerting import DAYS, KEY, MISSED, ONE, Postman, quiet
from tests.service.waiting import until
from tests.thorough import quick_and_long

KILLED = """
import os, signal, sys, time
from pathlib import Path
from datetime import datetime
from scheduler.alerts import address
from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.service.alerting import Alerting

folder, point, now = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])

def die():
    os.kill(os.getpid(), signal.SIGKILL)

campaigning = open_campaign(folder / "config.yaml")
store = campaigning.store(Mode.LIVE)

def carry(name, letter):
    if point == "before the call":
        die()
    address.send(os.environ[name], letter)
    die()

store.notice("missed:KEY", "KEY", "KEY was missed; `retry` gives it a new time", now)
if point == "before it was seen":
    die()
Alerting(store, lambda: now, carry).round(campaigning, (), lambda: None)
time.sleep(20)
"""


# Each a process of its own, because it is killed by a real signal.
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
@pytest.mark.parametrize(
    ("point", "arrived", "marked"),
    quick_and_long(
        [("after the call", 1, True), ("before it was seen", 0, False), ("before the call", 0, True)]
    ),
)
def test_kill_9_loses_no_message_and_a_repetition_says_so(tmp_path, monkeypatch, point, arrived, marked):
    opened(tmp_path, DAYS, live=True)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8") + ONE, encoding="utf-8")
    with endpoint() as (where, received, _):
        monkeypatch.setenv("ALERT_URL_1", where)
        done = elsewhere.run(KILLED.replace("KEY", KEY), tmp_path, point, NOON.isoformat())
        assert done.returncode == -9
        assert len(received) == arrived
    clock, postman = Clock(NOON + timedelta(minutes=2)), Postman()
    campaigning = open_campaign(config, environ={})
    with campaigning.store(Mode.LIVE) as store:
        for _ in range(3):
            Alerting(store, clock, postman).round(campaigning, (), lambda: None)
            until(quiet)
            clock.on(minutes=2)
    [(_, letter)] = postman.letters
    assert letter.title == f"Missed: {KEY}"
    assert letter.body.startswith("Sent once more") is marked
    assert f"{KEY} {MISSED}" in letter.body


def test_a_certain_refusal_is_no_reason_to_call_the_next_try_a_repetition(tmp_path):
    opened(tmp_path, DAYS, live=True)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8") + ONE, encoding="utf-8")
    clock, postman = Clock(), Postman()
    postman.answers["ALERT_URL_1"] = Outcome(False, "the service is out of order (500)")
    campaigning = open_campaign(config, environ={})
    with campaigning.store(Mode.LIVE) as store:
        store.notice("home", None, "this database was copied", NOON)
        alerting = Alerting(store, clock, postman)
        with suppress(RunError):
            # It says so, where the answer has come before it ends.
            alerting.round(campaigning, (), lambda: None)
        until(quiet)
        clock.on(minutes=2)
        postman.answers.clear()
        alerting._send(campaigning, _settings(campaigning), clock())
        until(quiet)
    assert ["Sent once more" in letter.body for _, letter in postman.letters] == [False, False]


def _settings(campaigning):
    from scheduler.alerts.settings import Settings

    return Settings.of(campaigning.config)
