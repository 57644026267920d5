"""A Bluesky server (PDS) on loopback: sessions, images, records under chosen keys, and the documented limits.

Source: the lexicons com.atproto.server, com.atproto.repo, app.bsky.feed.post, app.bsky.embed.images,
app.bsky.embed.external and app.bsky.richtext.facet; and what the real server in tests/real/ answered.
"""

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass, field

import regex

from tests.fakes import Loopback, Reply

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
DID = "did:plc:campaign22222222222222222"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
POST_FIELDS = {"$type", "text", "createdAt", "langs", "facets", "embed", "reply", "labels", "tags"}
PUT_FIELDS = {"repo", "collection", "rkey", "validate", "record", "swapRecord", "swapCommit"}
SELF_LABELS = {"!no-unauthenticated", "porn", "sexual", "nudity", "graphic-media", "bot"}
NOT_FOUND = object()


def error(status, name, message="", **headers):
    return Reply(status, {"error": name, "message": message or name}, headers)


def content_id(value, codec=0x71):
    """A name made from the content. The real one is over DAG-CBOR; what counts is that it changes with it."""
    data = value if isinstance(value, bytes) else json.dumps(value, sort_keys=True).encode()
    digest = hashlib.sha256(data).digest()
    return "b" + base64.b32encode(bytes([1, codec, 0x12, 0x20]) + digest).decode().lower().rstrip("=")


def token(did, scope, seconds, number):
    """The middle of a token says from when to when it is good."""
    now = int(time.time())
    claims = {"sub": did, "scope": scope, "iat": now, "exp": now + seconds, "jti": str(number)}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"canary-head.{middle}.canary-signature-{number}"


