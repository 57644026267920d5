"""Networks of a test's own: this process stands in the middle, and each machine is at the end of a cable.

Only in a process with a network of its own (`unshare --net --mount`): nobody else on the machine sees it.
"""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
from pathlib import Path

NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of Linux's setns."""

HERE, THERE = "10.99.{}.1", "10.99.{}.2"
"""The two ends of a machine's cable."""

EVERY_MACHINE = "10.99.0.0/16"
SERVER = "10.99.9.1"
"""Where every machine finds the same server."""


def lay(*machines):
    """A cable to each machine, by number."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    _ip("link", "set", "lo", "up")
    _ip("addr", "add", f"{SERVER}/32", "dev", "lo")
    for number in machines:
        space, end = name(number), f"cable{number}"
        _ip("netns", "add", space)
        _ip("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("addr", "add", f"{HERE.format(number)}/24", "dev", end)
        _ip("-n", space, "addr", "add", f"{THERE.format(number)}/24", "dev", "eth0")
        _ip("-n", space, "link", "set", "lo", "up")
        _ip("-n", space, "link", "set", "eth0", "up")
        _ip("link", "set", end, "up")
        _ip("-n", space, "route", "add", "default", "via", HERE.format(number))


def call(address, known_as):
    """What the machines call an address."""
    hosts = Path("/run/hosts")
    hosts.write_text(f"127.0.0.1 localhost\n{address} {known_as}\n", encoding="ascii")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)


def name(number):
    return f"machine{number}"


def pull(number):
    """Pull a machine's cable out."""
    _ip("link", "set", f"cable{number}", "down")


def plug_in(number):
    _ip("link", "set", f"cable{number}", "up")


def on_machine(number, target, *arguments):
    """What a process does as if it ran there; to be its first step."""
    space = os.open(f"/run/netns/{name(number)}", os.O_RDONLY)
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(space, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "cannot go into the machine's network")
    os.close(space)
    target(*arguments)


def relay(port, number):
    """On a machine: what is sent to this port of its own goes over the cable. Only a machine itself may be
    spoken to without a certificate.
    """
    carry_on(("127.0.0.1", port), (HERE.format(number), port))


def carry_on(here, there):
    """What is sent to an address of ours goes on to another one."""
    listener = socket.create_server(here, backlog=64)
    threading.Thread(target=_relay, args=(listener, there), daemon=True).start()


def _relay(listener, there):
    while True:
        near, _ = listener.accept()
        with contextlib.suppress(OSError):
            far = socket.create_connection(there, timeout=5)
            far.settimeout(None)
            for ends in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=ends, daemon=True).start()
            continue
        near.close()


def _carry(source, target):
    with contextlib.suppress(OSError):
        while content := source.recv(1 << 16):
            target.sendall(content)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def command(number, *words):
    """The words that run a command there."""
    return ["ip", "netns", "exec", name(number), *words]


def _ip(*words):
    subprocess.run(["ip", *words], check=True)
