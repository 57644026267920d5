"""Whether a post is among those an account lists: the proof behind Found and Absent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from scheduler.model import Message, Receipt
from scheduler.platforms.base import Absent, CannotTell, Found
from scheduler.text.normalise import nfc

NEARLY = 0.9
"""From this likeness on (difflib's ratio), another text may be ours after some change of the platform's."""


@dataclass(frozen=True)
class Listed:
    """One of the account's own posts, newer than the baseline, its text without the platform's changes."""

    receipt: Receipt
    text: str
    images: int


UNKNOWN_BEFORE = CannotTell(
    "what the account showed before is not known, so a post with these words may be an older one; look at "
    "the account, then `settle` it"
)
UNREACHED = CannotTell(
    "the post that was the newest before is not listed any more, so a post with these words may be an older "
    "one; look at the account, then `settle` it"
)


def newer(listed: Sequence[Mapping[str, Any]], baseline: str | None) -> list[Mapping[str, Any]] | CannotTell:
    """Those of a listing (newest first, each with its `id`) that came after the baseline.

    A baseline of "" says that there was no post before; several ids are parted by commas, and whichever is
    met first ends what is new. A listing that does not reach the baseline (it was
    deleted, or lies too far back) does not tell which posts are new.
    """
    if baseline is None:
        return UNKNOWN_BEFORE
    if not baseline:
        return list(listed)
    before = baseline.split(",")
    reached = next((n for n, post in enumerate(listed) if str(post.get("id")) in before), None)
    return UNREACHED if reached is None else list(listed[:reached])


def squash(text: str) -> str:
    """The text for comparison: NFC, every run of spaces and line breaks one space (platforms change them)."""
    return " ".join(nfc(text).split())


def match(
    text: str,
    images: int,
    listed: Iterable[Listed],
    taken: frozenset[str],
    plain: Callable[[str], str] = squash,
) -> Found | Absent | CannotTell:
    """Look for a text with so many images among posts of a listing that reached the baseline.

    Found needs exactly one with the same text and number of images that no other delivery holds. What is
    merely like it (fewer images, a changed word) is for a person to judge: CannotTell.
    """
    free = [post for post in listed if post.receipt.remote_id not in taken]
    wanted = plain(text)
    same = [post for post in free if plain(post.text) == wanted]
    exact = [post for post in same if post.images == images]
    if len(exact) == 1:
        return Found(exact[0].receipt)
    if exact:
        return CannotTell(
            f"{len(exact)} posts with these words are out; look which one is meant: {_where(exact)}"
        )
    if same:
        found = f"{same[0].images} instead of {images} images"
        return CannotTell(f"a post with these words is out, but with {found}: {_where(same)}")
    if near := [post for post in free if _alike(plain(post.text), wanted)]:
        return CannotTell(
            f"a post with nearly these words is out; look whether it is this one: {_where(near)}"
        )
    return Absent()


def already(
    messages: Iterable[Message], listed: Iterable[Listed], plain: Callable[[str], str] = squash
) -> dict[str, str]:
    """The keys of the messages whose first part's text is among the posts listed, with the post's place."""
    places = {plain(post.text): post.receipt.url or post.receipt.remote_id for post in listed}
    found = {message.key: places.get(plain(message.parts[0].text)) for message in messages}
    return {key: place for key, place in found.items() if place is not None}


def _alike(one: str, other: str) -> bool:
    likeness = SequenceMatcher(None, one, other, autojunk=False)
    return likeness.quick_ratio() >= NEARLY and likeness.ratio() >= NEARLY


def _where(posts: list[Listed]) -> str:
    return ", ".join(post.receipt.url or post.receipt.remote_id for post in posts[:3])
