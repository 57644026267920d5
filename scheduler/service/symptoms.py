"""What `doctor` says of one thing."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Seen:
    """One thing that was looked at: `about` names it, `words` say how it is, `todo` what to do about it."""

    about: str
    health: Health
    words: str
    todo: str = ""


def ago(age: timedelta) -> str:
    """3 days ago, rounded down; seconds where it is less than two minutes."""
    seconds = int(age.total_seconds())
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
