"""Letters into pixels: HarfBuzz shapes a line and rasterises them, with another font where one lacks them.

A line's runs (runs.py) are shaped one by one and set in the order in which they are seen.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import cos, floor, sin
from typing import NamedTuple, cast

from PIL import Image

from scheduler.cards import faces, runs
from scheduler.cards.faces import Run
from scheduler.cards.fonts import Family as Family
from scheduler.cards.runs import Around as Around
from scheduler.cards.runs import Style as Style

BREAK = "\u200b"
Colour = tuple[int, int, int]

OPTICAL = (8, 60)
"""The optical sizes (points) that Source Serif 4 is drawn for."""

SMALL = 44
"""Pixels of the largest letters whose lines are kept for the next card."""

MOST_WORDS = 500
"""Words whose advances at one size of one font are kept: about 60 kB."""

OUTER = 4
"""So many glyphs at an end of a line can hold its outermost ink."""


class Glyph(NamedTuple):
    """One glyph of a shaped line. `x` and `y` in em from the line's start on the baseline, y upwards."""

    face: str
    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Shaped:
    """A line shaped at one optical size: glyphs from left to right, and in em its advance and how far its ink
    keeps from the advance's left end (`bearing`) and right end (`trailing`).
    """

    glyphs: tuple[Glyph, ...]
    advance: float
    bearing: float
    trailing: float
    weight: int
    optical: int


@lru_cache(maxsize=1_000)
def optical(size: float) -> int:
    """The optical size for letters of `size` pixels: half of it, since cards are seen at about half size."""
    return round(min(OPTICAL[1], max(OPTICAL[0], size / 2)))


def shape(text: str, language: str, style: Style, size: float, around: Around = ("", "")) -> Shaped:
    """Shape one line. Raises CardError for what cannot be drawn rightly."""
    return _shape(text, language, style, optical(size), around)


def advance(text: str, language: str, style: Style, optical: int) -> float:
    """The line's advance in em at an optical size."""
    return _shape(text, language, style, optical).advance


def advances(pieces: tuple[str, ...], language: str, style: Style, optical: int) -> tuple[float, ...]:
    """Each piece's advance in em at an optical size, when they stand in a line with spaces between."""
    if (run := _together(pieces, language, style)) is None:
        return tuple(advance(piece, language, style, optical) for piece in pieces)
    # Texts share their words, and a text is tried at a dozen sizes: a word is measured once at each.
    known = _known(run.face, run.script, language, style.weight, optical)
    spaced = _spaced(pieces)
    found = list(map(known.get, spaced))
    if None in found:
        missing = [piece for piece, width in zip(spaced, found, strict=True) if width is None]
        new = _measured(list(dict.fromkeys(missing)), run, language, style.weight, optical)
        found = [new.get(piece, width) for piece, width in zip(spaced, found, strict=True)]
        if len(known) > MOST_WORDS:
            known.clear()
        known.update(new)
    return cast(tuple[float, ...], tuple(found))


@lru_cache(maxsize=128)
def _together(pieces: tuple[str, ...], language: str, style: Style) -> Run | None:
    """The run that pieces with spaces between are, where they are a single one from left to right."""
    text = " ".join(pieces)
    if BREAK in text or not unicodedata.is_normalized("NFC", text):
        return None
    found = runs.of(text, language, style, ("", ""))
    return found[0] if len(found) == 1 and not found[0].level else None


