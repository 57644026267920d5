"""What every delivery asks of PostgreSQL, several statements at a time, each built once and planned once.

    share: [BEGIN, lock, channel] ─▶ [row] ─▶ rules ─▶ [UPDATE, INSERT, COMMIT]   [ ]: once there and back

SQLAlchemy and the driver take longer over a statement than the server over its work. Here what is marked as
frequent (`schema.often`) goes straight to PostgreSQL's own library; all else goes through them, in the same
transaction.
"""

import itertools
import re
import select
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import errors, pq
from psycopg.pq.abc import PGresult
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from scheduler.store import schema

DIALECT: sa.Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
READ_BY_TYPE: Mapping[int, Callable[[bytes], Any]] = {
    16: lambda text: text == b"t",  # boolean
    **dict.fromkeys((20, 21, 23), int),
    1700: lambda text: Decimal(text.decode()),  # sums of whole numbers
    **dict.fromkeys((25, 1043), bytes.decode),
    2278: lambda text: None,  # of a function that answers nothing
}
"""How a value comes over the wire, by PostgreSQL's number of its type."""

ANSWER_SECONDS = 75.0
"""For the next piece of an answer: longer than the server gives a statement. Whoever still waits then waits
for a session that stands still, and would for ever: the system at the other end confirms that it is there.
"""

FINE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_NUMBERS = itertools.count()
_VALUE = re.compile(r"\$(\d+)(::\w+)?")

Convert = Callable[[Any], Any] | None


