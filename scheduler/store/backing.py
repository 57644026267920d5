"""What the store needs of a database, whichever it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from scheduler.store.pace import Pace
from scheduler.store.place import Place

SHARED = ("postgresql", "postgresql+psycopg")
"""How addresses of a database begin that several machines may use at once."""


class Backing(Protocol):
    """Transactions on one database. Every method raises StoreError where it cannot be used."""

    folder: Path
    """This machine's own data folder: cards, outbox, journal."""

    pace: Pace
    """How long commits take."""

    @property
    def is_shared(self) -> bool:
        """Whether several machines work on it at once."""

    def read(self) -> AbstractContextManager[sa.Connection]:
        """One consistent snapshot; never waits for a writer."""

    def ask(self, *, first: bool = False) -> AbstractContextManager[sa.Connection]:
        """As `read`, for frequent questions; `first`: for those of every second, past all others."""

    def write(self) -> AbstractContextManager[sa.Connection]:
        """A transaction beside which nobody else writes; committed at its end or not at all."""

    def share(self, *, first: bool = False) -> AbstractContextManager[sa.Connection]:
        """As `write`, for what is short and about one channel, which it locks, or about no delivery at all.

        `first`: before those who only write down what came of it.
        """

    moved: Callable[[], None]
    """Called, before anything is written, where this has become another database than it was."""

    def on_duty(self, name: str, *, at_once: bool = False) -> bool:
        """Whether this machine is the one that does what only one may do: prepare, tell people, look. The
        answer may be a second old, but not where it is asked for `at_once`.
        """

    def clock(self) -> datetime | None:
        """The clock that all machines go by; None: each by its own."""

    def go_by_its_clock(self) -> None:
        """From now on that clock decides about leases and what is due."""

    def now(self, connection: sa.Connection, now: datetime) -> datetime:
        """The moment that counts for leases and what is due; `now` is this machine's."""

    def moment(self, connection: sa.Connection, otherwise: Callable[[], datetime]) -> Callable[[], datetime]:
        """As `now`, asked in the order of the transaction and answered when it is called; `otherwise` is this
        machine's.
        """

    def place(self, connection: sa.Connection) -> Place:
        """Where this database is, to see later whether it still is that one."""

    def changes(self) -> int:
        """Another number after each commit, whoever made it."""

    def require_room(self) -> None:
        """Raise StoreError where what would be sent could not be recorded."""

    def check(self) -> None:
        """Raise StoreError where the database is damaged."""

    def backup(self, folder: Path, now: datetime, name: str | None = None) -> Path:
        """See Store.backup."""

    def copy(self, folder: Path) -> Path:
        """The whole database, as of now, as a file of SQLite's in `folder`."""

    def close(self) -> None: ...
