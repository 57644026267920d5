"""Figures in lines: numbers in one column, what they count in the next."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from scheduler.cards import fonts
from scheduler.cards.layout import SMALLEST, Block, Box
from scheduler.cards.request import Figure, Words
from scheduler.cards.sheet import CAP, Role, Sheet
from scheduler.errors import CardError

STEP = (104.0, 96.0)
"""The widest distance of lines in units, on wide cards and on tall ones."""

MIDDLE = 0.36
"""How high above the baseline an ideograph's middle is, in em."""

SHARES = (0.86, 0.94)
"""What a label of two lines may take of its row: with more than the first, neighbours read as one text."""

Row = tuple[Figure, int]
"""A figure and the depth it is indented by."""


@dataclass(frozen=True)
class Air:
    """How far apart lines may stand, how large numbers and labels may be, what spare room goes above."""

    step: float | None = None
    number: float = 68.0
    label: float = 40.0
    above: float = 0.0


CLOSE = Air()
AIRY = Air(step=136.0, number=92.0, label=46.0, above=0.3)
"""For a table that has the card to itself."""


def rows_of(figures: Sequence[Figure]) -> list[Row]:
    """Each whole followed by its parts."""
    return [row for figure in figures for row in ((figure, 0), *((part, 1) for part in figure.parts))]


def dated(figure: Figure) -> Figure:
    """The figure with its day joined to its label, where there is no line to spare for it."""
    if figure.as_of is None:
        return figure
    words = Words(f"{figure.label.text}, {figure.as_of.text}", figure.label.language)
    return replace(figure, label=words, as_of=None)


def lay(
    sheet: Sheet, rows: Sequence[Row], x: float, room: float, top: float, floor: float, air: Air = CLOSE
) -> None:
    """Set the rows evenly between two heights. Raises CardError where they are too many or too long."""
    rows = [(dated(figure), depth) for figure, depth in rows]
    widest = (air.step if not sheet.wide else None) or STEP[0 if sheet.wide else 1]
    step = min(widest, (floor - top) / len(rows))
    if step < 34.0:
        raise CardError("the figures are too many for this card: split them over two cards")
    size, column, labels = _set(sheet, rows, room, step, air)
    spare = max(0.0, (floor - top) - step * len(rows))
    baseline = top + spare * (0.5 if sheet.wide else air.above) + (step + CAP * size) / 2
    for row, block in zip(rows, labels, strict=True):
        _row(sheet, row, block, x, column, baseline, size)
        baseline += step


def label_size(sheet: Sheet, rows: Sequence[Row], room: float, step: float) -> float:
    """How large the labels of these rows come out, for columns side by side to have one size."""
    _, _, labels = _set(sheet, [(dated(figure), depth) for figure, depth in rows], room, step, CLOSE)
    return min(label.size for label in labels)


def _set(
    sheet: Sheet, rows: Sequence[Row], room: float, step: float, air: Air
) -> tuple[float, float, list[Block]]:
    """The numbers' size, the width of their column, and the labels."""
    size = min(68.0 if sheet.wide else air.number, step * 0.86)
    indent = 34.0 * max(depth for _, depth in rows)
    column = max(sheet.width(figure.numeral, sheet.serif(), size) for figure, _ in rows) + size * 0.5
    largest = min(air.label, max(26.0, size * 0.60))
    box = Box(room - column - indent, step * SHARES[-1], largest, SMALLEST, 1.12)
    words = [figure.label for figure, _ in rows]
    with suppress(CardError):
        return size, column, _labels(sheet, words, replace(box, height=step * SHARES[0]), air.label)
    return size, column, _labels(sheet, words, box, air.label)


def _row(sheet: Sheet, row: Row, label: Block, x: float, column: float, baseline: float, size: float) -> None:
    figure, depth = row
    left, size = x + depth * 34.0, size * (0.8 if depth else 1.0)
    sheet.line(left, baseline, figure.numeral, sheet.serif(), size)
    # A label of one line stands on the number's baseline, one of two is centred on the number's height, like
    # ideographs, which have no baseline.
    tall = (len(label.lines) - 1) * label.size * label.leading + CAP * label.size
    above = CAP * label.size if len(label.lines) == 1 else (CAP * size + tall) / 2
    if len(label.lines) == 1 and fonts.script_of(figure.label.language) in fonts.EAST:
        above += CAP * size / 2 - MIDDLE * label.size
    role: Role = "soft" if depth else "ink"
    sheet.block(left + column, baseline - above, label, figure.label.language, sheet.sans(), role)


def _labels(sheet: Sheet, labels: Sequence[Words], box: Box, most: float) -> list[Block]:
    """All labels at one size: on one line each where that is large enough, else broken over two."""
    widest = max(sheet.width(label, sheet.sans(), box.largest) for label in labels)
    if (one_line := box.largest * min(1.0, box.width / widest)) >= 27.0:
        return [Block((label.text,), one_line * 0.995, 1.0) for label in labels]
    if most < 30.0:
        # The column beside has this size: it goes before one that breaks a little better.
        with suppress(CardError):
            return [_fit(sheet, label, replace(box, largest=most, smallest=most)) for label in labels]
    same = min(_fit(sheet, label, replace(box, largest=min(30.0, most))).size for label in labels)
    return [_fit(sheet, label, replace(box, largest=same, smallest=same)) for label in labels]


def _fit(sheet: Sheet, label: Words, box: Box) -> Block:
    return sheet.fit(f"the label “{label.text}”", label, sheet.sans(), box)
