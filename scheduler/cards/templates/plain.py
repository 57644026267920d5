"""A few words of the campaign's own: a title, a text, or a position it holds."""

from scheduler.cards import phrases
from scheduler.cards.layout import Box
from scheduler.cards.request import Desk, Request, Said, Words
from scheduler.cards.sheet import Sheet
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    """The source line names the cited facts' source, or the campaign where it speaks for itself."""
    card = desk.card
    if card.position:
        return gather_position(desk)
    title, text = desk.own("title", card.title), desk.own("text", card.text)
    if title is None and text is None:
        raise CardError("a plain card needs title or text")
    source = desk.fact_source(desk.facts()) if card.facts else desk.words(desk.campaign.name)
    return Said(source=source, title=title, text=text)


def gather_position(desk: Desk) -> Said:
    record = desk.position()
    whose = desk.words(record.whose or desk.campaign.name)
    own = desk.own("title", desk.card.title)
    return Said(source=whose, title=own, text=desk.must(record.wording, "positions", record, "wording"))


def lay(request: Request, sheet: Sheet) -> None:
    said, x = request.said, sheet.margin
    floor = sheet.foot() - (34.0 if sheet.wide else 76.0)
    head = 30.0 if sheet.wide else 50.0
    room = floor - sheet.top - head
    great, small = said.title or said.text, said.text if said.title else None
    assert great is not None  # gather never leaves both out
    long = said.title is None
    sizes = (60.0, 30.0) if sheet.wide else ((76.0, 36.0) if long else (104.0, 44.0))
    leading = 1.26 if long else 1.14
    share = 1.0 if small is None else 0.55
    title = sheet.fit(
        "the text" if long else "the title",
        great,
        sheet.serif(),
        Box(sheet.measure, room * share, *sizes, leading),
    )
    gap = 32.0 if sheet.wide else 58.0
    text = None
    if small:
        box = Box(
            sheet.measure, room - title.height - gap, *((36.0, 24.0) if sheet.wide else (50.0, 28.0)), 1.32
        )
        text = sheet.fit("the text", small, sheet.serif(), box)
    used = title.height + (gap + text.height if text else 0.0)
    y = sheet.top + max(0.0, room - used) * (0.5 if sheet.wide else 0.36)
    sheet.rule(x, y)
    last = sheet.block(x, y + head, title, great.language, sheet.serif())
    if text and small:
        sheet.block(x, last + title.size * 0.22 + gap, text, small.language, sheet.serif(), "soft")


def tell(request: Request) -> list[str]:
    said = request.said
    told = [words.text for words in (said.title, said.text) if isinstance(words, Words)]
    return [phrases.of(request.language).kinds["text"], *told, said.source.text]
