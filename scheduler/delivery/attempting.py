"""One delivery from its claim to its answer: prepare, wait for due, the gate, the one visible call."""

import logging
import time
from datetime import datetime

from scheduler.delivery import clock as clocks
from scheduler.delivery import retry
from scheduler.delivery.calls import Calls
from scheduler.delivery.channels import Channels
from scheduler.delivery.failpoints import failpoint
from scheduler.delivery.means import Means
from scheduler.delivery.renewing import Renewing
from scheduler.delivery.settling import Outcome, Settling, tell
from scheduler.delivery.timekeeping import TRY_AGAIN, Timekeeper
from scheduler.errors import SchedulerError, StoreError
from scheduler.model import Channel, Message, Receipt
from scheduler.platforms.base import Platform, Prepared, Refusal, Refused, Sent, Tidies, Unknown
from scheduler.store import Claim, Gate, corrected_here, part_key

logger = logging.getLogger(__name__)

NAP = 0.1
"""Seconds between two looks whether waiting for due is to end; due itself is met to the millisecond."""


def tidy(platform: Platform, prepared: Prepared, key: str) -> None:
    """Remove what preparing has left in public, where the platform leaves anything."""
    if not isinstance(platform, Tidies):
        return
    try:
        platform.tidy(prepared)
    except Exception:
        logger.exception("%s: tidying up failed", key, extra={"event": "bug", "key": key})


