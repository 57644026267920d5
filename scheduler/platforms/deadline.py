"""The wall time of one HTTP call over all its sockets, and whether a byte of the request has left."""

import contextlib
import heapq
import ipaddress
import itertools
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache, partial
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
        self.cut = False
        self.sent = False
        self.failure = ""

    @classmethod
    @contextlib.contextmanager
    def of(cls, time_allowed: timedelta) -> Iterator["Deadline"]:
        deadline = cls(time_allowed.total_seconds())
        _WATCH.add(deadline._ends, deadline._is_over)
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

    def _is_over(self) -> None:
        if self._done.is_set():
            return
        try:
            # Aside: it may look for half a second, and others' time is over too.
            threading.Thread(target=self._shut, daemon=True, name="time over").start()
        except RuntimeError:
            # No more threads are to be had: late is better than never.
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
        """The system's name look-up has no timeout of its own, so it runs aside; it sends nothing of ours."""
        if _is_number(host):
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found: list[Any] = []
        looked_up = threading.Event()

        def aside() -> None:
            try:
                found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except OSError as error:
                found.append(error)
            looked_up.set()

        threading.Thread(target=aside, daemon=True, name="look-up").start()
        looked_up.wait(self.left())
        if not found:
            raise socket.gaierror("no answer from the name servers")
        if isinstance(found[0], OSError):
            raise found[0]
        return list(found[0])


class _Watch:
    """One thread for the ends of all calls: a thread for each would cost more than the call itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def add(self, end: float, act: Callable[[], None]) -> None:
        """Call `act`, which must return at once, at a moment of the monotonic clock."""
        with self._changed:
            heapq.heappush(self._ends, (end, next(self._numbers), act))
            # A process that was forked has none of our threads.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, daemon=True, name="deadlines")
                self._thread.start()
            elif self._ends[0][0] == end:
                self._changed.notify()

    def _serve(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._ends or (left := self._ends[0][0] - time.monotonic()) > 0:
                self._changed.wait(left if self._ends else None)
            return heapq.heappop(self._ends)[2]


_WATCH = _Watch()


def _is_number(host: str) -> bool:
    """Whether it is an address already, and nobody has to be asked."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
    made, pools = _classes()
    return made({scheme: partial(pool, deadline=deadline) for scheme, pool in pools.items()})


class Timed:
    """What is put before urllib3's connection: it connects in time and notes when the first byte leaves."""

    _opening = False

    def __init__(self: Any, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **kwargs)

    def _new_conn(self: Any) -> socket.socket:
        opened: socket.socket = self._deadline.connect(self._dns_host, self.port, self.socket_options or ())
        return opened

    def connect(self: Any) -> None:
        self._opening = True
        try:
            super().connect()  # type: ignore[misc]
        except Exception as error:
            self._deadline.failure = _failure(error)
            raise
        finally:
            self._opening = False
        self._deadline.watch(self.sock)

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._opening:
            self._deadline.sent = True
        super().send(data)  # type: ignore[misc]


@cache
def _classes() -> tuple[Any, dict[str, Any]]:
    """The adapter, and urllib3's pools by scheme with such connections: made once, at the first call, since
    the libraries take long to import.
    """
    import requests.adapters
    import urllib3.connection
    import urllib3.connectionpool

    class Plain(Timed, urllib3.connection.HTTPConnection):
        pass

    class Secure(Timed, urllib3.connection.HTTPSConnection):
        pass

    class PlainPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(requests.adapters.HTTPAdapter):
        def __init__(self, pools: Mapping[str, Any]) -> None:
            self._pools = pools
            # Room for the one connection there will be; ten places are filled and emptied at each call.
            super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = self._pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = self._pools
            return manager

    return Adapter, {"http": PlainPool, "https": SecurePool}
