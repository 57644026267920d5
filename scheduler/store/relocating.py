"""The whole campaign from a file to a server or back: all of it or nothing, and never two to publish from.

First the new database is complete, and says that its arrival is not over; then the old one says that it has
moved; then the new one may be used. Whatever is cut off in between is finished by doing it again.
"""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from scheduler.errors import InputError, NothingThere, StoreError
from scheduler.model import Mode
from scheduler.store import (
    backup,
    chain,
    filesystem,
    marks,
    migrations,
    moving,
    notices,
    postgres_session,
    restoring,
)
from scheduler.store.connect import FILE, RESTORING
from scheduler.store.marks import Mark, Move
from scheduler.store.moving import Moved
from scheduler.store.place import Home, Place
from scheduler.store.server_alone import Alone, alone

CHAINED = migrations.STEPS.index(migrations.TRUST) + 1
WHAT_COUNTS = ("deliveries", "approvals", "answers", "audit", "holds", "attempts", "slots")
"""Tables in which a row is something that people or a scheduler have left: such a database is not empty."""


Filled = Callable[[sa.Connection, Callable[[], Place]], None]
"""Writes everything into a database without tables; told how to ask where that is, once they are there."""


@dataclass(frozen=True)
class Relocated:
    """What was moved: rows by table before and after, and the SHA-256 that was equal in both; `aside` is
    where something that had moved away earlier is kept. `finished`: an earlier move was only brought to its
    end.
    """

    source: str
    target: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    digest: str
    aside: Path | None = None
    finished: bool = False


class Side(Protocol):
    """One of the two databases, while nobody else works with it."""

    where: str

    def leaving(self) -> AbstractContextManager[sa.Connection]:
        """One transaction, in which nobody else writes."""

    def place(self, connection: sa.Connection) -> Place: ...

    def take(self, filled: Filled, move: Move, now: datetime) -> Path | None:
        """Replace what is there by what `filled` writes; answers where that is kept, if it is worth it."""


