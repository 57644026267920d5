"""What a channel gets: a Message is complete, and its digest is what an approval signs."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from scheduler.model.ledger import Graphic

DIGEST_VERSION = 1


@dataclass(frozen=True)
class Image:
    """Final bytes by their SHA-256 (hex), with what a reader of a screen hears. Size in pixels and bytes.

    `graphic` is what the picture's media record says of it; a platform that can labels it so. `ai` is set
    where the record says that a program made it and the platform is told so.
    """

    sha256: str
    alt: str
    media_type: str
    width: int
    height: int
    size: int
    graphic: Graphic = "none"
    ai: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """What the platform is told of it, in words; nothing of most pictures."""
        return (*((self.graphic,) if self.is_graphic else ()), *(("ai",) if self.ai else ()))

    @property
    def is_graphic(self) -> bool:
        return self.graphic != "none"

    def to_json(self) -> dict[str, Any]:
        # What was stored before pictures had labels reads and compares as before.
        left_out = {"graphic": not self.is_graphic, "ai": not self.ai}
        return {name: value for name, value in vars(self).items() if not left_out.get(name)}


@dataclass(frozen=True)
class MessagePart:
    """One visible post: final text (hashtags, link and warning line included) and final images."""

    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class LinkCard:
    """What stands under a message's link, where the platform takes that from us: final words and picture."""

    title: str
    description: str = ""
    image: Image | None = None

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "image": self.image.to_json() if self.image else None}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "LinkCard":
        image = fields["image"]
        return cls(fields["title"], fields["description"], Image(**image) if image else None)


@dataclass(frozen=True)
class Message:
    """Everything one channel will show for one post. Nothing downstream looks back at the post.

    `key` is `2027/figures/mastodon-en`. `warning` is the spoiler where the platform has a field for it;
    elsewhere the warning is already the text's first line and `warning` repeats it. `corrects` is the key of
    the delivery replied to. `link_card` is there only where the platform shows ours, under the first part.
    `display` is what the channel's settings change in how this is shown ("spoiler"); () as usual.
    """

    key: str
    language: str
    parts: tuple[MessagePart, ...]
    warning: str | None = None
    link: str | None = None
    visibility: str = "public"
    replies: str = "everyone"
    corrects: str | None = None
    link_card: LinkCard | None = None
    display: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[Image, ...]:
        """Every picture it shows, in order; the link card's is the first part's last."""
        return tuple(image for part in range(len(self.parts)) for image in self.images_of(part))

    def images_of(self, part: int) -> tuple[Image, ...]:
        """The pictures that part `part` (from 0) shows, its link card's among them."""
        images = self.parts[part].images
        card = self.link_card if part == 0 else None
        return (*images, card.image) if card is not None and card.image is not None else images

    def is_graphic(self, part: int) -> bool:
        """Whether a picture of part `part` (from 0) is one that its record marks as graphic or mildly so."""
        return any(image.is_graphic for image in self.images_of(part))

    def is_covered(self, part: int) -> bool:
        """Whether the pictures of part `part` (from 0) are covered until touched, where the platform can."""
        asked = "spoiler" in self.display and bool(self.parts[part].images)
        return asked or self.is_graphic(part)

    def made_with_ai(self, part: int) -> bool:
        """Whether readers of part `part` (from 0) are told that a program made one of its pictures."""
        return any(image.ai for image in self.images_of(part))

    def to_json(self) -> dict[str, Any]:
        fields = dict(vars(self))
        fields["parts"] = [
            {"text": part.text, "images": [image.to_json() for image in part.images]} for part in self.parts
        ]
        # What was stored before there were such things reads and compares as before.
        card, display = fields.pop("link_card"), fields.pop("display")
        if card is not None:
            fields["link_card"] = card.to_json()
        return {**fields, "display": list(display)} if display else fields

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Message":
        parts = tuple(
            MessagePart(part["text"], tuple(Image(**image) for image in part["images"]))
            for part in fields["parts"]
        )
        card = fields.get("link_card")
        made = {
            "parts": parts,
            "link_card": LinkCard.from_json(card) if card else None,
            "display": tuple(fields.get("display", ())),
        }
        return cls(**{**fields, **made})


def digest(message: Message) -> str:
    """SHA-256 (hex) over canonical JSON of all that a reader can see: sorted keys, UTF-8, NFC, no floats.

    Times, attempts and media ids are not in it, so a delivery may move within its day without losing its
    approval. What a message does not have (a link card, a label, a setting of its channel that shows) is not
    named in it, so that approvals given before there were such things stand.
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
        "parts": [[part.text, [_seen(image) for image in part.images]] for part in message.parts],
    }
    if (card := message.link_card) is not None:
        visible["link_card"] = [card.title, card.description, _seen(card.image) if card.image else None]
    if message.display:
        visible["display"] = list(message.display)
    canonical = json.dumps(visible, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()


def _seen(image: Image) -> list[str]:
    """A picture as its reader gets it: its bytes, its description, its labels."""
    return [image.sha256, image.alt, *image.labels]
