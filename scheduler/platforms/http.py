"""The one seam to the network: each call ends as an Answer, NoConnection (certainly not sent) or NoAnswer.

    NoConnection   name unknown, refused, TLS: not a byte of the request has left
    NoAnswer       the request may have arrived; nobody knows what became of it
    Answer         whatever the server said, a redirect or an error included

Every call opens a fresh connection: on a kept-alive one that the server has just closed, a request that
certainly was not read could not be told from a lost answer.
"""

import contextlib
import ipaddress
import json as jsonlib
import logging
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scheduler import __version__
from scheduler.errors import ConfigError
from scheduler.platforms.deadline import Deadline, adapter

if TYPE_CHECKING:  # requests takes 0.1 s to import; `check` and `plan` list the platforms and never call
    import requests

DEADLINE = timedelta(seconds=20)
"""For one whole call: name, connection, sending, and reading to the last byte."""

TOO_MANY = 429
LARGEST_ANSWER = 5_000_000
LONGEST_WORDS = 200
AGENT = f"awareness-scheduler/{__version__}"


@dataclass(frozen=True)
class NoConnection:
    """The request did not leave; `reason` is a clause for a person ("the server refused the connection")."""

    reason: str
    unset: bool = False
    """There is no address or secret to call with: trying again does not help."""


@dataclass(frozen=True)
class NoAnswer:
    """The request may have arrived. A visible call is Unknown then, an invisible one may be repeated."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """What the server said. Header names are in small letters; `received` is our own clock (aware UTC)."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received: datetime
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return jsonlib.loads(self.body)
        except ValueError:
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body's JSON object, or an empty one."""
        found = self.json()
        return found if isinstance(found, dict) else {}

    @property
    def words(self) -> str:
        """The server's own reason, on one line, shortened, without our secrets; empty where it gives none."""
        found = _reason(self.fields)
        for secret in self.hidden:
            found = found.replace(secret, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in found).split())
        return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"

    @property
    def date(self) -> datetime | None:
        """The server's clock, from its Date header."""
        return _http_date(self.headers.get("date", ""))

    @property
    def retry_at(self) -> datetime | None:
        """When the server says to come back: Retry-After, or the reset of a rate limit that is used up.

        Some servers name the reset in every answer; where calls are left, it is no wish to wait.
        """
        if after := self.headers.get("retry-after"):
            return moment(after, since=self.received)
        remaining = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
        used_up = any(self.headers.get(name, "").strip() == "0" for name in remaining)
        if self.status != TOO_MANY and not used_up:
            return None
        for name in ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset"):
            if name in self.headers:
                return moment(self.headers[name])
        return None


Outcome = Answer | NoConnection | NoAnswer


