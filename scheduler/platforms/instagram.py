"""Instagram, professional accounts. Pictures are fetched by Meta from a public address, made ready as a
container, and one call publishes the container.

A container tells whether it was published, so after a lost answer nothing need be guessed. There is no post
without a picture, there are no threads, and links in captions cannot be touched.
Source: developers.facebook.com/docs/instagram-platform/content-publishing (read November 2026).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from scheduler.model import Channel, Image, Limits, Measure, Message, Receipt
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
from scheduler.text import count

NAME = "instagram"
SECRETS = ("ACCESS_TOKEN",)
BASE_URL = "https://graph.instagram.com"
DESTINATIONS = ("user", "public_media")
LIMITS = Limits(
    measures=(Measure(count.utf16, 2200),),
    images=10,
    min_images=1,
    image_types=("image/jpeg",),
    image_bytes=8_000_000,
    image_side=1440,
    aspect=(4 / 5, 1.91),
    alt=1000,
    max_hashtags=5,
    card_size=(1080, 1350),
)
"""The interface takes 30 hashtags, the app itself 5 since December 2025: 5 is what readers expect."""


@dataclass(frozen=True)
class Options:
    """`user`: the account's number. `login`: where its token comes from, Instagram's own log-in or a
    Facebook page's (then base_url is graph.facebook.com). `version`: of the Graph API.
    """

    user: str = ""
    login: Literal["instagram", "facebook"] = "instagram"
    version: str = graph.VERSION
    public_media: PublicMedia | None = None


OPTIONS = Options

OAUTH = OAuth(
    authorize="https://www.instagram.com/oauth/authorize",
    token="https://api.instagram.com/oauth/access_token",
    scopes=(
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
    ),
    separator=",",
    redirect="https://localhost:{port}/",
    longer=LongLife("https://graph.instagram.com/access_token", "ig_exchange_token"),
    renews=True,
    unless={"login": "facebook"},
)

PUBLISHING = "publishing the post"
LISTED = 25
KEPT = timedelta(hours=23)
"""Containers die after 24 hours."""

FACEBOOK = "https://graph.facebook.com"
SHOWN = "id,caption,permalink,timestamp,media_type,children{id}"


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Instagram":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or (FACEBOOK if channel.options.get("login") == "facebook" else BASE_URL)
    tokens = secrets if isinstance(secrets, Tokens) else Tokens(channel.name, secrets)
    if missing := verdicts.unset(channel, base_url, SECRETS, tokens):
        return Instagram(channel, Unconnected(missing), files, tokens)
    for name in DESTINATIONS:
        if not channel.options.get(name):
            words = f"no {name}; see docs/platforms/instagram.md for what to write in config.yaml"
            return Instagram(channel, Unconnected(words), files, tokens)
    caller = Caller(channel.name, base_url, secrets=tokens.values(), session=session, clock=clock)
    return Instagram(channel, caller, files, tokens, clock=clock)


class Instagram:
    """One account."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.PROBE
    lead = timedelta(minutes=10)

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
        options = {**vars(Options()), **channel.options}
        self._name, self._files, self._caller, self._tokens = channel.name, files, caller, tokens
        self._user, self._login = str(options["user"]), options["login"]
        self._clock, self._wait = clock or _now, wait
        self._shelf = Shelf(options["public_media"], channel.name) if options["public_media"] else None
        self._graph = Graph(caller, str(options["version"]), lambda: tokens.get("ACCESS_TOKEN", ""))

    def __repr__(self) -> str:
        return f"Instagram({self._name})"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The containers to be made, the post's own last; pictures by SHA-256."""
        own = message.parts[part]
        pictures = [{"image_url": image.sha256, "alt_text": image.alt} for image in own.images]
        if len(pictures) == 1:
            return {"containers": [{**pictures[0], "caption": own.text}]}
        children = [{**picture, "is_carousel_item": "true"} for picture in pictures]
        return {"containers": [*children, {"media_type": "CAROUSEL", "caption": own.text}]}

    def account(self) -> Account | Refused:
        """The account, its day's posts, and a renewed token where that is due."""
        until = self._until()
        if isinstance(until, Refused):
            return until
        doing = "checking the account"
        me = self._graph.ask(self._user, doing, fields="id,user_id,username,name,biography")
        if isinstance(me, Refused):
            return me
        numbers = {str(me.fields.get(name)) for name in ("id", "user_id")}
        if self._user not in numbers:
            words = f"the token is @{me.fields.get('username')}'s, not the account's in config.yaml"
            return Refused(Refusal.AUTH, f"{doing}: {words}")
        name = str(me.fields.get("username") or self._user)
        return Account(
            id=self._user,
            handle=f"@{name}",
            url=f"https://www.instagram.com/{name}/",
            expires_at=until,
            date=me.date,
            allowance=self._allowance(),
            profile=str(me.fields.get("biography") or ""),
        )

    def _until(self) -> datetime | Refused | None:
        """Until when the token is good. A page's token (Facebook's log-in) does not end."""
        if self._login == "facebook" or isinstance(self._caller, Unconnected):
            return None
        path, grant = "/refresh_access_token", "ig_refresh_token"
        return graph.renewed(self._tokens, self._caller, path, grant, self._clock())

    def _allowance(self) -> Allowance | None:
        answer = self._graph.get(f"{self._user}/content_publishing_limit", fields="config,quota_usage")
        found = graph.entries(answer) if isinstance(answer, Answer) and answer.ok else None
        if not found or not isinstance(found[0].get("config"), dict):
            return None
        settings = found[0]["config"]
        period = timedelta(seconds=int(settings.get("quota_duration", 86400)))
        return Allowance(int(found[0].get("quota_usage", 0)), int(settings.get("quota_total", 0)), period)

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Put the pictures where Meta can fetch them, make the containers, wait until they are ready."""
        if reply_to is not None:
            return self._prepared_comment(message, part, key, reply_to)
        images = message.parts[part].images
        if not images:
            return Refused(Refusal.MEDIA, "Instagram takes no post without a picture; give it a card")
        newest = self._listing()
        if isinstance(newest, Refused):
            return newest
        addresses = self._shelve_all(images)
        if isinstance(addresses, Refused):
            return addresses
        container = self._containers(self.payload(message, part)["containers"], addresses)
        if isinstance(container, Refused):
            self._remove(addresses)
            return container
        baseline = str(newest[0].get("id")) if newest else ""
        request = {"creation_id": container, "caption": message.parts[part].text, "images": len(images)}
        return Prepared(request, addresses, baseline, self._clock() + KEPT, self._user, key)

    def _prepared_comment(self, message: Message, part: int, key: str, reply_to: Receipt) -> Prepared:
        request = {"comment_on": reply_to.remote_id, "message": message.parts[part].text}
        return Prepared(request, account=self._user, key=key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /{user}/media_publish (or a comment), once; its link is asked for afterwards."""
        request = prepared.request
        if "comment_on" in request:
            path, fields = f"{request['comment_on']}/comments", {"message": request["message"]}
        else:
            path, fields = f"{self._user}/media_publish", {"creation_id": request["creation_id"]}
        outcome = self._graph.post(path, fields)
        if isinstance(outcome, Answer) and outcome.ok and (post := graph.id_of(outcome)):
            return Sent(Receipt(post, self._link(post)))
        return graph.visible(PUBLISHING, outcome)

    def _link(self, post: str) -> str | None:
        answer = self._graph.get(post, fields="permalink")
        found = answer.fields.get("permalink") if isinstance(answer, Answer) and answer.ok else None
        return str(found) if found else None

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """The container says whether it was published; the listing, as which post."""
        if "comment_on" in prepared.request:
            return CannotTell("comments are not listed; look under the post, then `settle` it")
        container = str(prepared.request["creation_id"])
        state = graph.state_of(self._graph, container, "status_code")
        if isinstance(state, CannotTell):
            return state
        if state not in ("PUBLISHED", "FINISHED", "EXPIRED", "ERROR"):
            return CannotTell(f"Meta says of its preparation: {state.lower() or 'nothing'}")
        found = self._among_newest(prepared, taken)
        if state == "PUBLISHED" and not isinstance(found, Found):
            return Found(Receipt(container, None))
        return found

    def _among_newest(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        listed = self._listing()
        if isinstance(listed, Refused):
            return CannotTell(listed.message)
        fresh = []
        for post in listed:
            if str(post.get("id")) == prepared.baseline:
                break
            fresh.append(_listed(post))
        return match(str(prepared.request["caption"]), int(prepared.request["images"]), fresh, taken)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's newest posts."""
        listed = self._listing(100)
        if isinstance(listed, Refused):
            return listed
        recent = [_listed(post) for post in listed if (graph.created(post, "timestamp") or since) >= since]
        return already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its caption, its pictures and their descriptions."""
        if message.corrects:
            return ()
        asked = "id,caption,media_type,alt_text,children{id,alt_text}"
        answer = self._graph.get(receipt.remote_id, fields=asked)
        if not isinstance(answer, Answer) or not answer.ok or "media_type" not in answer.fields:
            return ()
        wanted, shown, found = message.parts[part], answer.fields, []
        if squash(str(shown.get("caption") or "")) != squash(wanted.text):
            found.append("the text is another one")
        there = _alts(shown)
        if len(there) != len(wanted.images):
            found.append(f"it has {len(there)} images instead of {len(wanted.images)}")
        elif there != [squash(image.alt) for image in wanted.images]:
            found.append("a picture has another alternative text, or none")
        return tuple(found)

    def delete(self, receipt: Receipt) -> Refused | None:
        """Instagram lets no program delete a post."""
        return Refused(Refusal.PERMISSION, "Instagram lets no program delete a post; delete it in the app")

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Likes and comments."""
        answer = self._graph.ask(receipt.remote_id, "asking for numbers", fields="like_count,comments_count")
        if isinstance(answer, Refused):
            return answer
        names = {"likes": "like_count", "replies": "comments_count"}
        return {name: int(answer.fields[own]) for name, own in names.items() if own in answer.fields}

    def tidy(self, prepared: Prepared) -> None:
        """Take the pictures down from their public addresses."""
        self._remove(prepared.uploads)

    # Pictures and containers

    def _shelve_all(self, images: Sequence[Image]) -> dict[str, str] | Refused:
        """Each picture's public address by SHA-256."""
        if self._shelf is None:
            return Refused(Refusal.AUTH, "set public_media in config.yaml; see docs/platforms/instagram.md")
        return self._shelf.put_all(images, self._files)

    def _remove(self, addresses: Mapping[str, str]) -> None:
        if self._shelf is not None:
            self._shelf.remove(addresses.values())

    def _containers(self, wanted: Sequence[dict[str, Any]], addresses: Mapping[str, str]) -> str | Refused:
        """Make them in order and wait for each; the last is the post's own."""
        made: list[str] = []
        for number, fields in enumerate(wanted, 1):
            own = dict(fields)
            if "image_url" in own:
                own["image_url"] = addresses[own["image_url"]]
            else:
                own["children"] = ",".join(made)
            doing = f"making ready {number} of {len(wanted)}"
            outcome = self._graph.post(f"{self._user}/media", own)
            if not isinstance(outcome, Answer) or not outcome.ok or not graph.id_of(outcome):
                return graph.invisible(doing, outcome)
            made.append(graph.id_of(outcome))
            refused = graph.finished(self._graph, made[-1], "status_code", self._wait)
            if refused is not None:
                return refused
        return made[-1]

    def _listing(self, most: int = LISTED) -> list[dict[str, Any]] | Refused:
        """The account's own posts, newest first."""
        doing = "listing the account's posts"
        answer = self._graph.ask(f"{self._user}/media", doing, fields=SHOWN, limit=str(most))
        if isinstance(answer, Refused):
            return answer
        found = graph.entries(answer)
        if found is None:
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood")
        return found


def _now() -> datetime:
    return datetime.now(UTC)


def _children(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pictures of a carousel, or the post itself as its only picture."""
    below = post.get("children")
    found = below.get("data") if isinstance(below, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else [post]


def _alts(post: Mapping[str, Any]) -> list[str]:
    return [squash(str(one.get("alt_text") or "")) for one in _children(post)]


def _listed(post: Mapping[str, Any]) -> Listed:
    url = post.get("permalink")
    receipt = Receipt(str(post.get("id") or ""), str(url) if url else None)
    return Listed(receipt, str(post.get("caption") or ""), len(_children(post)))
