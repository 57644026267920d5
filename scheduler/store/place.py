"""Where a database lives, to see later whether it still is that very one."""

import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux names this start of the machine; containers on it read the same."""


class Place(Protocol):
    """What is kept in the database about where it is."""

    def moved(self, before: Mapping[str, Any]) -> str | None:
        """What happened since `before`, as a sentence without its end; None where nothing did."""

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Home:
    """Where a database file lives. Not the device's number: on some systems every start of the machine gives
    another. `boot` is this start of the machine, "" where the system does not tell.
    """

    path: str
    inode: int
    host: str
    boot: str = ""

    @classmethod
    def of(cls, path: Path) -> "Home":
        return cls(str(path.resolve()), path.stat().st_ino, socket.gethostname(), _boot())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def moved(self, before: Mapping[str, Any]) -> str | None:
        """`before` also as another version of this program wrote it."""
        if "path" not in before:
            return "this database was moved here from a PostgreSQL server"
        was = Home(before["path"], before["inode"], before["host"], before.get("boot", ""))
        if was.host != self.host and not self._is_renamed(was):
            return f"this database comes from another computer ({was.host})"
        if was.path != self.path:
            return f"this database was copied or moved here from {was.path}"
        if was.inode != self.inode:
            return "this database's file was replaced by a copy"
        return None

    def _is_renamed(self, was: "Home") -> bool:
        """The same machine without a restart, called otherwise: each new container has a name of its own."""
        same = (was.path, was.inode, was.boot) == (self.path, self.inode, self.boot)
        return same and bool(self.boot)


def _boot() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True)
class Cluster:
    """Which PostgreSQL server, database and table it is, and how often a standby of it took over
    (`timeline`).
    """

    system: str
    database: int
    table: int
    timeline: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def moved(self, before: Mapping[str, Any]) -> str | None:
        if "system" not in before:
            return "this database was moved here from a file"
        was = Cluster(**before)
        if was.system != self.system:
            return "this database comes from another PostgreSQL server"
        if (was.database, was.table) != (self.database, self.table):
            return "this database was made anew from a copy"
        if was.timeline != self.timeline:
            return (
                "a standby has taken over as the PostgreSQL server, or it was put back to an earlier moment, "
                "and the newest entries may be missing"
            )
        return None