def moment(text: str, since: datetime | None = None) -> datetime | None:
    """A time from a header (aware UTC), or None where it cannot be read.

    A number is seconds from `since`, or else seconds since 1970 (X); other forms are ISO 8601 (Mastodon) and
    the dates of HTTP.
    """
    text = text.strip()
    try:
        if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
            seconds = float(text)
            return since + timedelta(seconds=seconds) if since else datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _http_date(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _reason(fields: Mapping[str, Any]) -> str:
    """The sentence in an error body: Mastodon's `error`, X's `detail` and the first of its `errors`,
    Telegram's `description`, and what Meta puts into an object of its own.
    """
    if isinstance(inner := fields.get("error"), dict):
        return _reason(inner)
    names = ("detail", "error", "error_user_msg", "error_description", "description", "message", "title")
    found = next((str(fields[name]) for name in names if isinstance(fields.get(name), str)), "")
    errors = fields.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        found = f"{found} {_reason(errors[0])}".strip()
    return found


def base_url_problem(base_url: str) -> str | None:
    """What is wrong with a `base_url`, in words, or None. https is required except on this machine itself."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address; write it like https://social.example"
    if parts.scheme not in ("https", "http") or not host:
        return "is not an address; write it like https://social.example"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "must be the server's address alone, without user, password, ? or #"
    if parts.scheme == "http" and not _is_loopback(host):
        return "must begin with https:// (http:// is only for this machine itself)"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Caller:
    """Calls one server. The token goes to `base_url`'s host alone; redirects are not followed.

    Raises ConfigError where `base_url` cannot be used. `secrets` are struck out of what the server says.
    `clock` stamps answers, for "in 120 seconds" to become a time; without one it is the machine's. `largest`:
    bytes of an answer that are read at most.
    """

    def __init__(
        self,
        channel: str,
        base_url: str,
        *,
        token: str | None = None,
        secrets: Collection[str] = (),
        session: "requests.Session | None" = None,
        deadline: timedelta = DEADLINE,
        clock: Callable[[], datetime] | None = None,
        largest: int = LARGEST_ANSWER,
    ) -> None:
        if problem := base_url_problem(base_url):
            raise ConfigError(f"channels.{channel}.base_url {problem}")
        self._base_url = base_url.rstrip("/")
        self._token, self._session, self._deadline = token, session, deadline
        self._clock = clock or _now
        self._secrets, self._largest = secrets, largest

    def __repr__(self) -> str:
        return f"Caller({urlsplit(self._base_url).hostname})"

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: tuple[bytes, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
    ) -> Outcome:
        """One request to `path` (from "/"), once. `files` maps a field to (file name, bytes, media type).

        `content` is a body of bytes and its media type.
        """
        if not path.startswith("/"):
            # "https://host" + ".evil.example" would be another host.
            raise ValueError("a path begins with /")
        request = {"method": method, "url": self._base_url + path, "params": params, "json": json}
        request |= {"data": content[0] if content is not None else form, "files": files, "auth": auth}
        request["headers"] = self._headers(headers or {}, content[1] if content is not None else None)
        with Deadline.of(self._deadline) as deadline, self._open(deadline) as session:
            return self._exchange(session, deadline, request)

    def _headers(self, more: Mapping[str, str], media_type: str | None) -> dict[str, str]:
        sent = {"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "identity", **more}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if media_type is not None:
            sent["Content-Type"] = media_type
        return sent

    def _exchange(self, session: "requests.Session", deadline: Deadline, request: dict[str, Any]) -> Outcome:
        import requests
        import urllib3

        seconds = self._deadline.total_seconds()
        try:
            with session.request(**request, timeout=seconds, allow_redirects=False, stream=True) as response:
                outcome = self._read(response)
                # Cut off by us in its headers, an answer would look like a complete one without a body.
                return NoAnswer(f"no complete answer within {seconds:g} s") if deadline.cut else outcome
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            # The exception's own text has the address in it, and is not shown.
            if not deadline.sent:
                return NoConnection(deadline.failure or "the request could not be sent")
            if deadline.over:
                return NoAnswer(f"no complete answer within {seconds:g} s")
            return NoAnswer("the connection broke before the answer was complete")

    def _read(self, response: "requests.Response") -> Outcome:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > self._largest:
                return NoAnswer(f"the answer was larger than {self._largest // 1_000_000} MB")
        headers = {name.lower(): value for name, value in response.headers.items()}
        # Asked for each time: a token may have been renewed since.
        hidden = tuple(secret for secret in (*self._secrets, self._token) if secret)
        return Answer(response.status_code, headers, bytes(body), self._clock(), hidden)

    @contextlib.contextmanager
    def _open(self, deadline: Deadline) -> "Iterator[requests.Session]":
        import requests

        session = self._session or requests.Session()
        # A .netrc entry for the host would replace our Authorization header, so of the environment only the
        # organisation's proxy and certificates are taken.
        session.trust_env = False
        if not _is_loopback(urlsplit(self._base_url).hostname or ""):
            session.proxies = requests.utils.get_environ_proxies(self._base_url)
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or session.verify
        session.mount(self._base_url, adapter(deadline))
        try:
            yield session
        finally:
            if session is not self._session:
                session.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _not_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


# At DEBUG it logs whole addresses, and a Telegram bot's token stands in its address.
logging.getLogger("urllib3.connectionpool").addFilter(_not_debug)


class Unconnected:
    """Stands where an address or a secret is missing: every call ends before the network, naming it."""

    def __init__(self, missing: str) -> None:
        self._missing = missing

    def call(self, method: str, path: str, **request: Any) -> Outcome:
        return NoConnection(self._missing, unset=True)
