"""The same text twice, or nearly: on two accounts of one platform, or within 30 days of itself."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from zlib import crc32

from scheduler.checks.context import Case, Context
from scheduler.checks.rules import rule
from scheduler.model import Channel, Finding, Post, Severity

SAME_PLATFORM = rule(
    "duplicates.two-accounts",
    Severity.ERROR,
    "One text, or nearly the same, goes out on two accounts of one platform, which X and others forbid.",
    "Give one of the channels a variant in other words, or leave it out.",
)
REPEATED = rule(
    "duplicates.repeated",
    Severity.WARNING,
    "A post says nearly the same as another within 30 days.",
    "Say it differently, or leave one out.",
)
SAME_LANGUAGE = rule(
    "duplicates.one-language",
    Severity.WARNING,
    "Two accounts of one platform speak to the same readers in one language.",
    "Leave one of them out, or give each texts of its own; X takes accounts that say alike for spam.",
)

ALIKE = 0.9
WITHIN = timedelta(days=30)
_SHINGLE, _SKETCH, _LOOK_BACK = 3, 5, 20


@dataclass(frozen=True)
class _Said:
    post: Post
    channel: Channel
    due: datetime
    words: tuple[str, ...]


def findings(context: Context, cases: dict[str, Case]) -> Iterator[Finding]:
    """All planned texts against each other, and the channels themselves."""
    yield from _one_language(context)
    said = list(_all_said(context, cases))
    yield from _two_accounts(said)
    yield from _repeated(said)


def _one_language(context: Context) -> Iterator[Finding]:
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for channel in context.channels.values():
        alike[channel.platform, channel.language].append(channel.name)
    for (platform, language), names in alike.items():
        if len(names) > 1:
            words = f"{' and '.join(names)} are all on {platform} in the language “{language}”"
            yield SAME_LANGUAGE.at(None, f"{words}; give each its own texts, or leave one out")


def _all_said(context: Context, cases: dict[str, Case]) -> Iterator[_Said]:
    for place in sorted(context.places, key=lambda place: (place.due, place.post, place.channel)):
        case, channel = cases.get(place.post), context.channels.get(place.channel)
        if case is not None and channel is not None and (text := _text(case, channel)):
            words = context.read(text).words.folded
            if words:
                yield _Said(case.post, channel, place.due, words)


def _text(case: Case, channel: Channel) -> str:
    """The post's words as the channel gets them, further parts included."""
    own: dict[tuple[str | int, ...], str] = {
        one.path: one.text for one in case.surfaces if one.part == "text" and one.language == channel.language
    }
    for name in (channel.name, channel.platform, None):
        prefix = ("variants", name) if name else ()
        if (text := own.get((*prefix, "text", channel.language))) is not None:
            threads = [words for path, words in own.items() if path[: len(prefix) + 1] == (*prefix, "thread")]
            return "\n".join([text, *threads])
    return ""


def _two_accounts(said: list[_Said]) -> Iterator[Finding]:
    """The same words at any time, and nearly the same within 30 days."""
    first: dict[tuple[str, tuple[str, ...]], _Said] = {}
    shelves: dict[tuple[str, int], list[_Said]] = defaultdict(list)
    accounts: dict[str, set[str]] = defaultdict(set)
    for one in said:
        accounts[one.channel.platform].add(one.channel.name)
    told = set()
    for one in said:
        if len(accounts[one.channel.platform]) == 1:
            continue
        other, near = first.setdefault((one.channel.platform, one.words), one), _near_copy(one, shelves)
        if other.channel.name == one.channel.name:
            other = near or one
        pair = (one.post.id, other.post.id, one.channel.name, other.channel.name)
        if other is not one and pair not in told:
            told.add(pair)
            yield _on_both(one, other)


def _near_copy(one: _Said, shelves: dict[tuple[str, int], list[_Said]]) -> _Said | None:
    """What nearly says the same on another account of the platform; puts this one on the shelves, too."""
    found = None
    for mark in _sketch(one.words):
        shelf = shelves[(one.channel.platform, mark)]
        for other in shelf[-_LOOK_BACK:]:
            elsewhere = other.channel.name != one.channel.name and one.due - other.due <= WITHIN
            if found is None and elsewhere and _alike(one.words, other.words):
                found = other
        shelf.append(one)
    return found


def _on_both(one: _Said, other: _Said) -> Finding:
    which = "the same text" if one.words == other.words else "nearly the same text"
    whose = "" if other.post.id == one.post.id else f" (post '{other.post.id}')"
    words = (
        f"{which} goes out on {other.channel.name}{whose} and {one.channel.name}; "
        f"platforms forbid it: give {one.channel.name} a variant"
    )
    span = one.post.span("channels") or one.post.span("text")
    return SAME_PLATFORM.at(span, words, post=one.post.id, channel=one.channel.name)


def _repeated(said: list[_Said]) -> Iterator[Finding]:
    """Neighbours are found by a sketch of their word triples, so that not every pair need be compared."""
    shelves: dict[tuple[str, int], list[_Said]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    told: set[str] = set()
    for one in said:
        candidates: dict[str, _Said] = {}
        for mark in _sketch(one.words):
            shelf = shelves[(one.channel.language, mark)]
            candidates |= {other.post.id: other for other in shelf[-_LOOK_BACK:]}
            shelf.append(one)
        for other in candidates.values():
            pair = (one.post.id, other.post.id)
            if one.post.id in told or one.post.id == other.post.id or pair in seen:
                continue
            seen |= {pair, pair[::-1]}
            if one.due - other.due <= WITHIN and _alike(one.words, other.words):
                told.add(one.post.id)
                words = f"says nearly the same as '{other.post.id}' on {other.due:%d %B}, within 30 days"
                yield REPEATED.at(one.post.span("text"), words, post=one.post.id)


@lru_cache(maxsize=50_000)
def _sketch(words: tuple[str, ...]) -> tuple[int, ...]:
    runs = {" ".join(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1))}
    return tuple(sorted({crc32(run.encode()) for run in runs})[:_SKETCH])


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if one == other:
        return True
    own, others = set(one), set(other)
    # No more words can match than are common, counting a repeated word as if it always did.
    most = len(own & others) + min(len(one) - len(own), len(other) - len(others))
    if 2 * most < ALIKE * (len(one) + len(other)):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
