"""Mastodon, and the servers that speak its API (GoToSocial, Hollo and others), by one access token.

Not every server honours an Idempotency-Key, and some lose images from form-encoded posts: bodies are JSON,
the answer is checked, and after a lost answer the account's own listing decides, never the key alone.
Replies cannot be limited there; a post's `replies` has no effect, its `visibility` has.
Source: docs.joinmastodon.org, methods/statuses, methods/media, methods/accounts (read November 2026).
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import html_text, sizes, statuses, verdicts
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
from scheduler.platforms.http import Answer, Caller, Unconnected
from scheduler.platforms.mastodon_answers import (
    ERRORS,
    UPLOAD_ERRORS,
    about_media,
    account_of,
    limits_of,
    missing,
    permissions_of,
)
from scheduler.platforms.mastodon_images import Uploads
from scheduler.platforms.matching import Listed, already, match
from scheduler.text import count

NAME = "mastodon"
SECRETS = ("ACCESS_TOKEN",)
BASE_URL = None
LIMITS = Limits(
    measures=(Measure(count.mastodon, 500),),
    images=4,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    image_bytes=16_777_216,
    image_pixels=33_177_600,
    alt=1500,
    warning="field",
    language=True,
    parts=25,
    card_size=(1080, 1350),
    link_card="fetched",
    labels_graphic=True,
)
"""Mastodon's defaults; a server may allow more. It has no limit for threads: 25 parts are ours."""


@dataclass(frozen=True)
class Options:
    """`visibility`: public, unlisted (public, but not in the server's timelines), private (followers)."""

    visibility: Literal["public", "unlisted", "private"] = "public"


OPTIONS = Options
OAUTH = OAuth(
    authorize="/oauth/authorize",
    token="/oauth/token",
    scopes=("profile", "read:statuses", "write:statuses", "write:media"),
    older_scopes=("read:accounts", "read:statuses", "write:statuses", "write:media"),
    pkce=True,
    register="/api/v1/apps",
)
"""Servers before 4.3 know no `profile`, and take no notice of PKCE."""

PAGE = 40
MOST_PAGES = 10
PUBLISHING = "publishing the post"
REPLY_TO_NOTHING = "the post that it replies to is probably deleted; look at the account"


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Mastodon":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    if missing := verdicts.unset(channel, channel.base_url, SECRETS, secrets):
        return Mastodon(channel, Unconnected(missing), files)
    base_url, token = channel.base_url or "", secrets["ACCESS_TOKEN"]
    caller = Caller(channel.name, base_url, token=token, session=session, clock=clock)
    return Mastodon(channel, caller, files)


