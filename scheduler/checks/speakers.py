"""Whether a text names somebody: a speaker, or whoever a figure comes from."""

import re
from functools import lru_cache

from scheduler.checks.words import Index, visible

_SPREAD = 3
"""How many other words may stand among those of a name."""

_NAME_ENDS = re.compile(r"[(;:,/]")


def named(name: str, text: str, index: Index, wholly: bool = True) -> bool:
    """Whether every telling word of the name stands in the text, or (not `wholly`) any of them.

    Beginnings are compared because names are inflected: Azerbaijan's, Azerbaijani, Azərbaycanın. What follows
    a comma, colon, slash or bracket in the name (a date, a role) need not be repeated. The words of a whole
    name stand together: "Azerbaijan mourns, the authorities of Armenia deny it" names no Azerbaijani ones.
    """
    words = _telling(name, index)
    present = index.read(text).words
    said = [
        {at for at, other in enumerate(present.folded) if _alike(word, other)}
        for word in dict.fromkeys(words)
    ]
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


def _telling(name: str, index: Index) -> tuple[str, ...]:
    """The name's words without "according to"; words of up to three letters count only when alone."""
    short = _NAME_ENDS.split(visible(name).strip(), maxsplit=1)[0]
    reading = index.read(short)
    lead = {at for hit in reading.hits("attribution") for at in range(hit.first, hit.last + 1)}
    words = [word for at, word in enumerate(reading.words.folded) if at not in lead]
    return tuple([word for word in words if len(word) > 3] or words)


@lru_cache(maxsize=50_000)
def _alike(word: str, other: str) -> bool:
    if len(word) <= 4:
        return other == word if len(word) <= 3 else other.startswith(word)
    return other.startswith(word[: max(4, len(word) - 2)])