@dataclass
class BlueskyServer(Loopback):
    """`published` is every post that ever went out, in order, as (key, record), also what was deleted since.

    handles: who can be looked up. lasts: seconds for which a token says it is good. drop_images: uploads are
    forgotten before they are used. recode: the server changes images. status: "takendown" and the like.
    view: what Bluesky itself counts, by a post's address.
    """

    handle: str = "campaign.example"
    password: str = "canary-app-pass"
    did: str = DID
    handles: dict = field(default_factory=dict)
    lasts: int = 7200
    drop_images: bool = False
    scope: str = "com.atproto.appPass"
    recode: bool = False
    status: str | None = None
    view: dict = field(default_factory=dict)
    published: list = field(default_factory=list)
    blobs: dict = field(default_factory=dict)

    routes = (
        (r"POST /xrpc/com.atproto.server.createSession", "create_session"),
        (r"POST /xrpc/com.atproto.server.refreshSession", "refresh_session"),
        (r"GET /xrpc/com.atproto.server.getSession", "get_session"),
        (r"GET /xrpc/com.atproto.identity.resolveHandle", "resolve"),
        (r"POST /xrpc/com.atproto.repo.uploadBlob", "upload"),
        (r"POST /xrpc/com.atproto.repo.putRecord", "put"),
        (r"POST /xrpc/com.atproto.repo.applyWrites", "apply"),
        (r"GET /xrpc/com.atproto.repo.getRecord", "get"),
        (r"GET /xrpc/com.atproto.repo.listRecords", "list_records"),
        (r"POST /xrpc/com.atproto.repo.deleteRecord", "delete"),
        (r"GET /xrpc/app.bsky.feed.getPosts", "get_posts"),
    )

    def __post_init__(self):
        super().__init__()
        self.records = {}
        self.access, self.refresh = set(), set()
        self._numbers = 0

    @property
    def posts(self):
        """What a visitor sees now, by key."""
        return {key: value for (collection, key), value in self.records.items() if collection == POST}

    @property
    def gates(self):
        return {key: value for (collection, key), value in self.records.items() if collection == GATE}

    def add(self, text, key="3aaaaaaaaaaaa", created_at="2027-02-20T10:00:00Z", **more):
        """A post that somebody wrote by hand."""
        record = {"$type": POST, "text": text, "createdAt": created_at, **more}
        self.records[POST, key] = record
        return record

    def end_sessions(self):
        """Every access token runs out now."""
        self.access.clear()

    def forget_sessions(self):
        """The renewing tokens too."""
        self.access.clear()
        self.refresh.clear()

    def answer(self, request):
        if not request.path.startswith("/xrpc/"):
            return Reply(404)
        with self._lock:
            open_to_all = request.path.endswith(("createSession", "refreshSession", "resolveHandle"))
            if not open_to_all and (refused := self._unauthorised(request)):
                return refused
            return super().answer(request)

    def _unauthorised(self, request):
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            return error(401, "AuthMissing")
        if given.removeprefix("Bearer ") in self.access:
            return None
        return error(400, "ExpiredToken", "Token has expired")

    # Sessions

    def create_session(self, request):
        body = request.json() or {}
        if set(body) - {"identifier", "password", "authFactorToken", "allowTakendown"}:
            return error(400, "InvalidRequest", "Input has unknown fields")
        if body.get("identifier") not in (self.handle, self.did) or body.get("password") != self.password:
            return error(401, "AuthenticationRequired", "Invalid identifier or password")
        if self.status == "takendown":
            return error(401, "AccountTakedown", "Account has been taken down")
        return self._session()

    def refresh_session(self, request):
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given not in self.refresh:
            return error(400, "ExpiredToken", "Token has been revoked")
        self.refresh.remove(given)
        return self._session()

    def get_session(self, request):
        return Reply(200, {"did": self.did, "handle": self.handle, **self._state()})

    def _session(self):
        self._numbers += 1
        access = token(self.did, self.scope, self.lasts, self._numbers)
        refresh = token(self.did, "com.atproto.refresh", 5_184_000, -self._numbers)
        self.access.add(access)
        self.refresh.add(refresh)
        tokens = {"accessJwt": access, "refreshJwt": refresh}
        return Reply(200, {"did": self.did, "handle": self.handle, **tokens, **self._state()})

    def _state(self):
        return {"active": self.status is None} | ({"status": self.status} if self.status else {})

    def resolve(self, request):
        found = self.handles.get(request.query.get("handle"))
        return (
            Reply(200, {"did": found}) if found else error(400, "InvalidRequest", "Unable to resolve handle")
        )

    # Images

    def upload(self, request):
        media_type = request.headers.get("content-type", "")
        if not media_type.startswith("image/"):
            return error(400, "InvalidMimeType", f"{media_type} is not taken here")
        if len(request.body) > 5_242_880:
            return error(413, "PayloadTooLarge", "request entity too large")
        content = request.body + b"again" if self.recode else request.body
        name = content_id(content, 0x55)
        blob = {"$type": "blob", "ref": {"$link": name}, "mimeType": media_type, "size": len(content)}
        if not self.drop_images:
            self.blobs[name] = content
        return Reply(200, {"blob": blob})

    # Records

    def put(self, request):
        body = request.json()
        if not isinstance(body, dict) or set(body) - PUT_FIELDS or body.get("repo") != self.did:
            return error(400, "InvalidRequest", "Input has unknown fields, or another repo")
        place, record = (body["collection"], body["rkey"]), body["record"]
        if problem := self._problem(place, record):
            return problem
        there, name = self.records.get(place), content_id(record)
        if there == record:
            return Reply(200, {"uri": self._uri(*place), "cid": name, "validationStatus": "valid"})
        expected = body.get("swapRecord", NOT_FOUND)
        if expected is not NOT_FOUND and expected != (content_id(there) if there else None):
            return error(400, "InvalidSwap", f"Record was at {content_id(there) if there else None}")
        if missing := self._missing(record):
            return missing
        self._write(place, record)
        commit = {"cid": content_id({"commit": name}), "rev": "3zzzzzzzzzzzz"}
        known = {"uri": self._uri(*place), "cid": name}
        return Reply(200, {**known, "commit": commit, "validationStatus": "valid"})

    def apply(self, request):
        body = request.json()
        if not isinstance(body, dict) or set(body) - {"repo", "validate", "writes", "swapCommit"}:
            return error(400, "InvalidRequest", "Input has unknown fields")
        writes = body["writes"]
        for write in writes:
            if write["$type"] != "com.atproto.repo.applyWrites#create":
                return error(400, "InvalidRequest", f"{write['$type']} is not served here")
            place = (write["collection"], write["rkey"])
            if problem := self._problem(place, write["value"]) or self._missing(write["value"]):
                return problem
            if place in self.records:
                return error(500, "InternalServerError", "Internal Server Error")
        for write in writes:
            self._write((write["collection"], write["rkey"]), write["value"])
        results = [
            {
                "$type": "com.atproto.repo.applyWrites#createResult",
                "uri": self._uri(write["collection"], write["rkey"]),
                "cid": content_id(write["value"]),
                "validationStatus": "valid",
            }
            for write in writes
        ]
        return Reply(200, {"commit": {"cid": content_id(body), "rev": "3zzzzzzzzzzzz"}, "results": results})

    def get(self, request):
        place = (request.query["collection"], request.query["rkey"])
        if request.query["repo"] not in (self.did, self.handle) or place not in self.records:
            return error(400, "RecordNotFound", f"Could not locate record: {self._uri(*place)}")
        return Reply(200, self._entity(place))

    def list_records(self, request):
        collection, limit = request.query["collection"], int(request.query.get("limit", 50))
        if not 1 <= limit <= 100:
            return error(400, "InvalidRequest", "limit must be between 1 and 100")
        places = sorted((place for place in self.records if place[0] == collection), reverse=True)
        if cursor := request.query.get("cursor"):
            places = [place for place in places if place[1] < cursor]
        page = places[:limit]
        more = {"cursor": page[-1][1]} if page else {}
        return Reply(200, {"records": [self._entity(place) for place in page], **more})

    def delete(self, request):
        body = request.json()
        self.records.pop((body["collection"], body["rkey"]), None)
        return Reply(200, {})

    def get_posts(self, request):
        found = self.view.get(request.query["uris"])
        return Reply(200, {"posts": [found] if found else []})

    def _write(self, place, record):
        self.records[place] = record
        if place[0] == POST:
            self.published.append((place[1], record))

    def _uri(self, collection, key):
        return f"at://{self.did}/{collection}/{key}"

    def _entity(self, place):
        record = self.records[place]
        return {"uri": self._uri(*place), "cid": content_id(record), "value": record}

    # What is refused

    def _problem(self, place, record):
        collection, key = place
        if not TID.fullmatch(key):
            return error(400, "InvalidRequest", f"Invalid record key for {collection}: Invalid TID string")
        if record.get("$type") != collection or not re.fullmatch(r"[\d-]{10}T[\d:.]+Z", record["createdAt"]):
            return error(400, "InvalidRequest", f"Invalid {collection} record: createdAt or $type")
        if words := _post_problem(record) if collection == POST else None:
            return error(400, "InvalidRequest", f"Invalid {collection} record: {words}")
        return None

    def _missing(self, record):
        embed = record.get("embed", {})
        blobs = [image["image"] for image in embed.get("images", ())]
        blobs += [embed["external"]["thumb"]] if "thumb" in embed.get("external", {}) else []
        for name in (blob["ref"]["$link"] for blob in blobs):
            if name not in self.blobs:
                return error(400, "BlobNotFound", f"Could not find blob: {name}")
        return None


