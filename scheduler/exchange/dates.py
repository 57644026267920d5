"""Days and times as sheets have them, into the words a post's `when` takes; what is not certain is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from scheduler.content import times


class Order(StrEnum):
    """In which order day, month and year stand."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


NAMES = {Order.DMY: "day/month/year", Order.MDY: "month/day/year", Order.YMD: "year/month/day"}

_NUMBERS = re.compile(r"(\d{1,4})([./\-\s])(\d{1,2})\2(\d{1,4})\b")
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_CLOCK = re.compile(
    r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*([ap])\.?m\.?|(\d{1,2}):(\d{2})(?::(\d{2}))?", re.I
)
_MONTHS = tuple(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.I)
_CLOCK_IN = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_OWN = re.compile(r"D([+\-−]\d{1,3})?\b|next slot")


class NotCertain(ValueError):
    """A day that can be read in two ways; the sentence says both."""


@dataclass(frozen=True)
class Moment:
    """What a cell says: a day, a clock time, both; or `words` of our own (`D-1 10:00`). `offset` from UTC;
    `local`: in each channel's own zone.
    """

    day: date | None = None
    at: time | None = None
    offset: timedelta | None = None
    words: str = ""
    local: bool = False


@dataclass(frozen=True)
class Orders:
    """How a sheet's days in figures are read: `figures` (None: nothing says), and `stops` those with full
    stops, which stand day first wherever they are used. `proof`: the text that shows `figures`.
    """

    figures: Order | None = None
    stops: Order = Order.DMY
    proof: str = ""

    def note(self, cells: Iterable[Any]) -> str:
        """What one cell has proved of the others; "" where nothing had to be proved."""
        if self.figures is None or not self.proof:
            return ""
        stops = any(_has_stops(cell) for cell in cells) and self.stops is not self.figures
        apart = f"; those with full stops as {NAMES[self.stops].replace('/', '.')}" if stops else ""
        return f"Days are read as {NAMES[self.figures]}, because one is “{self.proof}”{apart}."


def orders(cells: Iterable[Any], asked: Order | None) -> Orders:
    """The orders that a person has said, or that days with only one reading prove.

    Raises NotCertain where some can only be read one way and some only the other.
    """
    if asked is not None:
        return Orders(asked, asked)
    proofs: dict[bool, dict[Order, str]] = {True: {}, False: {}}
    for words in (cell.strip() for cell in cells if isinstance(cell, str)):
        if (match := _NUMBERS.match(words)) is None:
            continue
        possible = [one for one in Order if _in_order(match, one) is not None]
        if len(possible) == 1:
            proofs[match[2] == "."].setdefault(possible[0], words)
    stops, figures = _proven(proofs[True]), _proven(proofs[False]) or _proven(proofs[True])
    proof = proofs[False].get(figures) or proofs[True].get(figures) if figures else None
    return Orders(figures, stops or Order.DMY, proof or "")


def _proven(proofs: Mapping[Order, str]) -> Order | None:
    two = [proofs[one] for one in (Order.DMY, Order.MDY) if one in proofs]
    if len(two) == 2:
        raise NotCertain(
            f"“{two[0]}” can only be day/month and “{two[1]}” only month/day; write all days the same way"
        )
    return next((one for one in (Order.DMY, Order.MDY) if one in proofs), None)


def _has_stops(cell: Any) -> bool:
    match = _NUMBERS.match(cell.strip()) if isinstance(cell, str) else None
    return match is not None and len(match[1]) < 4 and match[2] == "."


def in_figures(words: str) -> bool:
    """Whether a text is a day that the order of its figures decides: 01/02/2027, not 2027-02-01."""
    match = _NUMBERS.match(words.strip())
    return match is not None and len(match[1]) < 4 and match[2] != "."


def _in_order(match: re.Match[str], order: Order) -> date | None:
    """The day, read in this order; None where there is none."""
    first, second, third = match[1], match[3], match[4]
    year, month, day = {
        Order.DMY: (third, second, first),
        Order.MDY: (third, first, second),
        Order.YMD: (first, second, third),
    }[order]
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read(cell: Any, orders: Orders) -> Moment:
    """A cell as a day, a time or both. Raises ValueError with a sentence, NotCertain for two days."""
    match cell:
        case datetime():
            near = cell + timedelta(microseconds=500_000)  # Excel keeps days as fractions
            midnight = (near.hour, near.minute, near.second) == (0, 0, 0)
            at = None if midnight else near.time().replace(microsecond=0)
            return Moment(near.date(), at, cell.utcoffset())
        case date():
            return Moment(cell)
        case time():
            return Moment(at=cell.replace(microsecond=0))
        case timedelta():
            return Moment(at=_after_midnight(cell.total_seconds()))
        case bool():
            raise ValueError("is no day or time")
        case int() | float() if 0 <= cell < 1:
            return Moment(at=_after_midnight(cell * 86_400))
        case int() | float():
            raise ValueError(f"{cell} is a number here; format the cell as a date")
    return _of_text(" ".join(str(cell).split()), orders)


