"""Figures with what they count: sub-counts stand inside their whole, and whoever gives them is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.cards import phrases
from scheduler.cards.layout import SMALLEST, Block, Box
from scheduler.cards.request import Desk, Figure, Request, Said, Words
from scheduler.cards.sheet import CAP, Sheet
from scheduler.errors import CardError
from scheduler.model import Fact

MOST = 10
STEP = (104.0, 96.0)
"""The widest distance of a table's lines, on wide cards and on tall ones."""

LABEL = "the figure's label"


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
    return Said(source=desk.fact_source(facts), figures=figures)


def _figure(desk: Desk, fact: Fact, parts: Sequence[Fact]) -> Figure:
    if fact.figure is None:
        raise CardError(f"“{fact.id}” in posts/ledger/facts.yaml has no figure; a figures card shows numbers")
    label = desk.must(fact.label, "facts", fact, "label")
    if parts:
        label = desk.words(desk.phrases.including.format(label.text))
    inside = tuple(_figure(desk, part, ()) for part in parts)
    return Figure(phrases.number(fact.figure, desk.language), label, inside)


def lay(request: Request, sheet: Sheet) -> None:
    figures, floor = request.said.figures, sheet.foot() - (36.0 if sheet.wide else 64.0)
    hero = figures[0] if figures[0].parts or len(figures) == 1 else None
    rows = _rows(figures[1:] if hero else figures)
    if hero is None:
        _table(sheet, rows, sheet.margin, sheet.measure, sheet.top, floor)
    elif not rows:
        _alone(sheet, hero, floor)
    elif sheet.wide:
        _beside(sheet, hero, rows, floor)
    else:
        _above(sheet, hero, rows, floor)


def _rows(figures: Sequence[Figure]) -> list[tuple[Figure, int]]:
    """Figures with the depth they are indented by, each whole followed by its parts."""
    return [row for figure in figures for row in ((figure, 0), *((part, 1) for part in figure.parts))]


def _alone(sheet: Sheet, hero: Figure, floor: float) -> None:
    size = 230.0 if sheet.wide else 340.0
    height = _hero_height(sheet, hero, size)
    top = sheet.top + max(0.0, floor - sheet.top - height) * 0.42
    _hero(sheet, hero, sheet.margin, sheet.measure, top, size)


def _above(sheet: Sheet, hero: Figure, rows: Sequence[tuple[Figure, int]], floor: float) -> None:
    """The hero over the rest; what height is left over goes above and between, most of it below."""
    size = 310.0 if len(rows) <= 3 else 250.0
    needed = _hero_height(sheet, hero, size) + 100.0 + STEP[1] * len(rows)
    spare = max(0.0, floor - sheet.top - needed)
    bottom = _hero(sheet, hero, sheet.margin, sheet.measure, sheet.top + spare * 0.35, size)
    rule = bottom + (54.0 if len(rows) <= 4 else 46.0)
    sheet.rule(sheet.margin, rule)
    _table(sheet, rows, sheet.margin, sheet.measure, rule + 46.0, floor)


def _beside(sheet: Sheet, hero: Figure, rows: Sequence[tuple[Figure, int]], floor: float) -> None:
    half, gap, size = sheet.measure * 0.46, 50.0, 210.0
    middle = (sheet.top + floor) / 2
    _hero(sheet, hero, sheet.margin, half - gap, middle - _hero_height(sheet, hero, size) / 2, size)
    left = sheet.margin + half
    sheet.rule(left - gap / 2, sheet.top + 4, 2.5, floor - sheet.top - 8)
    _table(sheet, rows, left + 26.0, sheet.measure - half - 26.0, sheet.top, floor)


