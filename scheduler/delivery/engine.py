"""The engine: takes up what is due, passes the gate, makes the one visible call, records what came of it.

claim ─▶ prepare ─▶ wait for due ─▶ begin: THE GATE ─▶ guard ─▶ send ─▶ settle
unknown ─▶ find ─▶ reconciled
"""

import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from scheduler.delivery import clock as clocks
from scheduler.delivery.attempting import Attempting
from scheduler.delivery.calls import Calls
from scheduler.delivery.channels import Channels
from scheduler.delivery.doubting import Doubting
from scheduler.delivery.failpoints import failpoint
from scheduler.delivery.means import Means
from scheduler.delivery.settling import Settling
from scheduler.delivery.timekeeping import Timekeeper
from scheduler.delivery.timings import Timings
from scheduler.model import Channel, Mode
from scheduler.platforms.base import Platform
from scheduler.store import Claim, Store


@dataclass(frozen=True)
class _Look:
    """What was seen at a moment, and what it depended on; `until` is when time alone may change it."""

    seen: object
    at: datetime
    until: datetime | None
    found: frozenset[str] = frozenset()

    def still_holds(self, seen: object, now: datetime) -> bool:
        return self.seen == seen and self.at <= now and (self.until is None or now < self.until)


AT_ONCE = 1000
"""Deliveries of one channel in one pass over everything; far more than any plan has, it only keeps a mistake
from never ending.
"""

IN_TURN = 10
"""Deliveries of one channel after which others come first."""


class _End(IntEnum):
    """How a channel's deliveries came to an end: there were none, and none will be until something changes;
    they are done; or others are to have their turn before the next.
    """

    NOTHING = 0
    DONE = 1
    MORE = 2


