"""What one body said in one document, with the term it used: nothing is added up or generalised."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Request, Said, site
from scheduler.cards.stack import Stack, Text
from scheduler.cards.templates.parts import DATE, TITLE, UNDER_DATE, name_at
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    """The body is the title, its chamber the name; `text` is the document's form and `note` the term."""
    record = desk.recognition()
    body = desk.must(record.body, "recognitions", record, "body")
    chamber = record.chamber.get(desk.language, "")
    if record.date is None:
        raise CardError(f"“{record.id}” in posts/ledger/recognitions.yaml has no date: add it")
    form, term = record.form.get(desk.language, ""), ""
    if record.term_used:
        opening, closing = desk.phrases.marks
        used = phrases.apart(record.term_used, desk.language)
        term = desk.phrases.term.format(f"{opening}{used}{closing}")
    if record.text_address:
        source = phrases.apart(site(record.text_address), desk.language)
    else:
        source = desk.source(record, "recognitions")
    return Said(
        source=desk.words(desk.phrases.source.format(source)),
        date=desk.words(phrases.day(record.date, desk.language)),
        title=body,
        names=(desk.words(chamber),) if chamber else (),
        text=desk.words(form) if form else None,
        note=desk.words(term) if term else None,
    )


CHAMBER = Text(
    "the chamber",
    partial(name_at, 0),
    By(60, 54, 42, 68),
    By(34, 32, 27, 38),
    By(30, 26, 18, 34),
    leading=1.18,
)
FORM = Text(
    "the form",
    lambda said: said.text,
    By(46, 42, 34, 52),
    By(30, 28, 24, 34),
    By(58, 48, 30, 68),
    leading=1.28,
    role="soft",
)
TERM = Text(
    "the term",
    lambda said: said.note,
    By(46, 42, 34, 52),
    By(30, 28, 24, 34),
    By(14, 12, 8, 16),
    leading=1.28,
    role="soft",
)
STACK = Stack((DATE, UNDER_DATE, TITLE, CHAMBER, FORM, TERM), place=By(0.36, 0.42, 0.5, 0.38))
lay = partial(stack.lay, STACK)


def tell(request: Request) -> list[str]:
    said, phrased = request.said, phrases.of(request.language)
    who = phrased.comma.join(words.text for words in (said.title, *said.names) if words is not None)
    told = [words.text for words in (said.text, said.note) if words is not None]
    date = said.date.text if said.date else ""
    return [phrased.kinds["recognition"], date, who, *told, said.source.text]
