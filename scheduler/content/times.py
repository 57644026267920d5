"""How staff write times (`D-1 10:00`, `2027-02-14 18:00`, `D 9:00 local`, `next slot`) and durations (`2h`).

Each function raises ValueError with a sentence for the person who wrote the words.
"""

import re
from datetime import date, time, timedelta
from typing import Any

from scheduler.model import When

NEXT_SLOT = "next slot"
WHEN_PATTERN = (
    r"^(next slot|(D([+-]\d{1,3})?|\d{4}-\d{2}-\d{2}) ([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?( local)?)$"
)
"""For editors; the function below says more."""
DURATION_PATTERN = r"^[1-9][0-9]{0,6}[smhd]$"

_WHEN = re.compile(r"(?P<day>\S+) +(?P<clock>\S+)(?: +(?P<local>local))?")
_RELATIVE = re.compile(r"D(?:(?P<sign>[+\-−])(?P<days>[0-9]{1,3}))?")
_CALENDAR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_DURATION = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FORMS = "write D-1 10:00, 2027-02-14 18:00 or next slot"


def when(words: Any) -> When:
    """The time a post asks for."""
    if not isinstance(words, str):
        raise ValueError(f"“{words}” is not a time; {_FORMS}")
    words = words.strip()
    if words == NEXT_SLOT:
        return When()
    match = _WHEN.fullmatch(words)
    if match is None:
        raise ValueError(_lacking(words))
    local = match["local"] is not None
    if (relative := _RELATIVE.fullmatch(match["day"])) is not None:
        days = int(relative["days"] or 0) * (1 if relative["sign"] == "+" else -1)
        return When(days=days, at=clock(match["clock"]), local=local)
    return When(day=day(match["day"]), at=clock(match["clock"]), local=local)


def _lacking(words: str) -> str:
    if _RELATIVE.fullmatch(words) or _CALENDAR.fullmatch(words):
        return f"“{words}” has no time of day; write {words} 10:00"
    if _CLOCK.fullmatch(words):
        return f"“{words}” has no day; write D-1 {words} or 2027-02-14 {words}"
    return f"“{words}” is not a time; {_FORMS}"


def day(words: str) -> date:
    """A calendar day, 2027-02-26."""
    if _CALENDAR.fullmatch(words) is None:
        raise ValueError(f"“{words}” is not a day; write D-1, D, D+3 or a date such as 2027-02-14")
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise ValueError(f"“{words}” is not in the calendar; check the day and the month") from None


def clock(words: str) -> time:
    """A time of day, 18:00 or 09:00:30."""
    match = _CLOCK.fullmatch(words)
    if match is None:
        raise ValueError(f"“{words}” is not a time of day; write it as 18:00")
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise ValueError(
            f"“{words}” is not a time of day; hours go to 23, minutes and seconds to 59"
        ) from None


def duration(words: Any) -> timedelta:
    """A length of time: a whole number and s, m, h or d."""
    if isinstance(words, timedelta):
        return words
    match = _DURATION.fullmatch(words.strip()) if isinstance(words, str) else None
    if match is None:
        raise ValueError(f"“{words}” is not a duration; write a number with s, m, h or d, such as 90m or 2h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
