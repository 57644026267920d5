"""What systemd is told, read from a real datagram socket."""

import os
import socket
import time
from contextlib import contextmanager

import pytest

from scheduler.service.notifying import Supervisor


@contextmanager
def listening(address):
    """A socket as systemd opens it; answers what has come so far, in order."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + address[1:] if address.startswith("@") else address)
        receiver.setblocking(False)

        def heard():
            found = []
            while True:
                try:
                    found.append(receiver.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield heard


@pytest.fixture(params=["path", "abstract"])
def address(request, tmp_path):
    return str(tmp_path / "notify") if request.param == "path" else f"@awareness-{os.getpid()}"


def test_it_is_told_ready_status_and_stopping(address):
    with listening(address) as heard:
        supervisor = Supervisor({"NOTIFY_SOCKET": address})
        supervisor.ready()
        supervisor.status("2 posts\nneed a person")
        supervisor.stopping()
        # One datagram each: a line break inside would be read as another variable.
        assert heard() == ["READY=1", "STATUS=2 posts need a person", "STOPPING=1"]


def test_the_same_status_is_told_once(address):
    with listening(address) as heard:
        supervisor = Supervisor({"NOTIFY_SOCKET": address})
        supervisor.status("all is well")
        supervisor.status("all is well")
        assert heard() == ["STATUS=all is well"]


def test_signs_of_life_come_twice_as_often_as_asked_for(address):
    with listening(address) as heard:
        supervisor = Supervisor({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"})
        supervisor.alive()
        supervisor.alive()
        assert heard() == ["WATCHDOG=1"]
        time.sleep(0.21)
        supervisor.alive()
        assert heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "environ", [{}, {"WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}]
)
def test_nobody_waits_for_a_sign_of_life(environ, address):
    with listening(address) as heard:
        Supervisor({"NOTIFY_SOCKET": address, **environ}).alive()
        assert heard() == []


def test_a_supervisor_that_is_gone_or_was_never_there_is_no_error(tmp_path):
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}, {"NOTIFY_SOCKET": "vsock:2:1"}):
        supervisor = Supervisor(environ)
        supervisor.ready()
        supervisor.stopping()
