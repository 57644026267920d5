"""Meta's Graph API, as Facebook, Instagram and Threads share it: calls, errors, throttling, tokens.

Source: developers.facebook.com/docs/graph-api/guides/error-handling and /overview/rate-limiting;
/docs/instagram-platform/instagram-graph-api/reference/error-codes (read November 2026).
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from scheduler.platforms import verdicts
from scheduler.platforms.base import Refusal, Refused, Unknown
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected, moment
from scheduler.platforms.permits import Permit, moment_of
from scheduler.platforms.tokens import Tokens

VERSION = "v26.0"

Said = tuple[Refusal, str]

LATER = "it will be tried again when Meta allows"
TOKEN = "the access token is not valid (any more); make a new one and put it into .env"
RIGHTS = (
    "the token lacks a permission, which `python run.py accounts` names and `accounts connect` shows how to "
    "give; or the app is not Live: at developers.facebook.com open it and turn the switch at the top from "
    "Development to Live"
)
SPAM = "Meta has blocked posting here for a while; look at the account, and wait before releasing it"

BY_CODE: Mapping[int, Said] = {
    1: (Refusal.TRANSIENT, "it will be tried again"),
    2: (Refusal.TRANSIENT, "it will be tried again"),
    3: (Refusal.PERMISSION, RIGHTS),
    4: (Refusal.RATE, LATER),
    9: (Refusal.QUOTA, "the day's posts are used up; it will be tried again later"),
    10: (Refusal.PERMISSION, RIGHTS),
    17: (Refusal.RATE, LATER),
    24: (Refusal.MEDIA, "the pictures are prepared anew next time"),
    25: (Refusal.BLOCKED, "the account is restricted; open the app and look"),
    32: (Refusal.RATE, LATER),
    100: (Refusal.CONTENT, verdicts.CHANGE_IT),
    102: (Refusal.AUTH, TOKEN),
    190: (Refusal.AUTH, TOKEN),
    341: (Refusal.RATE, LATER),
    368: (Refusal.BLOCKED, SPAM),
    506: (Refusal.DUPLICATE, "the post before this one had the same words; look whether it is this post"),
    613: (Refusal.RATE, LATER),
    9004: (
        Refusal.MEDIA,
        "Meta cannot fetch the picture; look whether public_media is reachable for everybody",
    ),
    9007: (Refusal.TRANSIENT, "the picture is not ready yet; it will be tried again"),
    36000: (Refusal.MEDIA, "the picture is too large"),
    36001: (Refusal.MEDIA, "the picture's format is not taken; use JPEG"),
    36003: (Refusal.MEDIA, "the picture's shape is not taken; between 4:5 and 1.91:1"),
    36004: (Refusal.CONTENT, "the caption is too long"),
    80001: (Refusal.RATE, LATER),
    80002: (Refusal.RATE, LATER),
    1609005: (Refusal.CONTENT, "Meta cannot read the link; check it"),
}
"""What Meta's error codes mean; 200 to 299 are all missing permissions."""

NEW_TOKEN = "then make a new token and put it into .env"
CHECKPOINT = "Meta wants to see you: log in at facebook.com and do what it asks"
BY_SUBCODE: Mapping[int, Said] = {
    33: (Refusal.BLOCKED, "it does not exist, or the token may not see it; check the number in config.yaml"),
    458: (Refusal.AUTH, f"the app was removed from the account; let it in again, {NEW_TOKEN}"),
    459: (Refusal.AUTH, f"{CHECKPOINT}, {NEW_TOKEN}"),
    460: (
        Refusal.AUTH,
        "the password was changed, which ends its tokens; make a new one and put it into .env",
    ),
    463: (Refusal.AUTH, "the access token is over; make a new one and put it into .env"),
    464: (Refusal.AUTH, f"{CHECKPOINT}, {NEW_TOKEN}"),
    467: (Refusal.AUTH, TOKEN),
    1390008: (Refusal.BLOCKED, f"too much was posted too fast; {SPAM}"),
    4854002: (Refusal.BLOCKED, CHECKPOINT),
    2207003: (Refusal.TRANSIENT, "Meta took too long to fetch the picture; it is prepared anew"),
    2207006: (Refusal.TRANSIENT, "the preparation was lost; it is made anew"),
    2207008: (Refusal.TRANSIENT, "the preparation has expired; it is made anew"),
    2207010: (Refusal.CONTENT, "the caption is too long, or has too many hashtags"),
    2207020: (Refusal.TRANSIENT, "the preparation has expired; it is made anew"),
    2207027: (Refusal.TRANSIENT, "the picture is not ready yet; it will be tried again"),
    2207028: (Refusal.CONTENT, "the pictures do not fit one carousel"),
    2207032: (Refusal.TRANSIENT, "Meta could not make the picture ready; it is prepared anew"),
    2207040: (Refusal.CONTENT, "too many @ in the caption"),
    2207042: (Refusal.QUOTA, "the day's posts are used up; it will be tried again later"),
    2207050: (Refusal.BLOCKED, "the account is restricted; open the app and look"),
    2207051: (Refusal.BLOCKED, SPAM),
    2207052: (
        Refusal.MEDIA,
        "Meta cannot fetch the picture; look whether public_media is reachable for everybody",
    ),
    2207053: (Refusal.TRANSIENT, "Meta could not fetch the picture; it is prepared anew"),
    1366046: (Refusal.MEDIA, "the picture is too large, or neither JPEG nor PNG"),
    1366051: (Refusal.DUPLICATE, "this picture was posted already; look whether it is this post"),
}

