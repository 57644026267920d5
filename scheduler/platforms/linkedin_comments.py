"""LinkedIn's comments: a correction is one, under the post it corrects, with a name of its own.

Source: learn.microsoft.com, linkedin/marketing: comments-api (read November 2026).
"""

import re
from urllib.parse import quote

from scheduler.platforms.http import Answer

COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")


def under(post: str) -> str:
    """The path of a post's comments."""
    return f"/rest/socialActions/{quote(post, safe='')}/comments"


def urn(answer: Answer, post: str) -> str:
    """The name of the comment just made; empty where none is told.

    The header holds its number alone, which without the post names nothing.
    """
    if told := answer.fields.get("commentUrn"):
        return str(told)
    number = answer.headers.get("x-restli-id") or answer.fields.get("id")
    return f"urn:li:comment:({post},{number})" if number else ""


def path_of(name: str, actor: str) -> str | None:
    """Where a comment of that name can be taken down by its writer; None where the name is no comment's."""
    found = COMMENT.fullmatch(name)
    return f"{under(found[1])}/{found[2]}?actor={quote(actor, safe='')}" if found else None
