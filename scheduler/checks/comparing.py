"""Where a text names another people's dead: a mention, or a measure for one's own."""

from collections.abc import Iterator

from scheduler.checks import endings
from scheduler.checks.words import Hit, Reading

_BEFORE = (("comparison", 4), ("comparison-before", 1))
"""Lists of words before the name that make it a measure, and how far before it they may end."""

_DEGREE_REACH = 3


def others(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Each name of another crime, as shown, with the words that compare; and whether they do."""
    for hit in reading.hits("other-genocides"):
        before, behind = _before(reading, hit), _behind(reading, hit)
        first, last = before or hit, behind or hit
        if before is not None:
            last = hit
        yield reading.words.shown(first.first, last.last), bool(before or behind)


def _before(reading: Reading, hit: Hit) -> Hit | None:
    """ "worse than …", "our …": right before the name."""
    for rule, reach in _BEFORE:
        for one in reading.hits(rule):
            if hit.first - reach <= one.last < hit.first and reading.together(one, hit):
                return one
    return None


def _behind(reading: Reading, hit: Hit) -> Hit | None:
    """ "… all over again", "…-dan da dəhşətli": behind the name."""
    for one in reading.starting("comparison-behind", hit.last + 1, hit.last + 1):
        if reading.together(one, hit):
            return one
    if endings.is_than(reading.words.folded[hit.last]):
        for one in reading.starting("comparison-degree", hit.last + 1, hit.last + _DEGREE_REACH):
            if reading.together(one, hit):
                return one
    return None
