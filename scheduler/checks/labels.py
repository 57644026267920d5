"""What stands under a link, and what covers a picture: by platform ours, its own, or nothing."""

from collections.abc import Callable, Iterator

from scheduler.checks.rules import Rule, rule
from scheduler.content.version import Version, spoken
from scheduler.model import Finding, Limits, Message, Severity

NO_LINK = rule(
    "messages.link-card-without-link",
    Severity.ERROR,
    "A link card has no link to stand under.",
    "Give the post a `link`, or take `link_card` out.",
)
NO_TITLE = rule(
    "messages.link-card-language",
    Severity.WARNING,
    "A link card has no title in a channel's language, so the bare link goes out there.",
    "Write the title in that language too.",
)
CARD_TOO_LONG = rule(
    "messages.link-card-too-long",
    Severity.ERROR,
    "A link card's title or description is longer than the platform takes.",
    "Shorten it, or write a variant for the channel.",
)
COVERED = rule(
    "messages.link-card-unused",
    Severity.HINT,
    "A link card is not shown, since the post has pictures, and a post shows one or the other.",
    "Take the card or the pictures out, if it matters.",
)
BARE = rule(
    "messages.no-link-card",
    Severity.HINT,
    "The platform makes no card of the page behind a link: the bare link stands in the text.",
    "Write a `link_card` with title, description and image.",
)
UNCOVERED = rule(
    "messages.graphic-uncovered",
    Severity.WARNING,
    "A picture marked as graphic goes out on a platform that has no label for it.",
    "Choose another picture there (a variant), or leave the channel out.",
)

COMMENT = rule(
    "messages.comment-pictures",
    Severity.WARNING,
    "A correction is only a comment on a platform, which shows fewer pictures than the post has, or none.",
    "Let the words say all that matters.",
)

About = Callable[[Rule, str, str], Finding]
"""Pins a rule's finding to a value of one post on one channel: rule, path, words."""


def findings(about: About, written: Version, message: Message, limits: Limits) -> Iterator[Finding]:
    """Of the card under the message's link, and of pictures that should be covered and cannot be."""
    if message.corrects and limits.comment_images is not None:
        yield from _comment(about, written, limits.comment_images)
    else:
        yield from _card(about, written, message, limits)
    if not limits.labels_graphic and any(image.is_graphic for image in message.images):
        words = "a picture is marked as graphic, and the platform has no label that covers it"
        shown = "images" if written.images else "card" if written.card else "link_card"
        yield about(UNCOVERED, shown, words)


def _comment(about: About, written: Version, most: int) -> Iterator[Finding]:
    count = bool(written.card) + len(written.images)
    if count > most or written.link_card is not None:
        shown = f"the first of its {count} pictures" if most and count else "none of its pictures"
        path = "images" if written.images else "card" if written.card else "link_card"
        yield about(COMMENT, path, f"a correction is a comment there: it shows {shown}, and no link card")


def _card(about: About, written: Version, message: Message, limits: Limits) -> Iterator[Finding]:
    card = written.link_card
    if card is None:
        if message.link and limits.link_card == "given" and not (written.card or written.images):
            yield about(BARE, "link", "its bare link stands in the text; a link_card would stand under it")
        return
    if message.link is None and not spoken(card.title, message.language):
        return  # link and card are both for other languages
    if message.link is None:
        yield about(NO_LINK, "link_card", "there is no link that the card could stand under")
        return
    if limits.link_card != "given":
        return
    if written.card or written.images:
        yield about(COVERED, "link_card", "the post has pictures, so its link card is not shown")
    elif not spoken(card.title, message.language):
        words = f"the link card has no title in {message.language}, so the bare link goes out"
        yield about(NO_TITLE, "link_card.title", words)
    yield from _lengths(about, message, limits)


def _lengths(about: About, message: Message, limits: Limits) -> Iterator[Finding]:
    if (card := message.link_card) is None:
        return
    texts = (("title", card.title), ("description", card.description))
    for (name, text), most in zip(texts, limits.link_card_text, strict=True):
        if len(text) > most:
            words = f"the link card's {name} has {len(text):,} characters; the platform takes {most:,}"
            yield about(CARD_TOO_LONG, f"link_card.{name}", words)
