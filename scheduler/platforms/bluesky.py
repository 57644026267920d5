"""Bluesky, and other servers of the AT Protocol, by a handle and an app password.

A post is a record under a key that we choose. The key follows from the delivery, and a record that is there
is never replaced: so sending again cannot publish twice, also from a second scheduler or after a lost
database. Who may reply is a second record; then both go out in one call.
Source: the lexicons com.atproto.repo and app.bsky.feed; docs.bsky.app, "Posts", "Rate Limits" (read November
2026). What a real server did is in tests/real/.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import facets, records, verdicts, xrpc
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
from scheduler.platforms.blobs import Blobs
from scheduler.platforms.http import Answer, Caller, Unconnected, moment
from scheduler.platforms.matching import Listed, already
from scheduler.platforms.records import POST
from scheduler.platforms.sizes import too_much
from scheduler.platforms.xrpc import Login, Session
from scheduler.text import count

NAME = "bluesky"
SECRETS = ("IDENTIFIER", "APP_PASSWORD")
BASE_URL = "https://bsky.social"
LIMITS = Limits(
    measures=(Measure(count.graphemes, 300), Measure(count.utf8, 3000, "bytes")),
    images=4,
    image_types=("image/jpeg", "image/png", "image/webp"),
    image_bytes=1_000_000,
    alt=2000,
    warning="line",
    language=True,
    parts=25,
    card_size=(1080, 1350),
    link_card="given",
    labels_graphic=True,
    replies={"followers": "the account's followers", "mentioned": "who is mentioned", "nobody": "nobody"},
    replies_by_thread=True,
)
"""The lexicon's limits for text and the number of images. It allows 2,000,000 bytes an image of late; servers
that have not followed yet take 1,000,000. It sets none for alternative texts (2,000 is the app's) and for
threads (25 parts are ours), nor for a link card's words (300 and 1,000 characters are ours).
"""


@dataclass(frozen=True)
class Options:
    """`spoiler`: pictures of posts with a warning are covered until they are touched, for everybody who keeps
    Bluesky's usual settings.
    """

    spoiler: bool = False


OPTIONS = Options

PAGE = 100
MOST_PAGES = 10
KEPT = timedelta(minutes=10)
"""Servers drop images that no post uses after some time; a post's own time should not be long ago either."""

BEARS = timedelta(seconds=15)
"""How much later than it was prepared a post says it was written: longer than it may be prepared before its
time, so that one for midnight never shows the day before. Bluesky shows when it came in where that is sooner.
"""

BEFORE_THE_CALL = 10.0
"""Seconds that `send` may take before the visible call: with it, it stays well within a lease."""

COUNTS = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
PUBLISHING = "publishing the post"
LISTING = "listing the account's posts"
REPLY_TO_NOTHING = "the post that it replies to is deleted; look at the account"
NOT_FOUND = "RecordNotFound"


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Bluesky":
    """The channel's account. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or BASE_URL
    missing = verdicts.unset(channel, base_url, SECRETS, secrets)

    def caller(token: str | None, hidden: tuple[str, ...]) -> Caller | Unconnected:
        if missing:
            return Unconnected(missing)
        return Caller(channel.name, base_url, token=token, secrets=hidden, session=session, clock=clock)

    caller(None, ())
    kept = Session(caller, base_url, secrets.get("IDENTIFIER", ""), secrets.get("APP_PASSWORD", ""))
    return Bluesky(kept, files, clock)


class Bluesky:
    """One account. Only calls need the network: `payload` and `limits` need neither password nor server."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.RESEND_SAFE
    lead = timedelta(seconds=10)  # for the images

    def __init__(
        self,
        session: Session,
        files: Files,
        clock: Callable[[], datetime] | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._seconds, self._clock = session, seconds, clock or _now
        self._blobs = Blobs(session, files, KEPT, seconds)

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The record of com.atproto.repo.putRecord, but for its time; images by SHA-256, mentions by handle.

        `threadgate` says who may reply, where not everyone may.
        """
        text = message.parts[part].text
        named = {handle: handle for handle in facets.handles(text)}
        marks = facets.facets(text, named)
        record = records.post(message, part, marks, lambda image: image.sha256)
        if records.is_gated(message, is_reply=part > 0 or message.corrects is not None):
            record["threadgate"] = {"allow": records.ALLOWED[message.replies]}
        return record

    def account(self) -> Account | Refused:
        """Who the app password speaks for, by the server's word just now."""
        answer = self._session.ask("GET", "com.atproto.server.getSession", "checking the account")
        if isinstance(answer, Refused):
            return answer
        did, handle = (records.text_of(answer.fields, name) for name in ("did", "handle"))
        if not did:
            return Refused(Refusal.TRANSIENT, "checking the account: the answer cannot be understood")
        if answer.fields.get("active") is False:
            state = records.text_of(answer.fields, "status") or "not active"
            return Refused(Refusal.BLOCKED, f"the account is {state}; {xrpc.NO_ACCOUNT}")
        profile, automated = self._profile()
        url = f"{records.APP}/{records.place(handle, did)}"
        seen = Account(did, f"@{handle}", url, date=answer.date, profile=profile, automated=automated)
        return replace(seen, permissions=self._session.may(), endless=True)

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Upload the images, look up who is mentioned and what it replies to, and write the record to send.

        Images come first: what they take must not make the record's time an old one.
        """
        if (refused := too_much("Bluesky", LIMITS, message.parts[part])) is not None:
            return refused
        uploads = self._blobs.upload(message.images_of(part))
        if isinstance(uploads, Refused):
            return uploads
        dids = self._dids(message.parts[part].text)
        if isinstance(dids, Refused):
            return dids
        reply = self._reply(reply_to) if reply_to is not None else None
        if isinstance(reply, Refused):
            return reply
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        now = self._clock().astimezone(UTC)
        marks = facets.facets(message.parts[part].text, dids)
        record = records.post(message, part, marks, lambda image: uploads[image.sha256])
        record |= records.frame(now + BEARS, reply)
        request = records.put(login.did, records.record_key(key), record)
        if records.is_gated(message, is_reply=reply is not None):
            request = records.put_gated(request, message.replies)
        names = {sha256: blob["ref"]["$link"] for sha256, blob in uploads.items()}
        return Prepared(request, names, None, now + KEPT, login.did, key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """The record, once. Before it, what a repetition needs again: a session, and images dropped since."""
        login = self._ready(prepared)
        if isinstance(login, Refused):
            return login
        path = f"/xrpc/{records.call(prepared.request)}"
        outcome = self._session.caller(login).call("POST", path, json=prepared.request)
        if isinstance(outcome, Answer):
            return self._answered(prepared, login, outcome)
        return xrpc.visible(PUBLISHING, outcome)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Look at the record's key: the server that keeps it answers from what it has written.

        `taken` needs no look, since no two deliveries share a key.
        """
        key, record = records.frozen(prepared.request)
        login = self._session.login()
        if isinstance(login, Refused):
            return CannotTell(login.message)
        if login.did != prepared.account:
            return CannotTell("these credentials are another account's than the post's")
        answer = self._get(key, "looking for the post")
        if isinstance(answer, Refused):
            return CannotTell(answer.message)
        if not answer.ok:
            return Absent()
        value, named = answer.fields.get("value"), records.reference(answer.fields)
        if named is None or not isinstance(value, dict):
            return CannotTell("the server's answer cannot be understood")
        receipt = _receipt(key, login, named, value)
        if records.shows(value) == records.shows(record):
            return Found(receipt)
        return CannotTell(f"another text or other images stand in its place; look at {receipt.url}")

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """Compare with the account's posts since then, as far back as ten pages of its listing go.

        The listing goes by keys, and ours lie anywhere in their campaign's year.
        """
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        posts: list[Listed] = []
        params = {"repo": login.did, "collection": POST, "limit": str(PAGE)}
        oldest = records.earliest(since.year)
        for _ in range(MOST_PAGES):
            answer = self._session.ask("GET", "com.atproto.repo.listRecords", LISTING, params=params)
            if isinstance(answer, Refused):
                return answer
            page, cursor = answer.fields.get("records"), records.text_of(answer.fields, "cursor")
            if not isinstance(page, list):
                return Refused(Refusal.TRANSIENT, f"{LISTING}: the answer cannot be understood")
            keys = [_key_of(one) for one in page]
            posts += filter(None, (_listed(one, login, since) for one in page))
            if not cursor or not keys or min(keys) < oldest:
                break
            params["cursor"] = cursor
        return already(messages, posts)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """com.atproto.repo.getRecord, once."""
        answer = self._get(receipt.remote_id, "reading the post")
        if isinstance(answer, Refused):
            return ()
        value = answer.fields.get("value")
        if not answer.ok:
            return ("it is not there any more",)
        return tuple(records.differences(value, message, part)) if isinstance(value, dict) else ()

    def delete(self, receipt: Receipt) -> Refused | None:
        """com.atproto.repo.deleteRecord; a post that is already gone is fine. Then who may reply goes too."""
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        named = {"repo": login.did, "rkey": receipt.remote_id}
        doing = "deleting the post"
        for collection in (POST, records.GATE):
            body = {**named, "collection": collection}
            answer = self._session.ask("POST", "com.atproto.repo.deleteRecord", doing, json=body)
            if isinstance(answer, Refused) and collection == POST:
                return answer
        return None

    def metrics(self, receipt: Receipt) -> dict[str, int] | Refused:
        """Counted by Bluesky itself, which the account's server asks for us."""
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        doing, params = "reading the numbers", {"uris": records.uri(login.did, receipt.remote_id)}
        answer = self._session.ask("GET", "app.bsky.feed.getPosts", doing, params=params)
        if isinstance(answer, Refused):
            return answer
        posts = answer.fields.get("posts")
        if not isinstance(posts, list) or not posts or not isinstance(posts[0], dict):
            return Refused(Refusal.CONTENT, f"{doing}: Bluesky does not show the post")
        counted = {name: posts[0].get(theirs) for name, theirs in COUNTS.items()}
        return {name: number for name, number in counted.items() if isinstance(number, int)}

    # Before the visible call

    def _profile(self) -> tuple[str | None, bool | None]:
        """What the account says of itself, and whether it is labelled as automated; None: not known."""
        answer = self._get("self", "reading the profile", records.PROFILE)
        if isinstance(answer, Refused):
            return None, None
        value = answer.fields.get("value")
        return records.text_of(value, "description"), "bot" in records.labels(value)

    def _ready(self, prepared: Prepared) -> Login | Refused:
        """A session that lasts, and the images there: those of a repetition may have been dropped since."""
        began = self._seconds()
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        if login.did != prepared.account:
            words = "these credentials are another account's than the post was prepared for"
            return Refused(Refusal.AUTH, f"{PUBLISHING}: {words}; check .env")
        for sha256, media_type in records.uploaded(prepared.uploads, prepared.request):
            failed = self._blobs.keep(sha256, media_type, "uploading an image again")
            if failed is not None:
                return failed
            if self._seconds() - began > BEFORE_THE_CALL:
                break
        if self._seconds() - began > BEFORE_THE_CALL:
            return Refused(Refusal.TRANSIENT, f"{PUBLISHING}: the server is slow; nothing was sent yet")
        return self._session.login()  # the uploads may have renewed it

    def _dids(self, text: str) -> dict[str, str] | Refused:
        """The accounts behind the handles in a text; a handle that leads to nobody stays plain text."""
        found = {}
        for handle in facets.handles(text):
            answer = self._session.ask(
                "GET",
                "com.atproto.identity.resolveHandle",
                f"looking up @{handle}",
                params={"handle": handle},
            )
            if isinstance(answer, Answer):
                found[handle] = records.text_of(answer.fields, "did")
            elif answer.kind is not Refusal.CONTENT:
                return answer
        return found

    def _reply(self, to: Receipt) -> dict[str, Any] | Refused:
        """What it answers and where that thread begins, by the record that is there now."""
        doing = "looking at the post it replies to"
        answer = self._get(to.remote_id, doing)
        if isinstance(answer, Refused):
            return answer
        if not answer.ok:
            return Refused(Refusal.CONTENT, f"{PUBLISHING}: {REPLY_TO_NOTHING}")
        if (parent := records.reference(answer.fields)) is None:
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood")
        return {"root": records.root(answer.fields.get("value")) or parent, "parent": parent}

    def _get(self, key: str, doing: str, collection: str = POST) -> Answer | Refused:
        """One of the account's own records; an answer that is not ok says that there is none."""
        login = self._session.login()
        if isinstance(login, Refused):
            return login
        params = {"repo": login.did, "collection": collection, "rkey": key}
        return self._session.ask(
            "GET", "com.atproto.repo.getRecord", doing, expected=NOT_FOUND, params=params
        )

    # The answer to the post

    def _answered(self, prepared: Prepared, login: Login, answer: Answer) -> Sent | Refused | Unknown:
        key, record = records.frozen(prepared.request)
        if answer.ok:
            named = records.named(answer.fields)
            if named is not None and named["uri"] == records.uri(login.did, key):
                return Sent(_receipt(key, login, named, record))
        error = xrpc.error_of(answer)
        if error == "InvalidSwap":
            return Unknown(f"{PUBLISHING}: a post stands under its key already; it is compared with this one")
        if error == "BlobNotFound":
            self._blobs.forget()
        self._session.ended(login, answer)
        return xrpc.visible(PUBLISHING, answer)


def _now() -> datetime:
    return datetime.now(UTC)


def _receipt(key: str, login: Login, named: Mapping[str, str], record: Mapping[str, Any]) -> Receipt:
    """With what a reply to it needs: its own reference, and that of its thread's first post."""
    first = records.root(record) or named
    refs = {**named, "root_uri": first["uri"], "root_cid": first["cid"]}
    return Receipt(key, records.link(login.handle, login.did, key), tuple(refs.items()))


def _listed(one: Any, login: Login, since: datetime) -> Listed | None:
    """One of a listing's posts; None for one written before, by the time it bears itself."""
    value = one.get("value") if isinstance(one, dict) else None
    written = moment(records.text_of(value, "createdAt"))
    if written is not None and written < since:
        return None
    place = records.link(login.handle, login.did, _key_of(one))
    text = records.text_of(value, "text")
    return Listed(Receipt(_key_of(one), place), text, len(records.images(value)))


def _key_of(listed: Any) -> str:
    return records.text_of(listed, "uri").rpartition("/")[2]
