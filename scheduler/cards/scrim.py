"""How deep a card's scrim must be for its letters to stand out, measured on the pixels that are drawn."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path

from PIL import Image

from scheduler.cards import backdrop, layout, shape, strips
from scheduler.cards.backdrop import COARSE, GRAIN, KNOTS, TILE, Scrim, Source, depth
from scheduler.cards.request import Request
from scheduler.cards.shape import Colour
from scheduler.cards.sheet import Piece
from scheduler.errors import CardError

CONTRAST = {"ink": 7.0, "soft": 4.5}
"""WCAG contrast (AAA, and AA for the rest) against the lightest 2 % of what lies under a line, or the darkest
2 % where a palette sets dark letters on a light ground."""

SPARED = 0.02
DEEPEST = 0.97
BRIGHT = 105
"""Mean level of a background that gets a template's scrim in full."""

Palette = Mapping[str, Colour]
Box = strips.Box


def luminance(rgb: Colour) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, definition of relative luminance."""
    linear = [c / 12.92 if (c := part / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@lru_cache(maxsize=4_000)
def contrast(ink: Colour, ground: Colour) -> float:
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def extreme(levels: Image.Image, box: Box, lightest: bool = True) -> int:
    """The level (0..255) that only the lightest, or the darkest, 2 % of a box's pixels reach or pass."""
    counts = levels.crop(box).histogram()
    reached = list(accumulate(reversed(counts) if lightest else counts))
    steps = min(255, bisect_right(reached, reached[-1] * SPARED))
    return 255 - steps if lightest else steps


def readable(
    request: Request,
    size: tuple[int, int],
    pieces: Sequence[Piece],
    wanted: Sequence[tuple[float, float]],
    palette: Palette,
    root: Path,
) -> strips.Backdrop:
    """The backdrop, its scrim deepened only where letters need it, until all of them stand out enough."""
    return backdrop.of(*chosen(request, size, pieces, wanted, palette, root))


def chosen(
    request: Request,
    size: tuple[int, int],
    pieces: Sequence[Piece],
    wanted: Sequence[tuple[float, float]],
    palette: Palette,
    root: Path,
) -> tuple[Source, Scrim]:
    """What lies under the letters, and its scrim. Raises CardError where no depth is enough."""
    lit = luminance(palette["ink"]) > luminance(palette["ground"])
    source = backdrop.source(request, size, palette["ground"], root)
    mean = backdrop.mean(source, lit)
    lines = [_Line(piece, box(piece, size), palette[piece.role], lit) for piece in pieces]
    worst = [_worst(source, _coarse(line.box), lit) for line in lines]
    # What is dark already keeps its own light: a scrim made for a day sky would put out a lamp at night.
    scrim = _knots(wanted, min(1.0, max(0.1, (mean if lit else 255 - mean) / BRIGHT)))
    for _ in range(60):
        weak = [
            line.piece
            for line, level in zip(lines, worst, strict=True)
            if line.contrast(level, scrim, size[1], palette["ground"]) < line.least
        ]
        weak = weak or [line.piece for line in lines if not line.stands_out(source, scrim)]
        if not weak:
            return source, scrim
        scrim = _deeper(scrim, weak, size[1])
    raise CardError(
        "the card's letters and ground are too alike to be read: change cards.palette in config.yaml"
    )


