"""X's API v2 on loopback: OAuth 1.0a signatures, one-shot media upload, alt texts, posts and their listing.

Bodies are checked against the shapes of the published OpenAPI 2.167 (written down here by hand): unknown
fields, missing ones and ids that are no numbers are refused as X does. Texts are counted by twitter-text's
v3 weights.
"""

import base64
import binascii
import hashlib
import hmac
import html
import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

import regex

from tests.fakes import Loopback, Reply
from tests.fakes.oauth import Grants

ID = re.compile(r"[0-9]{1,19}")
IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
CATEGORIES = {"tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles"}
OPEN_TO_ALL = {"/i/oauth2/authorize", "/2/oauth2/token"}
POST_FIELDS = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
}
MEDIA_FIELDS = {
    "call_to_actions",
    "description",
    "embeddable",
    "media_ids",
    "preview_media_id",
    "tagged_user_ids",
    "title",
}
REPLY_FIELDS = {"auto_populate_reply_metadata", "exclude_reply_user_ids", "in_reply_to_tweet_id"}
WARNED_OF = {"adult_content", "graphic_violence", "other"}
REPLY_SETTINGS = {"following", "mentionedUsers", "subscribers", "verified"}
LINK = re.compile(r"https?://[^\s]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:org|com|az|net|eu)(?:/[^\s]*)?")
LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


@dataclass
class Medium:
    content: bytes
    alt: str = ""
    warned_of: set = field(default_factory=set)
    used: bool = False
    looks_left: int = 0


@dataclass(frozen=True)
class Post:
    """What went out. `media` is a tuple of (bytes, alt text)."""

    id: str
    text: str
    media: tuple
    reply_to: str | None
    reply_settings: str | None
    created_at: str
    deleted: bool = False
    made_with_ai: bool = False


