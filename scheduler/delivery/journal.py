"""Answers of platforms that the database would not take: kept beside it, so that a crash does not lose them.

The file is made at the start, with real bytes: on a disk that has filled up since, it can still be written in
place.
"""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scheduler.errors import StoreError

BYTES = 256 * 1024
"""Some hundred answers, far more than there are channels."""


class Journal:
    """One line for each entry, `CRC-32 of the JSON, the JSON`, from the beginning; zeros after the last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0

    def open(self) -> tuple[Mapping[str, Any], ...]:
        """The entries an earlier process left; the file is made where it is missing or too short."""
        try:
            found = self._path.read_bytes() if self._path.exists() else b""
            if len(found) < BYTES:
                self._write(0, found + bytes(BYTES - len(found)), os.O_CREAT)
        except OSError as error:
            raise StoreError(
                f"{self._path}: cannot be written ({error.strerror}); make room or mend its permissions, "
                "nothing is sent meanwhile"
            ) from None
        written = found.partition(b"\0")[0]
        # A line without its end was cut short: the next one is written over it.
        self._end = written.rfind(b"\n") + 1
        lines = written[: self._end].splitlines()
        return tuple(entry for line in lines if (entry := _read(line)) is not None)

    def append(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Keep them. Raises OSError where that cannot be done."""
        lines = b"".join(_line(entry) for entry in entries)
        if self._end + len(lines) >= BYTES:
            raise OSError("the journal is full")
        self._write(self._end, lines)
        self._end += len(lines)

    def clear(self) -> None:
        """Every entry is in the database. Raises OSError."""
        if self._end:
            self._write(0, bytes(self._end))
            self._end = 0

    def _write(self, start: int, content: bytes, flags: int = 0) -> None:
        handle = os.open(self._path, os.O_WRONLY | getattr(os, "O_BINARY", 0) | flags, 0o600)
        try:
            os.lseek(handle, start, os.SEEK_SET)
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)


def _line(entry: Mapping[str, Any]) -> bytes:
    content = json.dumps(entry, sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _read(line: bytes) -> Mapping[str, Any] | None:
    """None for a line whose writing was cut short; then the delivery is looked for at its platform."""
    check, _, content = line.partition(b" ")
    if check != b"%08x" % zlib.crc32(content):
        return None
    found: Mapping[str, Any] = json.loads(content)
    return found
