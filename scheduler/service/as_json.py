"""What `--json` prints of a status, a hold or an event: one form of time everywhere."""

from datetime import UTC, datetime
from typing import Any, Protocol

TIMES = ("due", "at", "look_again")


class Told(Protocol):
    """Anything of the store with a form for programs."""

    def to_json(self) -> dict[str, Any]: ...


def of(one: Told) -> dict[str, Any]:
    """Its fields, times in UTC."""
    times = {name: utc(at) for name in TIMES if isinstance(at := getattr(one, name, None), datetime)}
    return {**one.to_json(), **times}


def utc(moment: datetime) -> str:
    """ISO 8601 with Z, to the second: 2027-02-26T05:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
