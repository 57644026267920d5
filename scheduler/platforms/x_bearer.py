"""Calls to X by a person's access token (OAuth 2.0), which lives two hours and is renewed by another.

A refresh token is good once: who renews is alone, and the new pair is stored before it is used. A post on
its way is never repeated for a new token; the next try has one.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from scheduler.platforms import verdicts
from scheduler.platforms.base import Refusal, Refused
from scheduler.platforms.http import Answer, Caller, NoConnection, Outcome
from scheduler.platforms.tokens import Tokens

VISIBLE = ("POST", "/2/tweets")
MARGIN = timedelta(minutes=10)
"""A post is prepared a minute or so before it goes out."""

AGAIN = "let the program in again: python run.py accounts connect {}"
ENDED = 401


class Bearer:
    """Calls with whatever access token is good at the moment."""

    def __init__(self, caller: Caller, tokens: Tokens, clock: Callable[[], datetime] | None = None) -> None:
        self._caller, self._tokens, self._clock = caller, tokens, clock or _now
        self.has_ended = False
        """The last answer to a post was that its access token is good no more."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the tokens are for, as their last renewal said; () before there was one."""
        return tuple(self._tokens.get("SCOPES", "").split())

    def call(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Outcome:
        """One request; what nobody sees is asked a second time with a renewed token."""
        outcome, used = self._once(method, path, params, json)
        ended = isinstance(outcome, Answer) and outcome.status == ENDED
        if (method, path) == VISIBLE:
            self.has_ended = ended
            return outcome
        if not ended:
            return outcome
        if refused := self._renew(used):
            # A network that was away is not a person's matter, a refusal is.
            return NoConnection(refused.message, unset=refused.kind is Refusal.AUTH)
        return self._once(method, path, params, json)[0]

    def renew_in_time(self) -> Refused | None:
        """Replace a token that has ended or soon will; before anything visible."""
        until = self._tokens.get("EXPIRES_AT")
        soon = until is not None and self._clock() + MARGIN > datetime.fromisoformat(until)
        if not soon and not self.has_ended:
            return None
        refused = self._renew(self._tokens["ACCESS_TOKEN"])
        if refused is None:
            self.has_ended = False
        return refused

    def _once(self, method: str, path: str, params: Any, json: Any) -> tuple[Outcome, str]:
        token = self._tokens["ACCESS_TOKEN"]
        headers = {"Authorization": f"Bearer {token}"}
        return self._caller.call(method, path, params=params, json=json, headers=headers), token

    def _renew(self, stale: str) -> Refused | None:
        return self._tokens.renew(stale, "ACCESS_TOKEN", self._fetch)

    def _fetch(self, secrets: Mapping[str, str]) -> Mapping[str, str] | Refused:
        form = {"grant_type": "refresh_token", "refresh_token": secrets["REFRESH_TOKEN"]}
        headers = {}
        if secret := secrets.get("CLIENT_SECRET"):
            pair = f"{quote(secrets['CLIENT_ID'], safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        form["client_id"] = secrets["CLIENT_ID"]
        outcome = self._caller.call("POST", "/2/oauth2/token", form=form, headers=headers)
        if not isinstance(outcome, Answer) or not outcome.ok:
            advice = AGAIN.format(self._tokens.channel)
            gone = {status: (Refusal.AUTH, advice) for status in (400, 401, 403)}
            limited = {429: (Refusal.RATE, "it will be tried again when X allows")}
            return verdicts.invisible("renewing the access token", outcome, {**gone, **limited})
        seconds = outcome.fields.get("expires_in")
        until = outcome.received + timedelta(seconds=seconds) if isinstance(seconds, int) else None
        return {
            "ACCESS_TOKEN": str(outcome.fields.get("access_token") or ""),
            "REFRESH_TOKEN": str(outcome.fields.get("refresh_token") or ""),
            "EXPIRES_AT": until.isoformat() if until else "",
            "SCOPES": str(outcome.fields.get("scope") or ""),
        }


def _now() -> datetime:
    return datetime.now(UTC)
