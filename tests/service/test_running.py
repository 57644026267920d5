"""The long-running service: one a mode, a heartbeat, an end when nothing can change, and stopping."""

import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.errors import ConfigError, LockError, StoreError
from scheduler.model import Mode
from scheduler.service import open_campaign
from scheduler.service.running import Service
from tests import campaigns
from tests.fakes import waits_for
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import Clock, opened, touched
from tests.service.waiting import until

ROOT = Path(__file__).parents[2]
FLOOD = campaigns.post("flood", "2027-02-10 12:00:30") + "  channels: [m-en]\n"
TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def scheduler(campaigning, clock, **options):
    """A dry run that looks twenty times a second."""
    return Service(campaigning, Mode.DRY, clock, wake=timedelta(seconds=0.05), **options)


@contextmanager
def at_work(service):
    """The service in a thread of its own until the block ends; answers a list that gets its exit code."""
    codes = []
    thread = threading.Thread(target=lambda: codes.append(service.run()))
    thread.start()
    try:
        yield codes
    finally:
        service.stop.set()
        thread.join(10)
        assert not thread.is_alive()


def states(campaigning, mode=Mode.DRY):
    with campaigning.store(mode) as store:
        return {status.key: str(status.state) for status in store.statuses(Clock()())}


def test_what_falls_due_is_published_and_the_heart_beats(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    service = scheduler(campaigning, clock)
    with at_work(service) as codes:
        until(lambda: campaigning.has_store and states(campaigning))
        assert states(campaigning) == {"2027/flood/m-en": "scheduled"}
        clock.on(seconds=31)
        until(lambda: states(campaigning) == {"2027/flood/m-en": "published"})
        with campaigning.store(Mode.DRY) as store:
            assert store.last_heartbeat() is not None
    assert codes == [0]
    assert (tmp_path / "data" / "outbox" / "2027" / "flood" / "m-en").is_dir()


def test_an_edit_while_it_runs_is_what_goes_out(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    with at_work(scheduler(campaigning, clock)):
        until(lambda: campaigning.has_store and states(campaigning))
        touched(tmp_path / "posts" / "posts.yaml", FLOOD.replace("at night", "at dawn"))

        def words():
            with campaigning.store(Mode.DRY) as store:
                return store.statuses(clock())[0].message.parts[0].text

        until(lambda: "at dawn" in words())
        clock.on(seconds=31)
        until(lambda: set(states(campaigning).values()) == {"published"})
        assert "at dawn" in words()


def test_a_hold_set_while_it_runs_stops_what_is_due_and_lifting_it_sends_no_backlog(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    service = scheduler(campaigning, clock)
    with at_work(service):
        until(lambda: campaigning.has_store and states(campaigning))
        with campaigning.store(Mode.LIVE) as other:
            number = other.hold("all", "", "rain", "Ayla", clock())
        clock.on(seconds=40)
        let_it_look(service, clock)
        assert set(states(campaigning).values()) == {"scheduled"}
        with campaigning.store(Mode.LIVE) as other:
            assert other.lift(number, "Ayla", clock()).lapsed == ("2027/flood/m-en",)
        let_it_look(service, clock)
        assert set(states(campaigning).values()) == {"missed"}


def let_it_look(service, clock):
    """Until a look that began after this moment has come to its end."""
    for _ in range(2):
        clock.on(seconds=1)
        until(lambda: service.woken == clock())


def test_until_done_ends_when_all_is_published_and_says_so_with_0(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    service = scheduler(campaigning, clock, until_done=True)
    with at_work(service) as codes:
        until(lambda: campaigning.has_store and states(campaigning))
        assert codes == []
        clock.on(seconds=31)
        until(lambda: codes)
    assert codes == [0]
    assert [str(status.state) for status in service.ended] == ["published"]


def test_until_done_with_something_missed_ends_with_1(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    with at_work(scheduler(campaigning, clock, until_done=True)) as codes:
        until(lambda: campaigning.has_store and states(campaigning))
        # A grace of two hours: three hours later it is too late.
        clock.on(hours=3)
        until(lambda: codes)
    assert codes == [1]
    assert set(states(campaigning).values()) == {"missed"}


def test_a_second_scheduler_of_the_same_mode_is_refused_and_the_first_is_named(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    with campaigning.store(Mode.DRY) as store, store.lock(Clock()(), "run"):
        with pytest.raises(LockError, match=f"process {os.getpid()} on .*`run`"):
            Service(campaigning, Mode.DRY, Clock()).run()
        assert store.statuses(Clock()()) == ()


def test_live_refuses_to_start_without_a_live_channel_or_without_credentials(tmp_path):
    with pytest.raises(ConfigError, match="live: true"):
        Service(opened(tmp_path, FLOOD), Mode.LIVE, Clock()).run()
    (tmp_path / ".env").unlink()
    bare = opened(tmp_path, FLOOD, live=True, secrets=False)
    with pytest.raises(ConfigError, match="M_EN_ACCESS_TOKEN"):
        Service(bare, Mode.LIVE, Clock()).run()
    assert not (tmp_path / "data" / "scheduler.db").exists()


def test_a_job_that_keeps_failing_is_told_once_and_again_when_it_works(tmp_path, monkeypatch, caplog):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    service = scheduler(campaigning, clock)
    failures = []

    def full(store):
        failures.append(1)
        if len(failures) <= 2:
            raise StoreError("the disk is full")

    monkeypatch.setattr(service.reloader, "rescan", full)
    with caplog.at_level(logging.INFO, logger="scheduler"), at_work(service):
        until(lambda: len(failures) > 2)
        until(lambda: "rescan: works again" in caplog.text)
        with campaigning.store(Mode.DRY) as store:
            assert "job:rescan" not in {notice.cause for notice in store.notices()}
    assert caplog.text.count("rescan: the disk is full") == 1
    assert "Traceback" not in caplog.text


# Signals: a process of its own


@contextmanager
def process(config, *words):
    """`run` as a process; killed at the end if it is still there."""
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--config", str(config), "run", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def due_in(**span):
    return (
        campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(**span))) + "  channels: [m-en]\n"
    )


@pytest.fixture
def sending(tmp_path):
    """A live process whose one post is on its way to a server that does not answer until it is told to."""
    answer = threading.Event()
    with MastodonServer(token=TOKEN) as server:
        server.fail_next("POST /api/v1/statuses", waits_for(answer))
        config = campaigns.write(tmp_path, due_in(hours=1), mastodon=server.base_url, live=True)
        text = config.read_text(encoding="utf-8")
        config.write_text(text[: text.index("  x-en:")], encoding="utf-8")
        with process(config, "--live") as started:
            # Due as soon as the scheduler knows of it: earlier, on a slow machine, it would be past.
            until(lambda: " new: " in started.stdout.readline(), seconds=20)
            touched(tmp_path / "posts" / "posts.yaml", due_in(seconds=3))
            until(lambda: server.count("POST /api/v1/statuses"), seconds=20)
            yield started, server, answer, config
        answer.set()


@pytest.mark.long
def test_sigterm_finishes_what_is_being_sent_and_exits_with_0(sending):
    started, server, answer, config = sending
    started.send_signal(signal.SIGTERM)
    until(lambda: "Stopping" in started.stdout.readline())
    assert started.poll() is None
    answer.set()
    assert started.wait(10) == 0
    assert len(server.published) == 1
    assert states(open_campaign(config), Mode.LIVE) == {"2027/flood/m-en": "published"}


@pytest.mark.long
def test_a_second_signal_exits_at_once_and_the_delivery_stays_on_record(sending):
    started, _, _, config = sending
    started.send_signal(signal.SIGTERM)
    until(lambda: "Stopping" in started.stdout.readline())
    started.send_signal(signal.SIGTERM)
    assert started.wait(3) == 143
    assert states(open_campaign(config), Mode.LIVE) == {"2027/flood/m-en": "sending"}


@pytest.mark.long
def test_ctrl_c_stops_a_waiting_scheduler_with_130(tmp_path):
    config = campaigns.write(tmp_path, FLOOD)
    with process(config) as started:
        until(lambda: " new: " in started.stdout.readline(), seconds=20)
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=10)
        assert started.returncode == 130
        assert "Traceback" not in out


def test_status_says_that_it_runs_only_while_it_does(tmp_path):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    with at_work(scheduler(campaigning, clock)):
        until(lambda: campaigning.has_store and states(campaigning))
        with campaigning.store(Mode.DRY) as store:
            assert store.is_locked
    with campaigning.store(Mode.DRY) as store:
        assert not store.is_locked
