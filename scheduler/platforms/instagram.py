"""Instagram, professional accounts. Pictures are fetched by Meta from a public address, made ready as a
container, and one call publishes the container.

A container tells whether it was published, so after a lost answer nothing need be guessed. There is no post
without a picture, there are no threads, and links in captions cannot be touched.
Source: developers.facebook.com/docs/instagram-platform/content-publishing (read November 2026).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

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
from scheduler.platforms.permits import Permit
from scheduler.platforms.public_media import PublicMedia
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
    live_links=False,
    crops_to_first=True,
    labels_ai=True,
    comment_images=0,
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

FACEBOOK = "https://graph.facebook.com"
NEEDED = ("instagram_basic", "instagram_content_publish")
NOT_FOR_US = frozenset({Refusal.PERMISSION, Refusal.CONTENT, Refusal.BLOCKED})
"""What Meta's refusals of a deletion come down to where the token may not delete."""

PRODUCT = Product(
    NAME,
    made="media",
    published="media_publish",
    state="status_code",
    words="caption",
    shown="id,caption,permalink,timestamp,media_type,children{id}",
    read="id,caption,media_type,alt_text,children{id,alt_text}",
    allowance="content_publishing_limit",
    chained=False,
)


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Instagram":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or (FACEBOOK if channel.options.get("login") == "facebook" else BASE_URL)
    return connected(Instagram, channel, LIMITS, base_url, secrets, files, session, clock, DESTINATIONS)


class Instagram(ContainerAccount):
    """One account."""

    name = NAME
    product = PRODUCT
    grant = "ig_refresh_token"
    version = graph.VERSION
    lead = timedelta(minutes=10)

    @property
    def _user(self) -> str:
        return str(self._channel.options.get("user") or "")

    @property
    def _is_by_page(self) -> bool:
        """Whether the token is a Facebook page's."""
        return self._channel.options.get("login") == "facebook"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The containers to be made, the post's own last; pictures by SHA-256."""
        own = message.parts[part]
        pictures = [{"image_url": image.sha256, "alt_text": image.alt} for image in own.images]
        said = {"caption": own.text, **({"is_ai_generated": "true"} if message.made_with_ai(part) else {})}
        if len(pictures) == 1:
            return {"containers": [{**pictures[0], **said}]}
        children = [{**picture, "is_carousel_item": "true"} for picture in pictures]
        return {"containers": [*children, {"media_type": "CAROUSEL", **said}]}

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
        name, permit = str(me.fields.get("username") or self._user), self._permit()
        return Account(
            id=self._user,
            handle=f"@{name}",
            url=f"https://www.instagram.com/{name}/",
            expires_at=until or permit.end,
            date=me.date,
            permissions=permit.scopes,
            missing=permit.lacking(NEEDED),
            troubles=self._containers.troubles(),
            endless=permit.endless,
            allowance=self._containers.allowance(self._user),
            profile=str(me.fields.get("biography") or ""),
        )

    def _permit(self) -> Permit:
        """Of a page's token Facebook tells what it may do; Instagram's own log-in has no such call."""
        return super()._permit() if self._is_by_page else Permit()

    def _until(self) -> datetime | Refused | None:
        """A page's token is not renewed: it does not end."""
        return None if self._is_by_page else super()._until()

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Put the pictures where Meta can fetch them, make the containers, wait until they are ready."""
        if reply_to is not None:
            return self._prepared_comment(message, part, key, reply_to)
        images = message.parts[part].images
        if not images:
            return Refused(Refusal.MEDIA, "Instagram takes no post without a picture; give it a card")
        newest = self._containers.listing(self._listing)
        if isinstance(newest, Refused):
            return newest
        wanted, until = self.payload(message, part)["containers"], self._clock() + KEPT
        return self._containers.prepared(self._user, wanted, message.parts[part], newest, until, key)

    def _prepared_comment(self, message: Message, part: int, key: str, reply_to: Receipt) -> Prepared:
        request = {"comment_on": reply_to.remote_id, "message": message.parts[part].text}
        return Prepared(request, account=self._user, key=key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /{user}/media_publish (or a comment), once; its link is asked for afterwards."""
        request = prepared.request
        if "comment_on" not in request:
            return self._containers.publish(self._user, request["creation_id"])
        path = f"{request['comment_on']}/comments"
        outcome = self._graph.post(path, {"message": request["message"]})
        return self._containers.answered(outcome, is_reply=True)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """The container says whether it was published; the listing, as which post."""
        if "comment_on" in prepared.request:
            return CannotTell("comments are not listed; look under the post, then `settle` it")
        return self._containers.find(prepared, taken, self._listing)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's newest posts."""
        recent = self._containers.recent(self._listing, since)
        return recent if isinstance(recent, Refused) else already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its caption, its pictures and their descriptions."""
        return () if message.corrects else self._containers.differences(message, part, receipt)

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /{post or comment}. A post needs a page's token with instagram_manage_contents; else it is
        deleted in the app.

        Meta's "it does not exist" is also its "that cannot be done here", so it is looked for.
        """
        if (nameless := graph.misnamed(receipt.remote_id)) is not None:
            return nameless
        outcome = self._graph.delete(receipt.remote_id)
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        refused = graph.invisible("deleting it", outcome)
        if refused.kind not in NOT_FOR_US:
            return refused
        there = self._graph.get(receipt.remote_id, fields="id")
        if isinstance(there, Answer) and not there.ok and graph.is_gone(there):
            return None
        reason = outcome.words if isinstance(outcome, Answer) else ""
        words = f"Instagram does not let this token delete it ({reason}); delete it in the app"
        return Refused(Refusal.PERMISSION, words)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Likes and comments."""
        answer = self._graph.ask(receipt.remote_id, "asking for numbers", fields="like_count,comments_count")
        if isinstance(answer, Refused):
            return answer
        names = {"likes": "like_count", "replies": "comments_count"}
        return {name: int(answer.fields[own]) for name, own in names.items() if own in answer.fields}

    @property
    def _listing(self) -> str:
        return f"{self._user}/media"
