"""A document: what it is called, of when, the passage that matters, who wrote it, where it can be read."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Request, Said, Words, name_of, site
from scheduler.cards.stack import Line, Stack, Text
from scheduler.cards.templates.parts import DATE, ROLE, UNDER_DATE, WHO
from scheduler.cards.templates.quote import speaker_of, words_of
from scheduler.errors import CardError
from scheduler.model import Record, Source


def gather(desk: Desk) -> Said:
    """From a quotation's record its exact words, else from the first fact's what the document states."""
    card = desk.card
    if card.quote:
        quote = desk.quote()
        source = _document(quote, "quotes")
        text, note = words_of(desk, quote)
        name, role = speaker_of(desk, quote)
        names: tuple[Words, ...] = (name,)
        roles: tuple[Words, ...] = (role or desk.words(""),)
    else:
        if not card.facts:
            raise CardError("a document card needs quote or facts: the record that the document stands in")
        fact = desk.facts()[0]
        source, note, roles = _document(fact, "facts"), None, ()
        text = desk.must(fact.wording, "facts", fact, "wording")
        giver = fact.according_to.get(desk.language)
        names = (desk.words(giver),) if giver else ()
    when = phrases.day(source.date, desk.language) if source.date else None
    address = phrases.apart(site(source.address), desk.language) if source.address else ""
    where = address or name_of(source, desk.language)
    own = desk.own("title", card.title)
    return Said(
        source=desk.words(desk.phrases.source.format(where)),
        title=own or desk.words(source.title or source.document or ""),
        date=desk.words(when) if when else None,
        text=text,
        note=note,
        names=names,
        roles=roles,
    )


def _document(record: Record, kind: str) -> Source:
    found = next((one for one in record.sources if one.title or one.document), None)
    if found is None:
        raise CardError(
            f"“{record.id}” in posts/ledger/{kind}.yaml names no source with a title: "
            "a document card shows what its document is called"
        )
    return found


def _passage(said: Said) -> Words | None:
    return said.text


STACK = Stack(
    (
        DATE,
        UNDER_DATE,
        Text(
            "the title",
            lambda said: said.title,
            By(54, 50, 38, 62),
            By(34, 32, 27, 38),
            By(46, 38, 28, 52),
            leading=1.2,
            share=0.4,
            role="soft",
        ),
        Text("the passage", _passage, By(76, 66, 54, 86), By(34, 32, 28, 38), By(58, 48, 32, 70)),
        *WHO[1:],
        Line("the attribution", lambda said: said.note, By(32, 30, 27, 36), ROLE.gap),
    ),
    place=By(0.36, 0.42, 0.5, 0.38),
)
lay = partial(stack.lay, STACK)


def tell(request: Request) -> list[str]:
    said = request.said
    who = ", ".join(words.text for words in (*said.names, *said.roles) if words.text)
    rest = (said.date, said.title, said.text)
    told = [words.text for words in rest if words is not None]
    note = said.note.text if said.note else ""
    return [phrases.of(request.language).kinds["document"], *told, who, note, said.source.text]
