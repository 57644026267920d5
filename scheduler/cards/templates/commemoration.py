"""The day itself: its date as the greatest thing on the card, and the campaign's few words beneath."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Request, Said
from scheduler.cards.shape import Family
from scheduler.cards.stack import Line, Rule, Stack, Text
from scheduler.cards.templates.parts import UNDER_TITLE
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    card = desk.card
    title, text = desk.own("title", card.title), desk.own("text", card.text)
    if title is None:
        raise CardError(f"{desk.a_card} needs title: what is remembered, in a few words")
    own = desk.own("date", card.date)
    day = desk.words(phrases.day(desk.campaign.anniversary, desk.language))
    source = desk.fact_source(desk.facts()) if card.facts else desk.words(desk.campaign.name)
    return Said(source=source, date=own or day, title=title, text=text)


STACK = Stack(
    (
        Line(
            "the date",
            lambda said: said.date,
            By(124, 116, 104, 124),
            By(0, 0, 0, 0),
            weight=300,
            family=Family.SERIF,
            role="ink",
            least=48,
        ),
        Rule(By(66, 56, 40, 80)),
        Text(
            "the title",
            lambda said: said.title,
            By(64, 60, 46, 74),
            By(38, 36, 30, 44),
            By(58, 48, 36, 68),
            leading=1.2,
        ),
        UNDER_TITLE,
    ),
    place=By(0.4, 0.44, 0.5, 0.4),
)
lay = partial(stack.lay, STACK)


def tell(request: Request) -> list[str]:
    said = request.said
    told = [words.text for words in (said.date, said.title, said.text) if words is not None]
    return [phrases.of(request.language).kinds["commemoration"], *told, said.source.text]
