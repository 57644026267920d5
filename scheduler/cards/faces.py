"""The fonts that cards are set in, opened: their letters, their cut at a weight and an optical size."""

import unicodedata
from functools import lru_cache

import uharfbuzz as hb

from scheduler.cards import fonts
from scheduler.errors import CardError

SPACES = frozenset(c for c in map(chr, range(0x3001)) if unicodedata.category(c) == "Zs")

MARKS = frozenset("\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
"""Direction marks and isolates, which the bidirectional algorithm obeys."""

INVISIBLE = frozenset("\u00ad\u2060\u200b\u200c\u200d\ufe0e\ufe0f") | MARKS
"""Default ignorables: HarfBuzz shows nothing for them, whatever the font."""


@lru_cache(maxsize=2_000)
def face(key: str) -> hb.Face:
    try:
        found = hb.Face(hb.Blob.from_file_path(fonts.path(key)))
    except (OSError, ModuleNotFoundError, hb.HarfBuzzError) as error:
        raise fonts.unreadable(key) from error
    if not found.unicodes:
        raise CardError(f"{fonts.name(key)} is no font the program can read: remove it from cards.fonts")
    return found


@lru_cache(maxsize=2_000)
def letters(key: str) -> hb.Set:
    try:
        return face(key).unicodes
    except CardError:
        if fonts.of_system(key):
            return hb.Set()
        raise


@lru_cache(maxsize=64)
def drawable(key: str) -> frozenset[str]:
    """What a font alone can set: its letters, and what is not seen."""
    return frozenset(map(chr, letters(key))) | INVISIBLE | SPACES


@lru_cache(maxsize=64)
def unit(key: str) -> float:
    """What one unit of a font measures in em of the line."""
    return fonts.scale(key) / float(face(key).upem)


@lru_cache(maxsize=256)
def font(key: str, weight: int, size: int) -> hb.Font:
    """A face's cut at a weight and an optical size."""
    cut = hb.Font(face(key))
    cut.set_variations({"wght": weight, "opsz": size})
    return cut
