"""The few words a card says by itself, by language: source, quotation marks, translation, not cleared."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from scheduler.cards import bidi, sayings
from scheduler.cards.sayings import Phrases
from scheduler.cards.sayings_east import EAST
from scheduler.errors import CardError, ContentError
from scheduler.text import placeholders

__all__ = [
    "LANGUAGES",
    "NOT_CLEARED",
    "Phrases",
    "apart",
    "day",
    "digits",
    "number",
    "of",
    "sentence",
    "sentences",
]

LANGUAGES = {**sayings.LANGUAGES, **EAST}
ENDS = frozenset(".!?…。！？؟")
NOT_CLEARED = "NOT CLEARED – not for publication"
"""English in every language: it speaks to the staff, and never leaves the house."""


def of(language: str) -> Phrases:
    """A language's card words; "en-GB" takes those of "en". Raises CardError where there are none."""
    found = LANGUAGES.get(language) or LANGUAGES.get(language.split("-")[0])
    if found is None:
        raise CardError(
            f"cards cannot speak “{language}” yet (they speak {', '.join(LANGUAGES)}): "
            "leave the card out for this language or give the post an image of its own"
        )
    return found


@lru_cache(maxsize=512)
def day(when: date | str, language: str) -> str:
    """A calendar day in words ("13 February 2017"); words already written are left as they are."""
    if isinstance(when, str):
        return when
    try:
        return digits(placeholders.long_date(when, language), language)
    except ContentError as error:
        raise CardError(str(error)) from error


def number(figure: int, language: str) -> str:
    """1275, but 12,750: digits are grouped from five on, as each language does it."""
    if abs(figure) < 10_000:
        return digits(str(figure), language)
    return digits(f"{figure:,}".replace(",", of(language).thousands), language)


def apart(text: str, language: str) -> str:
    """A foreign title or address inside a sentence that reads from right to left, isolated from what follows.

    Without that the day after "parliament.example" would be read as a part of it.
    """
    strong = (unicodedata.bidirectional(character) for character in text)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "")
    return f"\u2068{text}\u2069" if first == "L" and bidi.base(language) == 1 else text


def sentence(text: str, language: str) -> str:
    """The text with its language's mark at the end, where it has none, be it inside a quotation."""
    ended = text.rstrip("”»“」』").rstrip()[-1:] in ENDS
    return text if ended else text + of(language).stop.rstrip()


def sentences(parts: Iterable[str], language: str) -> str:
    """All of them one after the other, with a space between where the language has one."""
    between = " " if of(language).stop.endswith(" ") else ""
    return between.join(sentence(part, language) for part in parts if part)


def digits(text: str, language: str) -> str:
    """The digits 0 to 9 as the language's own ones, where cards in it use them."""
    own = of(language).digits
    return text.translate(str.maketrans("0123456789", own)) if own else text
