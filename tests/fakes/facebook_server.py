"""A Facebook page on loopback: staged pictures, the feed, comments, and a listing that may be incomplete."""

import json
from dataclasses import dataclass, field, replace

from tests.fakes import Reply
from tests.fakes.meta import JPEG, PNG, VERSION, MetaServer, error

FEED_FIELDS = {"message", "link", "attached_media", "published", "fields", "access_token"}

PHOTO_FIELDS = {"source", "published", "alt_text_custom", "access_token"}
COMMENT_FIELDS = {"message", "attachment_id", "fields", "access_token"}


@dataclass(frozen=True)
class Post:
    """What went out. `photos` is a tuple of (bytes, alt text)."""

    id: str
    message: str
    link: str | None
    photos: tuple
    created: str
    deleted: bool = False


@dataclass(frozen=True)
class Comment:
    on: str
    message: str
    photo: tuple | None
    id: str = ""
    deleted: bool = False


@dataclass
class Fields:
    """`published` and `comments` are everything that ever went out. lag: listings before a new post is
    shown. owner: whose token it is. consecutive: refuse the same words twice in a row.
    """

    page: str = "104058"
    owner: str = "104058"
    scopes: tuple = ("pages_manage_posts", "pages_read_engagement")
    expires_at: int = 0
    is_published: bool = True
    consecutive: bool = True
    lag: int = 0
    published: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    staged: dict = field(default_factory=dict)


