"""A network that is away, a stranger's certificate, and answers that never end."""

import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest

from scheduler.delivery import Timings, failpoints
from scheduler.platforms.http import DEADLINE
from tests.fakes import dribbled, refuse
from tests.fakes.mastodon_server import MastodonServer
from tests.faults.accounts import CREATE, EARLY, KEY, TOKEN, at_work, play, rules
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, delivery, opened, state_of, status_of


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def store(tmp_path, server):
    with opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery()], {}, EARLY)
        yield store


def begun_at(store):
    return [event.at for event in store.history(KEY) if event.event == "begun"]


# Certainly not sent


@pytest.fixture
def nowhere():
    """An address of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def away(monkeypatch, how):
    """From here on no connection comes about."""

    def no_name(*unused, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def refused(self, address):
        raise ConnectionRefusedError(111, "Connection refused")

    with monkeypatch.context() as patch:
        if how == "name":
            patch.setattr(socket, "getaddrinfo", no_name)
        else:
            patch.setattr(socket.socket, "connect", refused)
        yield


WORDS = {"name": "the server's name was not found", "connection": "the server refused the connection"}


@pytest.mark.parametrize("how", WORDS)
def test_a_network_that_goes_away_costs_nothing_but_time(store, server, monkeypatch, how):
    """Row 26: the name is not found, the connection is refused: tried again with growing pauses."""
    engine, moment = at_work(store, server.base_url)
    with away(monkeypatch, how):
        looked = play(engine, moment, NOON, NOON + 10 * MINUTE)
        assert (state_of(store, KEY), store.holds(), store.notices()) == ("scheduled", (), ())
        assert WORDS[how] in status_of(store, KEY).notes[0]
        pauses = [(later - now).total_seconds() for now, later in pairwise(looked)]
        assert pauses == sorted(pauses)
        assert len(looked) <= 7
    play(engine, moment, NOON + 10 * MINUTE, NOON + HOUR)
    assert (state_of(store, KEY), len(server.published), server.count(CREATE)) == ("published", 1, 1)


def test_a_connection_refused_at_the_very_call_is_not_in_doubt(store, server, monkeypatch):
    """Row 26: everything was prepared, then the server stopped: surely not sent, and tried again."""
    engine, moment = at_work(store, server.base_url)
    made = socket.socket.connect
    server_gone = threading.Event()

    def connect(self, address):
        if server_gone.is_set():
            raise ConnectionRefusedError(111, "Connection refused")
        return made(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    failpoints.arm("before-send", server_gone.set)
    try:
        play(engine, moment, NOON, NOON)
        assert state_of(store, KEY) == "scheduled"
        assert begun_at(store) == [NOON]
    finally:
        failpoints.disarm()
    server_gone.clear()
    play(engine, moment, NOON + SECOND, NOON + HOUR)
    assert (state_of(store, KEY), server.count(CREATE)) == ("published", 1)
    assert begun_at(store) == [NOON, NOON + 30 * SECOND]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path):
    """Row 26: TLS: a self-signed certificate, on a real connection; not even the token is sent."""
    server = MastodonServer(token=TOKEN)
    server.tls = True
    with server, opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery()], {}, EARLY)
        engine, moment = at_work(store, server.base_url, deadline=timedelta(seconds=5))
        play(engine, moment, NOON, NOON + 3 * MINUTE)
        assert state_of(store, KEY) == "scheduled"
        assert "certificate" in status_of(store, KEY).notes[0]
        assert server.requests == []


def test_a_server_where_nobody_listens_is_tried_again_until_it_is_too_late(tmp_path, nowhere, server):
    """Row 26: refused from the start to the end: missed, with the reason, and nothing in doubt."""
    with opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery(expires=NOON + 20 * MINUTE)], {}, EARLY)
        engine, moment = at_work(store, nowhere)
        play(engine, moment, NOON, NOON + 3 * HOUR)
        status = status_of(store, KEY)
        assert status.state == "missed"
        assert "refused the connection" in status.reasons[0]


# Answers that never end


class Endless(MastodonServer):
    """Publishes, then answers without an end: byte by byte in the header, in the body, or as a flood."""

    how = "flood"

    def __enter__(self):
        entered = super().__enter__()
        handler = self._server.RequestHandlerClass
        ordinary = handler.reply

        def reply(this, made):
            if this.command != "POST":
                return ordinary(this, made)
            this.wfile.write(b"HTTP/1.1 200 OK\r\n")
            if self.how == "flood":
                this.wfile.write(b"Content-Type: application/json\r\n\r\n")
            while not self._closing.is_set():
                this.wfile.write(b"[" * 65536 if self.how == "flood" else b"X-Slow: 1\r\n"[:1])
                if self.how != "flood":
                    this.wfile.flush()
                    time.sleep(0.02)
            return None

        handler.reply = reply
        return entered


@pytest.mark.parametrize("how", ["header", "flood"])
def test_an_answer_without_an_end_is_cut_off_in_time_and_the_post_found(tmp_path, how):
    """Row 27: a slow-loris header, an endless body: over within the deadline, in doubt, and found."""
    server = Endless(token=TOKEN)
    server.how = how
    with server, opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery()], {}, EARLY)
        engine, moment = at_work(store, server.base_url)
        began = time.monotonic()
        play(engine, moment, NOON, NOON)
        assert time.monotonic() - began < 5
        assert state_of(store, KEY) == "unknown"
        play(engine, moment, NOON + SECOND, NOON + HOUR)
        assert (state_of(store, KEY), len(server.published)) == ("published", 1)


def test_an_answer_that_dribbles_is_cut_off_in_time_and_the_post_found(store, server):
    """Row 27: a body that comes a byte at a time, each long before a socket's own time-out."""
    engine, moment = at_work(store, server.base_url)
    server.fail_next(CREATE, dribbled())
    play(engine, moment, NOON, NOON)
    assert state_of(store, KEY) == "unknown"
    play(engine, moment, NOON + SECOND, NOON + HOUR)
    assert (state_of(store, KEY), len(server.published)) == ("published", 1)


def test_a_redirect_to_itself_is_not_followed(store, server):
    """Row 27: never-ending redirects: one request each time, nobody's token goes elsewhere."""
    engine, moment = at_work(store, server.base_url)
    server.fail_next(CREATE, refuse(307, None, Location=f"{server.base_url}/api/v1/statuses"))
    play(engine, moment, NOON, NOON)
    assert (state_of(store, KEY), server.count(CREATE)) == ("unknown", 1)


def test_a_whole_call_is_over_before_half_of_its_lease():
    """Row 27: the deadline of every call is the engine's."""
    assert Timings().deadline == DEADLINE < Timings().lease / 2
