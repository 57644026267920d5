"""What a platform would refuse for its size or kind, known before a byte is sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.model import Limits, MessagePart
from scheduler.platforms.base import Refusal, Refused

KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/gif": "GIF"}


OWN = ("images", "alt", "image_bytes", "image_pixels")
"""What a server may tell of itself besides "characters", by its name in Limits."""


def within(limits: Limits, own: Mapping[str, int]) -> Limits:
    """The limits with a server's own numbers in their place, smaller or larger; zero is no number."""
    found: dict[str, Any] = {name: own[name] for name in OWN if own.get(name, 0) > 0}
    characters = own.get("characters", 0)
    if characters > 0:
        measures = tuple(
            replace(one, limit=characters) if one.unit == "characters" else one for one in limits.measures
        )
        return replace(limits, measures=measures, **found)
    return replace(limits, **found) if found else limits


def too_much(platform: str, limits: Limits, part: MessagePart) -> Refused | None:
    """Why a part cannot go out as it is, and what to do; None where it can.

    `platform` is its name as a person says it.
    """
    images = part.images
    for measure in limits.text_measures(len(images)):
        if (length := measure.count(part.text)) > measure.limit:
            words = f"the text has {length:,} {measure.unit}; {platform} takes {measure.limit:,}; shorten it"
            return Refused(Refusal.CONTENT, words)
    if len(images) > limits.images:
        words = f"the post has {len(images)} images; {platform} takes {limits.images}; leave some out"
        return Refused(Refusal.CONTENT, words)
    for number, image in enumerate(images, 1):
        if image.size > limits.image_bytes:
            words = f"image {number} has {image.size:,} bytes; {platform} takes {limits.image_bytes:,}"
            return Refused(Refusal.MEDIA, f"{words}; use a smaller one")
        if image.media_type not in limits.image_types:
            taken = ", ".join(KINDS.get(kind, kind) for kind in limits.image_types)
            words = f"image {number} is {KINDS.get(image.media_type, image.media_type)}"
            return Refused(Refusal.MEDIA, f"{words}; {platform} takes {taken}; save it as one of these")
    return None
