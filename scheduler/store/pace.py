"""How long a commit takes."""

LAST = 32
"""So many commits are remembered; the shortest of them stood behind nothing else."""


class Pace:
    """The shortest of the last commits; 0 until there were enough of them. Any thread may note one."""

    def __init__(self) -> None:
        self._last = [0.0] * LAST
        self._noted = 0

    def note(self, seconds: float) -> None:
        # Two threads that note in the same moment may count as one; nothing depends on it.
        self._last[self._noted % LAST] = seconds
        self._noted += 1

    @property
    def shortest(self) -> float:
        return min(self._last)
