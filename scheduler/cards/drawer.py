"""A worker that draws cards: batches come in on its input, a line goes out for each card done."""

import pickle
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from scheduler.cards import kept


def main() -> None:
    # The person's Ctrl-C ends the parent; the closed pipe then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kept.draw_all(_jobs(), _tell)


def _jobs() -> Iterator[tuple[Path, kept.Job]]:
    """Everything the parent sends, until it closes the pipe."""
    while True:
        try:
            root, batch = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        yield from ((root, job) for job in batch)


def _tell() -> None:
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
