"""Where a text says what a record shows: its figures, quoted words and names, and their sentences.

This places records beside sentences for a reader. It decides nothing: that is the checks' part.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scheduler.checks import numbers, words
from scheduler.model import Fact, Localised, Office, Person, Quote, Recognition, Record

_QUOTED = re.compile(r"[“„«\"]([^“”„«»\"]+)[”“»\"]")
_LONG = 4
"""From this length on a word tells something; shorter ones are mostly grammar."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Text:
    """A text of one language, read once for many records."""

    language: str
    text: str

    @cached_property
    def words(self) -> words.Words:
        return words.split(self.text)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Start and end of each sentence, with the marks around its words; a new line begins a new one."""
        read = self.words
        ranges: dict[tuple[int, int], Span] = {}
        for number, start, end in zip(read.sentence, read.starts, read.ends, strict=True):
            place = number, self.text.count("\n", 0, start)
            ranges[place] = (ranges.get(place, (start, end))[0], end)
        return tuple(self._widened(*span) for span in ranges.values())

    def _widened(self, start: int, end: int) -> Span:
        while start and not self.text[start - 1].isspace():
            start -= 1
        while end < len(self.text) and not self.text[end].isspace():
            end += 1
        return start, end

    @cached_property
    def counted(self) -> tuple[numbers.Number, ...]:
        """The numbers that may count people, and not the dates."""
        return tuple(number for number in numbers.find(self.words) if number.counts)


def spans(record: Record, text: Text) -> tuple[Span, ...]:
    """Every place of the text that shows what the record holds: a figure, quoted words, a name."""
    find = _FINDERS.get(type(record))
    return tuple(find(record, text)) if find else ()


def sentences(record: Record, text: Text) -> tuple[str, ...]:
    """The sentences that the record stands behind; none where only the whole text can be meant."""
    found = spans(record, text)
    if found:
        # A quotation may run over several sentences: it stands behind all of them.
        meant = [
            one for one in text.sentences if any(start < one[1] and one[0] < end for start, end in found)
        ]
    else:
        meant = [one for one in text.sentences if _alike(record, text, one)]
    return tuple(" ".join(text.text[start:end].split()).rstrip(";,") for start, end in meant)


def _figures(fact: Fact, text: Text) -> Iterator[Span]:
    known = {fact.figure, *(other.figure for other in fact.others)} - {None}
    yield from ((number.start, number.end) for number in text.counted if number.value in known)


def _quoted(quote: Quote, text: Text) -> Iterator[Span]:
    exact = [quote.words, *(translation.words for translation in quote.translations.values())]
    for found in _QUOTED.finditer(text.text):
        inside = " ".join(found[1].split()).rstrip(".,;:!?…")
        if inside and any(inside in " ".join(one.split()) for one in exact):
            yield found.span(1)


def _people(person: Person, text: Text) -> Iterator[Span]:
    return _written(text, person.names)


def _offices(office: Office, text: Text) -> Iterator[Span]:
    return _written(text, {**office.office, "holder": office.holder or ""})


def _bodies(recognition: Recognition, text: Text) -> Iterator[Span]:
    return _written(text, recognition.body, recognition.chamber)


def _written(text: Text, *names: Localised) -> Iterator[Span]:
    """Names exactly as the record writes them, as whole words."""
    for name in filter(None, dict.fromkeys(name for group in names for name in group.values())):
        for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text.text):
            yield found.span()


_FINDERS: Mapping[type[Record], Callable[[Any, Text], Iterator[Span]]] = {
    Fact: _figures,
    Quote: _quoted,
    Person: _people,
    Office: _offices,
    Recognition: _bodies,
}


def _alike(record: Record, text: Text, sentence: Span) -> bool:
    """Records without figure or name: half of the telling words, and at least two, stand in the sentence."""
    wording: Localised = getattr(record, "wording", {})
    telling = _telling(wording.get(text.language, ""))
    shared = telling & _telling(text.text[sentence[0] : sentence[1]])
    return len(shared) >= 2 and 2 * len(shared) >= len(telling)


def _telling(text: str) -> frozenset[str]:
    return frozenset(word for word in words.split(text).folded if len(word) >= _LONG or word.isdigit())
