"""The dead-man ping: called while all is well, never in the way, and its address never shown."""

import logging
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scheduler.service.pinging import Pinger
from tests.service.waiting import until

SECRET = "canary-ping-7f3a"


@contextmanager
def alarm(status=200, wait=0.0):
    """Answers (address, paths called so far) of a server as such services have it."""
    called = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            called.append(self.path)
            time.sleep(wait)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/{SECRET}?a=b", called
    finally:
        server.shutdown()
        server.server_close()


def nothing_under_way():
    return "ping" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture(autouse=True)
def no_call_outlives_its_test():
    yield
    until(nothing_under_way)


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "scheduler")
    return lambda: [(one.levelname, one.getMessage()) for one in caplog.records]


def test_the_address_is_called_and_not_again_within_a_minute():
    with alarm() as (address, called):
        pinger = Pinger()
        for _ in range(3):
            pinger.all_is_well("PING_URL", {"PING_URL": address})
        until(lambda: called)
        assert called == [f"/{SECRET}?a=b"]


def test_failing_is_told_once_without_the_address_and_so_is_its_end(told):
    with alarm(status=404) as (address, called):
        pinger = Pinger(every=0)
        pinger.all_is_well("PING_URL", {"PING_URL": address})
        until(told)
        until(lambda: pinger.all_is_well("PING_URL", {"PING_URL": address}) or len(called) > 2)
    with alarm() as (address, _):
        until(lambda: len(told()) > 1 or pinger.all_is_well("PING_URL", {"PING_URL": address}))
        # A call still on its way when its server goes would rightly be told as failing once more.
        until(nothing_under_way)
    [(level, words), (_, works)] = told()
    assert level == "WARNING"
    assert "PING_URL answered 404" in words
    assert works == "alerts.ping: works again"
    assert SECRET not in words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "PING_URL is not set"),
        (f"http://alarm.example/{SECRET}", "is not an address that can be called"),
        (SECRET, "is not an address that can be called"),
        (f"https://[::{SECRET}/", "is not an address that can be called"),
        (f"http://127.0.0.1:9/{SECRET}", "was not reached"),
    ],
)
def test_an_address_that_cannot_be_called_is_told_in_words(address, words, told):
    Pinger().all_is_well("PING_URL", {"PING_URL": address})
    [(level, said)] = until(told)
    assert level == "WARNING"
    assert words in said
    assert SECRET not in said


def test_a_server_that_does_not_answer_delays_nobody_and_is_given_up(told):
    with alarm(wait=2) as (address, called):
        pinger = Pinger(every=0, time_allowed=timedelta(seconds=0.3))
        began = time.monotonic()
        for _ in range(50):
            pinger.all_is_well("PING_URL", {"PING_URL": address})
        assert time.monotonic() - began < 0.3
        [(_, words)] = until(told)
        assert "no complete answer" in words
        assert len(called) == 1


def test_nothing_is_called_where_config_names_nothing(told):
    Pinger().all_is_well(None, {"PING_URL": f"http://127.0.0.1:9/{SECRET}"})
    time.sleep(0.05)
    assert told() == []