def _after_midnight(seconds: float) -> time:
    if not 0 <= round(seconds) < 86_400:
        raise ValueError("is no time of day; write it as 18:00")
    minutes, rest = divmod(round(seconds), 60)
    return time(*divmod(minutes, 60), rest)


def _of_text(words: str, orders: Orders) -> Moment:
    if _OWN.match(words):
        return Moment(words=words)
    if words.endswith(" local"):
        return replace(_of_text(words.removesuffix(" local"), orders), local=True)
    words = _WEEKDAY.sub("", words)
    if (iso := _ISO.match(words)) is not None:
        return _iso(iso, words)
    day, rest = _day(words, orders)
    if day is not None and not rest:
        return Moment(day)
    return Moment(day, _clock(rest.removeprefix("at ").strip(" ,"), words))


def _iso(match: re.Match[str], words: str) -> Moment:
    day = times.day(f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}")
    rest = words[match.end() :].strip(" ,")
    offset = _offset(match[5]) if match[5] else None
    if match[4]:
        if rest:
            raise ValueError(f"“{words}” is not a time; write 2027-02-14 18:00")
        return Moment(day, times.clock(match[4]), offset)
    return Moment(day, _clock(rest, words) if rest else None)


def _offset(words: str) -> timedelta:
    if words in ("Z", "UTC", "GMT"):
        return timedelta(0)
    sign = -1 if words[0] == "-" else 1
    return sign * timedelta(hours=int(words[1:3]), minutes=int(words[-2:]))


def _day(words: str, orders: Orders) -> tuple[date | None, str]:
    """The day a text begins with, and what is left."""
    if (match := _NUMBERS.match(words)) is not None:
        return _figures(match, orders), words[match.end() :].strip(" ,")
    for pattern, month, day in ((_MONTH_FIRST, 1, 2), (_DAY_FIRST, 2, 1)):
        if (match := pattern.match(words)) is not None:
            number = _month(match[month])
            if number is None:
                raise ValueError(f"“{match[month]}” is not an English month; write the day as 2027-02-14")
            written = f"{match[3]}-{number:02}-{int(match[day]):02}"
            return times.day(written), words[match.end() :].strip(" ,")
    return None, words


def _month(words: str) -> int | None:
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(words.casefold())), None)


def _figures(match: re.Match[str], orders: Orders) -> date:
    order = orders.stops if match[2] == "." else orders.figures
    possible = {one: found for one in Order if (found := _in_order(match, one)) is not None}
    if not possible:
        if len(match[1]) <= 2 and len(match[4]) <= 2:
            raise ValueError(f"“{match[0]}” has no year of four digits; write 2027-02-14")
        raise ValueError(f"“{match[0]}” is not in the calendar; check the day and the month")
    if len(set(possible.values())) == 1:
        return next(iter(possible.values()))
    if order is not None and order in possible:
        return possible[order]
    if order is not None:
        raise ValueError(f"“{match[0]}” is not a {NAMES[order]}")
    both = " or ".join(
        f"{found.day} {_MONTHS[found.month - 1].capitalize()} {found.year} ({one})"
        for one, found in possible.items()
    )
    raise NotCertain(f"“{match[0]}” may be {both}")


def _clock(words: str, whole: str) -> time:
    if (match := _CLOCK.fullmatch(words)) is None:
        raise ValueError(f"“{whole}” is not a time; write 2027-02-14 18:00, D-1 10:00 or next slot")
    if not match[4]:
        return times.clock(words)
    hour = int(match[1])
    if not 1 <= hour <= 12:
        raise ValueError(f"“{words}” is not a time of day; write it as 18:00")
    hour = hour % 12 + (12 if match[4] in "pP" else 0)
    return times.clock(f"{hour}:{match[2] or '00'}:{match[3] or '00'}")


