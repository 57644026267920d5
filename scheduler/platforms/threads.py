"""Threads. Everything is made ready as a container, and one call publishes the container.

A container tells whether it was published, so after a lost answer nothing need be guessed. One hashtag is a
post's topic; pictures are fetched by Meta from a public address.
Source: developers.facebook.com/docs/threads (posts, publishing reference, troubleshooting; read November
2026).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import graph
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Files,
    Found,
    LongLife,
    OAuth,
    Prepared,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.containers import KEPT, Product
from scheduler.platforms.http import Answer
from scheduler.platforms.matching import already
from scheduler.platforms.meta_accounts import ContainerAccount, connected
from scheduler.platforms.public_media import PublicMedia
from scheduler.text import count, entities

NAME = "threads"
SECRETS = ("ACCESS_TOKEN",)
BASE_URL = "https://graph.threads.net"
MOST_LINKS = 5
CHARACTERS, SAFE = 500, 450
"""What Threads documents, and what surely fits: whether letters such as ə count once it does not say."""

LIMITS = Limits(
    measures=(Measure(count.threads, SAFE),),
    images=20,
    image_types=("image/jpeg", "image/png"),
    image_bytes=8_000_000,
    image_side=1440,
    aspect=(1 / 10, 10),
    alt=1000,
    parts=25,
    max_hashtags=1,
    max_links=MOST_LINKS,
    card_size=(1080, 1350),
    link_card="fetched",
    labels_graphic=True,
    replies={
        "followers": "the account's followers",
        "mentioned": "who is mentioned",
        "nobody": "the account itself",
    },
)
"""Emoji count as their bytes. Only the first hashtag is one; 25 parts are our own limit."""


@dataclass(frozen=True)
class Options:
    """`topic`: name the first hashtag as the post's topic. `spoiler`: pictures of posts with a warning are
    covered until they are touched. `full_length`: texts of 500 characters; until a person has seen one with
    letters beyond a–z go out whole, 450.
    """

    topic: bool = True
    full_length: bool = False
    spoiler: bool = False
    public_media: PublicMedia | None = None


OPTIONS = Options


def limits_with(options: Mapping[str, Any]) -> Limits:
    """The documented length only where a person has tried it, or posts by hand."""
    if not options.get("full_length") and not options.get("by_hand"):
        return LIMITS
    return replace(LIMITS, measures=(Measure(count.threads, CHARACTERS),))


NEEDED = ("threads_basic", "threads_content_publish", "threads_manage_replies", "threads_read_replies")
BESIDES = {"threads_delete": "`retract`", "threads_manage_insights": "asking for numbers"}
OAUTH = OAuth(
    authorize="https://threads.net/oauth/authorize",
    token="https://graph.threads.net/oauth/access_token",
    scopes=(*NEEDED, *BESIDES),
    separator=",",
    redirect="https://localhost:{port}/",
    longer=LongLife("https://graph.threads.net/access_token", "th_exchange_token"),
    renews=True,
)

REPLIES = {
    "everyone": "everyone",
    "followers": "followers_only",
    "mentioned": "mentioned_only",
    "nobody": "parent_post_author_only",
}
PRODUCT = Product(
    NAME,
    made="threads",
    published="threads_publish",
    state="status",
    words="text",
    shown="id,text,permalink,timestamp,media_type,children{id}",
    read="id,text,media_type,alt_text,is_spoiler_media,children{id,alt_text}",
    allowance="threads_publishing_limit",
    chained=True,
)


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Threads":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url, limits = channel.base_url or BASE_URL, limits_with(channel.options)
    return connected(Threads, channel, limits, base_url, secrets, files, session, clock)


class Threads(ContainerAccount):
    """One account."""

    name = NAME
    product = PRODUCT
    grant = "th_refresh_token"
    version = "v1.0"
    lead = timedelta(minutes=5)
    _known: Account | None = None

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The containers to be made, the post's own last; pictures by SHA-256."""
        own = message.parts[part]
        pictures = [
            {"media_type": "IMAGE", "image_url": image.sha256, "alt_text": image.alt} for image in own.images
        ]
        fields: dict[str, Any] = {"text": own.text}
        if pictures and message.is_covered(part):
            fields["is_spoiler_media"] = "true"  # of the whole post, so not of a carousel's single pictures
        if part == 0:
            fields |= {"reply_control": REPLIES[message.replies]}
        if part == 0 and "no topic" not in message.display:
            fields |= _topic(own.text)
        if not pictures:
            card = {"link_attachment": message.link} if message.link and part == 0 else {}
            return {"containers": [{"media_type": "TEXT", **fields, **card}]}
        if len(pictures) == 1:
            return {"containers": [{**pictures[0], **fields}]}
        children = [{**picture, "is_carousel_item": "true"} for picture in pictures]
        return {"containers": [*children, {"media_type": "CAROUSEL", **fields}]}

    def account(self) -> Account | Refused:
        """The account, its day's posts, and a renewed token where that is due."""
        until = self._until()
        if isinstance(until, Refused):
            return until
        doing = "checking the account"
        me = self._graph.ask("me", doing, fields="id,username,threads_biography")
        if isinstance(me, Refused):
            return me
        if not (number := graph.id_of(me)):
            return Refused(Refusal.BLOCKED, f"{doing}: the answer cannot be understood; check base_url")
        name = str(me.fields.get("username") or number)
        permit = self._permit()
        self._known = Account(
            id=number,
            handle=f"@{name}",
            url=f"https://www.threads.net/@{name}",
            expires_at=until or permit.end,
            date=me.date,
            permissions=permit.scopes,
            missing=permit.lacking(NEEDED),
            troubles=self._containers.troubles(),
            lesser=permit.lesser(BESIDES),
            allowance=self._containers.allowance(number),
            profile=str(me.fields.get("threads_biography") or ""),
        )
        return self._known

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Put the pictures where Meta can fetch them, make the containers, wait until they are ready."""
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        own = message.parts[part]
        links = {own.text[one.start : one.end] for one in entities.find(own.text) if one.kind == "link"}
        if len(links) > MOST_LINKS:
            words = f"Threads takes {MOST_LINKS} different links in a post; there are {len(links)}"
            return Refused(Refusal.CONTENT, words)
        is_reply = reply_to is not None
        newest = self._containers.listing(_listing(account.id, is_reply))
        if isinstance(newest, Refused):
            return newest
        wanted, until = self.payload(message, part)["containers"], self._clock() + KEPT
        if reply_to is not None:
            wanted[-1]["reply_to_id"] = reply_to.remote_id
        return self._containers.prepared(account.id, wanted, own, newest, until, key, reply=is_reply)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /{user}/threads_publish, once; its link is asked for afterwards."""
        container, is_reply = prepared.request["creation_id"], bool(prepared.request.get("reply"))
        return self._containers.publish(str(prepared.account), container, is_reply=is_reply)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """The container says whether it was published; the listing, as which post."""
        where = _listing(str(prepared.account), bool(prepared.request.get("reply")))
        return self._containers.find(prepared, taken, where)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's posts since then."""
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        recent = self._containers.recent(f"{account.id}/threads", since)
        return recent if isinstance(recent, Refused) else already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its text, its pictures, their descriptions and whether they are covered."""
        return self._containers.differences(message, part, receipt)

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /{post}; what is gone already is fine."""
        if (nameless := graph.misnamed(receipt.remote_id)) is not None:
            return nameless
        outcome = self._graph.delete(receipt.remote_id)
        if isinstance(outcome, Answer) and (outcome.ok or graph.is_gone(outcome)):
            return None
        return graph.invisible("deleting the post", outcome)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Views, likes, replies, reposts and quotes of a post."""
        asked = "views,likes,replies,reposts,quotes"
        answer = self._graph.ask(f"{receipt.remote_id}/insights", "asking for numbers", metric=asked)
        if isinstance(answer, Refused):
            return answer
        return {str(one["name"]): _value(one) for one in graph.entries(answer) or () if "name" in one}


def _topic(text: str) -> dict[str, str]:
    """The first hashtag, named as the topic, so that a sign beside it cannot become part of it."""
    tags = entities.hashtags_in(text)
    return {"topic_tag": tags[0]} if tags and re.fullmatch(r"[^.&]{1,50}", tags[0]) else {}


def _listing(account: str, is_reply: bool) -> str:
    """Where an account's posts are listed; further parts of a thread stand among its replies."""
    return f"{account}/{'replies' if is_reply else 'threads'}"


def _value(metric: Mapping[str, Any]) -> int:
    values = metric.get("values")
    return int(values[0].get("value", 0)) if isinstance(values, list) and values else 0
