"""The kinds of card by name: what each takes from the records, how it is set, what a listener hears."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scheduler.cards.request import Desk, Request, Said
from scheduler.cards.sheet import Sheet
from scheduler.cards.templates import dated, figures, plain, quote, witness
from scheduler.errors import CardError

Knots = tuple[tuple[float, float], ...]
"""How dark the scrim is (0..1) at heights of the card (0 top, 1 bottom), before contrast asks for more."""


CALM: Knots = ((0, 0.22), (0.4, 0.46), (1, 0.90))


@dataclass(frozen=True)
class Template:
    """`version` goes into a card's identity: raise it when `lay` changes what is drawn."""

    version: int
    gather: Callable[[Desk], Said]
    lay: Callable[[Request, Sheet], None]
    tell: Callable[[Request], list[str]]
    scrim: Knots
    dates_itself: bool = False


TEMPLATES: Mapping[str, Template] = {
    "witness": Template(
        2, witness.gather, witness.lay, witness.tell, ((0, 0.12), (0.38, 0.28), (0.62, 0.72), (1, 0.94))
    ),
    "quote": Template(
        2, quote.gather, quote.lay, quote.tell, ((0, 0.42), (0.3, 0.58), (0.6, 0.78), (1, 0.92)), True
    ),
    "figures": Template(2, figures.gather, figures.lay, figures.tell, ((0, 0.62), (0.5, 0.80), (1, 0.94))),
    "on-this-day": Template(2, dated.gather, dated.lay, dated.tell, CALM, True),
    "recognition": Template(2, dated.gather_recognition, dated.lay, dated.tell, CALM, True),
    "position": Template(2, plain.gather_position, plain.lay, plain.tell, CALM),
    "plain": Template(2, plain.gather, plain.lay, plain.tell, CALM),
}


def of(name: str) -> Template:
    if name not in TEMPLATES:
        raise CardError(f"card.template: there is no “{name}”; cards are {', '.join(TEMPLATES)}")
    return TEMPLATES[name]
