"""Reading what LinkedIn says of posts: names, links, pictures, times, and texts without their markup."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from scheduler.model import LinkCard, Receipt
from scheduler.platforms.http import Answer
from scheduler.platforms.matching import Listed, squash
from scheduler.text import escape

DUPLICATE = re.compile(r"DUPLICATE_POST|duplicate of urn:li:\w+:\d+", re.IGNORECASE)
POST = re.compile(r"urn:li:(?:share|ugcPost):\d+")

NUMBERS = {
    "views": "impressionCount",
    "clicks": "clickCount",
    "likes": "likeCount",
    "replies": "commentCount",
    "reposts": "shareCount",
}


def urn(answer: Answer) -> str:
    """The name of the post just made; empty where none is told."""
    return answer.headers.get("x-restli-id", "")


def link(name: str) -> str:
    return f"https://www.linkedin.com/feed/update/{name}/"


def is_duplicate(answer: Answer) -> bool:
    return DUPLICATE.search(_text(answer)) is not None


def named(answer: Answer) -> str | None:
    """The post that an answer names, if any."""
    found = POST.search(_text(answer))
    return found[0] if found else None


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def pictures(post: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pictures of a post's content, in order."""
    content = post.get("content")
    if not isinstance(content, dict):
        return []
    if isinstance(media := content.get("media"), dict):
        return [media]
    several = content.get("multiImage")
    images = several.get("images") if isinstance(several, dict) else None
    return [one for one in images if isinstance(one, dict)] if isinstance(images, list) else []


def article(post: Mapping[str, Any]) -> dict[str, Any]:
    """The card under a post's link; empty where there is none."""
    content = post.get("content")
    found = content.get("article") if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def made_article(address: str, card: LinkCard) -> dict[str, str]:
    """The card under a link: LinkedIn makes none of the page itself."""
    image = card.image.sha256 if card.image is not None else ""
    article = {"source": address, "title": card.title, "description": card.description, "thumbnail": image}
    return {name: value for name, value in article.items() if value}


def card(post: Mapping[str, Any]) -> tuple[str, ...]:
    """What that card says. LinkedIn may write its address otherwise, so that is not compared."""
    found = article(post)
    return tuple(squash(str(found.get(name) or "")) for name in ("title", "description"))


def alt(picture: Mapping[str, Any]) -> str:
    return squash(str(picture.get("altText") or ""))


def text(post: Mapping[str, Any]) -> str:
    """Its words as a person wrote them."""
    return escape.undo_linkedin(str(post.get("commentary") or ""))


def listed(post: Mapping[str, Any]) -> Listed:
    name = str(post.get("id") or "")
    return Listed(Receipt(name, link(name)), text(post), len(pictures(post)))


def created(post: Mapping[str, Any]) -> datetime | None:
    """LinkedIn counts milliseconds since 1970."""
    made = post.get("publishedAt") or post.get("createdAt")
    return datetime.fromtimestamp(made / 1000, UTC) if isinstance(made, int) else None


def statistics(author: str, name: str) -> str:
    """The path of a page's numbers of one post."""
    kind = "ugcPosts" if ":ugcPost:" in name else "shares"
    asked = f"?q=organizationalEntity&organizationalEntity={quote(author, safe='')}"
    return f"/rest/organizationalEntityShareStatistics{asked}&{kind}=List({quote(name, safe='')})"


def numbers(answer: Answer) -> dict[str, int]:
    """A post's statistics, by our names."""
    elements = answer.fields.get("elements") or [{}]
    found = elements[0].get("totalShareStatistics") or {}
    return {name: int(found[theirs]) for name, theirs in NUMBERS.items() if theirs in found}
