"""A set page into pixels: background, a scrim as deep as the letters need, letters, final bytes."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageStat

from scheduler.cards import layout, photos, shape, stamp, strips
from scheduler.cards.photos import Drawn
from scheduler.cards.request import IMAGES, Request
from scheduler.cards.shape import Colour
from scheduler.cards.sheet import Bar, Piece, Role, Sheet
from scheduler.errors import CardError

CONTRAST = {"ink": 7.0, "soft": 4.5}
"""WCAG contrast (AAA, and AA for the rest) against the lightest 2 % of what lies under a line, or the darkest
2 % where a palette sets dark letters on a light ground."""

GRAIN = 2
"""Levels by which grain lifts or lowers a pixel."""

PART = 200
"""Rows of pixels that get their grain at a time."""

KNOTS = 17
COARSE = 3
DEEPEST = 0.97
CODING = strips.FULL
MOST_BYTES = 1_000_000
BRIGHT = 105
"""Mean level of a background that gets a template's scrim in full."""

Scrim = tuple[float, ...]
Focal = tuple[float, float]
Source = tuple[str | None, str, str, tuple[int, int], Colour, Focal]
"""What a backdrop is made of: file, its digest, folder, the card's size, the ground's colour, focal point."""

FOCAL = (0.5, 0.54)
"""Where a background without a media record is taken to have its weight: in the middle, a little low."""


def paint(sheet: Sheet, scrim: Sequence[tuple[float, float]], root: Path) -> Drawn:
    """Draw all pieces over the background and encode. Raises CardError where they cannot be made readable."""
    request, size = sheet.request, sheet.size
    palette = {name: colour(value) for name, value in request.palette}
    backdrop = readable(request, size, sheet.pieces, scrim, palette, root)
    inks = letters(sheet)
    canvas = strips.Canvas(backdrop, heights(sheet, [ink for ink, _ in inks]))
    if sheet.portrait is not None:
        _portrait(canvas, request, sheet.portrait, root)
    if request.stamp:
        light = luminance(palette["ground"]) > luminance(palette["ink"])
        stamp.across(canvas.at(0).image, request, light)
    for bar in sheet.bars:
        canvas.fill(palette[bar.role], _corners(bar))
    for ink, role in inks:
        canvas.paste(palette[role], ink.left, ink.top, ink.mask)
    if sheet.mark is not None:
        _mark(canvas, request, sheet.mark, root)
    if request.stamp:
        stamp.band(canvas.at(0).image, request)
    return Drawn(_encode(canvas), "image/jpeg", *size)


def letters(sheet: Sheet) -> list[tuple[shape.Ink, Role]]:
    """Every line's letters, each with its colour's role."""
    found = []
    for piece in sheet.pieces:
        line = shape.shape(piece.text, piece.language, piece.style, piece.size, piece.around)
        if (ink := shape.ink(piece.x, piece.baseline, line, piece.size)) is not None:
            found.append((ink, piece.role))
    return found


def heights(sheet: Sheet, inks: Sequence[shape.Ink]) -> Iterator[tuple[int, int]]:
    """From where to where down the card something is drawn; a mark of what is not cleared goes all across."""
    if sheet.request.stamp:
        yield 0, sheet.size[1]
    for ink in inks:
        yield ink.top, ink.top + ink.mask.height
    for bar in (*sheet.bars, sheet.portrait, sheet.mark):
        if bar is not None:
            _, top, _, bottom = _corners(bar)
            yield top, bottom + 1  # a mark stands on its place's lower edge, rounded


def colour(value: str) -> Colour:
    """ "F4F0E8" or "#F4F0E8" as red, green, blue."""
    digits = value.removeprefix("#")
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", digits):
        raise CardError(
            f"cards.palette: “{value}” is not a colour; write six hexadecimal digits, such as F4F0E8"
        )
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def luminance(rgb: Colour) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, definition of relative luminance."""
    linear = [c / 12.92 if (c := part / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@lru_cache(maxsize=4_000)
def contrast(ink: Colour, ground: Colour) -> float:
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def extreme(levels: Image.Image, box: tuple[int, int, int, int], lightest: bool = True) -> int:
    """The level (0..255) that only the lightest, or the darkest, 2 % of a box's pixels reach or pass."""
    counts = levels.crop(box).histogram()
    reached = list(accumulate(reversed(counts) if lightest else counts))
    steps = min(255, bisect_right(reached, reached[-1] * 0.02))
    return 255 - steps if lightest else steps


