"""What Bluesky makes clickable in a text: links, hashtags and mentions, by their places in UTF-8 bytes."""

import re
from collections.abc import Mapping
from typing import Any

from scheduler.text import count, entities
from scheduler.text.entities import Entity

KIND = "app.bsky.richtext.facet"
LONGEST_TAG = 64  # graphemes
LARGEST_TAG = 640  # bytes

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]){_LABEL}")
"""atproto.com, "Handle": a domain name in ASCII."""


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The facets of a text. `dids` has the accounts of the handles mentioned; the others stay plain text."""
    made = ((entity, _feature(text, entity, dids)) for entity in entities.find(text))
    return [_facet(text, entity, feature) for entity, feature in made if feature is not None]


def handles(text: str) -> tuple[str, ...]:
    """The Bluesky handles that a text mentions, each once, as written and without @."""
    names = (text[entity.start + 1 : entity.end] for entity in entities.find(text) if _is_mention(entity))
    return tuple(dict.fromkeys(name for name in names if _HANDLE.fullmatch(name)))


def _is_mention(entity: Entity) -> bool:
    return entity.kind == "mention"


def _feature(text: str, entity: Entity, dids: Mapping[str, str]) -> dict[str, str] | None:
    words = text[entity.start : entity.end]
    match entity.kind:
        case "link":
            # Bare domains are links too, for X and so for what the preview marks.
            return {"$type": f"{KIND}#link", "uri": words if "://" in words else f"https://{words}"}
        case "hashtag":
            tag = words[1:]
            fits = count.graphemes(tag) <= LONGEST_TAG and count.utf8(tag) <= LARGEST_TAG
            return {"$type": f"{KIND}#tag", "tag": tag} if fits else None
        case "mention":
            did = dids.get(words[1:])
            return {"$type": f"{KIND}#mention", "did": did} if did else None


def _facet(text: str, entity: Entity, feature: dict[str, str]) -> dict[str, Any]:
    start = count.utf8(text[: entity.start])
    end = start + count.utf8(text[entity.start : entity.end])
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}
