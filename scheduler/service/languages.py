"""What is said in which language: what is missing, what is behind its original, and who has read it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.checks import translations
from scheduler.checks.translations import Memory, Remembered, Spoken
from scheduler.model import Approval, Channel, Post, Said

if TYPE_CHECKING:
    from scheduler.config import Config
    from scheduler.prepare import Preparation

FILE = "translations.json"
"""In the data folder: what each translation translates. Without it every translation counts as it is."""


@dataclass(frozen=True)
class Row:
    """One language of one post; `read_by` are those who approved what it says now."""

    spoken: Spoken
    read_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        one = self.spoken
        return {
            "post": one.post,
            "language": one.language,
            "state": str(one.state),
            "original": one.original,
            "lacking": list(one.lacking),
            "read_by": list(self.read_by),
        }


def load(config: Config) -> Memory:
    """What is remembered; nothing where the file is not there or cannot be read."""
    try:
        found = json.loads((config.data / FILE).read_text(encoding="utf-8"))
        return {
            str(post): {str(language): _remembered(one) for language, one in languages.items()}
            for post, languages in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _remembered(one: Mapping[str, Any]) -> Remembered:
    """Raises TypeError for what we have not written so."""
    made = Remembered(**one)
    if not (
        isinstance(made.own, str) and isinstance(made.source, str) and isinstance(made.since, int | None)
    ):
        raise TypeError("a digest is text, and approvals are counted")
    return made


def look(
    config: Config, posts: Sequence[Post], said: Mapping[str, Sequence[Approval]], *, keep: bool = True
) -> Memory:
    """The memory brought up to today's texts, and written down where it changed and `keep`."""
    before = load(config)
    after = translations.renewed(posts, config.campaign, before, _approvals(config, said))
    if keep and after != before:
        _write(config.data / FILE, after)
    return after


def _approvals(config: Config, said: Mapping[str, Sequence[Approval]]) -> Mapping[tuple[str, str], int]:
    """How often somebody has approved each post in each language, in this campaign year."""
    count: Counter[tuple[str, str]] = Counter()
    for key, given in said.items():
        year, _, rest = key.partition("/")
        post, _, channel = rest.partition("/")
        if year == str(config.campaign.year) and channel in config.channels:
            language = config.channels[channel].language
            count[post, language] += sum(one.act is Said.APPROVE for one in given)
    return count


def _write(path: Path, memory: Memory) -> None:
    """Atomically. What cannot be written is only forgotten: nothing is published by it."""
    told = {
        post: {language: vars(one) for language, one in sorted(languages.items())}
        for post, languages in sorted(memory.items())
    }
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)


def table(made: Preparation, said: Mapping[str, Sequence[Approval]]) -> list[Row]:
    """Every post that is not a draft, in every language that some channel speaks, in the files' order."""
    config, memory = made.config, load(made.config)
    languages = spoken_by(config.channels, config.campaign.languages)
    read = _readers(made, said)
    return [
        Row(one, read.get((one.post, one.language), ()))
        for post in made.content.posts
        if not post.draft
        for one in translations.standing(post, languages, config.campaign, memory)
    ]


def spoken_by(channels: Mapping[str, Channel], languages: Sequence[str]) -> tuple[str, ...]:
    """The campaign's languages that a channel speaks."""
    used = {channel.language for channel in channels.values()}
    return tuple(language for language in languages if language in used)


def _readers(
    made: Preparation, said: Mapping[str, Sequence[Approval]]
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Who has approved exactly what a post says now, by post and language."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in made.deliveries:
        for approval in said.get(one.key, ()):
            if approval.act is Said.APPROVE and approval.digest == one.digest:
                found.setdefault((one.post, one.message.language), {})[approval.who] = None
    return {about: tuple(names) for about, names in found.items()}


def lines(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """For each language its counts in words, with the posts that need somebody."""
    for language in dict.fromkeys(row.spoken.language for row in rows):
        mine = [row for row in rows if row.spoken.language == language]
        yield language, "; ".join(_words(mine))


def _words(rows: Sequence[Row]) -> Iterator[str]:
    by_state: dict[str, list[Row]] = {}
    for row in rows:
        by_state.setdefault(row.spoken.state, []).append(row)
    missing = by_state.get(translations.State.MISSING, [])
    there = len(rows) - len(missing)
    yield f"{there} post{'' if there == 1 else 's'}"
    for state, words in (
        (translations.State.MISSING, "without"),
        (translations.State.OUTDATED, "older than what they translate"),
        (translations.State.INCOMPLETE, "incomplete"),
    ):
        if found := by_state.get(state, []):
            yield f"{len(found)} {words}: {_few([row.spoken for row in found])}"
    readers = Counter(name for row in rows for name in row.read_by)
    if readers:
        unread = sum(not row.read_by for row in rows) - len(missing)
        told = ", ".join(f"{name} {count}" for name, count in readers.most_common())
        yield f"read by {told}" + (f", {unread} by nobody" if unread else "")


def _few(found: Sequence[Spoken], shown: int = 5) -> str:
    named = [f"{one.post} ({', '.join(one.lacking)})" if one.lacking else one.post for one in found[:shown]]
    rest = len(found) - shown
    return ", ".join(named) + (f" and {rest} more" if rest > 0 else "")
