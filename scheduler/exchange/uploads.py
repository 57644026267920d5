"""Upload files of Buffer and Publer: what a channel gets, whole, for those who publish it there."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from scheduler.content.version import version
from scheduler.exchange import listing
from scheduler.exchange.cells import guarded
from scheduler.exchange.folder import few
from scheduler.exchange.foreign import BUFFER, PUBLER
from scheduler.model import Channel, Delivery, Image, Post

IMAGES = "images"
DRAWN = "card-"
"""How the names of drawn cards begin; other pictures keep their names from assets/images."""

_SUFFIXES = {"image/png": "png", "image/webp": "webp", "image/gif": "gif"}


@dataclass(frozen=True)
class Upload:
    """The files of one export by name, pictures as their SHA-256, and what such a file cannot hold."""

    tables: Mapping[str, bytes]
    pictures: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """One delivery as a row: its first part, its link apart, its pictures by name."""

    delivery: Delivery
    text: str
    link: str
    time: str
    images: tuple[tuple[str, Image], ...]

    @property
    def more(self) -> tuple[str, ...]:
        return tuple(part.text for part in self.delivery.message.parts[1:])


def buffer(
    deliveries: Iterable[Delivery], posts: Mapping[str, Post], channels: Mapping[str, Channel], at: str
) -> Upload:
    """A file for each channel, times in its zone. `at`: the public address of the pictures, or ""."""
    return _upload(deliveries, posts, channels, at, _for_buffer)


def publer(
    deliveries: Iterable[Delivery], posts: Mapping[str, Post], channels: Mapping[str, Channel], at: str
) -> Upload:
    """As `buffer`, with alt texts, links and further parts in columns of their own."""
    return _upload(deliveries, posts, channels, at, _for_publer)


def _upload(
    deliveries: Iterable[Delivery],
    posts: Mapping[str, Post],
    channels: Mapping[str, Channel],
    at: str,
    rows: object,
) -> Upload:
    by_channel: dict[str, list[_Entry]] = {}
    for one in sorted(deliveries, key=lambda delivery: (delivery.due, delivery.key)):
        by_channel.setdefault(one.channel, []).append(_entry(one, posts[one.post], channels[one.channel]))
    tables: dict[str, bytes] = {}
    pictures: dict[str, str] = {}
    notes: list[str] = []
    for name, entries in by_channel.items():
        heading, listed, said = rows(entries, at)  # type: ignore[operator]
        notes += [f"{name}: {words}" for words in (*said, *_unheld(entries))]
        notes.append(
            f"{name}.csv: times are those of {channels[name].timezone.key}; set the same zone there."
        )
        tables[f"{name}.csv"] = listing.written([heading, *listed], guard=False, quoting=csv.QUOTE_ALL)
        pictures |= {f"{IMAGES}/{file}": image.sha256 for one in entries for file, image in one.images}
    if pictures and not at:
        notes.append(
            "Pictures stand beside the tables; put them on the web and name their address with --images-at."
        )
    return Upload(tables, pictures, tuple(notes))


def _entry(delivery: Delivery, post: Post, channel: Channel) -> _Entry:
    message = delivery.message
    text, link = message.parts[0].text, message.link or ""
    own = version(post, channel)
    body = str(own.text.get(channel.language, own.text.get("", "")))
    if link and link not in body:
        text = _without(text, link)
    elif link:
        link = ""  # the author's own words hold it already
    files = [picture.file for picture in own.images]
    images = tuple(
        _named(delivery, image, number, files) for number, image in enumerate(message.parts[0].images)
    )
    time = f"{delivery.due.astimezone(channel.timezone):%Y-%m-%d %H:%M}"
    return _Entry(delivery, text, link, time, images)


def pictures(delivery: Delivery, post: Post, channel: Channel) -> tuple[tuple[str, Image], ...]:
    """The pictures of a delivery's first part by the file names under which they are put on the web."""
    return _entry(delivery, post, channel).images


def _without(text: str, link: str) -> str:
    """The text without the link that was put behind its words."""
    before, _, after = text.rpartition(link)
    return before.rstrip(" ") + after


def _named(delivery: Delivery, image: Image, number: int, files: list[str]) -> tuple[str, Image]:
    """A picture's file: its own name, or a name for the card, which stands before the pictures."""
    cards = len(delivery.message.parts[0].images) - len(files)
    if number >= cards:
        return PurePosixPath(files[number - cards]).name, image
    return f"{DRAWN}{delivery.post}-{delivery.channel}.{_SUFFIXES.get(image.media_type, 'jpg')}", image


def _address(file: str, at: str) -> str:
    return f"{at.rstrip('/')}/{quote(file)}" if at else f"{IMAGES}/{file}"


def _joined(entry: _Entry) -> str:
    """Words, link and hashtags as the channel gets them."""
    return entry.delivery.message.parts[0].text


def _for_buffer(entries: list[_Entry], at: str) -> tuple[tuple[str, ...], list[list[str]], list[str]]:
    rows = [
        [_joined(one), _address(one.images[0][0], at) if one.images else "", "", one.time] for one in entries
    ]
    several = [one.delivery.post for one in entries if len(one.images) > 1]
    further = [one.delivery.post for one in entries if one.more]
    said = [f"{few(several)}: only the first picture has a place in this file."] if several else []
    said += [f"{few(further)}: further parts of the thread have no place in this file."] if further else []
    if any(one.images for one in entries):
        said.append("alt texts have no place in Buffer's file; add them there.")
    return BUFFER, rows, said


def _for_publer(entries: list[_Entry], at: str) -> tuple[tuple[str, ...], list[list[str]], list[str]]:
    rows = []
    for one in entries:
        media = ",".join(_address(file, at) for file, _ in one.images)
        alts = " || ".join(image.alt.replace("||", "|") for _, image in one.images)
        more = " || ".join(part.replace("||", "|") for part in one.more)
        rows.append([one.time, one.text, one.link, media, "", "", alts, more, "", "", "", ""])
    return PUBLER, rows, []


def _unheld(entries: list[_Entry]) -> Iterator[str]:
    """What neither of the two can hold."""
    warned = [one.delivery.post for one in entries if one.delivery.message.warning]
    if warned:
        yield f"{few(warned)}: look whether the text warning must be set there by hand."
    late = [one.delivery.post for one in entries if one.delivery.due.second]
    if late:
        yield f"{few(late)}: the seconds of the time are left out."
    odd = [one.delivery.post for one in entries if guarded(one.text) != one.text]
    if odd:
        yield f"{few(odd)}: the text begins like a formula; do not open this file in a spreadsheet program."
