"""A platform on loopback that lives in the test's process: its log is what readers saw, whoever was killed.

POST /ACCOUNT/posts        a new post for every request      PUT /ACCOUNT/posts/ID   one post for one ID
GET /ACCOUNT/posts?since=  the account's own, newest first   GET /ACCOUNT/posts/ID
POST /ACCOUNT/media        an image                          GET /ACCOUNT            who am I
"""

import json
import re
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.faults.clock import Clock


class Act(StrEnum):
    """What becomes of one request to publish."""

    PUBLISH = "publish and answer"
    DROP = "publish, then cut the connection"
    LATE = "publish after the caller has given up"
    LATE_ANSWER = "publish at once, answer after the caller has given up"
    REFUSE = "refuse its content"
    THROTTLE = "429 with Retry-After"
    FAIL_BEFORE = "500, nothing published"
    FAIL_AFTER = "503 after publishing"
    LOSE = "cut the connection, nothing published"
    LOCK_OUT = "401"
    FORBID = "403"


ACCEPTING = frozenset({Act.PUBLISH, Act.DROP, Act.LATE, Act.LATE_ANSWER, Act.FAIL_AFTER})
ERRORS = {
    Act.REFUSE: (422, {}),
    Act.THROTTLE: (429, {"Retry-After": "5"}),
    Act.FAIL_BEFORE: (500, {}),
    Act.FAIL_AFTER: (503, {}),
    Act.LOCK_OUT: (401, {}),
    Act.FORBID: (403, {}),
}


@dataclass(frozen=True)
class Shown:
    """A post that readers can see. `key` is the part's key; the scheduler's own code does not look at it."""

    id: str
    account: str
    key: str
    text: str
    images: int
    reply_to: str | None
    at: datetime
    by_hand: bool = False


def always_well(key: str) -> Act:
    """The mood of a platform on which nothing is wrong."""
    return Act.PUBLISH


@dataclass(frozen=True)
class Arrival:
    """A request as it reached the platform, before anything was done about it."""

    route: str
    account: str
    key: str
    at: datetime
    act: str = ""


@dataclass
class Listing:
    """How the account's own listing lies.

    `lag`: how long a new post is not shown. `cached`: the first answer is given for ever. `newest`: only so
    many. `strangers`: posts of somebody else are mixed in. `down`: HTTP 503. `empty`: nothing is shown.
    """

    lag: timedelta = timedelta(0)
    cached: bool = False
    newest: int | None = None
    strangers: tuple[str, ...] = ()
    down: bool = False
    empty: bool = False


