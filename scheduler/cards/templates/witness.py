"""A witness's name, in both languages the campaign gives it in. No words, no face: a name."""

from scheduler.cards import phrases
from scheduler.cards.layout import Box
from scheduler.cards.request import Desk, Request, Said, Words
from scheduler.cards.sheet import CAP, Role, Sheet
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


def lay(request: Request, sheet: Sheet) -> None:
    """From the foot upwards, so that the names stand at the same height whatever their number."""
    said = request.said
    sizes = (66.0, 48.0) if sheet.wide else (88.0, 66.0)
    role_size = 27.0 if sheet.wide else 34.0
    bottom = sheet.foot() - (50.0 if sheet.wide else 92.0)
    pairs = list(zip(said.names, said.roles, sizes, strict=False))
    for number, (name, role, size) in reversed(list(enumerate(pairs))):
        bottom = _name(sheet, name, size, bottom, "soft" if number else "ink")
        bottom = _role(sheet, role, role_size, bottom - role_size * 0.80)
        bottom -= (34.0 if sheet.wide else 62.0) if number else (32.0 if sheet.wide else 44.0)
    sheet.rule(sheet.margin, bottom)


def _name(sheet: Sheet, name: Words, size: float, bottom: float, ink: Role) -> float:
    """Set a name with its last baseline at `bottom`; returns the height of its capitals' tops."""
    lines = 1 if sheet.wide and sheet.width(name, sheet.serif(), size * 0.72) <= sheet.measure else 2
    largest = size * 0.8 if sheet.wide and lines == 2 else size
    box = Box(sheet.measure, largest * 1.14 * lines, largest, size * 0.6, 1.14)
    block = sheet.fit("the name", name, sheet.serif(), box)
    top = bottom - (len(block.lines) - 1) * block.size * block.leading - CAP * block.size
    sheet.block(sheet.margin, top, block, name.language, sheet.serif(), ink)
    return top


def _role(sheet: Sheet, role: Words, size: float, baseline: float) -> float:
    if not role.text:
        return baseline
    fitted = sheet.shrunk("the role", role, sheet.sans(500), size, sheet.measure, 23.0)
    sheet.line(sheet.margin, baseline, role, sheet.sans(500), fitted, "soft")
    return baseline - CAP * fitted


def tell(request: Request) -> list[str]:
    said = request.said
    named = [
        f"{role.text}: {name.text}" if role.text else name.text
        for name, role in zip(said.names, said.roles, strict=True)
    ]
    return [phrases.of(request.language).kinds["witness"], "; ".join(named), said.source.text]
