"""The health file: written while all goes on, so that its age says whether the scheduler is at work."""

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler.errors import RunError
from scheduler.model import Mode
from scheduler.service import as_json
from scheduler.service.outlook import Outlook

FILES = {Mode.LIVE: "healthz", Mode.DRY: "healthz-dry"}
"""Each mode has its own: a dry run beside it must not make a scheduler that stands still look alive."""

EVERYBODY_READS = 0o644


def path(folder: Path, mode: Mode) -> Path:
    return folder / FILES[mode]


def write(folder: Path, seen: Outlook) -> None:
    """Replace the file at once: a reader sees the old one or the new one. Raises RunError."""
    target = path(folder, seen.mode)
    part = target.with_name(f".{target.name}.part")
    told = {**seen.to_json(), "holds": [as_json.of(hold) for hold in seen.holds]}
    try:
        part.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.chmod(EVERYBODY_READS)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunError(f"{target}: cannot be written ({error.strerror})") from None


def read(folder: Path, mode: Mode) -> Mapping[str, Any]:
    """What was last written; empty where there is nothing that can be read."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path(folder, mode).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def last_tick(folder: Path, mode: Mode) -> datetime | None:
    """When the scheduler of that mode last looked at what is to do, by its file."""
    with contextlib.suppress(KeyError, ValueError, TypeError):
        return datetime.fromisoformat(read(folder, mode)["last_tick"])
    return None
