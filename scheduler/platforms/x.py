"""X (API v2) by the four keys of an own developer app; tweepy signs the calls (OAuth 1.0a), here alone.

The client that tweepy brings has no time limit and hides what an error answer said, so its session is
replaced by our own seam, and what the seam got is what counts. It has no upload of the API's second version
either: images and alt texts go through its general `request`.
Source: docs.x.com (pricing, manage posts, media, rate limits) and its OpenAPI 2.167 (read November 2026).
"""

import base64
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scheduler.model import Channel, Image, Limits, Measure, Message, Receipt
from scheduler.platforms import tco, verdicts
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Files,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected, moment
from scheduler.platforms.matching import Listed, already, match
from scheduler.text import count, entities

if TYPE_CHECKING:
    import requests

NAME = "x"
SECRETS = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
BASE_URL = "https://api.x.com"

POST_PRICE, POST_WITH_LINK_PRICE = Decimal("0.015"), Decimal("0.20")
ALT_PRICE = Decimal("0.005")


def cost(text: str, images: int) -> Decimal:
    """US dollars to create a post: dearer with a link (a bare domain is one); an alt text costs by itself."""
    links = any(entity.kind == "link" for entity in entities.find(text))
    return (POST_WITH_LINK_PRICE if links else POST_PRICE) + images * ALT_PRICE


LIMITS = Limits(
    measures=(Measure(count.x, 280),),
    images=4,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    image_bytes=5_000_000,
    alt=1000,
    warning="line",
    parts=25,
    card_size=(1600, 900),
    cost=cost,
)
"""Of every account; longer posts of paying ones are not relied on. The 25 parts are our own limit."""


@dataclass(frozen=True)
class Options:
    """X has no options of its own."""


OPTIONS = Options

# X knows "accounts you follow" but not "followers": the nearest that is not wider. Where a text mentions
# nobody, "only who is mentioned" lets nobody reply.
REPLIES = {"followers": "following", "mentioned": "mentionedUsers", "nobody": "mentionedUsers"}

# The specification has both names for one parameter; a server that does not know the first answers 400.
FIELD_PARAMETERS = ("tweet.fields", "post.fields")
PAGE = 100
MOST_PAGES = 5
MEDIA_KEPT = timedelta(hours=20)
"""Unless X says otherwise; it speaks of 24 hours."""
POLLS = 6
LONGEST_POLL = 3.0

ERRORS: verdicts.Table = {
    400: (Refusal.CONTENT, "change the post as the reason says"),
    401: (Refusal.AUTH, "the keys are not valid (any more); make new ones in the developer console"),
    402: (Refusal.PAYMENT, "the prepaid credits are used up; buy some or raise the limit in the console"),
    403: (Refusal.PERMISSION, "the app needs the permission “Read and write”; then make new access tokens"),
    404: (Refusal.CONTENT, "check that a post replied to still exists"),
    413: (Refusal.MEDIA, "the image is too large"),
    429: (Refusal.RATE, "it will be tried again when X allows"),
}
UPLOAD_ERRORS: verdicts.Table = {**ERRORS, 400: (Refusal.MEDIA, "replace the image")}

# What a 403 means stands in its words only.
FORBIDDEN: tuple[tuple[str, Refusal, str], ...] = (
    (
        r"duplicate content",
        Refusal.DUPLICATE,
        "X has a post with these words already, perhaps this one: look at the account before anything else",
    ),
    (r"suspend|locked|restricted", Refusal.BLOCKED, "log in at x.com and see what X asks for"),
    (r"repl(y|ies)|conversation", Refusal.PERMISSION, "X does not let this app reply there"),
)
PUBLISHING, LISTING = "publishing the post", "listing the account's posts"

# At DEBUG these log the signature, the tokens' names and whole images.
TALKATIVE = (
    "tweepy.client",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth1_session",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "oauthlib.oauth1.rfc5849.utils",
)


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "X":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or BASE_URL
    if missing := verdicts.unset(channel, base_url, SECRETS, secrets):
        return X(channel, Unconnected(missing), files)
    keys = tuple(secrets[name] for name in SECRETS)
    caller = Caller(channel.name, base_url, secrets=keys, session=session, clock=clock)
    return X(channel, _Signed(caller, keys), files)