def _written(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    text = str(value).encode()
    if b"\0" in text:
        # The library would take it for the end of the text.
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


class Built:
    """A statement as the server gets it: its text, how its values are written, and how its answer is read."""

    def __init__(
        self, text: str, values: Sequence[tuple[str, Any, Convert]], types: Mapping[str, Convert]
    ) -> None:
        self.text, self._values, self._types = text.encode(), values, types
        self._row: Any = None
        self._readers: Sequence[tuple[int, Callable[[bytes], Any]]] = ()

    @classmethod
    def of(cls, statement: Any, given: Sequence[str]) -> "Built":
        """Of one of SQLAlchemy's, with the names of the values it will be given."""
        made = statement.compile(dialect=DIALECT, column_keys=list(given) or None)
        order, usual = list(made.positiontup or ()), made.params
        bound = [name for name in order if name in given or not isinstance(usual[name], int)]

        def in_place(found: re.Match[str]) -> str:
            # The planner is to see that one row is wanted, or the first part.
            name = order[int(found[1]) - 1]
            return f"${bound.index(name) + 1}{found[2] or ''}" if name in bound else str(usual[name])

        text = _VALUE.sub(in_place, str(made))
        writers = {name: _converter(bind.type, "bind_processor") for name, bind in made.binds.items()}
        values = [(name, usual[name], writers[name]) for name in bound]
        columns = statement.selected_columns if statement.is_select else ()
        types = {column.name: _converter(column.type, "result_processor", None) for column in columns}
        return cls(text, values, types)

    @classmethod
    def plain(cls, text: str) -> "Built":
        """Of SQL with %s for each value."""
        count = text.count("%s")
        for number in range(1, count + 1):
            text = text.replace("%s", f"${number}", 1)
        return cls(text, [(str(number), None, None) for number in range(count)], {})

    def bound(self, given: Mapping[str, Any]) -> list[bytes | None]:
        """The values in their order, as text."""
        found = ((given.get(name, usual), write) for name, usual, write in self._values)
        return [_written(value if write is None else write(value)) for value, write in found]

    def rows(self, answer: PGresult) -> list[list[Any]]:
        if not self._readers:
            self._learn(answer)
        return [
            [self._cell(answer, row, *reader) for reader in self._readers] for row in range(answer.ntuples)
        ]

    @staticmethod
    def _cell(answer: PGresult, row: int, column: int, read: Callable[[bytes], Any]) -> Any:
        text = answer.get_value(row, column)
        return None if text is None else read(text)

    def named(self, values: Sequence[Any]) -> Any:
        return self._row(*values)

    def _learn(self, answer: PGresult) -> None:
        count = range(answer.nfields)
        names = [(answer.fname(column) or b"").decode() for column in count]
        # What has no name of its own is read by its place.
        self._row = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        plain = (READ_BY_TYPE[answer.ftype(column)] for column in count)
        self._readers = [
            (column, _then(base, self._types.get(name)))
            for column, (name, base) in enumerate(zip(names, plain, strict=True))
        ]


def _converter(kind: Any, which: str, *more: Any) -> Convert:
    found: Convert = getattr(kind.dialect_impl(DIALECT), which)(DIALECT, *more)
    return found


def _then(base: Callable[[bytes], Any], convert: Convert) -> Callable[[bytes], Any]:
    return base if convert is None else lambda text: convert(base(text))


class Found:
    """What a statement answered; as much of SQLAlchemy's Result as the steps of a delivery use."""

    def __init__(self, wire: "Wire", built: Built) -> None:
        self._wire, self.built = wire, built
        self.answer: PGresult | None = None

    @property
    def _here(self) -> PGresult:
        """Fetched now, where it was not yet."""
        if self.answer is None:
            self._wire.flush()
        assert self.answer is not None
        return self.answer

    @property
    def rowcount(self) -> int:
        return self._here.command_tuples or 0

    @property
    def returns_rows(self) -> bool:
        return self._here.status == pq.ExecStatus.TUPLES_OK

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def all(self) -> list[Any]:
        return [self.built.named(values) for values in self.built.rows(self._here)]

    def one_or_none(self) -> Any:
        rows = self.built.rows(self._here)
        if len(rows) > 1:
            raise sa.exc.MultipleResultsFound("more than one row where one was expected")
        return self.built.named(rows[0]) if rows else None

    def one(self) -> Any:
        if (row := self.one_or_none()) is None:
            raise sa.exc.NoResultFound("no row where one was expected")
        return row

    def scalar(self) -> Any:
        rows = self.built.rows(self._here)
        return rows[0][0] if rows else None

    def scalars(self) -> list[Any]:
        return [values[0] for values in self.built.rows(self._here)]


_BUILT: dict[tuple[int, tuple[str, ...]], Built] = {}
_PLAIN: dict[str, Built] = {}
_COMMIT = Built.plain("COMMIT")


class Wire:
    """One transaction on a connection of SQLAlchemy's, and used in its place.

    What is not marked as frequent it hands on. Writing is sent when something is to be read, or at the end,
    and what is wrong with it is told then; nothing counts before `commit` has come back. `note` is told how
    many seconds that took.
    """

    def __init__(
        self,
        connection: sa.Connection,
        *opening: tuple[str, tuple[Any, ...]],
        note: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._plain, self._note = connection, note
        self._link: Any = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
        self._names: dict[Built, bytes] = connection.info.setdefault("built", {})
        self._sent: list[tuple[Found | None, Built, bytes]] = []
        for text, values in opening:
            self.exec_driver_sql(text, values)

    @property
    def dialect(self) -> sa.Dialect:
        return self._plain.dialect

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Committed at its end, or not at all."""
        try:
            yield cast(sa.Connection, self)
            self.commit()
        except BaseException:
            self.roll_back()
            raise

    # -- as SQLAlchemy's connection

    def execute(self, statement: Any, parameters: Any = None) -> Any:
        if not schema.is_frequent(statement) or isinstance(parameters, list):
            self.flush()
            return self._plain.execute(statement, parameters)
        given = parameters or {}
        known = (id(statement), tuple(given))
        if (built := _BUILT.get(known)) is None:
            built = _BUILT[known] = Built.of(statement, known[1])
        return self._send(built, given)

    def scalar(self, statement: Any, parameters: Any = None) -> Any:
        return self.execute(statement, parameters).scalar()

    def scalars(self, statement: Any, parameters: Any = None) -> Any:
        return self.execute(statement, parameters).scalars()

    def exec_driver_sql(self, text: str, values: Sequence[Any] = ()) -> Found:
        if (built := _PLAIN.get(text)) is None:
            built = _PLAIN[text] = Built.plain(text)
        return self._send(built, {str(number): value for number, value in enumerate(values)})

    def __getattr__(self, name: str) -> Any:
        self.flush()
        return getattr(self._plain, name)

    # -- there and back

    def _send(self, built: Built, given: Mapping[str, Any]) -> Found:
        values = built.bound(given)
        if not self._sent:
            self._link.enter_pipeline_mode()
        name = self._names.get(built)
        if name is None:
            name = b"wire%d" % next(_NUMBERS)
            self._link.send_prepare(name, built.text)
            self._sent.append((None, built, name))
        found = Found(self, built)
        self._link.send_query_prepared(name, values)
        self._sent.append((found, built, name))
        return found

    def flush(self) -> None:
        """Everything that was sent is done. Raises SQLAlchemy's error for the first that failed."""
        sent, self._sent = self._sent, []
        if not sent:
            return
        self._link.pipeline_sync()
        failed: tuple[Built, PGresult] | None = None
        for found, built, name in sent:
            answer = self._next()
            if answer.status not in FINE:
                failed = failed or (built, answer)
            elif found is None:
                self._names[built] = name
            else:
                found.answer = answer
        self._result()
        self._link.exit_pipeline_mode()
        if failed is not None:
            raise _error(failed[0], errors.error_from_result(failed[1]))

    def _next(self) -> PGresult:
        """What the next statement answered, or that everything is done."""
        answer = self._result()
        if answer is None:
            raise psycopg.OperationalError("the connection is lost")
        while answer.status != pq.ExecStatus.PIPELINE_SYNC and self._link.get_result() is not None:
            pass  # the end of a statement's answer comes with it
        return answer

    def _result(self) -> PGresult | None:
        """The next answer. The library itself, waiting for it, would let no other thread of the process go
        on, also not the one whose lock the server waits for. To ask whether it is here lets the others go on
        every time, and costs more than all else where many wait to go on: so no oftener than need be.
        """
        link = self._link
        # Sent first: what has come while sending would not be announced again.
        while (is_unsent := link.flush() == 1) or link.is_busy():
            if not _wait_until(link.socket, to_write=is_unsent):
                # Nobody will ever know what came of it here, as with a cut line.
                link.finish()
                raise psycopg.OperationalError(f"no answer for {ANSWER_SECONDS:g} s")
            link.consume_input()
        answer: PGresult | None = link.get_result()
        return answer

    def commit(self) -> None:
        """Raises where it was not, or nobody knows whether it was."""
        found, began = self._send(_COMMIT, {}), time.monotonic()
        self.flush()
        self._note(time.monotonic() - began)
        if found.answer is None or found.answer.command_status != b"COMMIT":
            raise psycopg.OperationalError("the server did not commit the transaction")

    def roll_back(self) -> None:
        """After whatever failure: a connection that cannot begin anew is let go, and all that are like it."""
        try:
            self._leave_pipeline()
            self._link.exec_(b"ROLLBACK")
            is_well = self._link.transaction_status == pq.TransactionStatus.IDLE
        except psycopg.Error:
            is_well = False
        if not is_well:
            with suppress(SQLAlchemyError):
                # It finds the connection broken, and SQLAlchemy lets go of the others too.
                self._plain.exec_driver_sql("SELECT 1")
            with suppress(SQLAlchemyError):
                self._plain.invalidate()

    def _leave_pipeline(self) -> None:
        """Fetch what is still to come."""
        if self._link.pipeline_status == pq.PipelineStatus.OFF:
            return
        if self._sent:
            self._sent = []
            self._link.pipeline_sync()
        is_over = False
        while not is_over:
            answer = self._result()
            if self._link.status != pq.ConnStatus.OK:
                return
            is_over = answer is not None and answer.status == pq.ExecStatus.PIPELINE_SYNC
        self._link.exit_pipeline_mode()


def _wait_until(socket: int, *, to_write: bool) -> bool:
    """Whether something has come, or can be sent, on a socket before it is too late."""
    if not hasattr(select, "poll"):
        return any(select.select([socket], [socket] if to_write else [], [], ANSWER_SECONDS))
    one = select.poll()
    one.register(socket, select.POLLIN | (select.POLLOUT if to_write else 0))
    return bool(one.poll(ANSWER_SECONDS * 1000))


def _error(built: Built, error: psycopg.Error) -> BaseException:
    return DBAPIError.instance(built.text.decode(), None, error, psycopg.Error, dialect=DIALECT)
