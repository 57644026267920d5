"""Taking a sheet into the campaign's files: looked at first, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scheduler import content, platforms
from scheduler.checks import images
from scheduler.config import Config
from scheduler.content import headers, hold_file, source
from scheduler.content.validation import nearest
from scheduler.errors import InputError, RunError
from scheduler.exchange import naming, shape, tables
from scheduler.exchange.dates import Order
from scheduler.exchange.proposals import POSTS, Proposal, Proposing, There
from scheduler.exchange.rows import Reader
from scheduler.model import RECORDS
from scheduler.service.opening import Campaigning


@dataclass(frozen=True)
class Wish:
    """How a file is to be imported; what is None is found out, or asked where it is not certain.

    `into` is a file in the posts' folder, relative to the campaign's. `kind`: posts, or a ledger's file.
    """

    file: Path
    sheet: str | None = None
    encoding: str | None = None
    order: Order | None = None
    into: str | None = None
    kind: str | None = None
    channel: str | None = None


def propose(campaigning: Campaigning, wish: Wish) -> Proposal:
    """What the import would do. Raises InputError where the file cannot be read, or the campaign's cannot."""
    config = campaigning.config
    table = tables.read(wish.file, sheet=wish.sheet, encoding=wish.encoding)
    kind = _kind(wish, table.name)
    channel = _channel(campaigning, wish, kind)
    languages = config.campaign.languages
    reader = Reader(
        shape.of_post() if kind == POSTS else shape.of_record(kind),
        languages,
        config.campaign.timezone,
        config.channels[channel].language if channel else None,
        wish.order,
        config.channels[channel].timezone if channel else None,
    )
    return Proposing(
        _there(campaigning, kind),
        reader.read(table),
        kind,
        _into(campaigning, wish, kind),
        reader.own[0],
        channel,
    ).propose()


def _kind(wish: Wish, name: str) -> str:
    """Posts, or the ledger's file that the option, the sheet or the file is named after."""
    if wish.kind is not None:
        if wish.kind != POSTS and wish.kind not in RECORDS:
            near = nearest(wish.kind, (POSTS, *RECORDS))
            hint = f"did you mean {near}?" if near else f"there is: {', '.join((POSTS, *RECORDS))}"
            raise InputError(f"--as {wish.kind}: a sheet holds posts or records of the ledger; {hint}")
        return wish.kind
    stem = (wish.file.stem if name == wish.file.name else name).strip().casefold()
    return stem if stem in RECORDS else POSTS


def _channel(campaigning: Campaigning, wish: Wish, kind: str) -> str | None:
    """The one channel the posts are for: named, or a file is called after it."""
    known = campaigning.config.channels
    if wish.channel is not None and wish.channel not in known:
        raise InputError(f"There is no channel “{wish.channel}”. There is: {', '.join(known)}")
    if wish.channel is None and kind == POSTS and wish.file.stem in known:
        return wish.file.stem
    return wish.channel


def _into(campaigning: Campaigning, wish: Wish, kind: str) -> str:
    """The file that takes what is new, relative to the campaign's folder. Raises InputError."""
    config = campaigning.config
    folder = config.posts / content.LEDGER if kind != POSTS else config.posts
    name = f"{kind}.yaml" if kind != POSTS else f"{naming.slug(wish.file.stem) or 'sheet'}.yaml"
    path = folder / name if wish.into is None else (config.root / wish.into).resolve()
    inside = path.is_relative_to(config.posts) and path.suffix in (".yaml", ".yml")
    in_ledger = path.is_relative_to(config.posts / content.LEDGER)
    # A hidden file or folder is read by nobody, and one called HOLD stops everything.
    unread = inside and any(part.startswith(".") for part in path.relative_to(config.posts).parts)
    if not inside or unread or in_ledger != (kind != POSTS) or hold_file.is_one(path.name):
        where = (
            f"{config.posts.name}/{content.LEDGER}/{kind}.yaml"
            if kind != POSTS
            else f"{config.posts.name}/NAME.yaml"
        )
        raise InputError(f"--into {wish.into}: name a file such as {where}")
    if kind != POSTS and path != folder / name:
        raise InputError(f"--into {wish.into}: records of {kind} stand in {folder.name}/{kind}.yaml")
    return path.relative_to(config.root.resolve()).as_posix()


def _there(campaigning: Campaigning, kind: str) -> There:
    config = campaigning.config
    read = content.read(config.posts, config.campaign.languages, config.root)
    if broken := unreadable(config, read):
        raise InputError(
            f"{broken} cannot be read as it stands, and nobody knows what it has; "
            "mend it first (python run.py check)"
        )
    base = config.posts.relative_to(config.root.resolve()).as_posix()
    wanted = [file for file in read.files if _is_of(PurePosixPath(file).relative_to(base), kind)]
    documents = {}
    for file in wanted:
        text = source.read_text(config.root / file, file)
        documents[file] = (text, source.load(text, file))
    return There(
        config.campaign.languages,
        tuple(config.channels),
        tuple(platforms.kinds()),
        read.ledger,
        documents,
        lambda name: images.exists(config.root, name),
    )


def unreadable(config: Config, read: content.Content) -> str:
    """The files that cannot be read, with commas. The one that holds everything is none of them: sheets are
    worked on during a hold too.
    """
    root = config.root.resolve()
    holds = {file for file in read.broken if (root / file).parent == config.posts and _is_hold(file)}
    return ", ".join(sorted(read.broken - holds))


def _is_hold(file: str) -> bool:
    return hold_file.is_one(PurePosixPath(file).name)


def _is_of(path: PurePosixPath, kind: str) -> bool:
    in_ledger = path.parts[0] == content.LEDGER
    return in_ledger and path.stem == kind if kind != POSTS else not in_ledger


def write(campaigning: Campaigning, files: Mapping[str, tuple[str | None, str]]) -> tuple[str, ...]:
    """Write the files of a proposal: each is made whole beside its place before any takes it.

    Raises RunError for want of room or permission, InputError where somebody has changed a file meanwhile;
    then nothing was changed.
    """
    root = campaigning.config.root
    changed = {file: texts for file, texts in files.items() if texts[0] != texts[1]}
    parts: list[tuple[Path, Path]] = []
    try:
        for file, (before, after) in changed.items():
            path = (root / file).resolve()
            # Two people may import at once: each has its own.
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            parts.append((part, path))
            first = headers.schema_line(root / file, root) if before is None else ""
            _fill(part, path, first + after)
        for (file, (before, _)), (_, path) in zip(changed.items(), parts, strict=True):
            _unchanged(path, file, before)
        for part, path in parts:
            part.replace(path)
    except OSError as error:
        words = (
            f"{', '.join(changed)} cannot be written ({error.strerror}); free some space or mend permissions"
        )
        raise RunError(f"{words}, and import again") from None
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
    return tuple(changed)


def _unchanged(path: Path, file: str, before: str | None) -> None:
    there = source.read_text(path, file) if path.exists() else None
    if there != before:
        raise InputError(f"{file} was changed by somebody else just now; nothing was written, import again")


def _fill(part: Path, path: Path, text: str) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    if path.exists():
        shutil.copymode(path, part)
