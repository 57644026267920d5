"""The exports that are tables: spreadsheets, the empty sheet, upload files, and everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scheduler import content, planning
from scheduler.content import Content, source
from scheduler.errors import InputError
from scheduler.exchange import folder, listing, shape, template, uploads
from scheduler.exchange.listing import Listed
from scheduler.exchange.proposals import POSTS
from scheduler.exchange.uploads import Upload
from scheduler.exchange.workbook_out import Page
from scheduler.model import RECORDS
from scheduler.planning import Plan
from scheduler.service import by_hand
from scheduler.service.as_json import utc
from scheduler.service.by_hand import Task
from scheduler.service.exporting import Asked, Written
from scheduler.service.importing import unreadable

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


def csv(asked: Asked) -> Written:
    """Every post, a row each."""
    listed = _with_plan(asked, _read(asked))
    return _sheet(asked, "posts.csv", listing.as_csv(listed))


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
    return _among_us(read, _sheet(asked, "posts.xlsx", workbook_out.workbook(pages)))


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
    return _sheet(asked, "template.xlsx", workbook_out.workbook([page]))


def buffer(asked: Asked) -> Written:
    """A file of Buffer's for each channel, pictures beside them."""
    return _uploaded(asked, "buffer", uploads.buffer)


def publer(asked: Asked) -> Written:
    """A file of Publer's for each channel, pictures beside them."""
    return _uploaded(asked, "publer", uploads.publer)


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
    data = (json.dumps(everything, ensure_ascii=False, indent=2) + "\n").encode()
    return _among_us(read, _one(asked, "campaign.json", data))


def _among_us(read: Content, written: Written) -> Written:
    """With a word of warning where the file names people and their consents."""
    if not read.ledger.people:
        return written
    note = "It names people and what they consented to: keep it among those who look after the ledger."
    return replace(written, notes=(*written.notes, note))


def _one(asked: Asked, name: str, data: bytes) -> Written:
    path = asked.file(name)
    folder.write(path, data)
    return Written((path,))


def _sheet(asked: Asked, name: str, data: bytes) -> Written:
    """One file, but not over another: somebody may have filled that in for a day."""
    path = asked.file(name)
    if path.exists() and not asked.replace and path.read_bytes() != data:
        raise InputError(f"{path} is there already; name another with --out, or say --replace if it may go")
    return _one(asked, name, data)


def _uploaded(asked: Asked, name: str, table: Callable[..., Upload]) -> Written:
    place, channels = asked.folder(name), _not_live(asked)
    made = asked.prepared()
    tasks = by_hand.to_post(asked.campaigning, made, asked.now, channels)
    chosen = [one for one in tasks if not one.why_not or (asked.uncleared and not one.over)]
    deliveries = [one.delivery for one in chosen]
    upload: Upload = table(deliveries, made.posts, made.config.channels, asked.images_at or "")
    pictures = {file: made.files[sha] for file, sha in upload.pictures.items()}
    filled = folder.fill(place, {**upload.tables, **pictures}, lambda file: _speaks_for(asked, file))
    notes = (*_standing(asked, tasks), *upload.notes, *filled.told)
    return Written(tuple(place / table for table in upload.tables), notes)


def _not_live(asked: Asked) -> list[str]:
    """The channels whose posts may go to another tool. Raises InputError for one that is sent from here."""
    channels = asked.campaigning.config.channels
    for name in asked.channels:
        if channels[name].live:
            raise InputError(
                f"{name} says live: true, so the scheduler posts there itself, and all would be there twice"
            )
    return [
        one.name for one in channels.values() if not one.live and one.name in (asked.channels or channels)
    ]


def _speaks_for(asked: Asked, file: str) -> bool:
    """A file of other channels stays when this export was of some channels; so do the pictures of all."""
    return not asked.channels or file.removesuffix(".csv") in asked.channels


def _standing(asked: Asked, tasks: Sequence[Task]) -> Iterator[str]:
    """What may not go out, and whether it is in the files all the same."""
    over = [one.delivery.key for one in tasks if one.over]
    open_ = [one.delivery.key for one in tasks if one.why_not and not one.over]
    if over:
        yield f"Left out, because they are out or their time has passed: {folder.few(over)}."
    if open_ and asked.uncleared:
        yield f"NOT CLEARED, do not let them go out: {folder.few(open_)}. Why: python run.py why KEY"
    elif open_:
        yield (
            f"Left out, because they are not cleared: {folder.few(open_)}. Why: python run.py why KEY. "
            "With --uncleared they are written too, to look at."
        )


def _read(asked: Asked) -> Content:
    """The campaign's files. Raises InputError where one cannot be read: its posts would be missing."""
    config = asked.campaigning.config
    read = content.read(config.posts, config.campaign.languages, config.root)
    if broken := unreadable(config, read):
        raise InputError(
            f"{broken} cannot be read as it stands, so its posts would be missing; "
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
