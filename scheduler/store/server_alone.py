"""A PostgreSQL schema for one program alone: to replace all that is in it, or to take it elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scheduler.errors import StoreError
from scheduler.store import marks, migrations, moving, postgres_session, postgres_trouble, restoring
from scheduler.store.restoring import Restored


class Alone:
    """The schema while nobody else has a session on it."""

    def __init__(self, where: str, engine: sa.Engine) -> None:
        self.where, self._engine = where, engine

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Committed at its end or not at all. Raises StoreError."""
        with _in_words(self.where), self._engine.begin() as connection:
            yield connection


@contextmanager
def alone(url: sa.URL) -> Iterator[Alone]:
    """The schema for ourselves while the block runs. Raises LockError naming who else has a session there,
    StoreError where the server cannot be used.
    """
    where = postgres_trouble.named(url)
    # One connection, kept: it is what holds the lock.
    engine = sa.create_engine(
        url, connect_args=postgres_session.ARGUMENTS, pool_size=1, max_overflow=0, pool_timeout=1
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: object, _record: object) -> None:
        postgres_session.begin(connection, where, alone=True)

    try:
        with _in_words(where), engine.connect() as connection:
            if connection.exec_driver_sql("SELECT current_schema()").scalar() is None:
                raise StoreError(f"{where}: there is no schema this user may use; ask for one")
        yield Alone(where, engine)
    finally:
        engine.dispose()


@contextmanager
def _in_words(where: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StoreError(postgres_trouble.words(error, where)) from None
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise  # of the other database
        raise StoreError(postgres_trouble.words(error, where)) from None


def restore(folder: Path, url: sa.URL, file: Path, now: datetime) -> Restored:
    """Make the backup `file` all that is on the server; nobody may be at work there. What was there is kept
    as a file in the data folder's backups.

    Raises as restoring.restore does; then the server has what it had.
    """
    restoring.require_file(file, folder)
    restoring.make(folder)
    with (
        restoring.at_rest(folder, now, "restore"),
        restoring.made_ready(file, folder, now) as (ready, version),
        alone(url) as server,
        server.transaction() as connection,
    ):
        aside = _kept(connection, server.where, folder, now)
        moving.clear(connection)
        with moving.of_file(ready) as source:
            moving.carry(source, connection)
    return Restored(server.where, aside, version)


def _kept(connection: sa.Connection, where: str, folder: Path, now: datetime) -> Path | None:
    """What is there, as a file; None where there is nothing. Raises StoreError for what has moved away."""
    if not migrations.version(connection):
        return None
    marks.require_here(connection, where)
    return moving.as_file(connection, restoring.name_aside(folder, now), now)
