"""Threads. Everything is made ready as a container, and one call publishes the container.

A container tells whether it was published, so after a lost answer nothing need be guessed. One hashtag is a
post's topic; pictures are fetched by Meta from a public address.
Source: developers.facebook.com/docs/threads (posts, publishing reference, troubleshooting; read November
2026).
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import graph, verdicts
from scheduler.platforms.base import (
    Absent,
    Account,
    Allowance,
    CannotTell,
    Files,
    Found,
    LongLife,
    OAuth,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.graph import Graph
from scheduler.platforms.http import Answer, Caller, Unconnected
from scheduler.platforms.matching import Listed, already, match, squash
from scheduler.platforms.public_media import PublicMedia, Shelf
from scheduler.platforms.tokens import Tokens
from scheduler.text import count, entities

NAME = "threads"
SECRETS = ("ACCESS_TOKEN",)
BASE_URL = "https://graph.threads.net"
LIMITS = Limits(
    measures=(Measure(count.threads, 500),),
    images=20,
    image_types=("image/jpeg", "image/png"),
    image_bytes=8_000_000,
    image_side=1440,
    aspect=(1 / 10, 10),
    alt=1000,
    parts=25,
    max_hashtags=1,
    card_size=(1080, 1350),
)
"""Emoji count as their bytes. Only the first hashtag is one; 25 parts are our own limit."""


@dataclass(frozen=True)
class Options:
    """`topic`: name the first hashtag as the post's topic. `spoiler`: pictures of posts with a warning are
    covered until they are touched.
    """

    topic: bool = True
    spoiler: bool = False
    public_media: PublicMedia | None = None


OPTIONS = Options

OAUTH = OAuth(
    authorize="https://threads.net/oauth/authorize",
    token="https://graph.threads.net/oauth/access_token",
    scopes=("threads_basic", "threads_content_publish", "threads_manage_replies", "threads_read_replies"),
    separator=",",
    redirect="https://localhost:{port}/",
    longer=LongLife("https://graph.threads.net/access_token", "th_exchange_token"),
    renews=True,
)

PUBLISHING = "publishing the post"
VERSION = "v1.0"
LISTED = 25
MOST_LINKS = 5
KEPT = timedelta(hours=23)
"""Containers die after 24 hours."""

REPLIES = {
    "everyone": "everyone",
    "followers": "followers_only",
    "mentioned": "mentioned_only",
    "nobody": "parent_post_author_only",
}
SHOWN = "id,text,permalink,timestamp,media_type,alt_text,children{id,alt_text}"


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Threads":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or BASE_URL
    tokens = secrets if isinstance(secrets, Tokens) else Tokens(channel.name, secrets)
    if missing := verdicts.unset(channel, base_url, SECRETS, tokens):
        return Threads(channel, Unconnected(missing), files, tokens)
    caller = Caller(channel.name, base_url, secrets=tokens.values(), session=session, clock=clock)
    return Threads(channel, caller, files, tokens, clock=clock)


class Threads:
    """One account."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.PROBE
    lead = timedelta(minutes=5)

    def __init__(
        self,
        channel: Channel,
        caller: Caller | Unconnected,
        files: Files,
        tokens: Tokens,
        *,
        clock: Callable[[], datetime] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = {**vars(Options()), **channel.options}
        self._name, self._files, self._caller, self._tokens = channel.name, files, caller, tokens
        self._clock, self._wait = clock or _now, wait
        media = self._options["public_media"]
        self._shelf = Shelf(media, channel.name) if media else None
        self._graph = Graph(caller, VERSION, lambda: tokens.get("ACCESS_TOKEN", ""))
        self._known: Account | None = None

    def __repr__(self) -> str:
        return f"Threads({self._name})"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The containers to be made, the post's own last; pictures by SHA-256."""
        own = message.parts[part]
        covered = bool(message.warning and self._options["spoiler"])
        pictures = [
            {"media_type": "IMAGE", "image_url": image.sha256, "alt_text": image.alt} for image in own.images
        ]
        if covered:
            pictures = [{**picture, "is_spoiler_media": "true"} for picture in pictures]
        fields: dict[str, Any] = {"text": own.text}
        if part == 0:
            fields |= {"reply_control": REPLIES[message.replies]} | self._topic(own.text)
        if not pictures:
            card = {"link_attachment": message.link} if message.link and part == 0 else {}
            return {"containers": [{"media_type": "TEXT", **fields, **card}]}
        if len(pictures) == 1:
            return {"containers": [{**pictures[0], **fields}]}
        children = [{**picture, "is_carousel_item": "true"} for picture in pictures]
        return {"containers": [*children, {"media_type": "CAROUSEL", **fields}]}

    def _topic(self, text: str) -> dict[str, str]:
        """The first hashtag, named as the topic, so that a sign beside it cannot become part of it."""
        tags = entities.hashtags_in(text)
        if not self._options["topic"] or not tags or not re.fullmatch(r"[^.&]{1,50}", tags[0]):
            return {}
        return {"topic_tag": tags[0]}

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
        self._known = Account(
            id=number,
            handle=f"@{name}",
            url=f"https://www.threads.net/@{name}",
            expires_at=until,
            date=me.date,
            allowance=self._allowance(number),
            profile=str(me.fields.get("threads_biography") or ""),
        )
        return self._known

    def _until(self) -> datetime | Refused | None:
        if isinstance(self._caller, Unconnected):
            return None
        path, grant = "/refresh_access_token", "th_refresh_token"
        return graph.renewed(self._tokens, self._caller, path, grant, self._clock())

    def _allowance(self, number: str) -> Allowance | None:
        answer = self._graph.get(f"{number}/threads_publishing_limit", fields="quota_usage,config")
        found = graph.entries(answer) if isinstance(answer, Answer) and answer.ok else None
        if not found or not isinstance(found[0].get("config"), dict):
            return None
        settings = found[0]["config"]
        period = timedelta(seconds=int(settings.get("quota_duration", 86400)))
        return Allowance(int(found[0].get("quota_usage", 0)), int(settings.get("quota_total", 0)), period)

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
        newest = self._listing(account.id)
        if isinstance(newest, Refused):
            return newest
        addresses = self._shelve(own.images)
        if isinstance(addresses, Refused):
            return addresses
        wanted = self.payload(message, part)["containers"]
        if reply_to is not None:
            wanted[-1]["reply_to_id"] = reply_to.remote_id
        container = self._containers(account.id, wanted, addresses)
        if isinstance(container, Refused):
            self._remove(addresses)
            return container
        request = {"creation_id": container, "text": own.text, "images": len(own.images)}
        request |= {"reply": reply_to is not None}
        baseline = str(newest[0].get("id")) if newest else ""
        return Prepared(request, addresses, baseline, self._clock() + KEPT, account.id, key)

    def _shelve(self, images: Sequence[Any]) -> dict[str, str] | Refused:
        if not images:
            return {}
        if self._shelf is None:
            return Refused(Refusal.AUTH, "set public_media in config.yaml; see docs/platforms/threads.md")
        return self._shelf.put_all(images, self._files)

    def _containers(
        self, number: str, wanted: Sequence[dict[str, Any]], addresses: Mapping[str, str]
    ) -> str | Refused:
        """Make them in order and wait for each; the last is the post's own."""
        made: list[str] = []
        for which, fields in enumerate(wanted, 1):
            own = dict(fields)
            if "image_url" in own:
                own["image_url"] = addresses[own["image_url"]]
            elif own["media_type"] == "CAROUSEL":
                own["children"] = ",".join(made)
            outcome = self._graph.post(f"{number}/threads", own)
            if not isinstance(outcome, Answer) or not outcome.ok or not graph.id_of(outcome):
                return graph.invisible(f"making ready {which} of {len(wanted)}", outcome)
            made.append(graph.id_of(outcome))
            refused = graph.finished(self._graph, made[-1], "status", self._wait)
            if refused is not None:
                return refused
        return made[-1]

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /{user}/threads_publish, once; its link is asked for afterwards."""
        path = f"{prepared.account}/threads_publish"
        outcome = self._graph.post(path, {"creation_id": prepared.request["creation_id"]})
        if isinstance(outcome, Answer) and outcome.ok and (post := graph.id_of(outcome)):
            return Sent(Receipt(post, self._link(post)))
        return graph.visible(PUBLISHING, outcome)

    def _link(self, post: str) -> str | None:
        answer = self._graph.get(post, fields="permalink")
        found = answer.fields.get("permalink") if isinstance(answer, Answer) and answer.ok else None
        return str(found) if found else None

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """The container says whether it was published; the listing, as which post."""
        container = str(prepared.request["creation_id"])
        state = graph.state_of(self._graph, container, "status")
        if isinstance(state, CannotTell):
            return state
        if state not in ("PUBLISHED", "FINISHED", "EXPIRED", "ERROR"):
            return CannotTell(f"Meta says of its preparation: {state.lower() or 'nothing'}")
        found = self._among_newest(prepared, taken)
        if state == "PUBLISHED" and not isinstance(found, Found):
            # A further part of a thread needs the post's own number, which only the listing has.
            return found if isinstance(found, CannotTell) else Found(Receipt(container, None))
        return found

    def _among_newest(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        listed = self._listing(str(prepared.account), replies=bool(prepared.request.get("reply")))
        if isinstance(listed, Refused):
            return CannotTell(listed.message)
        fresh = []
        for post in listed:
            if str(post.get("id")) == prepared.baseline:
                break
            fresh.append(_listed(post))
        return match(str(prepared.request["text"]), int(prepared.request["images"]), fresh, taken)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's posts since then."""
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        listed = self._listing(account.id, 100)
        if isinstance(listed, Refused):
            return listed
        recent = [_listed(post) for post in listed if (graph.created(post, "timestamp") or since) >= since]
        return already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its text, its pictures and their descriptions."""
        answer = self._graph.get(receipt.remote_id, fields=SHOWN)
        if not isinstance(answer, Answer) or not answer.ok or "media_type" not in answer.fields:
            return ()
        wanted, shown, found = message.parts[part], answer.fields, []
        if squash(str(shown.get("text") or "")) != squash(wanted.text):
            found.append("the text is another one")
        there = [squash(str(one.get("alt_text") or "")) for one in _pictures(shown)]
        if len(there) != len(wanted.images):
            found.append(f"it has {len(there)} images instead of {len(wanted.images)}")
        elif there != [squash(image.alt) for image in wanted.images]:
            found.append("a picture has another alternative text, or none")
        return tuple(found)

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /{post}; what is gone already is fine."""
        outcome = self._graph.delete(receipt.remote_id)
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        if isinstance(outcome, Answer) and graph.error_of(outcome).get("error_subcode") == 33:
            return None
        return graph.invisible("deleting the post", outcome)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Views, likes, replies, reposts and quotes of a post."""
        asked = "views,likes,replies,reposts,quotes"
        answer = self._graph.ask(f"{receipt.remote_id}/insights", "asking for numbers", metric=asked)
        if isinstance(answer, Refused):
            return answer
        return {str(one["name"]): _value(one) for one in graph.entries(answer) or () if "name" in one}

    def tidy(self, prepared: Prepared) -> None:
        """Take the pictures down from their public addresses."""
        self._remove(prepared.uploads)

    def _remove(self, addresses: Mapping[str, str]) -> None:
        if self._shelf is not None:
            self._shelf.remove(addresses.values())

    def _listing(
        self, number: str, most: int = LISTED, *, replies: bool = False
    ) -> list[dict[str, Any]] | Refused:
        """The account's own posts, newest first; or its replies, where further parts stand."""
        doing = "listing the account's posts"
        where = "replies" if replies else "threads"
        answer = self._graph.ask(f"{number}/{where}", doing, fields=SHOWN, limit=str(most))
        if isinstance(answer, Refused):
            return answer
        found = graph.entries(answer)
        if found is None:
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood")
        return found


def _now() -> datetime:
    return datetime.now(UTC)


def _pictures(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    below = post.get("children")
    found = below.get("data") if isinstance(below, dict) else None
    if isinstance(found, list):
        return [one for one in found if isinstance(one, dict)]
    return [post] if post.get("media_type") == "IMAGE" else []


def _listed(post: Mapping[str, Any]) -> Listed:
    url = post.get("permalink")
    receipt = Receipt(str(post.get("id") or ""), str(url) if url else None)
    return Listed(receipt, str(post.get("text") or ""), len(_pictures(post)))


def _value(metric: Mapping[str, Any]) -> int:
    values = metric.get("values")
    return int(values[0].get("value", 0)) if isinstance(values, list) and values else 0
