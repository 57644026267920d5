"""What Meta's three servers share: the token as a parameter, the error shape, numbers, containers."""

import hashlib
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes import Loopback, Reply
from tests.fakes.oauth import Grants

VERSION = "v26.0"
JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"


def error(status, code, message, subcode=None, *, transient=False, headers=None, **more):
    """The Graph API's error, as its guide shows it."""
    body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbC", **more}
    if subcode is not None:
        body["error_subcode"] = subcode
    if transient:
        body["is_transient"] = True
    return Reply(status, {"error": body}, headers or {})


class MetaServer(Loopback):
    """`token` is the good one; `ids` gives new numbers; `fields(request)` are form, query or multipart."""

    def __init__(self, token):
        super().__init__()
        self.token = token
        self._ids = 17_800_000_000_000_000
        self.oauth = Grants(separator=",")
        self.short = ""

    def number(self):
        self._ids += 1
        return str(self._ids)

    def answer(self, request):
        if (given := self._let_in(request)) is not None:
            return given
        if request.headers.get("authorization"):
            return error(400, 104, "the token is a parameter")
        given = self.fields(request).get("access_token")
        if given != self.token:
            return error(400 if given else 401, 190, "Error validating access token", 463)
        return super().answer(request)

    def fields(self, request):
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/"):
            return {k: v.decode() for k, (name, v) in request.form().items() if name is None} | request.query
        from urllib.parse import parse_qsl

        return dict(parse_qsl(request.body.decode(), keep_blank_values=True)) | request.query

    # The way in by a browser (Meta's pages on access tokens of each product)

    logged_in = "/oauth/authorize"
    exchanged = "/oauth/access_token"
    longer = "/access_token"
    grant, parameter = "", "access_token"
    wrapped = False

    def _let_in(self, request):
        """A code for a token of an hour, and that for one of 60 days; None for any other route."""
        if request.route == f"GET {self.logged_in}":
            return self.oauth.authorize(request.query)
        if request.route == f"POST {self.exchanged}":
            refused = self.oauth.problem(request)
            if refused is not None:
                return refused
            self.short = f"canary-short-{self.number()}"
            given = {"access_token": self.short, "user_id": 17841400000000000}
            return Reply(200, {"data": [given]} if self.wrapped else given)
        if request.route == f"GET {self.longer}":
            return self._lengthened(request.query)
        return None

    def _lengthened(self, query):
        known = {secret for secret, _ in self.oauth.apps.values()}
        if query.get("grant_type") != self.grant or query.get("client_secret") not in known:
            return error(400, 101, "Error validating application")
        if not self.short or query.get(self.parameter) != self.short:
            return error(400, 190, "Error validating access token", 463)
        return Reply(200, {"access_token": self.token, "token_type": "bearer", "expires_in": 5_183_944})

    def debug(self, request):
        """ "Debug access token": of a token that this one may look at; 0 is for one that has no end."""
        if request.query.get("input_token") != self.token:
            return error(400, 100, "Invalid parameter")
        told = {"type": "USER", "is_valid": True, "expires_at": self.expires_at, "scopes": list(self.scopes)}
        return Reply(200, {"data": told})

    def stamp(self):
        return f"{self.now():%Y-%m-%dT%H:%M:%S}+0000"


@dataclass
class Container:
    """What is made ready. `looks_left`: how often it is still in progress."""

    id: str
    fields: dict
    pictures: tuple = ()
    state: str = "FINISHED"
    looks_left: int = 0
    post: str | None = None
    made: datetime = field(default_factory=lambda: datetime.now(UTC))


def fetched(address):
    """The picture at a public address, or None where it cannot be fetched."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.read()
    except OSError:
        return None


def digest(content):
    return hashlib.sha256(content).hexdigest()
