"""Link cards: their words are checked as a post's own are, and what stands in their way is said; labels."""

from dataclasses import replace

import pytest

from scheduler.checks import Example, message_findings
from scheduler.model import Image, Limits, LinkCard, LinkText, Measure, Message, MessagePart, Picture, Variant
from scheduler.text.fit import fit
from tests.checks.world import CHANNELS, checked, rules_of

GIVEN = Limits((Measure(len, 300),), link_card="given", link_card_text=(10, 20), labels_graphic=True)
CARD = LinkText(title={"en": "Read it"})
PICTURE = Image("ab" * 32, "A wall", "image/jpeg", 1000, 1000, 900)
LINK = "https://karabakh.org/a"

CLAIM = {"en": "1,999 people were killed."}
CARDS = {
    "link_card.title.en": LinkText(title=CLAIM),
    "link_card.description.en": LinkText(title={"en": "Read it"}, description=CLAIM),
    "link_card.words.en": LinkText(title={"en": "Read it"}, image="wall.jpg", words=CLAIM),
}


def found(rule, **fields):
    post = Example("We remember.", fields={"link": {"": "https://karabakh.org/a"}, **fields}).post()
    return [one for one in checked(post) if one.rule == rule]


@pytest.mark.parametrize("path", sorted(CARDS))
def test_a_number_there_needs_its_fact_like_any_other(path):
    assert "1,999" in found("figures.unsourced", link_card=CARDS[path])[0].message


@pytest.mark.parametrize("path", sorted(CARDS))
def test_a_variants_link_card_too(path):
    variants = {"bluesky": Variant(link_card=CARDS[path])}
    assert "1,999" in found("figures.unsourced", variants=variants)[0].message


def test_a_placeholder_that_is_none_is_said():
    card = LinkText(title={"en": "After {yeras} years"})
    assert "{yeras}" in found("texts.placeholder", link_card=card)[0].message


def test_a_link_card_without_claims_says_nothing():
    post = Example("We remember.", fields={"link_card": LinkText(title={"en": "Read it"})}).post()
    assert rules_of(checked(post)) == rules_of(checked(Example("We remember.").post()))


def told(limits=GIVEN, link=LINK, shown=None, shows=(), corrects=None, **fields):
    """The rules that speak of one channel's finished message; `shows` are its pictures."""
    post = Example("We remember.", fields=fields).post()
    fitted = fit("We remember.", hashtags=(), link=link, warning_line=None, limits=limits, images=len(shows))
    message = Message(
        "2027/example/x-en",
        "en",
        (MessagePart(fitted.text, shows),),
        link=link,
        link_card=shown,
        corrects=corrects,
    )
    return rules_of(message_findings(post, CHANNELS["x-en"], message, fitted, limits))


def test_a_card_that_fits_has_no_findings():
    assert told(link_card=CARD, shown=LinkCard("Read it")) == set()


def test_a_card_without_a_link_has_nothing_to_stand_under():
    assert told(link=None, link_card=CARD) == {"messages.link-card-without-link"}


def test_a_post_with_a_link_in_one_language_alone_needs_no_card_in_the_others():
    # The channel speaks English, and neither link nor card does.
    assert told(link=None, link_card=LinkText(title={"az": "Oxu"})) == set()


def test_a_card_without_a_title_in_the_channels_language_is_said():
    assert told(link_card=LinkText(title={"az": "Oxu"})) == {"messages.link-card-language"}


@pytest.mark.parametrize("shown", [LinkCard("x" * 11), LinkCard("x", "y" * 21)])
def test_a_card_one_over_the_platforms_limit(shown):
    assert told(link_card=CARD, shown=shown) == {"messages.link-card-too-long"}


def test_a_card_at_the_limit_fits():
    assert told(link_card=CARD, shown=LinkCard("x" * 10, "y" * 20)) == set()


def test_a_card_beside_pictures_is_not_shown_and_that_is_said():
    pictures = (Picture("wall.jpg", alt={"en": "A wall"}),)
    assert told(link_card=CARD, images=pictures, shows=(PICTURE,)) == {"messages.link-card-unused"}


@pytest.mark.parametrize(
    ("limits", "link", "expected"),
    [
        (GIVEN, LINK, {"messages.no-link-card"}),
        (GIVEN, None, set()),
        (replace(GIVEN, link_card="fetched"), LINK, set()),
        (replace(GIVEN, link_card="none"), LINK, set()),
    ],
)
def test_a_bare_link_is_hinted_at_only_where_nobody_makes_a_card_of_it(limits, link, expected):
    assert told(limits, link) == expected


@pytest.mark.parametrize("level", ["none", "mild", "graphic"])
@pytest.mark.parametrize("labels", [True, False])
def test_a_marked_picture_is_warned_of_where_no_label_covers_it(level, labels):
    limits = replace(GIVEN, labels_graphic=labels)
    found = told(limits, link=None, shows=(replace(PICTURE, graphic=level),))
    uncovered = level != "none" and not labels
    assert found == ({"messages.graphic-uncovered"} if uncovered else set())


@pytest.mark.parametrize(
    ("pictures", "most", "said"), [(1, 0, True), (2, 1, True), (1, 1, False), (0, 0, False)]
)
def test_a_correction_that_is_a_comment_says_which_pictures_it_leaves_out(pictures, most, said):
    own = tuple(Picture(file="wall.jpg", alt={"en": "A wall"}) for _ in range(pictures))
    limits = replace(GIVEN, comment_images=most, min_images=1)
    found = told(limits, shows=(PICTURE,) * min(pictures, most), images=own, corrects="2027/before/x-en")
    assert ("messages.comment-pictures" in found) is said
    assert "messages.too-few-images" not in found
