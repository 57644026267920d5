"""A thread for each channel that has something to do: a channel that hangs delays no other."""

import threading
import time
from collections.abc import Callable


class Workers:
    """Gives each busy channel a thread of its own; `work` is told the channel's name and must not raise."""

    def __init__(self, work: Callable[[str], object]) -> None:
        self._work = work
        self._busy: dict[str, threading.Thread] = {}

    @property
    def busy(self) -> frozenset[str]:
        """The channels at work at this moment."""
        self._busy = {name: thread for name, thread in self._busy.items() if thread.is_alive()}
        return frozenset(self._busy)

    def start(self, channel: str) -> None:
        """Begin the channel's pass, unless its last one is still under way."""
        if channel in self.busy:
            return
        # A daemon: one that never comes back is on record since before its call, and must not keep us.
        thread = threading.Thread(target=self._work, args=(channel,), name=f"channel {channel}", daemon=True)
        self._busy[channel] = thread
        thread.start()

    def drain(self, patience: float) -> frozenset[str]:
        """Let what is under way come to its end, so many seconds long; answers the channels still at it."""
        end = time.monotonic() + patience
        for thread in list(self._busy.values()):
            thread.join(max(0.0, end - time.monotonic()))
        return self.busy
