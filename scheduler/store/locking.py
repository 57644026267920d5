"""One scheduler of a mode per data folder: an operating-system lock that ends with its process, whatever ends
it.
"""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from scheduler.errors import LockError, StoreError

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # Windows locks bytes, and a locked byte cannot be read: lock one where nothing stands

    def _lock(handle: int) -> None:
        os.lseek(handle, FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def lock(path: Path, now: datetime, words: str) -> Iterator[None]:
    """Hold the lock file while the block runs. Raises LockError naming who holds it, on which machine, since
    when.

    `words` say what the holder is doing ("run --live"). The file stays behind: only the lock on it counts.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}); check the folder's permissions"
        ) from None
    try:
        try:
            _lock_patiently(handle)
        except OSError:
            raise LockError(_held(path)) from None
        note = {"pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat(), "words": words}
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(note).encode())
        yield
    finally:
        os.close(handle)


def _lock_patiently(handle: int) -> None:
    """Once more after a moment: somebody may only be asking whether it is held."""
    try:
        _lock(handle)
    except OSError:
        time.sleep(0.1)
        _lock(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock at this moment."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def holder(path: Path) -> dict[str, str]:
    """What the last holder wrote: pid, host, since, words; empty where nothing can be read."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {str(name): str(value) for name, value in found.items()}
    return {}


def _held(path: Path) -> str:
    known = holder(path)
    who = (
        f"process {known['pid']} on {known['host']} since {known['since']} ({known['words']})"
        if known
        else "it"
    )
    return f"{path.parent}: another scheduler is at work here: {who}; stop it first, or work through it"
