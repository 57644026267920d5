"""The connected platforms of an engine and who they speak for: introduced once, looked at again before a post
is due.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from scheduler.delivery.accounts import Accounts
from scheduler.delivery.calls import Calls
from scheduler.delivery.means import Means
from scheduler.delivery.timekeeping import TRY_AGAIN, Timekeeper
from scheduler.errors import SchedulerError
from scheduler.model import Channel
from scheduler.platforms.base import Account, Platform, Recovery, Refusal, Refused
from scheduler.store import locking

logger = logging.getLogger(__name__)

THIS_YEAR = timedelta(days=183)
"""Half a year before the anniversary: the last one's posts are older, this run-up's are newer."""

BEFOREHAND = (timedelta(hours=24), timedelta(hours=1))
"""So long before a channel's next post its credentials are looked at again."""

AGAIN = 3
"""So often a channel is introduced anew in one go, because it was dropped meanwhile."""

PLAN_IS_GOOD_FOR = timedelta(minutes=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
STILL_UNDER_WAY = "what machines were sending when the database moved may still come out; it is compared then"
FOR_A_PERSON = frozenset({Refusal.AUTH, Refusal.PERMISSION, Refusal.BLOCKED})
"""Bad credentials are for a person; a network that is away heals itself."""


@dataclass(frozen=True)
class _Met:
    """A channel as it was configured when it was introduced, when its account was last asked for, and before
    when it is not asked for again.
    """

    channel: Channel
    platform: Platform
    asked: datetime
    again: datetime = LONG_AGO

    def is_of(self, channel: Channel | None) -> bool:
        """Whether it is as it was introduced; to compare all settings takes long for a thousand."""
        return self.channel is channel or self.channel == channel


@dataclass(frozen=True)
class _Trouble:
    words: str
    since: datetime
    again: datetime

    def waits(self, now: datetime) -> bool:
        """Whether it is too early to try again; not where it began by a clock that was ahead."""
        return self.since <= now < self.again


class Channels:
    """Connections by channel name, made when first needed; safe to use from one thread per channel."""

    def __init__(
        self, means: Means, connect: Callable[[Channel], Platform], keeper: Timekeeper, calls: Calls
    ) -> None:
        self._means, self._store, self._connect = means, means.store, connect
        self._keeper, self._calls = keeper, calls
        keeper.ask = self._ask_for_the_time
        self._met: dict[str, _Met] = {}
        # Troubles of an earlier run are tried again at once.
        problems = means.store.channel_problems()
        self._failed = {name: _Trouble(words, LONG_AGO, LONG_AGO) for name, words in problems.items()}
        self._here_alone: set[str] = set()
        self._accounts = Accounts(means.store)
        self._dropped: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._plan: tuple[datetime, Mapping[str, datetime]] = (LONG_AGO, {})
        self.leads: dict[str, timedelta] = {}

    def drop(self, channel: str) -> None:
        """Forget a connection, also one that is just being made: it may have old credentials."""
        with self._lock:
            self._dropped[channel] += 1
            self._met.pop(channel, None)
            self._failed.pop(channel, None)
            self._accounts.drop(channel)

    def keep_accounts(self) -> None:
        """See that the locks on the accounts last; a channel whose account somebody else has by now is
        introduced anew, and told so.
        """
        with self._lock:
            lost = self._accounts.lost(self._means.boot())
        for channel in lost:
            self.drop(channel)
        self._compare_anew()

    def _compare_anew(self) -> None:
        """The server may become another one while we are at work: channels to compare are introduced anew."""
        if not (self._means.is_live and self._store.is_shared):
            return
        flagged = self._store.to_compare()
        with self._lock:
            for channel in flagged & self._met.keys():
                self._met.pop(channel)

    def close(self) -> None:
        """Let other schedulers have the accounts."""
        with self._lock:
            self._met.clear()
            self._accounts.close()

    # Which channels to see to

    def needing(self, now: datetime) -> frozenset[str]:
        """Channels whose account is to be asked for.

        Live ones not met yet, so that bad credentials show before a post is due; those in trouble that may
        be tried again, since nothing of theirs is taken up meanwhile; those with a post in a day or an hour.
        """
        known, is_live = self._store.policy.channels, self._means.is_live
        soon = self._before_a_post(now) if is_live else frozenset()
        with self._lock:
            mine = self._means.mine
            unmet = {name for name, channel in known.items() if is_live and channel.live and mine(channel)}
            unmet -= {name for name, met in self._met.items() if met.is_of(known.get(name))}
            waiting = {name for name, trouble in self._failed.items() if trouble.waits(now)}
            # Who posts by hand needs none of our credentials.
            waiting |= {name for name, channel in known.items() if is_live and channel.by_hand}
            return frozenset((unmet | soon | (self._failed.keys() & known.keys())) - waiting)

    def _before_a_post(self, now: datetime) -> frozenset[str]:
        """Channels not asked since one of the times to look before their next post."""
        dues = self._next_posts(now)
        with self._lock:
            return frozenset(name for name in dues if self._is_soon(name, dues, now))

    def _next_posts(self, now: datetime) -> Mapping[str, datetime]:
        with self._lock:
            looked, dues = self._plan
        if not timedelta(0) <= now - looked < PLAN_IS_GOOD_FOR:
            dues = self._store.next_by_channel(now)
            with self._lock:
                self._plan = (now, dues)
        return dues

    def _is_soon(self, name: str, dues: Mapping[str, datetime], now: datetime) -> bool:
        met, due = self._met.get(name), dues.get(name)
        if met is None or due is None or met.again > now:
            return False
        return any(met.asked < due - span <= now for span in BEFOREHAND)

    def left_to_others(self, now: datetime) -> frozenset[str]:
        """Channels that a person must mend for this machine, where others can use them perhaps."""
        with self._lock:
            troubles = ((name, self._failed.get(name)) for name in self._here_alone)
            return frozenset(name for name, one in troubles if one is not None and one.waits(now))

    def introduce(self, channel: Channel, now: datetime) -> None:
        """Meet a channel that was not met yet, or try again one that was in trouble."""
        if self._needs(channel, now):
            self.platform(channel, now)

    def _needs(self, channel: Channel, now: datetime) -> bool:
        """Whether `needing` names the channel: each of a thousand asks for itself alone."""
        is_live = self._means.is_live
        dues = self._next_posts(now) if is_live else {}
        with self._lock:
            met, trouble = self._met.get(channel.name), self._failed.get(channel.name)
            if (trouble is not None and trouble.waits(now)) or (is_live and channel.by_hand):
                return False
            is_unmet = is_live and channel.live and self._means.mine(channel)
            is_unmet = is_unmet and not (met is not None and met.is_of(channel))
            return is_unmet or trouble is not None or self._is_soon(channel.name, dues, now)

    def platform(self, channel: Channel, now: datetime) -> Platform | str:
        """The channel's platform, its account tied; or why it cannot be used, noted in the store.

        A channel that config says otherwise of since (another server) is introduced anew.
        """
        for _ in range(AGAIN):
            with self._lock:
                met, failed = self._met.get(channel.name), self._failed.get(channel.name)
                dropped = self._dropped[channel.name]
            if met is not None and met.is_of(channel):
                return met.platform
            if failed is not None and failed.waits(now):
                return failed.words
            made = self._introduce(channel, now)
            if self._keep(channel, made, now, dropped):
                return made
        return f"{channel.name}: its connection was renewed again and again while it was being made"

    def _keep(self, channel: Channel, made: Platform | str, now: datetime, dropped: int) -> bool:
        """Whether what was made still counts: not where the channel was dropped meanwhile."""
        with self._lock:
            if self._dropped[channel.name] != dropped:
                return False
            if isinstance(made, str):
                self._met.pop(channel.name, None)
                self._failed[channel.name] = _Trouble(made, now, now + TRY_AGAIN)
            else:
                self._met[channel.name] = _Met(channel, made, now)
                self.leads = {**self.leads, channel.name: made.lead}
                self._failed.pop(channel.name, None)
        return True

    # Introducing

    def _introduce(self, channel: Channel, now: datetime) -> Platform | str:
        try:
            platform = self._connect(channel)
        except SchedulerError as error:
            return self._trouble(channel, str(error), now)
        if self._means.is_live and (words := self._make_sure(channel, platform, now)) is not None:
            return words
        self._is_well(channel, now)
        return platform

    def _make_sure(self, channel: Channel, platform: Platform, now: datetime) -> str | None:
        """Why the channel may not be used: its credentials, its account, what stands there already."""
        account = self._ask(channel, platform, now)
        if (words := self._of_account(channel, account, now)) is not None:
            return words
        if isinstance(refused := self._compare_posts(channel, platform, now), Refused):
            return self._unknown_account(channel, refused, now)
        return None

    def _of_account(self, channel: Channel, account: Account | Refused, now: datetime) -> str | None:
        if isinstance(account, Refused):
            return self._unknown_account(channel, account, now)
        if not self._store.tie_account(channel.name, account.id, now):
            words = f"{channel.name}: these credentials are {account.handle}'s, not the account's used before"
            return self._trouble(channel, words, now)
        with self._lock:
            taken = self._accounts.take(channel, account.id)
        return None if taken is None else self._shared(channel, taken, now)

    def _shared(self, channel: Channel, taken: str, now: datetime) -> str:
        """Two schedulers on one account know nothing of each other's posts, so only the first one sends."""
        words = f"{channel.name}: {locking.account_taken(taken)}; stop one of the two"
        if self._accounts.is_our_folder(taken):
            # What is noted in the database would stop that other one too.
            return words
        return self._trouble(channel, words, now)

    def _compare_posts(self, channel: Channel, platform: Platform, now: datetime) -> Refused | None:
        """After a lost, copied or restored database nothing here knows what is out, but the account does."""
        if platform.recovery is Recovery.BLIND:
            self._store.cannot_compare(channel.name, now)
            return None
        if planned := self._store.unsent(channel.name):
            moved = self._store.moved_at(channel.name)
            if moved is not None and now - moved < self._means.timings.settle:
                return Refused(Refusal.TRANSIENT, STILL_UNDER_WAY)
            campaign = self._store.policy.campaign
            since = datetime.combine(campaign.day - THIS_YEAR, time.min, campaign.timezone).astimezone(UTC)
            try:
                with self._calls.under_way(channel.name, now, self._means.timings.asking):
                    found = platform.already_out(planned, since)
            except Exception as error:
                return self._bug(channel, "reading its posts", error)
            if isinstance(found, Refused):
                return found
            self._store.already_out(channel.name, found, now)
        self._store.compared(channel.name, now)
        return None

    def _ask(self, channel: Channel, platform: Platform, now: datetime) -> Account | Refused:
        """Who the credentials are; the answer's date is compared with our clock on the way."""
        before = self._means.after(now)
        try:
            with self._calls.under_way(channel.name, now, self._means.timings.asking):
                account = platform.account()
        except Exception as error:
            return self._bug(channel, "asking for the account", error)
        if isinstance(account, Account) and account.date is not None:
            self._keeper.heard(account.date, before, now)
        return account

    def _ask_for_the_time(self, channel: Channel, now: datetime) -> None:
        with self._lock:
            met = self._met.get(channel.name)
        if met is not None:
            self._ask(channel, met.platform, now)
        else:
            self.platform(channel, now)

    def _bug(self, channel: Channel, doing: str, error: Exception) -> Refused:
        logger.exception("%s: %s failed", channel.name, doing, extra={"event": "bug"})
        return Refused(Refusal.TRANSIENT, f"{doing} failed unexpectedly ({type(error).__name__})")

    # Looking again

    def look_again(self, channel: Channel, now: datetime) -> None:
        """In time before a post is due somebody can still mend its credentials."""
        with self._lock:
            met = self._met.get(channel.name)
        if (
            met is None
            or not self._means.is_live
            or not self._is_soon(channel.name, self._next_posts(now), now)
        ):
            return
        account = self._ask(channel, met.platform, now)
        words = self._of_account(channel, account, now)
        with self._lock:
            if self._met.get(channel.name) is not met:
                return  # dropped meanwhile: this is the old credentials' answer
            if words is None:
                self._met[channel.name] = _Met(channel, met.platform, now)
            elif isinstance(account, Refused) and account.kind not in FOR_A_PERSON:
                # Nobody can mend a network that is away, and the post itself may well go.
                self._met[channel.name] = replace(met, again=now + TRY_AGAIN)
                logger.warning("%s", words, extra={"event": "channel"})
            else:
                self._met.pop(channel.name, None)
                self._failed[channel.name] = _Trouble(words, now, now + TRY_AGAIN)
        if words is None and isinstance(account, Account):
            self._is_well(channel, now)
            self._tell_of_the_end(channel, account, now)

    def _tell_of_the_end(self, channel: Channel, account: Account, now: datetime) -> None:
        """Credentials that are good today but not when the post is due."""
        due, end, cause = self._plan[1].get(channel.name), account.expires_at, f"expires:{channel.name}"
        if due is None or end is None or end > due:
            self._store.close_notice(cause, now)
            return
        zone = self._store.policy.campaign.timezone
        until, then = (f"{moment.astimezone(zone):%d %B %H:%M}" for moment in (end, due))
        words = f"{channel.name}: its credentials are good until {until} only, and a post is due {then}; "
        self._store.notice(cause, None, words + "renew them before", now)

    # Telling

    def _is_well(self, channel: Channel, now: datetime) -> None:
        cause = f"channel:{channel.name}"
        self._store.channel_problem(channel.name, "")
        self._store.over_here(cause, now)
        if self._store.is_shared:
            # As one told it that had the database alone, before it was moved.
            self._store.close_notice(cause, now)
            with self._lock:
                self._here_alone.discard(channel.name)

    def _unknown_account(self, channel: Channel, refused: Refused, now: datetime) -> str:
        words = f"{channel.name}: {refused.message}"
        return self._trouble(channel, words, now) if refused.kind in FOR_A_PERSON else words

    def _trouble(self, channel: Channel, words: str, now: datetime) -> str:
        """Shown with every delivery of the channel until it is over. Beside other machines it is this one's
        alone: they may have better credentials, and go on.
        """
        is_shared = self._store.is_shared
        if is_shared:
            with self._lock:
                self._here_alone.add(channel.name)
        else:
            self._store.channel_problem(channel.name, words)
        if self._store.tell_of_here(f"channel:{channel.name}", words, now) and is_shared:
            logger.warning("a channel cannot be used here: %s", words, extra={"event": "channel"})
        return words
