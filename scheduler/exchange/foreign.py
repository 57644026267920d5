"""Upload files of Buffer and Publer: how they are recognised, and their one text taken apart into ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scheduler.text import hashtags

BUFFER = ("Text", "Image URL", "Tags", "Posting Time")
PUBLER = (
    *("Date", "Text", "Link(s)", "Media URL(s)", "Title", "Label(s)", "Alt text(s)", "Comment(s)"),
    *("Board/Album", "Post subtype", "CTA", "Reminder"),
)

_NEEDED = {
    "Buffer": frozenset(("text", "image url", "posting time")),
    "Publer": frozenset(("date", "text", "media url(s)", "comment(s)")),
}
_TAGS = re.compile(r"#\S+(?:\s+#\S+)*")
_LINK = re.compile(r"(?:^|\s)(https?://\S+)$")


def tool(headings: Iterable[str]) -> str | None:
    """Whose file it is by its headings; None for a sheet of our own or anybody's."""
    plain = {re.split(r"\s+[-–—]\s+|,", one, maxsplit=1)[0].strip().casefold() for one in headings}
    return next((name for name, needed in _NEEDED.items() if needed <= plain), None)


def taken_apart(value: Mapping[str, Any]) -> dict[str, Any]:
    """The value with the hashtags and the link at its text's end as hashtags and link of the post.

    Such a text is whole: one that ends with no hashtag has none, and the campaign's are not added.
    """
    texts = value.get("text")
    if not isinstance(texts, Mapping) or len(texts) != 1:
        return dict(value)
    (language, words), made = next(iter(texts.items())), dict(value)
    body, tags = _without_tags(str(words))
    made.setdefault("hashtags", tags)
    link = value.get("link")
    match = _LINK.search(body)
    if match is not None and link in (None, match[1]) and body[: match.start()].strip():
        made["link"], body = match[1], body[: match.start()].rstrip()
    made["text"] = {language: body}
    return made


def _without_tags(words: str) -> tuple[str, list[str]]:
    """The words, and the hashtags of the last line where it is nothing else."""
    body, _, last = words.rpartition("\n")
    if not body.strip() or _TAGS.fullmatch(last.strip()) is None:
        return words, []
    tags = [one.removeprefix("#") for one in last.split()]
    if any(hashtags.problem(one) for one in tags):
        return words, []
    return body.rstrip(), tags