STATUSES: verdicts.Table = {
    401: (Refusal.AUTH, TOKEN),
    403: (Refusal.PERMISSION, RIGHTS),
    404: (Refusal.BLOCKED, "it does not exist, or the token may not see it; check config.yaml"),
    413: (Refusal.MEDIA, "the picture is too large"),
    429: (Refusal.RATE, LATER),
}
"""For answers without Meta's own error in them (a proxy's, a gateway's)."""

PARKED = timedelta(hours=1)
"""How long to leave a throttled account alone where Meta does not say: calls meanwhile lengthen the block."""

A_DAY = timedelta(days=1)
DOUBTFUL_CODES = frozenset({1, 2})
"""“Unknown error” and “service unavailable”: on a visible call they do not say that nothing was done."""


class Graph:
    """Calls one of Meta's hosts for one channel, with the token as the parameter Meta documents."""

    def __init__(self, caller: Caller | Unconnected, version: str, token: Callable[[], str]) -> None:
        self._caller, self._version, self._token = caller, version, token

    def get(self, path: str, **params: str) -> Outcome:
        return self._caller.call("GET", self._path(path), params={**params, "access_token": self._token()})

    def post(
        self,
        path: str,
        fields: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Outcome:
        form = {name: _field(value) for name, value in fields.items()}
        form["access_token"] = self._token()
        return self._caller.call("POST", self._path(path), form=form, files=files)

    def delete(self, path: str) -> Outcome:
        return self._caller.call("DELETE", self._path(path), params={"access_token": self._token()})

    def ask(self, path: str, doing: str, **params: str) -> Answer | Refused:
        """A GET that shows nobody anything: the answer, or why there is none."""
        outcome = self.get(path, **params)
        if isinstance(outcome, Answer) and outcome.ok:
            return outcome
        return invisible(doing, outcome)

    def _path(self, path: str) -> str:
        return f"/{self._version}/{path}" if self._version else f"/{path}"


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def error_of(answer: Answer) -> Mapping[str, Any]:
    found = answer.fields.get("error")
    return found if isinstance(found, dict) else {}


def invisible(doing: str, outcome: Outcome) -> Refused:
    """A failed step that no reader can see."""
    if isinstance(outcome, Answer) and error_of(outcome):
        return refused(doing, outcome)
    return verdicts.invisible(doing, outcome, STATUSES)


def visible(doing: str, outcome: Outcome) -> Refused | Unknown:
    """A publishing call that did not succeed; what may have been done after all is Unknown."""
    if isinstance(outcome, Answer) and 400 <= outcome.status < 500 and (error := error_of(outcome)):
        if error.get("code") in DOUBTFUL_CODES or error.get("is_transient") is True:
            return Unknown(f"{doing}: Meta says “{outcome.words}”, which leaves open whether it is out")
        return refused(doing, outcome)
    return verdicts.visible(doing, outcome, STATUSES)


def unanswerable(doing: str, outcome: Outcome) -> Refused | None:
    """A reply or comment refused because the post that it answers is not there; None where it is not that."""
    if isinstance(outcome, Answer) and not outcome.ok and is_gone(outcome):
        return verdicts.unanswerable(doing, outcome)
    return None


def is_gone(answer: Answer) -> bool:
    """Whether Meta says that what was asked for does not exist, or is hidden from this token."""
    return error_of(answer).get("error_subcode") == 33 or answer.status == 404


def misnamed(name: str, form: str = r"\d+") -> Refused | None:
    """Of a post made by hand the end of its link is known: that this "does not exist" would prove nothing."""
    if re.fullmatch(form, name):
        return None
    words = f"Meta lets no post be deleted by the name “{name}”, the end of its link; delete it in the app"
    return Refused(Refusal.PERMISSION, words)


def refused(doing: str, answer: Answer) -> Refused:
    """Meta's no, by subcode, code or status, with what to do."""
    kind, advice = _meaning(answer)
    words = f"{doing} was refused (HTTP {answer.status}: {answer.words}); {advice}"
    return Refused(kind, words, _back_at(kind, answer))


def _meaning(answer: Answer) -> Said:
    error = error_of(answer)
    code, subcode = error.get("code"), error.get("error_subcode")
    if isinstance(subcode, int) and subcode in BY_SUBCODE:
        return BY_SUBCODE[subcode]
    if isinstance(code, int) and code in BY_CODE:
        return BY_CODE[code]
    if isinstance(code, int) and 200 <= code <= 299:
        return Refusal.PERMISSION, RIGHTS
    if error.get("is_transient") is True or answer.status >= 500:
        return Refusal.TRANSIENT, "it will be tried again"
    return STATUSES.get(answer.status, (Refusal.CONTENT, verdicts.CHANGE_IT))


def _back_at(kind: Refusal, answer: Answer) -> datetime | None:
    """When to come back: what Meta estimates, else an hour for a throttled account and a day for a quota."""
    if kind is Refusal.QUOTA:
        return answer.received + A_DAY
    if kind is not Refusal.RATE:
        return answer.retry_at
    return answer.retry_at or answer.received + (_estimate(answer) or PARKED)


def _estimate(answer: Answer) -> timedelta | None:
    """The longest `estimated_time_to_regain_access` (minutes) of the usage header."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", ""))
        entries = [entry for entries in usage.values() for entry in entries]
        minutes = max((int(entry["estimated_time_to_regain_access"]) for entry in entries), default=0)
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return timedelta(minutes=minutes) if minutes > 0 else None


def permit(graph: Graph, token: str) -> Permit:
    """What the token may do and until when; nothing where Meta does not tell that to this token itself."""
    answer = graph.get("debug_token", input_token=token)
    data = answer.fields.get("data") if isinstance(answer, Answer) and answer.ok else None
    if not isinstance(data, dict):
        return Permit()
    scopes, end = data.get("scopes"), data.get("expires_at")
    named = tuple(str(one) for one in scopes) if isinstance(scopes, list) else ()
    return Permit(named, moment_of(end), endless=end == 0)


def id_of(answer: Answer) -> str:
    """The id of what was just made; empty where none is told."""
    found = answer.fields.get("id")
    return str(found) if isinstance(found, str | int) else ""


def entries(answer: Answer) -> list[dict[str, Any]] | None:
    """The entries of a listing, or None where it is none."""
    found = answer.fields.get("data")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else None


def created(entry: Mapping[str, Any], name: str) -> datetime | None:
    """A time as Meta writes it, 2027-02-26T06:00:00+0000 (aware UTC)."""
    return moment(str(entry.get(name) or ""))


# Tokens that live sixty days


def renewed(
    tokens: Tokens, caller: Caller | Unconnected, path: str, grant: str, now: datetime
) -> Refused | datetime | None:
    """Renew the access token where the last renewal is a week old; answers until when it is good, if known.

    Meta refuses tokens younger than a day; then the present one is good enough.
    """
    known = tokens.get("EXPIRES_AT")
    last = tokens.get("RENEWED_AT")
    if last is not None and now - datetime.fromisoformat(last) < RENEWED_EVERY:
        return datetime.fromisoformat(known) if known else None

    def fetch(secrets: Mapping[str, str]) -> Mapping[str, str] | Refused:
        asked = {"grant_type": grant, "access_token": secrets["ACCESS_TOKEN"]}
        outcome = caller.call("GET", path, params=asked)
        if not isinstance(outcome, Answer) or not outcome.ok:
            return invisible("renewing the access token", outcome)
        seconds = outcome.fields.get("expires_in")
        end = now + timedelta(seconds=seconds) if isinstance(seconds, int) else None
        times = {"RENEWED_AT": now.isoformat(), "EXPIRES_AT": end.isoformat() if end else ""}
        return {"ACCESS_TOKEN": str(outcome.fields.get("access_token") or ""), **times}

    refusal = tokens.renew(tokens["ACCESS_TOKEN"], "ACCESS_TOKEN", fetch)
    if refusal is not None and refusal.kind is Refusal.AUTH:
        return refusal
    known = tokens.get("EXPIRES_AT")
    return datetime.fromisoformat(known) if known else None


RENEWED_EVERY = timedelta(days=7)
