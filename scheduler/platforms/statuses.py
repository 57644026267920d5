"""Reading what the Mastodon API says of statuses: ids, texts, times, and what differs from a message."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from scheduler.model import Image, Message, Receipt
from scheduler.platforms.http import Answer, moment
from scheduler.platforms.matching import squash


def without_servers(text: str) -> str:
    """For comparison: `@user@server` stands as `@user` in the server's HTML."""
    return re.sub(r"(?<![\w/])@([\w.-]*\w)@[\w.-]*\w", r"@\1", squash(text))


def age(remote: str) -> tuple[int, str]:
    """Orders ids by time: numbers by length first, ULIDs and UUIDs (all of one length) as text."""
    return len(remote), remote


def listing(account: str) -> str:
    """The path of an account's own posts, newest first."""
    return f"/api/v1/accounts/{quote(account, safe='')}/statuses?exclude_reblogs=true"


def page(answer: Answer) -> list[dict[str, Any]] | None:
    """The statuses of a listing, or None where it is none."""
    found = answer.json()
    if not isinstance(found, list) or not all(isinstance(s, dict) and id_of(s) for s in found):
        return None
    return found


def receipt(status: Mapping[str, Any]) -> Receipt:
    uri = text_of(status, "uri")
    url = text_of(status, "url") or uri or None
    return Receipt(id_of(status), url, (("uri", uri),) if uri else ())


def id_of(status: Mapping[str, Any]) -> str:
    return text_of(status, "id")


def text_of(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str | int) else ""


def created_at(status: Mapping[str, Any]) -> datetime | None:
    """When it was published (aware UTC); None where that is not said."""
    return moment(text_of(status, "created_at"))


def images(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its media, in order."""
    found = status.get("media_attachments")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


COUNTS = {
    "favourites_count": "likes",
    "reblogs_count": "reposts",
    "replies_count": "replies",
    "quotes_count": "quotes",
}


def counts(status: Mapping[str, Any]) -> dict[str, int]:
    """How it was received, by the names that all platforms share."""
    return {
        ours: status[theirs]
        for theirs, ours in COUNTS.items()
        if isinstance(status.get(theirs), int) and not isinstance(status[theirs], bool)
    }


def differences(status: Mapping[str, Any], text: str, message: Message, part: int) -> Iterator[str]:
    """What a status shows otherwise than its message, in clauses. `text` is what stands there."""
    wanted, there = message.parts[part], images(status)
    if without_servers(text) != without_servers(wanted.text):
        yield "the text is another one"
    if len(there) != len(wanted.images):
        yield f"it has {len(there)} images instead of {len(wanted.images)}"
    else:
        yield from _other_words(there, wanted.images)
    if message.is_graphic(part) and status.get("sensitive") is False:
        yield "its pictures are not marked as sensitive"
    warning = text_of(status, "spoiler_text")
    if squash(warning) != squash(message.warning or ""):
        yield "the text warning is another one" if warning else "the text warning is missing"
    language = text_of(status, "language")
    if language.partition("-")[0] != message.language.partition("-")[0]:
        yield f"its language is {language or 'not said'} instead of {message.language}"


def _other_words(there: list[Mapping[str, Any]], wanted: tuple[Image, ...]) -> Iterator[str]:
    for number, (medium, image) in enumerate(zip(there, wanted, strict=True), 1):
        if squash(text_of(medium, "description")) != squash(image.alt):
            yield f"image {number} has another alternative text, or none"
