"""The wall time of one call: one thread watches it, and what had arrived when it was over still counts."""

import socket
import threading
import time
from datetime import timedelta

from scheduler.platforms.deadline import Deadline
from scheduler.platforms.http import Caller, NoConnection
from tests.fakes import Loopback, Reply


class Echo(Loopback):
    routes = ((r"GET /echo", "echo"),)

    def echo(self, request):
        return Reply(200, {})


def test_a_call_takes_one_thread_which_ends_with_it(monkeypatch):
    begun = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (begun.append(self), start(self)))
    with Echo() as server:
        assert Caller("echo-en", server.base_url).call("GET", "/echo").status == 200
    [own] = [one for one in begun if one.name == "deadline"]
    # Besides it only the server's own, a thread for each connection.
    assert [one for one in begun if isinstance(one, threading.Timer)] == []
    own.join(5)
    assert not own.is_alive()


def test_a_thread_whose_look_up_hung_ends_without_cutting_anything(monkeypatch):
    released, begun = threading.Event(), []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (begun.append(self), start(self)))

    def hang(*args, **more):
        released.wait(5)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 9))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    hurried = Caller("echo-en", "https://social.example", deadline=timedelta(seconds=0.2))
    began = time.monotonic()
    outcome = hurried.call("GET", "/echo")
    assert isinstance(outcome, NoConnection)
    assert time.monotonic() - began < 4
    released.set()
    [own] = [one for one in begun if one.name == "deadline"]
    own.join(5)
    assert not own.is_alive()


def test_an_answer_that_had_arrived_while_the_computer_slept_is_read_though_the_time_is_over():
    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline.of(timedelta(seconds=60)) as deadline:
        deadline.watch(ours)
        theirs.sendall(b"published")
        timer = threading.Thread(target=deadline._shut)
        timer.start()
        assert ours.recv(100) == b"published"
        deadline.watch(None)
        deadline._done.set()
        timer.join()
        assert not deadline.cut


def test_where_nothing_had_arrived_when_the_time_is_over_the_answer_is_cut():
    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline.of(timedelta(seconds=60)) as deadline:
        deadline.watch(ours)
        deadline._shut()
        assert deadline.cut
        assert ours.recv(100) == b""
