"""Named places where a test may break the program; in production nothing is set and each is one dictionary
look-up.
"""

import os
import signal
from collections.abc import Callable
from typing import Final

NAMES: Final = (
    "after-claim",
    "after-prepare",
    "before-begin",
    "after-begin",
    "before-send",
    "after-send",
    "before-settle",
    "after-settle",
    "before-find",
    "after-find",
)

_set: dict[str, Callable[[], None]] = {}


def failpoint(name: str) -> None:
    """Do what a test has set for this place, if anything."""
    act = _set.get(name)
    if act is not None:
        act()


def arm(name: str, act: Callable[[], None]) -> None:
    """Set what happens at a place; only tests do."""
    if name not in NAMES:
        raise ValueError(f"no failpoint {name!r}; there are {', '.join(NAMES)}")
    _set[name] = act


def disarm() -> None:
    """Clear every place."""
    _set.clear()


def die() -> None:
    """End the process as `kill -9` does: nothing is flushed, closed or caught."""
    kill = getattr(signal, "SIGKILL", None)
    if kill is None:
        os._exit(137)
    os.kill(os.getpid(), kill)
