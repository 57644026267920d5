"""What a database says of itself where nobody may work with it: it has moved away, or has not quite arrived.

Marks stand in `meta`, so that whoever opens the database, also by an old config, reads them first.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.store import notices


class Mark(StrEnum):
    AWAY = "moved-away"
    ARRIVING = "moving-in"


@dataclass(frozen=True)
class Move:
    """One move of everything: its number, the databases in words, when it was begun (ISO 8601, UTC)."""

    number: str
    source: str
    target: str
    at: str
    command: str

    @classmethod
    def of(cls, value: Any) -> "Move":
        return cls(**value)


def put(connection: sa.Connection, mark: Mark, move: Move) -> None:
    notices.remember(connection, mark, asdict(move))


def take_off(connection: sa.Connection, mark: Mark) -> None:
    notices.forget(connection, mark)


def found(connection: sa.Connection, mark: Mark) -> Move | None:
    """The mark, where it stands; the tables must be there."""
    value = notices.recall(connection, mark)
    return None if value is None else Move.of(value)


def as_text(move: Move) -> str:
    """As it stands in the table."""
    return json.dumps(asdict(move))


def require_here(connection: sa.Connection, where: str) -> None:
    """Raise StoreError where the database is not to be worked with."""
    query = sa.text("SELECT name, value FROM meta WHERE name IN ('moved-away', 'moving-in')")
    for name, value in connection.execute(query):
        raise StoreError(refusal(name, value, where))


def refusal(name: str, value: str, where: str) -> str:
    """Why nobody may work with it, and what to do; `value` as it stands in the table."""
    move = Move.of(json.loads(value))
    if name == Mark.ARRIVING:
        words = "moving everything here was interrupted, so nothing is sent; do it again"
        return f"{where}: {words}: {move.command}"
    day = datetime.fromisoformat(move.at)
    return (
        f"{where}: this campaign has moved to {move.target} ({day:%d %b %Y %H:%M} UTC), so nothing is sent "
        "from here; name that one in config.yaml (store), or, should the move have been interrupted, do it "
        f"again: {move.command}"
    )
