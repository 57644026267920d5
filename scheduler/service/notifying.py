"""Telling systemd how it goes: ready, alive, stopping, and a line of status (sd_notify, a datagram each)."""

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Supervisor:
    """Whoever started this process and wants to be told; silent where nobody does.

    `environ` is the process's own: systemd puts NOTIFY_SOCKET and WATCHDOG_USEC there.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._every = _watchdog(environ)
        self._alive_at: float | None = None
        self._said = ""

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1")

    def alive(self) -> None:
        """All is well: told twice as often as systemd asks for, however often this is called."""
        now = time.monotonic()
        if self._every is None or (self._alive_at is not None and now - self._alive_at < self._every):
            return
        self._alive_at = now
        self._tell("WATCHDOG=1")

    def status(self, words: str) -> None:
        """One line for `systemctl status`."""
        line = " ".join(words.split())
        if line != self._said:
            self._said = line
            self._tell(f"STATUS={line}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, words: str) -> None:
        """Never an error: a supervisor that has gone is no reason to stop publishing."""
        if not self._address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
            return
        # "@" stands for the zero byte with which Linux begins names that are in no folder.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.sendto(words.encode(), address)


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Seconds between two signs of life; None where nobody waits for them, or for another process's."""
    span, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not span.isdigit() or int(span) <= 0 or (pid and pid != str(os.getpid())):
        return None
    return int(span) / 1_000_000 / 2