def _post_problem(record):
    """The first thing that the post's lexicon does not allow, in words."""
    text, written = record["text"], record["text"].encode()
    if unknown := set(record) - POST_FIELDS:
        return f"unknown fields {unknown}"
    if len(written) > 3000:
        return f"string too big (maximum 3000, got {len(written)}) at $.record.text"
    if (length := len(regex.findall(r"\X", text))) > 300:
        return f"grapheme too big (maximum 300, got {length}) at $.record.text"
    if len(record.get("langs", ())) > 3:
        return "array too big (maximum 3) at $.record.langs"
    for facet in record.get("facets", ()):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not 0 <= start < end <= len(written):
            return "facet outside of the text"
        written[start:end].decode()  # a facet that cuts a letter in two is a crash of ours
    if unknown := {one["val"] for one in record.get("labels", {}).get("values", ())} - SELF_LABELS:
        return f"unknown labels {unknown}"
    embed = record.get("embed")
    if embed is None:
        return None
    if embed["$type"] == "app.bsky.embed.external":
        return _external_problem(embed["external"])
    if embed["$type"] != "app.bsky.embed.images" or not 1 <= len(embed["images"]) <= 4:
        return "array too big (maximum 4) at $.record.embed.images"
    for image in embed["images"]:
        if not isinstance(image.get("alt"), str):
            return "missing required key alt"
        if image["image"]["size"] > 2_000_000:
            return "blob too big (maximum 2000000)"
        if min(image["aspectRatio"].values()) < 1:
            return "integer too small (minimum 1)"
    return None


def _external_problem(card):
    if unknown := set(card) - {"uri", "title", "description", "thumb"}:
        return f"unknown fields {unknown}"
    for name in ("uri", "title", "description"):
        if not isinstance(card.get(name), str):
            return f'Record must have the property "{name}"'
    if not re.match(r"\w+:(//)?\S+$", card["uri"]):
        return "uri must be a uri"
    if card.get("thumb", {}).get("size", 0) > 1_000_000:
        return "blob too big (maximum 1000000)"
    return None