@lru_cache(maxsize=128)
def _spaced(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces with the space behind each that another follows: it can stand nearer to some letters."""
    return (*(f"{piece} " for piece in pieces[:-1]), pieces[-1])


@lru_cache(maxsize=64)
def _known(face: str, script: str, language: str, weight: int, optical: int) -> dict[str, float]:
    """Advances in em of words met before; one with a space behind it is measured as it stands before one."""
    return {}


def _measured(pieces: Sequence[str], run: Run, language: str, weight: int, optical: int) -> dict[str, float]:
    """The pieces' advances in em without their own space, in one call: each costs as much as ten letters."""
    text, em = "".join(pieces), faces.unit(run.face)
    of_letter = [0] * (len(text) + 1)
    font = faces.font(run.face, weight, optical)
    buffer = faces.shaped(text, run._replace(end=len(text)), language, font)
    for item, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        of_letter[item.cluster + 1] += place.x_advance
    reached, start, found = list(accumulate(of_letter)), 0, {}
    for piece in pieces:
        found[piece] = (reached[start + len(piece.removesuffix(" "))] - reached[start]) * em
        start += len(piece)
    return found


def width(text: str, language: str, style: Style, size: float) -> float:
    """The line's advance in pixels at `size` pixels to the em."""
    return shape(text, language, style, size).advance * size


@lru_cache(maxsize=600)
def _shape(text: str, language: str, style: Style, size: int, around: Around = ("", "")) -> Shaped:
    text = unicodedata.normalize("NFC", text)
    pen = 0.0
    glyphs: list[Glyph] = []
    for run in runs.of(text, language, style, around):
        font, em = faces.font(run.face, style.weight, size), faces.unit(run.face)
        buffer = faces.shaped(text, run, language, font)
        for item, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            glyphs.append(Glyph(run.face, item.codepoint, pen + place.x_offset * em, place.y_offset * em))
            pen += place.x_advance * em
    # A letter may be several glyphs, its dots before it: the outermost of a few is where ink begins.
    bearing = min((left for left, _ in _ink(glyphs, style, size)), default=0.0)
    trailing = min((pen - right for _, right in _ink(reversed(glyphs), style, size)), default=0.0)
    return Shaped(tuple(glyphs), pen, bearing, trailing, style.weight, size)


def _ink(glyphs: Iterable[Glyph], style: Style, size: int) -> list[tuple[float, float]]:
    """Where the first few glyphs' ink begins and ends, in em from the line's start; spaces have none."""
    found: list[tuple[float, float]] = []
    face = ""
    for glyph in glyphs:
        if glyph.face != face:
            face = glyph.face
            font, em = faces.font(face, style.weight, size), faces.unit(face)
        extents = font.get_glyph_extents(glyph.number)
        if extents is not None and extents.width:
            left = glyph.x + extents.x_bearing * em
            found.append((left, left + extents.width * em))
            if len(found) == OUTER:
                break
    return found


class Ink(NamedTuple):
    """A line's letters as a mask, and the pixels of the picture where its left upper corner lies."""

    mask: Image.Image
    left: int
    top: int


def ink(x: float, baseline: float, line: Shaped, size: float, angle: float = 0.0) -> Ink | None:
    """A shaped line as a mask, its start at `x` in pixels, subpixels kept; None for mere spaces.

    `angle` turns it about its start, counter-clockwise in radians.
    """
    # floor, not int: the start of a turned line may lie left of the image.
    whole_x, whole_y = floor(x), floor(baseline)
    set_ = _set_again if size <= SMALL and not angle else _set
    found = set_(x - whole_x, whole_y - baseline, line, size, angle)
    return found and Ink(found.mask, whole_x + found.left, whole_y + found.top)


def _set(start: float, height: float, line: Shaped, size: float, angle: float) -> Ink | None:
    """A line's mask where it begins within a pixel, that far from the pixel's left and lower edge."""
    raster = faces.raster()
    raster.reset()
    along, across = cos(angle), sin(angle)
    face = ""
    for glyph in line.glyphs:
        if glyph.face != face:
            face, font = glyph.face, faces.font(glyph.face, line.weight, line.optical)
            straight, turned = size * faces.unit(face) * along, size * faces.unit(face) * across
        right, up = glyph.x * size, glyph.y * size
        left = start + right * along - up * across
        rise = height + right * across + up * along
        raster.transform = (straight, turned, -turned, straight, left, rise)
        raster.draw_glyph(font, glyph.number)
    mask = raster.render()
    box = mask.extents
    if not box.width or not box.height:
        return None
    pixels = Image.frombuffer("L", (box.width, box.height), bytes(mask.buffer), "raw", "L", box.stride, -1)
    return Ink(pixels, box.x_origin, -box.y_origin - box.height)


_set_again = lru_cache(maxsize=64)(_set)
"""Source lines, hashtags and names stand on many cards alike."""


def draw(
    image: Image.Image,
    x: float,
    baseline: float,
    line: Shaped,
    size: float,
    colour: Colour,
    *,
    angle: float = 0.0,
    share: float = 1.0,
) -> None:
    """Set a shaped line into the image, as `ink` has it; `share` is how much of the colour covers."""
    if (drawn := ink(x, baseline, line, size, angle)) is None:
        return
    mask = drawn.mask.point([round(level * share) for level in range(256)]) if share < 1.0 else drawn.mask
    image.paste(colour, (drawn.left, drawn.top), mask)
