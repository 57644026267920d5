"""One scheduler of a mode per data folder, and one per remote account: operating-system locks that end with
their process, whatever ends it.
"""

import contextlib
import errno
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


NOTE_BYTES = 4096
TRIES = 5


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


def take(path: Path, now: datetime | None, words: str, *, together: str = "", **more: str) -> int | None:
    """The locked file's handle, to be closed by whoever is done with it; None where a process holds it.

    Raises StoreError where the file cannot be written. `more` is noted for the next one who asks. What is
    held `together` is shared by those who give the same word for it.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}); check the folder's permissions"
        ) from None
    try:
        _lock_patiently(handle, bool(together))
        if together:
            _join(handle, together)
    except OSError:
        os.close(handle)
        return None
    note = {"pid": os.getpid(), "host": socket.gethostname(), "words": words}
    note |= {"since": now.isoformat()} if now is not None else {}
    note |= {"together": together} if together else {}
    _write(handle, json.dumps({**note, **more}).encode(), at_once=bool(together))
    if together:
        # Alone until now, where nobody else had it: in between, somebody may have taken it for themselves.
        try:
            _lock_patiently(handle, True)
        except OSError:
            os.close(handle)
            return None
    return handle


def _write(handle: int, note: bytes, *, at_once: bool) -> None:
    """A full disk must not keep the lock from being held: without the note it only is less well told.
    `at_once`: others write there too, and no reader may find less than a whole note.
    """
    with contextlib.suppress(OSError):
        if not at_once:
            os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, note.ljust(NOTE_BYTES) if at_once else note)


def _join(handle: int, together: str) -> None:
    """Raises OSError where others hold it who gave another word for it."""
    if sys.platform == "win32":
        return
    for _ in range(TRIES):
        if _noted(os.pread(handle, NOTE_BYTES, 0), "together") == together:
            return
        with contextlib.suppress(OSError):
            _lock(handle)
            return  # nobody else has it: what is noted is of somebody who has ended
        # Somebody may be about to write the same word; and having asked for it alone, we have nothing.
        time.sleep(0.1)
        _lock(handle, together=True)
    raise OSError(errno.EWOULDBLOCK, "held by others")


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


class AccountLock:
    """Held until `close`, or until the process ends in whatever way."""

    def __init__(self, identity: str, together: str = "") -> None:
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
            folder = _noted(known, "folder")
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


def _noted(note: bytes, name: str) -> str:
    """What a note says there; "" where nothing, or nothing that can be read."""
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(note).get(name, ""))
    return ""


def account_lock(identity: str, folder: Path | None = None, *, together: str = "") -> AccountLock | None:
    """The lock of one remote account; None where another process on this machine has it (`account_holder`).

    `identity` says which account on which server; it is kept as a hash only. `folder` is the data folder the
    other one is told of. Schedulers of one server's database hold it `together`, by that database's name;
    those of another one do not get it. Raises StoreError where the
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
