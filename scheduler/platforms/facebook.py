"""Facebook Pages. Pictures are staged unpublished; one call then shows the whole post.

The page's own listing is ranked and incomplete, so finding a post proves that it is out and not finding it
proves nothing. There are no threads; a correction is a comment under the post it corrects.
Source: developers.facebook.com/docs/graph-api/reference/page/feed, /page/photos (read November 2026).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.model import Channel, Image, Limits, Measure, Message, Receipt
from scheduler.platforms import graph, verdicts
from scheduler.platforms.base import (
    Absent,
    Account,
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
from scheduler.platforms.matching import UNKNOWN_BEFORE, UNREACHED, Listed, already, match, newer, squash
from scheduler.text import count

NAME = "facebook"
SECRETS = ("ACCESS_TOKEN",)
BASE_URL = "https://graph.facebook.com"
DESTINATIONS = ("page",)
LIMITS = Limits(
    measures=(Measure(count.utf16, 5000),),
    images=10,
    image_types=("image/jpeg", "image/png"),
    image_bytes=4_000_000,
    alt=2000,
    card_size=(1080, 1350),
    link_card="fetched",
    comment_images=1,
)
"""Facebook takes 63,206 characters; 5,000 is our own limit. It publishes none for descriptions."""


@dataclass(frozen=True)
class Options:
    """`page`: the page's number. `version`: of the Graph API; each lives about two years."""

    page: str = ""
    version: str = graph.VERSION


OPTIONS = Options

OAUTH = OAuth(
    authorize="https://www.facebook.com/{version}/dialog/oauth",
    token="https://graph.facebook.com/{version}/oauth/access_token",
    scopes=("pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement"),
    separator=",",
    redirect="https://localhost:{port}/",
    longer=LongLife(
        "https://graph.facebook.com/{version}/oauth/access_token", "fb_exchange_token", "fb_exchange_token"
    ),
    page=("https://graph.facebook.com/{version}/me/accounts", "page"),
)
"""Of a Live app Facebook wants https addresses. What is kept is the page's token, which has no end."""

PUBLISHING = "publishing the post"
LISTING = "listing the page's posts"
NEEDED = ("pages_manage_posts", "pages_read_engagement")
POST_OR_COMMENT = r"\d+_\d+"
BESIDES = {"pages_manage_engagement": "a correction"}
LISTED = 25
STAGED = timedelta(hours=20)
"""Unpublished pictures are dropped after a day."""

SLACK = timedelta(minutes=1)
"""What two clocks of Facebook's own may differ by."""

