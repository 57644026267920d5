"""LinkedIn's Posts API on loopback: members and pages, uploads, comments, listings, and its little text.

Bodies are checked against the documented shapes, written down here by hand; an unescaped bracket cuts the
post short while the answer is 201, as people report of the real one.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from tests.fakes import Loopback, Reply
from tests.fakes.oauth import Grants

POST_FIELDS = {
    "author",
    "commentary",
    "visibility",
    "distribution",
    "lifecycleState",
    "content",
    "isReshareDisabledByAuthor",
    "reshareContext",
}
POST = re.compile(r"urn:li:(share|ugcPost):\d+")
IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*([(){}<>\[\]@|*_~])")
HASHTAG = re.compile(r"\{hashtag\|\\#\|(?:\\.|[^}\\])*\}")


@dataclass(frozen=True)
class Post:
    """What went out. `images` is a tuple of (bytes, alt text); `commentary` is little text."""

    urn: str
    author: str
    commentary: str
    images: tuple
    created: int
    article: dict | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Comment:
    urn: str
    on: str
    actor: str
    text: str
    deleted: bool = False


@dataclass
class LinkedInServer(Loopback):
    """`published` and `comments` are everything that ever went out, in order.

    lag: listings before a new post is shown. versions: those still served. pages: numbers of the pages the
    token's person manages. calls: how many are left for today (None: any number).
    """

    token: str = "canary-linkedin-token"
    person: str = "abc-DEF_1"
    pages: tuple = ("2414183",)
    versions: tuple = ("202610",)
    scopes: tuple = (
        "w_member_social",
        "w_organization_social",
        "r_organization_social",
        "rw_organization_admin",
    )
    app: tuple = ("app-1", "canary-app-secret")
    status: str = "active"
    expires_at: int = 1_800_000_000
    lag: int = 0
    calls: int | None = None
    published: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    uploads: dict = field(default_factory=dict)

    routes = (
        (r"GET /oauth/v2/authorization", "authorize"),
        (r"POST /oauth/v2/accessToken", "exchange"),
        (r"POST /oauth/v2/introspectToken", "introspect"),
        (r"GET /v2/userinfo", "userinfo"),
        (r"GET /rest/organizations/(\w+)", "organization"),
        (r"POST /rest/images", "initialize"),
        (r"PUT /dms-uploads/(\w+)", "upload"),
        (r"POST /rest/posts", "create"),
        (r"POST /rest/posts/([^/]+)", "change"),
        (r"GET /rest/posts", "listing"),
        (r"GET /rest/posts/([^/]+)", "read"),
        (r"DELETE /rest/posts/([^/]+)", "delete"),
        (r"POST /rest/socialActions/([^/]+)/comments", "comment"),
        (r"DELETE /rest/socialActions/([^/]+)/comments/(\d+)", "uncomment"),
        (r"GET /rest/organizationalEntityShareStatistics", "statistics"),
    )

    def __post_init__(self):
        super().__init__()
        self._ids = 7_000_000_000_000_000_000
        self.oauth = Grants()

    @property
    def posts(self):
        """What a reader sees now."""
        return [post for post in self.published if not post.deleted]

    @property
    def answers(self):
        """The comments that a reader sees now."""
        return [one for one in self.comments if not one.deleted]

    def authorize(self, request):
        return self.oauth.authorize(request.query)

    def exchange(self, request):
        refused = self.oauth.problem(request)
        told = {"access_token": self.token, "expires_in": 5_184_000, "scope": self.oauth.granted}
        return refused or Reply(200, told)

    def introspect(self, request):
        """ "Token introspection": for the app alone that the token was made with."""
        form = request.fields()
        if set(form) != {"client_id", "client_secret", "token"} or form["client_id"] != self.app[0]:
            return Reply(400, {"error": "invalid_request"})
        if form["client_secret"] != self.app[1]:
            return Reply(401, {"error": "invalid_client"})
        told = {"active": self.status == "active", "status": self.status, "client_id": form["client_id"]}
        return Reply(200, told | {"scope": ",".join(self.scopes), "expires_at": self.expires_at})

    def answer(self, request):
        if request.path.startswith("/oauth/"):
            return super().answer(request)
        return self._refusal(request) or super().answer(request)

    def _refusal(self, request):
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        if request.path.startswith("/rest/"):
            if request.headers.get("x-restli-protocol-version") != "2.0.0":
                return _error(400, "VERSION_MISSING", "X-Restli-Protocol-Version is missing")
            if request.headers.get("linkedin-version") not in self.versions:
                return _error(426, "NONEXISTENT_VERSION", "Requested version is not active")
        if self.calls is not None:
            if self.calls == 0:
                return _error(429, "TOO_MANY_REQUESTS", "Resource level throttle limit reached")
            self.calls -= 1
        return None

    def _may(self, author):
        kind, _, name = author.removeprefix("urn:li:").partition(":")
        if kind == "person":
            return name == self.person and "w_member_social" in self.scopes
        return name in self.pages and "w_organization_social" in self.scopes

    def userinfo(self, request):
        return Reply(200, {"sub": self.person, "name": "Aygün"})

    def organization(self, request, number):
        if number not in self.pages or "rw_organization_admin" not in self.scopes:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: organizations.GET")
        return Reply(
            200,
            {
                "id": int(number),
                "localizedName": "Memory",
                "vanityName": "memory",
                "localizedDescription": "35 years",
            },
        )

    def initialize(self, request):
        body = request.json() or {}
        owner = body.get("initializeUploadRequest", {}).get("owner", "")
        if request.query.get("action") != "initializeUpload" or body.keys() != {"initializeUploadRequest"}:
            return _error(400, "ILLEGAL_ARGUMENT", "unknown action or fields")
        if not self._may(owner):
            return _error(
                403, "ACCESS_DENIED", "Not enough permissions to access: images.ACTION-initializeUpload"
            )
        self._ids += 1
        name = f"D4{self._ids}"
        self.uploads[name] = None
        address = f"{self.base_url}/dms-uploads/{name}?ca=vector"
        return Reply(200, {"value": {"uploadUrl": address, "image": f"urn:li:image:{name}"}})

    def upload(self, request, name):
        if not request.body.startswith(IMAGES):
            return _error(400, "MEDIA", "Unsupported media type")
        self.uploads[name] = request.body
        return Reply(201)

    def create(self, request):
        body = request.json() or {}
        if error := self._problem(body):
            return error
        pictures = _pictures(body)
        names = [one["id"].removeprefix("urn:li:image:") for one in pictures]
        if any(self.uploads.get(name) is None for name in names):
            return _error(400, "MEDIA_ASSET_PROCESSING_FAILED", "image was not uploaded")
        article = body.get("content", {}).get("article")
        if thumbnail := (article or {}).get("thumbnail"):
            content = self.uploads.get(thumbnail.removeprefix("urn:li:image:"))
            if content is None:
                return _error(400, "MEDIA_ASSET_PROCESSING_FAILED", "image was not uploaded")
            article = {**article, "thumbnail": content}
        same = [
            one
            for one in self.published
            if (one.author, one.commentary) == (body["author"], body["commentary"])
        ]
        if same:
            return _error(422, "DUPLICATE_POST", f"Content is a duplicate of {same[0].urn}")
        self._ids += 1
        made = Post(
            f"urn:li:share:{self._ids}",
            body["author"],
            _cut(body["commentary"]),
            tuple(
                (self.uploads[name], one.get("altText", ""))
                for name, one in zip(names, pictures, strict=True)
            ),
            int(self.now().timestamp() * 1000),
            article,
        )
        self.published.append(made)
        return Reply(201, None, {"x-restli-id": made.urn})

    def _problem(self, body):
        if unknown := body.keys() - POST_FIELDS:
            return _error(400, "UNPERMITTED_FIELDS", f"unknown fields {sorted(unknown)}")
        if body.get("visibility") != "PUBLIC" or body.get("lifecycleState") != "PUBLISHED":
            return _error(400, "MISSING_REQUIRED_FIELD", "visibility and lifecycleState")
        if set(body.get("distribution", {})) != {
            "feedDistribution",
            "targetEntities",
            "thirdPartyDistributionChannels",
        }:
            return _error(400, "MISSING_REQUIRED_FIELD", "distribution")
        if not self._may(body["author"]):
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE")
        if len(body["commentary"]) > 3000:
            return _error(400, "FIELD_LENGTH_TOO_LONG", "commentary")
        content = body.get("content", {})
        if len(content) > 1 or content.keys() - {"media", "multiImage", "article"}:
            return _error(400, "ILLEGAL_ARGUMENT", "content is one of media, multiImage, article")
        if (problem := _article_problem(content.get("article"))) is not None:
            return problem
        several = content.get("multiImage")
        if several is not None and not 2 <= len(several["images"]) <= 20:
            return _error(400, "ILLEGAL_ARGUMENT", "multiImage needs 2 to 20 images")
        return None

    def change(self, request, urn):
        body = request.json() or {}
        if request.headers.get("x-restli-method") != "PARTIAL_UPDATE":
            return _error(400, "ILLEGAL_ARGUMENT", "method")
        found = self._find(urn)
        if found is None:
            return _error(404, "NOT_FOUND", "Could not find entity")
        changed = replace(found, commentary=_cut(body["patch"]["$set"]["commentary"]))
        self.published[self.published.index(found)] = changed
        return Reply(204)

    def _find(self, urn):
        return next((one for one in self.posts if one.urn == unquote(urn)), None)

    def listing(self, request):
        if request.headers.get("x-restli-method") != "FINDER" or request.query.get("q") != "author":
            return _error(400, "ILLEGAL_ARGUMENT", "finder")
        author = request.query["author"]
        number = author.removeprefix("urn:li:organization:")
        if number not in self.pages or "r_organization_social" not in self.scopes:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.FINDER-author")
        shown = [one for one in reversed(self.posts) if one.author == author]
        if self.lag > 0 and shown:
            self.lag -= 1
            shown = shown[1:]
        start, count = int(request.query.get("start", 0)), int(request.query.get("count", 10))
        return Reply(200, {"elements": [self._say(one) for one in shown[start : start + count]]})

    def read(self, request, urn):
        found = self._find(urn)
        return Reply(200, self._say(found)) if found else _error(404, "NOT_FOUND", "Could not find entity")

    def _say(self, post):
        pictures = [{"id": "urn:li:image:x", "altText": alt} for _, alt in post.images]
        content = {"media": pictures[0]} if len(pictures) == 1 else {"multiImage": {"images": pictures}}
        said = {
            "id": post.urn,
            "author": post.author,
            "commentary": post.commentary,
            "publishedAt": post.created,
        }
        if post.article is not None:
            article = post.article | ({"thumbnail": "urn:li:image:x"} if "thumbnail" in post.article else {})
            return said | {"content": {"article": article}}
        return said | ({"content": content} if pictures else {})

    def delete(self, request, urn):
        """ "Delete requests are idempotent": of a post, however often; what is none is not taken for one."""
        if not POST.fullmatch(unquote(urn)):
            return _error(400, "INVALID_PARAM", "Invalid post urn")
        found = next((one for one in self.published if one.urn == unquote(urn)), None)
        if found is None:
            return _error(404, "NOT_FOUND", "Could not find entity")
        self.published[self.published.index(found)] = replace(found, deleted=True)
        return Reply(204)

    def uncomment(self, request, urn, number):
        """A comment is deleted by who wrote it, under its post."""
        named = f"urn:li:comment:({unquote(urn)},{number})"
        found = next((one for one in self.answers if one.urn == named), None)
        if found is None:
            return _error(404, "NOT_FOUND", "Could not find entity")
        if request.query.get("actor") != found.actor or not self._may(found.actor):
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions.DELETE")
        self.comments[self.comments.index(found)] = replace(found, deleted=True)
        return Reply(204)

    def comment(self, request, urn):
        body = request.json() or {}
        if body.keys() != {"actor", "object", "message"} or body["object"] != unquote(urn):
            return _error(400, "ILLEGAL_ARGUMENT", "comment")
        if not self._may(body["actor"]):
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions.CREATE")
        if self._find(urn) is None:
            return _error(404, "NOT_FOUND", "Could not find entity")
        self._ids += 1
        # As the documented answer has it, the name is made of the post's activity.
        activity = unquote(urn).replace("urn:li:share:", "urn:li:activity:")
        made = Comment(
            f"urn:li:comment:({activity},{self._ids})",
            unquote(urn),
            body["actor"],
            body["message"]["text"],
        )
        self.comments.append(made)
        return Reply(201, {"commentUrn": made.urn}, {"x-restli-id": str(self._ids)})

    def statistics(self, request):
        if "rw_organization_admin" not in self.scopes:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: statistics.FINDER")
        numbers = {
            "impressionCount": 120,
            "clickCount": 5,
            "likeCount": 7,
            "commentCount": 2,
            "shareCount": 3,
        }
        return Reply(200, {"elements": [{"totalShareStatistics": numbers | {"engagement": 0.1}}]})


def _pictures(body):
    content = body.get("content", {})
    return [content["media"]] if "media" in content else content.get("multiImage", {}).get("images", [])


def _article_problem(article):
    """The documented fields of an article and their lengths."""
    if article is None:
        return None
    if article.keys() - {"source", "title", "description", "thumbnail", "thumbnailAltText"}:
        return _error(400, "UNPERMITTED_FIELDS", "article")
    if not article.get("source") or not article.get("title"):
        return _error(400, "MISSING_REQUIRED_FIELD", "article needs source and title")
    if len(article["title"]) > 400 or len(article.get("description", "")) > 4086:
        return _error(400, "FIELD_LENGTH_TOO_LONG", "article")
    return None


def _cut(commentary):
    """Little text ends at the first reserved character that is not escaped."""
    found = UNESCAPED.search(HASHTAG.sub(lambda tag: "x" * len(tag[0]), commentary))
    return commentary[: found.start(1)] if found else commentary


def _error(status, code, message):
    return Reply(status, {"status": status, "code": code, "message": message})
