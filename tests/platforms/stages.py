"""A stage per platform for the contract: its server on loopback, how it is connected, and what came out."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace

from scheduler.platforms import connect, xrpc
from tests.fakes.bluesky_server import BlueskyServer
from tests.fakes.facebook_server import FacebookServer
from tests.fakes.instagram_server import InstagramServer
from tests.fakes.linkedin_server import HASHTAG, LinkedInServer
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.threads_server import ThreadsServer
from tests.fakes.x_server import XServer
from tests.platforms.messages import FILES, KEY, channel
from tests.platforms.served import served

PASSWORD = "canary-contract-secret"
X_SECRETS = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
X_KEYS = tuple(f"{PASSWORD}-{number}" for number in range(4))
BEARER = {
    "ACCESS_TOKEN": f"{PASSWORD}-bearer",
    "REFRESH_TOKEN": f"{PASSWORD}-refresh",
    "CLIENT_ID": f"{PASSWORD}-app",
}
BOT = f"123456:{PASSWORD}"
PAGE = "urn:li:organization:2414183"

Pictures = tuple[tuple[bytes, str | None], ...]


@dataclass(frozen=True)
class Stage:
    """`visible`: the route of the one visible call. `shown`: what is out, as (text, pictures with alt texts);
    an alt text of None: the platform has no field. `secrets` by name; `options` of the channel. `platform`
    where the stage has another name. `keeps_bytes`: pictures come back byte for byte.
    `under`: the posts, by number, under which a reply or a comment stands. `standing`: the
    posts that a reader sees now. `deletes_posts`: a program may.
    `keeps_answers`: what answers a deleted post is taken all the same.
    """

    server: Callable[[], object]
    secrets: dict[str, str]
    visible: str
    shown: Callable[[object], list[tuple[str, Pictures]]]
    options: dict[str, str] | None = None
    needs_picture: bool = False
    takes_png: bool = True
    platform: str = ""
    keeps_bytes: bool = True
    says_it_in_a_header: bool = False
    deletes_posts: bool = True
    standing: Callable[[object], list] = lambda server: list(server.posts)
    keeps_answers: bool = False
    under: Callable[[object], list[str]] = lambda server: [
        str(post.reply_to) for post in server.published if post.reply_to is not None
    ]


def _little(commentary):
    """Little text as a reader sees it; written here a second time."""
    import re

    plain = HASHTAG.sub(lambda tag: "#" + tag[0][len("{hashtag|\\#|") : -1], commentary)
    return re.sub(r"\\(.)", r"\1", plain)


def _bluesky(server):
    return [(record["text"], _embedded(server, record)) for _, record in server.published]


def _embedded(server, record):
    images = record.get("embed", {}).get("images", ())
    return tuple((server.blobs[one["image"]["ref"]["$link"]], one["alt"]) for one in images)


def _commented(server):
    return [comment.on for comment in server.comments]


def parents(records):
    """The keys of the records that Bluesky's records reply to."""
    replies = [record["reply"]["parent"]["uri"] for record in records if "reply" in record]
    return [uri.rpartition("/")[2] for uri in replies]


def _let_in_by_a_browser():
    server = XServer(keys=X_KEYS)
    server.bearer, server.refresh = BEARER["ACCESS_TOKEN"], BEARER["REFRESH_TOKEN"]
    return server


def _telegram(server):
    albums = {}
    for message in server.published:
        albums.setdefault(message.album or message.id, []).append(message)
    return [
        (group[0].text, tuple((one.photo, None) for one in group if one.photo)) for group in albums.values()
    ]


