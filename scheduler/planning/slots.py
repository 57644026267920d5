"""A channel's diary: what stands in it, which of its slots are still free, and why a moment is not."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, timedelta

from scheduler.model import Campaign, Channel, Kind
from scheduler.planning.quiet import Window, among
from scheduler.planning.quiet import words as window_words
from scheduler.planning.when import bound, utc

AHEAD = timedelta(days=14)
"""How far past now a correction looks for a slot once the run-up is over."""


def daily_limit(campaign: Campaign, channel: Channel, day: date) -> int:
    """Posts the channel may have on a campaign day. Its own `default` and `D` each replace the campaign's.

    A channel that names a default only keeps the campaign's limit for the anniversary.
    """
    own, common = channel.daily_limit, campaign.daily_limit
    if own is None:
        return common.on(day == campaign.day)
    if day != campaign.day:
        return own.default
    for on_day in (own.on_day, common.on_day):
        if on_day is not None:
            return on_day
    return own.default


def run_up(campaign: Campaign) -> tuple[datetime, datetime]:
    """[start, end) in UTC in which slots are given: the campaign's start to the end of the anniversary."""
    return (
        bound(campaign.date_of(campaign.start_days), None, campaign.timezone),
        bound(campaign.date_of(1), None, campaign.timezone),
    )


def moments(channel: Channel, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every slot of the channel in [start, end), UTC, in order; a slot that the clocks skip is not there."""
    zone = channel.timezone
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while day <= last:
        found = (utc(day, at, zone) for at in channel.slots)
        yield from sorted({due for due in found if due is not None and start <= due < end})
        day += timedelta(days=1)


class Diary:
    """What one channel has at which moment. Entries only ever come in, so a slot that is lost stays lost."""

    def __init__(
        self, campaign: Campaign, channel: Channel, windows: tuple[Window, ...], now: datetime
    ) -> None:
        self._campaign, self._channel, self._windows = campaign, channel, windows
        self._alternate = campaign.options.get("no_two_of_a_kind_in_a_row", False)
        self._entries: list[tuple[datetime, Kind]] = []
        self._days: Counter[date] = Counter()
        self._hopeless: set[Kind] = set()
        self._now = now
        self._start, self._end = run_up(campaign)
        coming = moments(channel, max(now, self._start), self._end)
        self._slots = [due for due in coming if due > now]

    def add(self, due: datetime, kind: Kind) -> None:
        insort(self._entries, (due, kind))
        self._days[self._day(due)] += 1
        self._hopeless.clear()

    def why_not(self, due: datetime) -> str | None:
        """Why a post that keeps every rule cannot stand there, in words; None when it can."""
        quiet = among(self._windows, due, exempt_whole_days=False)
        if quiet is not None:
            return f"it is in the quiet window {window_words(quiet)}"
        day = self._day(due)
        limit = daily_limit(self._campaign, self._channel, day)
        if self._days[day] >= limit:
            return f"{day.isoformat()} already has {self._days[day]} where the daily limit is {limit}"
        if any(abs(due - other) < self._channel.min_gap or due == other for other, _ in self._beside(due)):
            return "another post is too near"
        return None if self._start <= due < self._end else "it is outside the run-up"

    def forbids(self, due: datetime) -> str | None:
        """Why not even a correction or an urgent post can stand there."""
        quiet = among(self._windows, due, exempt_whole_days=True)
        if quiet is not None:
            return f"it is in the quiet window {window_words(quiet)}"
        return "another post is there" if any(due == other for other, _ in self._beside(due)) else None

    def take(self, kind: Kind) -> datetime | None:
        """Enter a post at the first slot that is free for it, and say which; None when there is none."""
        if kind in self._hopeless:
            return None
        index = 0
        while index < len(self._slots):
            due = self._slots[index]
            beside = self._beside(due)
            if self._alternate and any(other is kind for _, other in beside):
                # Every slot up to the next entry has the same neighbours.
                index = bisect_left(self._slots, beside[-1][0], lo=index + 1)
            elif self.why_not(due) is not None:
                del self._slots[index]
            else:
                del self._slots[index]
                self.add(due, kind)
                return due
        self._hopeless.add(kind)
        return None

    def take_ahead(self, kind: Kind) -> datetime | None:
        """The next slot for a correction or an urgent post, which limits and quiet days don't bind."""
        for due in moments(self._channel, self._now, max(self._end, self._now + AHEAD)):
            if due > self._now and self.forbids(due) is None:
                self.add(due, kind)
                return due
        return None

    def free(self) -> int:
        """How many posts the slots would hold beside what stands there now."""
        trial = copy(self)
        trial._entries, trial._days, trial._slots = self._entries[:], self._days.copy(), self._slots[:]
        trial._hopeless, trial._alternate = set(), False
        count = 0
        while trial.take(Kind.TEXT) is not None:
            count += 1
        return count

    def _beside(self, due: datetime) -> list[tuple[datetime, Kind]]:
        """The entries just before and just after (or at) a moment."""
        index = bisect_left(self._entries, due, key=lambda entry: entry[0])
        return self._entries[max(index - 1, 0) : index + 1]

    def _day(self, due: datetime) -> date:
        return due.astimezone(self._campaign.timezone).date()
