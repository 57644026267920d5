"""The exports that are tables: spreadsheets, the empty sheet, upload files, and everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scheduler import content, planning
from scheduler.cards import Files
from scheduler.content import Content, source
from scheduler.errors import InputError
from scheduler.exchange import folder, listing, shape, template, uploads
from scheduler.exchange.listing import Listed
from scheduler.exchange.proposals import POSTS
from scheduler.exchange.uploads import Upload
from scheduler.exchange.workbook_out import Page
from scheduler.model import RECORDS
from scheduler.planning import Plan
from scheduler.service.as_json import utc
from scheduler.service.exporting import Asked, Written

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


def csv(asked: Asked) -> Written:
    """Every post, a row each."""
    listed = _with_plan(asked, _read(asked))
    return _one(asked, "posts.csv", listing.as_csv(listed))


def xlsx(asked: Asked) -> Written:
    """Every post, and a sheet for each of the ledger's files."""
    from scheduler.exchange import workbook_out

    read = _read(asked)
    languages = asked.campaigning.config.campaign.languages
    listed = _with_plan(asked, read)
    pages = [_described(asked, read, Page(template.TITLE, listed.headings, listed.rows), listed)]
    for kind in RECORDS:
        values = _values(asked, read, kind)
        if values:
            records = listing.table(values, shape.of_record(kind), languages)
            pages.append(Page(kind, records.headings, records.rows))
    return _one(asked, "posts.xlsx", workbook_out.workbook(pages))


def empty(asked: Asked) -> Written:
    """The sheet that staff fill in."""
    from scheduler.exchange import workbook_out

    config, read = asked.campaigning.config, _read(asked)
    page = template.page(
        config.campaign.languages,
        config.campaign.timezone.key,
        tuple(config.channels),
        read.ledger,
        _pictures(config.root / "assets/images"),
    )
    return _one(asked, "template.xlsx", workbook_out.workbook([page]))


def buffer(asked: Asked) -> Written:
    """A file of Buffer's for each channel, pictures beside them."""
    made = asked.prepared()
    chosen = [one for one in made.deliveries if not asked.channels or one.channel in asked.channels]
    upload = uploads.buffer(chosen, made.posts, made.config.channels, asked.images_at or "")
    return _uploaded(asked, "buffer", upload, made.files)


def publer(asked: Asked) -> Written:
    """A file of Publer's for each channel, pictures beside them."""
    made = asked.prepared()
    chosen = [one for one in made.deliveries if not asked.channels or one.channel in asked.channels]
    upload = uploads.publer(chosen, made.posts, made.config.channels, asked.images_at or "")
    return _uploaded(asked, "publer", upload, made.files)


def as_json(asked: Asked) -> Written:
    """Posts and records as they are written, and the plan, for programs."""
    read, config = _read(asked), asked.campaigning.config
    campaign, plan = config.campaign, _plan(asked, read)
    everything = {
        "campaign": {
            "name": campaign.name,
            "anniversary": campaign.anniversary.isoformat(),
            "year": campaign.year,
            "timezone": campaign.timezone.key,
            "languages": list(campaign.languages),
        },
        "posts": _values(asked, read, POSTS),
        "ledger": {kind: _values(asked, read, kind) for kind in RECORDS},
        "plan": [
            {"key": one.key, "post": one.post, "channel": one.channel, "due": utc(one.due), "slot": one.slot}
            for one in plan.places
        ],
    }
    return _one(
        asked, "campaign.json", (json.dumps(everything, ensure_ascii=False, indent=2) + "\n").encode()
    )


def _one(asked: Asked, name: str, data: bytes) -> Written:
    path = asked.place(name)
    if path.is_dir():
        path = path / name
    if path.suffix != Path(name).suffix:
        raise InputError(f"--out {path}: this kind is one file; name it with {Path(name).suffix}")
    folder.write(path, data)
    return Written((path,))


def _uploaded(asked: Asked, name: str, upload: Upload, files: Files) -> Written:
    place = asked.place(name)
    if place.suffix:
        raise InputError(f"--out {place}: this kind is several files; name a folder")
    folder.fill(place, {**upload.tables, **{file: files[sha] for file, sha in upload.pictures.items()}})
    return Written(tuple(place / table for table in upload.tables), upload.notes)


def _read(asked: Asked) -> Content:
    """The campaign's files. Raises InputError where one cannot be read: its posts would be missing."""
    config = asked.campaigning.config
    read = content.read(config.posts, config.campaign.languages, config.root)
    if read.broken:
        raise InputError(
            f"{', '.join(sorted(read.broken))} cannot be read as it stands, so its posts would be missing; "
            "mend it first (python run.py check)"
        )
    return read


def _values(asked: Asked, read: Content, kind: str) -> list[Mapping[str, Any]]:
    """What the files say, as it is written there: posts, or the records of one kind."""
    config = asked.campaigning.config
    ledger = config.posts / content.LEDGER
    values: list[Mapping[str, Any]] = []
    for file in read.files:
        path = config.root / file
        of = path.stem if path.is_relative_to(ledger) else POSTS
        if of == kind:
            found = source.load(source.read_text(path, file), file).value or []
            values += [one for one in found if isinstance(one, Mapping) and "id" in one]
    return values


def _plan(asked: Asked, read: Content) -> Plan:
    config = asked.campaigning.config
    return planning.plan(read.posts, config.campaign, config.channels, asked.now, asked.campaigning.slots())


def _with_plan(asked: Asked, read: Content) -> Listed:
    """The posts, and beside them when each goes out on each channel, with the zone in the heading."""
    config = asked.campaigning.config
    values = _values(asked, read, POSTS)
    listed = listing.table(values, shape.of_post(), config.campaign.languages)
    due = {(one.post, one.channel): one.due for one in _plan(asked, read).places}
    shown = [one for name, one in config.channels.items() if not asked.channels or name in asked.channels]
    rows = []
    for value, row in zip(values, listed.rows, strict=True):
        times = (due.get((str(value["id"]), one.name)) for one in shown)
        told = (
            f"{time.astimezone(one.timezone):%Y-%m-%d %H:%M}" if time else None
            for one, time in zip(shown, times, strict=True)
        )
        rows.append((*row, *told))
    headings = tuple(f"plan {one.name} ({one.timezone.key})" for one in shown)
    return Listed((*listed.headings, *headings), (*listed.paths, *(() for _ in shown)), tuple(rows))


def _described(asked: Asked, read: Content, page: Page, listed: Listed) -> Page:
    config = asked.campaigning.config
    zone, channels = config.campaign.timezone.key, tuple(config.channels)
    return template.described(
        page, listed.paths, zone, channels, read.ledger, _pictures(config.root / "assets/images")
    )


def _pictures(place: Path) -> list[str]:
    if not place.is_dir():
        return []
    found = (
        path.relative_to(place).as_posix() for path in place.rglob("*") if path.suffix.casefold() in _PICTURES
    )
    return sorted(found)
