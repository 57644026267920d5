"""LinkedIn's markup ("little text"): what must be escaped so that a post arrives whole."""

import re
from collections.abc import Iterator

from scheduler.text import entities

# An unescaped bracket cuts the post short while the API answers 201.
# Source: "little Text Format", learn.microsoft.com, view li-lms-2026-05.
_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")

_HASHTAG = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^}\\])*)\}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


TEMPLATE, PLAIN = "{{hashtag|\\#|{}}}", "#{}"
"""The two ways in which LinkedIn takes a hashtag."""


def linkedin(text: str, hashtag: str = TEMPLATE) -> str:
    """The text as LinkedIn's `commentary` wants it: reserved characters escaped, hashtags in that form."""
    return "".join(_pieces(text, hashtag))


def _pieces(text: str, hashtag: str) -> Iterator[str]:
    reached = 0
    for entity in entities.find(text) if "#" in text else ():
        if entity.kind == "hashtag":
            yield _escaped(text[reached : entity.start])
            yield hashtag.format(_escaped(text[entity.start + 1 : entity.end]))
            reached = entity.end
    yield _escaped(text[reached:])


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)


def undo_linkedin(commentary: str) -> str:
    """A `commentary` as a person wrote it: hashtags out of their template, reserved characters bare."""
    return _ESCAPED.sub(r"\1", _HASHTAG.sub(r"#\1", commentary))
