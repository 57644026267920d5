"""Numbers written out in words, in English and Azerbaijani: six hundred and thirteen, altı yüz on üç."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from scheduler.checks import endings
from scheduler.checks.words import fold

_EN_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_AZ_SMALL = "sıfır bir iki üç dörd beş altı yeddi səkkiz doqquz"
_AZ_TENS = "on iyirmi otuz qırx əlli altmış yetmiş səksən doxsan"


def _values(small: str, tens: str, first_ten: int) -> dict[str, int]:
    units = {fold(word): number for number, word in enumerate(small.split())}
    return units | {fold(word): 10 * number for number, word in enumerate(tens.split(), first_ten)}


_WORDS: Mapping[str, Mapping[str, int]] = {
    "en": _values(_EN_SMALL, _EN_TENS, 2),
    "az": _values(_AZ_SMALL, _AZ_TENS, 1),
}
_TIMES: Mapping[str, Mapping[str, int]] = {
    "en": {"hundred": 100, "thousand": 1000, "million": 1_000_000},
    "az": {fold("yüz"): 100, "min": 1000, "milyon": 1_000_000},
}
_AND = {"en": "and"}
_AZ = (*_WORDS["az"], *_TIMES["az"])
_BOTH = (fold("hər"),)
"""Before a numeral it makes "both", "all three"; that counts nobody."""

_ROUND = ("yüz",)
_SHORTEST = 4
"""Shorter forms are other words as often as not: "ona" is "to him", "bir" with an ending "some"."""


def find(words: tuple[str, ...], language: str) -> Iterator[tuple[int, int, int]]:
    """(value, first word, last word) of each number of more than one that is written out in folded words."""
    primary = language.split("-")[0]
    known, times = _WORDS.get(primary, {}), _TIMES.get(primary, {})
    if primary == "az":
        words = tuple(map(_plain, words))
    at = 0
    while at < len(words):
        if (words[at] not in known and words[at] not in times) or words[at - 1 : at] == _BOTH:
            at += 1
            continue
        end = _end(words, at, {*known, *times}, _AND.get(primary))
        if (value := _value(words[at : end + 1], known, times)) > 1:
            yield value, at, end
        at = end + 1


@lru_cache(maxsize=20_000)
def _plain(word: str) -> str:
    """The Azerbaijani numeral that the word is a form of (yüzə, doxsanı), or the word."""
    if word in _AZ or len(word) < _SHORTEST:
        return word
    return next((one for one in _AZ if len(one) > 3 - (one in _ROUND) and endings.inflected(one, word)), word)


def _end(words: tuple[str, ...], first: int, known: set[str], link: str | None) -> int:
    """The last word of the number that begins at `first`; an "and" between two of its words belongs to it."""
    last = first
    while last + 1 < len(words):
        if words[last + 1] in known:
            last += 1
        elif words[last + 1] == link and last + 2 < len(words) and words[last + 2] in known:
            last += 2
        else:
            break
    return last


def _value(words: tuple[str, ...], known: Mapping[str, int], times: Mapping[str, int]) -> int:
    """Six hundred and thirteen: (6 × 100) + 13; a thousand takes all before it."""
    total, part = 0, 0
    for word in words:
        if word in known:
            part += known[word]
        elif word in times:
            part = max(part, 1) * times[word]
            if times[word] >= 1000:
                total, part = total + part, 0
    return total + part
