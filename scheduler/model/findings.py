"""What `check` says, and where in which file it says it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """error stops (exit 2) · blocked does not go out live · todo becomes blocked 72 h before due · the rest
    inform.
    """

    ERROR = "error"
    BLOCKED = "blocked"
    TODO = "todo"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Span:
    """Where a value stands in its file. Lines and columns count from 1 in characters; the end is exclusive.

    `start` and `end` are character offsets into the file's decoded text, for editing in place.
    """

    file: str
    line: int
    column: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Finding:
    """One sentence for a person, with its place and what to do.

    `rule` is `family.name` (`figures.unsourced`). `post` is the post's id where there is one, `channel` where
    only one channel's version is meant. `by` is the day a todo falls due. `cause` groups findings that one
    act cures. `answered` says who has answered a question about words, and why it stops nothing any more.
    """

    severity: Severity
    rule: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    post: str | None = None
    channel: str | None = None
    by: date | None = None
    cause: str = ""
    answered: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place} {self.severity} {self.rule}: {self.message}".strip()

    def to_json(self) -> dict[str, Any]:
        """The fields `check --json` promises, and the two more that help a page."""
        fields = asdict(self)
        fields["severity"] = str(self.severity)
        fields["by"] = self.by.isoformat() if self.by else None
        return fields


def at(span: Span | None, severity: Severity, rule: str, message: str, **more: Any) -> Finding:
    """A finding at a span; without one it has no place."""
    if span is None:
        return Finding(severity, rule, message, **more)
    return Finding(severity, rule, message, span.file, span.line, span.column, **more)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among them, or None."""
    order = list(Severity)
    return min((finding.severity for finding in findings), key=order.index, default=None)
