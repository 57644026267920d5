"""A stretch of work: what hangs, what stands still, what is told meanwhile, and how it stops."""

import json
import logging
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.delivery import Engine, Timings
from scheduler.errors import RunError, StoreError
from scheduler.model import Mode
from scheduler.service import open_campaign, shift
from scheduler.service.running import Service
from scheduler.store import Store
from scheduler.store import status as reading
from tests import campaigns, fakes
from tests.delivery.scripted import Scripted
from tests.service import stage
from tests.service.stage import NOON, Clock, opened
from tests.service.waiting import until

ROOT = Path(__file__).parents[2]
FLOOD = campaigns.post("flood", "2027-02-10 12:00:30")
KEYS = {"2027/flood/m-en", "2027/flood/x-en"}
QUICK = Timings(timedelta(seconds=0.2), timedelta(seconds=0.5), timedelta(seconds=0.7))


class Hanging(Scripted):
    """Its visible call does not come back until `answer` is set."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def send(self, prepared):
        self.answer.wait(30)
        return super().send(prepared)


@contextmanager
def at_work(folder, clock, posts=FLOOD, platforms=None, **options):
    """A dry run that looks twenty times a second; answers the service, its campaign and its exit codes."""
    campaigning, codes = opened(folder, posts), []
    service = Service(campaigning, Mode.DRY, clock, wake=timedelta(seconds=0.05), **options)
    if platforms is not None:
        service._connect = lambda channel, store: platforms[channel.name]
    thread = threading.Thread(target=lambda: codes.append(service.run()))
    thread.start()
    try:
        until(lambda: (service._shift and service._shift._ticked) or codes)
        yield service, campaigning, codes
    finally:
        service.stop.set()
        thread.join(15)
        assert not thread.is_alive()


def states(campaigning):
    with campaigning.store(Mode.DRY) as store:
        return {one.key: str(one.state) for one in store.statuses(NOON)}


def health(campaigning):
    path = campaigning.config.data / "healthz-dry"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def test_how_many_channels_work_at_once_goes_by_how_long_its_database_takes(tmp_path, monkeypatch):
    with at_work(tmp_path, Clock()) as (service, _, _):
        monkeypatch.setattr(type(service._shift.store), "commit_seconds", 0.0)
        assert service._shift._workers._at_once() == 2
        monkeypatch.setattr(type(service._shift.store), "commit_seconds", 0.0011)
        assert service._shift._workers._at_once() == 4


# What hangs, what stands still


def test_a_channel_that_hangs_delays_no_other_and_people_are_told(tmp_path):
    answer, clock = threading.Event(), Clock()
    platforms = {"m-en": Hanging(answer), "x-en": Scripted("x-en")}
    with at_work(tmp_path, clock, platforms=platforms, timings=QUICK) as (service, campaigning, codes):
        clock.on(seconds=31)
        until(lambda: states(campaigning)["2027/flood/x-en"] == "published")
        assert states(campaigning)["2027/flood/m-en"] == "sending"
        clock.on(minutes=2)
        until(lambda: [words for words in health(campaigning).get("needs_you", ()) if "hanging" in words])
        assert codes == []
        answer.set()
        until(lambda: not service._shift._workers.busy)


@pytest.mark.long
def test_when_every_channel_hangs_it_ends_for_a_supervisor_to_restart_it(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(shift, "CLOSING", 0.1)
    answer, clock = threading.Event(), Clock()
    platforms = {"m-en": Hanging(answer), "x-en": Hanging(answer)}
    with at_work(tmp_path, clock, platforms=platforms, timings=QUICK) as (_, campaigning, codes):
        clock.on(seconds=31)
        until(lambda: set(states(campaigning).values()) == {"sending"})
        clock.on(minutes=2)
        until(lambda: codes)
        assert codes == [1]
        assert "every channel hangs" in caplog.text
    answer.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.long
def test_a_dead_timer_ends_the_process_with_1(tmp_path, caplog):
    with at_work(tmp_path, Clock()) as (service, _, codes):
        timer = service._shift._clockwork._scheduler

        def die():
            raise LookupError("a job that somebody else has removed")

        timer._process_jobs = die
        timer.wakeup()
        until(lambda: codes)
    assert codes == [1]
    assert "the clock stopped" in caplog.text


STUCK = """
    import sys, threading
    from scheduler import cli
    from scheduler.delivery import Engine
    from scheduler.service import supervising
    supervising.STANDS_STILL = {"wake": 1.0}
    whole = Engine.waiting
    def waiting(engine, now, looks=[]):
        looks.append(now)
        if len(looks) > 2:
            threading.Event().wait()
        return whole(engine, now)
    Engine.waiting = waiting
    cli.main(["--config", sys.argv[1], "run"])