STAGES = {
    "bluesky": Stage(
        lambda: BlueskyServer(password=PASSWORD),
        {"IDENTIFIER": "campaign.example", "APP_PASSWORD": PASSWORD},
        r"POST /xrpc/com\.atproto\.repo\.(putRecord|applyWrites)",
        _bluesky,
        under=lambda server: parents(record for _, record in server.published),
        keeps_answers=True,
    ),
    "facebook": Stage(
        lambda: FacebookServer(PASSWORD),
        {"ACCESS_TOKEN": PASSWORD},
        r"POST /v26\.0/104058/feed",
        lambda server: [(post.message, post.photos) for post in server.published],
        {"page": "104058"},
        under=_commented,
    ),
    "instagram": Stage(
        lambda: InstagramServer(PASSWORD, young=True),
        {"ACCESS_TOKEN": PASSWORD},
        r"POST /v26\.0/178414/media_publish",
        lambda server: [(post.caption, post.photos) for post in server.published],
        {"user": "178414"},
        needs_picture=True,
        takes_png=False,
        deletes_posts=False,
        under=_commented,
    ),
    "instagram by a page": Stage(
        lambda: InstagramServer(PASSWORD),
        {"ACCESS_TOKEN": PASSWORD},
        r"POST /v26\.0/178414/media_publish",
        lambda server: [(post.caption, post.photos) for post in server.published],
        {"user": "178414", "login": "facebook"},
        needs_picture=True,
        takes_png=False,
        deletes_posts=False,
        platform="instagram",
        under=_commented,
    ),
    "linkedin": Stage(
        lambda: LinkedInServer(token=PASSWORD),
        {"ACCESS_TOKEN": PASSWORD},
        "POST /rest/posts",
        lambda server: [(_little(post.commentary), post.images) for post in server.published],
        {"author": PAGE},
        says_it_in_a_header=True,
        under=_commented,
    ),
    "linkedin as a person": Stage(
        lambda: LinkedInServer(token=PASSWORD),
        {"ACCESS_TOKEN": PASSWORD},
        "POST /rest/posts",
        lambda server: [(_little(post.commentary), post.images) for post in server.published],
        {"author": "urn:li:person:abc-DEF_1"},
        says_it_in_a_header=True,
        platform="linkedin",
        under=_commented,
    ),
    "mastodon": Stage(
        lambda: MastodonServer(token=PASSWORD),
        {"ACCESS_TOKEN": PASSWORD},
        "POST /api/v1/statuses",
        lambda server: [(post.text, post.media) for post in server.published],
        standing=lambda server: server.statuses,
    ),
    "telegram": Stage(
        lambda: TelegramServer(token=BOT),
        {"BOT_TOKEN": BOT},
        r"POST /bot.*/send\w+",
        _telegram,
        {"chat": "@memory"},
    ),
    "threads": Stage(
        lambda: ThreadsServer(PASSWORD, young=True),
        {"ACCESS_TOKEN": PASSWORD},
        r"POST /v1\.0/314159/threads_publish",
        lambda server: [(post.text, post.photos) for post in server.published],
    ),
    "x": Stage(
        lambda: XServer(keys=X_KEYS),
        dict(zip(X_SECRETS, X_KEYS, strict=True)),
        "POST /2/tweets",
        lambda server: [(post.text, post.media) for post in server.published],
    ),
    "x by a browser": Stage(
        lambda: _let_in_by_a_browser(),
        BEARER,
        "POST /2/tweets",
        lambda server: [(post.text, post.media) for post in server.published],
        platform="x",
    ),
}


@dataclass
class Running:
    """A platform connected to its server; `again` connects anew, as after a restart."""

    stage: Stage
    server: object
    platform: object
    again: Callable[..., object]
    key: str = KEY

    @property
    def shown(self):
        return self.stage.shown(self.server)

    @property
    def standing(self):
        """What a reader sees now: posts, and comments where corrections are such."""
        return [*self.stage.standing(self.server), *getattr(self.server, "answers", ())]

    def take_away(self):
        """Somebody deletes everything by hand."""
        if isinstance(self.server, BlueskyServer):
            self.server.records.clear()
        else:
            self.server.published = [replace(one, deleted=True) for one in self.server.published]


@contextmanager
def running(name, folder):
    """The platform's stage, lit."""
    stage = STAGES[name]
    xrpc.MEMORY = xrpc.Memory()  # sessions of an earlier server are no use here
    with stage.server() as server, served(folder / "public") as media:
        options = dict(stage.options or {})
        if (stage.platform or name) in ("instagram", "threads"):
            options["public_media"] = media
        asked = replace(channel(stage.platform or name, server.base_url), options=options)

        def again(secrets=stage.secrets, base_url=server.base_url):
            made = connect(replace(asked, base_url=base_url), secrets, FILES.__getitem__)
            if hasattr(made, "_wait"):
                made._wait = lambda seconds: None
            return made

        yield Running(stage, server, again(), again)
