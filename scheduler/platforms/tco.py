"""Reading what X says of posts: ids, and texts with its changes undone (t.co, image links, &amp;)."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.platforms.http import Answer, Outcome, moment
from scheduler.platforms.matching import squash


def undo(post: Mapping[str, Any]) -> str:
    """A post's text as it was written: t.co links by what they stand for, image links gone, &amp; as &."""
    text = str(post.get("text", ""))
    urls = post.get("entities", {}).get("urls", ())
    for url in urls:
        own = "media_key" in url or str(url.get("display_url", "")).startswith(
            ("pic.x.com", "pic.twitter.com")
        )
        text = text.replace(str(url.get("url")), "" if own else str(url.get("expanded_url", "")))
    return html.unescape(text).strip()


def plain(text: str) -> str:
    """For comparison: X writes a bare domain's link out (`example.org` becomes `http://example.org/`)."""
    words = (re.sub(r"^https?://", "", word) for word in squash(text).split())
    return " ".join(word.removesuffix("/") for word in words)


def data(outcome: Outcome) -> dict[str, Any]:
    """The `data` object of a success, or an empty one."""
    found = outcome.fields.get("data") if isinstance(outcome, Answer) and outcome.ok else None
    return found if isinstance(found, dict) else {}


def posts(answer: Answer) -> list[dict[str, Any]]:
    """The posts of a listing."""
    found = answer.fields.get("data", [])
    return (
        [post for post in found if isinstance(post, dict) and id_of(post)] if isinstance(found, list) else []
    )


def meta(answer: Answer) -> dict[str, Any] | None:
    """What a listing says of itself; None where the answer is no listing at all."""
    found = answer.fields.get("meta") if answer.ok else None
    return found if isinstance(found, dict) else None


def id_of(fields: Mapping[str, Any]) -> str:
    value = fields.get("id")
    return value if isinstance(value, str) else ""


def created_at(post: Mapping[str, Any]) -> datetime | None:
    """When it was published (aware UTC); None where that is not said."""
    return moment(str(post.get("created_at", "")))


def age(remote: str) -> tuple[int, str]:
    """X's ids are numbers that grow with time."""
    return len(remote), remote


COUNTS = {
    "impression_count": "views",
    "like_count": "likes",
    "retweet_count": "reposts",
    "reply_count": "replies",
    "quote_count": "quotes",
    "bookmark_count": "bookmarks",
}


def counts(numbers: Mapping[str, Any]) -> dict[str, int]:
    """How a post was received, by the names that all platforms share."""
    return {ours: numbers[theirs] for theirs, ours in COUNTS.items() if isinstance(numbers.get(theirs), int)}
