"""Templates as data: a stack of lines, texts and rules, its measures given for each shape of card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Union

from scheduler.cards import table
from scheduler.cards.formats import By
from scheduler.cards.layout import SMALLEST, Block, Box
from scheduler.cards.request import Request, Said, Words
from scheduler.cards.shape import Family, Style
from scheduler.cards.sheet import CAP, Role, Sheet

Taking = Callable[[Said], Words | None]
AIR = By(76, 60, 34, 84)


@dataclass(frozen=True)
class Line:
    """A single line, set smaller where it must be, but not below `least`; `gap` is the air above it."""

    what: str
    take: Taking
    size: By
    gap: By
    weight: int = 400
    family: Family = Family.SANS
    role: Role = "soft"
    least: float = SMALLEST


@dataclass(frozen=True)
class Text:
    """Words broken into lines, as large as they fit between two sizes.

    `share` is how much of the height still free the text may take while others follow, `lines` its most
    lines.
    """

    what: str
    take: Taking
    largest: By
    smallest: By
    gap: By
    leading: float = 1.26
    share: float = 0.55
    lines: int | None = None
    role: Role = "ink"


@dataclass(frozen=True)
class Rule:
    """The short rule in the accent's colour."""

    gap: By
    take: Taking = lambda said: said.source


@dataclass(frozen=True)
class Rows:
    """Figures in lines, `step` apart."""

    step: By
    gap: By
    take: Taking = lambda said: said.figures[0].label if said.figures else None


Part = Union[Line, Text, Rule, Rows]  # noqa: UP007


@dataclass(frozen=True)
class Stack:
    """`place` is the share of the spare height that goes above, `floor` the air over the source line."""

    parts: tuple[Part, ...]
    place: By
    floor: By = AIR


@dataclass(frozen=True)
class Column:
    """Where a stack stands: from the page's start edge, in units."""

    x: float
    width: float
    top: float
    floor: float


RULE = 4.0


def lay(stack: Stack, request: Request, sheet: Sheet, column: Column | None = None) -> None:
    """Set a stack, in a column or between the page's margins. Raises CardError where words do not fit."""
    if column is None:
        # Below the last line hang deeper letters where the page reads from right to left.
        floor = sheet.foot() - sheet.by(stack.floor) - (20.0 if sheet.mirrored else 0.0)
        column = Column(sheet.margin, sheet.measure, sheet.top, floor)
    said = request.said
    parts = [(part, words) for part in stack.parts if (words := part.take(said)) is not None and words.text]
    blocks = _blocks(parts, sheet, column, said)
    height = sum(_height(part, blocks, sheet, said) for part, _ in parts) + _gaps(parts, blocks, sheet)
    y = column.top + max(0.0, column.floor - column.top - height) * sheet.by(stack.place)
    before: Part | None = None
    for part, words in parts:
        y += _gap(before, part, blocks, sheet)
        _set(part, words, blocks, sheet, column, y, said)
        y += _height(part, blocks, sheet, said)
        before = part


Parts = Sequence[tuple[Part, Words]]
Blocks = dict[int, Block]
"""The broken texts, by their part's identity."""


def _blocks(parts: Parts, sheet: Sheet, column: Column, said: Said) -> Blocks:
    """Every text broken, the first ones first: each leaves its share to those that follow."""
    blocks: Blocks = {}
    fixed = sum(_height(part, blocks, sheet, said) for part, _ in parts if not isinstance(part, Text))
    room = column.floor - column.top - fixed - _gaps(parts, blocks, sheet)
    texts = [(part, words) for part, words in parts if isinstance(part, Text)]
    names = tuple(name.text for name in said.names)
    for number, (part, words) in enumerate(texts):
        height = room * (part.share if number < len(texts) - 1 else 1.0)
        largest = sheet.by(part.largest)
        # The last line's leading needs no room of the text's own.
        height += sheet.by(part.smallest) * 0.3
        if part.lines:
            height = min(height, part.lines * largest * part.leading)
        box = Box(column.width, height, largest, min(largest, sheet.by(part.smallest)), part.leading)
        whole = tuple(name for name in names if name != words.text)
        block = sheet.fit(part.what, words, sheet.serif(), box, whole)
        blocks[id(part)] = block
        room -= _extent(block) + block.fall * block.size
    return blocks


def _extent(block: Block) -> float:
    """From the first capitals' tops to the last baseline."""
    return (len(block.lines) - 1) * block.size * block.leading + block.rise * block.size


def _height(part: Part, blocks: Blocks, sheet: Sheet, said: Said) -> float:
    if isinstance(part, Text):
        return _extent(blocks[id(part)]) if id(part) in blocks else 0.0
    if isinstance(part, Line):
        return CAP * sheet.by(part.size)
    if isinstance(part, Rows):
        return len(table.rows_of(said.figures)) * sheet.by(part.step)
    return RULE


def _gaps(parts: Parts, blocks: Blocks, sheet: Sheet) -> float:
    befores: list[Part | None] = [None, *(part for part, _ in parts)]
    pairs = zip(befores, (part for part, _ in parts), strict=False)
    return sum(_gap(before, part, blocks, sheet) for before, part in pairs)


def _gap(before: Part | None, part: Part, blocks: Blocks, sheet: Sheet) -> float:
    """The first part has no air above; below a text it is counted from the descenders."""
    if before is None:
        return 0.0
    below = blocks[id(before)].fall * blocks[id(before)].size if id(before) in blocks else 0.0
    return sheet.by(part.gap) + below


def _set(
    part: Part, words: Words, blocks: Blocks, sheet: Sheet, column: Column, y: float, said: Said
) -> None:
    if isinstance(part, Text):
        sheet.block(column.x, y, blocks[id(part)], words.language, sheet.serif(), part.role)
    elif isinstance(part, Line):
        style, size = _style(part, sheet), sheet.by(part.size)
        fitted = sheet.shrunk(part.what, words, style, size, column.width, part.least)
        sheet.line(column.x, y + CAP * size, words, style, fitted, part.role)
    elif isinstance(part, Rows):
        floor = y + _height(part, blocks, sheet, said)
        table.lay(sheet, table.rows_of(said.figures), column.x, column.width, y, floor)
    else:
        sheet.rule(column.x, y)


def _style(part: Line, sheet: Sheet) -> Style:
    return sheet.serif(part.weight) if part.family is Family.SERIF else sheet.sans(part.weight)
