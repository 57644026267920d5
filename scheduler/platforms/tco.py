"""X's changes to a text undone: t.co links, links to images, escaped characters."""

import html
import re
from collections.abc import Mapping
from typing import Any

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
