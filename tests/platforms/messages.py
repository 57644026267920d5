"""Messages and images for the platform tests; the images are as small as a server's look at them allows."""

import hashlib
from zoneinfo import ZoneInfo

from scheduler.model import Channel, Image, Message, MessagePart

CARD = b"\xff\xd8\xff\xe0" + b"card" * 50
PHOTO = b"\x89PNG\r\n\x1a\n" + b"photo" * 50
FILES = {hashlib.sha256(content).hexdigest(): content for content in (CARD, PHOTO)}
KEY = "2027/figures/news-en"
TEXT = "On 26 February 1992, 613 people were killed & many went missing in Xocalı.\n\n#JusticeforKhojaly"


def image(content, alt):
    media_type = "image/jpeg" if content is CARD else "image/png"
    return Image(hashlib.sha256(content).hexdigest(), alt, media_type, 1080, 1350, len(content))


def message(text=TEXT, images=(), **more):
    return Message(KEY, "en", (MessagePart(text, tuple(images)),), **more)


def channel(platform, base_url=None, name="news-en"):
    return Channel(name, platform, "en", ZoneInfo("Europe/London"), base_url=base_url)
