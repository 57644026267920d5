"""Taking a campaign from its file to a PostgreSQL server, or back, and naming the new place in config."""

import re
import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.config import address
from scheduler.content import source as yaml
from scheduler.errors import InputError, StoreError
from scheduler.service import in_place
from scheduler.service.opening import Campaigning

if TYPE_CHECKING:
    from scheduler.store.relocating import Relocated

SERVER = "postgresql"
KEY = "store"


@dataclass(frozen=True)
class Change:
    """What config.yaml is to say afterwards. `line` is where it stands now (None: it must be added)."""

    before: str
    after: str
    words: str
    line: int | None

    @property
    def needed(self) -> bool:
        return self.before != self.after


def migrate(campaigning: Campaigning, source: str, target: str, now: datetime, who: str) -> "Relocated":
    """Move everything. `source` and `target` are sqlite, postgresql (the one in config.yaml) or an address.

    Raises InputError for what cannot be moved so, LockError naming who is at work, StoreError where a
    database cannot be used; then everything is where it was.
    """
    url = campaigning.url_of(_address(campaigning, source, target))
    command = f"python run.py migrate --from {shlex.quote(source)} --to {shlex.quote(target)}"
    try:
        from scheduler.store import databases, relocating
    except ImportError:
        from scheduler.store.databases import MISSING

        raise StoreError(MISSING) from None
    move = relocating.to_server if source == address.SQLITE else relocating.to_file
    return move(campaigning.config.data, databases.on_server(url), now, who, command)


def _address(campaigning: Campaigning, source: str, target: str) -> str:
    """The server's address. Raises InputError unless one of the two is a file and the other a server."""
    for option, words in (("--from", source), ("--to", target)):
        if words != SERVER and (wrong := address.problem(words)) is not None:
            raise InputError(f"{option} {address.shown(words)}: {wrong}")
    if (source == address.SQLITE) == (target == address.SQLITE):
        raise InputError(
            "migrate takes everything from sqlite to postgresql, or back: name one with --from and the other "
            "with --to"
        )
    named = target if source == address.SQLITE else source
    if named != SERVER:
        return named
    if not address.is_server(campaigning.config.store):
        option = "--to" if source == address.SQLITE else "--from"
        raise InputError(f"config.yaml names no server yet; name it here: {option} {address.FORM}")
    return campaigning.config.store


def change(campaigning: Campaigning, source: str, target: str) -> Change:
    """What config.yaml must say once everything is there."""
    new = address.SQLITE if target == address.SQLITE else _address(campaigning, source, target)
    file = campaigning.config.file
    text = yaml.read_text(file, file.name)
    spans = yaml.load(text, file.name).spans
    words = f"{KEY}: {new}"
    if KEY in spans:
        if campaigning.config.store == new:
            return Change(text, text, words, spans[KEY].line)
        return Change(text, yaml.replace(text, spans[KEY], new), words, spans[KEY].line)
    if new == address.SQLITE:
        return Change(text, text, words, None)
    return Change(text, _added(text, words), words, None)


def _added(text: str, line: str) -> str:
    """A line of its own at the end, with the file's own line ends."""
    found = re.search(r"\r?\n", text)
    end = found[0] if found else "\n"
    return f"{text}{'' if text.endswith(end) else end}{line}{end}"


def write(campaigning: Campaigning, wanted: Change) -> None:
    """Write it into config.yaml. Raises RunError where that cannot be, or somebody has just changed it."""
    if wanted.needed:
        in_place.write(campaigning.config.file, wanted.before, wanted.after)
