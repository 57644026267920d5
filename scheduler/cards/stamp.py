"""What marks a card as not for publication: a band, a frame, and words all across it."""

from math import atan2, cos, hypot, sin

from PIL import Image, ImageDraw

from scheduler.cards import shape
from scheduler.cards.request import Request
from scheduler.cards.shape import Family, Style

STAMP, ON_STAMP = (232, 178, 60), (20, 18, 14)
"""Amber and near-black: no card's own colours, so the band cannot pass for design."""

BAND = 64.0
"""Height of the not-cleared band, in units of which a card is 1080 wide."""

SHARES = (0.17, 0.34)
"""How strongly the not-cleared words stand across a dark card and a light one, under its letters."""


def band(image: Image.Image, request: Request) -> None:
    """A band across the top and a frame all around, in a colour no card has."""
    k, (wide, high) = image.width / 1080, image.size
    bottom, frame = round(BAND * k), round(8 * k)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, wide - 1, bottom - 1), fill=STAMP)
    pen.rectangle((0, 0, wide - 1, high - 1), outline=STAMP, width=frame)
    style, size = Style(Family.SANS, 700, request.fonts), 33.0 * k
    line = shape.shape(request.stamp, "en", style, size)
    x = (wide - line.advance * size) / 2
    shape.draw(image, x, bottom / 2 + 0.33 * size, line, size, ON_STAMP)


def across(image: Image.Image, request: Request, light: bool) -> None:
    """The label's first words across the whole card, under the letters: no crop of it looks finished."""
    words = request.stamp.partition(" – ")[0]
    style, angle = Style(Family.SANS, 700, request.fonts), atan2(image.height, image.width)
    line = shape.shape(words, "en", style, image.width / 6)
    size = 0.78 * hypot(*image.size) / line.advance
    # The line's middle, not its start, stands in the middle of what the band leaves free.
    along, across = -line.advance * size / 2, -0.33 * size
    x = image.width / 2 + along * cos(angle) - across * sin(angle)
    y = image.height / 2 + BAND * image.width / 2160 - along * sin(angle) - across * cos(angle)
    shape.draw(image, x, y, line, size, STAMP, angle=angle, share=SHARES[light])
