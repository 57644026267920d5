"""What lies under a card's letters: a photograph or a quiet gradient, its scrim and a breath of grain."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageStat

from scheduler.cards import photos, strips
from scheduler.cards.request import IMAGES, Request
from scheduler.cards.shape import Colour

GRAIN = 2
"""Levels by which grain lifts or lowers a pixel."""

KNOTS = 17
COARSE = 3
TILE = 8
CODING = strips.FULL

Scrim = tuple[float, ...]
"""Depths (0..1) at KNOTS heights from the top of a card to its foot, evenly spaced."""

Focal = tuple[float, float]
Source = tuple[str | None, str, str, tuple[int, int], Colour, Focal]
"""What a backdrop is made of: file, its digest, folder, the card's size, the ground's colour, focal point."""

FOCAL = (0.5, 0.54)
"""Where a background without a media record is taken to have its weight: in the middle, a little low."""


def source(request: Request, size: tuple[int, int], ground: Colour, root: Path) -> Source:
    return request.background, _state(request, root), str(root), size, ground, request.focal or FOCAL


def of(source: Source, scrim: Scrim) -> strips.Backdrop:
    """The background under its scrim, kept for other cards with what of it has been encoded."""
    return _made(source, scrim, CODING)


def depth(scrim: Scrim, at: float) -> float:
    """A scrim's depth at a height (0..1) of the card."""
    place = min(max(at, 0.0), 1.0) * (KNOTS - 1)
    low = min(int(place), KNOTS - 2)
    return scrim[low] + (scrim[low + 1] - scrim[low]) * (place - low)


def bound(planes: Sequence[Image.Image], lit: bool) -> Image.Image:
    """The brightest (darkest) of the three channels: a bound of the luminance, exact for greys."""
    red, green, blue = planes
    pick = ImageChops.lighter if lit else ImageChops.darker
    return pick(pick(red, green), blue)


@lru_cache(maxsize=2)
def levels(source: Source, lit: bool) -> Image.Image:
    """The bound of a background that has no scrim yet, at every COARSE-th pixel each way.

    That is enough to choose a scrim by; what is drawn is then measured in full.
    """
    whole = cover(*source)
    size = (whole.width // COARSE, whole.height // COARSE)
    return bound(whole.resize(size, Image.Resampling.NEAREST).split(), lit)


@lru_cache(maxsize=2)
def mean(source: Source, lit: bool) -> float:
    return ImageStat.Stat(levels(source, lit)).mean[0]


@lru_cache(maxsize=16)
def beyond(source: Source, scrim: Scrim, limit: int, lit: bool) -> Image.Image:
    """How many pixels of each tile are brighter (darker) than the limit: TILE × TILE to a pixel, 0 to 64.

    Tiles at the right and the lower edge that are no whole ones may tell more than there are.
    """
    table = [64 * (level > limit if lit else level < limit) for level in range(256)]
    return bound(of(source, scrim).planes, lit).point(table).reduce(TILE)


@lru_cache(maxsize=4)
def _made(source: Source, scrim: Scrim, coding: strips.Coding) -> strips.Backdrop:
    size, ground = source[3], source[4]
    mask, grain, planes = _mask(scrim, size), _grain(size), []
    for band, level in zip("RGB", ground, strict=True):
        plane = cover(*source).getchannel(band)
        plane.paste(level, (0, 0, *size), mask)
        # A breath of grain keeps eight bits from banding where the scrim has flattened everything.
        planes.append(ImageChops.add(plane, grain, 1, -GRAIN))
    return strips.Backdrop(planes, coding)


def _state(request: Request, root: Path) -> str:
    """What tells one content of the background file from another: its digest, else its last change."""
    if request.background is None or request.background_sha256:
        return request.background_sha256
    path = root / IMAGES / request.background
    return str(path.stat().st_mtime_ns) if path.exists() else ""


def _mask(scrim: Scrim, size: tuple[int, int]) -> Image.Image:
    column = Image.new("L", (1, size[1]))
    column.putdata([round(255 * depth(scrim, y / (size[1] - 1))) for y in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


@lru_cache(maxsize=2)
def cover(
    name: str | None, digest: str, root: str, size: tuple[int, int], ground: Colour, focal: Focal
) -> Image.Image:
    """The background scaled to cover the card; without one a quiet gradient of the ground's colour."""
    if name is None:
        column = Image.new("RGB", (1, size[1]))
        column.putdata([_shade(ground, y / size[1]) for y in range(size[1])])
        return column.resize(size, Image.Resampling.NEAREST)
    content = photos.read(Path(root, IMAGES, name), Path(root))
    return cut(photos.decode(name, content, size), size, focal)


def cut(picture: Image.Image, size: tuple[int, int], focal: Focal) -> Image.Image:
    """A picture scaled to cover a size, cut around its focal point."""
    share = max(size[0] / picture.width, size[1] / picture.height)
    left, wide = stretch(picture.width, size[0] / share, focal[0])
    top, high = stretch(picture.height, size[1] / share, focal[1])
    part = (left, top, left + wide, top + high)
    return picture.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)


def stretch(whole: int, kept: float, focal: float) -> tuple[float, float]:
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
    for kept in (_made, beyond, levels, mean, cover, _grain):
        kept.cache_clear()
