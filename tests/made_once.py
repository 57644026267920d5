"""What a thousand tests need alike is made once: the tables of a new database, and each card's picture.

What is about the making itself (tests of migrations, tests of cards) goes its own way.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import threading
from pathlib import Path

import pytest


@contextlib.contextmanager
def databases(folder):
    """A new database begins as a copy of an empty one that was made as any other."""
    from scheduler.store import connect, migrations

    prepare, newest, template = connect.Database._prepare_folder, migrations.LATEST, folder / connect.FILE
    connect.Database(folder).close()

    def prepared(self, *arguments, **options):
        prepare(self, *arguments, **options)
        if newest == migrations.LATEST and not self.path.exists():
            _put(template, self.path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connect.Database, "_prepare_folder", prepared)
        yield


def _put(template, path):
    """Whole or not at all, and never over what another has made meanwhile."""
    part = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    shutil.copyfile(template, part)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink()


@contextlib.contextmanager
def cards(folder):
    """A card that another test has had is not drawn again; the folder is shared by all who test."""
    from scheduler.cards import kept
    from scheduler.cards.photos import Drawn

    draw, fill = kept.draw, kept.Kept.fill

    def drawn(request, size, root):
        place = _place(folder, request, size)
        if place is not None and place.exists():
            return Drawn(place.read_bytes(), "image/jpeg", *size)
        made = draw(request, size, root)
        if place is not None:
            kept.write(place, made.data)
        return made

    @functools.wraps(fill)
    def filled(self, wanted, progress=None):
        wanted = list(wanted)
        missing = {self.folder / f"{one.name}.jpg": _place(folder, one.request, one.size) for one in wanted}
        missing = {path: place for path, place in missing.items() if place is not None and not path.exists()}
        for path, place in missing.items():
            if place.exists():
                kept.write(path, place.read_bytes())
        fill(self, wanted, progress)
        for path, place in missing.items():
            if path.exists() and not place.exists():
                kept.write(place, path.read_bytes())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "draw", drawn)
        patch.setattr(kept.Kept, "fill", filled)
        yield


def _place(folder, request, size):
    """Where a card's picture is kept; None for one that shows files whose bytes the request does not tell."""
    shown = ((request.background, request.background_sha256), (request.mark, request.mark_sha256))
    shown += ((request.portrait, request.portrait_sha256),)
    if request.fonts or any(bool(name) != bool(digest) for name, digest in shown):
        return None
    return Path(folder, hashlib.sha256(repr((request, size)).encode()).hexdigest())