@dataclass
class XServer(Loopback):
    """`published` is everything that ever went out, in order, also what was deleted since.

    keys: API key and secret, access token and secret. credits: posts that are still paid for (None: any
    number). lag: listings before a new post is shown. processing: looks before an image is ready.
    fields_parameter: the name under which the server knows it. check_duplicates: refuse a text that stands
    already.
    """

    keys: tuple = ("api-key", "api-secret", "access-token", "access-secret")
    credits: int | None = None
    lag: int = 0
    processing: int = 0
    fields_parameter: str = "tweet.fields"
    check_duplicates: bool = True
    username: str = "campaign"
    description: str = "Justice for Khojaly"
    access_level: str = "read-write"
    published: list = field(default_factory=list)
    media: dict = field(default_factory=dict)

    routes = (
        (r"GET /i/oauth2/authorize", "authorize"),
        (r"POST /2/oauth2/token", "exchange"),
        (r"GET /2/tweets/(\w+)", "show"),
        (r"GET /2/users/me", "me"),
        (r"GET /2/users/(\w+)/tweets", "list_posts"),
        (r"POST /2/media/upload", "upload"),
        (r"GET /2/media/upload", "look_at_media"),
        (r"POST /2/media/metadata", "describe"),
        (r"POST /2/tweets", "create"),
        (r"DELETE /2/tweets/(\w+)", "delete"),
    )
    user_id = "2244994945"

    def __post_init__(self):
        super().__init__()
        self._ids = 1_990_000_000_000_000_000
        self._hidden = {}
        self._nonces = set()
        self.oauth = Grants(pkce=True, basic=True)
        self.bearer, self.refresh, self.scope = "", "", ""
        self.renewals = 0
        self.given = []

    @property
    def posts(self):
        """What a visitor sees now."""
        return [post for post in self.published if not post.deleted]

    def add(self, text):
        """A post that somebody wrote by hand."""
        return self._publish({"text": text}, ())

    def answer(self, request):
        if request.path in OPEN_TO_ALL:
            return super().answer(request)
        if problem := self._not_let_in(request):
            return Reply(
                401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": problem}
            )
        return super().answer(request)

    def _not_let_in(self, request):
        """Every endpoint used here takes either kind of token."""
        header = request.headers.get("authorization", "")
        if not header.startswith("Bearer "):
            return self._signature_problem(request)
        return "" if self.bearer and header == f"Bearer {self.bearer}" else "Unauthorized"

    # The way in by a browser (docs.x.com, authentication, OAuth 2.0)

    def authorize(self, request):
        return self.oauth.authorize(request.query)

    def exchange(self, request):
        """A refresh token is good once, and is given for `offline.access` alone."""
        form = request.fields()
        if form.get("grant_type") == "refresh_token":
            return self._renew(form)
        refused = self.oauth.problem(request)
        if refused is not None:
            return refused
        self.scope = self.oauth.granted
        return Reply(200, self._pair("offline.access" in self.scope.split()))

    def _renew(self, form):
        if set(form) != {"grant_type", "refresh_token", "client_id"}:
            return Reply(400, {"error": "invalid_request"})
        if not self.refresh or form["refresh_token"] != self.refresh:
            words = "Value passed for the token was invalid."
            return Reply(400, {"error": "invalid_request", "error_description": words})
        self.renewals += 1
        return Reply(200, self._pair(True))

    def _pair(self, offline):
        number = len(self.given) + 2
        self.given.append(number)
        self.bearer = f"canary-bearer-{number}"
        pair = {"token_type": "bearer", "expires_in": 7200, "access_token": self.bearer, "scope": self.scope}
        if offline:
            self.refresh = f"canary-refresh-{number}"
            pair["refresh_token"] = self.refresh
        return pair

    # Accounts

    def me(self, request):
        signed = request.headers.get("authorization", "").startswith("OAuth ")
        level = {"x-access-level": self.access_level} if signed and self.access_level else {}
        user = {"id": self.user_id, "name": "Campaign", "username": self.username}
        if "description" in request.query.get("user.fields", ""):
            user["description"] = self.description
        return Reply(200, {"data": user}, level)

    def show(self, request, remote):
        post = next((one for one in self.posts if one.id == remote), None)
        if set(request.query) != {self.fields_parameter}:
            return _invalid("The query parameter is not known")
        if post is None:
            # X answers 200 with `errors` and no data for a post that is not there.
            return Reply(200, {"errors": [{"title": "Not Found Error", "detail": "Could not find post"}]})
        numbers = {"retweet_count": 3, "reply_count": 1, "like_count": 7, "quote_count": 0}
        numbers |= {"impression_count": 900, "bookmark_count": 2}
        return _data({"id": post.id, "text": _shown(post), "public_metrics": numbers})

    def list_posts(self, request, user):
        if user != self.user_id:
            return _problem(403, "Forbidden", "You are not permitted to read this account")
        query = dict(request.query)
        fields = query.pop(self.fields_parameter, "").split(",")
        known = {"max_results", "since_id", "until_id", "pagination_token"}
        if unknown := set(query) - known:
            return _invalid(f"The query parameter [{unknown.pop()}] is not one of [{', '.join(known)}]")
        most = int(query.get("max_results", 10))
        if not 5 <= most <= 100:
            return _invalid("The `max_results` query parameter value is not between 5 and 100")
        if not ID.fullmatch(query.get("since_id", "0")):
            return _invalid("The `since_id` query parameter value is not a Post id")
        shown = [post for post in self._visible() if int(post.id) > int(query.get("since_id", 0))]
        if until := query.get("pagination_token"):
            shown = [post for post in shown if int(post.id) < int(until)]
        page = list(reversed(shown))[:most]
        meta = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(shown) > most:
            meta["next_token"] = page[-1].id
        body = {"meta": meta} | ({"data": [_entity(post, fields) for post in page]} if page else {})
        return Reply(200, body)

    def _visible(self):
        shown = []
        for post in self.posts:
            if self._hidden.get(post.id, 0) > 0:
                self._hidden[post.id] -= 1
            else:
                shown.append(post)
        return shown

    # Media

    def upload(self, request):
        body = request.json()
        if not isinstance(body, dict) or set(body) - {"media", "media_category", "additional_owners"}:
            return _invalid("unknown fields in the request body")
        if body.get("media_category") not in CATEGORIES or not isinstance(body.get("media"), str):
            return _invalid("$.media_category and $.media are required")
        try:
            content = base64.b64decode(body["media"], validate=True)
        except binascii.Error:
            return _invalid("$.media is not base64")
        if not content.startswith(IMAGES) or len(content) > 5 * 1024 * 1024:
            return _invalid("media type unrecognized, or larger than 5 MB")
        remote = self._new_id()
        self.media[remote] = Medium(content, looks_left=self.processing)
        fields = {"id": remote, "media_key": f"3_{remote}", "size": len(content), "expires_after_secs": 86400}
        return _data(fields | self._stage(self.media[remote]))

    def look_at_media(self, request):
        medium = self.media.get(request.query.get("media_id"))
        if request.query.get("command") != "STATUS" or medium is None:
            return _problem(404, "Not Found Error", "Could not find media")
        medium.looks_left = max(0, medium.looks_left - 1)
        stage = self._stage(medium) or {"processing_info": {"state": "succeeded", "progress_percent": 100}}
        return _data({"id": request.query["media_id"]} | stage)

    @staticmethod
    def _stage(medium):
        if not medium.looks_left:
            return {}
        return {"processing_info": {"state": "pending", "check_after_secs": 1}}

    def describe(self, request):
        body = request.json()
        if not isinstance(body, dict) or not ID.fullmatch(str(body.get("id"))):
            return _invalid("$.id: must match ^[0-9]{1,19}$")
        said = body.get("metadata") or {}
        text, warning = (said.get("alt_text") or {}).get("text", ""), said.get("sensitive_media_warning")
        if not said or set(said) - {"alt_text", "sensitive_media_warning"}:
            return _invalid("$.metadata: unknown fields, or none")
        if not isinstance(text, str) or len(text) > 1000:
            return _invalid("$.metadata.alt_text.text: at most 1000 characters")
        if warning is not None and (set(warning) != WARNED_OF or set(warning.values()) - {True, False}):
            return _invalid("$.metadata.sensitive_media_warning: must be its three booleans")
        if body["id"] not in self.media:
            return _problem(404, "Not Found Error", "Could not find media")
        medium = self.media[body["id"]]
        medium.alt, medium.warned_of = text, {name for name, is_so in (warning or {}).items() if is_so}
        return _data({"id": body["id"], "associated_metadata": said})

    # Posts

    def create(self, request):
        body = request.json()
        problem = shape_problem(body)
        if problem:
            return _invalid(problem)
        text, ids = body.get("text", ""), body.get("media", {}).get("media_ids", [])
        if not text and not ids:
            return _invalid("One of `text` or `media` is required")
        if self.credits == 0:
            return _problem(402, "CreditsDepleted", "Your enrolled account does not have any credits")
        if weight(text) > 280:
            return _problem(403, "Forbidden", "Your Tweet text is too long. You are not permitted to post it")
        if problem := self._reference_problem(body, ids):
            return problem
        if self.check_duplicates and any(post.text == text for post in self.posts):
            words = "You are not allowed to create a Tweet with duplicate content."
            return _problem(403, "Forbidden", words)
        if self.credits is not None:
            self.credits -= 1
        media = [self.media[remote] for remote in ids]
        for medium in media:
            medium.used = True
        post = self._publish(body, tuple((medium.content, medium.alt) for medium in media))
        return Reply(201, {"data": {"id": post.id, "text": _shown(post)}})

    def _reference_problem(self, body, ids):
        for remote in ids:
            medium = self.media.get(remote)
            if medium is None or medium.used or medium.looks_left:
                return _invalid("Your media IDs are invalid.")
        parent = body.get("reply", {}).get("in_reply_to_tweet_id")
        if parent and all(post.id != parent for post in self.posts):
            words = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return _problem(403, "Forbidden", words)
        return None

    def delete(self, request, remote):
        for index, post in enumerate(self.published):
            if post.id == remote and not post.deleted:
                self.published[index] = replace(post, deleted=True)
                return _data({"deleted": True})
        return _problem(404, "Not Found Error", "Could not find tweet")

    def _publish(self, body, media):
        post = Post(
            self._new_id(),
            body.get("text", ""),
            media,
            body.get("reply", {}).get("in_reply_to_tweet_id"),
            body.get("reply_settings"),
            self.now().isoformat(),
            made_with_ai=body.get("made_with_ai", False),
        )
        self.published.append(post)
        self._hidden[post.id] = self.lag
        return post

    def _new_id(self):
        self._ids += 4_194_305
        return str(self._ids)

    # OAuth 1.0a (RFC 5849), worked out from its text

    def _signature_problem(self, request):
        header = request.headers.get("authorization", "")
        if not header.startswith("OAuth "):
            return "Unauthorized: no OAuth 1.0a header"
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
        if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (self.keys[0], self.keys[2]):
            return "Unauthorized: unknown key or token"
        if given["oauth_nonce"] in self._nonces or given["oauth_signature_method"] != "HMAC-SHA1":
            return "Unauthorized: nonce or method"
        self._nonces.add(given["oauth_nonce"])
        signature = given.pop("oauth_signature")
        pairs = sorted((_percent(n), _percent(v)) for n, v in {**given, **request.query}.items())
        joined = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join((request.method, _percent(self.base_url + request.path), _percent(joined)))
        key = f"{_percent(self.keys[1])}&{_percent(self.keys[3])}"
        expected = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
        return "" if hmac.compare_digest(signature, expected) else "Unauthorized: wrong signature"


