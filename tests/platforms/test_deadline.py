"""The wall time of a call: one thread watches it for all, and what had come when it was over still counts."""

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


def threads_of(monkeypatch):
    """The threads begun from now on, whose ever."""
    begun, start = [], threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (begun.append(self), start(self)))
    return lambda name: [one for one in begun if one.name == name]


def test_calls_to_an_address_share_the_one_thread_that_watches_the_time(monkeypatch):
    begun = threads_of(monkeypatch)
    with Echo() as server:
        for _ in range(3):
            assert Caller("echo-en", server.base_url).call("GET", "/echo").status == 200
    assert begun("look-up") == begun("time over") == []
    assert len(begun("deadlines")) <= 1


def test_a_call_by_name_takes_one_thread_which_ends_with_the_look_up(monkeypatch):
    begun = threads_of(monkeypatch)
    with Echo() as server:
        address = server.base_url.replace("127.0.0.1", "localhost")
        assert Caller("echo-en", address).call("GET", "/echo").status == 200
    [own] = begun("look-up")
    own.join(5)
    assert not own.is_alive()


def test_whose_time_is_over_first_is_cut_first_however_late_it_began():
    (long, long_end), (short, short_end) = socket.socketpair(), socket.socketpair()
    with long, long_end, short, short_end, Deadline.of(timedelta(seconds=60)) as first:
        first.watch(long)
        with Deadline.of(timedelta(seconds=0.05)) as second:
            second.watch(short)
            # It would wait for ever: nobody answers.
            assert short.recv(1) == b""
        assert second.cut
        assert not first.cut


def test_where_no_thread_can_be_had_a_call_is_cut_all_the_same_and_so_is_the_next(monkeypatch):
    start = threading.Thread.start

    def refused(self):
        if self.name == "time over":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)
    for _ in range(2):
        ours, theirs = socket.socketpair()
        with ours, theirs, Deadline.of(timedelta(seconds=0.05)) as deadline:
            deadline.watch(ours)
            assert ours.recv(1) == b""
            assert deadline.cut


def test_a_thread_whose_look_up_hung_ends_without_cutting_anything(monkeypatch):
    released, begun = threading.Event(), threads_of(monkeypatch)

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
    [own] = begun("look-up")
    own.join(5)
    assert not own.is_alive()


def test_an_answer_that_had_arrived_while_the_computer_slept_is_read_though_the_time_is_over():
    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline.of(timedelta(seconds=60)) as deadline:
        deadline.watch(ours)
        theirs.sendall(b"published")
        looked, look = threading.Event(), deadline._has_arrived
        deadline._has_arrived = lambda: (look(), looked.set())[0]
        timer = threading.Thread(target=deadline._shut)
        timer.start()
        assert looked.wait(60)
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