"""


@pytest.mark.long
def test_a_wake_up_that_never_comes_back_ends_the_process_with_1(tmp_path):
    config = campaigns.write(tmp_path, FLOOD)
    words = [sys.executable, "-c", textwrap.dedent(STUCK), str(config)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 1, done.stderr
    assert "Standing still" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_reads_every_row_while_it_runs(tmp_path, monkeypatch):
    clock = Clock()
    with at_work(tmp_path, clock) as (_, campaigning, _):
        read = []
        monkeypatch.setattr(reading, "statuses", lambda *given: read.append(given) or ())
        monkeypatch.setattr(Store, "troubles", _only_of_keys(Store.troubles, read))
        written = health(campaigning).get("at")
        clock.on(seconds=31)
        outbox = campaigning.config.data / "outbox" / "2027" / "flood"
        until(lambda: len(list(outbox.glob("*-en/*"))) >= 2)
        until(lambda: health(campaigning).get("at") not in (None, written))
        assert read == []
        monkeypatch.undo()


def _only_of_keys(whole, read):
    def troubles(store, keys=None):
        if keys is None:
            read.append("every row")
        return whole(store, keys)

    return troubles


def test_while_nothing_is_to_do_a_wake_up_asks_only_whether_somebody_has_written(tmp_path, monkeypatch):
    clock = Clock()
    with stage.shift(opened(tmp_path, FLOOD), Mode.DRY, clock) as at_work:
        at_work.reloader.reload(at_work.store)
        looks, whole = [], at_work.engine.waiting
        monkeypatch.setattr(at_work.engine, "waiting", lambda now: looks.append(now) or whole(now))
        at_work._do_chores()
        for _ in range(5):
            at_work._look()
        assert len(looks) == 1
        at_work.store.remember("anything", 1)
        at_work._look()
        assert len(looks) == 2
        # Posts are taken up 2 s before they are due (12:00:30): then, and not before, without the chores.
        monkeypatch.setattr(at_work._workers, "start", lambda *channels: looks.extend(channels))
        at_work._chores_at = clock() + timedelta(seconds=27)
        clock.on(seconds=27)
        at_work._look()
        assert len(looks) == 2
        clock.on(seconds=1)
        at_work._look()
        assert looks[3:] == ["m-en", "x-en"]


def test_what_is_written_with_a_time_in_a_second_goes_out_then_and_not_with_the_next_chores(tmp_path):
    clock = Clock()
    with stage.shift(opened(tmp_path, FLOOD), Mode.DRY, clock) as at_work:
        at_work._do_chores()
        at_work._look()
        assert at_work._next is None
        at_work.reloader.reload(at_work.store)
        at_work._look()
        assert at_work._next == NOON + timedelta(seconds=28)  # 2 s before it is due


def test_a_health_file_that_cannot_be_written_keeps_alerts_from_nobody(tmp_path, monkeypatch):
    with stage.shift(opened(tmp_path, FLOOD), Mode.DRY) as at_work:
        rounds = []

        def full():
            raise RunError("healthz: cannot be written (the disk is full)")

        monkeypatch.setattr(at_work, "_tell_health", full)
        monkeypatch.setattr(at_work, "_alert", lambda: rounds.append(1))
        at_work.reloader.reload(at_work.store)
        at_work._tell()
        assert rounds == [1]
        assert [notice.cause for notice in at_work.store.notices()] == ["job:health"]


def test_a_channel_that_a_reload_brings_gets_its_thread(tmp_path):
    clock = Clock()
    with at_work(tmp_path, clock) as (_, campaigning, _):
        config = campaigning.config.file
        text = config.read_text(encoding="utf-8")
        more = '  m-az: {platform: mastodon, language: en, base_url: "https://m.example", live: false}\n'
        config.write_text(text + more, encoding="utf-8")
        until(lambda: "2027/flood/m-az" in states(campaigning), seconds=15)
        clock.on(seconds=31)
        # The other account of that platform is held: the same words may not go out on two.
        until(lambda: states(campaigning)["2027/flood/m-az"] == "published")


# What is told meanwhile


def test_the_health_file_can_be_read_by_all_and_says_what_is_next(tmp_path):
    clock = Clock()
    with at_work(tmp_path, clock) as (_, campaigning, _):
        told = until(lambda: health(campaigning))
        path = campaigning.config.data / "healthz-dry"
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
    # 12:00:30 in Baku (UTC+4).
    assert (told["next_key"], told["next_due"]) == ("2027/flood/m-en", "2027-02-10T08:00:30Z")
    assert (told["mode"], told["ok"], told["needs_you"], told["last_tick"]) == (
        "dry",
        True,
        [],
        "2027-02-10T08:00:00Z",
    )
    assert not (campaigning.config.data / "healthz").exists()


@pytest.mark.long
def test_the_health_file_grows_old_when_the_database_cannot_be_used(tmp_path, monkeypatch):
    clock = Clock()
    with at_work(tmp_path, clock) as (service, campaigning, _):
        until(lambda: health(campaigning))

        def full(engine, now):
            raise StoreError("the disk is full")

        monkeypatch.setattr(Engine, "chores", full)
        clock.on(seconds=10)
        until(lambda: not service._shift._fit)
        clock.on(seconds=10)
        time.sleep(0.6)
        assert health(campaigning)["last_tick"] < "2027-02-10T08:00:20Z"
        monkeypatch.undo()
        until(lambda: health(campaigning)["last_tick"] == "2027-02-10T08:00:20Z")


def test_what_is_due_and_held_needs_a_person(tmp_path):
    clock = Clock()
    with at_work(tmp_path, clock) as (_, campaigning, _):
        with campaigning.store(Mode.DRY) as store:
            store.hold("post", "flood", "rain", "Ayla", clock(), NOON + timedelta(days=1))
        clock.on(seconds=40)
        due = "2 posts are due and held: 2027/flood/m-en: hold on post flood by Ayla: rain"
        until(lambda: any(one.startswith(due) for one in health(campaigning).get("needs_you", ())))


def test_a_backup_is_made_after_a_minute_and_not_again_the_same_day(tmp_path, monkeypatch):
    monkeypatch.setattr(shift, "BACKUP", timedelta(seconds=0.1))
    with at_work(tmp_path, Clock()) as (service, campaigning, _):
        folder = campaigning.config.data / "backups"
        until(lambda: list(folder.glob("*.db")))
        rounds = service._shift._clockwork.rounds
        seen = rounds["backup"]
        until(lambda: rounds["backup"] > seen + 2)
        assert [path.name for path in folder.glob("*.db")] == ["scheduler-20270210-080000Z.db"]


def test_a_backup_that_cannot_be_made_is_told_and_stops_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(shift, "BACKUP", timedelta(seconds=0.1))

    def full(store, folder, now, name=None):
        raise StoreError("too little room for a backup")

    monkeypatch.setattr(Store, "backup", full)
    clock = Clock()
    with at_work(tmp_path, clock) as (_, campaigning, _):
        until(lambda: "backup: too little room" in " ".join(health(campaigning).get("needs_you", ())))
        clock.on(seconds=31)
        until(lambda: set(states(campaigning).values()) == {"published"})
    assert caplog.text.count("too little room") == 1


def test_trouble_that_an_earlier_run_left_open_is_closed_when_all_is_well(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    with campaigning.store(Mode.DRY) as store:
        store.notice("job:rescan", None, "rescan: the disk is full", NOON)
    with at_work(tmp_path, Clock()) as (_, campaigning, _), campaigning.store(Mode.DRY) as store:
        assert store.notices() == ()


# Stopping


def test_what_hangs_longer_than_a_stop_may_take_is_left_on_record(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(shift, "DRAIN", 0.2)
    answer, clock = threading.Event(), Clock()
    posts = FLOOD + "  channels: [m-en]\n"
    with at_work(tmp_path, clock, posts, {"m-en": Hanging(answer)}) as (service, campaigning, codes):
        clock.on(seconds=31)
        until(lambda: states(campaigning) == {"2027/flood/m-en": "sending"})
        service.stop.set()
        until(lambda: codes)
        assert codes == [0]
        assert "Left behind, to be looked for at the next start: m-en" in caplog.text
        assert states(campaigning) == {"2027/flood/m-en": "sending"}
    answer.set()


def test_answers_under_way_are_settled_before_it_stops(tmp_path):
    answer, clock = threading.Event(), Clock()
    platforms = {"m-en": Hanging(answer), "x-en": Hanging(answer)}
    with at_work(tmp_path, clock, platforms=platforms) as (service, campaigning, codes):
        clock.on(seconds=31)
        until(lambda: set(states(campaigning).values()) == {"sending"})
        service.stop.set()
        time.sleep(0.3)
        assert codes == []
        answer.set()
        until(lambda: codes)
    assert codes == [0]
    assert states(campaigning) == dict.fromkeys(KEYS, "published")


@pytest.mark.long
def test_systemd_is_told_when_it_is_ready_alive_and_stopping(tmp_path):
    config, address = campaigns.write(tmp_path, FLOOD), str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(20)
        environ = {**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"}
        words = [sys.executable, str(ROOT / "run.py"), "--config", str(config), "run"]
        started = subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True)
        try:
            heard = [receiver.recv(4096).decode() for _ in range(2)]
            assert heard == ["READY=1", "WATCHDOG=1"]
            while not heard[-1].startswith("STATUS="):
                heard.append(receiver.recv(4096).decode())
            assert "All is well" in heard[-1]
            started.terminate()
            assert started.wait(15) == 0
            while heard[-1] != "STOPPING=1":
                heard.append(receiver.recv(4096).decode())
        finally:
            started.kill()
            started.communicate()


def pinging(folder, address):
    config = campaigns.write(folder, FLOOD)
    config.write_text(config.read_text(encoding="utf-8") + "alerts: {ping: PING_URL}\n", encoding="utf-8")
    with (folder / ".env").open("a", encoding="utf-8") as env:
        env.write(f"PING_URL={address}\n")
    return open_campaign(config, environ={})


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.DRY])
def test_only_a_live_run_keeps_the_alarm_silent(tmp_path, mode):
    """A dry run on the same machine would hide that the live one is dead."""
    with fakes.Loopback() as alarm, stage.shift(pinging(tmp_path, f"{alarm.base_url}/ping"), mode) as at_work:
        at_work._untold = True
        at_work._tell_health()
        if mode is Mode.LIVE:
            until(lambda: alarm.requests)
        assert list(at_work.store.folder.glob("healthz*"))  # the look itself was good in both
        assert at_work._pinger._thread is None or mode is Mode.LIVE


@pytest.mark.parametrize("secret", ["canary-ping-7f3a"])
def test_the_address_that_is_called_while_all_is_well_stands_in_no_log(tmp_path, secret, caplog):
    caplog.set_level(logging.DEBUG)
    campaigning = pinging(tmp_path, f"http://127.0.0.1:9/{secret}")
    with stage.shift(campaigning, Mode.LIVE) as at_work:
        at_work._untold = True
        at_work._tell_health()
        until(lambda: "PING_URL was not reached" in caplog.text)
    assert secret not in caplog.text
    for path in (tmp_path / "data").iterdir():
        assert path.is_dir() or secret.encode() not in path.read_bytes()
