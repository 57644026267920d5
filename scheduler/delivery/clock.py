"""May the clock be believed? Pure comparisons; the engine keeps what they need."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

TOLERANCE = timedelta(seconds=30)
GOOD_FOR = timedelta(hours=1)
"""After this a comparison is made again; an old one stays good while the two clocks here agree with each
other.
"""


class Boot:
    """Seconds that no one can set back: since boot, sleep included.

    Where the system has no such clock, the larger of the wall clock's and the monotonic clock's advance is
    taken: a sleep moves the one, a clock set back stops only that same one.
    """

    def __init__(self) -> None:
        self._id = getattr(time, "CLOCK_BOOTTIME", None)
        self._wall, self._steady = time.time(), time.monotonic()

    def __call__(self) -> float:
        if self._id is not None:
            return time.clock_gettime(self._id)
        return max(time.time() - self._wall, time.monotonic() - self._steady)


@dataclass(frozen=True)
class Comparison:
    """One look at a platform's clock: its offset to ours, and both of ours at that moment."""

    offset: timedelta
    at: datetime
    boot: float

    @property
    def agrees(self) -> bool:
        return abs(self.offset) <= TOLERANCE

    def to_json(self) -> dict[str, Any]:
        return {"offset_seconds": self.offset.total_seconds(), "at": self.at.isoformat()}


def compare(theirs: datetime, before: datetime, after: datetime, boot: float) -> Comparison:
    """A platform's `Date` against our clock before and after the call; a `Date` is cut to the second, so half
    is added.
    """
    ours = before + (after - before) / 2
    return Comparison(theirs + timedelta(milliseconds=500) - ours, after, boot)


def distrust(last: Comparison | None, now: datetime, boot: float, heartbeat: datetime | None) -> str | None:
    """Why nothing may be sent at `now` by this clock; None where it may be trusted.

    `heartbeat` is the last moment the scheduler was at work; an agreeing comparison sets it anew.
    """
    if last is None:
        return "the clock has not been compared with a platform's yet"
    if not last.agrees:
        return f"this machine's clock is {words(last.offset)} a platform's; set it right"
    if abs((now - last.at) - timedelta(seconds=boot - last.boot)) > TOLERANCE:
        return "the clock was changed while the scheduler was running"
    if heartbeat is not None and now < heartbeat - TOLERANCE:
        return "the clock is behind the last time the scheduler was at work"
    return None


def words(offset: timedelta) -> str:
    """ "42 s behind", "3600 s ahead of": seen from here."""
    seconds = round(abs(offset.total_seconds()))
    return f"{seconds} s behind" if offset > timedelta(0) else f"{seconds} s ahead of"


def stalled(began: float, now: float, lease: timedelta) -> bool:
    """Whether more than half the lease has gone since `begin`: then another worker may soon take over, and no
    call is made.
    """
    return now - began > lease.total_seconds() / 2
