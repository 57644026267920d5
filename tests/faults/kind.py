"""What the scheduler is given to speak to the loopback server: one class for each thing a platform can prove.

It goes through the program's own HTTP seam, and judges answers and listings by the program's own tables.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scheduler.model import Limits, Measure, Message, Receipt
from scheduler.platforms import verdicts
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Answer, Caller
from scheduler.platforms.matching import Listed, already, match

ERRORS: verdicts.Table = {
    401: (Refusal.AUTH, "make a new token"),
    403: (Refusal.PERMISSION, "look at the account"),
    422: (Refusal.CONTENT, "change the post"),
    429: (Refusal.RATE, "it is tried again"),
}


class Loop:
    """One account on the loopback platform, as its recovery class says."""

    name = "loop"
    limits = Limits((Measure(len, 500),), parts=25)
    lead = timedelta(seconds=30)

    def __init__(self, caller: Caller, account: str, recovery: Recovery) -> None:
        self._caller, self._account, self.recovery = caller, account, recovery

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        shown = message.parts[part]
        return {"text": shown.text, "media": [image.sha256 for image in shown.images]}

    def account(self) -> Account | Refused:
        answer = self._caller.call("GET", f"/{self._account}")
        if isinstance(answer, Answer) and answer.ok:
            return Account(answer.fields["id"], answer.fields["handle"], date=answer.date)
        return verdicts.invisible("asking for the account", answer, ERRORS)

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        uploads: dict[str, str] = {}
        for image in message.parts[part].images:
            answer = self._caller.call("POST", f"/{self._account}/media", json={"sha256": image.sha256})
            if not (isinstance(answer, Answer) and answer.ok):
                return verdicts.invisible("uploading an image", answer, ERRORS)
            uploads[image.sha256] = answer.fields["id"]
        body = self.payload(message, part) | {"key": key, "media": list(uploads.values())}
        body["reply_to"] = reply_to.remote_id if reply_to else None
        baseline = self._newest()
        if isinstance(baseline, Refused):
            return baseline
        return Prepared(body, uploads, baseline, account=self._account, key=key)

    def _newest(self) -> str | Refused | None:
        if self.recovery in (Recovery.BLIND, Recovery.RESEND_SAFE):
            return None
        answer = self._caller.call("GET", f"/{self._account}/posts")
        if not (isinstance(answer, Answer) and answer.ok):
            return verdicts.invisible("listing the account's posts", answer, ERRORS)
        own = [one for one in answer.json() if one["author"] == self._account]
        return own[0]["id"] if own else ""

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        method, path = "POST", f"/{self._account}/posts"
        if self.recovery is Recovery.RESEND_SAFE:
            method, path = "PUT", f"{path}/{_name(prepared)}"
        answer = self._caller.call(method, path, json=prepared.request)
        if isinstance(answer, Answer) and answer.ok and answer.fields.get("id"):
            return Sent(Receipt(answer.fields["id"], answer.fields["url"]))
        return verdicts.visible("publishing", answer, ERRORS)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        if self.recovery is Recovery.RESEND_SAFE:
            return self._by_name(prepared)
        if prepared.baseline is None:
            return CannotTell("the account cannot be listed")
        since = {"since": prepared.baseline}
        answer = self._caller.call("GET", f"/{self._account}/posts", params=since)
        if not (isinstance(answer, Answer) and answer.ok):
            return CannotTell("the account cannot be listed now")
        own = [one for one in answer.json() if one["author"] == self._account]
        listed = [Listed(Receipt(one["id"], one["url"]), one["text"], one["images"]) for one in own]
        return match(prepared.request["text"], len(prepared.request["media"]), listed, taken)

    def _by_name(self, prepared: Prepared) -> Found | Absent | CannotTell:
        answer = self._caller.call("GET", f"/{self._account}/posts/{_name(prepared)}")
        if isinstance(answer, Answer) and answer.ok:
            return Found(Receipt(answer.fields["id"], answer.fields["url"]))
        if isinstance(answer, Answer) and answer.status == 404:
            return Absent()
        return CannotTell("the server does not say")

    def already_out(self, messages: Sequence[Message], since: datetime) -> Mapping[str, str] | Refused:
        if self.recovery is Recovery.BLIND:
            return {}
        answer = self._caller.call("GET", f"/{self._account}/posts")
        if not (isinstance(answer, Answer) and answer.ok):
            return verdicts.invisible("listing the account's posts", answer, ERRORS)
        own = [one for one in answer.json() if one["author"] == self._account]
        return already(messages, [Listed(Receipt(o["id"], o["url"]), o["text"], o["images"]) for o in own])

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        return ()

    def delete(self, receipt: Receipt) -> Refused | None:
        return None


def _name(prepared: Prepared) -> str:
    """The record's own name: chosen by us, the same for every try of a part."""
    return hashlib.sha256(prepared.key.encode()).hexdigest()[:13]
