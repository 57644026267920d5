"""Whether a country only says where something is: in Italy, Almaniyada, dünyanın hər yerində."""

import re

from scheduler.checks.words import Hit, Reading

STATES = "states"
"""The list of countries' names; they tell bodies apart, too."""

_BEFORE, _BEHIND = 2, 4
_IN = re.compile("[dt][aəe](?:n|ki)?$")
_WHOSE = re.compile("[iuü]n$")
_IN_ITS = re.compile("[iuü]nd[aəe](?:n|ki)?$")
"""In its, from its: yerində, şəhərindən. Folded, so that i is ı, too."""

_JOINS = ("-", "’", "'")


def only(reading: Reading, body: Hit) -> bool:
    """A country behind a word of `place`, in the case of "in" or "from", or whose town or part is meant."""
    if body.list_id != STATES:
        return False
    if reading.between("place", body.first - _BEFORE, body.first - 1):
        return True
    last, ending = _ending(reading, body)
    if _IN.search(ending):
        return True
    _, end = reading.words.sentence_bounds(last)
    behind = reading.words.folded[last + 1 : min(end, last + _BEHIND) + 1]
    return bool(_WHOSE.search(ending)) and any(_IN_ITS.search(word) for word in behind)


def _ending(reading: Reading, body: Hit) -> tuple[int, str]:
    """The word that ends the name, and what stands behind the name itself: "da" in Almaniyada and ABŞ-da."""
    words, after = reading.words, body.last + 1
    if after < len(words.folded) and words.text[words.ends[body.last] : words.starts[after]] in _JOINS:
        return after, words.folded[after]
    return body.last, body.ending
