"""A Mastodon server on loopback: accounts, media, statuses and their listing, with the documented limits.

Source: docs.joinmastodon.org, methods/media, methods/statuses, methods/accounts. `idempotency=False` makes
it a server that ignores Idempotency-Key, as some do.
"""

import html
import re
from dataclasses import dataclass, field, replace

import regex

from tests.fakes import Loopback, Reply
from tests.fakes.oauth import Grants

OPEN_TO_ALL = r"GET /api/v\d/instance|POST /api/v1/apps|\w+ /oauth/.*"
VISIBILITIES = {"public", "unlisted", "private", "direct"}
IMAGES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass
class Medium:
    id: str
    content: bytes
    description: str
    looks_left: int
    attached: bool = False


@dataclass(frozen=True)
class Status:
    """What went out. `media` is a tuple of (bytes, description)."""

    id: str
    text: str
    spoiler: str
    sensitive: bool
    visibility: str
    language: str
    media: tuple
    reply_to: str | None
    key: str | None
    created_at: str
    deleted: bool = False


@dataclass
class MastodonServer(Loopback):
    """`published` is everything that ever went out, in order, also what was deleted since.

    processing: looks at an uploaded image before it is ready (0: at once). lag: listings before a new status
    is shown. lose_media: statuses come out without their images. source: whether /source exists. limit:
    characters.
    """

    token: str = "good-token"
    scopes: frozenset = frozenset({"profile", "read:statuses", "write:statuses", "write:media"})
    idempotency: bool = True
    processing: int = 0
    lag: int = 0
    lose_media: bool = False
    source: bool = True
    limit: int = 500
    version: str = "4.4.0"
    bot: bool = True
    note: str = "<p>Justice for Khojaly. Run by the campaign.</p>"
    username: str = "campaign"
    published: list = field(default_factory=list)
    media: dict = field(default_factory=dict)

    routes = (
        (r"GET /api/v1/accounts/verify_credentials", "verify"),
        (r"GET /api/v1/accounts/(\w+)/statuses", "list_statuses"),
        (r"POST /api/v2/media", "upload"),
        (r"GET /api/v1/media/(\w+)", "look_at_media"),
        (r"POST /api/v1/statuses", "create"),
        (r"GET /api/v1/statuses/(\w+)", "show"),
        (r"GET /api/v1/statuses/(\w+)/source", "show_source"),
        (r"PUT /api/v1/statuses/(\w+)", "edit"),
        (r"DELETE /api/v1/statuses/(\w+)", "delete"),
        (r"GET /api/v(1|2)/instance", "instance"),
        (r"GET /api/v1/apps/verify_credentials", "app"),
        (r"POST /api/v1/apps", "register"),
        (r"GET /oauth/authorize", "authorize"),
        (r"POST /oauth/token", "exchange"),
    )

    def __post_init__(self):
        super().__init__()
        self._ids = 113_000_000_000_000_000
        self._by_key = {}
        self._hidden = {}
        self.oauth = Grants(known=self._known_scopes)

    @property
    def statuses(self):
        """What a visitor sees now."""
        return [status for status in self.published if not status.deleted]

    def add(self, text, media=()):
        """A status that somebody wrote by hand."""
        return self._publish({"status": text}, [(content, alt) for content, alt in media], None)

    def answer(self, request):
        if re.fullmatch(OPEN_TO_ALL, request.route):
            return super().answer(request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"error": "The access token is invalid"})
        return super().answer(request)

    # Accounts

    def verify(self, request):
        if not self.scopes & {"profile", "read", "read:accounts"}:
            return self._outside_scopes()
        url = f"{self.base_url}/@{self.username}"
        fields = {"id": "110", "username": self.username, "acct": self.username, "url": url}
        return Reply(200, {**fields, "bot": self.bot, "note": self.note})

    def app(self, request):
        return Reply(200, {"name": "scheduler", "website": None, "scopes": sorted(self.scopes)})

    def instance(self, request, version):
        """Since 4.0 the second version; the limit of descriptions is told since 4.4."""
        if version == "2" and self.version < "4.0":
            return Reply(404, {"error": "Not Found"})
        media = {"image_size_limit": 16_777_216, "image_matrix_limit": 33_177_600}
        if self.version >= "4.4":
            media["description_limit"] = 1500
        statuses = {"max_characters": self.limit, "max_media_attachments": 4}
        statuses["characters_reserved_per_url"] = 23
        told = {"statuses": statuses, "media_attachments": media}
        return Reply(200, {"domain": "social.example", "version": self.version, "configuration": told})

    # The way in by a browser

    def _known_scopes(self):
        every = {"read", "write", "read:accounts", "read:statuses", "write:statuses", "write:media"}
        return every | ({"profile"} if self.version >= "4.3" else set())

    def register(self, request):
        form = request.fields()
        if set(form) - {"client_name", "redirect_uris", "scopes", "website"}:
            return Reply(422, {"error": "unknown parameter"})
        return self.oauth.register(form)

    def authorize(self, request):
        return self.oauth.authorize(request.query)

    def exchange(self, request):
        refused = self.oauth.problem(request)
        if refused is not None:
            return refused
        self.scopes = frozenset(self.oauth.granted.split())
        return Reply(200, {"access_token": self.token, "token_type": "Bearer", "scope": self.oauth.granted})

    def list_statuses(self, request, account):
        if not self.scopes & {"read", "read:statuses"}:
            return self._outside_scopes()
        if account != "110":
            return Reply(404, {"error": "Record not found"})
        shown = []
        for status in self.statuses:
            if self._hidden.get(status.id, 0) > 0:
                self._hidden[status.id] -= 1
            else:
                shown.append(status)
        query = request.query
        if "max_id" in query:
            shown = [status for status in shown if int(status.id) < int(query["max_id"])]
        if "min_id" in query:
            shown = [status for status in shown if int(status.id) > int(query["min_id"])]
        limit = min(int(query.get("limit", 20)), 40)
        page = shown[:limit] if "min_id" in query else shown[-limit:]
        return Reply(200, [self._entity(status) for status in reversed(page)])

    # Media

    def upload(self, request):
        if "write:media" not in self.scopes and "write" not in self.scopes:
            return self._outside_scopes()
        fields = request.form()
        if "file" not in fields:
            return Reply(422, {"error": "Validation failed: File can't be blank"})
        content = fields["file"][1]
        description = fields.get("description", (None, b""))[1].decode()
        if not any(content.startswith(magic) for magic in IMAGES):
            return Reply(422, {"error": "Validation failed: File content type is invalid"})
        if len(content) > 16_777_216:
            return Reply(422, {"error": "Validation failed: File file size must be less than 16 MB"})
        if len(description) > 1500:
            return Reply(422, {"error": "Validation failed: Description is too long (maximum is 1500)"})
        medium = Medium(self._new_id(), content, description, self.processing)
        self.media[medium.id] = medium
        return Reply(202 if self.processing else 200, self._medium(medium))

    def look_at_media(self, request, remote):
        medium = self.media.get(remote)
        if medium is None or medium.attached:
            return Reply(404, {"error": "Record not found"})
        if medium.looks_left > 0:
            medium.looks_left -= 1
        return Reply(206 if medium.looks_left else 200, self._medium(medium))

    # Statuses

    def create(self, request):
        if not self.scopes & {"write", "write:statuses"}:
            return self._outside_scopes()
        body = request.json()
        if not isinstance(body, dict):
            return Reply(422, {"error": "Validation failed: Text can't be blank"})
        key = request.headers.get("idempotency-key")
        if self.idempotency and key in self._by_key:
            return Reply(200, self._entity(self._by_id(self._by_key[key])))
        if problem := self._problem(body):
            return problem
        media = [self.media[remote] for remote in body.get("media_ids", ())]
        for medium in media:
            medium.attached = True
        kept = [] if self.lose_media else [(medium.content, medium.description) for medium in media]
        status = self._publish(body, kept, key)
        self._by_key[key] = status.id
        return Reply(200, self._entity(status))

    def show(self, request, remote):
        status = self._by_id(remote)
        return Reply(200, self._entity(status)) if status else Reply(404, {"error": "Record not found"})

    def show_source(self, request, remote):
        status = self._by_id(remote)
        if status is None or not self.source:
            return Reply(404, {"error": "Record not found"})
        return Reply(200, {"id": status.id, "text": status.text, "spoiler_text": status.spoiler})

    def delete(self, request, remote):
        status = self._by_id(remote)
        if status is None:
            return Reply(404, {"error": "Record not found"})
        self.published[self.published.index(status)] = replace(status, deleted=True)
        return Reply(200, {**self._entity(status), "text": status.text})

    def edit(self, request, remote):
        """Text, warning, language and descriptions; images that are not named again are gone."""
        if not self.scopes & {"write", "write:statuses"}:
            return self._outside_scopes()
        status, body = self._by_id(remote), request.json()
        known = {"status", "spoiler_text", "sensitive", "language", "media_ids", "media_attributes", "poll"}
        if status is None:
            return Reply(404, {"error": "Record not found"})
        if not isinstance(body, dict) or set(body) - known:
            return Reply(422, {"error": "unknown parameter"})
        if refused := self._problem({name: body.get(name) for name in ("status", "spoiler_text")}):
            return refused
        words = {one["id"]: one["description"] for one in body.get("media_attributes", ())}
        there = {str(number): one for number, one in enumerate(status.media)}
        if set(body.get("media_ids", ())) - set(there):
            return Reply(422, {"error": "Validation failed: Media not found"})
        media = tuple((there[one][0], words.get(one, there[one][1])) for one in body.get("media_ids", ()))
        changed = replace(
            status,
            text=body["status"].strip(),
            spoiler=body.get("spoiler_text", status.spoiler),
            sensitive=bool(body.get("sensitive") or body.get("spoiler_text")),
            language=body.get("language", status.language),
            media=media,
        )
        self.published[self.published.index(status)] = changed
        return Reply(200, self._entity(changed))

    # What is refused

    def _problem(self, body):
        text, spoiler = body.get("status") or "", body.get("spoiler_text") or ""
        ids = body.get("media_ids") or []
        if not text.strip() and not ids:
            return Reply(422, {"error": "Validation failed: Text can't be blank"})
        if length(text) + length(spoiler) > self.limit:
            words = f"Validation failed: Text character limit of {self.limit} exceeded"
            return Reply(422, {"error": words})
        if body.get("visibility", "public") not in VISIBILITIES:
            return Reply(422, {"error": "Validation failed: Visibility is not included in the list"})
        if (parent := body.get("in_reply_to_id")) and self._by_id(parent) is None:
            return Reply(404, {"error": "Record not found"})
        return self._media_problem(ids)

    def _media_problem(self, ids):
        if len(ids) > 4:
            return Reply(422, {"error": "Cannot attach more than 4 files"})
        for remote in ids:
            medium = self.media.get(remote)
            if medium is None:
                return Reply(422, {"error": "Validation failed: Media not found"})
            if medium.attached:
                return Reply(422, {"error": "Validation failed: Media is already attached to a status"})
            if medium.looks_left:
                words = "Cannot attach files that have not finished processing. Try again in a moment!"
                return Reply(422, {"error": words})
        return None

    def _outside_scopes(self):
        return Reply(403, {"error": "This action is outside the authorized scopes"})

    # Entities

    def _publish(self, body, media, key):
        status = Status(
            self._new_id(),
            (body.get("status") or "").strip(),
            (body.get("spoiler_text") or "").strip(),
            bool(body.get("sensitive") or body.get("spoiler_text")),
            body.get("visibility", "public"),
            body.get("language", ""),
            tuple(media),
            body.get("in_reply_to_id"),
            key,
            self.now().isoformat(),
        )
        self.published.append(status)
        self._hidden[status.id] = self.lag
        return status

    def _new_id(self):
        self._ids += 65_537
        return str(self._ids)

    def _by_id(self, remote):
        return next((status for status in self.statuses if status.id == remote), None)

    def _medium(self, medium):
        url = None if medium.looks_left else f"{self.base_url}/media/{medium.id}.jpg"
        return {"id": medium.id, "type": "image", "url": url, "description": medium.description or None}

    def _entity(self, status):
        return {
            "id": status.id,
            "created_at": status.created_at,
            "in_reply_to_id": status.reply_to,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"{self.base_url}/users/{self.username}/statuses/{status.id}",
            "url": f"{self.base_url}/@{self.username}/{status.id}",
            "content": render(status.text),
            "reblog": None,
            "favourites_count": 7,
            "reblogs_count": 3,
            "replies_count": 1,
            "application": {"name": "scheduler", "website": None},
            "media_attachments": [
                {"id": str(number), "type": "image", "description": alt or None}
                for number, (_, alt) in enumerate(status.media)
            ],
        }


