"""Finds listed words in a text: whole words, any capitals, i ı I İ alike, never across a sentence's end."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from scheduler.checks import endings
from scheduler.model import WordList

GAP = 4
"""How many words `…` in a list may stand for."""

NAMES = "speaker"
"""Lists of bodies' names."""

_KEPT = 100_000
"""So many texts are kept read, at most, from one check to the next."""

_SHELF = 2
"""Phrases that begin with an open word lie together by so many letters; no ending changes these."""

_WORD = re.compile(r"\w+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[#@][\w@.-]*\w")
# "No. 324", "St. Lucia" and "the U.S. has" are one: the point ends nothing there.
_ENDS_NOTHING = r"(?!(?<=\bNo)\.\s*\d)(?!(?<=\bSt)\.\s+\w)(?!(?<=\b[A-Z]\.[A-Z])\.\s+[a-z])"
_SENTENCE_END = re.compile(_ENDS_NOTHING + r"[.!?…]+[”\"»“)]*(?=\s+[^\W_]|\s*$)|\n\s*\n|;")


def _fold_table() -> dict[int, str]:
    """Small letters for the alphabets in use; the four i's become one, whatever the language."""
    small = {code: chr(code).lower() for code in range(0x41, 0x0590)}
    table = {code: letter for code, letter in small.items() if len(letter) == 1 and ord(letter) != code}
    return {**table, **dict.fromkeys(map(ord, "Iİı"), "i"), ord("ё"): "е", ord("Ё"): "е"}


_FOLDED = _fold_table()


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """The word as lists are compared: of the same length, capitals and the dots of i ignored."""
    return word.translate(_FOLDED)


def visible(text: str) -> str:
    """The text as a reader sees it: NFC, without soft hyphens and characters of no width."""
    if text.isascii():
        return text
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


@dataclass(frozen=True)
class Words:
    """A text's words, folded, with their character offsets and the number of the sentence each stands in.

    Links, addresses, mentions and hashtags are not words of the text.
    """

    text: str
    folded: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sentence: tuple[int, ...]

    def shown(self, first: int, last: int) -> str:
        """The text from word `first` to word `last`, as written."""
        return " ".join(self.text[self.starts[first] : self.ends[last]].split())

    def capital(self, word: int) -> bool:
        """Whether the word is written with a capital."""
        return self.text[self.starts[word]].isupper()

    def sentence_bounds(self, word: int) -> tuple[int, int]:
        """The numbers of the first and last word of the sentence a word stands in."""
        number = self.sentence[word]
        return bisect_left(self.sentence, number), bisect_right(self.sentence, number) - 1

    def names(self, among: Iterable[int], shortest: int = 4) -> set[str]:
        """Those of the words, folded, that are written like names: with a capital, and not too short."""
        return {
            self.folded[at]
            for at in among
            if self.ends[at] - self.starts[at] >= shortest and self.capital(at)
        }


def split(text: str) -> Words:
    """The words of a text already made `visible`."""
    prose = _NOT_PROSE.sub(lambda found: " " * len(found[0]), text) if _marked(text) else text
    ends = [found.end() for found in _SENTENCE_END.finditer(prose)]
    found = list(_WORD.finditer(prose))
    starts = tuple(match.start() for match in found)
    return Words(
        text,
        tuple(fold(match[0]) for match in found),
        starts,
        tuple(match.end() for match in found),
        tuple(bisect_right(ends, start) for start in starts),
    )


def _marked(text: str) -> bool:
    return "#" in text or "@" in text or "://" in text or "www." in text


@dataclass(frozen=True)
class Hit:
    """A listed phrase found: the list's rule and id, the numbers of its first and last word, and what stands
    behind a last word listed with `~`, folded: "da" where `Almaniya~` met Almaniyada.
    """

    rule: str
    list_id: str
    first: int
    last: int
    ending: str = ""


@dataclass(frozen=True)
class _Phrase:
    rule: str
    list_id: str
    parts: tuple[str, ...]
    proper: bool = False
    """Only with a capital does "Report" name a body, and not every report; so with ^ in any list."""


class Reading:
    """A text with its words and every listed phrase found in it, by rule."""

    def __init__(self, words: Words, hits: Iterable[Hit]) -> None:
        self.words = words
        self._by_rule: dict[str, list[Hit]] = {}
        for hit in hits:
            self._by_rule.setdefault(hit.rule, []).append(hit)
        self._starts = {rule: [hit.first for hit in found] for rule, found in self._by_rule.items()}

    def hits(self, rule: str) -> list[Hit]:
        """In the order of the text; of two that begin together the longer stands first."""
        return self._by_rule.get(rule, [])

    def shown(self, hit: Hit) -> str:
        return self.words.shown(hit.first, hit.last)

    def together(self, one: Hit, other: Hit) -> bool:
        """Whether both stand in one sentence."""
        return self.words.sentence[one.first] == self.words.sentence[other.first]

    def starting(self, rule: str, first: int, last: int) -> list[Hit]:
        """The phrases of the rule whose first word is one of first..last."""
        starts = self._starts.get(rule, [])
        return self.hits(rule)[bisect_left(starts, first) : bisect_right(starts, last)]

    def between(self, rule: str, first: int, last: int) -> bool:
        """Whether a phrase of the rule stands wholly inside the words first..last."""
        return any(hit.last <= last for hit in self.starting(rule, first, last))


