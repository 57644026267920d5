"""Somebody's exact words: who said them, who that is, when, and where it can be read."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Request, Said, Words, quoted
from scheduler.cards.stack import Line, Stack, Text
from scheduler.cards.templates.parts import ROLE, WHO
from scheduler.errors import CardError
from scheduler.model import Quote


def gather(desk: Desk) -> Said:
    quote = desk.quote()
    words, note = words_of(desk, quote)
    name, role = speaker_of(desk, quote)
    when = phrases.day(quote.date, desk.language) if quote.date else None
    return Said(
        source=desk.words(desk.phrases.source.format(desk.source(quote, "quotes", quote.address))),
        text=words,
        note=note,
        names=(name,),
        roles=(role or desk.words(""),),
        date=desk.words(when) if when else None,
    )


def words_of(desk: Desk, quote: Quote) -> tuple[Words, Words | None]:
    """The original words, or a translation that a second person has checked, said to be one."""
    if not quote.words.strip():
        raise CardError(f"“{quote.id}” in posts/ledger/quotes.yaml has no words")
    translation = quote.translations.get(desk.language)
    if desk.language == quote.language or translation is None or not translation.checked_by:
        return desk.words(quoted(quote.words, quote.language), quote.language), None
    origin = desk.phrases.languages.get(quote.language, quote.language)
    note = desk.words(desk.phrases.translated.format(origin))
    return desk.words(quoted(translation.words, desk.language)), note


def speaker_of(desk: Desk, quote: Quote) -> tuple[Words, Words | None]:
    if quote.person:
        person = desk.person(quote.person)
        if (name := desk.local(person.names)) is not None:
            return name, desk.local(person.role)
    elif (institution := desk.local(quote.institution)) is not None:
        return institution, None
    raise CardError(
        f"“{quote.id}” in posts/ledger/quotes.yaml names nobody who said it: add person or institution"
    )


STACK = Stack(
    (
        Text(
            "the quotation",
            lambda said: said.text,
            By(92, 82, 62, 96),
            By(36, 34, 30, 40),
            By(0, 0, 0, 0),
            share=1.0,
        ),
        *WHO,
        Line("the attribution", lambda said: said.date, By(32, 30, 27, 36), ROLE.gap),
        Line("the attribution", lambda said: said.note, By(32, 30, 27, 36), ROLE.gap),
    ),
    place=By(0.44, 0.46, 0.5, 0.44),
)
lay = partial(stack.lay, STACK)


def tell(request: Request) -> list[str]:
    said = request.said
    who = ", ".join(
        words.text for words in (*said.names, *said.roles, said.date) if words is not None and words.text
    )
    note = said.note.text if said.note else ""
    quotation = said.text.text if said.text else ""
    return [phrases.of(request.language).kinds["quote"], quotation, who, note, said.source.text]