class _Line:
    """A line of letters with the pixels it covers; `lit` says that letters are lighter than their ground."""

    def __init__(self, piece: Piece, box: Box, ink: Colour, lit: bool) -> None:
        self.piece, self.box, self.ink, self.lit = piece, box, ink, lit
        self.least = CONTRAST[piece.role]

    def contrast(self, level: int, scrim: Scrim, height: int, ground: Colour) -> float:
        """With a level under the scrim, where that is thinnest over this line."""
        share = _thinnest(scrim, self.box[1] / height, self.box[3] / height)
        under = level + ((max if self.lit else min)(ground) - level) * share
        shaded = min(255, int(under + GRAIN + 1)) if self.lit else max(0, int(under - GRAIN))
        return contrast(self.ink, (shaded, shaded, shaded))

    def stands_out(self, source: Source, scrim: Scrim) -> bool:
        """Whether the line stands out enough from what has been drawn under it, measured pixel by pixel."""
        left, top, right, bottom = self.box
        limit = _bearable(self.ink, self.least, self.lit)
        tiles = (left // TILE, top // TILE, -(-right // TILE), -(-bottom // TILE))
        # Tiles reach over the line's edges: few enough in them are few enough in the line.
        if _beyond(source, scrim, tiles, limit, self.lit) <= (right - left) * (bottom - top) * SPARED:
            return True
        planes = [plane.crop(self.box) for plane in backdrop.of(source, scrim).planes]
        level = extreme(backdrop.bound(planes, self.lit), (0, 0, *planes[0].size), self.lit)
        return contrast(self.ink, (level, level, level)) >= self.least


@lru_cache(maxsize=512)
def _worst(source: Source, coarse: Box, lit: bool) -> int:
    """The extreme level under a line before there is a scrim. Lines at the foot stand there on many cards."""
    return extreme(backdrop.levels(source, lit), coarse, lit)


@lru_cache(maxsize=512)
def _beyond(source: Source, scrim: Scrim, tiles: Box, limit: int, lit: bool) -> int:
    """How many pixels of these tiles are brighter (darker) than the limit; some at a card's edge twice."""
    counts = backdrop.beyond(source, scrim, limit, lit).crop(tiles).histogram()
    return sum(map(mul, counts, range(TILE * TILE + 1)))


@lru_cache(maxsize=64)
def _bearable(ink: Colour, least: float, lit: bool) -> int:
    """The level up to (down to) which every grey keeps its contrast with an ink; beyond 0 to 255: none."""
    fine = [contrast(ink, (level, level, level)) >= least for level in range(256)]
    if lit:
        return fine.index(False) - 1 if False in fine else 255
    return 256 - fine[::-1].index(False) if False in fine else 0


def _coarse(box: Box) -> Box:
    left, top, right, bottom = (edge // COARSE for edge in box)
    return left, top, max(left + 1, right), max(top + 1, bottom)


def _thinnest(scrim: Scrim, top: float, bottom: float) -> float:
    """The least depth of a scrim between two heights (0..1): at one of them or at a knot between."""
    first, last = int(top * (KNOTS - 1)), int(bottom * (KNOTS - 1))
    return min(depth(scrim, top), depth(scrim, bottom), *scrim[first + 1 : last + 1])


def box(piece: Piece, size: tuple[int, int]) -> Box:
    """The pixels a line covers, from its accents to its descenders."""
    long = shape.width(piece.text, piece.language, piece.style, piece.size)
    left, right = max(0, int(piece.x)), min(size[0], int(piece.x + long) + 1)
    rise, fall = layout.stature(piece.style.family, piece.language)
    top = int(piece.baseline - max(0.85, rise + 0.1) * piece.size)
    bottom = int(piece.baseline + max(0.28, fall) * piece.size)
    return left, max(0, top), max(left + 1, right), min(size[1], max(1, bottom))


def _deeper(scrim: Scrim, weak: Sequence[Piece], height: int) -> Scrim:
    raised = list(scrim)
    step = height / (KNOTS - 1)
    for knot in range(KNOTS):
        y = knot * step
        if any(p.baseline - p.size - 1.5 * step < y < p.baseline + 0.3 * p.size + 1.5 * step for p in weak):
            raised[knot] = min(DEEPEST, raised[knot] + (DEEPEST - raised[knot]) * 0.12 + 0.001)
    return tuple(round(value, 4) for value in raised)


@lru_cache(maxsize=64)
def _knots(points: Sequence[tuple[float, float]], share: float) -> Scrim:
    """A scrim's few points as evenly spaced knots, each `share` as deep."""
    return tuple(round(share * _between(points, number / (KNOTS - 1)), 4) for number in range(KNOTS))


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    for (low, a), (high, b) in pairwise(points):
        if at <= high:
            return a + (b - a) * (at - low) / (high - low)
    return points[-1][1]
