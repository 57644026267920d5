"""A platform that answers by script and records what it published: the one seam of the engine's tests."""

from datetime import timedelta

from scheduler.model import Limits, Measure, Receipt
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

SENT, LOST, CRASH = "sent", "sent, but the answer is lost", "sent, then an unexpected exception"
NOT_SENT, REFUSED, BUG = "no answer, not sent", "refused for now", "an exception in our own code, not sent"


class Scripted:
    """`script` is what `send` does next; when it is empty everything is simply published. `published` is the
    oracle.
    """

    name = "scripted"
    limits = Limits((Measure(len, 500),))

    def __init__(self, channel="mastodon-en", recovery=Recovery.PROBE, lead=timedelta(0)):
        self.channel, self.recovery, self.lead = channel, recovery, lead
        self.script, self.published, self.prepares, self.finds, self.sends = [], [], [], [], []
        self.prepare_script, self.identity, self.date = [], f"account-of-{channel}", None
        self.upserts, self.shown, self.read, self.differences = {}, {}, [], ()

    def payload(self, message, part=0):
        return {"status": message.parts[part].text}

    def account(self):
        if isinstance(self.identity, Refused):
            return self.identity
        return Account(self.identity, f"@{self.identity}", date=self.date)

    def prepare(self, message, part, key, reply_to):
        self.prepares.append(key)
        step = self.prepare_script.pop(0) if self.prepare_script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            return step
        request = {**self.payload(message, part), "key": key}
        request["in_reply_to"] = reply_to.remote_id if reply_to else None
        account = None if isinstance(self.identity, Refused) else self.identity
        return Prepared(request, baseline=str(len(self.published)), account=account)

    def send(self, prepared):
        self.sends.append(prepared)
        step = self.script.pop(0) if self.script else SENT
        if isinstance(step, Refused | Unknown | Sent):
            return step
        if step == BUG:
            raise ZeroDivisionError("secret-canary")
        if step == NOT_SENT:
            return Unknown("no answer in 20 s")
        if step == REFUSED:
            return Refused(Refusal.TRANSIENT, "HTTP 503")
        receipt = self._publish(prepared)
        if step == LOST:
            return Unknown("no answer in 20 s")
        if step == CRASH:
            raise ValueError("unexpected")
        return Sent(receipt)

    def _publish(self, prepared):
        key = prepared.request["key"]
        if self.recovery is Recovery.RESEND_SAFE and key in self.upserts:
            assert self.upserts[key].request == prepared.request, "a re-send differs from the first"
        else:
            self.published.append(prepared.request)
            self.upserts[key] = prepared
        return self._receipt(key)

    def _receipt(self, key):
        number = next(n for n, request in enumerate(self.published, 1) if request["key"] == key)
        return Receipt(str(number), f"https://social.example/{number}")

    def find(self, prepared, taken):
        self.finds.append(prepared)
        if self.recovery is Recovery.RESEND_SAFE:
            return CannotTell("the server did not answer")
        same = [r for r in self.published[int(prepared.baseline) :] if r["key"] == prepared.request["key"]]
        return Found(self._receipt(same[0]["key"])) if same else Absent()

    def already_out(self, messages, since):
        """`shown` is what the account's own page shows: text to link."""
        self.asked_since = since
        if isinstance(self.shown, Refused):
            return self.shown
        return {m.key: self.shown[m.parts[0].text] for m in messages if m.parts[0].text in self.shown}

    def read_back(self, message, part, receipt):
        self.read.append((part, receipt.remote_id))
        if isinstance(self.differences, Exception):
            raise self.differences
        return self.differences

    def delete(self, receipt):
        return None

    @property
    def texts(self):
        return [request["status"] for request in self.published]
