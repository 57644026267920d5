"""What nobody knows whether it is out: looked for at its platform, repeated only where that cannot double."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.delivery import reconcile
from scheduler.delivery.attempting import Attempting, tidy
from scheduler.delivery.calls import Calls
from scheduler.delivery.channels import Channels
from scheduler.delivery.failpoints import failpoint
from scheduler.delivery.means import Means
from scheduler.delivery.settling import Settling
from scheduler.delivery.timekeeping import TRY_AGAIN
from scheduler.errors import SchedulerError
from scheduler.model import Channel, State
from scheduler.platforms.base import Absent, CannotTell, Found, Platform
from scheduler.store import Doubt

logger = logging.getLogger(__name__)

LONG_DUE = timedelta(minutes=2)
"""A look so long due has not been made by the machine that looks for all: another one makes it."""

Finding = Found | Absent | CannotTell


class Doubting:
    """Looks for unknown deliveries when their time has come."""

    def __init__(
        self, means: Means, channels: Channels, attempting: Attempting, settling: Settling, calls: Calls
    ) -> None:
        self._means, self._store = means, means.store
        self._channels, self._attempting, self._settling = channels, attempting, settling
        self._calls = calls

    def reconcile(self, now: datetime, channel: Channel) -> Iterator[str]:
        """Look for one after the other; gives each key it has looked for, since meanwhile more may be due."""
        # A platform is not to be asked by each; but whose duty it is may not have this channel's credentials.
        is_ours = channel.machine is not None or self._means.looks()
        for doubt in self._store.unknowns(now if is_ours else now - LONG_DUE, channel.name):
            if self._means.stopping():
                return
            self._look(doubt, channel, self._means.after(now))
            yield doubt.key

    def _look(self, doubt: Doubt, channel: Channel, now: datetime) -> None:
        platform = self._channels.platform(channel, now)
        if isinstance(platform, str):
            self._store.reconciled(doubt.key, CannotTell(platform), now, again=now + TRY_AGAIN)
            return
        recovery = platform.recovery
        failpoint("before-find")
        finding = (
            self._find(doubt, platform, now) if reconcile.may_ask(recovery) else reconcile.NOBODY_CAN_SAY
        )
        failpoint("after-find")
        finding, now = reconcile.read(recovery, finding), self._means.after(now)
        if reconcile.may_repeat(recovery, finding) and now - doubt.begun_at >= self._means.timings.settle:
            self._repeat(doubt, channel, platform, now)
            return
        failpoint("before-reconciled")
        self._conclude(doubt, finding, platform, now)
        failpoint("after-reconciled")

    def _conclude(self, doubt: Doubt, finding: Finding, platform: Platform, now: datetime) -> None:
        again = reconcile.again(platform.recovery, doubt.looks, now)
        settle = self._means.timings.settle
        state = self._store.reconciled(
            doubt.key, finding, now, part=doubt.part, settle_time=settle, again=again
        )
        if isinstance(finding, CannotTell) or state is State.UNKNOWN:
            return
        tidy(platform, doubt.prepared, doubt.key)
        if isinstance(finding, Found) and doubt.message is not None and self._means.is_live:
            receipt, part = finding.receipt, doubt.part
            self._attempting.read_back(
                doubt.key, doubt.channel, doubt.message, part, receipt, platform, self._means.after(now)
            )

    def _find(self, doubt: Doubt, platform: Platform, now: datetime) -> Finding:
        try:
            with self._calls.under_way(doubt.channel, now, self._means.timings.asking):
                return platform.find(doubt.prepared, doubt.taken)
        except SchedulerError as error:
            return CannotTell(str(error))
        except Exception as error:
            logger.exception("%s: looking failed", doubt.key, extra={"event": "bug", "key": doubt.key})
            return CannotTell(f"looking for it failed unexpectedly ({type(error).__name__})")

    def _repeat(self, doubt: Doubt, channel: Channel, platform: Platform, now: datetime) -> None:
        """Send the frozen request once more, through the gate like everything else; then a thread goes on."""
        failpoint("before-repeat")
        claim = self._store.reclaim(doubt, now, lease=self._means.timings.lease)
        if claim is None or claim.prepared is None:
            return
        failpoint("after-reclaim")
        outcome = self._attempting.send(claim, platform, claim.prepared, now)
        now = self._means.after(now)
        if outcome is None:
            self._conclude(doubt, CannotTell("it may not be repeated now"), platform, now)
            return
        more = self._settling.settle(claim, outcome, now)
        if more is not None:
            self._attempting.deliver(more, self._means.after(now), channel)
