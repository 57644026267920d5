"""Reading what Telegram answers: reasons, receipts, and what it made of a post, its places in UTF-16 units.

A bot cannot read a chat, so the answer to a post is the only look at it. Telegram finds hashtags and links
in plain text by itself; its answer says where, which is compared with what we took for hashtags and links.
Source: core.telegram.org/bots/api, "Message" and "MessageEntity" (read November 2026).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scheduler.model import Receipt
from scheduler.platforms.http import Answer
from scheduler.platforms.matching import squash
from scheduler.text import count, entities

LOOK = "look at it, and retract it if it must not stand so"


def said(answer: Answer) -> str:
    return answer.words.lower()  # Telegram's reasons are English


def result(answer: Answer) -> dict[str, Any]:
    found = answer.fields.get("result")
    return found if isinstance(found, dict) else {}


def _messages(answer: Answer) -> list[dict[str, Any]]:
    """One, or those of an album in order."""
    found = answer.fields.get("result")
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def receipt(answer: Answer) -> Receipt | None:
    """The first message's id and link; an album's other messages stand in `refs`, for deleting them."""
    messages = _messages(answer)
    ids = [one["message_id"] for one in messages if isinstance(one.get("message_id"), int)]
    if not ids:
        return None
    chat = messages[0].get("chat")
    return Receipt(str(ids[0]), _link(chat if isinstance(chat, dict) else {}, ids[0]), tuple(_refs(ids[1:])))


def _refs(ids: Iterable[int]) -> Iterator[tuple[str, str]]:
    return (("message", str(one)) for one in ids)


def _link(chat: Mapping[str, Any], message: int) -> str | None:
    """Public chats by name; private ones by their number without its -100, for members only."""
    if name := chat.get("username"):
        return f"https://t.me/{name}/{message}"
    number = str(chat.get("id", ""))
    return f"https://t.me/c/{number.removeprefix('-100')}/{message}" if number.startswith("-100") else None


def differences(answer: Answer, text: str, pictures: int) -> tuple[str, ...]:
    """What is out otherwise than it was sent, in sentences; nothing where the answer does not show it."""
    messages = _messages(answer)
    return tuple(_differences(messages, text, pictures)) if messages else ()


def _differences(messages: list[dict[str, Any]], text: str, pictures: int) -> Iterator[str]:
    there = sum("photo" in one for one in messages)
    if pictures and there and there != pictures:
        yield f"the post is out with {there} of its {pictures} pictures; {LOOK}"
    first = messages[0]
    name = "text" if "text" in first else "caption"
    if name not in first and not there:
        return
    shown = str(first.get(name) or "")
    if squash(shown) != squash(text):
        yield f"the post is out with another text; {LOOK}"
        return
    found = first.get("entities" if name == "text" else "caption_entities")
    lost = list(_plain(shown, found if isinstance(found, list) else []))
    if lost:
        yield f"the post is out, but Telegram made no link of {', '.join(lost)}"


def _plain(text: str, found: list[Any]) -> Iterator[str]:
    """Our hashtags and web addresses that stand there as plain words, or are cut short."""
    places = {
        (one.get("type"), one.get("offset"), one.get("length")) for one in found if isinstance(one, dict)
    }
    starts = {(kind, offset) for kind, offset, _ in places}
    for entity in entities.find(text):
        words = text[entity.start : entity.end]
        offset = count.utf16(text[: entity.start])
        stands = entity.kind != "link" or "://" not in words or ("url", offset) in starts
        if entity.kind == "hashtag":
            stands = ("hashtag", offset, count.utf16(words)) in places
        if not stands:
            yield words
