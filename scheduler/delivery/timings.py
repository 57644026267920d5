"""The engine's times. Their order is safety, not tuning, so it is checked."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.errors import ConfigError


@dataclass(frozen=True)
class Timings:
    """`deadline` for one visible call, `lease` for an attempt, `settle` before an empty answer is believed.

    A call must be over before half its lease is: the guard before the call lets at most the other half go by.
    `settle` counts from `begin` and must outlast the lease, or a request still under way would be taken for
    absent. `preparing` is the lease for uploads and polling, renewed while they go on, but no longer than
    `uploading` in all; it is also how long the delivery of a machine that died meanwhile waits for another.
    `asking` is what looking at an account may take.
    """

    deadline: timedelta = timedelta(seconds=20)
    lease: timedelta = timedelta(seconds=45)
    settle: timedelta = timedelta(seconds=60)
    preparing: timedelta = timedelta(seconds=90)
    asking: timedelta = timedelta(minutes=3)
    uploading: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.deadline < self.lease / 2 < self.lease < self.settle:
            raise ConfigError(
                "the engine's times must be deadline < half the lease < lease < settle; they are "
                + ", ".join(
                    f"{span.total_seconds():g} s" for span in (self.deadline, self.lease, self.settle)
                )
            )
        if not timedelta(0) < self.preparing <= self.uploading:
            raise ConfigError(
                f"preparing a post is given {self.preparing.total_seconds():g} s at a time and "
                f"{self.uploading.total_seconds():g} s in all; the first must be more than 0 s and no longer "
                "than the second"
            )
