"""Figures with what they count: sub-counts stand inside their whole, and whoever gives them is named."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from scheduler.cards import fonts, layout, phrases, table
from scheduler.cards.formats import Format
from scheduler.cards.layout import SMALLEST, Box
from scheduler.cards.request import Desk, Figure, Request, Said, Words
from scheduler.cards.sheet import CAP, Sheet
from scheduler.cards.table import dated, rows_of
from scheduler.errors import CardError
from scheduler.model import Fact

MOST = 10
EASY = 70.0
"""The distance of a tall card's lines below which the great number gives up height first."""

SHARES = (0.46, 0.42, 0.38, 0.5, 0.54)
"""What a wide card's great number and its parts may take of the measure, the best first."""

RULE = 100.0
"""What the rule between the great number and the other figures takes, with the air around it."""


@dataclass(frozen=True)
class Scale:
    """Heights of letters in units: the great number, its label, its sub-counts, their labels."""

    number: float
    label: float
    part: float
    small: float


TALL = (Scale(310, 50, 100, 36), Scale(250, 50, 100, 36), Scale(196, 44, 82, 33))
SQUARE = (Scale(250, 46, 84, 33), Scale(190, 42, 72, 31), Scale(140, 38, 60, 28))
STORY = (Scale(360, 56, 112, 41), *TALL)
WIDE, WIDE_TITLED = Scale(210, 36, 66, 29), Scale(158, 33, 58, 27)
ALONE = (Scale(230, 36, 66, 29), Scale(340, 50, 100, 36))


def gather(desk: Desk) -> Said:
    facts = desk.facts()
    if not facts:
        raise CardError("a figures card needs facts: name records of posts/ledger/facts.yaml")
    if len(facts) > MOST:
        raise CardError(f"a figures card holds at most {MOST} facts, this one names {len(facts)}: split it")
    named = {fact.id for fact in facts}
    for fact in facts:
        if fact.part_of and fact.part_of not in named:
            raise CardError(
                f"“{fact.id}” is part of “{fact.part_of}”: name “{fact.part_of}” on the card too, "
                "so that nobody adds the two up"
            )
    wholes = [fact for fact in facts if not fact.part_of]
    figures = tuple(
        _figure(desk, fact, [part for part in facts if part.part_of == fact.id]) for fact in wholes
    )
    title, when = desk.own("title", desk.card.title), desk.own("date", desk.card.date)
    return Said(source=desk.fact_source(facts), title=title, date=when, figures=figures)


def _figure(desk: Desk, fact: Fact, parts: Sequence[Fact]) -> Figure:
    if fact.figure is None:
        raise CardError(f"“{fact.id}” in posts/ledger/facts.yaml has no figure; a figures card shows numbers")
    label = desk.own_words(desk.must(fact.label, "facts", fact, "label").text)
    if parts:
        label = desk.words(desk.phrases.including.format(label.text))
    inside = tuple(_figure(desk, part, ()) for part in parts)
    number = phrases.number(fact.figure, desk.language)
    as_of = None
    if fact.as_of is not None:
        as_of = desk.own_words(desk.phrases.as_of.format(phrases.day(fact.as_of, desk.language)))
        # What lies inside a whole of the same day does not say that day again.
        inside = tuple(replace(part, as_of=None) if part.as_of == as_of else part for part in inside)
    return Figure(number, label, inside, as_of)


def lay(request: Request, sheet: Sheet) -> None:
    figures, floor = request.said.figures, sheet.foot() - (36.0 if sheet.wide else 64.0)
    top = _header(request.said, sheet)
    hero = figures[0] if figures[0].parts or len(figures) == 1 else None
    rows = rows_of(figures[1:] if hero else figures)
    if hero is None:
        table.lay(sheet, rows, sheet.margin, sheet.measure, top, floor, table.AIRY)
    elif not rows:
        _alone(sheet, hero, top, floor)
    elif sheet.wide:
        _beside(sheet, figures, top, floor)
    else:
        _above(sheet, hero, rows, top, floor)


def _header(said: Said, sheet: Sheet) -> float:
    """Title and date, beside each other on wide cards; returns the height where the figures may begin."""
    if said.title is None and said.date is None:
        return sheet.top
    style, size, long = sheet.sans(600), 29.0 if sheet.wide else 34.0, 0.0
    if said.date is not None:
        size = sheet.shrunk("the date", said.date, style, size, sheet.measure * 0.6, 25.0)
        long = sheet.width(said.date, style, size) + 40.0
    y = sheet.top - (6.0 if sheet.wide else 28.0)
    sheet.rule(sheet.margin, y)
    y += 24.0 if sheet.wide else 40.0
    beside, last = sheet.wide and said.title is not None, y + CAP * size
    if said.title is not None:
        beside = beside and sheet.width(said.title, sheet.serif(), 32.0) <= sheet.measure - long
        last = _title(sheet, said.title, sheet.measure - (long if beside else 0.0), y)
        if said.date is not None and not beside:
            last += size * (2.1 if sheet.mirrored else 1.62)
    if said.date is not None:
        x = sheet.margin + (sheet.measure if beside else 0.0)
        sheet.line(x, last, said.date, style, size, "soft", right=beside)
    return last + (36.0 if sheet.wide else 64.0)