SHOWN = "id,message,created_time,permalink_url,attachments{media_type,subattachments{media_type}}"


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Facebook":
    """The channel's page. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or BASE_URL
    if missing := verdicts.unset(channel, base_url, SECRETS, secrets):
        return Facebook(channel, Unconnected(missing), files, "")
    if not channel.options.get("page"):
        words = f"no page; set channels.{channel.name}.page in config.yaml"
        return Facebook(channel, Unconnected(words), files, "")
    token = secrets["ACCESS_TOKEN"]
    caller = Caller(channel.name, base_url, secrets=(token,), session=session, clock=clock)
    return Facebook(channel, caller, files, token)


class Facebook:
    """One page."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.PRESENCE_ONLY
    lead = timedelta(minutes=2)

    def __init__(self, channel: Channel, caller: Caller | Unconnected, files: Files, token: str) -> None:
        options = {**vars(Options()), **channel.options}
        self._page, self._files = str(options["page"]), files
        self._name = channel.name
        self._graph = Graph(caller, str(options["version"]), lambda: token)
        self._token = token

    def __repr__(self) -> str:
        return f"Facebook({self._name})"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The fields of POST /{page}/feed, pictures by SHA-256. A link without pictures gets its card."""
        own = message.parts[part]
        fields: dict[str, Any] = {"message": own.text}
        if own.images:
            fields["attached_media"] = [{"media_fbid": image.sha256} for image in own.images]
        elif message.link:
            fields["link"] = message.link
        return fields

    def account(self) -> Account | Refused:
        """The page; whether the token is the page's own, and what it may do."""
        doing = "checking the account"
        me = self._graph.ask("me", doing, fields="id,name")
        if isinstance(me, Refused):
            return me
        if graph.id_of(me) != self._page:
            name = str(me.fields.get("name") or graph.id_of(me))
            words = f"the token is {name}'s and not the page's; take the page's own token from me/accounts"
            return Refused(Refusal.AUTH, f"{doing}: {words}")
        page = self._graph.ask(self._page, doing, fields="id,name,link,about,is_published")
        if isinstance(page, Refused):
            return page
        if page.fields.get("is_published") is False:
            return Refused(Refusal.BLOCKED, "the page is not published; publish it in its settings")
        permit = graph.permit(self._graph, self._token)
        return Account(
            id=self._page,
            handle=str(page.fields.get("name") or self._page),
            url=str(page.fields.get("link") or "") or None,
            expires_at=permit.end,
            date=page.date,
            permissions=permit.scopes,
            missing=permit.lacking(NEEDED),
            lesser=permit.lesser(BESIDES),
            endless=permit.endless,
            profile=str(page.fields.get("about") or ""),
        )

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Stage the pictures unpublished; note what the page shows now."""
        if reply_to is not None:
            # A comment takes one picture; more would be more comments.
            return self._prepared_comment(message, part, key, reply_to)
        answer = self._listed_now()
        if isinstance(answer, Refused):
            return answer
        known, since = _entries(answer), answer.date or answer.received
        if isinstance(known, Refused):
            return known
        uploads = self._stage_all(message.parts[part].images)
        if isinstance(uploads, Refused):
            return uploads
        staged, expires = uploads
        fields = self.payload(message, part)
        for picture in fields.get("attached_media", ()):
            picture["media_fbid"] = staged[picture["media_fbid"]]
        baseline = ",".join(str(post.get("id")) for post in known)
        request = {"path": f"{self._page}/feed", "fields": fields, "since": since.isoformat()}
        return Prepared(request, staged, baseline, expires, self._page, key)

    def _prepared_comment(
        self, message: Message, part: int, key: str, reply_to: Receipt
    ) -> Prepared | Refused:
        uploads = self._stage_all(message.parts[part].images[:1])
        if isinstance(uploads, Refused):
            return uploads
        staged, expires = uploads
        fields: dict[str, Any] = {"message": message.parts[part].text}
        if staged:
            fields["attachment_id"] = next(iter(staged.values()))
        request = {"path": f"{reply_to.remote_id}/comments", "fields": fields}
        return Prepared(request, staged, None, expires, self._page, key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST to the page's feed (or a comment), once; the link comes back in the same answer."""
        request = prepared.request
        outcome = self._graph.post(request["path"], {**request["fields"], "fields": "id,permalink_url"})
        if isinstance(outcome, Answer) and outcome.ok and (post := graph.id_of(outcome)):
            url = outcome.fields.get("permalink_url") or f"https://www.facebook.com/{post}"
            return Sent(Receipt(post, str(url)))
        is_comment = request["path"].endswith("/comments")
        gone = graph.unanswerable(PUBLISHING, outcome) if is_comment else None
        return gone or graph.visible(PUBLISHING, outcome)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Among what the page shows above all that it showed before, and that was made since."""
        if prepared.baseline is None:
            return CannotTell("comments are not listed; look under the post, then `settle` it")
        listed = self._listing()
        if isinstance(listed, Refused):
            return CannotTell(listed.message)
        fresh, since = newer(listed, prepared.baseline), prepared.request.get("since")
        if isinstance(fresh, CannotTell) or since is None:
            return UNKNOWN_BEFORE if since is None else UNREACHED
        first = datetime.fromisoformat(since) - SLACK
        made = [_listed(post) for post in fresh if (graph.created(post, "created_time") or first) >= first]
        fields = prepared.request["fields"]
        return match(fields["message"], len(fields.get("attached_media", ())), made, taken)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the newest posts that the page lists."""
        listed = self._listing(100)
        if isinstance(listed, Refused):
            return listed
        recent = [_listed(post) for post in listed if (graph.created(post, "created_time") or since) >= since]
        return already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its text and number of pictures. Descriptions are not told."""
        answer = self._graph.get(receipt.remote_id, fields=SHOWN)
        if message.corrects or not isinstance(answer, Answer) or not answer.ok or not graph.id_of(answer):
            return ()
        shown, wanted, found = _listed(answer.fields), message.parts[part], []
        if squash(shown.text) != squash(wanted.text):
            found.append("the text is another one")
        if shown.images != len(wanted.images):
            found.append(f"it has {shown.images} images instead of {len(wanted.images)}")
        return tuple(found)

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /{post}; what is gone already is fine."""
        if (nameless := graph.misnamed(receipt.remote_id, POST_OR_COMMENT)) is not None:
            return nameless
        outcome = self._graph.delete(receipt.remote_id)
        if isinstance(outcome, Answer) and (outcome.ok or graph.is_gone(outcome)):
            return None
        return graph.invisible("deleting the post", outcome)

    def edit(self, message: Message, part: int, receipt: Receipt) -> Refused | Unknown | None:
        """Change the text of a published post; its pictures stay."""
        outcome = self._graph.post(receipt.remote_id, {"message": message.parts[part].text})
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        return graph.visible("editing the post", outcome)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Reactions, comments and shares of a post."""
        asked = "reactions.summary(total_count),comments.summary(total_count),shares"
        answer = self._graph.ask(receipt.remote_id, "asking for numbers", fields=asked)
        if isinstance(answer, Refused):
            return answer
        found = {"likes": _total(answer.fields, "reactions"), "replies": _total(answer.fields, "comments")}
        shares = answer.fields.get("shares")
        found["reposts"] = int(shares.get("count", 0)) if isinstance(shares, dict) else 0
        return found

    def _listing(self, most: int = LISTED) -> list[dict[str, Any]] | Refused:
        answer = self._listed_now(most)
        return answer if isinstance(answer, Refused) else _entries(answer)

    def _listed_now(self, most: int = LISTED) -> Answer | Refused:
        return self._graph.ask(f"{self._page}/published_posts", LISTING, fields=SHOWN, limit=str(most))

    def _stage_all(self, images: Sequence[Image]) -> tuple[dict[str, str], datetime | None] | Refused:
        """The pictures' numbers by SHA-256, and when the first of them may be gone."""
        staged: dict[str, str] = {}
        expires = None
        for number, image in enumerate(images, 1):
            doing = f"uploading image {number} of {len(images)}"
            answer = self._stage(image, doing)
            if isinstance(answer, Refused):
                return answer
            staged[image.sha256] = graph.id_of(answer)
            expires = expires or answer.received + STAGED
        return staged, expires

    def _stage(self, image: Image, doing: str) -> Answer | Refused:
        """One picture with its description, seen by nobody."""
        try:
            content = self._files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        fields = {"published": "false", "alt_text_custom": image.alt}
        suffix = image.media_type.partition("/")[2].replace("jpeg", "jpg")
        files = {"source": (f"image.{suffix}", content, image.media_type)}
        outcome = self._graph.post(f"{self._page}/photos", fields, files)
        if isinstance(outcome, Answer) and outcome.ok and graph.id_of(outcome):
            return outcome
        return graph.invisible(doing, outcome)


