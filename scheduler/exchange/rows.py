"""Rows of a sheet as posts or records: each cell at its field, each fault at its cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.exchange import cells, dates, foreign, headings, merging, zones
from scheduler.exchange.headings import Heading, Role
from scheduler.exchange.shape import Leaf, Path, Shape
from scheduler.exchange.tables import HEADER_WITHIN, Row, Table, letter
from scheduler.model import Span


@dataclass(frozen=True)
class Remark:
    """One sentence about a place of the sheet. `row` from 1 (0: the whole sheet), `column` from 0 or None."""

    row: int
    column: int | None
    message: str
    grave: bool = True


@dataclass(frozen=True)
class Item:
    """One row. `value` is what it says, as in YAML; `removed` are the places its cells take out.

    `cells` has the cell (row, column from 1) of every place that the row speaks of, by dotted path.
    """

    row: int
    value: dict[str, Any]
    removed: tuple[Path, ...]
    cells: Mapping[str, Span]


@dataclass(frozen=True)
class Sheet:
    """All rows, what is wrong in them, and what a person should know. `columns` by number, from 0."""

    name: str
    columns: Mapping[int, Heading]
    items: tuple[Item, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...] = ()

    def place(self, remark: Remark) -> str:
        """Sheet, row, column and heading, as a person finds them: `Posts, row 5, C (text en)`."""
        words = self.name + (f", row {remark.row}" if remark.row else "")
        if remark.column is None:
            return words
        heading = self.columns.get(remark.column)
        named = f" ({heading.words.strip()})" if heading and heading.words.strip() else ""
        return f"{words}, {letter(remark.column)}{named}"


@dataclass(frozen=True)
class Reader:
    """How a sheet is to be read: the form of its rows, the campaign's languages (first one first) and zone.

    `language`: of texts without a language of their own, where it is not the first one. `order`: of days
    written in figures, where a person has said it.
    """

    shape: Shape
    languages: tuple[str, ...]
    zone: ZoneInfo
    language: str | None = None
    order: dates.Order | None = None
    uploaded: ZoneInfo | None = None
    """The zone of an upload file's times, which no column of it names."""

    @property
    def of_posts(self) -> bool:
        return "kind" in self.shape.fields

    @property
    def own(self) -> tuple[str, ...]:
        """The languages, the one meant by a text without a language first."""
        return self.languages if self.language is None else (self.language, *self.languages)

    def read(self, table: Table) -> Sheet:
        """Every row of the table. Nothing is raised: what is wrong is a remark."""
        return _Reading(self, table).sheet()


