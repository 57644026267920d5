"""What planning has to say: collected per channel, told once where it holds for all channels of a post."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from scheduler.model import Channel, Finding, Post, Severity, at


class _Said(NamedTuple):
    severity: Severity
    rule: str
    words: str
    post: Post
    channel: str
    cause: str


@dataclass(frozen=True)
class Note:
    """One rule's sentence. `cause` groups what one act cures; by default that is the post."""

    severity: Severity
    rule: str
    words: str
    cause: str = ""


class Notes:
    """Notes come in by post and channel; they leave as findings at the post's `when`."""

    def __init__(self) -> None:
        self._said: list[_Said] = []
        self._channels: Counter[str] = Counter()

    def planned(self, post: Post) -> None:
        """Count one channel more for a post, to know later whether a sentence holds for all of them."""
        self._channels[post.id] += 1

    def add(self, post: Post, channel: Channel, note: Note) -> None:
        cause = f"{note.rule.removeprefix('planning.')}:{note.cause or post.id}"
        self._said.append(_Said(note.severity, note.rule, note.words, post, channel.name, cause))

    def findings(self) -> list[Finding]:
        alike: dict[tuple[str, str, str], list[_Said]] = {}
        for said in self._said:
            alike.setdefault((said.post.id, said.rule, said.words), []).append(said)
        return [
            finding
            for group in alike.values()
            for finding in (
                [_finding(group[0], None)]
                if len(group) == self._channels[group[0].post.id]
                else [_finding(said, said.channel) for said in group]
            )
        ]


def _finding(said: _Said, channel: str | None) -> Finding:
    words = f"{channel}: {said.words}" if channel else said.words
    span = said.post.span("when")
    return at(span, said.severity, said.rule, words, post=said.post.id, channel=channel, cause=said.cause)
