"""A PostgreSQL database that several machines work on at once: its locks, its clock, its durability."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scheduler.errors import NothingThere, StoreError
from scheduler.store import (
    backup,
    migrations,
    moving,
    postgres_session,
    postgres_trouble,
    schema,
    sharing,
    trouble,
)
from scheduler.store.duty import LEAVE_SECONDS, Duty
from scheduler.store.pace import Pace
from scheduler.store.place import Cluster
from scheduler.store.wire import Wire

CONNECTIONS, ASKING, READERS = 8, 2, 10
"""For all threads of a process together: for the steps of deliveries; for the questions of every second,
which must not stand behind what a thousand channels ask; and for all else. No thread needs two at
once, but for what is told when the server has become another one.
"""

_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

WAIT_SECONDS = 30
"""How long a thread waits for a connection of this process."""


class Postgres:
    """One schema of a PostgreSQL database.

    Whoever writes for one channel locks that channel's row; whoever writes anything else has the whole schema
    alone. So what a transaction has looked at is still so when it commits, as it is on SQLite.
    """

    is_shared = True

    def __init__(self, folder: Path, url: sa.URL, create: bool = True) -> None:
        self.folder = folder
        self.where = postgres_trouble.named(url)
        self.pace = Pace()
        self._by_its_clock = False
        self._known: tuple[Cluster, str] | None = None
        self._others_seen = self._others_told = 0
        self._telling, self._teller = threading.RLock(), 0
        self.moved: Callable[[], None] = lambda: None
        """Called where a new connection leads to another server, or to one started anew."""
        self._duty: Duty | None = None
        self._watching: Any = None
        self._watch = threading.Lock()
        _make(folder)
        self._engine = _engine(url, self._on_connect, READERS)
        self._steps = _engine(url, self._on_connect_for_steps, CONNECTIONS)
        self._asking = _engine(url, self._on_connect, ASKING)
        try:
            with self._translated():
                self._start(create)
        except BaseException:
            self.close()
            raise

    def _start(self, create: bool) -> None:
        with self._engine.connect() as connection:
            name = connection.exec_driver_sql("SELECT current_schema()").scalar()
        if name is None:
            raise StoreError(f"{self.where}: there is no schema this user may use; ask for one")
        self._number = sharing.number(str(name))
        self._duty = Duty(str(name), self._engine.connect)
        self._bring_up_to_date(create)

    def _bring_up_to_date(self, create: bool) -> None:
        # Most starts find the newest version; they must not wait for somebody else's write.
        with self.read() as connection:
            found = migrations.version(connection)
        if found == migrations.LATEST:
            return
        if found == 0 and not create:
            raise NothingThere(f"{self.where}: there is no database yet; `run` or `approve` makes one")
        with self.write() as connection:
            found = migrations.version(connection)
            self._require_known(found)
            if 0 < found < migrations.LATEST:
                name = f"scheduler-v{found}.db"
                moving.as_file(connection, self.folder / trouble.BACKUPS / name, None)
            migrations.migrate(connection, found)

    def _require_known(self, version: int) -> None:
        """Another machine may have brought the database up to date for a newer program, also while we run."""
        if version > migrations.LATEST:
            raise StoreError(
                f"{self.where}: made by a newer version of this program (database {version}, known "
                f"{migrations.LATEST}); update the program on this machine"
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a broken rule of ours is a bug, not a state of the server
        except (DBAPIError, psycopg.Error) as error:
            raise StoreError(postgres_trouble.words(error, self.where)) from None
        except (PoolTimeout, TimeoutError):
            raise StoreError(f"{self.where}: no answer for {WAIT_SECONDS} s; look at the server") from None

    # -- transactions

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent snapshot; never waits for a writer."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            self._translated(),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            # It bars nobody, so whoever reads may take long over what was read.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '10min'")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction beside which nobody else writes."""
        with self._translated(), self._connected() as connection, connection.begin():
            sharing.without_others(connection, self._number)
            yield connection

    @contextmanager
    def share(self, *, first: bool = False) -> Iterator[sa.Connection]:
        """A transaction beside others; it locks the channel it is about (see `sharing`)."""
        beside = (sharing.BESIDE_OTHERS, (sharing.OURS, self._number))
        with (
            self._translated(),
            self._connected(self._steps) as connection,
            Wire(connection, (_WRITING, ()), beside, note=self.pace.note).transaction() as wire,
        ):
            yield wire

    @contextmanager
    def ask(self, *, first: bool = False) -> Iterator[sa.Connection]:
        """As `read`, for frequent questions; `first`: for those of every second, past all others."""
        with (
            self._translated(),
            (self._asking if first else self._engine).connect() as connection,
            Wire(connection, (_READING, ())).transaction() as wire,
        ):
            yield wire

    # -- what the server says

    def go_by_its_clock(self) -> None:
        """From now on the server's clock decides about leases and what is due, whatever ours says."""
        self._by_its_clock = True

    def now(self, connection: sa.Connection, now: datetime) -> datetime:
        """The server's moment, also where this machine was asleep until just now."""
        return self.moment(connection, lambda: now)()

    def moment(self, connection: sa.Connection, otherwise: Callable[[], datetime]) -> Callable[[], datetime]:
        """See `now`; what goes to the server together is not waited for one by one."""
        if not self._by_its_clock:
            return otherwise
        asked = connection.exec_driver_sql(_CLOCK)
        return lambda: _read_as_moment(asked.scalar())

    def clock(self) -> datetime:
        """The server's clock, asked now."""
        with self.read() as connection:
            return read_clock(connection)

    def place(self, connection: sa.Connection) -> Cluster:
        """Which server, database and table this is."""
        found = postgres_session.place(connection)
        self._known = found
        return found[0]

    def _on_connect(self, connection: Any) -> None:
        postgres_session.begin(connection, self.where)
        if self._known is None:
            return  # nobody is about to send anything
        self._meet(postgres_session.place_of(connection))

    def _meet(self, found: tuple[Cluster, str]) -> None:
        if found != self._known:
            self._known, self._others_seen = found, self._others_seen + 1

    def _on_connect_for_steps(self, connection: Any) -> None:
        self._on_connect(connection)
        postgres_session.plan_once(connection)

    def _connected(self, engine: sa.Engine | None = None) -> sa.Connection:
        """A connection to the server we know; where it is another one, that was told first."""
        engine = engine or self._engine
        connection = engine.connect()
        if self._others_seen == self._others_told or self._teller == threading.get_ident():
            return connection
        connection.close()
        self._tell()
        return self._connected(engine)

    def _tell(self) -> None:
        """Whoever would write meanwhile waits until everything is prepared for what the server may lack."""
        with self._telling:
            if (seen := self._others_seen) == self._others_told:
                return
            self._teller = threading.get_ident()
            try:
                # A server that was replaced may go on answering those who were connected before.
                self._engine.dispose()
                self._steps.dispose()
                self._asking.dispose()
                self._stop_watching_it()
                self.moved()
                self._others_told = seen
            finally:
                self._teller = 0

    def _stop_watching_it(self) -> None:
        # A session that stands still is left to the end of this process.
        if self._watch.acquire(timeout=LEAVE_SECONDS):
            try:
                self._stop_watching()
            finally:
                self._watch.release()
        if self._duty is not None:
            self._duty.close()

    def on_duty(self, name: str, *, at_once: bool = False) -> bool:
        """Whether this machine is the one that does what only one may do."""
        return self._duty is not None and self._duty.has(name, at_once=at_once)

    def changes(self) -> int:
        """A number made of which transactions are over: another one after each commit, of any machine."""
        with self._translated(), self._watch:
            if self._watching is None:
                self._watching = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                return hash(self._watching.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar())
            except DBAPIError:
                self._stop_watching()
                raise

    def _stop_watching(self) -> None:
        watching, self._watching = self._watching, None
        if watching is not None:
            with suppress(SQLAlchemyError):
                watching.close()

    def require_room(self) -> None:
        """The server looks after its disk: what it cannot keep it refuses, and then nothing is sent. But what
        is there may have been replaced by a copy under our sessions; then that is told before anybody writes.
        """
        if self._known is None:
            return
        with self.read() as connection:
            self._meet(postgres_session.place(connection))
            self._require_known(migrations.version(connection))

    def check(self) -> None:
        """Raise StoreError where the server does not find our tables."""
        with self.read() as connection:
            connection.execute(sa.select(sa.func.count()).select_from(schema.meta)).scalar()

    def backup(self, folder: Path, now: datetime, name: str | None = None) -> Path:
        """See Store.backup: a file of SQLite's, which `restore` and `migrate` read."""
        target = folder / (name or f"scheduler-{backup.stamp(now)}.db")
        with self.read() as connection:
            moving.as_file(connection, target, now)
        if name is None and folder.resolve() == (self.folder / trouble.BACKUPS).resolve():
            backup.prune(folder, target)
        return target

    def copy(self, folder: Path) -> Path:
        """The whole database, as of now, as a file of SQLite's in `folder`."""
        with self.read() as connection:
            return moving.as_copy(connection, folder)

    def close(self) -> None:
        self._stop_watching_it()
        self._steps.dispose()
        self._asking.dispose()
        self._engine.dispose()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        advice = "choose another folder with --data or mend its permissions"
        raise StoreError(f"{folder}: cannot be used as data folder ({error.strerror}); {advice}") from None


_CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


def read_clock(connection: sa.Connection) -> datetime:
    """The server's clock at this moment, not at the transaction's beginning."""
    return _read_as_moment(connection.exec_driver_sql(_CLOCK).scalar())


def _read_as_moment(found: Any) -> datetime:
    return schema.EPOCH + timedelta(microseconds=int(found or 0))


def _engine(url: sa.URL, on_connect: Callable[[Any], None], size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args=postgres_session.ARGUMENTS,
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=WAIT_SECONDS,
    )
    sa.event.listen(engine, "connect", lambda connection, _record: on_connect(connection))
    return engine
