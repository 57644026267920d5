"""A set page into pixels: background, a scrim as deep as the letters need, letters, final bytes."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from scheduler.cards import backdrop, photos, scrim, shape, stamp, strips
from scheduler.cards.photos import Drawn
from scheduler.cards.request import IMAGES, Request
from scheduler.cards.shape import Colour
from scheduler.cards.sheet import Bar, Role, Sheet
from scheduler.errors import CardError

MOST_BYTES = 1_000_000


def paint(sheet: Sheet, wanted: Sequence[tuple[float, float]], root: Path) -> Drawn:
    """Draw all pieces over the background and encode. Raises CardError where they cannot be made readable."""
    request, size = sheet.request, sheet.size
    palette = {name: colour(value) for name, value in request.palette}
    under = scrim.readable(request, size, sheet.pieces, wanted, palette, root)
    inks = letters(sheet)
    canvas = strips.Canvas(under, touched(sheet, [ink for ink, _ in inks]))
    if sheet.portrait is not None:
        _portrait(canvas, request, sheet.portrait, root)
    if request.stamp:
        light = scrim.luminance(palette["ground"]) > scrim.luminance(palette["ink"])
        canvas.draw(lambda image: stamp.across(image, request, light))
    for bar in sheet.bars:
        canvas.fill(palette[bar.role], _corners(bar))
    for ink, role in inks:
        canvas.paste(palette[role], ink.left, ink.top, ink.mask)
    if sheet.mark is not None:
        _mark(canvas, request, sheet.mark, root)
    if request.stamp:
        canvas.draw(lambda image: stamp.band(image, request))
    return Drawn(_encode(canvas), "image/jpeg", *size)


def letters(sheet: Sheet) -> list[tuple[shape.Ink, Role]]:
    """Every line's letters, each with its colour's role."""
    found = []
    for piece in sheet.pieces:
        line = shape.shape(piece.text, piece.language, piece.style, piece.size, piece.around)
        if (ink := shape.ink(piece.x, piece.baseline, line, piece.size)) is not None:
            found.append((ink, piece.role))
    return found


def touched(sheet: Sheet, inks: Sequence[shape.Ink]) -> Iterator[strips.Box]:
    """Where on the card something is drawn; a mark of what is not cleared goes all across."""
    if sheet.request.stamp:
        yield 0, 0, *sheet.size
    for ink in inks:
        yield ink.left, ink.top, ink.left + ink.mask.width, ink.top + ink.mask.height
    for bar in (*sheet.bars, sheet.portrait, sheet.mark):
        if bar is not None:
            left, top, right, bottom = _corners(bar)
            yield left - 1, top - 1, right + 1, bottom + 1  # a mark's corner is rounded otherwise


def colour(value: str) -> Colour:
    """ "F4F0E8" or "#F4F0E8" as red, green, blue."""
    digits = value.removeprefix("#")
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", digits):
        raise CardError(
            f"cards.palette: “{value}” is not a colour; write six hexadecimal digits, such as F4F0E8"
        )
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


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
    *channels, alpha = mark.split()
    canvas.paste(channels, *corner, alpha)


def _portrait(canvas: strips.Canvas, request: Request, place: Bar, root: Path) -> None:
    """The person's photograph, cut to its place around the point that its media record names."""
    name = request.portrait or ""
    left, top, right, bottom = _corners(place)
    size = (right - left, bottom - top)
    picture = photos.decode(name, photos.read(root / IMAGES / name, root), size)
    shown = backdrop.cut(picture, size, request.portrait_focal or backdrop.FOCAL)
    canvas.paste(shown.split(), left, top)


def _encode(canvas: strips.Canvas) -> bytes:
    if len(data := canvas.jpeg()) < MOST_BYTES:
        return data
    image = canvas.whole()
    for quality in (88, 84, 76, 66, 54, 40):
        if len(data := photos.jpeg(image, quality)) < MOST_BYTES:
            return data
    raise CardError(f"the card is over {MOST_BYTES:,} bytes at every quality: choose a calmer background")
