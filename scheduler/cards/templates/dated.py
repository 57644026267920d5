"""A day and what happened on it; always with who says so."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Figure, Request, Said, Words
from scheduler.cards.stack import Line, Rows, Stack
from scheduler.cards.templates.parts import DATE, TITLE, UNDER_DATE, UNDER_TITLE
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    card = desk.card
    when, title = desk.own("date", card.date), desk.own("title", card.title)
    if when is None or title is None:
        raise CardError("an on-this-day card needs date and title")
    if not card.facts:
        raise CardError("an on-this-day card needs facts: the records it rests on, for its source line")
    note, figures = counts(desk)
    return Said(
        source=desk.fact_source(desk.facts()),
        date=when,
        title=title,
        text=desk.own("text", card.text),
        note=note,
        figures=figures,
    )


def counts(desk: Desk) -> tuple[Words | None, tuple[Figure, ...]]:
    """What was counted, and each count with who gives it, where a record has figures that differ.

    Other counts are named in the ledger's own words, which are in the campaign's first language: a card in
    another one says in its source line that counts differ.
    """
    if desk.language != desk.campaign.languages[0]:
        return None, ()
    for fact in desk.facts():
        rows = [(other.figure, other.according_to) for other in fact.others if other.figure is not None]
        if fact.figure is not None:
            rows.insert(0, (fact.figure, fact.according_to.get(desk.language, "")))
        label = desk.local(fact.label)
        if label is None or len(rows) < 2 or len(rows) > MOST or not all(giver for _, giver in rows):
            continue
        figures = tuple(
            Figure(phrases.number(number, desk.language), desk.own_words(giver)) for number, giver in rows
        )
        return desk.words(desk.phrases.counts.format(label.text)), figures
    return None, ()


MOST = 4
STACK = Stack(
    (
        DATE,
        UNDER_DATE,
        TITLE,
        UNDER_TITLE,
        Line(
            "the label",
            lambda said: said.note if said.figures else None,
            By(34, 32, 27, 40),
            By(54, 40, 26, 66),
            weight=600,
            least=25,
        ),
        Rows(By(76, 66, 50, 88), By(22, 16, 8, 26)),
    ),
    place=By(0.34, 0.4, 0.5, 0.36),
)
lay = partial(stack.lay, STACK)


def tell(request: Request) -> list[str]:
    said, kinds = request.said, phrases.of(request.language).kinds
    told = [words.text for words in (said.date, said.title, said.text) if words is not None]
    if said.note and said.figures:
        listed = phrases.of(request.language).semicolon.join(
            f"{figure.number}, {figure.label.text}" for figure in said.figures
        )
        told.append(f"{said.note.text} {listed}")
    return [kinds["text"], *told, said.source.text]