def _hero_height(sheet: Sheet, hero: Figure, size: float) -> float:
    label, number = (36.0, 66.0) if sheet.wide else (50.0, 100.0)
    rows = -(-len(hero.parts) // 3)
    return CAP * size + label * 1.4 + rows * number * (1.62 if sheet.wide else 1.78)


def _hero(sheet: Sheet, hero: Figure, x: float, room: float, top: float, size: float) -> float:
    """The great number, its label, and its parts in threes; returns the last baseline."""
    label_size, part_size, small = (36.0, 66.0, 29.0) if sheet.wide else (50.0, 100.0, 36.0)
    number = Words(hero.number, hero.label.language)
    size = sheet.shrunk("the figure", number, sheet.serif(300), size, room, 80.0)
    baseline = top + CAP * size
    sheet.line(x, baseline, number, sheet.serif(300), size)
    baseline += label_size * 1.4
    fitted = sheet.shrunk(LABEL, hero.label, sheet.serif(), label_size, room, 25.0)
    sheet.line(x, baseline, hero.label, sheet.serif(), fitted)
    columns = _columns(sheet, hero.parts, part_size, small, room)
    for index, part in enumerate(hero.parts):
        if index % 3 == 0:
            baseline += part_size * (1.20 if sheet.wide else 1.30)
        left = x + columns.starts[index % 3]
        sheet.line(left, baseline, Words(part.number, part.label.language), sheet.serif(), part_size)
        sheet.line(left, baseline + small * 1.36, part.label, sheet.sans(), columns.label, "soft")
        if index % 3 == 2 or index == len(hero.parts) - 1:
            baseline += small * 1.36
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
    longest = max((part.label.text for part in parts), key=len)
    raise CardError(f"{LABEL}: “{longest}” is too long for its column on this card: shorten it")


def _width(sheet: Sheet, parts: Sequence[Figure], number_size: float, label_size: float) -> float:
    return max(
        max(
            sheet.width(Words(part.number, part.label.language), sheet.serif(), number_size),
            sheet.width(part.label, sheet.sans(), label_size),
        )
        for part in parts
    )


def _table(
    sheet: Sheet, rows: Sequence[tuple[Figure, int]], x: float, room: float, top: float, floor: float
) -> None:
    """Numbers in one column, labels in the next, evenly set between two heights."""
    step = min(STEP[0] if sheet.wide else STEP[1], (floor - top) / len(rows))
    if step < 34.0:
        raise CardError("the figures are too many for this card: split them over two cards")
    number_size = min(68.0, step * 0.86)
    style, indent = sheet.serif(), 34.0
    numbers = [Words(figure.number, figure.label.language) for figure, _ in rows]
    column = max(sheet.width(number, style, number_size) for number in numbers) + number_size * 0.5
    left_over = room - column - indent * max(depth for _, depth in rows)
    size = min(40.0, max(26.0, number_size * 0.60))
    labels = _labels(
        sheet, [figure.label for figure, _ in rows], size, Box(left_over, step * 0.94, size, SMALLEST, 1.12)
    )
    spare = max(0.0, (floor - top) - step * len(rows))
    baseline = top + spare * (0.5 if sheet.wide else 0.0) + (step + CAP * number_size) / 2
    for (figure, depth), number, block in zip(rows, numbers, labels, strict=True):
        left, scale = x + depth * indent, 0.8 if depth else 1.0
        sheet.line(left, baseline, number, style, number_size * scale)
        # A label of one line stands on the number's baseline, one of two is centred on the number's height.
        tall = (len(block.lines) - 1) * block.size * block.leading + CAP * block.size
        above = CAP * block.size if len(block.lines) == 1 else (CAP * number_size * scale + tall) / 2
        sheet.block(
            left + column,
            baseline - above,
            block,
            figure.label.language,
            sheet.sans(),
            "soft" if depth else "ink",
        )
        baseline += step


def _labels(sheet: Sheet, labels: Sequence[Words], size: float, box: Box) -> list[Block]:
    """All labels at one size: on one line each where that is large enough, else broken over two."""
    widest = max(sheet.width(label, sheet.sans(), size) for label in labels)
    if (one_line := size * min(1.0, box.width / widest)) >= 27.0:
        return [Block((label.text,), one_line * 0.995, 1.0) for label in labels]
    blocks = [sheet.fit(LABEL, label, sheet.sans(), replace(box, largest=30.0)) for label in labels]
    same = min(block.size for block in blocks)
    return [
        sheet.fit(LABEL, label, sheet.sans(), replace(box, largest=same, smallest=same)) for label in labels
    ]


def tell(request: Request) -> list[str]:
    said = request.said
    told = []
    for figure in said.figures:
        parts = ", ".join(f"{part.number} {part.label.text}" for part in figure.parts)
        told.append(f"{figure.number} {figure.label.text} {parts}".strip())
    return [phrases.of(request.language).kinds["figures"], *told, said.source.text]
