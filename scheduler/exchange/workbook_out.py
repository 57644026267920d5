"""Workbooks for people: headings with notes, drop-down lists, columns wide enough to read."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scheduler.errors import InputError
from scheduler.exchange import cells
from scheduler.exchange.tables import letter

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LISTS = "lists"
"""The hidden sheet with what drop-down lists offer: a list in the cell itself ends at 255 characters."""

_INLINE = 255
_ROWS = 2_000
"""So many rows have drop-down lists."""

_LONGEST = 32_767
_WIDE, _NARROW = 48, 16


@dataclass(frozen=True)
class Page:
    """One sheet. `notes` and `choices` by heading; of `many` more than one choice may be typed."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    many: frozenset[str] = frozenset()


def workbook(pages: Sequence[Page]) -> bytes:
    """An .xlsx file with the pages, the first one open."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    offered: dict[tuple[str, ...], str] = {}
    for page in pages:
        sheet = book.create_sheet(page.title)
        _fill(sheet, page)
        _choices(sheet, page, offered)
    if offered:
        hidden = book.create_sheet(LISTS)
        hidden.sheet_state = "hidden"
        for column, words in enumerate(offered):
            for row, word in enumerate(words, 1):
                _put(hidden, row, column + 1, word)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        if len(value) >= _LONGEST:  # what is longer would be cut off without a word
            raise InputError(
                f"a text of {len(value):,} characters, “{value[:40]}…”, is longer than a cell of Excel holds "
                f"({_LONGEST:,}); use export csv"
            )
        cell.value = cells.guarded(value)
        cell.data_type = "s"  # whatever a text begins with, it is a text
        cell.number_format = "@"
    else:
        cell.value = value


def _fill(sheet: Worksheet, page: Page) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill

    bold, shade = Font(bold=True), PatternFill("solid", fgColor="E8E4DA")
    for column, heading in enumerate(page.headings, 1):
        _put(sheet, 1, column, heading)
        cell = sheet.cell(1, column)
        cell.font, cell.fill = bold, shade
        if heading in page.notes:
            cell.comment = Comment(page.notes[heading], "scheduler", width=360, height=140)
        sheet.column_dimensions[letter(column - 1)].width = _WIDE if _long(heading) else _NARROW
    wrap = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(page.rows, 2):
        for column, value in enumerate(row, 1):
            if value is not None:
                _put(sheet, number, column, value)
                sheet.cell(number, column).alignment = wrap
    sheet.freeze_panes = "B2"


def _long(heading: str) -> bool:
    return (
        heading.split(" ")[0] in ("text", "card", "image", "thread", "wording", "words", "note")
        and " " in heading
    )


def _choices(sheet: Worksheet, page: Page, offered: dict[tuple[str, ...], str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, heading in enumerate(page.headings):
        words = tuple(page.choices.get(heading, ()))
        if not words:
            continue
        inline = '"' + ",".join(words) + '"'
        if len(inline) > _INLINE or any("," in word or '"' in word for word in words):
            place = offered.setdefault(words, letter(len(offered)))
            inline = f"={LISTS}!${place}$1:${place}${len(words)}"
        many = heading in page.many
        rule = DataValidation(
            "list", formula1=inline, allow_blank=True, errorStyle="warning" if many else "stop"
        )
        rule.error = (
            "Several may stand here, with commas between them."
            if many
            else "Choose one of the list, or leave it empty."
        )
        rule.add(f"{letter(column)}2:{letter(column)}{max(_ROWS, len(page.rows) + 1)}")
        sheet.add_data_validation(rule)
