"""What a platform says of a token, where it does: what it may do, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Permit:
    """`scopes` are in the platform's own names, () where it does not tell them. `end` (aware UTC) is when the
    token ends; `endless`: it is known to have no end.
    """

    scopes: tuple[str, ...] = ()
    end: datetime | None = None
    endless: bool = False

    def lacking(self, needed: Sequence[str]) -> tuple[str, ...]:
        """What of that the token may not do; nothing where it is not told what it may."""
        return tuple(name for name in needed if self.scopes and name not in self.scopes)

    def lesser(self, uses: Mapping[str, str]) -> dict[str, str]:
        """What of that it may not do, each with its use."""
        return {name: uses[name] for name in self.lacking(tuple(uses))}


def moment_of(seconds: Any) -> datetime | None:
    """Seconds since 1970 as platforms write them (aware UTC); 0 and what is no number are no moment."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None
