"""HarfBuzz: fonts opened, cut at a weight and an optical size, runs of text shaped, glyphs rasterised."""

import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import uharfbuzz as hb

from scheduler.cards import fonts
from scheduler.errors import CardError

SPACES = frozenset(c for c in map(chr, range(0x3001)) if unicodedata.category(c) == "Zs")

MARKS = frozenset("\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
"""Direction marks and isolates, which the bidirectional algorithm obeys."""

INVISIBLE = frozenset("\u00ad\u2060\u200b\u200c\u200d\ufe0e\ufe0f") | MARKS
"""Default ignorables: HarfBuzz shows nothing for them, whatever the font."""


class Run(NamedTuple):
    """A stretch of a line that one font sets in one go. `level` is odd where it runs from right to left."""

    start: int
    end: int
    face: str
    script: str
    level: int


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


def shaped(text: str, run: Run, language: str, font: hb.Font) -> hb.Buffer:
    """One run through HarfBuzz, the rest of its line as context."""
    buffer = hb.Buffer()
    buffer.add_str(text, run.start, run.end - run.start)
    if run.script == fonts.UNLISTED:
        buffer.guess_segment_properties()
    else:
        buffer.script = run.script
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.language = language
    hb.shape(font, buffer, {})
    return buffer


_local = threading.local()


def raster() -> hb.RasterDraw:
    """A rasteriser keeps state between glyphs, so every thread has its own."""
    if not hasattr(_local, "raster"):
        _local.raster = hb.RasterDraw()
    own: hb.RasterDraw = _local.raster
    return own
