"""Calls to an AT Protocol server (Bluesky's): the session behind them, and its errors by their names.

Source: atproto.com, "HTTP API (XRPC)"; the lexicons com.atproto.server.createSession and refreshSession;
docs.bsky.app, "Rate Limits" (read November 2026).
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scheduler.platforms import verdicts
from scheduler.platforms.base import Refusal, Refused, Unknown
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected
from scheduler.platforms.records import text_of

Callers = Callable[[str | None, tuple[str, ...]], Caller | Unconnected]
"""A caller with a token (or none), and the secrets to strike out of what the server says."""

STATUSES: verdicts.Table = {
    400: (Refusal.CONTENT, verdicts.CHANGE_IT),
    401: (Refusal.AUTH, "check the handle and the app password in .env"),
    403: (Refusal.PERMISSION, "make a new app password under Settings → Privacy and security"),
    404: (Refusal.BLOCKED, "check base_url"),
    405: (Refusal.BLOCKED, "check base_url"),
    413: (Refusal.MEDIA, "the image is too large for this server"),
    415: (Refusal.MEDIA, "the server does not take this kind of image"),
    425: (Refusal.TRANSIENT, "it will be tried again"),
    429: (Refusal.RATE, "it will be tried again when the server allows"),
    451: (Refusal.BLOCKED, "the server refuses this for legal reasons"),
}
UPLOAD_STATUSES: verdicts.Table = {**STATUSES, 400: (Refusal.MEDIA, "replace the image")}

NEW_PASSWORD = (
    "make an app password under Settings → Privacy and security → App passwords, and put it into .env"
)
NO_ACCOUNT = "look at the account in the app, and at messages from Bluesky"
RENEWED = "the session had run out; it is renewed, and this tried again"
NAMES: Mapping[str, tuple[Refusal, str]] = {
    "AuthenticationRequired": (Refusal.AUTH, f"check the handle; else {NEW_PASSWORD}"),
    "AuthFactorTokenRequired": (
        Refusal.AUTH,
        f"this is the account's own password, which asks for a code by mail; {NEW_PASSWORD}",
    ),
    "AuthMissing": (Refusal.AUTH, NEW_PASSWORD),
    "InvalidToken": (Refusal.TRANSIENT, RENEWED),
    "ExpiredToken": (Refusal.TRANSIENT, RENEWED),
    "AccountTakedown": (Refusal.BLOCKED, f"the account was taken down; {NO_ACCOUNT}"),
    "AccountSuspended": (Refusal.BLOCKED, f"the account is suspended; {NO_ACCOUNT}"),
    "AccountDeactivated": (Refusal.BLOCKED, "the account is deactivated; sign in with the app to wake it up"),
    "RepoTakendown": (Refusal.BLOCKED, f"the account was taken down; {NO_ACCOUNT}"),
    "RepoSuspended": (Refusal.BLOCKED, f"the account is suspended; {NO_ACCOUNT}"),
    "RepoDeactivated": (Refusal.BLOCKED, "the account is deactivated; sign in with the app to wake it up"),
    "RepoNotFound": (Refusal.BLOCKED, "the account is not on this server (any more); check base_url"),
    "MethodNotImplemented": (Refusal.BLOCKED, "this is no Bluesky server; check base_url"),
    "InvalidMimeType": (Refusal.MEDIA, "the server does not take this kind of image"),
    "BlobTooLarge": (Refusal.MEDIA, "the image is too large for this server"),
    "PayloadTooLarge": (Refusal.MEDIA, "the image is too large for this server"),
    "BlobNotFound": (Refusal.TRANSIENT, "the server has dropped an image; it is uploaded again"),
    "RateLimitExceeded": (Refusal.RATE, "it will be tried again when the server allows"),
}
"""An error's own name says more than its status: a token that ran out is a 400 here."""

STALE = frozenset({"ExpiredToken", "InvalidToken"})

LOGGING_IN = "logging in"
EARLY = 300.0
"""Seconds before its end at which a session is renewed, so that none ends within a visible call."""

STRIKES, BARRED = 3, 600.0
"""After so many refused log-ins, the seconds in which none is tried: an account has 300 a day, and one whose
own password was given gets a code by mail each time.
"""


KINDS = {"com.atproto.access": "everything: it is the account's own password; make an app password"}
"""What a session's scope means, where a person has to do something about it."""


