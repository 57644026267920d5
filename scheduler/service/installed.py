"""The packages installed here, against those of requirements.lock, which is what tests run with."""

import os
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"

_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)[ \t]*(?:;[ \t]*([^\\\n]+))?", re.MULTILINE)
_CLAUSE = re.compile(r"(sys_platform|platform_system|os_name) (==|!=) '([^']*)'")
_HERE = {
    "sys_platform": sys.platform,
    "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}.get(sys.platform, ""),
    "os_name": os.name,
}


@dataclass(frozen=True)
class Compared:
    """How many packages the lock asks for here; which are `missing`, and which are `other` versions."""

    count: int
    missing: tuple[str, ...]
    other: tuple[str, ...]


def compare(lock: str) -> Compared:
    """The text of a lock file against what is installed."""
    wanted = packages(lock)
    missing, other = [], []
    for name, version in wanted.items():
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if _same(there) != _same(version):
            other.append(f"{name} {there}, not {version}")
    return Compared(len(wanted), tuple(missing), tuple(other))


def packages(lock: str) -> dict[str, str]:
    """Name to version of each package that this system needs."""
    return {name: version for name, version, marker in _PINNED.findall(lock) if _applies(marker.strip())}


def _same(version: str) -> str:
    """Without leading zeros: fonts write 1.002 where the index has 1.2."""
    return ".".join(part.lstrip("0") or "0" for part in version.split("."))


def _applies(marker: str) -> bool:
    """Whether a marker holds here; where it asks what is not known, the package is not asked for."""
    if not marker:
        return True
    return any(all(_holds(one) for one in part.split(" and ")) for part in marker.split(" or "))


def _holds(clause: str) -> bool:
    found = _CLAUSE.fullmatch(clause.strip(" ()"))
    return found is not None and (_HERE[found[1]] == found[3]) is (found[2] == "==")