def _title(sheet: Sheet, title: Words, room: float, top: float) -> float:
    """The title in one line, or two where the card has the height; returns the last baseline."""
    largest, least = (44.0, 30.0) if sheet.wide else (68.0, 40.0)
    one_line = sheet.width(title, sheet.serif(), least * 1.05) <= room
    height = (1 if sheet.wide and one_line else 2) * largest * 1.14
    block = sheet.fit("the title", title, sheet.serif(), Box(room, height, largest, least, 1.14))
    return sheet.block(sheet.margin, top, block, title.language, sheet.serif())


def _alone(sheet: Sheet, hero: Figure, top: float, floor: float) -> None:
    scale = ALONE[0] if sheet.wide else ALONE[1]
    if sheet.format is Format.SQUARE and (hero.parts or top > sheet.top):
        scale = SQUARE[0]
    if sheet.wide and top > sheet.top:
        scale = WIDE_TITLED if hero.parts else WIDE
    spare = max(0.0, floor - top - _hero_height(sheet, hero, scale))
    _hero(sheet, hero, sheet.margin, sheet.measure, top + spare * 0.42, scale)


def _above(sheet: Sheet, hero: Figure, rows: Sequence[tuple[Figure, int]], top: float, floor: float) -> None:
    """The hero over the rest; what height is left over goes above and between, most of it below."""
    room = floor - top - RULE
    # A square card has no height for many lines: there they stand in two columns.
    halved = sheet.format is Format.SQUARE and len(rows) > 3
    lines = -(-len(rows) // 2) if halved else len(rows)
    scales = {Format.SQUARE: SQUARE, Format.STORY: STORY}.get(sheet.format, TALL)
    scale = next((s for s in scales if _hero_height(sheet, hero, s) + EASY * lines <= room), scales[-1])
    spare = max(0.0, room - _hero_height(sheet, hero, scale) - table.STEP[1] * lines)
    bottom = _hero(sheet, hero, sheet.margin, sheet.measure, top + spare * 0.35, scale)
    rule = bottom + (54.0 if len(rows) <= 4 else 46.0)
    sheet.rule(sheet.margin, rule)
    if halved:
        _two_columns(sheet, rows, rule + RULE - 60.0, floor)
    else:
        table.lay(sheet, rows, sheet.margin, sheet.measure, rule + RULE - 54.0, floor)


def _beside(sheet: Sheet, figures: Sequence[Figure], top: float, floor: float) -> None:
    """The hero left of the rest, its share as labels need; if none will do, all figures in two columns."""
    for share in SHARES:
        trial = Sheet(sheet.request, sheet.size)
        with suppress(CardError):
            _hero_and_rows(trial, figures[0], rows_of(figures[1:]), top, floor, share)
            break
    else:
        trial = Sheet(sheet.request, sheet.size)
        _two_columns(trial, rows_of(figures), top, floor)
    sheet.take(trial)


def _hero_and_rows(
    sheet: Sheet, hero: Figure, rows: Sequence[tuple[Figure, int]], top: float, floor: float, share: float
) -> None:
    half, gap = sheet.measure * share, 50.0
    scale = WIDE_TITLED if top > sheet.top else WIDE
    middle = (top + floor) / 2
    _hero(sheet, hero, sheet.margin, half - gap, middle - _hero_height(sheet, hero, scale) / 2, scale)
    left = sheet.margin + half
    sheet.rule(left - gap / 2, top + 4, 2.5, floor - top - 8)
    table.lay(sheet, rows, left + 26.0, sheet.measure - half - 26.0, top, floor)


def _two_columns(sheet: Sheet, rows: Sequence[tuple[Figure, int]], top: float, floor: float) -> None:
    """The longer column stands left, so that a whole and its parts are not torn apart."""
    half, gap = -(-len(rows) // 2), 44.0
    wholes = [number for number, (_, depth) in enumerate(rows) if depth == 0 and number >= half]
    cut = wholes[0] if wholes else len(rows)
    width = (sheet.measure - gap) / 2
    step = (floor - top) / max(cut, len(rows) - cut)
    columns = [some for some in (rows[:cut], rows[cut:]) if some]
    air = replace(table.CLOSE, label=min(table.label_size(sheet, some, width, step) for some in columns))
    for column, some in enumerate(columns):
        x = sheet.margin + column * (width + gap)
        table.lay(sheet, some, x, width, top, top + step * len(some), air)
    sheet.rule(sheet.margin + width + gap / 2, top + 4, 2.5, floor - top - 8)


def _hero_height(sheet: Sheet, hero: Figure, scale: Scale) -> float:
    rows = -(-len(hero.parts) // 3)
    height = CAP * scale.number + scale.label * _under(sheet)
    height += rows * (scale.part * (1.20 if sheet.wide else 1.30) + scale.small * 1.36)
    return height + (scale.small * 1.7 if hero.as_of else 0.0)


def _under(sheet: Sheet) -> float:
    """From the great number's baseline to its label's, in the label's size: other scripts reach higher."""
    if sheet.mirrored:
        return 1.75
    return 1.6 if fonts.script_of(sheet.request.language) in fonts.EAST else 1.4


def _hero(sheet: Sheet, hero: Figure, x: float, room: float, top: float, scale: Scale) -> float:
    """The great number, its label, its parts in threes, its day; returns the last baseline."""
    number = hero.numeral
    size = sheet.shrunk("the figure", number, sheet.serif(300), scale.number, room, 80.0)
    baseline = top + CAP * size
    sheet.line(x, baseline, number, sheet.serif(300), size)
    baseline += scale.label * _under(sheet)
    fitted = sheet.shrunk("the label", hero.label, sheet.serif(), scale.label, room, 25.0)
    sheet.line(x, baseline, hero.label, sheet.serif(), fitted)
    baseline = _parts(sheet, hero.parts, x, room, baseline, scale)
    if hero.as_of is not None:
        baseline += scale.small * (1.7 if hero.parts else 1.45)
        fitted = sheet.shrunk("as_of", hero.as_of, sheet.sans(), scale.small, room, SMALLEST)
        sheet.line(x, baseline, hero.as_of, sheet.sans(), fitted, "soft")
    return baseline


def _parts(
    sheet: Sheet, figures: Sequence[Figure], x: float, room: float, baseline: float, scale: Scale
) -> float:
    """Sub-counts in rows of three, each over its label; returns the last baseline."""
    parts = [dated(part) for part in figures]
    columns = _columns(sheet, parts, scale.part, scale.small, room)
    for index, part in enumerate(parts):
        if index % 3 == 0:
            baseline += scale.part * (1.20 if sheet.wide else 1.30)
        left = x + columns.starts[index % 3]
        sheet.line(left, baseline, part.numeral, sheet.serif(), scale.part)
        sheet.line(left, baseline + scale.small * 1.36, part.label, sheet.sans(), columns.label, "soft")
        if index % 3 == 2 or index == len(parts) - 1:
            baseline += scale.small * 1.36
    return baseline


@dataclass(frozen=True)
class Columns:
    """Where the columns of sub-counts start, and the one size of their labels, in units."""

    starts: tuple[float, ...]
    label: float


def _columns(
    sheet: Sheet, parts: Sequence[Figure], number_size: float, label_size: float, room: float
) -> Columns:
    """Three equal columns where the labels allow it, else each as wide as it must be with even gaps."""
    equal, size = room / 3, label_size
    while size >= SMALLEST:
        widths = [_width(sheet, parts[at::3], number_size, size) for at in range(min(3, len(parts)))]
        if all(width <= equal - 16 for width in widths):
            return Columns((0.0, equal, 2 * equal), size)
        if sum(widths) + 26 * (len(widths) - 1) <= room:
            gap = (room - sum(widths)) / max(1, len(widths) - 1)
            return Columns(tuple(sum(widths[:at]) + gap * at for at in range(len(widths))), size)
        size -= 0.5
    labels = [part.label for part in parts]
    longest = max(labels, key=lambda label: sheet.width(label, sheet.sans(), SMALLEST))
    share = (equal - 16) / sheet.width(longest, sheet.sans(), SMALLEST)
    raise CardError(layout.no_line("the label", longest.text, min(share, 1.0)))


def _width(sheet: Sheet, parts: Sequence[Figure], number_size: float, label_size: float) -> float:
    return max(
        max(
            sheet.width(part.numeral, sheet.serif(), number_size),
            sheet.width(part.label, sheet.sans(), label_size),
        )
        for part in parts
    )


def tell(request: Request) -> list[str]:
    said = request.said
    told = [words.text for words in (said.title, said.date) if words is not None]
    for figure in said.figures:
        parts = ", ".join(f"{part.number} {part.label.text}" for part in map(dated, figure.parts))
        when = f", {figure.as_of.text}" if figure.as_of else ""
        told.append(f"{figure.number} {figure.label.text} {parts}".strip() + when)
    return [phrases.of(request.language).kinds["figures"], *told, said.source.text]
