"""A day and what happened on it, or what a body declared on it; always with who says so."""

from scheduler.cards import phrases
from scheduler.cards.layout import Box
from scheduler.cards.request import Desk, Request, Said, site
from scheduler.cards.sheet import CAP, Sheet
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    card = desk.card
    when, title = desk.own("date", card.date), desk.own("title", card.title)
    if when is None or title is None:
        raise CardError("an on-this-day card needs date and title")
    if not card.facts:
        raise CardError("an on-this-day card needs facts: the records it rests on, for its source line")
    return Said(
        source=desk.fact_source(desk.facts()), date=when, title=title, text=desk.own("text", card.text)
    )


def gather_recognition(desk: Desk) -> Said:
    """What one body said in one document, with the term it used: nothing is added up or generalised."""
    record = desk.recognition()
    body = desk.must(record.body, "recognitions", record, "body")
    chamber = record.chamber.get(desk.language, "")
    when = phrases.day(record.date, desk.language) if record.date else None
    if when is None:
        raise CardError(f"“{record.id}” in posts/ledger/recognitions.yaml has no date: add it")
    told = [record.form.get(desk.language, "")]
    if record.term_used:
        opening, closing = desk.phrases.marks
        told.append(desk.phrases.term.format(f"{opening}{record.term_used}{closing}"))
    source = site(record.text_address) if record.text_address else desk.source(record, "recognitions")
    return Said(
        source=desk.words(desk.phrases.source.format(source)),
        date=desk.words(when),
        title=desk.words(f"{body.text}, {chamber}" if chamber else body.text),
        text=desk.words(". ".join(part.rstrip(".") for part in told if part) + ".") if any(told) else None,
    )


def lay(request: Request, sheet: Sheet) -> None:
    """Date, rule, title, text from the upper third downwards."""
    said, x = request.said, sheet.margin
    assert said.date is not None  # gather never leaves them out
    assert said.title is not None
    date_size = 32.0 if sheet.wide else 42.0
    floor = sheet.foot() - (34.0 if sheet.wide else 76.0)
    head = CAP * date_size + (28.0 if sheet.wide else 38.0) + (34.0 if sheet.wide else 54.0)
    room = floor - sheet.top - head
    gap = 30.0 if sheet.wide else 54.0
    title_box = Box(
        sheet.measure,
        room * (0.5 if said.text else 1.0),
        *((66.0, 34.0) if sheet.wide else (96.0, 44.0)),
        1.14,
    )
    title = sheet.fit("the title", said.title, sheet.serif(), title_box)
    text = None
    if said.text:
        left = room - title.height - gap
        text_box = Box(sheet.measure, left, *((36.0, 24.0) if sheet.wide else (50.0, 28.0)), 1.32)
        text = sheet.fit("the text", said.text, sheet.serif(), text_box)
    used = title.height + (gap + text.height if text else 0.0)
    y = sheet.top + max(0.0, room - used) * (0.5 if sheet.wide else 0.34)
    fitted = sheet.shrunk("the date", said.date, sheet.sans(600), date_size, sheet.measure, 25.0)
    sheet.line(x, y + CAP * fitted, said.date, sheet.sans(600), fitted, "soft")
    y += CAP * date_size + (28.0 if sheet.wide else 38.0)
    sheet.rule(x, y)
    y += 34.0 if sheet.wide else 54.0
    last = sheet.block(x, y, title, said.title.language, sheet.serif())
    if text and said.text:
        sheet.block(x, last + title.size * 0.22 + gap, text, said.text.language, sheet.serif(), "soft")


def tell(request: Request) -> list[str]:
    said = request.said
    told = [words.text for words in (said.date, said.title, said.text) if words is not None]
    return [phrases.of(request.language).kinds["text"], *told, said.source.text]
