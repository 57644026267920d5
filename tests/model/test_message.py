"""What a message says survives being kept, and an approval signs all of it."""

from dataclasses import replace

import pytest

from scheduler.model import Image, LinkCard, Message, MessagePart, digest

PICTURE = Image("ab" * 32, "alt", "image/jpeg", 1, 2, 3)
PLAIN = Message(
    "2027/a/b",
    "az",
    (MessagePart("Bir", (PICTURE,)), MessagePart("İki")),
    warning="w",
    link="https://example.org",
    replies="nobody",
    corrects="2027/c/b",
)
CARD = LinkCard("The ledger", "Every figure with its source.", PICTURE)
CARDED = replace(PLAIN, parts=(MessagePart("Bir"),), link_card=CARD)


def test_an_approval_given_before_there_were_link_cards_and_labels_stands():
    # Worked out by the digest of the version before, over the same message.
    assert digest(PLAIN) == "a579de046ab07f00ee95f91a0470cf202758ec06627af9fcb92c985a8014408b"


def test_a_message_kept_before_there_were_link_cards_is_read_as_it_was():
    fields = PLAIN.to_json()
    assert "link_card" not in fields
    assert "graphic" not in fields["parts"][0]["images"][0]
    assert Message.from_json(fields) == PLAIN


def test_what_the_channel_changes_in_how_it_is_shown_is_kept_and_named_only_where_it_changes_something():
    covered = replace(PLAIN, display=("spoiler",))
    assert "display" not in PLAIN.to_json()
    assert Message.from_json(covered.to_json()) == covered
    assert digest(covered) != digest(PLAIN)


@pytest.mark.parametrize(
    "message",
    [CARDED, replace(CARDED, link_card=LinkCard("Alone")), replace(PLAIN, parts=(MessagePart("Bir"),))],
)
def test_a_link_card_is_kept_whole(message):
    assert Message.from_json(message.to_json()) == message


@pytest.mark.parametrize(
    "card",
    [
        None,
        replace(CARD, title="The Ledger"),
        replace(CARD, description=""),
        replace(CARD, image=None),
        replace(CARD, image=replace(PICTURE, sha256="cd" * 32)),
        replace(CARD, image=replace(PICTURE, graphic="mild")),
    ],
)
def test_another_link_card_needs_another_approval(card):
    assert digest(replace(CARDED, link_card=card)) != digest(CARDED)


def test_a_label_that_comes_or_goes_needs_another_approval():
    labels = ("none", "mild", "graphic")
    shown = [
        replace(PLAIN, parts=(MessagePart("Bir", (replace(PICTURE, graphic=one),)), PLAIN.parts[1]))
        for one in labels
    ]
    assert len({digest(one) for one in shown}) == 3
    assert [Message.from_json(one.to_json()) for one in shown] == shown


def test_a_link_cards_picture_is_one_of_the_first_parts_alone():
    own = replace(CARDED, parts=(MessagePart("One."), MessagePart("Two.", (PICTURE,))))
    assert own.images_of(0) == (PICTURE,)
    assert own.images_of(1) == (PICTURE,)
    assert own.images == (PICTURE, PICTURE)
    graphic = replace(own, link_card=replace(CARD, image=replace(PICTURE, graphic="graphic")))
    assert (graphic.is_graphic(0), graphic.is_graphic(1)) == (True, False)
