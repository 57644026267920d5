"""Named places where a test may break the program; in production nothing is set and each is one dictionary
look-up.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Final

NAMES: Final = (
    "before-sweep",
    "after-sweep",
    "before-claim",
    "after-claim",  # the claim is committed
    "before-prepare",
    "after-prepare",
    "waiting-for-due",
    "before-give-back",
    "after-give-back",
    "before-begin",
    "after-begin",  # the attempt is committed
    "before-send",
    "after-send",
    "before-settle",
    "after-settle",  # the answer is committed
    "between-parts",
    "before-journal",
    "after-journal",
    "before-read-back",
    "after-read-back",
    "before-find",
    "after-find",
    "before-reconciled",
    "after-reconciled",
    "before-repeat",
    "after-reclaim",
)

VARIABLE = "SCHEDULER_FAILPOINT"

_set: dict[str, Callable[[], None]] = {}


def failpoint(name: str) -> None:
    """Do what a test has set for this place, if anything."""
    act = _set.get(name)
    if act is not None:
        act()


def arm(name: str, act: Callable[[], None], *, passes: int = 0) -> None:
    """Set what happens at a place, from the pass after so many unharmed ones; only tests do."""
    if name not in NAMES:
        raise ValueError(f"no failpoint {name!r}; there are {', '.join(NAMES)}")
    left = passes

    def countdown() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            act()

    _set[name] = countdown


def arm_from(environ: Mapping[str, str]) -> None:
    """Die as by `kill -9` where SCHEDULER_FAILPOINT says: `name`, or `name:passes` to let so many passes go
    by. For the subprocesses of tests: the program itself never looks at that variable.
    """
    if wanted := environ.get(VARIABLE):
        name, _, passes = wanted.partition(":")
        arm(name, die, passes=int(passes or 0))


def disarm() -> None:
    """Clear every place."""
    _set.clear()


def die() -> None:
    """End the process as `kill -9` does: nothing is flushed, closed or caught."""
    kill = getattr(signal, "SIGKILL", None)
    if kill is None:
        os._exit(137)
    os.kill(os.getpid(), kill)