class Server:
    """`script` says what becomes of the next requests to publish, `mood` of those after it.

    `before` and `after` are real seconds that publishing takes before and after the post is visible.
    """

    def __init__(
        self,
        clock: Clock,
        late: float,
        before: float = 0.004,
        after: float = 0.004,
        host: str = "127.0.0.1",
    ) -> None:
        self.host = host
        self.clock, self.late, self.before, self.after = clock, late, before, after
        self.shown: list[Shown] = []
        self.arrivals: list[Arrival] = []
        self.script: deque[Act] = deque()
        self.mood: Callable[[str], Act] = always_well
        self.listing = Listing()
        self.down = False
        self.gate = threading.Event()
        self.gate.set()
        self.crashes: list[BaseException] = []
        self._cached: dict[str, list[dict]] = {}
        self._media = 0
        self._lock = threading.RLock()
        self._busy = 0
        self._http: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Server":
        class Quiet(ThreadingHTTPServer):
            daemon_threads, block_on_close = True, False
            request_queue_size = 128

            def handle_error(quiet, request, address):
                error = sys.exc_info()[1]
                if error is not None and not isinstance(error, OSError | ValueError):
                    self.crashes.append(error)

        self._http = Quiet((self.host, 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *unused) -> None:
        self.gate.set()
        self._http.shutdown()
        self._http.server_close()
        if self.crashes:
            raise AssertionError(f"the loopback platform itself failed: {self.crashes[0]!r}")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    @property
    def is_busy(self) -> bool:
        """Whether it is still at work on a request, perhaps of somebody who is gone."""
        with self._lock:
            return self._busy > 0

    def wait_until_quiet(self, seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while self.is_busy and time.monotonic() < end:
            time.sleep(0.002)

    def sends(self, key: str | None = None) -> list[Arrival]:
        """The requests to publish that arrived, all or a part's."""
        with self._lock:
            return [one for one in self.arrivals if one.act and key in (None, one.key)]

    def post_by_hand(self, account: str, text: str) -> Shown:
        """Somebody writes on the account without the scheduler."""
        with self._lock:
            return self._show(account, {"text": text, "key": "", "media": []}, None, by_hand=True)

    # What it does

    def enter(self, method: str, path: str, body: dict) -> tuple[str, Act | None]:
        """Note the arrival; answers its route and, for a request to publish, what becomes of it."""
        account, _, rest = path.strip("/").partition("/")
        route = f"{method} /{re.sub('/.*', '/ID', rest)}"
        with self._lock:
            self._busy += 1
            self.clock.busy(self._busy)
            act = None
            if method in ("POST", "PUT") and rest.startswith("posts"):
                act = self.script.popleft() if self.script else self.mood(body.get("key", ""))
            key = body.get("key", "")
            self.arrivals.append(Arrival(route, account, key, self.clock.true(), str(act or "")))
        return account, act

    def leave(self) -> None:
        with self._lock:
            self._busy -= 1
            self.clock.busy(self._busy)

    def publish(self, account: str, body: dict, name: str | None) -> dict:
        """Make it visible. The same name again is the same post."""
        with self._lock:
            known = next((one for one in self.shown if (one.account, one.id) == (account, name)), None)
            return self._entity(known or self._show(account, body, name))

    def _show(self, account: str, body: dict, name: str | None, by_hand: bool = False) -> Shown:
        number = name or str(len(self.shown) + 1)
        made = Shown(
            number,
            account,
            body["key"],
            body["text"],
            len(body["media"]),
            body.get("reply_to"),
            self.clock.true(),
            by_hand,
        )
        self.shown.append(made)
        return made

    def listed(self, account: str, since: str) -> list[dict] | None:
        """The account's own posts newer than `since`, newest first; None where it cannot be had."""
        how = self.listing
        if how.down:
            return None
        with self._lock:
            if how.cached and account in self._cached:
                return self._cached[account]
            own = [one for one in self.shown if one.account == account]
            start = next((n for n, one in enumerate(own, 1) if one.id == since), 0)
            seen = [one for one in own[start:] if self.clock.true() >= one.at + how.lag]
            seen = seen[-how.newest :] if how.newest is not None else seen
            found = [] if how.empty else [self._entity(one) for one in reversed(seen)]
            found += [self._entity(replace(_STRANGER, text=text)) for text in how.strangers]
            self._cached[account] = found
            return found

    def one(self, account: str, name: str) -> dict | None:
        with self._lock:
            found = [one for one in self.shown if (one.account, one.id) == (account, name)]
            return self._entity(found[0]) if found else None

    def _entity(self, shown: Shown) -> dict:
        url = f"https://platform.example/{shown.account}/{shown.id}"
        fields = {"id": shown.id, "url": url, "text": shown.text, "images": shown.images}
        return fields | {"author": shown.account}

    def new_medium(self) -> str:
        with self._lock:
            self._media += 1
            return f"m{self._media}"


_STRANGER = Shown("stranger", "somebody-else", "", "", 0, None, datetime.min.replace(tzinfo=UTC))


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            self.close_connection = True
            if len(raw) < length:
                return  # who sent it was killed in the middle: nobody has asked for anything
            try:
                body = json.loads(raw) if raw else {}
            except ValueError:
                body = {}
            account, act = server.enter(self.command, parts.path, body)
            try:
                if server.down:
                    self.cut()
                elif act is not None:
                    self.publish(account, parts.path, body, act)
                else:
                    self.look(account, parts, body)
            finally:
                server.leave()

        do_GET = do_POST = do_PUT = do_HEAD = handle_one

        def publish(self, account: str, path: str, body: dict, act: Act) -> None:
            """The one place where something becomes visible."""
            time.sleep(server.late if act is Act.LATE else server.before)
            name = path.rsplit("/", 1)[1] if self.command == "PUT" else None
            made = server.publish(account, body, name) if act in ACCEPTING else {}
            time.sleep(server.late if act is Act.LATE_ANSWER else server.after)
            server.gate.wait(30)
            if act in (Act.DROP, Act.LOSE):
                self.cut()
            elif act in ERRORS:
                self.write(ERRORS[act][0], {"error": str(act)}, ERRORS[act][1])
            else:
                self.write(200, made)

        def look(self, account: str, parts, body: dict) -> None:
            _, _, rest = parts.path.strip("/").partition("/")
            if rest == "posts":
                found = server.listed(account, parse_qs(parts.query).get("since", [""])[0])
                self.write(503, {}) if found is None else self.write(200, found)
            elif rest.startswith("posts/"):
                record = None if server.listing.down else server.one(account, rest.removeprefix("posts/"))
                status = 503 if server.listing.down else 200 if record else 404
                self.write(status, record or {})
            elif rest == "media":
                self.write(200, {"id": server.new_medium()})
            else:
                self.write(200, {"id": account, "handle": f"@{account}"})

        def cut(self) -> None:
            """A reset instead of an answer."""
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.wfile = _Nowhere()

        def write(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            for name, value in {**fields, "Connection": "close", **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def date_time_string(self, timestamp=None) -> str:
            return format_datetime(server.clock.true(), usegmt=True)

        def log_message(self, *unused) -> None:
            pass

    return Handler


class _Nowhere:
    """In place of a connection that was cut."""

    closed = False

    def write(self, content: bytes) -> int:
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True