def shape_problem(body):
    """What in a body of POST /2/tweets is against the OpenAPI, or None."""
    if not isinstance(body, dict):
        return "$: must be an object"
    if unknown := set(body) - POST_FIELDS:
        return f"$.{min(unknown)}: additional properties are not allowed"
    media, reply = body.get("media", {"media_ids": ["0"]}), body.get("reply", {"in_reply_to_tweet_id": "0"})
    ids = media.get("media_ids") if isinstance(media, dict) else None
    checks = (
        (isinstance(body.get("text", ""), str), "$.text: must be a string"),
        (isinstance(ids, list) and 1 <= len(ids) <= 4, "$.media.media_ids: 1 to 4 items"),
        (all(_is_id(each) for each in ids or ()), "$.media.media_ids: must match ^[0-9]{1,19}$"),
        (isinstance(media, dict) and not set(media) - MEDIA_FIELDS, "$.media: unknown field"),
        (isinstance(reply, dict) and not set(reply) - REPLY_FIELDS, "$.reply: unknown field"),
        (isinstance(reply, dict) and _is_id(reply.get("in_reply_to_tweet_id")), "$.reply: needs a Post id"),
        (body.get("reply_settings", "verified") in REPLY_SETTINGS, "$.reply_settings: unknown value"),
        (isinstance(body.get("made_with_ai", False), bool), "$.made_with_ai: must be a boolean"),
    )
    return next((words for fine, words in checks if not fine), None)


