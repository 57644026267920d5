"""Links, hashtags and mentions in a text, by X's rules: the strictest that are published."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any, Literal, cast

import regex  # type: ignore[import-untyped]

Kind = Literal["link", "hashtag", "mention"]


@dataclass(frozen=True)
class Entity:
    """What `text[start:end]` is. Offsets count code points, the end is exclusive; # and @ are included."""

    kind: Kind
    start: int
    end: int


# Characters that X lets stand inside a hashtag beside letters, marks and decimal digits.
_JOINERS = (
    r"_\u200c\u200d\u00b7\u05be\u05f3\u05f4\u0f0b\u0f0c\u3003\u301c\u309b\u309c\u30a0\u30fb\ua67e\uff5e"
)
_IN_TAG = rf"\p{{L}}\p{{M}}\p{{Nd}}{_JOINERS}"
_HASHTAG = regex.compile(
    rf"(?:(?<=[\ufe0e\ufe0f])|(?<![{_IN_TAG}&]))"  # an emoji's variation selector is a mark, but ends one
    rf"[#＃](?![\ufe0f\u20e3])"  # not the keycap emoji
    rf"(?=[\p{{Nd}}{_JOINERS}]*[\p{{L}}\p{{M}}])([{_IN_TAG}]++)"  # at least one letter or mark
    rf"(?![#＃]|://)"
)
_NAME = r"[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*"
# As on X a mention may follow a letter outside ASCII; @name@server is one, as on Mastodon.
_MENTION = regex.compile(
    rf"(?<![A-Za-z0-9_!#$%&*@＠=/.+~-])[@＠](?:{_NAME})(?:@\w+(?:[\w.-]*\w)?)?(?![@＠0-9_\p{{Latin}}]|://)"
)

# No top-level domain begins with a digit, so a chunk without a dot before a letter holds no link.
_DOT_BEFORE_LETTER = regex.compile(r"\.[^\W\d_]")
# A name has at most 127 labels (253 octets, RFC 1035). The parser's time grows with the cube of their number,
# so that a page of dots would hang it.
_TOO_MANY_LABELS = regex.compile(r"(?:[^\s./]+\.){127}")
# With the space before it: a letter at the very start of a text is looked at differently.
_CHUNK = regex.compile(r"\s?\S+")


@lru_cache(maxsize=1024)  # the channels of a post ask about the same words one after another
def find(text: str) -> tuple[Entity, ...]:
    """Every link (bare domains too), hashtag and mention, in order; of two that overlap, the earlier."""
    found = [Entity("link", start, end) for start, end in links(text)]
    found += [Entity("hashtag", start, end) for start, end in _spans(_HASHTAG, text)]
    found += [Entity("mention", start, end) for start, end in _spans(_MENTION, text)]
    return tuple(_without_overlaps(found))


def links(text: str, *, bare: bool = True) -> tuple[tuple[int, int], ...]:
    """(start, end) of every link; `bare`: also those without http:// (X links `xocali.az`, Mastodon not)."""
    if not _DOT_BEFORE_LETTER.search(text):
        return ()
    return tuple(
        (chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        if "." in chunk[0] and _DOT_BEFORE_LETTER.search(chunk[0])
        for start, end in _links_in(chunk[0], bare)
    )


def hashtags_in(text: str) -> tuple[str, ...]:
    """The hashtags of a text in order, without their signs."""
    if "#" not in text and "＃" not in text:
        return ()
    return tuple(text[e.start + 1 : e.end] for e in find(text) if e.kind == "hashtag")


def _spans(pattern: Any, text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(text))


def _without_overlaps(found: Iterable[Entity]) -> Iterator[Entity]:
    reached = 0
    for entity in sorted(found, key=lambda entity: (entity.start, -entity.end)):
        if entity.start >= reached:
            reached = entity.end
            yield entity


@lru_cache(maxsize=4096)
def _links_in(chunk: str, bare: bool) -> tuple[tuple[int, int], ...]:
    """Links within one run of non-spaces, which gives the same as the whole text: no link holds a space."""
    return () if _TOO_MANY_LABELS.search(chunk) else tuple(_extract(chunk, bare))


def _extract(chunk: str, bare: bool) -> Iterable[tuple[int, int]]:
    """The only call of twitter-text-parser, which knows X's domains and address characters."""
    extract = cast("Callable[[str, bool], list[dict[str, Any]]]", _parser().extract_urls_with_indices)
    return [(entity["indices"][0], entity["indices"][1]) for entity in extract(chunk, bare)]


@lru_cache(maxsize=1)
def _parser() -> ModuleType:
    """twitter-text-parser's link module, loaded without the package's own start.

    That start needs setuptools (absent from environments of Python 3.12 and later) and takes half a second
    for an emoji table of 2019 which we do not use.
    """
    spec = importlib.util.find_spec("twitter_text")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("twitter-text-parser is not installed; run the set-up again")
    alias = "_twitter_text_links"
    package = ModuleType(alias)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[alias] = package
    return importlib.import_module(f"{alias}.extract_urls")