class X:
    """One account.

    Nothing says that X's listing of an account is complete at once, so a post seen there is published and one
    not seen proves nothing (`presence_only`). That X refuses a duplicate is evidence, shown to a person, not
    a proof: for how long it remembers a post is not documented.
    """

    name = NAME
    limits = LIMITS
    recovery = Recovery.PRESENCE_ONLY
    lead = timedelta(minutes=1)

    def __init__(
        self,
        channel: Channel,
        caller: "_Signed | Unconnected",
        files: Files,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel, self._caller, self._files, self._wait = channel, caller, files, wait
        self._known: Account | None = None

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The JSON body of POST /2/tweets; `media_ids` are SHA-256, and a reply's id is not known yet."""
        body: dict[str, Any] = {"text": message.parts[part].text}
        if message.parts[part].images:
            body["media"] = {"media_ids": [image.sha256 for image in message.parts[part].images]}
        if message.replies in REPLIES:
            body["reply_settings"] = REPLIES[message.replies]
        return body

    def account(self) -> Account | Refused:
        """GET /2/users/me; X bills it as one read a day."""
        outcome = self._caller.call("GET", "/2/users/me")
        user = tco.data(outcome)
        if not isinstance(outcome, Answer) or not tco.id_of(user):
            return self._failed("checking the account", outcome)
        name = str(user.get("username", ""))
        self._known = Account(tco.id_of(user), f"@{name}", f"https://x.com/{name}", date=outcome.date)
        return self._known

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Note the newest own post, upload the images with their alt texts, and write the body to send."""
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        listing = self._listing(account.id, {"max_results": "5"})
        if not isinstance(listing, Answer) or tco.meta(listing) is None:
            return self._failed(LISTING, listing)
        baseline = max((tco.id_of(post) for post in tco.posts(listing)), key=tco.age, default="")
        images = message.parts[part].images
        uploads: list[_Upload] = []
        for number, image in enumerate(images, 1):
            done = self._upload(image, f"uploading image {number} of {len(images)}")
            if isinstance(done, Refused):
                return done
            uploads.append(done)
        body = self.payload(message, part)
        if uploads:
            body["media"] = {"media_ids": [upload.id for upload in uploads]}
        if reply_to is not None:
            body["reply"] = {"in_reply_to_tweet_id": reply_to.remote_id}
        ids = {image.sha256: upload.id for image, upload in zip(images, uploads, strict=True)}
        expires = min((upload.expires for upload in uploads), default=None)
        return Prepared(body, ids, baseline, expires, account.id, key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /2/tweets, once."""
        outcome = self._caller.call("POST", "/2/tweets", json=prepared.request)
        if remote := tco.id_of(tco.data(outcome)):
            return Sent(self._receipt(remote))
        if isinstance(outcome, Answer) and outcome.status in (403, 429):
            return self._forbidden(outcome) if outcome.status == 403 else self._limited(outcome)
        return verdicts.visible(PUBLISHING, outcome, ERRORS)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Look for the post among the account's own since the baseline, X's t.co links undone."""
        if prepared.account is None or prepared.baseline is None:
            return CannotTell("the account's posts could not be listed before sending")
        if self._known is None:
            self.account()  # for the name in the receipt's link only
        params = {"max_results": str(PAGE)}
        if prepared.baseline:
            params["since_id"] = prepared.baseline
        listed: list[Listed] = []
        for _ in range(MOST_PAGES):
            outcome = self._listing(prepared.account, params)
            if not isinstance(outcome, Answer) or (meta := tco.meta(outcome)) is None:
                return CannotTell(self._failed(LISTING, outcome).message)
            listed += [self._as_written(post) for post in tco.posts(outcome)]
            if not (token := meta.get("next_token")):
                media = prepared.request.get("media", {}).get("media_ids", ())
                return match(str(prepared.request["text"]), len(media), listed, taken, tco.plain)
            params["pagination_token"] = str(token)
        return CannotTell(f"more than {PAGE * MOST_PAGES} newer posts: too many to look through")

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the newest hundred of the account's posts; X bills each as one read."""
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        outcome = self._listing(account.id, {"max_results": str(PAGE)})
        if not isinstance(outcome, Answer) or tco.meta(outcome) is None:
            return self._failed(LISTING, outcome)
        recent = (post for post in tco.posts(outcome) if (tco.created_at(post) or since) >= since)
        return already(messages, map(self._as_written, recent), tco.plain)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """Not read: X bills every look."""
        return ()

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /2/tweets/:id; a post that is already gone is fine."""
        outcome = self._caller.call("DELETE", f"/2/tweets/{quote(receipt.remote_id, safe='')}")
        if isinstance(outcome, Answer) and (tco.data(outcome).get("deleted") or outcome.status == 404):
            return None
        return self._failed("deleting the post", outcome)

    def _listing(self, account: str, params: dict[str, str]) -> Outcome:
        path = f"/2/users/{quote(account, safe='')}/tweets"
        for name in FIELD_PARAMETERS:
            outcome = self._caller.call(
                "GET", path, params={**params, name: "attachments,created_at,entities"}
            )
            if not isinstance(outcome, Answer) or outcome.status != 400:
                break
        return outcome

    def _upload(self, image: Image, doing: str) -> "_Upload | Refused":
        """POST /2/media/upload with the image in base64, then its alt text by /2/media/metadata."""
        try:
            content = self._files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        body = {"media": base64.b64encode(content).decode(), "media_category": "tweet_image"}
        outcome = self._caller.call("POST", "/2/media/upload", json=body)
        remote = tco.id_of(tco.data(outcome))
        if not isinstance(outcome, Answer) or not remote:
            return self._failed(doing, outcome, UPLOAD_ERRORS)
        if problem := self._processed(remote, outcome, doing):
            return problem
        seconds = tco.data(outcome).get("expires_after_secs")
        kept = timedelta(seconds=seconds) * 0.9 if isinstance(seconds, int) else MEDIA_KEPT
        problem = self._describe(remote, image.alt, doing) if image.alt else None
        return problem or _Upload(remote, outcome.received + kept)

    def _processed(self, remote: str, answer: Answer, doing: str) -> Refused | None:
        """None once X has processed the image; most are ready at once and have no `processing_info`."""
        outcome: Outcome = answer
        for _ in range(POLLS):
            stage = tco.data(outcome).get("processing_info")
            if not isinstance(outcome, Answer) or not outcome.ok:
                return self._failed(doing, outcome, UPLOAD_ERRORS)
            if not isinstance(stage, dict) or stage.get("state") == "succeeded":
                return None
            if stage.get("state") == "failed":
                return Refused(Refusal.MEDIA, f"{doing}: X cannot use it; replace the image")
            pause = stage.get("check_after_secs")
            self._wait(min(float(pause), LONGEST_POLL) if isinstance(pause, int | float) else 1.0)
            params = {"command": "STATUS", "media_id": remote}
            outcome = self._caller.call("GET", "/2/media/upload", params=params)
        return Refused(Refusal.TRANSIENT, f"{doing}: X is still processing it")

    def _describe(self, remote: str, alt: str, doing: str) -> Refused | None:
        body = {"id": remote, "metadata": {"alt_text": {"text": alt}}}
        outcome = self._caller.call("POST", "/2/media/metadata", json=body)
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        return self._failed(f"{doing} (its alt text)", outcome, UPLOAD_ERRORS)

    def _failed(self, doing: str, outcome: Outcome, table: verdicts.Table = ERRORS) -> Refused:
        """A failed invisible step. Success without the expected fields counts as one."""
        if isinstance(outcome, Answer) and outcome.status == 403:
            return self._forbidden(outcome, doing)
        return verdicts.invisible(doing, outcome, table)

    def _forbidden(self, answer: Answer, doing: str = PUBLISHING) -> Refused:
        for pattern, kind, advice in FORBIDDEN:
            if re.search(pattern, answer.words, re.IGNORECASE):
                return verdicts.refused(doing, answer, {403: (kind, advice)})
        return verdicts.refused(doing, answer, ERRORS)

    def _limited(self, answer: Answer) -> Refused:
        """429: the short limit, or one of the 24-hour ones, which have headers of their own."""
        for who in ("user", "app"):
            if answer.headers.get(f"x-{who}-limit-24hour-remaining", "").strip() == "0":
                reset = moment(answer.headers.get(f"x-{who}-limit-24hour-reset", ""))
                words = f"{PUBLISHING} was refused (HTTP 429): the day's quota is used up"
                return Refused(Refusal.QUOTA, words, reset)
        return verdicts.refused(PUBLISHING, answer, ERRORS)

    def _as_written(self, post: dict[str, Any]) -> Listed:
        media = post.get("attachments", {}).get("media_keys", ())
        return Listed(self._receipt(tco.id_of(post)), tco.undo(post), len(media))

    def _receipt(self, remote: str) -> Receipt:
        page = self._known.url if self._known else "https://x.com/i/web"
        return Receipt(remote, f"{page}/status/{remote}")


@dataclass(frozen=True)
class _Upload:
    id: str
    expires: datetime


class _Signed:
    """A caller whose requests tweepy builds and signs with the channel's four keys."""

    def __init__(self, caller: Caller, keys: tuple[str, ...]) -> None:
        self._caller, self._keys = caller, keys

    def call(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Outcome:
        import tweepy

        _hush()
        client = tweepy.Client(None, *self._keys, wait_on_rate_limit=False)
        client.session.close()
        client.session = wire = _Wire(self._caller)
        try:
            client.request(method, path, params=params, json=json, user_auth=True)
        except Exception:
            # What tweepy makes of an error answer (or of a strange one: any exception at all) is not needed.
            if not wire.got:
                raise
        return wire.got[0]


@dataclass
class _Wire:
    """What tweepy takes for its session: sends to the channel's own address and keeps what came back.

    The address is replaced before the signature is made, as the signature covers it.
    """

    caller: Caller
    got: list[Outcome] = field(default_factory=list)

    def request(self, method: str, url: str, **request: Any) -> "requests.Response":
        import requests

        path = re.sub(r"^https://[^/]+", "", url)
        outcome = self.caller.call(method, path, **request)
        self.got.append(outcome)
        response = requests.Response()
        if not isinstance(outcome, Answer):
            raise ConnectionError
        response.status_code, response._content = outcome.status, outcome.body
        response.headers.update(outcome.headers)
        return response


def _hush() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_not_debug)  # the same filter is added once only


def _not_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
