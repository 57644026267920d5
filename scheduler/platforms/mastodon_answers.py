"""What a server of the Mastodon API says of an account, of itself, and when it says no."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.platforms import html_text, verdicts
from scheduler.platforms.base import Account, Refusal
from scheduler.platforms.http import Answer
from scheduler.platforms.statuses import id_of, text_of

NEEDED = ("read:statuses", "write:statuses", "write:media")
SCOPES = "profile, read:statuses, write:statuses and write:media"
ERRORS: verdicts.Table = {
    400: (Refusal.CONTENT, verdicts.CHANGE_IT),
    401: (
        Refusal.AUTH,
        "the access token is not valid (any more); make a new one under Preferences → Development and put it "
        "into .env",
    ),
    403: (Refusal.PERMISSION, f"check the account, and that the token has the scopes {SCOPES}"),
    404: (Refusal.BLOCKED, "check base_url, and that a post replied to still exists"),
    410: (Refusal.BLOCKED, "the server has closed this; check base_url"),
    413: (Refusal.MEDIA, "the image is too large for this server"),
    415: (Refusal.MEDIA, "the server does not take this kind of image"),
    422: (Refusal.CONTENT, verdicts.CHANGE_IT),
    425: (Refusal.TRANSIENT, "it will be tried again"),
    429: (Refusal.RATE, "it will be tried again when the server allows"),
    451: (Refusal.BLOCKED, "the server refuses this for legal reasons"),
}
UPLOAD_ERRORS: verdicts.Table = {
    **ERRORS,
    400: (Refusal.MEDIA, "replace the image"),
    422: (Refusal.MEDIA, "replace the image"),
}


def about_media(words: str) -> bool:
    """Whether a refusal of a post speaks of its images."""
    return re.search(r"media|process|attach", words, re.IGNORECASE) is not None


def account_of(answer: Answer) -> Account | None:
    """Who the token speaks for; None where the answer is none."""
    fields = answer.fields
    if not (remote := id_of(fields)):
        return None
    url = text_of(fields, "url") or None
    host = urlsplit(url or "").hostname
    name = text_of(fields, "acct") or text_of(fields, "username")
    handle = f"@{name}@{host}" if host and "@" not in name else f"@{name}"
    bot = fields.get("bot")
    return Account(
        remote,
        handle,
        url,
        date=answer.date,
        profile=html_text.undo(fields["note"]) if isinstance(fields.get("note"), str) else None,
        automated=bot if isinstance(bot, bool) else None,
        endless=True,
    )


def limits_of(instance: Mapping[str, Any]) -> dict[str, int]:
    """The server's own numbers, by their names in Limits; those it does not tell are not there."""
    told = _inner(instance, "configuration")
    posts, media = _inner(told, "statuses"), _inner(told, "media_attachments")
    found = {
        # Some servers have told only this, since before there was a `configuration`.
        "characters": posts.get("max_characters", instance.get("max_toot_chars")),
        "images": posts.get("max_media_attachments"),
        "alt": media.get("description_limit"),
        "image_bytes": media.get("image_size_limit"),
        "image_pixels": media.get("image_matrix_limit"),
    }
    return {name: value for name, value in found.items() if _is_number(value)}


def permissions_of(app: Mapping[str, Any]) -> tuple[str, ...]:
    """What the token may do; empty where the server does not tell."""
    scopes = app.get("scopes")
    return tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else ()


def missing(permissions: tuple[str, ...]) -> tuple[str, ...]:
    """What publishing needs besides; a whole (`write`) has its parts (`write:media`)."""
    if not permissions:
        return ()
    return tuple(scope for scope in NEEDED if not {scope, scope.partition(":")[0]} & set(permissions))


def _inner(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
