"""The connected platforms of an engine, who they speak for, and whether their clocks agree with ours."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from scheduler.delivery import clock as clocks
from scheduler.delivery.clock import Comparison
from scheduler.errors import SchedulerError
from scheduler.model import Channel, Mode
from scheduler.platforms.base import Account, Platform, Refusal, Refused
from scheduler.store import Store

logger = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=1)
THIS_YEAR = timedelta(days=183)
"""Half a year before the anniversary: the last one's posts are older, this run-up's are newer."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Channels:
    """Connections by channel name, made when first needed; safe to use from one thread per channel.

    `dates` reads a platform's clock without credentials; where it is missing or fails, the account's answer
    is used.
    """

    def __init__(
        self,
        store: Store,
        connect: Callable[[Channel], Platform],
        boot: Callable[[], float],
        trusting: bool,
        clock: Callable[[], datetime] | None,
        dates: Callable[[Channel], datetime | None] | None,
    ) -> None:
        self._store, self._connect, self._boot = store, connect, boot
        self._trusting, self._clock, self._dates = trusting, clock, dates
        self._platforms: dict[str, tuple[Channel, Platform]] = {}
        # Troubles of an earlier run are tried again at once.
        self._failed = {name: (LONG_AGO, words) for name, words in store.channel_problems().items()}
        self._comparison: Comparison | None = None
        self._looked_at: float | None = None
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self.leads: dict[str, timedelta] = {}

    def drop(self, channel: str) -> None:
        """Forget a connection."""
        with self._lock:
            self._platforms.pop(channel, None)
            self._failed.pop(channel, None)

    def needing(self, now: datetime) -> frozenset[str]:
        """Channels to be introduced.

        Live ones not met yet, so that bad credentials show before a post is due; those in trouble that may
        be tried again, since nothing of theirs is taken up meanwhile.
        """
        known = self._store.policy.channels
        with self._lock:
            unmet = {name for name, channel in known.items() if self._is_live and channel.live}
            unmet -= {name for name, (made_for, _) in self._platforms.items() if made_for == known.get(name)}
            waiting = {name for name, (moment, _) in self._failed.items() if now < moment}
            return frozenset((unmet | (self._failed.keys() & known.keys())) - waiting)

    @property
    def _is_live(self) -> bool:
        return self._store.mode is Mode.LIVE

    def platform(self, channel: Channel, now: datetime) -> Platform | str:
        """The channel's platform, its account tied; or why it cannot be used, noted in the store.

        A channel that config says otherwise of since (another server) is introduced anew.
        """
        with self._lock:
            known, failed = self._platforms.get(channel.name), self._failed.get(channel.name)
        if known is not None and known[0] == channel:
            return known[1]
        if failed is not None and now < failed[0]:
            return failed[1]
        made = self._introduce(channel, now)
        with self._lock:
            if isinstance(made, str):
                self._platforms.pop(channel.name, None)
                self._failed[channel.name] = (now + TRY_AGAIN, made)
            else:
                self._platforms[channel.name] = (channel, made)
                self.leads = {**self.leads, channel.name: made.lead}
                self._failed.pop(channel.name, None)
        return made

    def _introduce(self, channel: Channel, now: datetime) -> Platform | str:
        try:
            platform = self._connect(channel)
        except SchedulerError as error:
            return self._trouble(channel, str(error), now)
        if self._is_live:
            account = self._ask(channel, platform, now)
            if isinstance(account, Refused):
                return self._unknown_account(channel, account, now)
            if not self._store.tie_account(channel.name, account.id, now):
                words = (
                    f"{channel.name}: these credentials are {account.handle}'s, not the account's used before"
                )
                return self._trouble(channel, words, now)
            if isinstance(refused := self._compare_posts(channel, platform, now), Refused):
                return self._unknown_account(channel, refused, now)
        self._store.channel_problem(channel.name, "")
        self._store.close_notice(f"channel:{channel.name}", now)
        return platform

    def _compare_posts(self, channel: Channel, platform: Platform, now: datetime) -> Refused | None:
        """After a lost database nothing here knows what is out, but the account does."""
        planned = self._store.unsent(channel.name)
        if not planned:
            return None
        campaign = self._store.policy.campaign
        since = datetime.combine(campaign.day - THIS_YEAR, time.min, campaign.timezone).astimezone(UTC)
        try:
            found = platform.already_out(planned, since)
        except Exception as error:
            logger.exception("%s: reading the account's posts failed", channel.name, extra={"event": "bug"})
            return Refused(Refusal.TRANSIENT, f"reading its posts failed ({type(error).__name__})")
        if isinstance(found, Refused):
            return found
        self._store.already_out(channel.name, found, now)
        return None

    def _ask(self, channel: Channel, platform: Platform, now: datetime) -> Account | Refused:
        """Who the credentials are; the answer's date is compared with our clock on the way."""
        before = self._read(now)
        try:
            account = platform.account()
        except Exception as error:
            logger.exception("%s: asking for the account failed", channel.name, extra={"event": "bug"})
            return Refused(Refusal.TRANSIENT, f"asking for the account failed ({type(error).__name__})")
        if isinstance(account, Account) and account.date is not None and not self._trusting:
            self._conclude(clocks.compare(account.date, before, self._read(now), self._boot()))
        return account

    def _read(self, now: datetime) -> datetime:
        return self._clock() if self._clock is not None else now

    def _unknown_account(self, channel: Channel, refused: Refused, now: datetime) -> str:
        """Bad credentials are for a person; a network that is away heals itself."""
        words = f"{channel.name}: {refused.message}"
        if refused.kind in {Refusal.AUTH, Refusal.PERMISSION, Refusal.BLOCKED}:
            return self._trouble(channel, words, now)
        return words

    def _trouble(self, channel: Channel, words: str, now: datetime) -> str:
        """Shown with every delivery of the channel until it is over."""
        self._store.channel_problem(channel.name, words)
        self._store.notice(f"channel:{channel.name}", None, words, now)
        return words

    def distrust(self, now: datetime) -> str | None:
        """Why the clock is not trusted; None where it is."""
        if self._trusting:
            return None
        return clocks.distrust(self._comparison, now, self._boot(), self._store.last_heartbeat())

    def look_at_the_clock(self, now: datetime) -> None:
        """Compare with a platform's clock at the start, every hour, and whenever ours has become doubtful."""
        if self._trusting or not self._looking.acquire(blocking=False):
            return
        try:
            if self._is_time_to_compare(now):
                self._looked_at = self._boot()
                self._compare(now)
                self._tell_of_the_clock(self._read(now))
        finally:
            self._looking.release()

    def _tell_of_the_clock(self, now: datetime) -> None:
        """Where no comparison came about nothing is sent, and nobody would know why."""
        if (words := self.distrust(now)) is not None:
            self._store.notice("clock", None, f"nothing is sent: {words}", now)

    def _is_time_to_compare(self, now: datetime) -> bool:
        if self._looked_at is None:
            return True
        good = clocks.GOOD_FOR if self.distrust(now) is None else TRY_AGAIN
        return self._boot() - self._looked_at >= good.total_seconds()

    def _compare(self, now: datetime) -> None:
        """Ask one live channel after the other until one tells the time."""
        last = self._comparison
        for channel in self._store.policy.channels.values():
            if channel.live and self._comparison is last:
                self._compare_with(channel, now)

    def _compare_with(self, channel: Channel, now: datetime) -> None:
        before = self._read(now)
        theirs = self._date_of(channel)
        if theirs is not None:
            self._conclude(clocks.compare(theirs, before, self._read(now), self._boot()))
            return
        with self._lock:
            known = self._platforms.get(channel.name)
        if known is not None:
            self._ask(channel, known[1], now)
        else:
            self.platform(channel, now)

    def _date_of(self, channel: Channel) -> datetime | None:
        """One channel with a bad address must not keep the others from comparing."""
        try:
            return self._dates(channel) if self._dates is not None else None
        except SchedulerError as error:
            logger.warning("%s", error, extra={"event": "clock"})
            return None

    def _conclude(self, found: Comparison) -> None:
        self._comparison = found
        self._store.remember("clock", found.to_json())
        if found.agrees:
            self._store.heartbeat(found.at, reset=True)
            self._store.close_notice("clock", found.at)
        else:
            words = f"nothing is sent: this machine's clock is {clocks.words(found.offset)} a platform's"
            words += "; set it right"
            self._store.notice("clock", None, words, found.at)
