"""The way in by a browser (OAuth 2.0, code with PKCE), walked once for all platforms that describe theirs.

An `Attempt` makes the address a person opens, judges what comes back, and exchanges the code for secrets.
Sources: RFC 6749, RFC 7636, RFC 8252 (read November 2026), and each platform's own page.
"""

import base64
import hashlib
import hmac
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from scheduler import platforms
from scheduler.model import Channel
from scheduler.platforms import verdicts
from scheduler.platforms.base import OAuth, Refusal, Refused
from scheduler.platforms.http import Answer, Caller, Outcome

APP = "Campaign scheduler"
"""As the account's owner sees it among the apps that were let in."""

ERRORS: verdicts.Table = {
    400: (Refusal.AUTH, "begin again; a code is good for seconds, once, and only with its own address"),
    401: (Refusal.AUTH, "check the app's id and secret"),
    403: (Refusal.AUTH, "check the app's id and secret, and what it may do"),
    404: (Refusal.BLOCKED, "check base_url"),
    422: (Refusal.CONTENT, "the server does not take such an app"),
    429: (Refusal.RATE, "wait a while"),
}


@dataclass(frozen=True)
class Client:
    """The app that asks. `secret` is empty for a public one."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Granted:
    """Secrets by their names, and until when they are good where that was said (aware UTC)."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None


def applies(oauth: OAuth | None, channel: Channel) -> bool:
    """Whether a channel as configured can be let in by a browser."""
    return oauth is not None and not any(
        channel.options.get(name) == value for name, value in oauth.unless.items()
    )


def scopes(oauth: OAuth, channel: Channel) -> tuple[str, ...]:
    """What is asked for: the usual, and what the channel's destination needs besides."""
    named = [str(value) for value in channel.options.values() if isinstance(value, str)]
    more = (
        wanted for start, wanted in oauth.more_scopes.items() if any(one.startswith(start) for one in named)
    )
    return (*oauth.scopes, *(scope for wanted in more for scope in wanted))