def readable(
    request: Request,
    size: tuple[int, int],
    pieces: Sequence[Piece],
    wanted: Sequence[tuple[float, float]],
    palette: dict[str, Colour],
    root: Path,
) -> strips.Backdrop:
    """The backdrop, its scrim deepened only where letters need it, until all of them stand out enough."""
    return _backdrop(*chosen(request, size, pieces, wanted, palette, root), CODING)


def chosen(
    request: Request,
    size: tuple[int, int],
    pieces: Sequence[Piece],
    wanted: Sequence[tuple[float, float]],
    palette: dict[str, Colour],
    root: Path,
) -> tuple[Source, Scrim]:
    """What lies under the letters, and its scrim. Raises CardError where no depth is enough."""
    ground, lit = palette["ground"], luminance(palette["ink"]) > luminance(palette["ground"])
    focal = request.focal or FOCAL
    source = (request.background, _state(request, root), str(root), size, ground, focal)
    levels = _levels(source, lit)
    worst = [extreme(levels, _coarse(box(piece, size)), lit) for piece in pieces]
    # What is dark already keeps its own light: a scrim made for a day sky would put out a lamp at night.
    mean = _mean(source, lit)
    scrim = _knots(wanted, min(1.0, max(0.1, (mean if lit else 255 - mean) / BRIGHT)))
    for _ in range(60):
        weak = [
            piece
            for piece, level in zip(pieces, worst, strict=True)
            if _contrast(piece, level, scrim, size[1], palette, lit) < CONTRAST[piece.role]
        ]
        weak = weak or _unreadable(pieces, source, scrim, palette, lit)
        if not weak:
            return source, scrim
        scrim = _deeper(scrim, weak, size[1])
    raise CardError(
        "the card's letters and ground are too alike to be read: change cards.palette in config.yaml"
    )


def _unreadable(
    pieces: Sequence[Piece], source: Source, scrim: Scrim, palette: dict[str, Colour], lit: bool
) -> list[Piece]:
    """The lines that do not stand out enough from what has been drawn under them, measured pixel by pixel."""
    backdrop = _backdrop(source, scrim, CODING)
    if backdrop.levels is None:
        backdrop.levels = _bound(backdrop.image, lit)
    levels = backdrop.levels
    grounds = ((piece, extreme(levels, box(piece, source[3]), lit)) for piece in pieces)
    return [
        piece
        for piece, level in grounds
        if contrast(palette[piece.role], (level, level, level)) < CONTRAST[piece.role]
    ]


def _bound(image: Image.Image, lit: bool) -> Image.Image:
    """The brightest (darkest) of the three channels: a bound of the luminance, exact for greys."""
    red, green, blue = image.split()
    pick = ImageChops.lighter if lit else ImageChops.darker
    return pick(pick(red, green), blue)


def _state(request: Request, root: Path) -> str:
    """What tells one content of the background file from another: its digest, else its last change."""
    if request.background is None or request.background_sha256:
        return request.background_sha256
    path = root / IMAGES / request.background
    return str(path.stat().st_mtime_ns) if path.exists() else ""


def _contrast(
    piece: Piece, level: int, scrim: Scrim, height: int, palette: dict[str, Colour], lit: bool
) -> float:
    """Contrast of a line's letters with its worst level, where the scrim over that line is thinnest."""
    top, bottom = _rows(piece, height)
    ground, share = palette["ground"], _thinnest(scrim, top / height, bottom / height)
    under = level + ((max if lit else min)(ground) - level) * share
    shaded = min(255, int(under + GRAIN + 1)) if lit else max(0, int(under - GRAIN))
    return contrast(palette[piece.role], (shaded, shaded, shaded))


