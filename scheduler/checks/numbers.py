"""Numbers in a text that may count people: not dates, years, clock times, ordinals or percentages."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scheduler.checks import months, spelled
from scheduler.checks.words import Words

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<!\w)\d{1,3}(?:[,.'’ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d+")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|s|['’]s)\b|[-‐‑–]?c[iıuü]\w*|-(?:я|й|е|го|м|х)\b|º|°", re.IGNORECASE)
_CLOCK_BEFORE, _CLOCK_AFTER = (
    re.compile(r"\d[:.]$"),
    re.compile(r"[:.]\d\d\b|\s?(?:a\.?m|p\.?m)\b", re.IGNORECASE),
)
_UNIT_AFTER = re.compile(r"\s?(?:%|°|km\b|км\b|m\b|AZN\b|USD\b)|\.\d")
_SHARE = re.compile(r"\s?(?:%|per ?cent\b|faiz\w*|процент\w*|yüzde\b)")
_BEFORE_YEAR = frozenset(
    (
        "in",
        "since",
        "until",
        "before",
        "after",
        "from",
        "during",
        "early",
        "late",
        "spring",
        "summer",
        "winter",
    )
)


@dataclass(frozen=True)
class Number:
    """A number with the words it stands on; `counts` is False for dates, years, times and the like.

    `start` and `end` are character offsets; `spelled`: written out in words; `share`: a percentage.
    """

    value: int
    first: int
    last: int
    start: int
    end: int
    counts: bool
    spelled: bool = False
    share: bool = False


def find(words: Words, language: str = "") -> tuple[Number, ...]:
    """All numbers of a text, in order. Those in links and hashtags are not numbers of the text.

    Numbers written out in words are found where `language` is one whose words are known.
    """
    written = [
        Number(value, first, last, words.starts[first], words.ends[last], True, True)
        for value, first, last in spelled.find(words.folded, language)
    ]
    return tuple(sorted([*_numbers(words), *written], key=lambda number: number.start))


def present(text: str) -> bool:
    """Whether any digit stands in the text."""
    return _DIGIT.search(text) is not None


@lru_cache(maxsize=4096)
def values(text: str) -> frozenset[int]:
    """Every number written in a text, dates and all."""
    return frozenset(_value(found[0]) for found in _NUMBER.finditer(text))


@lru_cache(maxsize=4096)
def shares(text: str) -> frozenset[int]:
    """Every percentage written in a text."""
    return frozenset(_value(found[0]) for found in _NUMBER.finditer(text) if _is_share(text, found))


def _is_share(text: str, found: re.Match[str]) -> bool:
    return _SHARE.match(text, found.end()) is not None


def _numbers(words: Words) -> Iterator[Number]:
    for found in _NUMBER.finditer(words.text):
        first = bisect_left(words.starts, found.start())
        if first >= len(words.starts) or words.starts[first] != found.start():
            # Inside a word ("B2"), a link or a hashtag; or its first group alone stands there.
            continue
        last = max(first, bisect_left(words.starts, found.end()) - 1)
        counts = _counts(words, found, first, last)
        share = _is_share(words.text, found)
        yield Number(_value(found[0]), first, last, found.start(), found.end(), counts, share=share)


def _value(written: str) -> int:
    return int(re.sub(r"\D", "", written))


def _counts(words: Words, found: re.Match[str], first: int, last: int) -> bool:
    before, after = words.text[: found.start()][-3:], words.text[found.end() :][:8]
    exempt = (
        _ORDINAL.match(after)
        or _UNIT_AFTER.match(after)
        or _CLOCK_AFTER.match(after)
        or (_CLOCK_BEFORE.search(before) and len(found[0]) == 2)
        or _in_date(words, found[0], first, last)
    )
    return not exempt


def _in_date(words: Words, written: str, first: int, last: int) -> bool:
    """A day beside a month, or a year beside a month or after a word such as "in"."""
    value = _value(written)
    day = value <= 31
    year = len(written) == 4 and 1800 <= value <= 2100
    if not day and not year:
        return False
    previous = words.folded[first - 1] if first else ""
    if _month(words, first - 1) or _month(words, last + 1) or _month_after_range(words, last):
        return True
    if not year:
        return False
    between_years = re.search(r"\d{4}\s?[-–/]\s?$", words.text[: words.starts[first]]) is not None
    return previous in _BEFORE_YEAR or between_years or _year_alone(words, last)


def _year_alone(words: Words, last: int) -> bool:
    """A year is not followed by what it would count: a mark, the end or "ci il" follows it."""
    rest = words.text[words.ends[last] :][:3]
    return not rest or not rest.startswith(" ") or rest.startswith((" -", " –", " ("))


def _month(words: Words, at: int) -> bool:
    if not 0 <= at < len(words.folded):
        return False
    word = words.folded[at]
    if word == "may":  # also a verb: "613 may have died"
        written = words.text[words.starts[at] : words.ends[at]]
        return written[0] == "M" or (at + 1 < len(words.folded) and words.folded[at + 1].isdigit())
    return months.month(word) is not None


def _month_after_range(words: Words, last: int) -> bool:
    """25-26 February: the 25 belongs to the date as well."""
    if last + 2 >= len(words.folded) or not words.folded[last + 1].isdigit():
        return False
    link = words.text[words.ends[last] : words.starts[last + 1]].strip()
    return link in ("-", "–", "—", "to", "and", "/") and _month(words, last + 2)