@dataclass(frozen=True)
class Login:
    """A session. `until` is on this machine's running clock, so that a clock that is set changes nothing."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float
    date: datetime | None


class Memory:
    """Sessions and refused log-ins of this process, by account and password; on no disk.

    A channel that is connected anew goes on with the session it had.
    """

    def __init__(self) -> None:
        self.locks: dict[str, threading.Lock] = {}
        self.logins: dict[str, Login] = {}
        self.refused: dict[str, tuple[int, float, Refused]] = {}

    def lock(self, own: str) -> threading.Lock:
        """One account at a time logs in once; a server that hangs delays no other account."""
        return self.locks.setdefault(own, threading.Lock())


MEMORY = Memory()


class Session:
    """One account's session: begun when first needed, renewed before it ends, and once when it has ended.

    `seconds` is a clock that only runs forward.
    """

    def __init__(
        self,
        callers: Callers,
        server: str,
        identifier: str,
        password: str,
        seconds: Callable[[], float] = time.monotonic,
        memory: Memory | None = None,
    ) -> None:
        self._callers, self._seconds, self._memory = callers, seconds, memory or MEMORY
        self._identifier, self._password = identifier.removeprefix("@"), password
        self._own = hashlib.sha256("\n".join((server, identifier, password)).encode()).hexdigest()

    def may(self) -> tuple[str, ...]:
        """See the function of this name; of the session that there is."""
        login = self.login()
        return may(login.access) if isinstance(login, Login) else ()

    def login(self) -> Login | Refused:
        """A session that lasts some minutes more, logging in or renewing it where needed."""
        with self._memory.lock(self._own):
            kept = self._memory.logins.get(self._own)
            if kept is not None and self._seconds() < kept.until - EARLY:
                return kept
            made = self._renew(kept) if kept is not None else self._begin()
            if isinstance(made, Login):
                self._memory.logins[self._own] = made
            return made

    def ended(self, login: Login, answer: Answer) -> bool:
        """Whether the server says that the session is over; the next `login` makes another then."""
        if (name := error_of(answer)) not in STALE:
            return False
        if self._memory.logins.get(self._own) == login:
            if name == "ExpiredToken":
                self._memory.logins[self._own] = replace(login, until=0.0)
            else:
                self._memory.logins.pop(self._own, None)
        return True

    def caller(self, login: Login) -> Caller | Unconnected:
        return self._callers(login.access, (login.refresh, self._password))

    def ask(
        self,
        method: str,
        name: str,
        doing: str,
        expected: str | None = None,
        statuses: verdicts.Table = STATUSES,
        **request: Any,
    ) -> Answer | Refused:
        """An invisible call, once more after renewing where the session had ended meanwhile.

        `expected` is the name of an error that the caller wants to see as it is.
        """
        again = True
        while True:
            login = self.login()
            if isinstance(login, Refused):
                return login
            outcome = self.caller(login).call(method, f"/xrpc/{name}", **request)
            if isinstance(outcome, Answer) and (outcome.ok or (error_of(outcome) or "") == expected):
                return outcome
            if not (isinstance(outcome, Answer) and self.ended(login, outcome) and again):
                return invisible(doing, outcome, statuses)
            again = False

    def _renew(self, kept: Login) -> Login | Refused:
        """With the renewing token; where the server does not take it any more, with the password."""
        caller = self._callers(kept.refresh, (kept.access, self._password))
        outcome = caller.call("POST", "/xrpc/com.atproto.server.refreshSession")
        gone = isinstance(outcome, Answer) and outcome.status in (400, 401, 403)
        return self._begin() if gone else self._understood("renewing the session", outcome)

    def _begin(self) -> Login | Refused:
        strikes, until, refused = self._memory.refused.get(self._own, (0, 0.0, None))
        if refused is not None and strikes >= STRIKES and self._seconds() < until:
            return refused
        outcome = self._callers(None, (self._password,)).call(
            "POST",
            "/xrpc/com.atproto.server.createSession",
            json={"identifier": self._identifier, "password": self._password},
        )
        made = self._understood(LOGGING_IN, outcome)
        if isinstance(made, Refused) and made.kind is Refusal.AUTH and isinstance(outcome, Answer):
            self._memory.refused[self._own] = (strikes + 1, self._seconds() + BARRED, made)
        elif isinstance(made, Login):
            self._memory.refused.pop(self._own, None)
        return made

    def _understood(self, doing: str, outcome: Outcome) -> Login | Refused:
        if not isinstance(outcome, Answer) or not outcome.ok:
            return invisible(doing, outcome, {**STATUSES, 400: STATUSES[401]})
        fields = outcome.fields
        did, access, refresh = (text_of(fields, name) for name in ("did", "accessJwt", "refreshJwt"))
        if not (did and access and refresh):
            return Refused(Refusal.BLOCKED, f"{doing}: the answer cannot be understood; check base_url")
        if fields.get("active") is False:
            state = text_of(fields, "status") or "not active"
            return Refused(Refusal.BLOCKED, f"the account is {state}; {NO_ACCOUNT}")
        until = self._seconds() + lasts(access)
        return Login(did, text_of(fields, "handle"), access, refresh, until, outcome.date)


def lasts(token: str) -> float:
    """How many seconds a token is good for, by its own word; an hour where it does not say.

    From the difference of its two times, so that a clock of ours that is wrong does not matter.
    """
    said = _claims(token)
    try:
        return float(said["exp"] - said["iat"])
    except (LookupError, TypeError):
        return timedelta(hours=1).total_seconds()


def may(token: str) -> tuple[str, ...]:
    """What the password allows with which the token was given, by its own word; () where it does not say."""
    scope = text_of(_claims(token), "scope")
    return (KINDS.get(scope, scope),) if scope else ()


def _claims(token: str) -> dict[str, Any]:
    """What the middle of a token says."""
    try:
        middle = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, LookupError):
        return {}
    return said if isinstance(said, dict) else {}


def error_of(answer: Answer) -> str | None:
    """The name of an error ("ExpiredToken"), or None."""
    return text_of(answer.fields, "error") or None


def invisible(doing: str, outcome: Outcome, statuses: verdicts.Table = STATUSES) -> Refused:
    """See verdicts.invisible; an error's name decides before its status."""
    return verdicts.invisible(doing, _told(outcome), _table(outcome, statuses))


def visible(doing: str, outcome: Outcome) -> Refused | Unknown:
    """See verdicts.visible; an error's name decides before its status."""
    return verdicts.visible(doing, _told(outcome), _table(outcome, STATUSES))


def _table(outcome: Outcome, statuses: verdicts.Table) -> verdicts.Table:
    known = NAMES.get(error_of(outcome) or "") if isinstance(outcome, Answer) else None
    if isinstance(outcome, Answer) and known is not None:
        return {**statuses, outcome.status: known}
    return statuses


def _told(outcome: Outcome) -> Outcome:
    """With its sentence in front: what stands under `error` is a name for programs."""
    if not isinstance(outcome, Answer) or not (sentence := text_of(outcome.fields, "message")):
        return outcome
    return replace(outcome, body=json.dumps({"error": sentence}).encode())
