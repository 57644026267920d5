"""Changing a file that people edit too: whole or not at all, and never over what somebody has just saved."""

import os
import shutil
from pathlib import Path

from scheduler.content import source
from scheduler.errors import RunError


def write(path: Path, before: str, after: str) -> None:
    """Put `after` in the place of `before`. Raises RunError where that is no longer there, or where the file
    cannot be written; then nothing was changed.
    """
    path = path.resolve()  # a link stays one
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, part)
        if source.read_text(path, path.name) != before:
            raise RunError(
                f"{path.name} was changed by somebody else just now; nothing was written, try again"
            )
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path.name} cannot be written ({error.strerror}); nothing was changed") from None
    finally:
        part.unlink(missing_ok=True)