class Attempting:
    """What a claimed delivery goes through; also what may be repeated goes through the same gate."""

    def __init__(
        self, means: Means, keeper: Timekeeper, channels: Channels, settling: Settling, calls: Calls
    ) -> None:
        self._means, self._store = means, means.store
        self._keeper, self._channels, self._settling, self._calls = keeper, channels, settling, calls
        self._renewing = Renewing(means)

    def close(self) -> None:
        """Renew no claim any more."""
        self._renewing.close()

    def deliver(self, claim: Claim, now: datetime, channel: Channel) -> None:
        """Part after part until it is done, refused, unknown, or has to wait."""
        try:
            self._deliver(claim, now, channel)
        except StoreError:
            self._settling.abandon(claim)
            raise
        except Exception as error:
            self._after_a_fault(claim, error, self._means.after(now))
            raise

    def _after_a_fault(self, claim: Claim, error: Exception, now: datetime) -> None:
        """Not only when its lease is over: until then nothing else of the channel could go."""
        again = now + retry.pause(claim.tries + 1)
        why = f"a fault of the program ({type(error).__name__})"
        try:
            self._give_back(claim, Gate(False, why, again), now, failed=True)
        except StoreError:
            self._settling.abandon(claim)

    def _deliver(self, claim: Claim, now: datetime, channel: Channel) -> None:
        platform = self._channels.platform(channel, now)
        if isinstance(platform, str):
            self._give_back(claim, Gate(False, platform, now + TRY_AGAIN), now, failed=True)
            return
        out: dict[int, Receipt] = {}
        next_part = self._part(claim, platform, self._means.after(now), out)
        while next_part is not None:
            failpoint("between-parts")
            next_part = self._part(next_part, platform, self._means.after(now), out)
        if self._means.is_live:
            failpoint("before-read-back")
            for part, receipt in out.items():
                moment = self._means.after(now)
                self.read_back(claim.key, claim.channel, claim.message, part, receipt, platform, moment)
            failpoint("after-read-back")

    def _part(self, claim: Claim, platform: Platform, now: datetime, out: dict[int, Receipt]) -> Claim | None:
        """One part, its receipt added to what is `out`; answers the claim on the next one, if there is one to
        go on with at once.
        """
        with self._renewing.keeping(claim):
            prepared = self._prepared(claim, platform, now)
            if prepared is None or not self._is_time(claim, prepared, now):
                return None
        now = self._means.after(now)
        outcome = self.send(claim, platform, prepared, now)
        if outcome is None:
            return None
        more = self._settling.settle(claim, outcome, self._means.after(now))
        if isinstance(outcome, Sent):
            out[claim.part] = outcome.receipt
        if not isinstance(outcome, Unknown):
            # What may yet be repeated keeps what it needs.
            tidy(platform, prepared, claim.part_key)
        return more

    def _give_back(
        self,
        claim: Claim,
        gate: Gate,
        now: datetime,
        *,
        prepared: Prepared | None = None,
        failed: bool = False,
    ) -> None:
        failpoint("before-give-back")
        self._store.give_back(claim, gate.not_before, gate.reason, now, prepared=prepared, failed=failed)
        failpoint("after-give-back")

    # Preparing

    def _prepared(self, claim: Claim, platform: Platform, now: datetime) -> Prepared | None:
        """What the visible call needs, from before or made now; None where the delivery was put back."""
        kept, needed = claim.prepared, max(now, claim.due)
        if kept is not None and (claim.frozen or kept.expires_at is None or kept.expires_at > needed):
            return kept
        failpoint("before-prepare")
        made = self._prepare(claim, platform, now)
        failpoint("after-prepare")
        if isinstance(made, Prepared):
            return made
        now = self._means.after(now)
        decision = retry.decide(made, claim.tries + 1, now, claim.expires)
        self._store.decline(claim, made, now, decision)
        tell(claim, decision)
        return None

    def _prepare(self, claim: Claim, platform: Platform, now: datetime) -> Prepared | Refused:
        # Not in the attempt below: a database that is away is no refusal of the platform's.
        reply_to = self._reply_to(claim)
        try:
            with self._calls.under_way(claim.channel, now, self._means.timings.uploading):
                made = platform.prepare(claim.message, claim.part, claim.part_key, reply_to)
        except SchedulerError as error:
            return Refused(Refusal.TRANSIENT, str(error))
        except Exception as error:
            logger.exception("%s: preparing failed", claim.key, extra={"event": "bug", "key": claim.key})
            made = Refused(Refusal.TRANSIENT, f"preparing it failed unexpectedly ({type(error).__name__})")
            words = f"{claim.key}: {made.message}; this is a mistake in the program, the log has more"
            self._store.notice(f"prepare:{claim.key}", claim.key, words, self._means.after(now))
        return made

    def _reply_to(self, claim: Claim) -> Receipt | None:
        """What a further part or a correction answers to."""
        if claim.part > 0:
            return self._store.receipt(claim.key, claim.part - 1)
        if claim.message.corrects:
            return self._store.receipt(corrected_here(claim.message.corrects, claim.channel))
        return None

    def _is_time(self, claim: Claim, prepared: Prepared, now: datetime) -> bool:
        """Whether due has come; the last moments before it are waited for, what is further off goes back."""
        now = self._means.after(now)
        if now >= claim.due:
            return True
        if claim.due - now <= self._means.ahead and self._wait(claim):
            return True
        due, now = claim.due - self._means.ahead, self._means.after(now)
        self._give_back(claim, Gate(False, "", due if due > now else claim.due), now, prepared=prepared)
        return False

    def _wait(self, claim: Claim) -> bool:
        """Sleep until due. Not longer than that by the clock nobody sets: a clock that stands is no reason to
        wait for ever.
        """
        failpoint("waiting-for-due")
        end = time.monotonic() + self._means.ahead.total_seconds()
        with self._means.aside(claim.channel):
            while (left := (claim.due - self._means.after(claim.due)).total_seconds()) > 0:
                if self._means.stopping() or time.monotonic() >= end:
                    return False
                time.sleep(min(left, NAP))
        return True

    # Sending

    def send(self, claim: Claim, platform: Platform, prepared: Prepared, now: datetime) -> Outcome | None:
        """Through the gate, past the guard, and the one visible call; None where the gate is closed."""
        failpoint("before-begin")
        self._settling.leftovers(now)
        began, now = self._means.boot(), self._means.after(now)
        try:
            gate = self._begin(claim, prepared, now)
        except StoreError:
            self._settling.never_sent(claim, self._means.after(now))
            raise
        now = self._means.after(now)
        if not gate:
            self._give_back(claim, gate, now)
            return None
        failpoint("after-begin")
        if (why := self._too_late(began, now)) is not None:
            return Refused(Refusal.TRANSIENT, f"{why} just before the call; nothing was sent")
        failpoint("before-send")
        outcome = self._call(claim, platform, prepared, now)
        failpoint("after-send")
        return outcome

    def _begin(self, claim: Claim, prepared: Prepared, now: datetime) -> Gate:
        """A clock set since the claim is noticed here; then no time can be named for the next try."""
        if (doubt := self._keeper.distrust(now)) is not None:
            return Gate(False, doubt)
        times = {"lease": self._means.timings.lease}
        gate = self._store.begin(claim, claim.part, prepared, now, after=self._means.after, **times)
        return gate if gate else Gate(False, gate.reason, gate.not_before or now + retry.FIRST_PAUSE)

    def _too_late(self, began: float, now: datetime) -> str | None:
        """What has happened since the gate was asked that forbids the call; None where nothing has."""
        if clocks.stalled(began, self._means.boot(), self._means.timings.lease):
            return "the computer stood still"
        # The gate may have waited for its turn, and have judged by a clock that was set meanwhile.
        return "the clock was set" if self._keeper.distrust(now) is not None else None

    def _call(self, claim: Claim, platform: Platform, prepared: Prepared, now: datetime) -> Outcome:
        try:
            with self._calls.under_way(claim.channel, now, self._means.timings.lease):
                outcome = platform.send(prepared)
        except Exception as error:
            logger.exception("%s: sending failed", claim.key, extra={"event": "bug", "key": claim.key})
            return Unknown(f"the call ended unexpectedly ({type(error).__name__})")
        if isinstance(outcome, Sent | Refused | Unknown):
            return outcome
        logger.error("%s: sending answered %r", claim.key, outcome, extra={"event": "bug", "key": claim.key})
        return Unknown("the call ended without an answer")

    # Afterwards

    def read_back(
        self,
        key: str,
        channel: str,
        message: Message,
        part: int,
        receipt: Receipt,
        platform: Platform,
        now: datetime,
    ) -> None:
        """Look once at what is out; what differs from the message is for a person."""
        name = part_key(key, part)
        try:
            with self._calls.under_way(channel, now, self._means.timings.asking):
                differences = platform.read_back(message, part, receipt)
        except Exception:
            logger.exception("%s: reading it back failed", name, extra={"event": "bug", "key": key})
            return
        if differences:
            words = f"{name} is out, but not as it was approved: {'; '.join(differences)}"
            words += f" ({receipt.url or receipt.remote_id})"
            logger.warning("%s", words, extra={"event": "differs", "key": key})
            self._store.notice(f"differs:{name}", key, words, now)
