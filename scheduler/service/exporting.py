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
    stand, for tools that fetch them. `replace`: over a sheet that is there. `uncleared`: also what may not go
    out yet.
    """

    campaigning: Campaigning
    now: datetime
    out: Path | None = None
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    images_at: str | None = None
    replace: bool = False
    uncleared: bool = False

    def file(self, name: str) -> Path:
        """The file to write: the one asked for, or `name` in the folder asked for. Raises InputError for a
        name of another ending: nobody's config.yaml becomes a calendar.
        """
        path = self.out if self.out is not None else Path(name)
        if path.is_dir():
            path = path / name
        ending = Path(name).suffix
        if path.suffix != ending:
            raise InputError(f"--out {path}: this kind is one file; name it with {ending}")
        return path

    def folder(self, name: str) -> Path:
        """The folder to write into. Raises InputError for what is, or is named like, a file."""
        path = self.out if self.out is not None else Path(name)
        if path.is_file() or (path.suffix and not path.is_dir()):
            raise InputError(f"--out {path}: this kind is several files; name a folder")
        return path

    def prepared(self) -> Preparation:
        """The whole campaign with its messages and pictures."""
        return self.campaigning.prepare(self.now)


@dataclass(frozen=True)
class Written:
    """The files (or folders) that were written, and what a person should know about them."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


_WITH_PICTURES = ("buffer", "publer")
_FOR_PEOPLE = ("csv", "xlsx", "template")
"""Sheets in which people write on: one that is there may hold a day's work."""


def _table(name: str) -> Callable[[Asked], Written]:
    """One of the tables; openpyxl and the rest are imported when one is asked for."""

    def write(asked: Asked) -> Written:
        from scheduler.service import tabulating

        if asked.languages:
            raise InputError("This kind holds every language; leave --language out")
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
    for option, said, kinds in (
        ("--images-at", asked.images_at is not None, (*_WITH_PICTURES, "ics")),
        ("--uncleared", asked.uncleared, _WITH_PICTURES),
        ("--replace", asked.replace, _FOR_PEOPLE),
    ):
        if said and kind not in kinds:
            raise InputError(f"{option} is for {', '.join(kinds)}; leave it out")
    return KINDS[kind](asked)
