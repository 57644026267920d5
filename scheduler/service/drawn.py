"""Drawn cards outlive their folder: the database remembers which picture each is, a restore puts it back."""

from contextlib import suppress
from typing import TYPE_CHECKING

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.service.opening import Campaigning
from scheduler.store import Store

if TYPE_CHECKING:
    from scheduler.cards import Files

_CARDS = "cards"


def remember(store: Store, files: "Files") -> None:
    """Keep which bytes (SHA-256) each card's identity stands for; the bytes themselves the store has."""
    before: dict[str, str] = store.recall(_CARDS) or {}
    paths = ((name, files.path(name)) for name in files)
    now = {**before, **{path.stem: name for name, path in paths if path is not None}}
    if now != before:
        store.remember(_CARDS, now)


def put_back(campaigning: Campaigning) -> None:
    """Cards as the database has them, over those of the folder: what was approved is not drawn anew with
    another palette or newer fonts. One that cannot be put back is drawn anew, and shown as changed.
    """
    from scheduler.cards import kept

    with campaigning.store(Mode.LIVE) as store:
        known: dict[str, str] = store.recall(_CARDS) or {}
        for identity, name in known.items():
            with suppress(StoreError):
                kept.write(campaigning.config.data / "cards" / f"{identity}.jpg", store.file(name))