def _thinnest(scrim: Scrim, top: float, bottom: float) -> float:
    """The least depth of a scrim between two heights (0..1): at one of them or at a knot between."""
    between = [scrim[knot] for knot in range(KNOTS) if top < knot / (KNOTS - 1) < bottom]
    return min(_depth(scrim, top), _depth(scrim, bottom), *between)


def _depth(scrim: Scrim, at: float) -> float:
    place = min(max(at, 0.0), 1.0) * (KNOTS - 1)
    low = min(int(place), KNOTS - 2)
    return scrim[low] + (scrim[low + 1] - scrim[low]) * (place - low)


def box(piece: Piece, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The pixels a line covers, from its accents to its descenders."""
    long = shape.width(piece.text, piece.language, piece.style, piece.size)
    left, right = max(0, int(piece.x)), min(size[0], int(piece.x + long) + 1)
    top, bottom = _rows(piece, size[1])
    return left, top, max(left + 1, right), bottom


def _rows(piece: Piece, height: int) -> tuple[int, int]:
    rise, fall = layout.stature(piece.style.family, piece.language)
    top = int(piece.baseline - max(0.85, rise + 0.1) * piece.size)
    bottom = int(piece.baseline + max(0.28, fall) * piece.size)
    return max(0, top), min(height, max(1, bottom))


def _deeper(scrim: Scrim, weak: Sequence[Piece], height: int) -> Scrim:
    raised = list(scrim)
    step = height / (KNOTS - 1)
    for knot in range(KNOTS):
        y = knot * step
        if any(p.baseline - p.size - 1.5 * step < y < p.baseline + 0.3 * p.size + 1.5 * step for p in weak):
            raised[knot] = min(DEEPEST, raised[knot] + (DEEPEST - raised[knot]) * 0.12 + 0.001)
    return tuple(round(value, 4) for value in raised)


def _knots(points: Sequence[tuple[float, float]], share: float) -> Scrim:
    """A scrim's few points as evenly spaced knots, each `share` as deep."""
    return tuple(round(share * _between(points, number / (KNOTS - 1)), 4) for number in range(KNOTS))


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    for (low, a), (high, b) in pairwise(points):
        if at <= high:
            return a + (b - a) * (at - low) / (high - low)
    return points[-1][1]


@lru_cache(maxsize=2)
def _backdrop(source: Source, scrim: Scrim, coding: strips.Coding) -> strips.Backdrop:
    """The background under its scrim, kept for other cards with what of it has been encoded."""
    size, ground = source[3], source[4]
    image = _cover(*source).copy()
    image.paste(ground, (0, 0, *size), _mask(scrim, size))
    # A breath of grain keeps eight bits from banding where the scrim has flattened everything. It comes in
    # parts: whole, it would need as much memory as two cards.
    for top in range(0, size[1], PART):
        part = (0, top, size[0], min(size[1], top + PART))
        grain = Image.merge("RGB", (_grain(size).crop(part),) * 3)
        image.paste(ImageChops.add(image.crop(part), grain, 1, -GRAIN), part)
    return strips.Backdrop(image, coding)


@lru_cache(maxsize=2)
def _levels(source: Source, lit: bool) -> Image.Image:
    # Every third pixel each way is enough to choose a scrim by; what is drawn is then measured in full.
    cover = _cover(*source)
    size = (cover.width // COARSE, cover.height // COARSE)
    return _bound(cover.resize(size, Image.Resampling.NEAREST), lit)


def _coarse(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (edge // COARSE for edge in box)
    return left, top, max(left + 1, right), max(top + 1, bottom)


@lru_cache(maxsize=2)
def _mean(source: Source, lit: bool) -> float:
    return ImageStat.Stat(_levels(source, lit)).mean[0]


def _mask(scrim: Scrim, size: tuple[int, int]) -> Image.Image:
    column = Image.new("L", (1, size[1]))
    column.putdata([round(255 * _depth(scrim, y / (size[1] - 1))) for y in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


@lru_cache(maxsize=2)
def _cover(
    name: str | None, digest: str, root: str, size: tuple[int, int], ground: Colour, focal: Focal
) -> Image.Image:
    """The background scaled to cover the card; without one a quiet gradient of the ground's colour."""
    if name is None:
        column = Image.new("RGB", (1, size[1]))
        column.putdata([_shade(ground, y / size[1]) for y in range(size[1])])
        return column.resize(size, Image.Resampling.NEAREST)
    content = photos.read(Path(root, IMAGES, name), Path(root))
    picture = photos.decode(name, content, size)
    share = max(size[0] / picture.width, size[1] / picture.height)
    left, wide = _stretch(picture.width, size[0] / share, focal[0])
    top, high = _stretch(picture.height, size[1] / share, focal[1])
    part = (left, top, left + wide, top + high)
    return picture.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)


def _stretch(whole: int, kept: float, focal: float) -> tuple[float, float]:
    """Start and length of what a side keeps: the focal point in the middle, as far as the picture goes."""
    kept = min(kept, whole)  # a side kept whole may come out longer by the last bit of its number
    return min(max(focal * whole - kept / 2, 0.0), whole - kept), kept


def _shade(ground: Colour, at: float) -> Colour:
    """From somewhat lighter at the top to the ground itself at two thirds."""
    lift = max(0.0, 1 - at / 0.7) ** 1.5 * 44
    red, green, blue = (
        min(255, round(part + lift * more)) for part, more in zip(ground, (1, 1, 1.05), strict=True)
    )
    return red, green, blue


@lru_cache(maxsize=2)
def _grain(size: tuple[int, int]) -> Image.Image:
    speckle = Image.frombytes("L", size, Random(7).randbytes(size[0] * size[1]))
    return speckle.point([v * 5 // 256 for v in range(256)])


def forget() -> None:
    """Let go of the backgrounds kept for the next card: a worker that turns to another one needs the room."""
    for kept in (_backdrop, _levels, _cover, _grain):
        kept.cache_clear()


def _corners(bar: Bar) -> tuple[int, int, int, int]:
    left, top = round(bar.left), round(bar.top)
    return left, top, left + max(1, round(bar.width)), top + max(1, round(bar.height))


def _mark(canvas: strips.Canvas, request: Request, place: Bar, root: Path) -> None:
    """The campaign's mark, at its own shape, in the right lower corner of its place."""
    name = request.mark or ""
    mark = photos.cutout(name, photos.read(root / name, root))
    share = min(place.width / mark.width, place.height / mark.height)
    mark = mark.resize(
        (max(1, round(mark.width * share)), max(1, round(mark.height * share))), Image.Resampling.LANCZOS
    )
    corner = (round(place.left + place.width) - mark.width, round(place.top + place.height) - mark.height)
    canvas.paste(mark, *corner, mark)


def _portrait(canvas: strips.Canvas, request: Request, place: Bar, root: Path) -> None:
    """The person's photograph, cut to its place around the point that its media record names."""
    name = request.portrait or ""
    left, top, right, bottom = _corners(place)
    size = (right - left, bottom - top)
    picture = photos.decode(name, photos.read(root / IMAGES / name, root), size)
    focal = request.portrait_focal or FOCAL
    share = max(size[0] / picture.width, size[1] / picture.height)
    x, wide = _stretch(picture.width, size[0] / share, focal[0])
    y, high = _stretch(picture.height, size[1] / share, focal[1])
    part = (x, y, x + wide, y + high)
    part_shown = picture.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)
    canvas.paste(part_shown, left, top)


def _encode(canvas: strips.Canvas) -> bytes:
    if len(data := canvas.jpeg()) < MOST_BYTES:
        return data
    image = canvas.whole()
    for quality in (88, 84, 76, 66, 54, 40):
        if len(data := photos.jpeg(image, quality)) < MOST_BYTES:
            return data
    raise CardError(f"the card is over {MOST_BYTES:,} bytes at every quality: choose a calmer background")
