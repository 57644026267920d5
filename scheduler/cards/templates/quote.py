"""Somebody's exact words: who said them, who that is, when, and where it can be read."""

from scheduler.cards import phrases
from scheduler.cards.layout import Box
from scheduler.cards.request import Desk, Request, Said, Words, quoted
from scheduler.cards.sheet import CAP, Sheet
from scheduler.errors import CardError
from scheduler.model import Quote


def gather(desk: Desk) -> Said:
    quote = desk.quote()
    words, note = _words(desk, quote)
    name, role = _speaker(desk, quote)
    when = phrases.day(quote.date, desk.language) if quote.date else None
    return Said(
        source=desk.words(desk.phrases.source.format(desk.source(quote, "quotes", quote.address))),
        text=words,
        note=note,
        names=(name,),
        roles=(role or desk.words(""),),
        date=desk.words(when) if when else None,
    )


def _words(desk: Desk, quote: Quote) -> tuple[Words, Words | None]:
    """The original words, or a translation that a second person has checked, said to be one."""
    if not quote.words.strip():
        raise CardError(f"“{quote.id}” in posts/ledger/quotes.yaml has no words")
    translation = quote.translations.get(desk.language)
    if desk.language == quote.language or translation is None or not translation.checked_by:
        return desk.words(quoted(quote.words, quote.language), quote.language), None
    origin = desk.phrases.languages.get(quote.language, quote.language)
    note = desk.words(desk.phrases.translated.format(origin))
    return desk.words(quoted(translation.words, desk.language)), note


def _speaker(desk: Desk, quote: Quote) -> tuple[Words, Words | None]:
    if quote.person:
        person = desk.person(quote.person)
        if (name := desk.local(person.names)) is not None:
            return name, desk.local(person.role)
    elif (institution := desk.local(quote.institution)) is not None:
        return institution, None
    raise CardError(
        f"“{quote.id}” in posts/ledger/quotes.yaml names nobody who said it: add person or institution"
    )


def lay(request: Request, sheet: Sheet) -> None:
    said = request.said
    assert said.text is not None  # gather never leaves it out
    lines = _attribution(said, sheet)
    below = (36.0 if sheet.wide else 62.0) + 4.0 + sum(step for _, step, _ in lines)
    floor = sheet.foot() - (34.0 if sheet.wide else 84.0)
    room = floor - sheet.top - below
    box = Box(sheet.measure, room, *((62.0, 30.0) if sheet.wide else (92.0, 36.0)), 1.26)
    names = tuple(name.text for name in said.names)
    block = sheet.fit("the quotation", said.text, sheet.serif(), box, names)
    spare = max(0.0, room - block.height)
    top = sheet.top + spare * (0.5 if sheet.wide else 0.44)
    last = sheet.block(sheet.margin, top, block, said.text.language, sheet.serif())
    y = last + block.size * 0.25 + (30.0 if sheet.wide else 52.0)
    sheet.rule(sheet.margin, y)
    for words, step, (weight, size, role) in lines:
        y += step
        fitted = sheet.shrunk("the attribution", words, sheet.sans(weight), size, sheet.measure, 23.0)
        sheet.line(sheet.margin, y, words, sheet.sans(weight), fitted, "ink" if role == "ink" else "soft")


def _attribution(said: Said, sheet: Sheet) -> list[tuple[Words, float, tuple[int, float, str]]]:
    """Name, role, date and translation note with their distance from the line above and their look."""
    name_size, size = (34.0, 27.0) if sheet.wide else (42.0, 32.0)
    first = (said.names[0], (30.0 if sheet.wide else 38.0) + CAP * name_size, (600, name_size, "ink"))
    rest = [words for words in (*said.roles, said.date, said.note) if words is not None and words.text]
    return [first, *((words, size * (1.32 if sheet.wide else 1.42), (400, size, "soft")) for words in rest)]


def tell(request: Request) -> list[str]:
    said = request.said
    who = ", ".join(
        words.text for words in (*said.names, *said.roles, said.date) if words is not None and words.text
    )
    note = said.note.text if said.note else ""
    quotation = said.text.text if said.text else ""
    return [phrases.of(request.language).kinds["quote"], quotation, who, note, said.source.text]
