"""X (API v2): by the four keys of an own app, signed by tweepy (OAuth 1.0a), or by a browser's tokens.

The client that tweepy brings has no time limit and hides what an error answer said, so its session is
replaced by our own seam, and what the seam got is what counts. It has no upload of the API's second version
either: images and alt texts go through its general `request`.
Source: docs.x.com (pricing, manage posts, media, rate limits) and its OpenAPI 2.167 (read November 2026).
"""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import tco, verdicts, x_prices
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Files,
    Found,
    OAuth,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected
from scheduler.platforms.matching import Listed, already, match
from scheduler.platforms.permits import Permit
from scheduler.platforms.tokens import Tokens
from scheduler.platforms.x_bearer import Bearer
from scheduler.platforms.x_images import Uploads
from scheduler.platforms.x_verdicts import ERRORS, LISTING, PUBLISHING, failed, forbidden, limited
from scheduler.text import count

if TYPE_CHECKING:
    import requests

NAME = "x"
SECRETS = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
ALTERNATIVES = (("ACCESS_TOKEN", "REFRESH_TOKEN", "CLIENT_ID"),)
OPTIONAL = ("CLIENT_SECRET",)
BASE_URL = "https://api.x.com"

LIMITS = Limits(
    measures=(Measure(count.x, 280),),
    images=4,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    image_bytes=5_000_000,
    alt=1000,
    warning="line",
    parts_if="threads: true",
    card_size=(1600, 900),
    link_card="fetched",
    labels_graphic=True,
    replies={
        "followers": "accounts that the account follows",
        "mentioned": "who is mentioned",
        "nobody": "who is mentioned, so nobody where nobody is",
    },
    labels_ai=True,
    cost=x_prices.cost,
)
"""Of every account; longer posts of paying ones are not relied on."""
PARTS = 25
"""Our own limit."""


@dataclass(frozen=True)
class Options:
    """`threads`: the app may reply to its own posts, so threads go out. Most apps may reply only where they
    were called; whether one's own posts count as such X does not document, so a person tries.
    """

    threads: bool = False


OPTIONS = Options


def limits_with(options: Mapping[str, Any]) -> Limits:
    """Threads only where a person has said that they go out, or posts them."""
    may = options.get("threads") or options.get("by_hand")
    return replace(LIMITS, parts=PARTS, parts_if="") if may else LIMITS


OAUTH = OAuth(
    authorize="https://x.com/i/oauth2/authorize",
    token="https://api.x.com/2/oauth2/token",
    scopes=("tweet.read", "tweet.write", "users.read", "media.write", "offline.access"),
    stored={"access_token": "ACCESS_TOKEN", "refresh_token": "REFRESH_TOKEN"},
    kept=("CLIENT_ID", "CLIENT_SECRET"),
    pkce=True,
    basic=True,
    needs_secret=False,
    replaces=("API_KEY", "API_SECRET", "ACCESS_SECRET"),
)

NEEDED = ("tweet.read", "tweet.write", "users.read", "media.write")

# X knows "accounts you follow" but not "followers": the nearest that is not wider. Where a text mentions
# nobody, "only who is mentioned" lets nobody reply.
REPLIES = {"followers": "following", "mentioned": "mentionedUsers", "nobody": "mentionedUsers"}

# The specification has both names for one parameter; a server that does not know the first answers 400.
FIELD_PARAMETERS = ("tweet.fields", "post.fields")
PAGE = x_prices.AT_FIRST
LOOKING_COST = x_prices.looking_cost
MOST_PAGES = 5
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
    tokens = secrets if isinstance(secrets, Tokens) else Tokens(channel.name, secrets)
    wanted = verdicts.chosen_set((SECRETS, *ALTERNATIVES), tokens)
    if missing := verdicts.unset(channel, base_url, wanted, tokens):
        return X(channel, Unconnected(missing), files)
    caller = Caller(channel.name, base_url, secrets=tokens.values(), session=session, clock=clock)
    if wanted is not SECRETS:
        return X(channel, Bearer(caller, tokens, clock), files)
    return X(channel, _Signed(caller, tuple(tokens[name] for name in SECRETS)), files)


