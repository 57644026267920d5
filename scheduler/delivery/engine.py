"""The engine: takes up what is due, passes the gate, makes the one visible call, records what came of it.

claim ─▶ prepare ─▶ begin: THE GATE ─▶ guard ─▶ send ─▶ settle        unknown ─▶ find ─▶ reconciled
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.delivery import clock as clocks
from scheduler.delivery import reconcile, retry
from scheduler.delivery.channels import TRY_AGAIN, Channels
from scheduler.delivery.failpoints import failpoint
from scheduler.delivery.timings import Timings
from scheduler.errors import SchedulerError, StoreError
from scheduler.model import Channel, Mode, Receipt
from scheduler.platforms.base import (
    Absent,
    CannotTell,
    Found,
    Platform,
    Prepared,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.store import Claim, Decision, Doubt, Store, corrected_here, part_key

logger = logging.getLogger(__name__)

AT_ONCE = 1000
"""Deliveries of one channel in one pass; far more than any plan has, it only keeps a mistake from never
ending.
"""


@dataclass(frozen=True)
class _Answer:
    """A platform's answer that the database would not take yet."""

    claim: Claim
    part: int
    outcome: Sent | Refused | Unknown
    decision: Decision


class Engine:
    """Delivers from one store. `connect` gives the platform of a channel, raising SchedulerError where it
    cannot.

    `tick` does one pass over everything, in the calling thread; `work` the same for one channel, so that a
    channel that hangs delays no other when each has its thread. `clock` gives the moment after slow calls;
    without it (tests, rehearsal) the pass's own moment holds throughout. `assume_clock` trusts the clock, as
    mode dry always does; `dates` reads a platform's clock without credentials. Once `stopping` says so, what
    is under way is finished and nothing more is taken up.
    """

    def __init__(
        self,
        store: Store,
        connect: Callable[[Channel], Platform],
        *,
        timings: Timings | None = None,
        assume_clock: bool = False,
        clock: Callable[[], datetime] | None = None,
        boot: Callable[[], float] | None = None,
        dates: Callable[[Channel], datetime | None] | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._timings, self._stopping = store, timings or Timings(), stopping
        self._clock, self._boot = clock, boot or clocks.Boot()
        trusting = assume_clock or store.mode is Mode.DRY
        self._channels = Channels(store, connect, self._boot, trusting, clock, dates)
        self._unsettled: list[_Answer] = []
        self._lock = threading.Lock()

    def tick(self, now: datetime) -> datetime | None:
        """One pass at `now`; answers when time alone may next change something; None: only a person can."""
        self.chores(now)
        for name in self.waiting(now):
            self._work(now, name)
        return self.next_due(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When something next falls due, by what the channels connected so far need beforehand."""
        return self._store.next_due(now, self._channels.leads)

    def waiting(self, now: datetime) -> tuple[str, ...]:
        """The channels with something to do: to send, to look for, or to be introduced first."""
        due = self._store.awaiting(now, self._channels.leads)
        return tuple(sorted(due | self._channels.needing(now)))

    def chores(self, now: datetime) -> None:
        """What belongs to no channel: leftovers, sweeping, room on the disk, the clock, what is past."""
        self._settle_leftovers(now)
        self._store.sweep(now, settle_time=self._timings.settle)
        self._store.require_room()
        self._channels.look_at_the_clock(now)
        if self._channels.distrust(now) is None:
            self._store.expire(now)

    def distrust(self, now: datetime) -> str | None:
        """Why the clock is not trusted and nothing is sent; None where all is well."""
        return self._channels.distrust(now)

    def drop(self, channel: str) -> None:
        """Forget a connection, so that the next use makes it anew (after a reload or new credentials)."""
        self._channels.drop(channel)

    def work(self, now: datetime, channel: str) -> datetime | None:
        """Everything there is to do for one channel at `now`; answers when something next falls due.

        Raises StoreError where the database cannot be used; nothing was sent without being recorded first.
        """
        self._channels.look_at_the_clock(now)
        self._work(now, channel)
        return self.next_due(self._after(now))

    def _work(self, now: datetime, channel: str) -> None:
        config = self._store.policy.channels.get(channel)
        if config is None or self._channels.distrust(now) is not None:
            return
        if channel in self._channels.needing(now):
            self._channels.platform(config, now)
        self._reconcile(now, config)
        for _ in range(AT_ONCE):
            lead = self._channels.leads.get(channel, timedelta(0))
            moment = self._after(now)
            if self._channels.distrust(moment) is not None:
                return
            if self._stopping():
                return
            claim = self._store.claim(moment, channel, lead=lead, lease=self._timings.preparing)
            if claim is None:
                return
            failpoint("after-claim")
            self._deliver(claim, moment, config)

    def _after(self, now: datetime) -> datetime:
        """The moment now, after calls that may have taken long."""
        return self._clock() if self._clock is not None else now

    # One delivery

    def _deliver(self, claim: Claim, now: datetime, config: Channel) -> None:
        """Part after part until it is done, refused, unknown, or has to wait."""
        platform = self._channels.platform(config, now)
        if isinstance(platform, str):
            self._store.give_back(claim, now + TRY_AGAIN, platform, now, failed=True)
            return
        last, next_part = claim, self._part(claim, platform, self._after(now))
        while next_part is not None:
            last, next_part = next_part, self._part(next_part, platform, self._after(now))
        if self._store.mode is Mode.LIVE:
            self._read_back(claim, last.part, platform, self._after(now))

    def _part(self, claim: Claim, platform: Platform, now: datetime) -> Claim | None:
        """One part; answers the claim on the next one, if there is one to go on with at once."""
        prepared = self._prepare(claim, platform, now)
        if prepared is None:
            return None
        failpoint("after-prepare")
        now = self._after(now)
        if now < claim.due:
            self._store.give_back(claim, claim.due, "", now, prepared=prepared)
            return None
        outcome = self._send(claim, platform, prepared, now)
        if outcome is None:
            return None
        return self._settle(claim, outcome, self._after(now))

    def _prepare(self, claim: Claim, platform: Platform, now: datetime) -> Prepared | None:
        """What the visible call needs, from before or made now; None where the delivery was put back."""
        kept = claim.prepared
        if kept is not None and (claim.frozen or kept.expires_at is None or kept.expires_at > now):
            return kept
        try:
            with self._kept(claim):
                made = platform.prepare(claim.message, claim.part, claim.part_key, self._reply_to(claim))
        except SchedulerError as error:
            made = Refused(Refusal.TRANSIENT, str(error))
        except Exception as error:
            logger.exception("%s: preparing failed", claim.key, extra={"event": "bug", "key": claim.key})
            made = Refused(Refusal.TRANSIENT, f"preparing it failed unexpectedly ({type(error).__name__})")
            words = f"{claim.key}: {made.message}; this is a mistake in the program, the log has more"
            self._store.notice(f"prepare:{claim.key}", claim.key, words, self._after(now))
        if isinstance(made, Prepared):
            return made
        now = self._after(now)
        decision = retry.decide(made, claim.tries + 1, now, claim.expires)
        self._store.decline(claim, made, now, decision)
        self._tell(claim, decision)
        return None

    @contextmanager
    def _kept(self, claim: Claim) -> Iterator[None]:
        """Renew the claim while slow uploads go on; without a clock of its own no time passes meanwhile."""
        if self._clock is None:
            yield
            return
        over = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(claim, over), daemon=True, name="renewing")
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join()

    def _renew(self, claim: Claim, over: threading.Event) -> None:
        pause = self._timings.preparing.total_seconds() / 3
        while not over.wait(pause):
            try:
                if not self._store.renew(claim, self._after(claim.due), lease=self._timings.preparing):
                    return
            except StoreError as error:
                logger.warning("%s: %s", claim.key, error, extra={"event": "renewing", "key": claim.key})

    def _read_back(self, claim: Claim, last: int, platform: Platform, now: datetime) -> None:
        """Look once at what was just published; what differs from the message is for a person."""
        for part in range(claim.part, last + 1):
            receipt = self._store.receipt(claim.key, part)
            if receipt is None:
                return
            key = part_key(claim.key, part)
            try:
                differences = platform.read_back(claim.message, part, receipt)
            except Exception:
                logger.exception("%s: reading it back failed", key, extra={"event": "bug", "key": claim.key})
                return
            if differences:
                words = f"{key} is out, but not as it was approved: {'; '.join(differences)}"
                words += f" ({receipt.url or receipt.remote_id})"
                logger.warning("%s", words, extra={"event": "differs", "key": claim.key})
                self._store.notice(f"differs:{key}", claim.key, words, now)

    def _reply_to(self, claim: Claim) -> Receipt | None:
        """What a further part or a correction answers to."""
        if claim.part > 0:
            return self._store.receipt(claim.key, claim.part - 1)
        if claim.message.corrects:
            return self._store.receipt(corrected_here(claim.message.corrects, claim.channel))
        return None

    def _send(
        self, claim: Claim, platform: Platform, prepared: Prepared, now: datetime
    ) -> Sent | Refused | Unknown | None:
        """Through the gate, past the guard, and the one visible call; None where the gate is closed."""
        failpoint("before-begin")
        began = self._boot()
        gate = self._store.begin(claim, claim.part, prepared, now, lease=self._timings.lease)
        if not gate:
            pause = gate.not_before or now + retry.FIRST_PAUSE
            self._store.give_back(claim, pause, gate.reason, now)
            return None
        failpoint("after-begin")
        if clocks.stalled(began, self._boot(), self._timings.lease):
            return Refused(
                Refusal.TRANSIENT, "the computer stood still just before the call; nothing was sent"
            )
        failpoint("before-send")
        try:
            outcome = platform.send(prepared)
        except Exception as error:
            logger.exception("%s: sending failed", claim.key, extra={"event": "bug", "key": claim.key})
            outcome = Unknown(f"the call ended unexpectedly ({type(error).__name__})")
        failpoint("after-send")
        return outcome

    def _settle(self, claim: Claim, outcome: Sent | Refused | Unknown, now: datetime) -> Claim | None:
        if claim.frozen and isinstance(outcome, Refused):
            # That the repetition was refused does not say what became of the first request.
            outcome = Unknown(f"sending it again was refused: {outcome.message}")
        decision = retry.decide(outcome, claim.tries + 1, now, claim.expires, maybe_out=claim.tries > 0)
        answer = _Answer(claim, claim.part, outcome, decision)
        failpoint("before-settle")
        try:
            settled = self._record(answer, now)
        except StoreError:
            # The answer must not be lost with a full disk: it is kept and written as soon as that works.
            with self._lock:
                self._unsettled.append(answer)
            raise
        failpoint("after-settle")
        self._tell(claim, decision)
        more = claim.part + 1 < len(claim.message.parts)
        if not (settled and more and isinstance(outcome, Sent)):
            return None
        return replace(claim, part=claim.part + 1, prepared=None, frozen=False, tries=0)

    def _record(self, answer: _Answer, now: datetime) -> bool:
        """Settle; where the attempt was given up as unknown meanwhile, its own answer still says what became
        of it.
        """
        claim, outcome = answer.claim, answer.outcome
        times = {"settle_time": self._timings.settle}
        if self._store.settle(
            claim, answer.part, outcome, now, answer.decision, lease=self._timings.preparing, **times
        ):
            return True
        if isinstance(outcome, Unknown):
            return False
        if not self._store.testify(claim, answer.part, outcome, now, answer.decision, **times):
            self._too_late(claim, outcome, now)
        return False

    def _too_late(self, claim: Claim, outcome: Sent | Refused, now: datetime) -> None:
        """Somebody else has decided meanwhile. If it did go out, a person must compare."""
        if isinstance(outcome, Sent):
            where = outcome.receipt.url or outcome.receipt.remote_id
            words = f"{claim.part_key} was published after it had been given up: {where}"
            words += "; look whether it is there twice"
            self._store.notice(f"late:{claim.part_key}:{claim.attempt}", claim.key, words, now)

    def _settle_leftovers(self, now: datetime) -> None:
        with self._lock:
            waiting, self._unsettled = self._unsettled, []
        while waiting:
            try:
                self._record(waiting[0], now)
            except StoreError:
                with self._lock:
                    self._unsettled = [*waiting, *self._unsettled]
                raise
            waiting.pop(0)

    def _tell(self, claim: Claim, decision: Decision) -> None:
        """The day's diary: one line per outcome."""
        extra = {"event": str(decision.state), "key": claim.key}
        words = f"{decision.state}" + (f": {decision.reason}" if decision.reason else "")
        level = logging.INFO if not decision.reason else logging.WARNING
        logger.log(level, "%s on %s: %s", claim.part_key, claim.channel, words, extra=extra)

    # The unknown

    def _reconcile(self, now: datetime, config: Channel) -> None:
        for doubt in self._store.unknowns(now):
            if doubt.channel == config.name:
                self._look(doubt, config, now)

    def _look(self, doubt: Doubt, config: Channel, now: datetime) -> None:
        platform = self._channels.platform(config, now)
        if isinstance(platform, str):
            self._store.reconciled(doubt.key, CannotTell(platform), now, again=now + TRY_AGAIN)
            return
        recovery = platform.recovery
        failpoint("before-find")
        finding = self._find(doubt, platform) if reconcile.may_ask(recovery) else reconcile.NOBODY_CAN_SAY
        failpoint("after-find")
        finding, now = reconcile.read(recovery, finding), self._after(now)
        if reconcile.may_repeat(recovery, finding) and now - doubt.begun_at >= self._timings.settle:
            self._repeat(doubt, platform, now)
            return
        again = reconcile.again(recovery, doubt.looks, now)
        self._store.reconciled(doubt.key, finding, now, settle_time=self._timings.settle, again=again)

    def _find(self, doubt: Doubt, platform: Platform) -> Found | Absent | CannotTell:
        try:
            return platform.find(doubt.prepared, doubt.taken)
        except SchedulerError as error:
            return CannotTell(str(error))
        except Exception as error:
            logger.exception("%s: looking failed", doubt.key, extra={"event": "bug", "key": doubt.key})
            return CannotTell(f"looking for it failed unexpectedly ({type(error).__name__})")

    def _repeat(self, doubt: Doubt, platform: Platform, now: datetime) -> None:
        """Send the frozen request once more, through the gate like everything else."""
        claim = self._store.reclaim(doubt, now, lease=self._timings.lease)
        if claim is None or claim.prepared is None:
            return
        outcome = self._send(claim, platform, claim.prepared, now)
        now = self._after(now)
        if outcome is None:
            again = reconcile.again(platform.recovery, doubt.looks, now)
            self._store.reconciled(claim.key, CannotTell("it may not be repeated now"), now, again=again)
            return
        self._settle(claim, outcome, now)
