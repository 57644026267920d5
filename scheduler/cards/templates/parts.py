"""Parts that several templates share, so that all cards are of one family."""

from scheduler.cards.formats import By
from scheduler.cards.request import Said, Words
from scheduler.cards.stack import Line, Rule, Text

DATE = Line("the date", lambda said: said.date, By(42, 38, 32, 46), By(0, 0, 0, 0), weight=600, least=25)
"""A small line over the rule that says when."""

UNDER_DATE = Rule(By(38, 34, 28, 42))
TITLE = Text(
    "the title",
    lambda said: said.title,
    By(100, 88, 64, 112),
    By(44, 42, 32, 52),
    By(52, 44, 34, 60),
    leading=1.14,
)
UNDER_TITLE = Text(
    "the text",
    lambda said: said.text if said.title else None,
    By(50, 46, 36, 56),
    By(30, 28, 24, 34),
    By(44, 38, 24, 52),
    leading=1.32,
    role="soft",
)
ALONE = Text(
    "the text",
    lambda said: None if said.title else said.text,
    By(80, 72, 60, 92),
    By(36, 34, 30, 40),
    By(52, 44, 34, 60),
)
"""Words that have the card to themselves."""


def name_at(number: int, said: Said) -> Words | None:
    return said.names[number] if number < len(said.names) else None


def role_at(number: int, said: Said) -> Words | None:
    return said.roles[number] if number < len(said.roles) else None


ROLE = Line("the attribution", lambda said: role_at(0, said), By(32, 30, 27, 36), By(23, 20, 16, 26))
WHO = (
    Rule(By(52, 40, 28, 60)),
    Line(
        "the attribution",
        lambda said: name_at(0, said),
        By(42, 38, 34, 48),
        By(38, 34, 28, 42),
        weight=600,
        role="ink",
    ),
    ROLE,
)
"""Who said it, under the rule."""