class Mastodon:
    """One account. Only calls need the network: `payload` and `limits` need neither token nor server."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.PROBE
    lead = timedelta(minutes=1)

    def __init__(
        self,
        channel: Channel,
        caller: Caller | Unconnected,
        files: Files,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel, self._caller = channel, caller
        self._files, self._wait = files, wait
        self._uploads = Uploads(caller, lambda name: self._files(name), lambda pause: self._wait(pause))
        self._known: Account | None = None

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The JSON body of POST /api/v1/statuses; `media_ids` are SHA-256, a reply's id is not known yet."""
        body: dict[str, Any] = {
            "status": message.parts[part].text,
            "visibility": message.visibility,
            "language": message.language,
            "sensitive": bool(message.warning) or message.is_graphic(part),
        }
        if message.warning:
            body["spoiler_text"] = message.warning
        if message.parts[part].images:
            body["media_ids"] = [image.sha256 for image in message.parts[part].images]
        return body

    def account(self) -> Account | Refused:
        """Who the token speaks for; also that its posts can be listed, as nothing could be proved without."""
        found = self._account(fresh=True)
        if isinstance(found, Refused):
            return found
        newest = self._newest(found.id)
        if isinstance(newest, Refused):
            return newest
        # Servers that do not have this (GoToSocial) answer 404; what publishing needs shows then.
        app = self._caller.call("GET", "/api/v1/apps/verify_credentials")
        may = permissions_of(app.fields) if isinstance(app, Answer) and app.ok else ()
        return replace(found, permissions=may, missing=missing(may))

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Note the newest own post, upload the images with their alt texts, and write the body to send."""
        account = self._account()
        if isinstance(account, Refused):
            return account
        if account.limits:
            allowed = sizes.within(LIMITS, account.limits)
            if problem := sizes.too_much("this server", allowed, message.parts[part]):
                return problem
        baseline = self._newest(account.id)
        if isinstance(baseline, Refused):
            return baseline
        uploads = self._uploads.all(message.parts[part].images, key)
        if isinstance(uploads, Refused):
            return uploads
        ids, media_expire = uploads
        body = self.payload(message, part)
        if ids:
            body["media_ids"] = ids
        if reply_to is not None:
            body["in_reply_to_id"] = reply_to.remote_id
        hashes = (image.sha256 for image in message.parts[part].images)
        return Prepared(body, dict(zip(hashes, ids, strict=True)), baseline, media_expire, account.id, key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /api/v1/statuses, once."""
        headers = {"Idempotency-Key": idempotency_key(prepared)}
        outcome = self._caller.call("POST", "/api/v1/statuses", json=prepared.request, headers=headers)
        if isinstance(outcome, Answer) and outcome.ok and statuses.id_of(outcome.fields):
            return self._sent(outcome.fields, prepared)
        if isinstance(outcome, Answer) and outcome.status == 404 and "in_reply_to_id" in prepared.request:
            # One deleted post must not hold the whole channel, as another 404 does.
            return verdicts.refused(PUBLISHING, outcome, {404: (Refusal.CONTENT, REPLY_TO_NOTHING)})
        if isinstance(outcome, Answer) and outcome.status in (400, 422) and about_media(outcome.words):
            return self._media_refused(outcome)
        return verdicts.visible(PUBLISHING, outcome, ERRORS)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Read the account's own posts from the newest down to the baseline and look for this one."""
        if prepared.account is None or prepared.baseline is None:
            return CannotTell("the account's posts could not be listed before sending")
        listed = self._since(prepared.account, prepared.baseline)
        if isinstance(listed, CannotTell):
            return listed
        text = str(prepared.request["status"])
        images = len(prepared.request.get("media_ids", ()))
        candidates = [self._as_written(status) for status in listed if statuses.id_of(status) not in taken]
        return match(text, images, candidates, taken, statuses.without_servers)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's posts since then, as far back as ten pages of its listing go."""
        account = self._account()
        if isinstance(account, Refused):
            return account
        posts: list[Listed] = []
        params = {"limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            answer = self._get(statuses.listing(account.id), "listing the account's posts", params)
            if isinstance(answer, Refused):
                return answer
            if (page := statuses.page(answer)) is None:
                return self._not_understood("listing the account's posts")
            recent = [status for status in page if (statuses.created_at(status) or since) >= since]
            posts += [_as_shown(status) for status in recent]
            if not page or len(recent) < len(page):
                break
            params["max_id"] = min((statuses.id_of(status) for status in page), key=statuses.age)
        return already(messages, posts, statuses.without_servers)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET /api/v1/statuses/:id and its source, once."""
        path = f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}"
        outcome = self._caller.call("GET", path)
        if not isinstance(outcome, Answer) or not outcome.ok or not statuses.id_of(outcome.fields):
            return ()
        shown = self._as_written(outcome.fields)
        return tuple(statuses.differences(outcome.fields, shown.text, message, part))

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /api/v1/statuses/:id; a post that is already gone is fine."""
        outcome = self._caller.call("DELETE", f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}")
        if isinstance(outcome, Answer) and (outcome.ok or outcome.status in (404, 410)):
            return None
        return verdicts.invisible("deleting the post", outcome, ERRORS)

    def edit(self, message: Message, part: int, receipt: Receipt) -> Refused | Unknown | None:
        """PUT /api/v1/statuses/:id with the same images; their alt texts become the message's."""
        path, doing = f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}", "correcting the post"
        there = self._get(path, doing)
        if isinstance(there, Refused):
            return there
        ids = [statuses.id_of(medium) for medium in statuses.images(there.fields)]
        own = message.parts[part].images
        if len(ids) != len(own):
            why = f"{doing}: it has {len(ids)} images and would have {len(own)}; images cannot be changed"
            return Refused(Refusal.CONTENT, f"{why} in place")
        body = self.payload(message, part)
        del body["visibility"]  # it stays what it was
        if ids:
            words_of = [
                {"id": remote, "description": image.alt} for remote, image in zip(ids, own, strict=True)
            ]
            body |= {"media_ids": ids, "media_attributes": words_of}
        body.setdefault("spoiler_text", "")
        outcome = self._caller.call("PUT", path, json=body)
        if isinstance(outcome, Answer) and outcome.ok and statuses.id_of(outcome.fields):
            return None
        return verdicts.visible(doing, outcome, ERRORS)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """Likes, reposts, replies and quotes, as far as this server counts them."""
        path = f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}"
        answer = self._get(path, "asking for numbers")
        return answer if isinstance(answer, Refused) else statuses.counts(answer.fields)

    # The account and its listing

    def _account(self, fresh: bool = False) -> Account | Refused:
        if self._known is not None and not fresh:
            return self._known
        answer = self._get("/api/v1/accounts/verify_credentials", "checking the account")
        if isinstance(answer, Refused):
            return answer
        found = account_of(answer)
        if found is None:
            return self._not_understood("checking the account")
        self._known = replace(found, limits=self._limits())
        return self._known

    def _limits(self) -> dict[str, int]:
        """What this server allows; nothing where it does not say."""
        for path in ("/api/v2/instance", "/api/v1/instance"):
            outcome = self._caller.call("GET", path)
            if isinstance(outcome, Answer) and outcome.ok:
                return limits_of(outcome.fields)
            if not isinstance(outcome, Answer) or outcome.status not in (404, 410):
                break
        return {}

    def _newest(self, account: str) -> str | Refused:
        """The id of the newest own post, or "" where there is none yet."""
        answer = self._get(statuses.listing(account), "listing the account's posts", {"limit": "5"})
        if isinstance(answer, Refused):
            return answer
        page = statuses.page(answer)
        if page is None:
            return self._not_understood("listing the account's posts")
        return max((statuses.id_of(status) for status in page), key=statuses.age, default="")

    def _since(self, account: str, baseline: str) -> list[dict[str, Any]] | CannotTell:
        """The account's posts newer than the baseline; proof needs the listing to have come down to it."""

        def is_newer(remote: str) -> bool:
            return statuses.age(remote) > statuses.age(baseline)

        newer: dict[str, dict[str, Any]] = {}
        params = {"limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            answer = self._get(statuses.listing(account), "listing the account's posts", params)
            if isinstance(answer, Refused):
                return CannotTell(answer.message)
            page = statuses.page(answer)
            if page is None:
                return CannotTell("the server's listing cannot be understood")
            ids = [statuses.id_of(status) for status in page]
            newer |= {each: status for each, status in zip(ids, page, strict=True) if is_newer(each)}
            if not all(map(is_newer, ids)) or (not ids and not baseline):
                return list(newer.values())
            if not ids or (oldest := min(ids, key=statuses.age)) == params.get("max_id"):
                return CannotTell("the server's listing does not reach back to the post before this one")
            params["max_id"] = oldest
        return CannotTell(f"more than {PAGE * MOST_PAGES} newer posts: too many to look through")

    def _as_written(self, status: dict[str, Any]) -> Listed:
        """The text from /source where the server has it (exact), else from the HTML that it made."""
        remote, shown = statuses.id_of(status), _as_shown(status)
        source = self._caller.call("GET", f"/api/v1/statuses/{quote(remote, safe='')}/source")
        if isinstance(source, Answer) and source.ok and "text" in source.fields:
            return replace(shown, text=statuses.text_of(source.fields, "text"))
        return shown

    # The answer to the post

    def _sent(self, status: dict[str, Any], prepared: Prepared) -> Sent:
        asked, got = len(prepared.request.get("media_ids", ())), len(statuses.images(status))
        notes = []
        if got < asked:
            notes.append(
                f"the post is out with {got} of its {asked} images; look at it and "
                "retract it if it must not stand so"
            )
        return Sent(statuses.receipt(status), tuple(notes))

    def _media_refused(self, answer: Answer) -> Refused:
        """The post's images were refused: still being processed, expired, or already in another post."""
        if "process" in answer.words:
            message = "an image is still being processed; it will be tried again"
            return Refused(Refusal.TRANSIENT, message, answer.retry_at)
        return verdicts.refused(PUBLISHING, answer, UPLOAD_ERRORS)

    # Calls

    def _get(self, path: str, doing: str, params: Mapping[str, str] | None = None) -> Answer | Refused:
        outcome = self._caller.call("GET", path, params=params)
        if isinstance(outcome, Answer) and outcome.ok:
            return outcome
        return verdicts.invisible(doing, outcome, ERRORS)

    def _not_understood(self, doing: str) -> Refused:
        """A page in the server's stead (maintenance, a hotel's log-in) goes away, a wrong address stays."""
        message = f"{doing}: the answer cannot be understood; check base_url"
        return Refused(Refusal.BLOCKED if self._known is None else Refusal.TRANSIENT, message)


def idempotency_key(prepared: Prepared) -> str:
    """The same for a re-send, another once the words have changed.

    The server keeps a key for an hour and would answer an edited post with the old one.
    """
    return hashlib.sha256(f"{prepared.key}\n{prepared.request['status']}".encode()).hexdigest()


def _as_shown(status: Mapping[str, Any]) -> Listed:
    """By the HTML that the server made of it."""
    text = html_text.undo(statuses.text_of(status, "content"))
    return Listed(statuses.receipt(status), text, len(statuses.images(status)))
