"""What `check` has told already: kept in the data folder, so that it can say which findings are new."""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from scheduler.model import Finding

FILE = "told.json"
"""In the data folder."""


def new(data: Path, findings: Iterable[Finding]) -> frozenset[Finding]:
    """Those that the last check did not tell; none before the first, to which all would be new."""
    before = _read(data / FILE)
    if before is None:
        return frozenset()
    return frozenset(one for one in findings if _mark(one) not in before)


def remember(data: Path, findings: Iterable[Finding]) -> None:
    """Keep what is told now, atomically. What cannot be written is only forgotten: nothing rests on it."""
    part = data / f".{FILE}.{os.getpid()}.part"
    try:
        data.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(sorted({_mark(one) for one in findings}), indent=0), encoding="utf-8")
        part.replace(data / FILE)
    except OSError:
        part.unlink(missing_ok=True)


def _read(path: Path) -> frozenset[str] | None:
    try:
        return frozenset(map(str, json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        return None


def _mark(finding: Finding) -> str:
    """One finding from check to check: its place in the file may change, and what its sentence counts."""
    about = finding.cause or finding.message
    named = "\n".join((finding.rule, about, finding.post or "", finding.channel or ""))
    return sha256(named.encode(errors="surrogatepass")).hexdigest()[:16]
