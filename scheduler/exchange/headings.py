"""Column headings and the fields they mean: our own, other tools', in any case and with any spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from scheduler.content.validation import nearest
from scheduler.exchange.shape import Path, Shape

MAIN: Mapping[str, str] = {"images": "file", "card": "template"}
"""What a heading means that names the whole: `image 1` is its file, `card` its template."""


class Role(StrEnum):
    """Columns that are not a field by themselves."""

    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    ALTS = "alts"
    """Alt texts of all pictures, in their order, with || between them."""
    LEFT = "left"
    """Known from other tools, and nothing a post has."""
    PLAN = "plan"
    """What an export adds for the reader: when the post goes out."""
    NOTE = "note"
    """The team's own notes."""


@dataclass(frozen=True)
class Heading:
    """One column: a field's `path`, or a `role`. `zone`: named beside it, `Time (Europe/London)`."""

    words: str
    path: Path = ()
    role: Role | None = None
    zone: str | None = None


# Buffer, Publer (its words before the dash), Hootsuite, Sprout, and what tools with an open format accept.
_ALIASES: Mapping[str, str] = {
    "post id": "id",
    "type": "kind",
    "kind of post": "kind",
    "written by": "author",
    "caption": "text",
    "content": "text",
    "message": "text",
    "message text": "text",
    "body": "text",
    "post": "text",
    "post text": "text",
    "link(s)": "link",
    "links": "link",
    "url": "link",
    "hashtag": "hashtags",
    "channel": "channels",
    "channel(s)": "channels",
    "account": "channels",
    "accounts": "channels",
    "account id": "channels",
    **dict.fromkeys(("platform", "platforms", "platform(s)"), "channels"),
    "image url": "images",
    "image urls": "images",
    "imageurls": "images",
    "media url": "images",
    "media urls": "images",
    "media url(s)": "images",
    "mediaurls": "images",
    "media": "images",
    "picture": "images",
    "pictures": "images",
    "photo": "images",
    "photos": "images",
    "comment(s)": "thread",
    "first comment": "thread",
    "warning text": "warning",
    "content warning": "warning",
    "status draft": "draft",
}
_ROLES: Mapping[str, Role] = {
    **dict.fromkeys(
        ("date", "day", "posting time", "scheduled at", "schedule date", "scheduledate"), Role.DATE
    ),
    **dict.fromkeys(("publish date", "postatspecifictime", "date time", "datetime"), Role.DATE),
    **dict.fromkeys(("date and time", "scheduled for"), Role.DATE),
    **dict.fromkeys(("time", "time 24hr", "clock", "time of day"), Role.TIME),
    **dict.fromkeys(("zone", "timezone", "time zone"), Role.ZONE),
    **dict.fromkeys(("alt text(s)", "alt texts", "alt text"), Role.ALTS),
    **dict.fromkeys(("tags", "title", "label(s)", "labels", "category", "board name"), Role.LEFT),
    **dict.fromkeys(("board/album", "post subtype", "cta", "reminder", "pin board"), Role.LEFT),
    **dict.fromkeys(("gifurl", "videourls", "videourl"), Role.LEFT),
    **dict.fromkeys(("note", "notes", "internal note", "internal notes"), Role.NOTE),
}
_AUTONYMS: Mapping[str, tuple[str, ...]] = {
    "az": ("azerbaijani", "azərbaycan", "azərbaycanca"),
    "en": ("english",),
    "ru": ("russian", "русский"),
    "tr": ("turkish", "türkçe"),
    "de": ("german", "deutsch"),
    "fr": ("french", "français"),
    "es": ("spanish", "español"),
    "it": ("italian", "italiano"),
    "pt": ("portuguese", "português"),
    "ar": ("arabic", "العربية"),
    "fa": ("persian", "فارسی"),
    "he": ("hebrew", "עברית"),
    "uk": ("ukrainian", "українська"),
    "pl": ("polish", "polski"),
    "zh": ("chinese", "中文"),
    "ja": ("japanese", "日本語"),
    "ko": ("korean", "한국어"),
    "ka": ("georgian", "ქართული"),
}
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_ZONE = re.compile(r"^(?P<words>.*?)\s*\((?P<zone>UTC|GMT|[A-Za-z]+(?:/[A-Za-z_+\-0-9]+)+)\)\s*$")
_IN_BRACKETS = re.compile(r"^(?P<words>.*?)\s*\((?P<zone>[^()]+)\)\s*$")
_FORM = re.compile(r"[dmyhs:/.,\s\-0-9]+|(24|12)[ -]?(h|hours?|hr)|am/pm|optional|local time", re.IGNORECASE)
_SIGNS = re.compile(r"[_\s:\[\]*]+")
_BEHIND = re.compile(r"\s+[-–—]\s+|,|\s\(")
_BRACKETS = re.compile(r"(?<=\w)\s*\((?!s\))([^)]*)\)")


def read(words: str, shape: Shape, languages: Sequence[str]) -> Heading | None:
    """What a heading means; None where nobody knows. `languages` are the campaign's, the first one first."""
    name, zone = _zoned(words, shape)
    said = _said(name)
    if (plain := _read(said, shape, languages)) is not None:
        return Heading(words, plain[0], plain[1], zone)
    # Publer's template explains behind a dash, and others in brackets: the leading words are the name.
    leading = _said(_BEHIND.split(words, maxsplit=1)[0])
    short = _read(leading, shape, languages) if leading and leading != said else None
    return Heading(words, short[0], short[1], zone) if short is not None else None


