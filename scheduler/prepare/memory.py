"""What the last preparation made of posts that have not changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scheduler import checks, content
from scheduler.model import Finding, Ledger, Message, Post

Records = tuple[tuple[str, str], ...]
"""What a message rests on: records as kind/id, each with a mark of what it said."""


@dataclass(frozen=True)
class Shown:
    """What stands beside a message: its length against the limit, dropped hashtags, its price."""

    length: int
    limit: int
    unit: str
    dropped: tuple[str, ...]
    cost: Decimal | None


@dataclass(frozen=True)
class Made:
    """A message without pictures, with all that was said and noted of it when it was made."""

    post: Post
    message: Message
    shown: Shown
    findings: tuple[Finding, ...]
    records: Records


class Memory:
    """What was read, found and made at the last preparation, to be used again where nothing has changed."""

    def __init__(self) -> None:
        self.content, self.checks = content.Memory(), checks.Memory()
        self._made: tuple[Ledger, object, Mapping[tuple[int, str], Made]] | None = None

    def recall(self, ledger: Ledger, settings: object) -> Mapping[tuple[int, str], Made]:
        """What was made of the same ledger and equal settings, by the post's identity and the channel."""
        if self._made is None or self._made[0] is not ledger or self._made[1] != settings:
            return {}
        return self._made[2]

    def keep(self, ledger: Ledger, settings: object, made: Mapping[tuple[int, str], Made]) -> None:
        """In place of what was made before."""
        self._made = (ledger, settings, made)
