"""Which posts speak which language, and which translation is older than the text it translates.

A file does not say which of its texts was changed last. So it is remembered, by digests, what the original
said when a translation last changed; `since` counts the approvals a translation had when it was first seen to
be behind, because one more says that somebody has read it again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from scheduler.checks.deadlines import BEFORE_DUE
from scheduler.checks.rules import rule
from scheduler.model import Campaign, Channel, Finding, Localised, Post, Severity
from scheduler.planning import Place

OUTDATED = rule(
    "translations.outdated",
    Severity.TODO,
    "A post's text was changed after it was translated, and the translation has stayed as it was.",
    "Bring the translation up to date; or, where it still holds, approve it once more.",
)

_SILENT = frozenset({"spans", "link", "hashtags"})
"""What is not said in words."""


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Remembered:
    """Digests of a translation and of what it translates, as they were when it last changed."""

    own: str
    source: str
    since: int | None = None


Memory = Mapping[str, Mapping[str, Remembered]]
"""By post and language."""


@dataclass(frozen=True)
class Spoken:
    """How one language of a post stands; `lacking` are places that the original has and this has not."""

    post: str
    language: str
    state: State
    lacking: tuple[str, ...] = ()
    original: bool = False


def original(post: Post, campaign: Campaign) -> str | None:
    """The language that the others translate: the campaign's first that the post has."""
    return next((one for one in (*campaign.languages, *post.text) if post.text.get(one)), None)


def spoken(value: Any, path: str = "") -> Iterator[tuple[str, Localised]]:
    """Every place of a post with words by language: ("text", {"en": …}), ("card.title", …)."""
    for one in fields(value):
        if one.name in _SILENT:
            continue
        inside = getattr(value, one.name)
        if is_dataclass(inside):
            yield from spoken(inside, f"{path}{one.name}.")
        elif isinstance(inside, tuple):
            for number, each in enumerate(inside):
                if is_dataclass(each):
                    yield from spoken(each, f"{path}{one.name}.{number}.")
        elif isinstance(inside, Mapping):
            yield from _of_mapping(inside, f"{path}{one.name}")


def _of_mapping(inside: Mapping[str, Any], path: str) -> Iterator[tuple[str, Localised]]:
    if all(isinstance(each, str) for each in inside.values()):
        yield path, inside
        return
    for name, each in inside.items():
        if is_dataclass(each):
            yield from spoken(each, f"{path}.{name}.")


def digest(post: Post, language: str) -> str:
    """SHA-256 (hex) of all that the post says in a language."""
    said = {path: words[language] for path, words in spoken(post) if words.get(language)}
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def renewed(
    posts: Iterable[Post], campaign: Campaign, memory: Memory, approved: Mapping[tuple[str, str], int]
) -> Memory:
    """The memory after a look at the posts; `approved` counts approvals by post and language.

    Posts that are not there are remembered all the same: their file may be broken for the moment.
    """
    found = {post: dict(languages) for post, languages in memory.items()}
    for post in posts:
        first = original(post, campaign)
        for language in post.text:
            if first is None or language == first:
                continue
            now = Remembered(digest(post, language), digest(post, first))
            last = found.setdefault(post.id, {}).get(language)
            found[post.id][language] = _after(last, now, approved.get((post.id, language), 0))
    return found


def _after(last: Remembered | None, now: Remembered, approvals: int) -> Remembered:
    if last is None or last.own != now.own or last.source == now.source:
        return now
    if last.since is None or approvals < last.since:
        # Fewer than before: another year has begun, or another database, and approvals are counted anew.
        return replace(last, since=approvals)
    return now if approvals > last.since else last


def standing(post: Post, languages: Sequence[str], campaign: Campaign, memory: Memory) -> Iterator[Spoken]:
    """How each of the languages stands in a post."""
    first = original(post, campaign)
    for language in languages:
        if not any(words.get(language) for path, words in spoken(post) if path.endswith("text")):
            yield Spoken(post.id, language, State.MISSING)
        elif language == first or first is None:
            yield Spoken(post.id, language, State.PRESENT, original=True)
        elif is_outdated(post, language, first, memory):
            yield Spoken(post.id, language, State.OUTDATED)
        else:
            lacking = tuple(_lacking(post, language, first))
            yield Spoken(post.id, language, State.INCOMPLETE if lacking else State.PRESENT, lacking)


def is_outdated(post: Post, language: str, first: str, memory: Memory) -> bool:
    """Whether the original has changed since this translation did, and nobody has read it again."""
    last = memory.get(post.id, {}).get(language)
    return last is not None and last.own == digest(post, language) and last.source != digest(post, first)


def _behind(post: Post, language: str, campaign: Campaign, memory: Memory) -> str | None:
    """The language that this one is behind; None where it is not."""
    first = original(post, campaign)
    if first is None or language == first or not is_outdated(post, language, first, memory):
        return None
    return first


def _lacking(post: Post, language: str, first: str) -> Iterator[str]:
    """Places with words in the original alone; a variant may well be for one channel's language."""
    for path, words in spoken(post):
        if (
            words.get(first)
            and not (words.get(language) or words.get(""))
            and not path.startswith("variants.")
        ):
            yield path


def findings(
    posts: Iterable[Post],
    places: Iterable[Place],
    campaign: Campaign,
    channels: Mapping[str, Channel],
    memory: Memory,
    now: datetime,
) -> Iterator[Finding]:
    """One finding for each channel that would get an outdated translation; it is blocked near its time."""
    by_id = {post.id: post for post in posts}
    behind: dict[tuple[str, str], str | None] = {}
    for place in places:
        post, language = by_id[place.post], channels[place.channel].language
        about = (post.id, language)
        if about not in behind:
            behind[about] = _behind(post, language, campaign, memory)
        if (first := behind[about]) is None:
            continue
        last_moment = place.due - BEFORE_DUE
        words = (
            f"its {language} text is older than the {first} text it translates: bring it up to date, or, "
            "where it still holds, approve it once more: "
            f"python run.py approve {post.id} --language {language}"
        )
        yield OUTDATED.at(
            post.span("text", language),
            words,
            post=post.id,
            channel=place.channel,
            by=last_moment.astimezone(campaign.timezone).date(),
            cause=f"translations of {post.id} that are older than their original",
            severity=Severity.BLOCKED if now >= last_moment else Severity.TODO,
        )
