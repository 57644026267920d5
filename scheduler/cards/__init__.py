"""Image cards and photographs: the words from the records, set by hand-made rules, as final bytes."""

from scheduler.cards import formats, photos
from scheduler.cards.card import alt_text, draw, request
from scheduler.cards.files import Files
from scheduler.cards.kept import Kept, Wanted
from scheduler.cards.photos import Drawn
from scheduler.cards.request import Request, identity, words_of

SHAPES = {shape.value: page.size for shape, page in formats.PAGES.items()}
"""Width and height of a card in pixels, by the name of its shape."""

__all__ = [
    "SHAPES",
    "Drawn",
    "Files",
    "Kept",
    "Request",
    "Wanted",
    "alt_text",
    "draw",
    "identity",
    "photos",
    "request",
    "words_of",
]
