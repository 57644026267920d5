"""One scheduler of a mode per data folder, and one per remote account: operating-system locks that end with
their process, whatever ends it.
"""

import contextlib
import hashlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from scheduler.errors import LockError, StoreError

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # Windows locks bytes, and a locked byte cannot be read: lock one where nothing stands

    def _lock(handle: int, together: bool = False) -> None:
        if together:
            return  # Windows cannot lock a byte for several; there one machine is one scheduler
        os.lseek(handle, FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int, together: bool = False) -> None:
        fcntl.flock(handle, (fcntl.LOCK_SH if together else fcntl.LOCK_EX) | fcntl.LOCK_NB)


@contextmanager
def lock(path: Path, now: datetime, words: str) -> Iterator[None]:
    """Hold the lock file while the block runs. Raises LockError naming who holds it, on which machine, since
    when.

    `words` say what the holder is doing ("run --live"). The file stays behind: only the lock on it counts.
    """
    handle = take(path, now, words)
    if handle is None:
        raise LockError(_held(path))
    try:
        yield
    finally:
        os.close(handle)


def take(path: Path, now: datetime | None, words: str, *, together: bool = False, **more: str) -> int | None:
    """The locked file's handle, to be closed by whoever is done with it; None where a process holds it.

    Raises StoreError where the file cannot be written. `more` is noted for the next one who asks. What is
    held `together` bars only those who want it for themselves.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}); check the folder's permissions"
        ) from None
    try:
        _lock_patiently(handle, together)
    except OSError:
        os.close(handle)
        return None
    note = {"pid": os.getpid(), "host": socket.gethostname(), "words": words}
    note |= {"since": now.isoformat()} if now is not None else {}
    # A full disk must not keep the lock from being held: without the note it only is less well told.
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({**note, **more}).encode())
    return handle


def _lock_patiently(handle: int, together: bool) -> None:
    """Once more after a moment: somebody may only be asking whether it is held."""
    try:
        _lock(handle, together)
    except OSError:
        time.sleep(0.1)
        _lock(handle, together)


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
    at = f"{path.parent}: another scheduler is at work here: "
    return at + f"{described(known)}; stop it first, or work through it"


def described(known: Mapping[str, str]) -> str:
    """Who holds a lock, from what it wrote: "process 4711 on office-pc, `run --live`, since Fri 26 Feb …"."""
    if "pid" not in known:
        return "it has not said who it is"
    words = f"process {known['pid']} on {known.get('host', 'this machine')}"
    words += f", `{known['words']}`" if known.get("words") else ""
    return words + (f", since {since}" if (since := _local(known.get("since", ""))) else "")


def _local(written: str) -> str:
    """A moment as the clock on this machine's wall shows it."""
    try:
        there = datetime.fromisoformat(written).astimezone()
    except ValueError:
        return ""
    return f"{there:%a} {there.day} {there:%b %Y %H:%M} {there:%Z}"


# One scheduler per remote account on this machine, whatever data folder each works in.

_HELD: dict[str, tuple[int, int]] = {}
"""This process's locks by identity: the handle, and how many of its channels rely on it."""

_GUARD = threading.Lock()
NOTE_BYTES = 4096


class AccountLock:
    """Held until `close`, or until the process ends in whatever way."""

    def __init__(self, identity: str, together: bool = False) -> None:
        self._identity: str | None = identity
        self._together = together

    def still_ours(self) -> bool:
        """Keep the file from being tidied away as an old one (systemd-tmpfiles does after ten days); where it
        is gone, lock a new one. False where another process was faster.
        """
        identity = self._identity
        if identity is None:
            return False
        with _GUARD:
            handle, users = _HELD[identity]
            with contextlib.suppress(OSError, TypeError, NotImplementedError):
                os.utime(handle)
            if _is_at(_file(identity), handle):
                return True
            known = os.pread(handle, NOTE_BYTES, 0) if hasattr(os, "pread") else b""
            folder = _folder_in(known)
            taken = take(_file(identity), None, "", together=self._together, folder=folder)
            if taken is None:
                return False
            os.close(handle)
            _HELD[identity] = (taken, users)
            return True

    def close(self) -> None:
        """Let go; what another channel of this process still needs stays locked."""
        identity, self._identity = self._identity, None
        if identity is None:
            return
        with _GUARD:
            handle, users = _HELD.pop(identity)
            if users > 1:
                _HELD[identity] = (handle, users - 1)
            else:
                os.close(handle)


def _is_at(path: Path, handle: int) -> bool:
    """Whether the locked file is the one that others would find."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _folder_in(note: bytes) -> str:
    """The data folder that a note names."""
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(note).get("folder", ""))
    return ""


def account_lock(identity: str, folder: Path | None = None, *, together: bool = False) -> AccountLock | None:
    """The lock of one remote account; None where another process on this machine has it (`account_holder`).

    `identity` says which account on which server; it is kept as a hash only. `folder` is the data folder the
    other one is told of. Schedulers of one server's database hold it `together`. Raises StoreError where the
    system's folder for such files cannot be written.
    """
    with _GUARD:
        if identity in _HELD:
            handle, users = _HELD[identity]
            _HELD[identity] = (handle, users + 1)
            return AccountLock(identity, together)
        where = str(folder.resolve()) if folder is not None else ""
        taken = take(_file(identity), None, "", together=together, folder=where)
        if taken is None:
            return None
        _HELD[identity] = (taken, 1)
        return AccountLock(identity, together)


def account_holder(identity: str) -> Mapping[str, str]:
    """What the holder wrote: pid, host, since, folder; empty where nobody ever held it."""
    return holder(_file(identity))


def account_taken(identity: str) -> str:
    """Who has the account, in words for a person who wonders why nothing is sent here."""
    known = account_holder(identity)
    where = f" with the data folder {known['folder']}" if known.get("folder") else ""
    return f"another scheduler on this machine publishes on this account: {described(known)}{where}"


def _file(identity: str) -> Path:
    mine = os.getuid() if sys.platform != "win32" else "mine"
    folder = Path(tempfile.gettempdir(), f"awareness-scheduler-{mine}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be made ({error.strerror}); mend the system's temp folder"
        ) from None
    return folder / (hashlib.sha256(identity.encode()).hexdigest() + ".lock")
