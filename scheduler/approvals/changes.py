"""What changed between two versions of what a channel shows, word by word and side by side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from scheduler.model import Image, LinkCard, Message, MessagePart

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_FIELDS = ("warning", "link", "language", "visibility", "replies", "corrects")


@dataclass(frozen=True)
class Change:
    """One thing that is another now: `what` it is ("text", "alt text 1"), and how it read and reads.

    `edits` are the words that went and the words that came, in order; changed words stand in [brackets].
    """

    what: str
    before: str
    after: str
    edits: tuple[tuple[str, str], ...]


def changes(before: Message, after: Message) -> tuple[Change, ...]:
    """Everything visible that differs; equal messages give ()."""
    return tuple(change for change in _all(before, after) if change.edits)


def _all(before: Message, after: Message) -> Iterator[Change]:
    for number, (was, now) in enumerate(zip_longest(before.parts, after.parts, fillvalue=MessagePart("")), 1):
        of_part = f" of part {number}" if max(len(before.parts), len(after.parts)) > 1 else ""
        yield compare(f"text{of_part}", was.text, now.text)
        yield from _pictures(of_part, was, now)
    for name in _FIELDS:
        yield compare(name, getattr(before, name) or "", getattr(after, name) or "")
    yield compare("how the channel shows it", ", ".join(before.display), ", ".join(after.display))
    yield from _link_card(before.link_card or LinkCard(""), after.link_card or LinkCard(""))


def _link_card(before: LinkCard, after: LinkCard) -> Iterator[Change]:
    yield compare("link card's title", before.title, after.title)
    yield compare("link card's description", before.description, after.description)
    yield compare("link card's picture", _file(before.image), _file(after.image))
    alts = [one.alt if one is not None else "" for one in (before.image, after.image)]
    yield compare("link card's alt text", *alts)


def _pictures(of_part: str, before: MessagePart, after: MessagePart) -> Iterator[Change]:
    for number, (was, now) in enumerate(zip_longest(before.images, after.images), 1):
        yield compare(f"picture {number}{of_part}", _file(was), _file(now))
        yield compare(f"alt text {number}{of_part}", was.alt if was else "", now.alt if now else "")


def _file(image: Image | None) -> str:
    if image is None:
        return ""
    marked = f" marked {', '.join(image.labels)}" if image.labels else ""
    return f"{image.width}×{image.height} {image.sha256}{marked}"


def compare(what: str, before: str, after: str) -> Change:
    """Two texts word by word; what only one of them has stands in [brackets]."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left, right, edits = "", "", []
    for how, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        if how == "equal":
            left, right = left + gone, right + come
            continue
        edits.append((gone, come))
        left += f"[{gone}]" if gone else ""
        right += f"[{come}]" if come else ""
    return Change(what, left, right, tuple(edits))
