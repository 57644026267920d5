"""Excel workbooks, read row by row; what could blow up, or only looks like a value, is refused by name."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from scheduler.errors import InputError
from scheduler.exchange.tables import MAX_LINES, Fault, Row, Table, bounded

MAX_UNPACKED = 150_000_000
"""Bytes of all parts of a workbook, unpacked."""

MAX_PARTS = 2_000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CHUNK = 1 << 20
_LARGE, _MOST_TAGS = 5_000_000, 2_000_000
"""A row of Excel's 16,384 columns has a hundred thousand tags."""

_OVERLAP = 200


def read(data: bytes, name: str, sheet: str | None = None) -> Table:
    """One sheet: the one named, else the only one that is shown. Raises InputError."""
    _measured(data, name)
    try:
        return _read(data, name, sheet)
    except InputError:
        raise
    except Exception as error:  # a broken or hostile workbook makes its reader fail in any way there is
        raise InputError(
            f"{name} cannot be read as a workbook ({type(error).__name__}); open it, save it anew as .xlsx"
        ) from None


def _measured(data: bytes, name: str) -> None:
    """The archive's directory tells the sizes before anything is unpacked; no part gives more than that."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            small = sum(part.file_size for part in parts) <= MAX_UNPACKED
            crowded = small and any(_crowded(archive, part) for part in parts if part.file_size > _LARGE)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError):
        raise InputError(f"{name} is damaged; open it, save it anew as .xlsx, and import that") from None
    if crowded:
        raise InputError(f"{name} has more in one row than any sheet of posts needs; it was not opened")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise InputError(
            f"{name} unpacks to more than {MAX_UNPACKED // 1_000_000} MB, which no sheet of posts needs; "
            "it was not opened"
        )
    if "[Content_Types].xml" not in names:
        kind = "an OpenDocument sheet" if "mimetype" in names else "no Excel workbook"
        raise InputError(f"{name} is {kind}; save it as .xlsx, and import that")


def _crowded(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether one row or one text has so many tags that holding it at once would fill the memory."""
    tags = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            end = max(chunk.rfind(b"row>"), chunk.rfind(b"si>"))
            tags = chunk.count(b"<", end) if end >= 0 else tags + chunk.count(b"<")
            if tags > _MOST_TAGS:
                return True
    return False


def _read(data: bytes, name: str, sheet: str | None) -> Table:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # openpyxl warns of formats and lists that it does not keep; we keep none.
        warnings.simplefilter("ignore")
        shown: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        states = {one.title: str(one.sheet_state) for one in shown.worksheets}
        page = _chosen(list(states), states, name, sheet)
        rows = tuple(bounded(_values(shown[page]), f"{name}, sheet {page}"))
        merged, formulas = _scanned(data, shown[page]._worksheet_path)
        empty = tuple(_formulas(data, page, rows)) if formulas else ()
    return Table(page, rows, (*empty, *_errors(rows), *_merged(merged)))


def _chosen(names: list[str], states: dict[str, str], file: str, asked: str | None) -> str:
    if asked is not None:
        if asked in names:
            return asked
        raise InputError(f"{file} has no sheet “{asked}”. It has: {', '.join(names)}")
    shown = [name for name in names if states.get(name) == "visible"]
    if len(shown) == 1:
        return shown[0]
    if not shown:
        raise InputError(f"{file} has no sheet that is shown; name one with --sheet: {', '.join(names)}")
    raise InputError(f"{file} has several sheets; name one with --sheet: {', '.join(shown)}")


def _values(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    page.reset_dimensions()  # what the file says of its size may be wrong; each row is as wide as its cells
    yield from enumerate(page.iter_rows(values_only=True, max_row=MAX_LINES), 1)


def _scanned(data: bytes, part: str) -> tuple[set[str], bool]:
    """Merged ranges of a sheet, and whether it has formulas: what reading row by row does not tell."""
    merged: set[str] = set()
    formulas, rest = False, b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part.lstrip("/")) as stream:
        while chunk := stream.read(_CHUNK):
            rest += chunk
            merged |= {match[1].decode() for match in _MERGED.finditer(rest)}
            formulas = formulas or _FORMULA.search(rest) is not None
            rest = rest[-_OVERLAP:]
    return merged, formulas


def _formulas(data: bytes, page: str, rows: tuple[Row, ...]) -> Iterator[Fault]:
    """A formula whose result is not in the file reads as nothing, and would be taken for an empty cell."""
    from openpyxl import load_workbook

    results = {row.number: row for row in rows}
    written: Any = load_workbook(io.BytesIO(data), read_only=True)[page]
    written.reset_dimensions()
    for number, cells in enumerate(written.iter_rows(max_row=MAX_LINES), 1):
        for column, cell in enumerate(cells):
            if cell.data_type == "f" and (number not in results or results[number][column] is None):
                yield Fault(number, column, _NO_RESULT)


_NO_RESULT = (
    "a formula stands here whose result the file does not hold; copy the cell and paste it as a value"
)


def _errors(rows: tuple[Row, ...]) -> Iterator[Fault]:
    for row in rows:
        for column, cell in enumerate(row.cells):
            if isinstance(cell, str) and cell in _BROKEN:
                yield Fault(
                    row.number, column, f"the sheet shows {cell} here; mend the formula, or write the value"
                )


_BROKEN = frozenset(("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"))


def _merged(ranges: set[str]) -> Iterator[Fault]:
    """A merged cell holds one value for several places. Told at its last row: a title above is no fault."""
    from openpyxl.utils import range_boundaries

    for one in sorted(ranges):
        first, _, _, last = range_boundaries(one)
        yield Fault(
            last or 0, (first or 1) - 1, f"the cells {one} are merged into one; unmerge them and fill in each"
        )