class Index:
    """All lists of a ledger, ready to be found in many texts."""

    def __init__(self, lists: Mapping[str, WordList]) -> None:
        self.languages: dict[str, set[str]] = {}
        self._exact: dict[str, list[_Phrase]] = {}
        self._open: list[_Phrase] = []
        self._beginning_so: dict[str, list[_Phrase]] = {}
        self._starting: dict[str, tuple[_Phrase, ...]] = {}
        self._read: dict[str, Reading] = {}
        for word_list in lists.values():
            self._add(word_list)

    def _add(self, word_list: WordList) -> None:
        for language, entries in word_list.words.items():
            if entries:
                self.languages.setdefault(word_list.rule, set()).add(language)
            for entry in entries:
                if not (parts := _parts(entry)):
                    continue
                proper = entry.startswith("^") or (word_list.rule == NAMES and entry[:1].isupper())
                phrase = _Phrase(word_list.rule, word_list.id, parts, proper)
                if parts[0][0] == "*" or (parts[0][-1] in "*~" and len(parts[0]) <= _SHELF + 1):
                    self._open.append(phrase)
                elif parts[0][-1] in "*~":
                    self._beginning_so.setdefault(parts[0][:_SHELF], []).append(phrase)
                else:
                    self._exact.setdefault(parts[0], []).append(phrase)

    def read(self, text: str) -> Reading:
        """The text's reading; the same text is read once."""
        if (known := self._read.get(text)) is None:
            words = split(visible(text))
            known = self._read[text] = Reading(words, self._hits(words))
        return known

    def trim(self) -> None:
        """Forget the readings where they have become too many; they are made again when asked for."""
        if len(self._read) > _KEPT:
            self._read = {}

    def _hits(self, words: Words) -> Iterator[Hit]:
        for first, word in enumerate(words.folded):
            if not (beginning := self._beginning(word)):
                continue
            hits = [
                Hit(phrase.rule, phrase.list_id, first, last, _ending(phrase.parts[-1], words.folded[last]))
                for phrase in beginning
                if not (phrase.proper and not words.capital(first))
                and (last := _last(phrase.parts, words, first)) is not None
            ]
            if len(hits) > 1:
                hits = sorted(set(hits), key=lambda hit: (-hit.last, hit.rule, hit.list_id))
            yield from hits

    def _beginning(self, word: str) -> tuple[_Phrase, ...]:
        if (known := self._starting.get(word)) is None:
            near = chain(self._beginning_so.get(word[:_SHELF], ()), self._open)
            open_ones = [phrase for phrase in near if _matches(phrase.parts[0], word)]
            known = self._starting[word] = (*self._exact.get(word, ()), *open_ones)
        return known


def _parts(entry: str) -> tuple[str, ...]:
    """A list's entry as words to match; `…` is a part of its own, never at an end."""
    parts = re.findall(r"\*?\w+[*~]?|…", unicodedata.normalize("NFC", entry).replace("...", "…"))
    while parts and parts[0] == "…":
        parts.pop(0)
    while parts and parts[-1] == "…":
        parts.pop()
    return tuple(fold(part) for part in parts)


def _ending(part: str, word: str) -> str:
    return word[len(part) - 1 :] if part.endswith("~") else ""


def _matches(part: str, word: str) -> bool:
    if part.endswith("~"):
        return endings.inflected(part[:-1], word)
    if "*" not in part:
        return part == word
    stem = part.strip("*")
    if part.startswith("*"):
        return stem in word if part.endswith("*") else word.endswith(stem)
    return word.startswith(stem)


def _last(parts: tuple[str, ...], words: Words, first: int) -> int | None:
    """The number of the phrase's last word when it begins at `first`, where its first part matches."""
    at, gap = first, 0
    for part in parts[1:]:
        if part == "…":
            gap = GAP
            continue
        reach = range(at + 1, min(at + 2 + gap, len(words.folded)))
        nearest = next((index for index in reach if _matches(part, words.folded[index])), None)
        if nearest is None or words.sentence[nearest] != words.sentence[first]:
            return None
        at, gap = nearest, 0
    return at
