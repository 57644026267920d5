"""The kinds of card by name: what each takes from the records, how it is set, what a listener hears."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scheduler.cards.request import Desk, Request, Said
from scheduler.cards.sheet import Sheet
from scheduler.cards.templates import (
    commemoration,
    dated,
    document,
    figures,
    plain,
    quote,
    recognition,
    witness,
)
from scheduler.errors import CardError

Knots = tuple[tuple[float, float], ...]
"""How dark the scrim is (0..1) at heights of the card (0 top, 1 bottom), before contrast asks for more."""


CALM: Knots = ((0, 0.22), (0.4, 0.46), (1, 0.90))
LOW: Knots = ((0, 0.12), (0.38, 0.28), (0.62, 0.72), (1, 0.94))
EVEN: Knots = ((0, 0.42), (0.3, 0.58), (0.6, 0.78), (1, 0.92))
DEEP: Knots = ((0, 0.62), (0.5, 0.80), (1, 0.94))


@dataclass(frozen=True)
class Template:
    """`version` goes into a card's identity: raise it when `lay` changes what is drawn."""

    version: int
    gather: Callable[[Desk], Said]
    lay: Callable[[Request, Sheet], None]
    tell: Callable[[Request], list[str]]
    scrim: Knots
    dates_itself: bool = False


_ANNOUNCEMENT = Template(4, plain.gather, plain.lay, plain.tell, CALM)
_LETTER = Template(4, plain.gather_position, plain.lay_letter, plain.tell, CALM)

TEMPLATES: Mapping[str, Template] = {
    "witness": Template(4, witness.gather, witness.lay, witness.tell, LOW),
    "quote": Template(4, quote.gather, quote.lay, quote.tell, EVEN, True),
    "figures": Template(5, figures.gather, figures.lay, figures.tell, DEEP),
    "dated": Template(4, dated.gather, dated.lay, dated.tell, CALM, True),
    "document": Template(4, document.gather, document.lay, document.tell, EVEN, True),
    "recognition": Template(4, recognition.gather, recognition.lay, recognition.tell, CALM, True),
    "letter": _LETTER,
    "announcement": _ANNOUNCEMENT,
    "commemoration": Template(4, commemoration.gather, commemoration.lay, commemoration.tell, CALM, True),
}

ALIASES: Mapping[str, str] = {
    "on-this-day": "dated",
    "position": "letter",
    "plain": "announcement",
    "event": "announcement",
}
"""Other names that posts may use."""


def of(name: str) -> Template:
    template = TEMPLATES.get(ALIASES.get(name, name))
    if template is None:
        raise CardError(f"card.template: there is no “{name}”; cards are {', '.join(TEMPLATES)}")
    return template
