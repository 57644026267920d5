"""Does the scheduler itself still run? What stands still is noticed in seconds, for a restart."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from scheduler.service.clockwork import Clockwork

BEAT = 0.5
"""Seconds between two looks."""

STANDS_STILL: Mapping[str, float] = {"wake": 4.0, "heartbeat": 120.0, "chores": 300.0}
"""Seconds without a finished run after which a job is taken for stuck. The wake-up only reads, so it is never
long at work; the others may wait for the disk, for a busy database or for a slow platform.
"""

WITH_A_SERVER: Mapping[str, float] = {**STANDS_STILL, "wake": 20.0}
"""Where the wake-up asks a server: one that is gone without a word is noticed after about ten seconds."""


def limits(is_shared: bool) -> Mapping[str, float]:
    """What counts as standing still, by whether the database is on a server."""
    return WITH_A_SERVER if is_shared else STANDS_STILL


@dataclass
class Watch:
    """Looked through by the main thread at every BEAT. `hanging` answers the channels whose call never came
    back, `channels` all that should work.

    Time is counted in looks, not read from a clock: a process that was stopped, or a computer that slept, did
    not stand still by itself.
    """

    clockwork: Clockwork
    hanging: Callable[[], Collection[str]]
    channels: Callable[[], Collection[str]]
    limits: Mapping[str, float] = field(default_factory=lambda: STANDS_STILL)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def trouble(self) -> str | None:
        """Why this process should end and be started again; None where all is well."""
        if not self.clockwork.alive:
            return "the clock stopped"
        for name, limit in self.limits.items():
            if self._silent(name) * BEAT >= limit:
                return f"“{name}” has stood still for {limit:g} s"
        hanging = self.hanging()
        if hanging and (channels := set(self.channels())) and channels <= set(hanging):
            return "every channel hangs in a call that does not come back"
        return None

    def _silent(self, name: str) -> int:
        """How many looks ago the job last came to an end."""
        rounds = self.clockwork.rounds.get(name, 0)
        known, looks = self._seen.get(name, (-1, 0))
        # A job that waits for its next time is idle, not stuck; only the wake-up must come every second.
        idle = name != "wake" and name not in self.clockwork.running
        looks = 0 if rounds != known or idle else looks + 1
        self._seen[name] = (rounds, looks)
        return looks
