"""Bluesky's records: a post and who may reply to it, their keys, and what differs from a message.

Source: the lexicons app.bsky.feed.post, app.bsky.feed.threadgate, app.bsky.embed.images and
app.bsky.embed.external; atproto.com, "Record Key", "Timestamp Identifiers" and "Blobs" (read November 2026).
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from scheduler.model import Image, LinkCard, Message

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
PROFILE = "app.bsky.actor.profile"
IMAGES = "app.bsky.embed.images"
EXTERNAL = "app.bsky.embed.external"
SELF_LABELS = "com.atproto.label.defs#selfLabels"
GRAPHIC_LABEL = "graphic-media"
APP = "https://bsky.app/profile"
PUT, BOTH = "com.atproto.repo.putRecord", "com.atproto.repo.applyWrites"

ALLOWED: Mapping[str, list[dict[str, str]]] = {
    "followers": [{"$type": f"{GATE}#followerRule"}],
    "mentioned": [{"$type": f"{GATE}#mentionRule"}],
    "nobody": [],
}
"""A post's `replies` in the gate's words; `everyone` has no gate."""

YEAR = 365 * 24 * 3600 * 1_000_000  # microseconds
CLOCKS = 1024
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def record_key(key: str) -> str:
    """The key of a part's record: the same for the same part, always, and another for every other.

    A timestamp identifier as the server wants it: its moment lies in the delivery's campaign year, where in
    it is drawn from the key's hash. So a second scheduler, or one whose database was lost, cannot publish the
    part a second time.
    """
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest())
    return _tid(_new_year(int(key[:4])) + drawn % YEAR, drawn // YEAR % CLOCKS)


def earliest(year: int) -> str:
    """No key of that campaign year, and none made by hand in it, sorts before this one."""
    return _tid(_new_year(year), 0)


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def _tid(moment: int, clock: int) -> str:
    number = moment << 10 | clock
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def cid(sha256: str) -> str:
    """What the network calls these bytes: a server that answers another name has changed them."""
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + bytes.fromhex(sha256)).decode().lower().rstrip("=")


def post(
    message: Message,
    part: int,
    facets: list[dict[str, Any]],
    blob: Callable[[Image], Any],
) -> dict[str, Any]:
    """The record of a part, but for its time and what it replies to.

    `blob` gives an image's reference.
    """
    text, images = message.parts[part].text, message.parts[part].images
    record: dict[str, Any] = {"$type": POST, "text": text, "langs": [message.language]}
    if facets:
        record["facets"] = facets
    if images:
        record["embed"] = {"$type": IMAGES, "images": [_embedded(image, blob(image)) for image in images]}
    elif message.link_card is not None and message.link and part == 0:
        record["embed"] = {"$type": EXTERNAL, "external": _external(message.link, message.link_card, blob)}
    if message.is_covered(part):
        record["labels"] = {"$type": SELF_LABELS, "values": [{"val": GRAPHIC_LABEL}]}
    return record


def _external(address: str, card: LinkCard, blob: Callable[[Image], Any]) -> dict[str, Any]:
    """A link's card; the lexicon asks for a description, be it an empty one."""
    made: dict[str, Any] = {"uri": address, "title": card.title, "description": card.description}
    return {**made, "thumb": blob(card.image)} if card.image is not None else made


