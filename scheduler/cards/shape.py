"""Letters into pixels: HarfBuzz shapes a line and rasterises them, with another font where one lacks them.

A line is cut into runs of one direction, one script and one font; they are shaped one by one and set in the
order in which they are seen. What cannot be drawn rightly is refused by name: a character that no font in the
chain has, and controls that would show words in another order than they are read.
"""

import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from math import cos, floor, sin
from typing import NamedTuple

import regex  # type: ignore[import-untyped]
import uharfbuzz as hb
from PIL import Image

from scheduler.cards import bidi, fonts
from scheduler.cards.fonts import Family as Family
from scheduler.errors import CardError

Colour = tuple[int, int, int]

HAS_LETTERS = regex.compile(r"\p{L}")
OPTICAL = (8, 60)
"""The optical sizes (points) that Source Serif 4 is drawn for."""

REFUSED = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""Embeddings and overrides: they show words in another order than they are read and approved in."""

BREAK = "\u200b"
SPACES = frozenset(code for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs")

MARKS = frozenset("\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
"""Direction marks and isolates, which the bidirectional algorithm obeys."""

INVISIBLE = frozenset("\u00ad\u2060\u200b\u200c\u200d\ufe0e\ufe0f") | MARKS
"""Default ignorables: HarfBuzz shows nothing for them, whatever the font."""


SMALL = 44
"""Pixels of the largest letters whose lines are kept for the next card."""

OUTER = 4
"""So many glyphs at an end of a line can hold its outermost ink."""


class Style(NamedTuple):
    """A cut of a family. `fonts` are files of the campaign's own, tried after the shipped ones."""

    family: Family
    weight: int = 400
    fonts: tuple[str, ...] = ()


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


def optical(size: float) -> int:
    """The optical size for letters of `size` pixels: half of it, since cards are seen at about half size."""
    return round(min(OPTICAL[1], max(OPTICAL[0], size / 2)))


Around = tuple[str, str]
"""What stands before and after a line in its paragraph; it can decide the direction of numbers and marks."""


def shape(text: str, language: str, style: Style, size: float, around: Around = ("", "")) -> Shaped:
    """Shape one line. Raises CardError for what cannot be drawn rightly."""
    return _shape(text, language, style, optical(size), around)


def advance(text: str, language: str, style: Style, optical: int) -> float:
    """The line's advance in em at an optical size."""
    return _shape(text, language, style, optical).advance


def advances(pieces: Sequence[str], language: str, style: Style, optical: int) -> tuple[float, ...]:
    """Each piece's advance in em at an optical size, when they stand in a line with spaces between."""
    text = " ".join(pieces)
    runs = () if BREAK in text else _runs(text, language, style, ("", ""))
    if len(runs) != 1 or runs[0].level or not unicodedata.is_normalized("NFC", text):
        return tuple(advance(piece, language, style, optical) for piece in pieces)
    # One call for all of them: a card is tried at a dozen sizes, and each call costs as much as ten letters.
    of_letter = [0] * (len(text) + 1)
    buffer = _shaped(text, runs[0], language, _font(runs[0].face, style.weight, optical))
    for item, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        of_letter[item.cluster + 1] += place.x_advance
    reached, em, start, found = list(accumulate(of_letter)), _unit(runs[0].face), 0, []
    for piece in pieces:
        found.append((reached[start + len(piece)] - reached[start]) * em)
        start += len(piece) + 1
    return tuple(found)


def width(text: str, language: str, style: Style, size: float) -> float:
    """The line's advance in pixels at `size` pixels to the em."""
    return shape(text, language, style, size).advance * size


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
    raster = _raster()
    raster.reset()
    along, across = cos(angle), sin(angle)
    face = ""
    for glyph in line.glyphs:
        if glyph.face != face:
            face, font = glyph.face, _font(glyph.face, line.weight, line.optical)
            straight, turned = size * _unit(face) * along, size * _unit(face) * across
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


class Run(NamedTuple):
    """A stretch of a line that one font sets in one go. `level` is odd where it runs from right to left."""

    start: int
    end: int
    face: str
    script: str
    level: int


@lru_cache(maxsize=600)
def _shape(text: str, language: str, style: Style, size: int, around: Around = ("", "")) -> Shaped:
    text = unicodedata.normalize("NFC", text)
    pen = 0.0
    glyphs: list[Glyph] = []
    for run in _runs(text, language, style, around):
        font, em = _font(run.face, style.weight, size), _unit(run.face)
        buffer = _shaped(text, run, language, font)
        for item, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            glyphs.append(Glyph(run.face, item.codepoint, pen + place.x_offset * em, place.y_offset * em))
            pen += place.x_advance * em
    # A letter may be several glyphs, its dots before it: the outermost of a few is where ink begins.
    bearing = min((left for left, _ in islice(_ink(glyphs, style, size), OUTER)), default=0.0)
    trailing = min((pen - right for _, right in islice(_ink(glyphs[::-1], style, size), OUTER)), default=0.0)
    return Shaped(tuple(glyphs), pen, bearing, trailing, style.weight, size)


def _shaped(text: str, run: Run, language: str, font: hb.Font) -> hb.Buffer:
    """One run through HarfBuzz, the rest of its line as context."""
    buffer = hb.Buffer()
    buffer.add_str(text, run.start, run.end - run.start)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    if run.script != fonts.UNLISTED:
        buffer.script = run.script
    buffer.language = language
    hb.shape(font, buffer, {})
    return buffer


