"""What every step of the engine works with: the store, the times, and the clocks it was given."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.delivery.timings import Timings
from scheduler.model import Channel, Mode
from scheduler.store import Store

AHEAD = timedelta(seconds=2)
"""With a clock, a delivery is taken up this long before due: then only the gate and the call remain."""


@dataclass(frozen=True)
class Means:
    """`clock` gives the moment after slow calls; without it the pass's own moment holds throughout. `boot`
    counts seconds that nobody can set back. Once `stopping` says so, nothing more is taken up. Only channels
    that are `mine` are worked on: another machine may have their credentials. `looks` says whether this is
    the machine that looks for what is unknown. Each call to a channel's platform is made `aside`.
    """

    store: Store
    timings: Timings
    clock: Callable[[], datetime] | None
    boot: Callable[[], float]
    stopping: Callable[[], bool]
    mine: Callable[[Channel], bool] = lambda channel: True
    looks: Callable[[], bool] = lambda: True
    aside: Callable[[str], AbstractContextManager[None]] = lambda channel: nullcontext()

    @property
    def is_live(self) -> bool:
        return self.store.mode is Mode.LIVE

    @property
    def ahead(self) -> timedelta:
        """How long before due a delivery is taken up; without a clock nobody could wait for due."""
        return AHEAD if self.clock is not None else timedelta(0)

    def after(self, now: datetime) -> datetime:
        """The moment now, after calls that may have taken long."""
        return self.clock() if self.clock is not None else now