class X:
    """One account.

    Nothing says that X's listing of an account is complete at once, so a post seen there is published and one
    not seen proves nothing (`presence_only`). That X refuses a duplicate is evidence, shown to a person, not
    a proof: for how long it remembers a post is not documented.
    """

    name = NAME
    recovery = Recovery.PRESENCE_ONLY
    lead = timedelta(minutes=1)

    def __init__(
        self,
        channel: Channel,
        caller: "_Signed | Bearer | Unconnected",
        files: Files,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel, self._caller, self._files, self._wait = channel, caller, files, wait
        self.limits = limits_with(channel.options)
        self._uploads = Uploads(caller, lambda name: self._files(name), lambda pause: self._wait(pause))
        self._known: Account | None = None

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The JSON body of POST /2/tweets; `media_ids` are SHA-256, and a reply's id is not known yet."""
        body: dict[str, Any] = {"text": message.parts[part].text}
        if message.parts[part].images:
            body["media"] = {"media_ids": [image.sha256 for image in message.parts[part].images]}
        if message.made_with_ai(part):
            body["made_with_ai"] = True
        if message.replies in REPLIES:
            body["reply_settings"] = REPLIES[message.replies]
        return body

    def account(self) -> Account | Refused:
        """GET /2/users/me; X bills it as one read a day."""
        if refused := self._renewed():
            return refused
        outcome = self._caller.call("GET", "/2/users/me", params={"user.fields": "description"})
        user = tco.data(outcome)
        if not isinstance(outcome, Answer) or not tco.id_of(user):
            return failed("checking the account", outcome)
        name = str(user.get("username", ""))
        about = user.get("description")
        self._known = Account(
            tco.id_of(user),
            f"@{name}",
            f"https://x.com/{name}",
            date=outcome.date,
            profile=about if isinstance(about, str) else None,
            **self._permit(outcome),
        )
        return self._known

    def _permit(self, answer: Answer) -> dict[str, Any]:
        """A browser's tokens renew each other, and their renewal says for what; the keys have no end, and X
        names their level in each answer.
        """
        if isinstance(self._caller, Bearer):
            permit = Permit(self._caller.scopes, endless=True)
            return {"permissions": permit.scopes, "missing": permit.lacking(NEEDED), "endless": True}
        level = answer.headers.get("x-access-level", "").strip()
        missing = ("read-write",) if level == "read" else ()
        return {"permissions": (level,) if level else (), "missing": missing, "endless": True}

    def _renewed(self) -> Refused | None:
        """An access token that ends before a post could be out is replaced now, not while it goes out."""
        return self._caller.renew_in_time() if isinstance(self._caller, Bearer) else None

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Note the newest own post, upload the images with their alt texts, and write the body to send."""
        if refused := self._renewed():
            return refused
        account = self._known or self.account()
        if isinstance(account, Refused):
            return account
        listing = self._listing(account.id, {"max_results": str(x_prices.BEFORE_EACH)})
        if not isinstance(listing, Answer) or tco.meta(listing) is None:
            return failed(LISTING, listing)
        baseline = max((tco.id_of(post) for post in tco.posts(listing)), key=tco.age, default="")
        images = message.parts[part].images
        uploads = self._uploads.all(images)
        if isinstance(uploads, Refused):
            return uploads
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
            return forbidden(outcome) if outcome.status == 403 else limited(outcome)
        if isinstance(self._caller, Bearer) and self._caller.has_ended:
            words = "X no longer took the access token; it is renewed, and the post tried again"
            return Refused(Refusal.TRANSIENT, words)
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
                return CannotTell(failed(LISTING, outcome).message)
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
            return failed(LISTING, outcome)
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
        return failed("deleting the post", outcome)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Views, likes, reposts, replies, quotes and bookmarks; X bills each look, up to half a cent."""
        path, doing = f"/2/tweets/{quote(receipt.remote_id, safe='')}", "asking for numbers"
        outcome = self._with_fields(path, {}, "public_metrics")
        numbers = tco.data(outcome).get("public_metrics")
        return tco.counts(numbers) if isinstance(numbers, dict) else failed(doing, outcome)

    def _listing(self, account: str, params: dict[str, str]) -> Outcome:
        path = f"/2/users/{quote(account, safe='')}/tweets"
        return self._with_fields(path, params, "attachments,created_at,entities")

    def _with_fields(self, path: str, params: dict[str, str], fields: str) -> Outcome:
        for name in FIELD_PARAMETERS:
            outcome = self._caller.call("GET", path, params={**params, name: fields})
            if not isinstance(outcome, Answer) or outcome.status != 400:
                break
        return outcome

    def _as_written(self, post: dict[str, Any]) -> Listed:
        media = post.get("attachments", {}).get("media_keys", ())
        return Listed(self._receipt(tco.id_of(post)), tco.undo(post), len(media))

    def _receipt(self, remote: str) -> Receipt:
        page = self._known.url if self._known else "https://x.com/i/web"
        return Receipt(remote, f"{page}/status/{remote}")


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