def frame(now: datetime, reply: dict[str, Any] | None) -> dict[str, Any]:
    """What a record has besides: its time (`now` is aware UTC), and what it replies to."""
    made = {"createdAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    return made if reply is None else {**made, "reply": reply}


def _embedded(image: Image, blob: Any) -> dict[str, Any]:
    return {
        "image": blob,
        "alt": image.alt,
        "aspectRatio": {"width": image.width, "height": image.height},
    }


def is_gated(message: Message, *, is_reply: bool) -> bool:
    """Whether a gate goes with the post. It is the whole thread's, so a reply has none."""
    return message.replies in ALLOWED and not is_reply


def put(did: str, key: str, record: dict[str, Any]) -> dict[str, Any]:
    """`swapRecord: null` allows no other record there; the same one once more changes nothing."""
    return {"repo": did, "collection": POST, "rkey": key, "record": record, "swapRecord": None}


def put_gated(request: dict[str, Any], replies: str) -> dict[str, Any]:
    """The post and who may reply in one call, which fails as a whole where the post is out already.

    The gate stands under its post's key.
    """
    did, key, record = request["repo"], request["rkey"], request["record"]
    gate = {"$type": GATE, "post": uri(did, key), "allow": ALLOWED[replies]}
    gate["createdAt"] = record["createdAt"]
    return {
        "repo": did,
        "writes": [
            {"$type": f"{BOTH}#create", "collection": value["$type"], "rkey": key, "value": value}
            for value in (record, gate)
        ],
    }


def call(request: Mapping[str, Any]) -> str:
    """The method that takes such a request."""
    return BOTH if "writes" in request else PUT


def frozen(request: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The post's key and record, whichever call carries them."""
    if "writes" not in request:
        return request["rkey"], request["record"]
    return request["writes"][0]["rkey"], request["writes"][0]["value"]


def named(fields: Mapping[str, Any]) -> dict[str, str] | None:
    """The post's address and content hash in the answer of either call."""
    results = fields.get("results")
    return reference(results[0] if isinstance(results, list) and results else fields)


def uploaded(uploads: Mapping[str, str], request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The SHA-256 and media type of each image that a request refers to."""
    _, record = frozen(request)
    blobs = [image["image"] for image in images(record)]
    blobs += [thumb] if (thumb := external(record).get("thumb")) else []
    media_types = {blob["ref"]["$link"]: str(blob["mimeType"]) for blob in blobs}
    return ((sha256, media_types[name]) for sha256, name in uploads.items())


def uri(did: str, key: str) -> str:
    return f"at://{did}/{POST}/{key}"


def link(handle: str, did: str, key: str) -> str:
    """Where a reader finds the post."""
    return f"{APP}/{place(handle, did)}/post/{key}"


def place(handle: str, did: str) -> str:
    """A handle reads better in a link; one that does not resolve leads nowhere."""
    return did if handle in ("", "handle.invalid") else handle


def text_of(fields: Any, name: str) -> str:
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else ""


def reference(fields: Any) -> dict[str, str] | None:
    """A record's address and content hash, which a reply names; None where either is missing."""
    named = {name: text_of(fields, name) for name in ("uri", "cid")}
    return named if all(named.values()) else None


def root(value: Any) -> dict[str, str] | None:
    """The first post of the thread that a post belongs to, where it is a reply."""
    reply = value.get("reply") if isinstance(value, dict) else None
    return reference(reply.get("root")) if isinstance(reply, dict) else None


def labels(value: Any) -> list[str]:
    """What a record says of itself in labels."""
    own = value.get("labels") if isinstance(value, dict) else None
    values = own.get("values") if isinstance(own, dict) else None
    return [text_of(one, "val") for one in values] if isinstance(values, list) else []


def images(value: Any) -> list[Mapping[str, Any]]:
    """A post's images, in order."""
    embed = value.get("embed") if isinstance(value, dict) else None
    found = embed.get("images") if isinstance(embed, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def pictures(value: Any) -> list[str]:
    """The content hashes of its images, in order."""
    return [_hash(image.get("image")) for image in images(value)]


def _hash(blob: Any) -> str:
    return text_of(blob.get("ref"), "$link") if isinstance(blob, dict) else ""


def external(value: Any) -> Mapping[str, Any]:
    """The card under a post's link; empty where there is none."""
    embed = value.get("embed") if isinstance(value, dict) else None
    found = embed.get("external") if isinstance(embed, dict) else None
    return found if isinstance(found, dict) else {}


def card(value: Any) -> tuple[str, ...]:
    """What that card shows: address, title, description, and its picture's content hash."""
    found = external(value)
    words = (text_of(found, name) for name in ("uri", "title", "description"))
    return (*words, _hash(found.get("thumb"))) if found else ()


def shows(value: Any) -> tuple[object, ...]:
    """What a reader gets of a post: text, pictures, the card under its link."""
    return text_of(value, "text"), pictures(value), card(value)


def differences(value: Mapping[str, Any], message: Message, part: int) -> Iterator[str]:
    """What a post shows otherwise than its message, in clauses. Bluesky itself changes nothing."""
    wanted, there = message.parts[part], images(value)
    if text_of(value, "text") != wanted.text:
        yield "the text is another one"
    if len(there) != len(wanted.images):
        yield f"it has {len(there)} images instead of {len(wanted.images)}"
    else:
        yield from _other_images(value, wanted.images)
    if card(value) != _card_of(message, part):
        yield "the card under its link is another one, or none"
    if message.is_covered(part) and GRAPHIC_LABEL not in labels(value):
        yield "its pictures are not labelled as graphic"
    languages = value.get("langs")
    if not isinstance(languages, list) or message.language not in languages:
        said = ", ".join(map(str, languages)) if isinstance(languages, list) and languages else "not said"
        yield f"its language is {said} instead of {message.language}"


def _card_of(message: Message, part: int) -> tuple[str, ...]:
    own = message.link_card
    if own is None or part > 0 or message.parts[part].images:
        return ()
    return message.link or "", own.title, own.description, cid(own.image.sha256) if own.image else ""


def _other_images(value: Mapping[str, Any], wanted: tuple[Image, ...]) -> Iterator[str]:
    there = zip(images(value), pictures(value), wanted, strict=True)
    for number, (shown, content, image) in enumerate(there, 1):
        if content != cid(image.sha256):
            yield f"image {number} is another picture"
        if text_of(shown, "alt") != image.alt:
            yield f"image {number} has another alternative text, or none"