def _entries(answer: Answer) -> list[dict[str, Any]] | Refused:
    """The posts of a listing, newest first."""
    found = graph.entries(answer)
    if found is None:
        return Refused(Refusal.TRANSIENT, f"{LISTING}: the answer cannot be understood")
    return found


def _listed(post: Mapping[str, Any]) -> Listed:
    number = str(post.get("id") or "")
    url = str(post.get("permalink_url") or f"https://www.facebook.com/{number}")
    return Listed(Receipt(number, url), str(post.get("message") or ""), _photos(post))


def _photos(post: Mapping[str, Any]) -> int:
    """Pictures of a post: one attachment, or an album with one below it for each. A link's card is none."""
    attachments = post.get("attachments")
    found = attachments.get("data") if isinstance(attachments, dict) else None
    total = 0
    for one in found if isinstance(found, list) else ():
        below = one.get("subattachments") if isinstance(one, dict) else None
        if isinstance(below, dict) and isinstance(below.get("data"), list):
            total += len(below["data"])
        elif isinstance(one, dict) and one.get("media_type") in ("photo", "album"):
            total += 1
    return total


def _total(fields: Mapping[str, Any], name: str) -> int:
    found = fields.get(name)
    summary = found.get("summary") if isinstance(found, dict) else None
    return int(summary.get("total_count", 0)) if isinstance(summary, dict) else 0
