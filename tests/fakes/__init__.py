"""Servers on loopback that behave as the platforms' documentation says, and break on request.

    with MastodonServer() as server:
        server.fail_next("POST /api/v1/statuses", lost_answer())
        ...
        assert [status.text for status in server.published] == ["…"]   # the oracle: what really went out

Nothing here imports the program: what a platform counts and refuses is written down a second time.
"""

import json
import re
import ssl
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. `accept`: the server does its work first, only the answer suffers."""

    accept: bool = False
    status: int | None = None
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    cut: int | None = None
    dribble: float | None = None
    event: threading.Event | None = None


def refuse(status, body=None, **headers):
    """An error answer; nothing was done. Header names with _ for -."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Fault(status=status, headers=named, body=_bytes(body))


def fail_after(status, body=None):
    """The work is done, and the answer is an error (a gateway's 502 in front of a healthy server)."""
    return Fault(accept=True, status=status, body=_bytes(body))


def lost_answer():
    """The work is done, and the connection closes without a byte."""
    return Fault(accept=True, drop=True)


def dropped():
    """The request is read, nothing is done, and the connection closes without a byte."""
    return Fault(drop=True)


def cut_short(length=10):
    """The work is done, and the answer ends in the middle."""
    return Fault(accept=True, cut=length)


def dribbled(pause=0.005):
    """The work is done, and the answer comes a byte at a time: a thousand pauses, far from its end."""
    return Fault(accept=True, dribble=pause)


def waits_for(event):
    """The request is held back until the event is set, then served as if nothing had been."""
    return Fault(accept=True, event=event)


def _bytes(body):
    if body is None or isinstance(body, bytes):
        return body or b""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@dataclass(frozen=True)
class Request:
    """A request as it arrived. `path` has no query; header names are in small letters."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def route(self):
        return f"{self.method} {self.path}"

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def fields(self):
        """A form-encoded body as {field: value}."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def form(self):
        """A multipart body as {field: (file name or None, bytes)}."""
        boundary = re.search(r'boundary="?([^";]+)', self.headers.get("content-type", ""))
        fields = {}
        for chunk in self.body.split(b"--" + boundary[1].encode())[1:-1]:
            head, _, content = chunk.partition(b"\r\n\r\n")
            names = dict(re.findall(r'(\w+)="([^"]*)"', head.decode()))
            fields[names["name"]] = (names.get("filename"), content.removesuffix(b"\r\n"))
        return fields


@dataclass(frozen=True)
class Reply:
    status: int
    body: object = None
    headers: dict = field(default_factory=dict)


class Loopback:
    """A server with a route table: subclasses list `routes` as (method and path pattern, method name).

    `fail_next(route, fault)` breaks the next request whose "METHOD /path" matches the pattern (fullmatch).
    `date_offset` sets its Date header wrong. `tls`: https, with a certificate that nobody trusts.
    """

    routes = ()
    tls = False

    def __init__(self):
        self.requests = []
        self.date_offset = timedelta(0)
        self._faults = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._server = None
        self._thread = None
        self.crashes = []

    @property
    def base_url(self):
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self), bind_and_activate=True)
        self._server.handle_error = self._crashed
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            # The handshake waits for the first read, in the request's own thread.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self.crashes:
            raise AssertionError("the fake server itself failed") from self.crashes[0]

    def fail_next(self, route, fault, times=1):
        with self._lock:
            self._faults += [(re.compile(route), fault)] * times

    def count(self, route):
        """How many requests came for "METHOD /path" (a pattern)."""
        return sum(1 for request in self.requests if re.fullmatch(route, request.route))

    def now(self):
        return datetime.now(UTC) + self.date_offset

    def answer(self, request):
        """Route a request under the lock: one at a time, as a database would."""
        with self._lock:
            for pattern, name in self.routes:
                if found := re.fullmatch(pattern, request.route):
                    return getattr(self, name)(request, *found.groups())
        return Reply(404, {"error": "Not Found", "detail": "Not Found"})

    def _next_fault(self, request):
        with self._lock:
            self.requests.append(request)
            for index, (pattern, fault) in enumerate(self._faults):
                if pattern.fullmatch(request.route):
                    del self._faults[index]
                    return fault
        return None

    def _crashed(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError | ssl.SSLError):  # the client hung up
            self.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One request, answered by `fake`: as it says, or broken as it was told to be."""

    fake: "Loopback"
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Fake", ""

    def handle_one(self):
        request = self.read()
        self.close_connection = True
        fault = self.fake._next_fault(request)
        if fault is not None and fault.event is not None:
            fault.event.wait(5)
            fault = None
        if fault is None:
            return self.reply(self.fake.answer(request))
        reply = self.fake.answer(request) if fault.accept else None
        return self.broken(fault, reply)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = handle_one

    def read(self):
        parts = urlsplit(self.path)
        return Request(
            self.command,
            parts.path,
            {name: values[-1] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", 0))),
        )

    def broken(self, fault, reply):
        if fault.drop:
            return
        if fault.status is not None:
            return self.write(fault.status, fault.body, fault.headers)
        if fault.cut is not None:
            return self.write(reply.status, _bytes(reply.body), reply.headers, cut=fault.cut)
        self.start(reply.status, 1_000_000, reply.headers)
        for _ in range(1000):
            if self.fake._closing.wait(fault.dribble):
                return
            self.wfile.write(b" ")

    def reply(self, reply):
        self.write(reply.status, _bytes(reply.body), reply.headers)

    def start(self, status, length, headers):
        self.send_response(status)
        kinds = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
        for name, value in {**kinds, **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def write(self, status, body, headers, cut=None):
        self.start(status, len(body), headers)
        if self.command != "HEAD":
            self.wfile.write(body if cut is None else body[: min(cut, len(body) - 1)])

    def date_time_string(self, timestamp=None):
        return format_datetime(self.fake.now(), usegmt=True)

    def log_message(self, *unused):
        pass


def _handler(fake):
    return type("Handler", (_Handler,), {"fake": fake})
