"""Each thing that a message has, changed by itself, takes an approval back; a new field must be thought of.

The property tests of tests/test_visible.py try every mixture, but no single field for certain.
"""

from dataclasses import fields, replace

import pytest

from scheduler.approvals import changes
from scheduler.model import Image, LinkCard, Message, MessagePart, digest

PICTURE = Image("a" * 64, "A candle.", "image/jpeg", 1080, 1350, 3)
OTHER = replace(PICTURE, sha256="b" * 64)
MESSAGE = Message(
    "2027/figures/x-en",
    "en",
    (MessagePart("613 people were killed.", (PICTURE, OTHER)), MessagePart("Others say fewer.")),
    warning="Killing of civilians",
    link="https://museum.test-site.org/a",
    link_card=LinkCard("The night", "What is known", PICTURE),
)
OF_MESSAGE = {
    "key": "2028/figures/x-en",
    "language": "az",
    "warning": None,
    "link": "https://museum.test-site.org/b",
    "visibility": "unlisted",
    "replies": "nobody",
    "corrects": "2027/before/x-en",
    "parts": MESSAGE.parts[::-1],
    "link_card": None,
    "display": ("spoiler",),
}
OF_PART = {"text": "614 people were killed.", "images": (OTHER, PICTURE)}
OF_IMAGE = {"sha256": "c" * 64, "alt": "A street.", "graphic": "mild", "ai": True}
OF_CARD = {"title": "The day", "description": "", "image": None}
FOLLOWS = {"media_type", "width", "height", "size"}
"""What the bytes themselves say: their SHA-256 signs it."""


def with_part(**change):
    return replace(MESSAGE, parts=(replace(MESSAGE.parts[0], **change), MESSAGE.parts[1]))


def with_image(**change):
    return with_part(images=(replace(PICTURE, **change), OTHER))


def with_card(**change):
    return replace(MESSAGE, link_card=replace(MESSAGE.link_card, **change))


def with_card_image(**change):
    return with_card(image=replace(PICTURE, **change))


EACH = [
    *((f"message {name}", replace(MESSAGE, **{name: now})) for name, now in OF_MESSAGE.items()),
    *((f"part {name}", with_part(**{name: now})) for name, now in OF_PART.items()),
    *((f"image {name}", with_image(**{name: now})) for name, now in OF_IMAGE.items()),
    *((f"card {name}", with_card(**{name: now})) for name, now in OF_CARD.items()),
    *((f"card's image {name}", with_card_image(**{name: now})) for name, now in OF_IMAGE.items()),
]


@pytest.mark.parametrize("after", [one for _, one in EACH], ids=[name for name, _ in EACH])
def test_each_visible_thing_changed_by_itself_has_another_digest(after):
    assert digest(after) != digest(MESSAGE)


@pytest.mark.parametrize(
    "after",
    [one for name, one in EACH if name != "message key"],
    ids=[n for n, _ in EACH if n != "message key"],
)
def test_each_visible_thing_changed_by_itself_is_named_to_those_who_approved_it(after):
    assert changes(MESSAGE, after)


@pytest.mark.parametrize(
    ("noun", "tried"),
    [(Message, OF_MESSAGE), (MessagePart, OF_PART), (Image, {*OF_IMAGE, *FOLLOWS}), (LinkCard, OF_CARD)],
    ids=["message", "part", "image", "link card"],
)
def test_no_field_is_left_out_of_the_list(noun, tried):
    assert {one.name for one in fields(noun)} == set(tried)