class Engine:
    """Delivers from one store. `connect` gives the platform of a channel, raising SchedulerError where it
    cannot.

    `tick` does one pass over everything, in the calling thread; `work` the same for one channel, so that a
    channel that hangs delays no other when each has its thread. `clock` gives the moment after slow calls;
    without it (tests, rehearsal) the pass's own moment holds throughout. `assume_clock` trusts the clock, as
    mode dry always does; `dates` reads a platform's clock without credentials. Once `stopping` says so, what
    is under way is finished and nothing more is taken up. Where several machines work, `mine` says which
    channels are this one's, `looks` whether it looks for what is unknown on those of all. Whoever is done
    with an engine closes it.
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
        mine: Callable[[Channel], bool] = lambda channel: True,
        looks: Callable[[], bool] = lambda: True,
        aside: Callable[[str], AbstractContextManager[None]] = lambda channel: nullcontext(),
    ) -> None:
        self._store = store
        self._means = means = Means(
            store, timings or Timings(), clock, boot or clocks.Boot(), stopping, mine, looks, aside
        )
        self._calls = Calls(means)
        self._keeper = Timekeeper(means, assume_clock or store.mode is Mode.DRY, dates)
        self._channels = Channels(means, connect, self._keeper, self._calls)
        self._settling = Settling(means, self._keeper.distrust)
        self._attempting = Attempting(means, self._keeper, self._channels, self._settling, self._calls)
        self._doubting = Doubting(means, self._channels, self._attempting, self._settling, self._calls)
        self._awaited: _Look | None = None
        self._idle: dict[str, _Look] = {}
        self._led: tuple[object, object, dict[str, timedelta]] | None = None

    def tick(self, now: datetime) -> datetime | None:
        """One pass at `now`; answers when time alone may next change something; None: only a person can."""
        self._chores(now, self._keeper.look)
        for name in self.waiting(now):
            self._work(now, name)
        return self.next_due(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When to look next: something falls due, or may be prepared, by what the channels connected so far
        need beforehand. With a clock also that much earlier as deliveries are taken up before due.
        """
        return self._store.next_due(now, self._leads())

    def waiting(self, now: datetime) -> tuple[str, ...]:
        """The channels with something to do: to send, to look for, or to be asked who they are."""
        seen = self._seen()
        look = self._awaited
        if look is None or not look.still_holds(seen, now):
            due = self._store.awaiting(now, self._leads())
            look = self._awaited = _Look(seen, now, self.next_due(now), due)
        # What is due but held is not looked at every second: only when something has changed.
        idle = {name for name, one in tuple(self._idle.items()) if one.still_holds(seen, now)}
        found = (look.found - idle - self._channels.left_to_others(now)) | self._channels.needing(now)
        known, mine = self._store.policy.channels, self._means.mine
        here = (name for name in found if name not in known or mine(known[name]))
        return tuple(sorted(here, key=self._turn if self._store.is_shared else None))

    def _turn(self, channel: str) -> int:
        """Each machine goes through the channels in an order of its own, so that they seldom meet."""
        return zlib.crc32(f"{self._store.owner} {channel}".encode())

    def _seen(self) -> object:
        """Everything but time that a channel's work depends on."""
        policy = self._store.policy
        return self._store.changes(), policy, policy.hold_files(), self._channels.leads

    def hanging(self, now: datetime) -> Mapping[str, datetime]:
        """The channels in a call that should long be over, and since when."""
        return self._calls.hanging(now)

    def chores(self, now: datetime) -> None:
        """What belongs to no channel: leftovers, room on the disk, the clock, sweeping, what is past.

        With a clock nothing remote is waited for.
        """
        look = self._keeper.look_aside if self._means.clock is not None else self._keeper.look
        self._chores(now, look)

    def _chores(self, now: datetime, look: Callable[[datetime], None]) -> None:
        self._settling.leftovers(now)
        self._store.require_room()
        self._settling.give_back(now)
        look(now)
        self._calls.tell(now)
        self._channels.keep_accounts()
        if self._keeper.distrust(now) is not None:
            # By a wrong clock every lease would be over, and pauses would end in another year.
            return
        failpoint("before-sweep")
        self._store.sweep(now, settle_time=self._means.timings.settle)
        failpoint("after-sweep")
        self._store.expire(now)

    def distrust(self, now: datetime) -> str | None:
        """Why the clock is not trusted and nothing is sent; None where all is well."""
        return self._keeper.distrust(now)

    def drop(self, channel: str) -> None:
        """Forget a connection, so that the next use makes it anew (after a reload or new credentials)."""
        self._channels.drop(channel)

    def close(self) -> None:
        """Let go of the accounts; nothing more may be asked of this engine."""
        self._keeper.close()
        self._attempting.close()
        self._channels.close()

    def work(self, now: datetime, channel: str) -> bool:
        """What there is to do for one channel at `now`; true where it left something for later, as others are
        to have their turn.

        Raises StoreError where the database cannot be used; nothing was sent without being recorded first.
        """
        self._settling.leftovers(now)
        if self._means.clock is not None and self._keeper.distrust(now) is None:
            # Good so far: the next comparison must not delay what is due here.
            self._keeper.look_aside(now)
        else:
            self._keeper.look(now)
        return self._work(now, channel, IN_TURN)

    def _work(self, now: datetime, channel: str, most: int = AT_ONCE) -> bool:
        config = self._store.policy.channels.get(channel)
        if config is None or not self._means.mine(config) or self._keeper.distrust(now) is not None:
            return False
        self._channels.introduce(config, now)
        if channel in self._channels.left_to_others(now):
            return False
        # What fell due since `now`, while the channel was introduced, must count as to come. What was seen
        # when the work was handed out does: where that has changed, there is only one look too many.
        seen = self._awaited.seen if self._awaited is not None else self._seen()
        end = self._deliver(config, now, most)
        for _ in self._doubting.reconcile(now, config):
            # To look may take long, and nothing that is due is to wait for all the looks.
            end = max(self._deliver(config, now, most), _End.DONE)
        if end is _End.NOTHING:
            self._idle[channel] = _Look(seen, now, self._until(seen, now))
        # Last: it must not delay what is due.
        self._channels.look_again(config, self._means.after(now))
        return end is _End.MORE

    def _until(self, seen: object, now: datetime) -> datetime | None:
        """When time alone may change what was seen. That was asked for all channels together; where somebody
        has written since, or that moment has come, what was seen holds no longer anyway.
        """
        look = self._awaited
        if look is None:
            return self.next_due(now)
        return look.until if look.still_holds(seen, now) else now

    def _deliver(self, channel: Channel, now: datetime, most: int) -> _End:
        """What may go, so many deliveries at most."""
        for taken in range(most):
            moment, lead = self._means.after(now), self._lead(channel.name)
            if self._means.stopping() or self._keeper.distrust(moment) is not None:
                return _End.DONE
            if (claim := self._take_up(channel, moment, lead)) is None:
                return _End.DONE if taken else _End.NOTHING
            # What may be taken up by now was seen with the claim, or has time until the next look.
            if not claim.more and self._means.after(now) < moment + lead / 2:
                return _End.DONE
        return _End.MORE

    def _take_up(self, channel: Channel, now: datetime, lead: timedelta) -> Claim | None:
        """One delivery; None where there is none for now."""
        failpoint("before-claim")
        lease = self._means.timings.preparing
        claim = self._store.claim(now, channel.name, lead=lead, lease=lease)
        if claim is None:
            return None
        failpoint("after-claim")
        self._attempting.deliver(claim, now, channel)
        return claim

    def _leads(self) -> dict[str, timedelta]:
        """How long before due each channel's deliveries may be taken up; made anew where that may differ."""
        channels, leads = self._store.policy.channels, self._channels.leads
        led = self._led
        if led is None or led[0] is not channels or led[1] is not leads:
            led = self._led = channels, leads, {name: self._lead(name) for name in channels}
        return led[2]

    def _lead(self, channel: str) -> timedelta:
        ahead = self._means.ahead
        return max(self._channels.leads.get(channel, ahead), ahead)
