"""An Instagram account on loopback: it fetches pictures by their address, and publishes containers."""

from dataclasses import dataclass, field, replace

from tests.fakes import Reply
from tests.fakes.meta import JPEG, VERSION, Container, MetaServer, error, fetched

MEDIA_FIELDS = {
    "image_url",
    "caption",
    "alt_text",
    "is_carousel_item",
    "is_ai_generated",
    "media_type",
    "children",
    "access_token",
}


@dataclass(frozen=True)
class Post:
    """What went out. `photos` is a tuple of (bytes, alt text)."""

    id: str
    caption: str
    photos: tuple
    created: str
    deleted: bool = False


@dataclass(frozen=True)
class Comment:
    on: str
    message: str
    id: str = ""
    deleted: bool = False


@dataclass
class Fields:
    """`published` and `comments` are everything that ever went out, also what was deleted since. processing:
    looks before a container is ready. lag: listings before a new post is shown. used: of the day's 50 posts.
    young: the token is not a day old yet.
    """

    user: str = "178414"
    username: str = "memory"
    processing: int = 0
    lag: int = 0
    used: int = 3
    young: bool = False
    expires_at: int = 0
    scopes: tuple = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
    next_token: str = "canary-renewed-token"
    published: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    containers: dict = field(default_factory=dict)


class InstagramServer(MetaServer, Fields):
    grant, wrapped = "ig_exchange_token", True

    routes = (
        (r"GET /refresh_access_token", "refresh"),
        (rf"GET /{VERSION}/debug_token", "debug"),
        (rf"GET /{VERSION}/(\d+)/content_publishing_limit", "limit"),
        (rf"POST /{VERSION}/(\d+)/media", "make"),
        (rf"GET /{VERSION}/(\d+)/media", "listing"),
        (rf"POST /{VERSION}/(\d+)/media_publish", "publish"),
        (rf"POST /{VERSION}/(\d+)/comments", "comment"),
        (rf"GET /{VERSION}/(\d+)", "read"),
        (rf"DELETE /{VERSION}/(\d+)", "delete"),
    )

    def __init__(self, token="canary-instagram-token", **more):
        MetaServer.__init__(self, token)
        Fields.__init__(self, **more)

    @property
    def posts(self):
        return [post for post in self.published if not post.deleted]

    @property
    def answers(self):
        """The comments that a reader sees now."""
        return [one for one in self.comments if not one.deleted]

    def refresh(self, request):
        if request.query.get("grant_type") != "ig_refresh_token":
            return error(400, 100, "Invalid parameter")
        if self.young:
            return error(400, 100, "The access token is too young to be refreshed")
        self.token = self.next_token
        return Reply(200, {"access_token": self.token, "token_type": "bearer", "expires_in": 5_184_000})

    def limit(self, request, user):
        config = {"quota_total": 50, "quota_duration": 86400}
        return Reply(200, {"data": [{"quota_usage": self.used, "config": config}]})

    def make(self, request, user):
        asked = self.fields(request)
        if unknown := asked.keys() - MEDIA_FIELDS:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        if user != self.user:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        if len(asked.get("caption", "").encode("utf-16-le")) // 2 > 2200:
            return error(400, 36004, "The caption was too long", 2207010)
        if asked.get("media_type") == "CAROUSEL":
            return self._carousel(asked)
        content = fetched(asked["image_url"])
        if content is None:
            return error(400, 9004, "Only photo or video can be accepted as media type.", 2207052)
        if not content.startswith(JPEG):
            return error(400, 36001, "The image format is not supported", 2207005)
        return self._keep(asked, ((content, asked.get("alt_text", "")),))

    def _carousel(self, asked):
        children = [self.containers.get(number) for number in asked["children"].split(",")]
        if not 2 <= len(children) <= 10 or None in children:
            return error(400, 100, "Invalid parameter", 2207028)
        return self._keep(asked, tuple(picture for child in children for picture in child.pictures))

    def _keep(self, asked, pictures):
        made = Container(self.number(), asked, pictures, looks_left=self.processing)
        self.containers[made.id] = made
        return Reply(200, {"id": made.id})

    def read(self, request, number):
        if number in self.containers:
            made = self.containers[number]
            made.looks_left -= 1
            state = "IN_PROGRESS" if made.looks_left >= 0 else made.state
            return Reply(200, {"id": number, "status_code": state})
        if number == self.user:
            said = {"id": self.user, "username": self.username, "biography": "35 years"}
            return Reply(200, said)
        if any(one.id == number for one in self.answers):
            return Reply(200, {"id": number})
        found = next((post for post in self.posts if post.id == number), None)
        if found is None:
            return error(400, 100, "Unsupported get request. Object does not exist", 33)
        return Reply(200, self._say(found) | {"like_count": 7, "comments_count": 2})

    def _say(self, post):
        said = {"id": post.id, "caption": post.caption, "timestamp": post.created}
        said["permalink"] = f"https://www.instagram.com/p/{post.id}/"
        if len(post.photos) == 1:
            return said | {"media_type": "IMAGE", "alt_text": post.photos[0][1]}
        children = [{"id": self.number(), "alt_text": alt} for _, alt in post.photos]
        return said | {"media_type": "CAROUSEL_ALBUM", "children": {"data": children}}

    def publish(self, request, user):
        made = self.containers.get(self.fields(request)["creation_id"])
        if made is None:
            return error(400, 24, "The media could not be found", 2207006)
        if made.looks_left > 0:
            return error(400, 9007, "Media ID is not available", 2207027)
        if made.state == "PUBLISHED":
            return Reply(200, {"id": made.post})
        if self.used >= 50:
            return error(400, 9, "Application request limit reached", 2207042)
        post = Post(self.number(), made.fields.get("caption", ""), made.pictures, self.stamp())
        self.published.append(post)
        self.used += 1
        made.state, made.post = "PUBLISHED", post.id
        return Reply(200, {"id": post.id})

    def listing(self, request, user):
        shown = list(reversed(self.posts))
        if self.lag > 0 and shown:
            self.lag -= 1
            shown = shown[1:]
        return Reply(200, {"data": [self._say(post) for post in shown[: int(request.query["limit"])]]})

    def comment(self, request, number):
        if number not in {post.id for post in self.posts}:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        asked = self.fields(request)
        if unknown := asked.keys() - {"message", "access_token"}:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        self.comments.append(Comment(number, asked["message"], self.number()))
        return Reply(200, {"id": self.comments[-1].id})

    def delete(self, request, number):
        """A comment by who wrote it; a post with a permission of its own, which Instagram's log-in lacks."""
        for kept in (self.comments, self.published):
            for index, one in enumerate(kept):
                if one.id != number or one.deleted:
                    continue
                if kept is self.published and "instagram_manage_contents" not in self.scopes:
                    return error(403, 10, "(#10) Application does not have permission for this action")
                kept[index] = replace(one, deleted=True)
                return Reply(200, {"success": True})
        return error(400, 100, "Unsupported delete request. Object does not exist", 33)
