"""A sheet as rows of cells, from a CSV file or a workbook; whatever it is, the file is only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.errors import InputError

HEADER_WITHIN = 15
"""The headings stand in one of these rows; above them may be a title."""

MAX_ROWS = 20_000
MAX_COLUMNS = 400
MAX_LINES = 1_048_576
"""Where Excel ends: rows that hold nothing count too."""

MAX_BYTES = 50_000_000
"""Of the file; a workbook's contents have a limit of their own."""

_WORKBOOK, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Row:
    """One row that is not empty: its number in the sheet (from 1) and its cells from column A on."""

    number: int
    cells: tuple[Any, ...]

    def __getitem__(self, column: int) -> Any:
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be read for what it is; `row` from 1, `column` from 0."""

    row: int
    column: int
    message: str


@dataclass(frozen=True)
class Table:
    """One sheet. `name` is the sheet's, or the file's of a CSV; `faults` lie in its cells."""

    name: str
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()


def letter(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read(file: Path, *, sheet: str | None = None, encoding: str | None = None) -> Table:
    """The table of a file. Raises InputError for what no table can be read from, saying what to do."""
    from scheduler.exchange import separated, workbooks  # the second is slow to import

    data = _bytes(file)
    kind = _kind(file, data)
    if kind == "csv":
        if sheet is not None:
            raise InputError(f"{file.name} is one table; --sheet is for workbooks")
        return separated.read(data, file.name, encoding)
    if encoding is not None:
        raise InputError(f"{file.name} is a workbook, which knows its encoding; leave --encoding out")
    return workbooks.read(data, file.name, sheet)


def _bytes(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise InputError(f"{file}: there is no such file")
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from None
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{file.name} is larger than {MAX_BYTES // 1_000_000} MB; take pictures out, or split it"
        )
    if not data.strip():
        raise InputError(f"{file.name} is empty")
    return data


def _kind(file: Path, data: bytes) -> str:
    """csv or xlsx. What the bytes are and what the name says must agree: else somebody has renamed a file."""
    said = file.suffix.casefold()
    if data.startswith(_OLD):
        if _ENCRYPTED in data:
            raise InputError(
                f"{file.name} is protected by a password; save a copy without one, and import that"
            )
        raise InputError(f"{file.name} is in the old Excel format; save it as .xlsx, and import that")
    if data.startswith(_WORKBOOK):
        if said != ".xlsx" and said != ".xlsm":
            raise InputError(f"{file.name} is a workbook by its contents; if it is Excel's, name it .xlsx")
        return "xlsx"
    if said in (".xlsx", ".xlsm"):
        raise InputError(
            f"{file.name} is no workbook by its contents; save it anew, or name it .csv if it is text"
        )
    if said not in (".csv", ".tsv", ".txt"):
        raise InputError(f"{file.name}: only .csv and .xlsx can be imported; save it as one of them")
    return "csv"


def bounded(rows: Iterator[tuple[int, Sequence[Any]]], name: str) -> Iterator[Row]:
    """The rows that hold something, without empty cells at their ends. Raises InputError past the limits."""
    count = 0
    for number, cells in rows:
        if number > MAX_LINES:
            raise InputError(f"{name} has more than {MAX_LINES:,} lines, empty ones too; take those out")
        if cells.count(None) + cells.count("") == len(cells):
            continue  # told at once: one stray cell far below makes a million of these
        last = max((n for n, one in enumerate(cells, 1) if one not in (None, "")), default=0)
        if last > MAX_COLUMNS:
            raise InputError(
                f"{name}, row {number}: more than {MAX_COLUMNS} columns; take out what is not needed"
            )
        if last and any(not isinstance(one, str) or one.strip() for one in cells[:last]):
            count += 1
            if count > MAX_ROWS + 1:
                raise InputError(f"{name} has more than {MAX_ROWS:,} rows; split it")
            yield Row(number, tuple(cells[:last]))
