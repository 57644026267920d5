"""What config.yaml says about alerts, as nouns: whom to tell, the quiet hours, and who is on duty when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.approvals import names
from scheduler.config import Config
from scheduler.content import times
from scheduler.model import Approver, Campaign
from scheduler.planning import when as clocks

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """From one time of day to another, `end` exclusive; over midnight where it ends before it begins."""

    start: time
    end: time

    def __contains__(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Duty:
    """A person's turn: `to` names the variable with their address; `start` None: since ever, `end` None: for
    ever (exclusive). `absent` are days away, the last one included.
    """

    name: str
    to: str
    start: datetime | None = None
    end: datetime | None = None
    deputy: str | None = None
    absent: tuple[tuple[date, date], ...] = ()

    def covers(self, now: datetime) -> bool:
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.absent)


@dataclass(frozen=True)
class Settings:
    """`to` always hears everything; of `duty` whoever has their turn does. Times of day are in `zone`."""

    zone: ZoneInfo
    to: tuple[str, ...] = ()
    digest: time | None = None
    quiet: tuple[Hours, ...] = ()
    duty: tuple[Duty, ...] = ()

    @classmethod
    def of(cls, config: Config) -> "Settings":
        given = config.alerts
        campaign = config.campaign
        return cls(
            campaign.timezone,
            tuple(dict.fromkeys(given.get("to", ()))),
            given.get("digest"),
            tuple(_hours(words) for words in given.get("quiet", ())),
            tuple(_duty(one, campaign, config.approvers) for one in given.get("duty", ())),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable that holds an address, each once."""
        return tuple(dict.fromkeys((*self.to, *(one.to for one in self.duty))))

    def is_quiet(self, now: datetime) -> bool:
        there = now.astimezone(self.zone).time()
        return any(there in hours for hours in self.quiet)

    def told(self, now: datetime) -> tuple[str, ...]:
        """The variables of everybody who is told at this moment: where nobody on the list has their turn,
        everyone on it.
        """
        turns = self.on_duty(now) or self.duty
        return tuple(dict.fromkeys((*self.to, *(one.to for one in turns))))

    def on_duty(self, now: datetime) -> tuple[Duty, ...]:
        """Whose turn it is: for who is away their deputy, where that is somebody on the list."""
        found = (self._present(one, now) for one in self.duty if one.covers(now))
        return tuple({one.to: one for one in found if one is not None}.values())

    def _present(self, one: Duty, now: datetime) -> Duty | None:
        """The person or, away, their deputy, or the deputy's; None where all of them are away."""
        day = now.astimezone(self.zone).date()
        seen: list[str] = []
        current: Duty | None = one
        while current is not None and current.is_away(day):
            seen.append(current.name)
            current = self.person(current.deputy, seen) if current.deputy is not None else None
        return current

    def person(self, name: str | None, but: Sequence[str] = ()) -> Duty | None:
        """Somebody on the list by name, however it is written."""
        if name is None or names.among(name, but):
            return None
        return next((one for one in self.duty if names.same(one.name, name)), None)


def _hours(words: str) -> Hours:
    start, _, end = words.partition("..")
    return Hours(times.clock(start.strip()), times.clock(end.strip()))


def _duty(given: Mapping[str, Any], campaign: Campaign, approvers: Mapping[str, Approver]) -> Duty:
    """A turn, with the deputy and the days away that approvers: has for the same person."""
    known = approvers.get(names.person_of(given["name"], approvers))
    absent = tuple(tuple(span) for span in given.get("absent", ()))
    return Duty(
        given["name"],
        given["to"],
        _edge(given.get("from_"), campaign, timedelta(0)),
        _edge(given.get("until"), campaign, A_DAY),
        given.get("deputy") or (known.deputy if known is not None else None),
        absent + (known.absent if known is not None else ()),
    )


def _edge(words: str | None, campaign: Campaign, whole_day: timedelta) -> datetime | None:
    """The moment; of a day alone its first one, `whole_day` later."""
    if words is None:
        return None
    timed = " " in words
    asked = times.when(words if timed else f"{words} 00:00")
    day = asked.day if asked.day is not None else campaign.date_of(asked.days or 0)
    if not timed:
        day += whole_day
    return clocks.bound(day, asked.at if timed else None, campaign.timezone)
