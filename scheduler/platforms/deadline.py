"""The wall time of one HTTP call over all its sockets, and whether a byte of the request has left."""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

ALREADY_HERE = 0.5
"""Seconds to read what had arrived when the time was over. A process that stood still (a laptop asleep) wakes
up with its time over and the answer in hand: thrown away, nobody would know what became of the post.
"""


class Deadline:
    """The wall time of one call, over all its sockets; and whether a byte of the request has left.

    A socket's own timeout restarts with each byte, so a server that dribbles would hold a call for ever. When
    the time is over the socket is shut down under whatever waits on it; `cut` says that it was.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._done = threading.Event()
        self._is_watched = False
        self.cut = False
        self.sent = False
        self.failure = ""

    @classmethod
    @contextlib.contextmanager
    def of(cls, time_allowed: timedelta) -> Iterator["Deadline"]:
        deadline = cls(time_allowed.total_seconds())
        try:
            yield deadline
        finally:
            deadline.watch(None)
            deadline._done.set()

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._ends

    def left(self) -> float:
        """Seconds that remain; TimeoutError when none do."""
        if (seconds := self._ends - time.monotonic()) <= 0:
            raise TimeoutError
        return seconds

    def watch(self, opened: socket.socket | None) -> None:
        with self._lock:
            self._socket = opened
        if opened is not None and self.over:
            self._shut()

    def _watch_time(self) -> None:
        """Until the call is done, or its time over; one thread is enough for all its sockets."""
        with self._lock:
            if self._is_watched:
                return
            self._is_watched = True
        if not self._done.wait(max(0.0, self._ends - time.monotonic())):
            self._shut()

    def _shut(self) -> None:
        if self._has_arrived():
            self._done.wait(ALREADY_HERE)
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self.cut = True
                # The plain call: SSLSocket's own would take the TLS layer away under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _has_arrived(self) -> bool:
        with self._lock, contextlib.suppress(OSError, ValueError):
            return self._socket is not None and bool(select.select([self._socket], [], [], 0)[0])
        return False

    def connect(self, host: str, port: int, options: Sequence[Any]) -> socket.socket:
        """A connected socket, trying each address of the host for its share of the time."""
        addresses = self._addresses(host, port)
        failure: OSError = OSError("no address")
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self.left() / (len(addresses) - index))
                for option in options:
                    opened.setsockopt(*option)
                opened.connect(address)
                opened.settimeout(self.left())
                return opened
            except OSError as error:
                opened.close()
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[Any]:
        """The system's name look-up has no timeout of its own, so it runs aside; it sends nothing of ours.

        Its thread then stays to watch the time: there is no socket to cut before there is an address.
        """
        found: list[Any] = []
        looked_up = threading.Event()

        def aside() -> None:
            try:
                found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except OSError as error:
                found.append(error)
            looked_up.set()
            self._watch_time()

        threading.Thread(target=aside, daemon=True, name="deadline").start()
        looked_up.wait(self.left())
        if not found:
            raise socket.gaierror("no answer from the name servers")
        if isinstance(found[0], OSError):
            raise found[0]
        return list(found[0])


def _failure(error: BaseException) -> str:
    """Why no connection came about, in our words. TLS first: its errors are OSErrors too."""
    import urllib3

    table: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (ssl.SSLCertVerificationError, "the server's certificate is not valid for its name"),
        ((ssl.SSLError, urllib3.exceptions.SSLError), "no secure connection (TLS) came about"),
        (socket.gaierror, "the server's name was not found; check the network and the address"),
        (ConnectionRefusedError, "the server refused the connection"),
        (TimeoutError, "no connection in time"),
    )
    return next((words for kinds, words in table if isinstance(error, kinds)), "no connection came about")


def adapter(deadline: Deadline) -> Any:
    """A requests adapter whose connections belong to one deadline."""
    import requests.adapters

    pools = _pools(_timed(deadline))

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return Adapter(max_retries=0)


def _timed(deadline: Deadline) -> type[Any]:
    """What is put before urllib3's connection: it connects in time and notes when the first byte leaves."""

    class Timed:
        _opening = False

        def _new_conn(self: Any) -> socket.socket:
            return deadline.connect(self._dns_host, self.port, self.socket_options or ())

        def connect(self: Any) -> None:
            self._opening = True
            try:
                super().connect()  # type: ignore[misc]
            except Exception as error:
                deadline.failure = _failure(error)
                raise
            finally:
                self._opening = False
            deadline.watch(self.sock)

        def send(self: Any, data: Any) -> None:
            if self.sock is None:
                self.connect()
            if not self._opening:
                deadline.sent = True
            super().send(data)  # type: ignore[misc]

    return Timed


def _pools(timed: type[Any]) -> dict[str, type[Any]]:
    """urllib3's pools by scheme, with such connections."""
    import urllib3.connection
    import urllib3.connectionpool

    class Plain(timed, urllib3.connection.HTTPConnection):  # type: ignore[misc]
        pass

    class Secure(timed, urllib3.connection.HTTPSConnection):  # type: ignore[misc]
        pass

    class PlainPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
