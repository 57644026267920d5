"""Whether a text names somebody: a speaker, or whoever a figure comes from."""

import re
from functools import lru_cache

from scheduler.checks import endings
from scheduler.checks.words import NAMES, Index, Reading, Words, visible

_SPREAD = 3
"""How many other words may stand among those of a name."""

_NAME_ENDS = re.compile(r"[(;:,/]")


def named(name: str, text: str, index: Index, wholly: bool = True) -> bool:
    """Whether every telling word of the name stands in the text, or (not `wholly`) any of them.

    Names are met in their forms: Azerbaijan's, Azerbaijani, Azərbaycanın rəsmi qurumlarının; and by the other
    names that a list of the rule `speaker` has for the same body, in any language. What follows a comma,
    colon, slash or bracket in the name (a date, a role) need not be repeated. The words of a whole name stand
    together: "Azerbaijan mourns, the authorities of Armenia deny it" names no Azerbaijani ones.
    """
    read = index.read(text)
    if wholly and (bodies := _bodies(name, index)):
        said_of = {hit.list_id for hit in read.hits(NAMES)}
        if bodies <= said_of:
            return True
    words = _telling(name, index)
    present = read.words
    said = [_places(word, proper, present) for word, proper in dict.fromkeys(words)]
    if not wholly or len(said) < 2:
        return any(said)
    reach = len(said) + _SPREAD
    return any(
        all(
            any(
                abs(at - other) <= reach and present.sentence[at] == present.sentence[other]
                for other in places
            )
            for places in said[1:]
        )
        for at in said[0]
    )


def _places(word: str, proper: bool, present: Words) -> set[int]:
    """Where a name's word stands in a text; as it stands in the name only with the capital it has there: a
    report is not the agency Report.
    """
    return {
        at
        for at, other in enumerate(present.folded)
        if _alike(word, other) and not (proper and other == word and not present.capital(at))
    }


def _telling(name: str, index: Index) -> tuple[tuple[str, bool], ...]:
    """The name's words without "according to", each with whether it has a capital; words of up to three
    letters count only when alone.
    """
    reading = _short(name, index)
    words = [(reading.words.folded[at], reading.words.capital(at)) for at in _own(reading)]
    return tuple([one for one in words if len(one[0]) > 3] or words)


def _bodies(name: str, index: Index) -> set[str]:
    """The lists of the rule `speaker` that have the whole name between them; none where words are left."""
    reading = _short(name, index)
    hits = reading.hits(NAMES)
    covered = {at for hit in hits for at in range(hit.first, hit.last + 1)}
    folded = reading.words.folded
    left = [at for at in _own(reading) if at not in covered and len(folded[at]) > 3]
    return set() if left else {hit.list_id for hit in hits}


def _short(name: str, index: Index) -> Reading:
    return index.read(_NAME_ENDS.split(visible(name).strip(), maxsplit=1)[0])


def _own(reading: Reading) -> list[int]:
    """The numbers of the name's words that are not "according to"."""
    lead = {at for hit in reading.hits("attribution") for at in range(hit.first, hit.last + 1)}
    return [at for at in range(len(reading.words.folded)) if at not in lead]


@lru_cache(maxsize=50_000)
def _alike(word: str, other: str) -> bool:
    if len(word) <= 4:
        return other == word if len(word) <= 3 else other.startswith(word)
    return other.startswith(word[: max(4, len(word) - 2)]) or bool(endings.stems(word) & endings.stems(other))