@cache
def zone(words: str) -> ZoneInfo | None:
    """The zone a cell names, also by its city alone; None for `local`. Raises ValueError."""
    if words == "local":
        return None
    # Etc/GMT+4 is four hours *behind* Greenwich, the contrary of what a person means by GMT+4.
    ending = f"/{words.replace(' ', '_')}"
    cities = [one for one in available_timezones() if one.endswith(ending) and not one.startswith("Etc/")]
    named = {"GMT": "UTC", "Z": "UTC"}.get(words, cities[0] if len(cities) == 1 else words)
    try:
        return ZoneInfo(named)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"“{words}” is not a time zone; write one such as Asia/Baku, Europe/London or UTC, or local"
        ) from None


def when(moments: Sequence[Moment], zone: ZoneInfo | None, local: bool, campaign: ZoneInfo) -> str:
    """The post's `when` of the cells of its row: one, or a day and a time. "" where they say nothing.

    `zone` is the sheet's or the row's; None means the campaign's. Raises ValueError with a sentence.
    """
    _agreeing(moments)
    own = " ".join(one.words for one in moments if one.words)
    local = local or any(one.local for one in moments)
    day = next((one.day for one in moments if one.day is not None), None)
    at = max((one.at for one in moments if one.at is not None), default=None)
    offset = next((one.offset for one in moments if one.offset is not None), None)
    if own:
        return _own(own, at, zone, local, campaign)
    if day is None and at is None:
        return ""
    if day is None:
        raise ValueError(f"{_short(at)} has no day; give its day too")
    if at is None:
        raise ValueError(f"{day} has no time of day; write {day} 10:00, or add a column time")
    if offset is not None and zone is not None:
        _fitting(datetime.combine(day, at, zone), offset)
    there = ZoneInfo("UTC") if offset is not None else zone
    if local and there is not None:
        raise ValueError(f"{day} {_short(at)} is local and also of {there.key}; leave one of them out")
    if there is None or there.key == campaign.key:
        return f"{day} {_short(at)}{' local' if local else ''}"
    return _moved(day, at, offset, there, campaign)


def _agreeing(moments: Sequence[Moment]) -> None:
    """Raises ValueError where two cells of a row say different days or times. Midnight beside another time is
    only how spreadsheet programs write a day.
    """
    own = {one.words for one in moments if one.words}
    days = {f"{one.day}" for one in moments if one.day is not None} | own
    hours = {one.at for one in moments if one.at is not None}
    if len(hours) > 1:
        hours.discard(time())
    hours |= {times.clock(match[0]) for words in own if (match := _CLOCK_IN.search(words))}
    offsets = {named(one.offset) for one in moments if one.offset is not None}
    for two in (sorted(days), sorted(map(_short, hours)), sorted(offsets)):
        if len(two) > 1:
            raise ValueError(f"the row says {' and '.join(two)}; leave one of them")


def _fitting(moment: datetime, offset: timedelta) -> None:
    """Raises ValueError where the zone of the moment never has that offset then."""
    if offset not in (moment.utcoffset(), moment.replace(fold=1).utcoffset()):
        raise ValueError(
            f"the time says {named(offset)}, which {moment.tzinfo} does not have then; leave one of them out"
        )


def named(offset: timedelta) -> str:
    """`UTC`, or `+04:00`."""
    name = str(timezone(offset))
    return name.removeprefix("UTC") or name


def _own(words: str, at: time | None, zone: ZoneInfo | None, local: bool, campaign: ZoneInfo) -> str:
    if words == times.NEXT_SLOT:
        return words
    if at is not None and ":" not in words:
        words = f"{words} {_short(at)}"
    if zone is not None and zone.key != campaign.key:
        raise ValueError(f"“{words}” counts from the campaign's day; leave {zone.key} out, or write the date")
    return f"{words} local" if local and not words.endswith("local") else words


def _moved(day: date, at: time, offset: timedelta | None, there: ZoneInfo, campaign: ZoneInfo) -> str:
    """The same moment in the campaign's zone."""
    if offset is not None:
        moment = datetime.combine(day, at, UTC) - offset
    else:
        moment = datetime.combine(day, at, there)
        back = moment.astimezone(UTC).astimezone(there)
        if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise ValueError(
                f"{day} {_short(at)} does not exist in {there.key}: the clocks go forward over it"
            )
    here = moment.astimezone(campaign)
    if here.fold:  # written without its zone, it would be read as the hour before
        raise ValueError(
            f"{day} {_short(at)} is {_short(here.time())} in {campaign.key} for the second time that night, "
            "as the clocks go back, and the first would be meant; take another time"
        )
    return f"{here.date()} {_short(here.time())}"


def _short(at: time | None) -> str:
    return "" if at is None else at.isoformat("seconds" if at.second else "minutes")
