"""Writing a campaign in other forms: which kinds there are, and where each is put."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import InputError
from scheduler.service.opening import Campaigning

if TYPE_CHECKING:
    from scheduler.prepare import Preparation


@dataclass(frozen=True)
class Asked:
    """What somebody asked to be written, and where; `out` None takes the kind's own name in this folder.

    `channels` and `languages` empty mean all of them. `images_at` is the public address below which pictures
    stand, for tools that fetch them.
    """

    campaigning: Campaigning
    now: datetime
    out: Path | None = None
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    images_at: str | None = None

    def place(self, name: str) -> Path:
        """The file or folder to write: the one asked for, or `name` in the folder one stands in."""
        return self.out if self.out is not None else Path(name)

    def prepared(self) -> Preparation:
        """The whole campaign with its messages and pictures."""
        return self.campaigning.prepare(self.now)


@dataclass(frozen=True)
class Written:
    """The files (or folders) that were written, and what a person should know about them."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


_WITH_PICTURES = ("buffer", "publer")


def _table(name: str) -> Callable[[Asked], Written]:
    """One of the tables; openpyxl and the rest are imported when one is asked for."""

    def write(asked: Asked) -> Written:
        from scheduler.service import tabulating

        if asked.languages:
            raise InputError("This kind holds every language; leave --language out")
        if asked.images_at is not None and name not in _WITH_PICTURES:
            raise InputError(f"--images-at is for {' and '.join(_WITH_PICTURES)}; leave it out")
        done: Written = getattr(tabulating, name)(asked)
        return done

    return write


def _by_hand(name: str) -> Callable[[Asked], Written]:
    """What is handed out to people; its module is imported when it is asked for."""

    def write(asked: Asked) -> Written:
        from scheduler.service import handing_out

        done: Written = getattr(handing_out, name)(asked)
        return done

    return write


KINDS: dict[str, Callable[[Asked], Written]] = {
    "csv": _table("csv"),
    "xlsx": _table("xlsx"),
    "template": _table("empty"),
    "buffer": _table("buffer"),
    "publer": _table("publer"),
    "json": _table("as_json"),
    **{name: _by_hand(name) for name in ("ics", "letters", "pack", "site")},
}
"""What `export` can write, in the order `--help` shows. Each refuses with InputError before it writes."""


def export(kind: str, asked: Asked) -> Written:
    """Write one kind. Raises InputError for an unknown channel or language, RunError if it cannot write."""
    config = asked.campaigning.config
    for word, given, known in (
        ("channel", asked.channels, tuple(config.channels)),
        ("language", asked.languages, config.campaign.languages),
    ):
        for name in given:
            if name not in known:
                raise InputError(f"There is no {word} “{name}”. There is: {', '.join(known)}")
    return KINDS[kind](asked)
