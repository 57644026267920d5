"""What the last check found of posts that have not changed since, while ledger and settings are the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.checks.context import Case, Context
from scheduler.checks.words import Index
from scheduler.model import Campaign, Channel, Finding, Ledger, Post


@dataclass(frozen=True)
class Known:
    """A post's texts as they were read, and what each family of rules that looks at nothing else found."""

    post: Post
    case: Case
    found: Mapping[str, tuple[Finding, ...]]


@dataclass(frozen=True)
class _Check:
    ledger: Ledger
    campaign: Campaign
    channels: Mapping[str, Channel]
    index: Index
    known: Mapping[int, Known] = field(default_factory=dict)


class Memory:
    """Of the last check. A post counts as unchanged where it is the very same object (content's memory gives
    it back for an unchanged file), and nothing counts as known where ledger, campaign or channels differ.
    """

    def __init__(self) -> None:
        self._last: _Check | None = None

    def recall(self, context: Context) -> Mapping[int, Known]:
        """What is known in these circumstances, by the post's identity; the word lists are ready with it."""
        last = self._last
        if last is None or last.ledger is not context.ledger:
            return {}
        context.take(last.index)
        same = last.campaign == context.campaign and last.channels == context.channels
        return last.known if same else {}

    def keep(self, context: Context, known: Mapping[int, Known]) -> None:
        """In place of what was known before."""
        context.index.trim()
        channels = dict(context.channels)
        self._last = _Check(context.ledger, context.campaign, channels, context.index, known)
