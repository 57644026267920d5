"""What a channel gets: a Message is complete, and its digest is what an approval signs."""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

DIGEST_VERSION = 1


@dataclass(frozen=True)
class Image:
    """Final bytes by their SHA-256 (hex), with what a reader of a screen hears. Size in pixels and bytes."""

    sha256: str
    alt: str
    media_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True)
class MessagePart:
    """One visible post: final text (hashtags, link and warning line included) and final images."""

    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Message:
    """Everything one channel will show for one post. Nothing downstream looks back at the post.

    `key` is `2027/figures/mastodon-en`. `warning` is the spoiler where the platform has a field for it;
    elsewhere the warning is already the text's first line and `warning` repeats it. `corrects` is the key of
    the delivery replied to.
    """

    key: str
    language: str
    parts: tuple[MessagePart, ...]
    warning: str | None = None
    link: str | None = None
    visibility: str = "public"
    replies: str = "everyone"
    corrects: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Message":
        parts = tuple(
            MessagePart(part["text"], tuple(Image(**image) for image in part["images"]))
            for part in fields["parts"]
        )
        return cls(**{**fields, "parts": parts})


def digest(message: Message) -> str:
    """SHA-256 (hex) over canonical JSON of all that a reader can see: sorted keys, UTF-8, NFC, no floats.

    Times, attempts and media ids are not in it, so a delivery may move within its day without losing its
    approval.
    """
    visible = {
        "v": DIGEST_VERSION,
        "key": message.key,
        "language": message.language,
        "warning": message.warning,
        "link": message.link,
        "visibility": message.visibility,
        "replies": message.replies,
        "corrects": message.corrects,
        "parts": [
            [part.text, [[image.sha256, image.alt] for image in part.images]] for part in message.parts
        ],
    }
    canonical = json.dumps(visible, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()