def weight(text):
    """twitter-text v3: a link 23, an emoji sequence 2, light code points 1, all others 2."""
    text = LINK.sub("x" * 23, text)
    total = 0
    for cluster in regex.findall(r"\X", text):
        if regex.search(r"\p{Extended_Pictographic}|\p{RI}", cluster):
            total += 2
        else:
            total += sum(1 if any(a <= ord(c) <= b for a, b in LIGHT) else 2 for c in cluster)
    return total


def _is_id(value):
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _entity(post, fields):
    entity = {"id": post.id, "text": _shown(post), "edit_history_tweet_ids": [post.id]}
    if "created_at" in fields:
        entity["created_at"] = post.created_at
    if "attachments" in fields and post.media:
        entity["attachments"] = {"media_keys": [f"3_{post.id}{n}" for n in range(len(post.media))]}
    if "entities" in fields and (urls := _urls(post)):
        entity["entities"] = {"urls": urls}
    return entity


def _shown(post):
    """The text as X gives it back: escaped, links as t.co, one more t.co for the images."""
    text = html.escape(LINK.sub(lambda found: _tco(found[0]), post.text), quote=False)
    return f"{text} {_tco(post.id)}" if post.media else text


def _urls(post):
    urls = [
        {
            "url": _tco(found),
            "expanded_url": found if found.startswith("http") else f"http://{found}",
            "display_url": re.sub(r"^https?://", "", found)[:26],
        }
        for found in LINK.findall(post.text)
    ]
    page = f"https://x.com/campaign/status/{post.id}/photo/1"
    image = {"url": _tco(post.id), "expanded_url": page, "display_url": "pic.x.com/abc", "media_key": "3_1"}
    return urls + ([image] if post.media else [])


def _tco(link):
    return f"https://t.co/{hashlib.sha1(link.encode()).hexdigest()[:10]}"


def _percent(text):
    return quote(text, safe="~")


def _data(fields):
    return Reply(200, {"data": fields})


def _problem(status, title, detail):
    return Reply(status, {"title": title, "detail": detail, "type": "about:blank", "status": status})


def _invalid(words):
    kind = "https://api.twitter.com/2/problems/invalid-request"
    errors = [{"message": words}]
    detail = "One or more parameters to your request was invalid."
    return Reply(400, {"errors": errors, "title": "Invalid Request", "detail": detail, "type": kind})
