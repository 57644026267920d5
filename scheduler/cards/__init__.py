"""Image cards and photographs: the words from the records, set by hand-made rules, as final bytes."""

from scheduler.cards import photos
from scheduler.cards.card import alt_text, draw, request
from scheduler.cards.photos import Drawn
from scheduler.cards.request import Request, identity

__all__ = ["Drawn", "Request", "alt_text", "draw", "identity", "photos", "request"]
