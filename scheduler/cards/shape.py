"""Letters into pixels: HarfBuzz shapes a line and rasterises them, with another font where one lacks them.

Left-to-right scripts only for now. What cannot be drawn rightly is refused by name: right-to-left text,
explicit direction controls, and any character that no font in the chain has.
"""

import threading
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from math import cos, floor, sin
from pathlib import Path

import regex  # type: ignore[import-untyped]
import uharfbuzz as hb
from PIL import Image

from scheduler.errors import CardError

Colour = tuple[int, int, int]


class Family(StrEnum):
    SERIF = "serif"
    SANS = "sans"


CHAINS: dict[Family, tuple[tuple[str, str], ...]] = {
    Family.SERIF: (
        ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf"),
        ("fontpkg_noto_serif", "NotoSerif[wdth,wght].ttf"),
    ),
    Family.SANS: (
        ("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
        ("fontpkg_noto_serif", "NotoSerif[wdth,wght].ttf"),
    ),
}
"""Package and file of each font, first choice first."""

OPTICAL = (8, 60)
"""The optical sizes (points) that Source Serif 4 is drawn for."""

CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
INVISIBLE = frozenset("\u00ad\u2060\u200b\u200c\u200d\ufe0e\ufe0f")
"""Default ignorables: HarfBuzz shows nothing for them, whatever the font."""


@dataclass(frozen=True)
class Style:
    """A cut of a family. `fonts` are files of the campaign's own, tried after the shipped ones."""

    family: Family
    weight: int = 400
    fonts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Glyph:
    """One glyph of a shaped line. `x` and `y` in em from the line's start on the baseline, y upwards."""

    face: str
    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Shaped:
    """A line shaped at one optical size: glyphs, advance, and the first glyph's left bearing, all in em."""

    glyphs: tuple[Glyph, ...]
    advance: float
    bearing: float
    weight: int
    optical: int


def optical(size: float) -> int:
    """The optical size for letters of `size` pixels: half of it, since cards are seen at about half size."""
    return round(min(OPTICAL[1], max(OPTICAL[0], size / 2)))


def shape(text: str, language: str, style: Style, size: float) -> Shaped:
    """Shape one line. Raises CardError for what cannot be drawn rightly."""
    return _shape(text, language, style, optical(size))


def advance(text: str, language: str, style: Style, optical: int) -> float:
    """The line's advance in em at an optical size."""
    return _shape(text, language, style, optical).advance


def width(text: str, language: str, style: Style, size: float) -> float:
    """The line's advance in pixels at `size` pixels to the em."""
    return shape(text, language, style, size).advance * size


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
    """Set a shaped line into the image, its start at `x`, in pixels; subpixel positions are kept.

    `angle` turns it about its start, counter-clockwise in radians; `share` is how much of the colour covers.
    """
    raster = _raster()
    raster.reset()
    # floor, not int: the start of a turned line may lie left of the image.
    whole_x, whole_y = floor(x), floor(baseline)
    along, across = cos(angle), sin(angle)
    for glyph in line.glyphs:
        scale, right, up = size / _face(glyph.face).upem, glyph.x * size, glyph.y * size
        left = x - whole_x + right * along - up * across
        rise = whole_y - baseline + right * across + up * along
        raster.transform = (scale * along, scale * across, -scale * across, scale * along, left, rise)
        raster.draw_glyph(_font(glyph.face, line.weight, line.optical), glyph.number)
    mask = raster.render()
    box = mask.extents
    if not box.width or not box.height:
        return
    ink = Image.frombuffer("L", (box.width, box.height), bytes(mask.buffer), "raw", "L", box.stride, -1)
    if share < 1.0:
        ink = ink.point([round(level * share) for level in range(256)])
    image.paste(colour, (whole_x + box.x_origin, whole_y - box.y_origin - box.height), ink)


@lru_cache(maxsize=20_000)
def _shape(text: str, language: str, style: Style, size: int) -> Shaped:
    pen, bearing = 0.0, 0.0
    glyphs: list[Glyph] = []
    for face, run in _runs(text, style):
        font, em = _font(face, style.weight, size), _face(face).upem
        buffer = hb.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        buffer.language = language
        hb.shape(font, buffer, {})
        for item, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if not glyphs and (extents := font.get_glyph_extents(item.codepoint)) is not None:
                bearing = extents.x_bearing / em
            glyphs.append(Glyph(face, item.codepoint, pen + place.x_offset / em, place.y_offset / em))
            pen += place.x_advance / em
    return Shaped(tuple(glyphs), pen, bearing, style.weight, size)


def _runs(text: str, style: Style) -> list[tuple[str, str]]:
    """(font, text) in order: each grapheme goes to the first font with all of it, spaces stay."""
    chain = _chain(style.family, style.fonts)
    runs: list[tuple[str, str]] = []
    for cluster in regex.findall(r"\X", unicodedata.normalize("NFC", text)):
        needed = [c for c in cluster if c not in INVISIBLE and unicodedata.category(c) != "Zs"]
        if not needed and runs:
            face = runs[-1][0]
        else:
            face = next((face for face in chain if all(ord(c) in _letters(face) for c in needed)), "")
        if not face:
            _refuse(needed, chain, text)
        if runs and runs[-1][0] == face:
            runs[-1] = (face, runs[-1][1] + cluster)
        else:
            runs.append((face, cluster))
    for character in text:
        _refuse_direction(character, text)
    return runs


def _refuse(needed: list[str], chain: tuple[str, ...], text: str) -> None:
    for character in needed:
        _refuse_direction(character, text)
    missing = next((c for c in needed if not any(ord(c) in _letters(face) for face in chain)), needed[0])
    name = unicodedata.name(missing, "unnamed character")
    what = "leave emoji out of cards" if unicodedata.category(missing) == "So" else "write it otherwise"
    raise CardError(
        f"the card's fonts have no “{missing}” (U+{ord(missing):04X}, {name}) in “{_short(text)}”: {what}, "
        "or name a folder with a font that has it under cards.fonts in config.yaml"
    )


def _refuse_direction(character: str, text: str) -> None:
    if character in CONTROLS:
        raise CardError(
            f"“{_short(text)}” holds an invisible direction control (U+{ord(character):04X}): delete it"
        )
    if unicodedata.bidirectional(character) in {"R", "AL", "AN"}:
        raise CardError(
            f"“{_short(text)}” is written from right to left; cards in such scripts cannot be drawn yet: "
            "leave the card out for this language or give the post an image of its own"
        )
    if unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"}:
        raise CardError(f"“{_short(text)}” holds a control character (U+{ord(character):04X}): delete it")


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text if c not in CONTROLS)
    return shown if len(shown) <= 40 else shown[:39] + "…"


@lru_cache(maxsize=16)
def _chain(family: Family, own: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{package}:{file}" for package, file in CHAINS[family]) + own


@lru_cache(maxsize=32)
def _face(name: str) -> hb.Face:
    package, _, file = name.partition(":")
    shipped = any((package, file) in chain for chain in CHAINS.values())
    try:
        content = (resources.files(package) / "files" / file if shipped else Path(name)).read_bytes()
    except (OSError, ModuleNotFoundError) as error:
        cure = "install the requirements anew" if shipped else "check cards.fonts in config.yaml"
        raise CardError(f"the font {file if shipped else Path(name).name} cannot be read: {cure}") from error
    face = hb.Face(hb.Blob(content))
    if not face.unicodes:
        raise CardError(f"{Path(name).name} is no font the program can read: remove it from cards.fonts")
    return face


@lru_cache(maxsize=32)
def _letters(name: str) -> frozenset[int]:
    return frozenset(_face(name).unicodes)


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
