"""A Threads account on loopback: containers of texts, pictures and carousels, chains, and a topic each."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import regex

from tests.fakes import Reply
from tests.fakes.meta import JPEG, PNG, Container, MetaServer, error, fetched

V = "v1.0"
FIELDS = {
    "media_type",
    "text",
    "image_url",
    "alt_text",
    "is_carousel_item",
    "children",
    "topic_tag",
    "reply_control",
    "reply_to_id",
    "link_attachment",
    "is_spoiler_media",
    "access_token",
}
CONTROLS = {
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
}
EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")


def length(text):
    """Graphemes, but emoji by their UTF-8 bytes, as the overview page says."""
    return sum(len(one.encode()) if EMOJI.search(one) else 1 for one in regex.findall(r"\X", text))


@dataclass(frozen=True)
class Post:
    """What went out. `photos` is a tuple of (bytes, alt text)."""

    id: str
    text: str
    photos: tuple
    topic: str | None
    reply_to: str | None
    control: str | None
    link: str | None
    spoiler: bool
    created: str
    deleted: bool = False


@dataclass
class Fields:
    """`published` is everything that ever went out, also what was deleted since. processing: looks before a
    container is ready. lag: listings before a new post is shown.
    """

    user: str = "314159"
    username: str = "memory"
    processing: int = 0
    lag: int = 0
    young: bool = False
    expires_at: int = 0
    scopes: tuple = (
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_read_replies",
        "threads_delete",
        "threads_manage_insights",
    )
    next_token: str = "canary-renewed-token"
    published: list = field(default_factory=list)
    containers: dict = field(default_factory=dict)


class ThreadsServer(MetaServer, Fields):
    grant = "th_exchange_token"

    routes = (
        (r"GET /refresh_access_token", "refresh"),
        (rf"GET /{V}/me", "me"),
        (rf"GET /{V}/debug_token", "debug"),
        (rf"GET /{V}/(\d+)/threads_publishing_limit", "limit"),
        (rf"POST /{V}/(\d+)/threads", "make"),
        (rf"GET /{V}/(\d+)/threads", "listing"),
        (rf"GET /{V}/(\d+)/replies", "replies"),
        (rf"POST /{V}/(\d+)/threads_publish", "publish"),
        (rf"GET /{V}/(\d+)/insights", "insights"),
        (rf"GET /{V}/(\d+)", "read"),
        (rf"DELETE /{V}/(\d+)", "delete"),
    )

    def __init__(self, token="canary-threads-token", **more):
        MetaServer.__init__(self, token)
        Fields.__init__(self, **more)

    @property
    def posts(self):
        return [post for post in self.published if not post.deleted]

    def refresh(self, request):
        if request.query.get("grant_type") != "th_refresh_token":
            return error(400, 100, "Invalid parameter")
        if self.young:
            return error(400, 100, "The access token is too young to be refreshed")
        self.token = self.next_token
        return Reply(200, {"access_token": self.token, "token_type": "bearer", "expires_in": 5_184_000})

    def me(self, request):
        return Reply(200, {"id": self.user, "username": self.username, "threads_biography": "35 years"})

    def limit(self, request, user):
        config = {"quota_total": 250, "quota_duration": 86400}
        return Reply(200, {"data": [{"quota_usage": len(self.published), "config": config}]})

    def make(self, request, user):
        asked = self.fields(request)
        if problem := self._problem(asked):
            return problem
        if asked["media_type"] == "CAROUSEL":
            children = [self.containers.get(number) for number in asked["children"].split(",")]
            if not 2 <= len(children) <= 20 or None in children:
                return error(400, 100, "Invalid parameter")
            return self._keep(asked, tuple(picture for child in children for picture in child.pictures))
        if asked["media_type"] == "TEXT":
            return self._keep(asked, ())
        content = fetched(asked["image_url"])
        if content is None or not content.startswith((JPEG, PNG)):
            return error(400, 9004, "The media could not be fetched", 2207052)
        return self._keep(asked, ((content, asked.get("alt_text", "")),))

    def _problem(self, asked):
        if unknown := asked.keys() - FIELDS:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        if length(asked.get("text", "")) > 500:
            return error(400, 100, "Param text must be at most 500 characters long.")
        if "link_attachment" in asked and asked["media_type"] != "TEXT":
            return error(400, 100, "link_attachment is for text posts only")
        if asked.get("reply_control", "everyone") not in CONTROLS:
            return error(400, 100, "Invalid reply_control")
        if "topic_tag" in asked and not 1 <= len(asked["topic_tag"]) <= 50:
            return error(400, 100, "Invalid topic_tag")
        if "reply_to_id" in asked and asked["reply_to_id"] not in {post.id for post in self.posts}:
            return error(400, 100, "The post replied to does not exist", 33)
        return None

    def _keep(self, asked, pictures):
        made = Container(self.number(), asked, pictures, looks_left=self.processing)
        self.containers[made.id] = made
        return Reply(200, {"id": made.id})

    def read(self, request, number):
        if number in self.containers:
            made = self.containers[number]
            made.looks_left -= 1
            state = "IN_PROGRESS" if made.looks_left >= 0 else made.state
            return Reply(200, {"id": number, "status": state})
        found = next((post for post in self.posts if post.id == number), None)
        if found is None:
            return error(400, 100, "Unsupported get request. Object does not exist", 33)
        return Reply(200, self._say(found))

    def _say(self, post):
        said = {"id": post.id, "text": post.text, "timestamp": post.created}
        said["permalink"] = f"https://www.threads.net/@{self.username}/post/{post.id}"
        if not post.photos:
            return said | {"media_type": "TEXT_POST"}
        said["is_spoiler_media"] = post.spoiler
        if len(post.photos) == 1:
            return said | {"media_type": "IMAGE", "alt_text": post.photos[0][1]}
        children = [{"id": self.number(), "alt_text": alt} for _, alt in post.photos]
        return said | {"media_type": "CAROUSEL_ALBUM", "children": {"data": children}}

    def publish(self, request, user):
        made = self.containers.get(self.fields(request)["creation_id"])
        if made is None or user != self.user:
            return error(400, 100, "The requested resource does not exist", 4279009)
        if made.looks_left > 0:
            return error(400, 9007, "The media is not ready to be published", 2207027)
        if made.state == "PUBLISHED":
            return Reply(200, {"id": made.post})
        asked = made.fields
        if (problem := self._problem(asked)) is not None:
            return problem
        post = Post(
            self.number(),
            asked.get("text", ""),
            made.pictures,
            asked.get("topic_tag"),
            asked.get("reply_to_id"),
            asked.get("reply_control"),
            asked.get("link_attachment"),
            asked.get("is_spoiler_media") == "true",
            self.stamp(),
        )
        self.published.append(post)
        made.state, made.post = "PUBLISHED", post.id
        return Reply(200, {"id": post.id})

    def listing(self, request, user):
        return self._listed(request, [post for post in self.posts if post.reply_to is None])

    def replies(self, request, user):
        return self._listed(request, [post for post in self.posts if post.reply_to is not None])

    def _listed(self, request, posts):
        shown = list(reversed(posts))
        if self.lag > 0 and shown:
            self.lag -= 1
            shown = shown[1:]
        return Reply(200, {"data": [self._say(post) for post in shown[: int(request.query["limit"])]]})

    def insights(self, request, number):
        if "threads_manage_insights" not in self.scopes:
            return error(403, 10, "Application does not have permission for this action")
        numbers = {"views": 120, "likes": 7, "replies": 2, "reposts": 3, "quotes": 1}
        wanted = request.query["metric"].split(",")
        assert urlsplit(request.path).query == ""
        return Reply(200, {"data": [{"name": name, "values": [{"value": numbers[name]}]} for name in wanted]})

    def delete(self, request, number):
        if "threads_delete" not in self.scopes:
            return error(403, 10, "Application does not have permission for this action")
        found = next((post for post in self.posts if post.id == number), None)
        if found is None:
            return error(400, 100, "Unsupported delete request. Object does not exist", 33)
        self.published[self.published.index(found)] = replace(found, deleted=True)
        return Reply(200, {"success": True})