class FileSide:
    """The file in a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / FILE
        self.where = str(self.path)

    @contextmanager
    def leaving(self) -> Iterator[sa.Connection]:
        if not self.path.exists():
            raise NothingThere(f"{self.path}: there is no database")
        with moving.of_file(self.path) as connection:
            yield connection

    def place(self, connection: sa.Connection) -> Home:
        return Home.of(self.path)

    def take(self, filled: Filled, move: Move, now: datetime) -> Path | None:
        ready = self.folder / f".moving.{os.getpid()}"
        try:
            ready.unlink(missing_ok=True)
            with moving.of_file(ready) as connection:
                # It keeps its number under its new name.
                filled(connection, lambda: replace(Home.of(ready), path=str(self.path.resolve())))
            moving.require_whole(ready)
            backup.on_disk(ready)
            return restoring.put_in_place(self.folder, ready, now, move.command)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written ({error.strerror})") from None
        finally:
            with suppress(OSError):
                ready.unlink(missing_ok=True)


class ServerSide:
    """A schema of a PostgreSQL server."""

    def __init__(self, server: Alone, folder: Path) -> None:
        self._server, self.folder, self.where = server, folder, server.where

    def leaving(self) -> AbstractContextManager[sa.Connection]:
        return self._server.transaction()

    def place(self, connection: sa.Connection) -> Place:
        return postgres_session.place(connection)[0]

    def take(self, filled: Filled, move: Move, now: datetime) -> Path | None:
        with self._server.transaction() as connection:
            aside = None
            if migrations.version(connection) and marks.found(connection, Mark.AWAY) is not None:
                aside = moving.as_file(connection, restoring.name_aside(self.folder, now), now)
            moving.clear(connection)
            filled(connection, lambda: self.place(connection))
        return aside


def to_server(folder: Path, url: sa.URL, now: datetime, who: str, command: str) -> Relocated:
    """Move the data folder's file to a server. Nobody may be at work on either.

    Raises InputError where there is nothing to move or the target is not empty, LockError naming who is at
    work, StoreError where a database cannot be used; then everything is where it was.
    """
    restoring.make(folder)
    with restoring.at_rest(folder, now, "migrate"), alone(url) as server:
        return _relocate(FileSide(folder), ServerSide(server, folder), now, who, command)


def to_file(folder: Path, url: sa.URL, now: datetime, who: str, command: str) -> Relocated:
    """As `to_server`, the other way round."""
    if (why := filesystem.refused(folder)) is not None:
        raise StoreError(f"{folder}: {why}")
    restoring.make(folder)
    with restoring.at_rest(folder, now, "migrate"), alone(url) as server:
        return _relocate(ServerSide(server, folder), FileSide(folder), now, who, command)


def _relocate(source: Side, target: Side, now: datetime, who: str, command: str) -> Relocated:
    _require_source(source)
    with source.leaving() as old:
        if not migrations.version(old):
            raise InputError(f"{source.where}: nothing is recorded here yet, so there is nothing to move")
        if (begun := marks.found(old, Mark.AWAY)) is not None:
            return _finish(source, target, old, begun)
        if marks.found(old, Mark.ARRIVING) is not None:
            marks.require_here(old, source.where)
        _require_room_for(target, source)
        move = Move(uuid.uuid4().hex, source.where, target.where, now.astimezone(UTC).isoformat(), command)
        done: list[Moved] = []
        aside = target.take(
            lambda new, there: done.append(_fill(source, old, new, there, move, who, now)), move, now
        )
        marks.put(old, Mark.AWAY, move)
        before = done[0].rows
    after = _arrived(target)
    return Relocated(source.where, target.where, before, after, done[0].digest, aside)


def _fill(
    source: Side,
    old: sa.Connection,
    new: sa.Connection,
    there: Callable[[], Place],
    move: Move,
    who: str,
    now: datetime,
) -> Moved:
    """Everything, what only the new one must know, and a line in its log."""
    moved = moving.carry(old, new)
    # Before that version the log was no chain; it has just been made one.
    was_whole = migrations.version(old) < CHAINED or chain.verify(old).whole
    if was_whole and not (verdict := chain.verify(new)).whole:
        raise StoreError(f"{source.where}: the log cannot be moved as it is: {verdict.broken}")
    here = source.place(old)
    for mode in Mode:
        # One that was moved or copied before, and has not been looked at since, is still to be looked at.
        name = f"{mode}.home"
        before = notices.recall(new, name)
        if before is not None and here.moved(before) is None:
            notices.remember(new, name, there().to_json())
    rows = moved.rows
    told = ", ".join(f"{rows.get(name, 0)} in {name}" for name in ("deliveries", "approvals", "audit"))
    chain.append(new, who, "migrate", move.target, f"from {move.source}: {told}; SHA-256 {moved.digest}", now)
    marks.put(new, Mark.ARRIVING, move)
    return moved


def _finish(source: Side, target: Side, old: sa.Connection, begun: Move) -> Relocated:
    """A move that was cut off after the old database had said that it has moved."""
    with suppress(StoreError), target.leaving() as new:
        arrived = marks.found(new, Mark.ARRIVING) if migrations.version(new) else None
        if arrived is not None and arrived.number == begun.number:
            before = moving.counts(old)
            marks.take_off(new, Mark.ARRIVING)
            return Relocated(source.where, target.where, before, moving.counts(new), "", None, True)
    raise InputError(marks.refusal(Mark.AWAY, marks.as_text(begun), source.where))


def _arrived(target: Side) -> dict[str, int]:
    with target.leaving() as new:
        marks.take_off(new, Mark.ARRIVING)
        return moving.counts(new)


def _require_source(source: Side) -> None:
    if isinstance(source, FileSide):
        if (source.folder / RESTORING).exists():
            raise StoreError(f"{source.folder}: a database was being put in its place; finish that first")
        if not source.path.exists():
            raise InputError(f"{source.where}: nothing is recorded here yet, so there is nothing to move")
        moving.require_whole(source.path)


def _require_room_for(target: Side, source: Side) -> None:
    """Raise InputError where the target has something that is not a move's own."""
    if isinstance(target, FileSide) and not target.path.exists():
        return
    with target.leaving() as new:
        version, rows = migrations.version(new), moving.counts(new)
        if not version:
            if rows:
                names = ", ".join(rows)
                raise InputError(
                    f"{target.where}: another program's tables are there ({names}); name another"
                )
            return
        arriving = marks.found(new, Mark.ARRIVING)
        if arriving is not None and arriving.source != source.where:
            # What it comes from may have said already that it has moved.
            marks.require_here(new, target.where)
        if arriving is not None or marks.found(new, Mark.AWAY) is not None:
            return
        if left := {name: rows[name] for name in WHAT_COUNTS if rows.get(name)}:
            told = ", ".join(f"{count} in {name}" for name, count in left.items())
            raise InputError(
                f"{target.where}: something is recorded there already ({told}); name an empty database; "
                "nothing was changed"
            )
