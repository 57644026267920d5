"""A witness's name, in both languages the campaign gives it in, with a portrait where a record allows one.

No words of a witness stand here: a name, what the person is to the reader, and where it was published.
"""

from functools import partial

from scheduler.cards import phrases, stack
from scheduler.cards.formats import By, Format
from scheduler.cards.request import Desk, Request, Said
from scheduler.cards.sheet import Sheet
from scheduler.cards.stack import Column, Line, Rule, Stack, Text
from scheduler.cards.templates.parts import name_at, role_at
from scheduler.errors import CardError


def gather(desk: Desk) -> Said:
    person = desk.person(desk.card.person)
    order = dict.fromkeys((desk.language, *desk.campaign.languages, *person.names))
    languages = [language for language in order if person.names.get(language)][:2]
    if not languages:
        raise CardError(f"“{person.id}” in posts/ledger/people.yaml has no name")
    source = desk.source(person, "people")
    published = person.basis == "published-by-campaign"
    line = desk.phrases.as_published if published else desk.phrases.source
    return Said(
        source=desk.words(line.format(source)),
        names=tuple(desk.words(person.names[language], language) for language in languages),
        roles=tuple(desk.words(person.role.get(language, ""), language) for language in languages),
    )


def _role(number: int, gap: By) -> Line:
    return Line("the role", partial(role_at, number), By(34, 32, 27, 40), gap, weight=500)


NAMES = Stack(
    (
        Rule(By(0, 0, 0, 0)),
        _role(0, By(44, 40, 32, 52)),
        Text(
            "the name",
            partial(name_at, 0),
            By(88, 80, 66, 100),
            By(53, 48, 38, 58),
            By(27, 25, 20, 34),
            leading=1.14,
            share=0.6,
            lines=2,
        ),
        _role(1, By(46, 38, 22, 62)),
        Text(
            "the name",
            partial(name_at, 1),
            By(66, 60, 48, 76),
            By(40, 36, 29, 44),
            By(27, 25, 20, 34),
            leading=1.14,
            lines=2,
            role="soft",
        ),
    ),
    place=By(1, 1, 1, 1),
    floor=By(92, 72, 50, 100),
)
"""From the foot upwards, so that the names stand at the same height whatever their number."""

PORTRAIT = By(440, 400, 300, 500)
"""The width of a portrait."""

SMALLER = (1.0, 0.9, 0.8)
"""What a portrait gives up, in turn, where long names need room."""

HEIGHT = By(1.25, 1.4, 1.3, 1.25)
"""Its height in widths."""

GAP = 44.0


def lay(request: Request, sheet: Sheet) -> None:
    """Without a portrait the names stand low on the card; with one they stand under or beside it."""
    if request.portrait is None:
        stack.lay(NAMES, request, sheet)
        return
    for share in SMALLER:
        trial = Sheet(request, sheet.size)
        try:
            _with_portrait(request, trial, sheet.by(PORTRAIT) * share)
            break
        except CardError:
            if share == SMALLER[-1]:
                raise
    sheet.take(trial)


def _with_portrait(request: Request, sheet: Sheet, wide: float) -> None:
    floor = sheet.foot() - sheet.by(NAMES.floor)
    if sheet.format in BESIDE:
        high = min(wide * sheet.by(HEIGHT), floor - sheet.top)
        sheet.portrait = sheet.place(sheet.margin, floor - high, wide, high)
        column = Column(sheet.margin + wide + GAP, sheet.measure - wide - GAP, sheet.top, floor)
    else:
        top, high = sheet.top - GAP, wide * sheet.by(HEIGHT)
        sheet.portrait = sheet.place(sheet.margin, top, wide, high)
        column = Column(sheet.margin, sheet.measure, top + high + GAP, floor)
    stack.lay(NAMES, request, sheet, column)


BESIDE = frozenset({Format.SQUARE, Format.WIDE})


def tell(request: Request) -> list[str]:
    said, kinds = request.said, phrases.of(request.language).kinds
    between = phrases.of(request.language).semicolon
    named = [
        f"{role.text}: {name.text}" if role.text else name.text
        for name, role in zip(said.names, said.roles, strict=True)
    ]
    return [kinds["portrait" if request.portrait else "witness"], between.join(named), said.source.text]
