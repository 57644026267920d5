"""The empty sheet that staff fill in: what each column means, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.content import schema
from scheduler.exchange import headings
from scheduler.exchange.shape import Path
from scheduler.exchange.workbook_out import Page
from scheduler.model import Kind, Ledger, Replies

TITLE = "Posts"

_CITED = ("facts", "people", "quotes", "positions", "recognitions", "offices")
_TEMPLATES = (
    *("witness", "quote", "figures", "dated", "document", "recognition", "letter", "announcement"),
    *("commemoration", "position", "plain"),
)
_EXAMPLES: Mapping[str, str] = {
    "id": "Leave it empty: an id is made from the day and the first words.",
    "when": "D-1 10:00 (the day before), 2027-02-14 18:00, or next slot. Times are those of {zone}.",
    "channels": "mastodon-en, x-en … Empty: every channel whose language the post has.",
    "hashtags": "#One #Two. Empty: the campaign's. none: no hashtag at all.",
    "image": "The name of a file in assets/images, such as memorial.jpg.",
    "words": "What stands written in the picture; none if nothing does.",
    "draft": "yes: checked, but not planned.",
}


def columns(languages: Sequence[str]) -> list[Path]:
    """The columns of an empty sheet: what most posts need, in the order people think of it."""
    by_language: list[Path] = [("text", one) for one in languages]
    pictures: list[Path] = [("images", 0, "file"), *(("images", 0, "alt", one) for one in languages)]
    rest: list[Path] = [(name,) for name in ("facts", "people", "quotes", "positions")]
    warnings: list[Path] = [("warning", one) for one in languages]
    card: list[Path] = [("card", "template"), *(("card", "title", one) for one in languages)]
    ends: list[Path] = [(name,) for name in ("author", "priority", "grace", "draft")]
    begins: list[Path] = [("id",), ("kind",), ("when",)]
    middle: list[Path] = [("channels",), ("link",), ("hashtags",)]
    return [*begins, *by_language, *middle, *pictures, ("images", 0, "words"), *rest, *card, *warnings, *ends]


def page(
    languages: Sequence[str], zone: str, channels: Sequence[str], ledger: Ledger, pictures: Sequence[str]
) -> Page:
    """The empty sheet."""
    paths = columns(languages)
    return described(
        Page(TITLE, [headings.written(path) for path in paths]), paths, zone, channels, ledger, pictures
    )


def described(
    page: Page,
    paths: Sequence[Path],
    zone: str,
    channels: Sequence[str],
    ledger: Ledger,
    pictures: Sequence[str],
) -> Page:
    """The page with a note at each heading and a list where there is something to choose."""
    offered: dict[str, Sequence[str]] = {
        "kind": [str(one) for one in Kind],
        "channels": channels,
        "replies": [str(one) for one in Replies],
        "draft": ("yes", "no"),
        "template": _TEMPLATES,
        "file": pictures,
        **{kind: sorted(ledger.of(kind)) for kind in _CITED},
    }
    notes, choices = {}, {}
    for heading, path in zip(page.headings, paths, strict=False):
        if path:
            notes[heading] = _note(path, zone)
            choices[heading] = offered.get(str(path[-1]), ())
    many = frozenset(
        heading
        for heading, path in zip(page.headings, paths, strict=False)
        if path and path[0] in ("channels", *_CITED)
    )
    return Page(page.title, page.headings, page.rows, notes, {k: v for k, v in choices.items() if v}, many)


def _note(path: Path, zone: str) -> str:
    """What the field means, in the words of the reference, and how it is filled in here."""
    place: Any = schema.post()["items"]["properties"].get(path[0], {})
    names = [one for one in path if isinstance(one, str)]
    key = "words" if "words" in names else "image" if path[0] == "images" else str(path[0])
    words = [place.get("description", ""), _EXAMPLES.get(key, "").format(zone=zone)]
    return "\n".join(one for one in words if one)