class FacebookServer(MetaServer, Fields):
    logged_in = f"/{VERSION}/dialog/oauth"
    exchanged = longer = f"/{VERSION}/oauth/access_token"
    grant = parameter = "fb_exchange_token"

    routes = (
        (rf"GET /{VERSION}/me", "me"),
        (rf"GET /{VERSION}/debug_token", "debug"),
        (rf"POST /{VERSION}/(\d+)/photos", "stage"),
        (rf"POST /{VERSION}/(\d+)/feed", "create"),
        (rf"GET /{VERSION}/(\d+)/published_posts", "listing"),
        (rf"POST /{VERSION}/([\d_]+)/comments", "comment"),
        (rf"GET /{VERSION}/([\d_]+)", "read"),
        (rf"POST /{VERSION}/([\d_]+)", "change"),
        (rf"DELETE /{VERSION}/([\d_]+)", "delete"),
    )

    def __init__(self, token="canary-facebook-token", **more):
        MetaServer.__init__(self, token)
        Fields.__init__(self, **more)

    def _lengthened(self, query):
        """Here it is still a person's token, which lists the pages with theirs."""
        given = super()._lengthened(query)
        self.person = f"canary-person-{self.number()}"
        return Reply(200, given.body | {"access_token": self.person}) if given.status == 200 else given

    def _let_in(self, request):
        if request.route != f"GET /{VERSION}/me/accounts":
            return super()._let_in(request)
        if not self.person or request.query.get("access_token") != self.person:
            return error(400, 190, "Error validating access token", 463)
        mine = {"id": self.page, "name": "Memory", "access_token": self.token, "tasks": ["CREATE_CONTENT"]}
        other = {"id": "99", "name": "Bakery", "access_token": "canary-bakery", "tasks": ["CREATE_CONTENT"]}
        return Reply(200, {"data": [other, mine]})

    person = ""

    @property
    def posts(self):
        """What a visitor sees now."""
        return [post for post in self.published if not post.deleted]

    @property
    def answers(self):
        """The comments that a visitor sees now."""
        return [one for one in self.comments if not one.deleted]

    def me(self, request):
        return Reply(200, {"id": self.owner, "name": "Memory" if self.owner == self.page else "Aygün"})

    def stage(self, request, page):
        form = request.form()
        if unknown := form.keys() - PHOTO_FIELDS:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        if page != self.page:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        content = form["source"][1]
        if self.owner != self.page or "pages_manage_posts" not in self.scopes:
            return error(403, 200, "(#200) The user hasn't authorized the application to perform this action")
        if not content.startswith((JPEG, PNG)):
            return error(400, 100, "Invalid parameter", 1366046)
        number = self.number()
        shown = self.fields(request).get("published") != "false"
        self.staged[number] = (content, self.fields(request).get("alt_text_custom", ""))
        if shown:
            self._publish("", None, (self.staged[number],))
        return Reply(200, {"id": number})

    def create(self, request, page):
        asked = self.fields(request)
        if unknown := asked.keys() - FEED_FIELDS:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        if page != self.page:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        if self.owner != self.page or "pages_manage_posts" not in self.scopes:
            return error(403, 200, "(#200) The user hasn't authorized the application to perform this action")
        if self.consecutive and self.posts and self.posts[-1].message == asked.get("message"):
            return error(400, 506, "(#506) Duplicate posts cannot be published consecutively")
        if len(asked.get("message", "")) > 63_206:
            return error(400, 100, "(#100) Param message must be at most 63206 characters long.")
        wanted = [one["media_fbid"] for one in json.loads(asked.get("attached_media", "[]"))]
        if any(number not in self.staged for number in wanted):
            return error(400, 100, "(#100) photo does not exist")
        made = self._publish(
            asked.get("message", ""), asked.get("link"), tuple(self.staged[n] for n in wanted)
        )
        return Reply(200, {"id": made.id, "permalink_url": self._link(made)})

    def _publish(self, message, link, photos):
        made = Post(f"{self.page}_{self.number()}", message, link, photos, self.stamp())
        self.published.append(made)
        return made

    def _link(self, post):
        return f"https://www.facebook.com/{self.page}/posts/{post.id.partition('_')[2]}"

    def listing(self, request, page):
        shown = list(reversed(self.posts))
        if self.lag > 0 and shown:
            self.lag -= 1
            shown = shown[1:]
        return Reply(200, {"data": [self._say(post) for post in shown[: int(request.query["limit"])]]})

    def _say(self, post):
        said = {"id": post.id, "message": post.message, "created_time": post.created}
        said["permalink_url"] = self._link(post)
        if len(post.photos) == 1:
            said["attachments"] = {"data": [{"media_type": "photo"}]}
        elif post.photos:
            below = {"data": [{"media_type": "photo"} for _ in post.photos]}
            said["attachments"] = {"data": [{"media_type": "album", "subattachments": below}]}
        elif post.link:
            said["attachments"] = {"data": [{"media_type": "link"}]}
        return said

    def _find(self, number):
        return next((post for post in self.posts if post.id == number), None)

    def read(self, request, number):
        if number == self.page:
            said = {"id": self.page, "name": "Memory", "about": "35 years", "is_published": self.is_published}
            return Reply(200, said | {"link": "https://www.facebook.com/memory"})
        if (found := self._find(number)) is None:
            return error(400, 100, "Unsupported get request. Object does not exist", 33)
        numbers = {
            "reactions": {"summary": {"total_count": 7}},
            "comments": {"summary": {"total_count": 2}},
            "shares": {"count": 3},
        }
        return Reply(200, self._say(found) | numbers)

    def change(self, request, number):
        if (found := self._find(number)) is None:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        changed = replace(found, message=self.fields(request)["message"])
        self.published[self.published.index(found)] = changed
        return Reply(200, {"success": True})

    def comment(self, request, number):
        if self._find(number) is None:
            return error(400, 100, "Unsupported post request. Object does not exist", 33)
        asked = self.fields(request)
        if unknown := asked.keys() - COMMENT_FIELDS:
            return error(400, 100, f"(#100) Unsupported parameters {sorted(unknown)}")
        if "attachment_id" in asked and asked["attachment_id"] not in self.staged:
            return error(400, 100, "(#100) photo does not exist")
        made = Comment(
            number,
            asked["message"],
            self.staged.get(asked.get("attachment_id")),
            f"{number.partition('_')[2]}_{self.number()}",
        )
        self.comments.append(made)
        return Reply(200, {"id": made.id})

    def delete(self, request, number):
        if (said := next((one for one in self.answers if one.id == number), None)) is not None:
            self.comments[self.comments.index(said)] = replace(said, deleted=True)
            return Reply(200, {"success": True})
        if (found := self._find(number)) is None:
            return error(400, 100, "Unsupported delete request. Object does not exist", 33)
        self.published[self.published.index(found)] = replace(found, deleted=True)
        return Reply(200, {"success": True})
