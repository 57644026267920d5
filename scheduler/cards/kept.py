"""Cards in their folder: each is drawn once and kept; where many are missing, several processes draw them.

A worker is this program's own `scheduler.cards.drawer`, fed through a pipe: when its parent ends, however it
ends, the pipe closes and the worker goes too.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from scheduler.cards import backdrop
from scheduler.cards.card import draw
from scheduler.cards.request import Request, identity
from scheduler.errors import CardError, StoreError

FEW = 16
"""Up to so many missing cards are drawn here: starting workers takes as long as drawing a dozen."""

MOST_WORKERS = 8
BATCH = 8
PACKAGE = Path(__file__).parents[2]
SPARING = {"MALLOC_MMAP_THRESHOLD_": "2000000"}
"""Lets the C library of Linux give a picture's memory back at once, which keeps a worker below 90 MB."""


@dataclass(frozen=True)
class Wanted:
    """A card to be had: what it shows, its size, and whether it is to be drawn even if it is there."""

    request: Request
    size: tuple[int, int]
    again: bool = False

    @property
    def name(self) -> str:
        return identity(self.request, self.size)


Job = tuple[Request, tuple[int, int], Path]


class Kept:
    """The folder of drawn cards, by identity. `root` holds assets/images."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self._fresh: set[str] = set()

    def path(self, wanted: Wanted) -> Path:
        """The card's file, drawn now where it is missing. Raises CardError, or StoreError if unwritable."""
        name = wanted.name
        path = self.folder / f"{name}.jpg"
        if (wanted.again and name not in self._fresh) or not path.exists():
            write(path, draw(wanted.request, wanted.size, self.root).data)
            self._fresh.add(name)
        return path

    def fill(self, wanted: Iterable[Wanted], progress: Callable[[int, int], None] | None = None) -> None:
        """Draw what is missing in several processes, where that is worth it.

        What a worker cannot draw stays missing: `path` meets the same error and says it.
        """
        missing: dict[str, Job] = {}
        for one in wanted:
            path = self.folder / f"{one.name}.jpg"
            if one.again or not path.exists():
                missing[one.name] = (one.request, one.size, path)
        if len(missing) <= FEW:
            return
        # One background after the other: each worker keeps the few it has just covered a card with.
        jobs = sorted(missing.values(), key=lambda job: (job[0].background or "", job[1], job[2].name))
        before = {job[2]: _changed(job[2]) for job in jobs}
        _Crew(self.root, jobs, progress).work()
        self._fresh |= {path.stem for path, when in before.items() if _changed(path) != when}


def write(path: Path, data: bytes) -> None:
    """Atomically, so that a card is whole or not there; others may be drawing the same one."""
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreError(
            f"{path.parent} cannot be written ({error.strerror}); make the folder writable or free some space"
        ) from None


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


class _Crew:
    """Workers, each with a thread that hands it one batch after the other."""

    def __init__(self, root: Path, jobs: Sequence[Job], progress: Callable[[int, int], None] | None) -> None:
        self.root, self.total, self.done, self.progress = root, len(jobs), 0, progress
        self.lock = threading.Lock()
        self.batches: SimpleQueue[Sequence[Job]] = SimpleQueue()
        for start in range(0, len(jobs), BATCH):
            self.batches.put(jobs[start : start + BATCH])

    def work(self) -> None:
        workers = max(1, min(os.cpu_count() or 1, MOST_WORKERS, self.batches.qsize()))
        with ThreadPoolExecutor(workers) as threads:
            turns = [threads.submit(self._turn) for _ in range(workers)]
        for turn in turns:
            turn.result()

    def _turn(self) -> None:
        """Feed one worker until no batch is left. A worker that dies leaves its cards missing."""
        paths = os.pathsep.join(filter(None, (str(PACKAGE), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "scheduler.cards.drawer"]
        with (
            suppress(OSError),
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": paths, **SPARING},
            ) as worker,
        ):
            assert worker.stdin is not None
            assert worker.stdout is not None
            with suppress(Empty):
                while True:
                    batch = self.batches.get_nowait()
                    pickle.dump((self.root, batch), worker.stdin)
                    worker.stdin.flush()
                    for _ in batch:
                        if not worker.stdout.readline():
                            return
                        self._count()
            worker.stdin.close()

    def _count(self) -> None:
        with self.lock:
            self.done += 1
            if self.progress:
                self.progress(self.done, self.total)


def draw_all(jobs: Iterable[tuple[Path, Job]], tell: Callable[[], None]) -> None:
    """What a worker does: draw, write, say so. Backgrounds no longer needed are let go, to stay small."""
    before: tuple[str | None, tuple[int, int]] | None = None
    for root, (request, size, path) in jobs:
        if before != (request.background, size):
            backdrop.forget()
            before = (request.background, size)
        with suppress(CardError, StoreError):
            write(path, draw(request, size, root).data)
        tell()