def _ink(glyphs: list[Glyph], style: Style, size: int) -> Iterator[tuple[float, float]]:
    """Where each glyph's ink begins and ends, in em from the line's start; spaces and controls have none."""
    for glyph in glyphs:
        extents, em = _font(glyph.face, style.weight, size).get_glyph_extents(glyph.number), _unit(glyph.face)
        if extents is not None and extents.width:
            left = glyph.x + extents.x_bearing * em
            yield left, left + extents.width * em


@lru_cache(maxsize=1_000)
def _runs(text: str, language: str, style: Style, around: Around) -> tuple[Run, ...]:
    """A line's runs from left to right: each grapheme goes to the first font with all of it, spaces stay."""
    if not REFUSED.isdisjoint(text):
        control = next(c for c in text if c in REFUSED)
        raise CardError(
            f"“{_short(text)}” holds an invisible direction control (U+{ord(control):04X}): delete it"
        )
    levels = _levels(text, language, around)
    scripts = _scripts(text, levels, language)
    if text and len(set(zip(levels, scripts, strict=True))) == 1:
        face = fonts.chain(style.family, style.weight, style.fonts, scripts[0])[0]
        if set(map(ord, text)) <= _drawable(face):
            return (Run(0, len(text), face, scripts[0], levels[0]),)
    runs: list[Run] = []
    for found in regex.finditer(r"\X", text):
        start, end = found.span()
        level, script = levels[start], scripts[start]
        needed = [c for c in found[0] if c not in INVISIBLE and unicodedata.category(c) != "Zs"]
        last = runs[-1] if runs else None
        together = last is not None and (last.level, last.script) == (level, script)
        if not needed and last is not None and together:
            face = last.face
        else:
            chain = fonts.chain(style.family, style.weight, style.fonts, script)
            face = next((face for face in chain if all(ord(c) in _letters(face) for c in needed)), "")
            if not face:
                _refuse(needed, chain, text)
        if last is not None and together and last.face == face:
            runs[-1] = last._replace(end=end)
        else:
            runs.append(Run(start, end, face, script, level))
    return tuple(runs[place] for place in bidi.order([run.level for run in runs]))


def _levels(text: str, language: str, around: Around) -> tuple[int, ...]:
    base = bidi.base(language)
    if not base and not bidi.turns(text) and not bidi.turns(around[0]):
        return (0,) * len(text)
    before, after = (unicodedata.normalize("NFC", part) for part in around)
    before += " " if before else ""
    whole = f"{before}{text} {after}" if after else before + text
    if base and not bidi.turns(whole) and HAS_LETTERS.search(whole):
        return (0,) * len(text)  # a name or hashtag of another script is a line of its own direction
    return bidi.levels(whole, base, len(before), len(before) + len(text))


def _scripts(text: str, levels: tuple[int, ...], language: str) -> list[str]:
    """The script of each character; what scripts share takes that of its neighbours at the same level."""
    scripts = [fonts.script(character) for character in text]
    usual = fonts.script_of(language)
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and levels[end] == levels[start]:
            end += 1
        known = next((script for script in scripts[start:end] if script), usual)
        for place in range(start, end):
            known = scripts[place] = scripts[place] or known
        start = end
    return scripts


def _refuse(needed: list[str], chain: tuple[str, ...], text: str) -> None:
    missing = next((c for c in needed if not any(ord(c) in _letters(face) for face in chain)), needed[0])
    category = unicodedata.category(missing)
    if category in {"Cc", "Cn", "Co", "Cs"}:
        raise CardError(f"“{_short(text)}” holds a control character (U+{ord(missing):04X}): delete it")
    name = unicodedata.name(missing, "unnamed character")
    looked = ", ".join(fonts.name(face) for face in chain)
    raise CardError(
        f"the card's fonts ({looked}) have no “{missing}” (U+{ord(missing):04X}, {name}) "
        f"in “{_short(text)}”: {fonts.cure(missing, category)}"
    )


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text if c not in REFUSED | MARKS)
    return shown if len(shown) <= 40 else shown[:39] + "…"


@lru_cache(maxsize=2_000)
def _face(key: str) -> hb.Face:
    try:
        face = hb.Face(hb.Blob.from_file_path(fonts.path(key)))
    except (OSError, ModuleNotFoundError, hb.HarfBuzzError) as error:
        raise fonts.unreadable(key) from error
    if not face.unicodes:
        raise CardError(f"{fonts.name(key)} is no font the program can read: remove it from cards.fonts")
    return face


@lru_cache(maxsize=2_000)
def _letters(key: str) -> hb.Set:
    try:
        return _face(key).unicodes
    except CardError:
        if fonts.of_system(key):
            return hb.Set()
        raise


@lru_cache(maxsize=64)
def _drawable(key: str) -> frozenset[int]:
    """What a font alone can set: its letters, and what is not seen."""
    return frozenset(_letters(key)) | frozenset(map(ord, INVISIBLE)) | SPACES


@lru_cache(maxsize=64)
def _unit(face: str) -> float:
    """What one unit of a font measures in em of the line."""
    return fonts.scale(face) / float(_face(face).upem)


@lru_cache(maxsize=256)
def _font(name: str, weight: int, size: int) -> hb.Font:
    font = hb.Font(_face(name))
    font.set_variations({"wght": weight, "opsz": size})
    return font


_local = threading.local()


def _raster() -> hb.RasterDraw:
    """A rasteriser keeps state between glyphs, so every thread has its own."""
    if not hasattr(_local, "raster"):
        _local.raster = hb.RasterDraw()
    raster: hb.RasterDraw = _local.raster
    return raster
