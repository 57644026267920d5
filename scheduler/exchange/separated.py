"""CSV: its encoding and its delimiter found where they are certain, asked for where they are not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice

from scheduler.errors import InputError
from scheduler.exchange import headings, shape
from scheduler.exchange.tables import HEADER_WITHIN, Table, bounded
from scheduler.model import RECORDS

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
ASKED = ("cp1252", "cp1254", "cp1251", "cp1250", "cp1256", "iso8859-9", "mac-roman")
"""Encodings that may be named with --encoding; none of them can be told from another by looking."""

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 200_000
_LONGEST_HEADING = 80
_MOST_DELIMITERS = 100_000
"""On one line: more than the commas of any text, fewer than fill the memory with empty cells."""


def read(data: bytes, name: str, encoding: str | None = None) -> Table:
    """The table. Raises InputError where bytes or quotes are broken, naming the line."""
    text = decoded(data, name, encoding)
    text, delimiter = _delimited(text)
    rows = tuple(bounded(_rows(text, delimiter, name), name))
    return Table(name, rows)


def decoded(data: bytes, name: str, encoding: str | None = None) -> str:
    """The text: by its byte order mark, as UTF-16 or UTF-8, or in the encoding named. Raises InputError."""
    marked = next((one for mark, one in _MARKS if data.startswith(mark)), None)
    chosen = marked or encoding or _sixteen(data) or "utf-8"
    try:
        return data.decode(chosen)
    except LookupError:
        raise InputError(
            f"--encoding {encoding} is not known; write one such as {', '.join(ASKED)}"
        ) from None
    except UnicodeDecodeError as error:
        if chosen != "utf-8":
            raise InputError(f"{name} is not {chosen} ({error.reason}); save it as CSV UTF-8") from None
        raise InputError(_question(data, name, error.start)) from None


def _sixteen(data: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of the first letters is nothing."""
    start = data[:400]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < len(start) // 5 or min(even, odd) > len(start) // 20:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _question(data: bytes, name: str, at: int) -> str:
    """What the same bytes would be in the likely encodings: a person sees which one is right."""
    start = max(data.rfind(b"\n", 0, at) + 1, at - 12)
    line = data.count(b"\n", 0, at) + 1
    piece = data[start : at + 12].split(b"\n")[0]
    readings = "; ".join(f"--encoding {one}: “{piece.decode(one, 'replace').strip()}”" for one in ASKED[:3])
    return (
        f"{name}, line {line}, is not UTF-8. Save it as “CSV UTF-8”, or say which of these reads right: "
        f"{readings}"
    )


def _delimited(text: str) -> tuple[str, str]:
    """The text and its delimiter: the one a first line `sep=;` names, else what parts the first rows best."""
    if text[:4].casefold() == "sep=" and len(text) > 5 and text[5] in "\r\n":
        return text[5:].lstrip("\r\n"), text[4]
    scores = {one: _score(text, one) for one in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda one: scores[one])
    return text, best if scores[best] > (0, 1) else ","


def _score(text: str, delimiter: str) -> tuple[int, int]:
    """How many headings that are known one row near the top has with this delimiter, and its fields; of a
    sheet without any the fields of its first row. Texts and titles have commas too, headings none.
    """
    reader = csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    with suppress(csv.Error):  # the rows before it are kept
        rows.extend(islice((row for row in reader if any(row)), HEADER_WITHIN))
    scores = [(sum(map(_is_heading, row)), len(row)) for row in rows]
    return max(scores) if any(known for known, _ in scores) else (0, len(rows[0]) if rows else 0)


@lru_cache(maxsize=1_000)
def _is_heading(cell: str) -> bool:
    words = cell.strip()
    shapes = (shape.of_post(), *map(shape.of_record, RECORDS))
    return 0 < len(words) < _LONGEST_HEADING and any(headings.read(words, one, ("en",)) for one in shapes)


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    if any(line.count(delimiter) > _MOST_DELIMITERS for line in io.StringIO(text)):
        raise InputError(
            f"{name} has a line of more than {_MOST_DELIMITERS:,} cells; take out what is not needed"
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        why = {True: "a cell is far too long; is a quotation mark missing?"}.get("limit" in str(error))
        words = why or f"the quotation marks do not fit ({error}); a mark inside a cell is written twice"
        raise InputError(f"{name}, line {reader.line_num}: {words}") from None
    finally:
        csv.field_size_limit(before)