@dataclass(frozen=True)
class Attempt:
    """One try of one person: its `state` comes back with the code, its `verifier` proves who asked."""

    oauth: OAuth
    channel: Channel
    client: Client
    redirect: str
    scopes: tuple[str, ...]
    state: str = field(default_factory=lambda: randomness.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: randomness.token_urlsafe(64), repr=False)

    @property
    def address(self) -> str:
        """What the person opens in a browser."""
        asked = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect,
            "scope": self.oauth.separator.join(self.scopes),
            "state": self.state,
        }
        if self.oauth.pkce:
            digest = hashlib.sha256(self.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        server, path = _place(self.oauth.authorize, self.channel)
        return f"{server}{path}?{urlencode(asked)}"

    def judge(self, query: Mapping[str, str]) -> str | Refused | None:
        """The code that came back, or why there is none; None where this is no answer to our question."""
        if not hmac.compare_digest(query.get("state", "").encode(), self.state.encode()):
            return None
        if code := query.get("code"):
            return code
        why = " ".join(query.get("error_description", query.get("error", "no code came back")).split())
        words = "".join(sign for sign in why if sign.isprintable())[:200]
        return Refused(Refusal.AUTH, f"the account did not let the program in ({words})")

    def exchange(self, code: str, now: datetime) -> Granted | Refused:
        """The code for secrets: short-lived ones for long-lived, a person's for a page's, as described."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect,
            "client_id": self.client.id,
        }
        if self.oauth.pkce:
            form["code_verifier"] = self.verifier
        outcome = _post_form(self, self.oauth.token, form)
        answer = _understood("exchanging the code", outcome, "access_token")
        if isinstance(answer, Refused):
            return answer
        if self.oauth.longer is not None:
            answer = self._longer(self.oauth.longer, answer["access_token"])
            if isinstance(answer, Refused):
                return answer
        if self.oauth.page is not None:
            answer = self._page(self.oauth.page, answer["access_token"])
            if isinstance(answer, Refused):
                return answer
        return self._granted(answer, now)

    def _granted(self, answer: Mapping[str, Any], now: datetime) -> Granted | Refused:
        found = {secret: str(answer.get(name) or "") for name, secret in self.oauth.stored.items()}
        if missing := [name for name, secret in self.oauth.stored.items() if not found[secret]]:
            words = f"exchanging the code: the answer has no {missing[0]}; check what the app may do"
            return Refused(Refusal.AUTH, words)
        own = {"CLIENT_ID": self.client.id, "CLIENT_SECRET": self.client.secret}
        found |= {name: own[name] for name in self.oauth.kept if own[name]}
        seconds = answer.get("expires_in")
        known = isinstance(seconds, int) and "REFRESH_TOKEN" not in found
        return Granted(found, now + timedelta(seconds=seconds) if known and seconds else None)

    def _longer(self, longer: Any, token: str) -> Mapping[str, Any] | Refused:
        params = {
            "grant_type": longer.grant,
            "client_id": self.client.id,
            "client_secret": self.client.secret,
            longer.given: token,
        }
        server, path = _place(longer.address, self.channel)
        outcome = _caller(self, server, token).call("GET", path, params=params)
        return _understood("asking for a token that lives longer", outcome, "access_token")

    def _page(self, page: tuple[str, str], token: str) -> Mapping[str, Any] | Refused:
        """The page's own token, where config says which page."""
        address, option = page
        server, path = _place(address, self.channel)
        params = {"limit": "100", "access_token": token}  # as Meta's guide has it
        outcome = _caller(self, server, token).call("GET", path, params=params)
        answer = _understood("listing the pages", outcome, "data")
        if isinstance(answer, Refused):
            return answer
        listed = answer["data"] if isinstance(answer["data"], list) else []
        pages = {str(one.get("id")): one for one in listed if isinstance(one, dict)}
        wanted = str(self.channel.options.get(option) or "")
        if wanted in pages and pages[wanted].get("access_token"):
            return pages[wanted]
        there = ", ".join(f'"{number}" ({one.get("name")})' for number, one in pages.items())
        words = f"set channels.{self.channel.name}.{option} in config.yaml to one of its pages: "
        return Refused(Refusal.PERMISSION, words + (there or "but this person has none"))


def register(oauth: OAuth, channel: Channel, redirect: str) -> tuple[Client, tuple[str, ...]] | Refused:
    """Make the program known to a server, and with which permissions that knows it."""
    refused: Refused | None = None
    for wanted in filter(None, (oauth.scopes, oauth.older_scopes)):
        form = {"client_name": APP, "redirect_uris": redirect, "scopes": oauth.separator.join(wanted)}
        server, path = _place(oauth.register or "", channel)
        outcome = Caller(channel.name, server).call("POST", path, form=form)
        answer = _understood("making the program known to the server", outcome, "client_id")
        if not isinstance(answer, Refused):
            return Client(str(answer["client_id"]), str(answer.get("client_secret") or "")), wanted
        refused = refused or answer
        if not isinstance(outcome, Answer) or outcome.status not in (400, 422):
            break
    return refused or Refused(Refusal.BLOCKED, "the platform has no way for this")


def _post_form(attempt: Attempt, address: str, form: Mapping[str, str]) -> Outcome:
    server, path = _place(address, attempt.channel)
    headers = {}
    if attempt.oauth.basic and attempt.client.secret:
        # RFC 6749, 2.3.1: each is form-encoded first.
        pair = f"{quote(attempt.client.id, safe='')}:{quote(attempt.client.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif attempt.client.secret:
        form = {**form, "client_secret": attempt.client.secret}
    return _caller(attempt, server, form.get("code", "")).call("POST", path, form=form, headers=headers)


def _caller(attempt: Attempt, server: str, *more: str) -> Caller:
    hidden = (attempt.client.secret, attempt.verifier, *more)
    return Caller(attempt.channel.name, server, secrets=tuple(filter(None, hidden)))


def _place(address: str, channel: Channel) -> tuple[str, str]:
    """Server and path of an address; a channel's own base_url stands for all servers of its platform."""
    parts = urlsplit(address)
    server = channel.base_url or f"{parts.scheme}://{parts.netloc}"
    options = {**vars(platforms.kinds()[channel.platform].options()), **channel.options}
    return server.rstrip("/"), parts.path.format(**options)


def _understood(doing: str, outcome: Outcome, needed: str) -> Mapping[str, Any] | Refused:
    if not isinstance(outcome, Answer) or not outcome.ok:
        return verdicts.invisible(doing, outcome, ERRORS)
    fields = outcome.fields
    wrapped = fields.get("data")
    if needed not in fields and isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict):
        fields = wrapped[0]  # Instagram answers so
    if not fields.get(needed):
        return Refused(Refusal.BLOCKED, f"{doing}: the answer cannot be understood; check base_url")
    return fields