def _zoned(words: str, shape: Shape) -> tuple[str, str | None]:
    """A heading without the zone in its brackets, and the zone."""
    if (named := _ZONE.match(words)) is not None:
        return named["words"], named["zone"]
    bracketed = _IN_BRACKETS.match(words)
    if bracketed is None or not _is_time(bracketed["words"], shape):
        return words, None
    # What a time's heading has in brackets is a form (24 h, dd/mm/yyyy) or a zone, known or not.
    return bracketed["words"], None if _FORM.fullmatch(bracketed["zone"]) else bracketed["zone"]


def _is_time(words: str, shape: Shape) -> bool:
    said = _said(words)
    return "kind" in shape.fields and (said == "when" or _ROLES.get(said) in (Role.DATE, Role.TIME))


def _said(words: str) -> str:
    """Small letters, one space. Headings are ours or English; the table spells other languages' names."""
    return _SIGNS.sub(" ", words).strip().casefold()


def _read(said: str, shape: Shape, languages: Sequence[str]) -> tuple[Path, Role | None] | None:
    posts = "kind" in shape.fields
    if posts and said.startswith(("plan ", "note ")):
        return (), Role.PLAN if said.startswith("plan ") else Role.NOTE
    if posts and (role := _ROLES.get(said)) is not None:
        return (), role
    said = _BRACKETS.sub(r" \1", _ALIASES.get(said, said) if posts else said).replace("(", " ")
    words = _ALIASES.get(said, said).split() if posts else said.split()
    if posts and words[:2] == ["card", "alt"]:
        words = words[1:]  # a card's alt text is the post's own
    return _found(words, shape, languages)


def _found(words: list[str], shape: Shape, languages: Sequence[str]) -> tuple[Path, None] | None:
    if not words:
        return None
    first = _language(words[0], languages, known_only=True)
    last = _language(words[-1], languages, known_only=True)
    if "text" in shape.fields and len(words) == 1 and first is not None:
        return ("text", first), None
    path = next(_paths(words, shape, languages), None)
    if path is None and first is not None and len(words) > 1:
        path = next(_paths([*words[1:], words[0]], shape, languages), None)
    if path is None and last is not None and len(words) > 1:
        aliased = _ALIASES.get(" ".join(words[:-1]))
        path = next(_paths([*aliased.split(), words[-1]], shape, languages), None) if aliased else None
    return (path, None) if path is not None else None


def _paths(words: list[str], shape: Shape, languages: Sequence[str]) -> Iterator[Path]:
    """Every path that the words may mean below a shape, the likeliest first."""
    if not words:
        yield from _ends(shape, languages)
        return
    for name, inner in shape.fields.items():
        for spelled in _spellings(name):
            if words[: len(spelled)] == spelled:
                rest = words[len(spelled) :]
                if not rest and name in MAIN and inner.fields:
                    yield (name, MAIN[name])
                yield from ((name, *path) for path in _paths(rest, inner, languages))
    if shape.items is not None:
        number = int(words[0]) if words[0].isdecimal() and len(words[0]) < 4 else 0
        rest = words[1:] if number else words
        if not rest:
            yield from ((max(number, 1) - 1, main) for main in MAIN.values() if main in shape.items.fields)
        yield from ((max(number, 1) - 1, *path) for path in _paths(rest, shape.items, languages) if path)
    if shape.each is not None and (key := _key(words[0], shape.each, languages)) is not None:
        yield from ((key, *path) for path in _paths(words[1:], shape.each, languages))


def _ends(shape: Shape, languages: Sequence[str]) -> Iterator[Path]:
    """Where a heading may end: at a value, at a whole list, or at texts by language, meaning the first."""
    if shape.leaf is not None or shape.items is not None:
        yield ()
    elif shape.each is not None and shape.each.leaf is not None and languages:
        yield (languages[0],)


def _spellings(name: str) -> Iterator[list[str]]:
    yield name.split("_")
    if name.endswith("s") and name not in ("address", "rights"):
        yield name[:-1].split("_")


def _key(word: str, each: Shape, languages: Sequence[str]) -> str | None:
    """A key of a map: a language, or the name of a channel (variants)."""
    if each.fields and "words" not in each.fields:
        return word
    return _language(word, languages) or ("only" if word == "only" else None)


def _language(word: str, languages: Sequence[str], *, known_only: bool = False) -> str | None:
    names = _names(tuple(languages))
    if word in names or known_only:
        return names.get(word)
    return word if _TAG.fullmatch(word) else None


@cache
def _names(languages: tuple[str, ...]) -> Mapping[str, str]:
    """The campaign's languages by tag and by name."""
    return {
        name: tag
        for tag in reversed(languages)
        for name in (tag.casefold(), *_AUTONYMS.get(tag.partition("-")[0], ()))
    }


def written(path: Path) -> str:
    """The heading we write for a path: `text en`, `image 1 alt en`, `sources 2 title`."""
    words: list[str] = []
    for number, step in enumerate(path):
        if isinstance(step, int):
            words.append(str(step + 1))
        elif number and path[number - 1 :][:1] and _is_main(path, number):
            continue
        elif step == "alt" and number == 0:
            words.append("card alt")
        elif step == "images" and number + 1 < len(path):
            words.append("image")
        else:
            words.append(step.replace("_", " "))
    return " ".join(word for word in words if word)


def _is_main(path: Path, number: int) -> bool:
    """Whether this last step goes without saying."""
    owner = next((step for step in reversed(path[:number]) if isinstance(step, str)), "")
    return number == len(path) - 1 and MAIN.get(owner) == path[number]


def guess(words: str, shape: Shape) -> str | None:
    """The heading most like one that nobody knows."""
    known = {*_ALIASES, *_ROLES, *(name.replace("_", " ") for name in shape.fields)}
    return nearest(_said(words), known)
