"""A clock that runs faster than the machine's, shared by every process of a world through a mapped file.

The scheduler keeps the leases and pauses it has in production; a settle time of a minute is over in a moment.
The machine's monotonic clock is one for all its processes, so they agree to the microsecond.
"""

import mmap
import time
from datetime import datetime, timedelta
from pathlib import Path

SPEED = 20.0
"""Seconds of a world in one real second."""

_BASE, _SPEED, _MOVED, _WRONG, _READY, _BUSY, _ASKED = range(7)


class Clock:
    """`now` is what this machine's clock shows, `true` what is so, `boot` what nobody can set back.

    `move` lets time go by at once, as sleep or a pause of everything would; `wrong` sets the machine's clock
    off.
    """

    def __init__(self, path: Path, start: datetime) -> None:
        self._path, self._start = path, start
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._cells = memoryview(self._map).cast("d")

    @classmethod
    def create(cls, path: Path, start: datetime, speed: float = SPEED) -> "Clock":
        path.write_bytes(bytes(8 * 8))
        made = cls(path, start)
        made._cells[_BASE], made._cells[_SPEED] = time.monotonic(), speed
        return made

    def __reduce__(self):
        return Clock, (self._path, self._start)

    @property
    def speed(self) -> float:
        return self._cells[_SPEED]

    def real(self, span: timedelta) -> float:
        """Real seconds that a span of this clock takes."""
        return span.total_seconds() / self.speed

    def boot(self) -> float:
        return (time.monotonic() - self._cells[_BASE]) * self._cells[_SPEED] + self._cells[_MOVED]

    def true(self) -> datetime:
        return self._start + timedelta(seconds=self.boot())

    def __call__(self) -> datetime:
        return self.true() + timedelta(seconds=self._cells[_WRONG])

    def move(self, span: timedelta) -> None:
        """Time goes by at once. While the platform is at work this would make it slower than it is."""
        self._cells[_MOVED] += max(0.0, span.total_seconds())

    def wrong(self, span: timedelta) -> None:
        self._cells[_WRONG] = span.total_seconds()

    @property
    def is_busy(self) -> bool:
        """Whether the platform is at work on a request, perhaps of somebody who is gone."""
        return self._cells[_BUSY] > 0

    def busy(self, requests: int) -> None:
        self._cells[_BUSY] = requests

    @property
    def ready(self) -> int:
        """How many workers have begun to work."""
        return int(self._cells[_READY])

    def say_ready(self) -> None:
        self._cells[_READY] += 1

    @property
    def asked(self) -> int:
        """How many workers were asked to end, and heard it."""
        return int(self._cells[_ASKED])

    def say_asked(self) -> None:
        self._cells[_ASKED] += 1
