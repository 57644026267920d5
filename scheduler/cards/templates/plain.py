"""A few words of the campaign's own: an announcement, an event, a position it holds, a letter it sends."""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By
from scheduler.cards.request import Desk, Request, Said, Words
from scheduler.cards.stack import Line, Rule, Stack
from scheduler.cards.templates.parts import ALONE, DATE, TITLE, UNDER_DATE, UNDER_TITLE, name_at
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    """The source line names the cited facts' source, or the campaign where it speaks for itself."""
    card = desk.card
    if card.position:
        return gather_position(desk)
    title, text = desk.own("title", card.title), desk.own("text", card.text)
    if title is None and text is None:
        raise CardError(f"{desk.a_card} needs title or text")
    source = desk.fact_source(desk.facts()) if card.facts else desk.words(desk.campaign.name)
    return Said(source=source, title=title, text=text, date=desk.own("date", card.date))


def gather_position(desk: Desk) -> Said:
    """What the campaign holds or asks, in its record's words; with `office`, whom it asks."""
    record = desk.position()
    whose = desk.words(record.whose or desk.campaign.name)
    own = desk.own("title", desk.card.title)
    names: tuple[Words, ...] = ()
    if desk.card.office:
        office = desk.office()
        addressee = desk.must(office.office, "offices", office, "office")
        names = (desk.words(desk.phrases.to.format(addressee.text)),)
    wording = desk.must(record.wording, "positions", record, "wording")
    return Said(source=whose, title=own, text=wording, names=names)


PLACE = By(0.36, 0.42, 0.5, 0.38)
STACK = Stack((DATE, UNDER_DATE, TITLE, UNDER_TITLE, ALONE), place=PLACE)
ADDRESSEE = Line(
    "the addressee", lambda said: name_at(0, said), By(36, 33, 29, 42), By(40, 34, 28, 46), weight=600
)
LETTER = Stack((Rule(By(0, 0, 0, 0)), ADDRESSEE, TITLE, UNDER_TITLE, ALONE), place=PLACE)
lay = partial(stack.lay, STACK)
lay_letter = partial(stack.lay, LETTER)


def tell(request: Request) -> list[str]:
    said, kinds = request.said, phrases.of(request.language).kinds
    kind = "letter" if said.names else "text"
    parts = (said.date, *said.names, said.title, said.text)
    return [kinds[kind], *(words.text for words in parts if words is not None), said.source.text]