class _Reading:
    def __init__(self, reader: Reader, table: Table) -> None:
        self.reader, self.table = reader, table
        self.remarks: list[Remark] = []
        self.notes: list[str] = []
        self.columns: dict[int, Heading] = {}
        self.orders = dates.Orders()
        self.zones = zones.Told()
        self.left: dict[int, int] = {}
        self.tool: str | None = None

    def sheet(self) -> Sheet:
        header = self._header()
        items: tuple[Item, ...] = ()
        if header is None:
            self._say(
                0,
                None,
                "no row holds a heading that is known; the first row names the columns: id, when, text en …",
            )
        else:
            self._headings(header)
            self.tool = foreign.tool(one.words for one in self.columns.values())
            body = [row for row in self.table.rows if row.number > header.number]
            for fault in self.table.faults:
                if fault.row > header.number and fault.column in self.columns:
                    self._say(fault.row, fault.column, fault.message)
            self._days(body)
            self._two_zones(header)
            items = tuple(item for row in body if (item := self._item(row)) is not None)
            if not body:
                self._say(0, None, "no row stands below the headings")
            self._told()
        remarks = sorted(self.remarks, key=lambda one: (one.row, -1 if one.column is None else one.column))
        return Sheet(self.table.name, self.columns, items, tuple(remarks), tuple(self.notes))

    def _say(self, row: int, column: int | None, message: str, grave: bool = True) -> None:
        self.remarks.append(Remark(row, column, message, grave))

    def _header(self) -> Row | None:
        """The row with most known headings near the top: above it a title may stand."""
        best, most = None, 0
        for row in self.table.rows[:HEADER_WITHIN]:
            known = sum(
                1
                for cell in row.cells
                if isinstance(cell, str)
                and headings.read(cells.words_of(cell), self.reader.shape, self.reader.own)
            )
            if known > most:
                best, most = row, known
        return best

    def _headings(self, header: Row) -> None:
        seen: dict[object, str] = {}
        for column, cell in enumerate(header.cells):
            words = cells.words_of(cell)
            if not words:
                continue
            heading = headings.read(words, self.reader.shape, self.reader.own)
            if heading is None:
                self._unknown(header.number, column, words)
                continue
            self.columns[column] = heading
            meant = heading.path or heading.role
            if meant in seen and heading.role not in (Role.LEFT, Role.PLAN, Role.NOTE):
                self._say(
                    header.number, column, f"means the same as {seen[meant]}; keep one of the two columns"
                )
            seen.setdefault(meant, f"column {letter(column)} ({words})")
        self._nameless(header)

    def _unknown(self, row: int, column: int, words: str) -> None:
        self.columns[column] = Heading(words, role=Role.NOTE)
        if not any(one[column] not in (None, "") for one in self.table.rows if one.number > row):
            return
        guess = headings.guess(words, self.reader.shape)
        hint = f"did you mean {guess}?" if guess else "rename it"
        notes = " or begin it with “note ” if it is for yourselves" if self.reader.of_posts else ""
        self._say(row, column, f"this heading is not known; {hint}{notes}")

    def _nameless(self, header: Row) -> None:
        for row in self.table.rows:
            if row.number <= header.number:
                continue
            for column, cell in enumerate(row.cells):
                if column not in self.columns and cell not in (None, "") and str(cell).strip():
                    self.columns[column] = Heading("", role=Role.NOTE)
                    self._say(
                        row.number, column, "something stands here, but its column has no heading; name it"
                    )

    # ---- days and times

    def _days(self, body: Sequence[Row]) -> None:
        columns = [n for n, one in self.columns.items() if _is_day(one)]
        written = [row[n] for row in body for n in columns]
        try:
            self.orders = dates.orders(written, self.reader.order)
        except dates.NotCertain as error:
            self._say(0, columns[0], f"{error}; or say which with --dates")
            return
        if note := self.orders.note(written):
            self.notes.append(note)
        figures = [one for one in written if isinstance(one, str) and dates.in_figures(one)]
        real = [one for one in written if hasattr(one, "year")]
        if figures and real and self.reader.order is None:
            self._say(
                0,
                columns[0],
                f"some days are dates of the sheet ({real[0]:%Y-%m-%d}), some are text (“{figures[0]}”): the "
                "spreadsheet program may have swapped day and month in the first; look, then say --dates",
            )

    def _when(self, row: Row, value: dict[str, Any], places: dict[str, Span]) -> None:
        """The post's `when`, from the columns that tell of days, times and zones."""
        moments = self._moments(row)
        if not moments:
            return
        first = next(iter(moments))
        try:
            zone, local = self._zone(row, moments.values())
            words = dates.when(list(moments.values()), zone, local, self.reader.zone)
        except zones.Unclear as error:
            self._say(row.number, error.column, str(error))
            return
        except ValueError as error:
            self._say(row.number, first, str(error))
            return
        if words:
            value["when"] = words
            places["when"] = self._span(row, first)

    def _moments(self, row: Row) -> dict[int, dates.Moment]:
        """What each column of days and times says, by its number; nothing where one cannot be read."""
        moments: dict[int, dates.Moment] = {}
        for column, heading in self.columns.items():
            cell = row[column]
            if not _is_time(heading) or cells.words_of(cell) in ("", *cells.TAKEN_OUT):
                continue
            try:
                moments[column] = dates.read(
                    cells.words_of(cell) if isinstance(cell, str) else cell, self.orders
                )
            except dates.NotCertain as error:
                self._say(row.number, column, f"{error}; say which with --dates dmy or --dates mdy")
                return {}
            except ValueError as error:
                self._say(row.number, column, str(error))
                return {}
        return moments

    def _headed(self) -> list[zones.Named]:
        """Columns of days and times whose headings name a zone."""
        return [(n, one.zone) for n, one in self.columns.items() if one.zone and _is_time(one)]

    def _two_zones(self, header: Row) -> None:
        """Of two zones in the headings the second is told there, once, and not in every row."""
        try:
            zones.one(self._headed())
        except zones.Two as error:
            self._say(header.number, error.column, str(error))
            self.columns[error.column] = replace(self.columns[error.column], zone=None)
        except zones.Unclear:
            pass  # each row tells it

    def _zone(self, row: Row, moments: Collection[dates.Moment]) -> tuple[ZoneInfo | None, bool]:
        """The zone of the row's times (None: the campaign's), and whether it is `local`. Raises Unclear."""
        written = ((n, cells.words_of(row[n])) for n, one in self.columns.items() if one.role is Role.ZONE)
        named = [*self._headed(), *((n, words) for n, words in written if words)]
        offset = next((one.offset for one in moments if one.offset is not None), None)
        zone = zones.one(named)
        if not named and offset is None and self.tool:
            zone = self.reader.uploaded
        local = bool(named) and zone is None
        self.zones.named |= bool(named) or offset is not None
        if any(one.day for one in moments) and not (local or any(one.local for one in moments)):
            plain = (zone or self.reader.zone).key
            self.zones.add(plain if offset is None else dates.named(offset), row.number)
        return zone, local

    # ---- rows

    def _span(self, row: Row, column: int) -> Span:
        return Span(self.table.name, row.number, column + 1)

    def _item(self, row: Row) -> Item | None:
        value: dict[str, Any] = {}
        places: dict[str, Span] = {"": Span(self.table.name, row.number, 0)}
        removed: list[Path] = []
        before = len(self.remarks)
        if self.reader.of_posts:
            self._when(row, value, places)
        for column, heading in sorted(self.columns.items(), key=lambda one: len(one[1].path)):
            cell = row[column]
            if cell is None or cell == "":
                continue
            if heading.role is Role.LEFT:
                self.left[column] = self.left.get(column, 0) + 1
            if heading.role is Role.DATE and str(cell).strip() in cells.TAKEN_OUT:
                removed.append(("when",))
            if not heading.path:
                continue
            if (wrong := cells.unwanted(cell)) is not None:
                self._say(row.number, column, wrong)
            elif str(cell).strip() in cells.TAKEN_OUT:
                removed.append(heading.path)
            elif not (self.reader.of_posts and heading.path == ("when",)) and cells.words_of(cell):
                self._put(value, heading.path, cell, row, column, places)
        self._alts(row, value, places)
        if not value and not removed and len(self.remarks) == before:
            return None
        return Item(row.number, value, tuple(removed), places)

    def _put(
        self, value: dict[str, Any], path: Path, cell: Any, row: Row, column: int, places: dict[str, Span]
    ) -> None:
        shape = self.reader.shape.at(path)
        assert shape is not None
        says_none = isinstance(cell, str) and cell.strip().casefold() == cells.NONE
        meant: Any
        if shape.leaf is not None and not (says_none and shape.each is not None and not shape.leaf.choices):
            meant = cells.value(cell, shape.leaf)
            if shape.each is not None and _by_language(path):
                path = (*path, self.reader.own[0])
        elif shape.leaf is not None and shape.leaf.many:
            meant = []
        elif says_none:
            meant = {} if shape.each is not None else []
        else:
            meant = self._several(path, cell)
            if meant is None:
                self._say(
                    row.number,
                    column,
                    "this column stands for several things; number it, such as sources 1 title",
                )
                return
        merging.put(value, path, meant)
        span = self._span(row, column)
        for end in range(1, len(path) + 1):
            places.setdefault(".".join(map(str, path[:end])), span)
            places.setdefault(".".join(map(str, (*path[: end - 1], f"~{path[end - 1]}"))), span)
        places[".".join(map(str, path))] = span

    def _several(self, path: Path, cell: Any) -> list[Any] | None:
        """A whole list in one cell: pictures by their files, parts of a thread with || between them."""
        words = cells.words_of(cell)
        if path[-1] == "images":
            return merging.Whole({"file": file} for file in cells.value(cell, Leaf(many=True)))
        if path[-1] == "thread":
            parts = (part.strip() for part in words.split("||"))
            return merging.Whole({"text": {self.reader.own[0]: part}} for part in parts if part)
        return None

    def _alts(self, row: Row, value: dict[str, Any], places: dict[str, Span]) -> None:
        """One column with the alt texts of all pictures; of the card, where the row has no picture."""
        column = next(
            (
                n
                for n, one in self.columns.items()
                if one.role is Role.ALTS and cells.words_of(row[n]) not in ("", *cells.TAKEN_OUT)
            ),
            None,
        )
        if column is None:
            return
        language, parts = self.reader.own[0], [one.strip() for one in cells.words_of(row[column]).split("||")]
        pictures = value.get("images", [])
        if not pictures:
            value.setdefault("alt", {})[language] = " ".join(part for part in parts if part)
            places.setdefault("alt", self._span(row, column))
            return
        if len(parts) > len(pictures):
            self._say(
                row.number,
                column,
                f"{len(parts)} alt texts for {len(pictures)} pictures; || parts two of them",
            )
        for picture, words in zip(pictures, parts, strict=False):
            if words:
                picture.setdefault("alt", {})[language] = words

    def _told(self) -> None:
        """What a person should know of the whole sheet."""
        for column, count in self.left.items():
            words = self.columns[column].words.strip()
            self.notes.append(
                f"Column {letter(column)} ({words}) is left out, in {_rows(count)}: posts have no such thing."
            )
        uploaded = (self.reader.uploaded or self.reader.zone).key if self.tool else None
        if note := self.zones.note(self.reader.zone.key, uploaded):
            self.notes.append(note)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _is_day(heading: Heading) -> bool:
    return heading.role is Role.DATE or heading.path == ("when",)


def _is_time(heading: Heading) -> bool:
    return _is_day(heading) or heading.role is Role.TIME


def _by_language(path: Path) -> bool:
    """Whether one value alone means the first language; hashtags and links hold for all of them."""
    named = next((step for step in reversed(path) if isinstance(step, str)), "")
    return named not in ("hashtags", "link", "use")