def length(text):
    """Graphemes, a link with a scheme as 23, a remote mention without its server."""
    text = re.sub(r"https?://\S+", "x" * 23, text)
    text = re.sub(r"(?<!\w)@(\w+)@[\w.-]+\w", r"@\1", text)
    return len(regex.findall(r"\X", text))


def render(text):
    """Mastodon's HTML: paragraphs, <br />, links whose scheme and tail are hidden, hashtags and mentions."""
    paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", text)]
    return "".join(f"<p>{_inline(part)}</p>" for part in paragraphs)


def _inline(text):
    made = html.escape(text, quote=True).replace("\n", "<br />")
    made = re.sub(r"(https?://)([^\s<]{1,30})([^\s<]*)", _link, made)
    made = re.sub(
        r"(?<![\w/>])@(\w+)@([\w.-]+\w)",
        r'<span class="h-card"><a href="https://\2/@\1" class="u-url mention">@<span>\1</span></a></span>',
        made,
    )
    return re.sub(
        r"(?<![\w/&;])#(\w+)",
        r'<a href="https://social.example/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>',
        made,
    )


def _link(found):
    scheme, shown, tail = found.groups()
    hidden = f'<span class="invisible">{tail}</span>' if tail else ""
    kind = ' class="ellipsis"' if tail else ""
    return (
        f'<a href="{found[0]}" rel="nofollow"><span class="invisible">{scheme}</span>'
        f"<span{kind}>{shown}</span>{hidden}</a>"
    )
