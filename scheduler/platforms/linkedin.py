"""LinkedIn, as a member or as a company page, by the Posts API.

A page's posts can be listed, a member's cannot. A text that was published before is refused, and the refusal
names the first post: evidence for a person, never proof that this one is out. There are no threads; a
correction is a comment under the post it corrects.
Source: learn.microsoft.com, linkedin/marketing: posts-api, images-api, multiimage-post-api, comments-api,
little-text-format (read November 2026).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from urllib.parse import quote

from scheduler.model import Channel, Limits, Measure, Message, Receipt
from scheduler.platforms import linkedin_comments as comments
from scheduler.platforms import linkedin_posts as posts
from scheduler.platforms import linkedin_tokens, verdicts
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
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected
from scheduler.platforms.linkedin_images import ERRORS, Uploads, failed, until_midnight
from scheduler.platforms.matching import already, match, newer, squash
from scheduler.platforms.permits import Permit
from scheduler.text import count, escape

NAME = "linkedin"
SECRETS = ("ACCESS_TOKEN",)
OPTIONAL = linkedin_tokens.APP
BASE_URL = "https://api.linkedin.com"
DESTINATIONS = ("author",)
CHARACTERS = 3000
LIMITS = Limits(
    measures=(Measure(count.linkedin, CHARACTERS),),
    images=20,
    image_types=("image/jpeg", "image/png", "image/gif"),
    image_bytes=5_000_000,
    image_pixels=36_152_320,
    alt=4086,
    card_size=(1080, 1350),
    link_card="given",
    link_card_text=(400, 4086),
    comment_images=0,
)
"""3,000 is counted after escaping. LinkedIn publishes no limit in bytes; 5 MB is on the safe side."""

VERSION_LIVES = timedelta(days=365)
"""About how long after its month LinkedIn serves a version of its interface."""

AUTHOR = re.compile(r"urn:li:(person|organization):[\w-]+")
LISTED = 20
MOST_PAGES = 5


@dataclass(frozen=True)
class Options:
    """`author`: urn:li:person:… or urn:li:organization:…, whose posts these are. `version`: of LinkedIn's
    interface, year and month; each lives about a year. `hashtags`: written by LinkedIn's template, or plain
    where a first post shows that the template does not arrive. `token_until`: the last day of the access
    token, 60 days after it was made (LinkedIn does not tell).
    """

    author: str = ""
    hashtags: Literal["template", "plain"] = "template"
    version: str = "202610"
    token_until: date | None = None


OPTIONS = Options


def limits_with(options: Mapping[str, Any]) -> Limits:
    """Plain hashtags leave more room for words."""
    if options.get("hashtags") != "plain":
        return LIMITS
    return replace(LIMITS, measures=(Measure(count.linkedin_plain, CHARACTERS),))


OAUTH = OAuth(
    authorize="https://www.linkedin.com/oauth/v2/authorization",
    token="https://www.linkedin.com/oauth/v2/accessToken",
    scopes=("openid", "profile", "w_member_social"),
    more_scopes={
        "urn:li:organization:": ("w_organization_social", "r_organization_social", "rw_organization_admin")
    },
    redirect="http://localhost:{port}/",
    kept=linkedin_tokens.APP,
)
BESIDES = {"rw_organization_admin": "asking for the page's name and numbers"}
MAY_PUBLISH = {True: "w_organization_social", False: "w_member_social"}

PUBLISHING = "publishing the post"
MEMBERS_CANNOT_BE_READ = CannotTell(
    "LinkedIn shows a member's posts to no program; look at the profile, then `settle` it"
)


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "LinkedIn":
    """The channel's author. Raises ConfigError where `base_url` cannot be used."""
    base_url, author = channel.base_url or BASE_URL, str(channel.options.get("author") or "")
    if missing := verdicts.unset(channel, base_url, SECRETS, secrets):
        return LinkedIn(channel, Unconnected(missing), files, Unconnected)
    if not AUTHOR.fullmatch(author):
        words = f"set channels.{channel.name}.author in config.yaml, urn:li:person:… or urn:li:organization:…"
        return LinkedIn(channel, Unconnected(words), files, Unconnected)
    token = secrets["ACCESS_TOKEN"]

    def caller(address: str) -> Caller:
        return Caller(channel.name, address, token=token, session=session, clock=clock)

    def inspect() -> Permit | Refused:
        hidden = [one for one in (token, secrets.get("CLIENT_SECRET")) if one]
        address = channel.base_url or linkedin_tokens.SERVER
        www = Caller(channel.name, address, secrets=hidden, session=session, clock=clock)
        return linkedin_tokens.inspected(www, secrets)

    return LinkedIn(channel, caller(base_url), files, caller, inspect)


class LinkedIn:
    """One author. `elsewhere` makes a caller for the server that LinkedIn names for an upload; `inspect` says
    what the token may do and until when.
    """

    name = NAME
    lead = timedelta(minutes=1)

    def __init__(
        self,
        channel: Channel,
        caller: Caller | Unconnected,
        files: Files,
        elsewhere: Callable[[str], Caller | Unconnected],
        inspect: Callable[[], Permit | Refused] = Permit,
    ) -> None:
        self._channel, self._caller, self._inspect = channel, caller, inspect
        self.limits = limits_with(channel.options)
        options = {**vars(Options()), **channel.options}
        self._author, self._until = str(options["author"]), options["token_until"]
        self._headers = {"LinkedIn-Version": options["version"], "X-Restli-Protocol-Version": "2.0.0"}
        self._is_page = self._author.startswith("urn:li:organization:")
        self.recovery = Recovery.PRESENCE_ONLY if self._is_page else Recovery.BLIND
        own = channel.base_url or BASE_URL
        self._uploads = Uploads(caller, elsewhere, own, self._author, self._headers, files)

    def __repr__(self) -> str:
        return f"LinkedIn({self._channel.name})"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The JSON body of POST /rest/posts, pictures by SHA-256."""
        own = message.parts[part]
        body: dict[str, Any] = {
            "author": self._author,
            "commentary": _commentary(message, part),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
        }
        pictures = [{"id": image.sha256, "altText": image.alt} for image in own.images]
        if len(pictures) == 1:
            body["content"] = {"media": pictures[0]}
        elif pictures:
            body["content"] = {"multiImage": {"images": pictures}}
        elif message.link_card is not None and message.link and part == 0:
            body["content"] = {"article": posts.made_article(message.link, message.link_card)}
        return body

    def account(self) -> Account | Refused:
        """Who the token speaks for, or the page it is to speak for."""
        return self._page() if self._is_page else self._member()

    def _member(self) -> Account | Refused:
        answer = self._get("/v2/userinfo", "checking the account")
        if isinstance(answer, Refused):
            return answer
        author = f"urn:li:person:{answer.fields.get('sub')}"
        if author != self._author:
            words = f"the token is {author}'s, and channels.{self._channel.name}.author is {self._author}"
            return Refused(Refusal.AUTH, f"{words}; correct one of them")
        return self._as_account(author, str(answer.fields.get("name") or author), None, answer)

    def _page(self) -> Account | Refused:
        number = self._author.rpartition(":")[2]
        answer = self._get(f"/rest/organizations/{quote(number, safe='')}", "looking at the page")
        if isinstance(answer, Refused) and answer.kind is Refusal.PERMISSION:
            # That needs rw_organization_admin, which publishing does not: what it has published tells too.
            answer = self._listed(1, 0)
        if isinstance(answer, Refused):
            return answer
        name = answer.fields.get("vanityName")
        url = f"https://www.linkedin.com/company/{name or number}/"
        handle = str(answer.fields.get("localizedName") or name or self._author)
        return self._as_account(self._author, handle, url, answer)

    def _as_account(self, author: str, handle: str, url: str | None, answer: Answer) -> Account | Refused:
        permit = self._inspect()
        if isinstance(permit, Refused):
            return permit
        written = datetime.combine(self._until, time.max, UTC) if isinstance(self._until, date) else None
        about = answer.fields.get("localizedDescription")
        return Account(
            author,
            handle,
            url,
            permit.end or written,
            answer.date,
            permit.scopes,
            permit.lacking((MAY_PUBLISH[self._is_page],)),
            permit.lesser(BESIDES if self._is_page else {}),
            profile=about if isinstance(about, str) else None,
        )

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Upload the pictures; note a page's newest post."""
        if reply_to is not None:
            comment = {"actor": self._author, "message": {"text": message.parts[part].text}}
            request = {"comment_on": reply_to.remote_id, "body": comment | {"object": reply_to.remote_id}}
            return Prepared(request, account=self._author, key=key)
        uploads = self._uploads.all(message.images_of(part))
        if isinstance(uploads, Refused):
            return uploads
        body = self.payload(message, part)
        for picture in posts.pictures(body):
            picture["id"] = uploads[picture["id"]]
        if "thumbnail" in (article := posts.article(body)):
            article["thumbnail"] = uploads[article["thumbnail"]]
        baseline = self._newest() if self._is_page else None
        return Prepared({"body": body}, uploads, baseline, account=self._author, key=key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """POST /rest/posts (or a comment), once. A post's answer has no body: its id stands in a header."""
        body, original = prepared.request["body"], prepared.request.get("comment_on")
        path = comments.under(original) if original else "/rest/posts"
        outcome = self._caller.call("POST", path, json=body, headers=self._headers)
        if isinstance(outcome, Answer) and outcome.status == 201:
            urn = comments.urn(outcome, original) if original else posts.urn(outcome)
            if urn:
                return Sent(Receipt(urn, posts.link(original or urn)))
        if isinstance(outcome, Answer) and outcome.status == 404 and original:
            return verdicts.unanswerable(PUBLISHING, outcome)
        if isinstance(outcome, Answer) and outcome.status in (400, 409, 422) and posts.is_duplicate(outcome):
            return self._duplicate(outcome)
        verdict = verdicts.visible(PUBLISHING, outcome, ERRORS)
        return until_midnight(verdict, outcome) if isinstance(verdict, Refused) else verdict

    def _duplicate(self, answer: Answer) -> Refused:
        """The post named may be this one, an older one, or one that has been deleted since."""
        found = posts.named(answer)
        where = f" as {posts.link(found)}" if found else ""
        words = f"LinkedIn says these words are out already{where}; look whether that is this post"
        return Refused(Refusal.DUPLICATE, words)

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """A page's newest posts; a member's cannot be read."""
        if not self._is_page:
            return MEMBERS_CANNOT_BE_READ
        if prepared.request.get("comment_on"):
            return CannotTell("a comment is not listed; look under the post, then `settle` it")
        listed = self._listing()
        if isinstance(listed, Refused):
            return CannotTell(listed.message)
        fresh = newer(listed, prepared.baseline)
        if isinstance(fresh, CannotTell):
            return fresh
        body = prepared.request["body"]
        candidates = [posts.listed(post) for post in fresh]
        return match(posts.text(body), len(posts.pictures(body)), candidates, taken)

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str] | Refused:
        """A page's posts since then; a member's cannot be listed."""
        if not self._is_page:
            return {}
        listed = self._listing(MOST_PAGES)
        if isinstance(listed, Refused):
            return listed
        recent = [posts.listed(post) for post in listed if (posts.created(post) or since) >= since]
        return already(messages, recent)

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET a page's post once: its text and its pictures with their descriptions."""
        if not self._is_page or message.corrects:
            return ()
        answer = self._get(f"/rest/posts/{quote(receipt.remote_id, safe='')}", "reading it back")
        if isinstance(answer, Refused) or "commentary" not in answer.fields:
            return ()
        wanted, shown = self.payload(message, part), answer.fields
        found = []
        if squash(posts.text(shown)) != squash(posts.text(wanted)):
            found.append("the text is another one, or cut short")
        there, asked = posts.pictures(shown), posts.pictures(wanted)
        if len(there) != len(asked):
            found.append(f"it has {len(there)} images instead of {len(asked)}")
        elif [posts.alt(one) for one in there] != [posts.alt(one) for one in asked]:
            found.append("a picture has another alternative text, or none")
        if posts.card(shown) != posts.card(wanted):
            found.append("the card under its link is another one, or none")
        return tuple(found)

    def delete(self, receipt: Receipt) -> Refused | None:
        """DELETE /rest/posts/:urn, or a comment; LinkedIn answers 204 also for a post that is gone."""
        name = receipt.remote_id
        path = comments.path_of(name, self._author)
        if path is None and not posts.POST.fullmatch(name):
            words = f"LinkedIn lets nothing be deleted by the name “{name}”; look there, and delete it there"
            return Refused(Refusal.PERMISSION, words)
        path = path or f"/rest/posts/{quote(name, safe='')}"
        outcome = self._caller.call("DELETE", path, headers=self._headers)
        if isinstance(outcome, Answer) and (outcome.ok or outcome.status == 404):
            return None
        return self._failed("deleting the post", outcome)

    def edit(self, message: Message, part: int, receipt: Receipt) -> Refused | Unknown | None:
        """Change the text of a published post; its pictures stay."""
        patch = {"patch": {"$set": {"commentary": _commentary(message, part)}}}
        headers = {**self._headers, "X-RestLi-Method": "PARTIAL_UPDATE"}
        path = f"/rest/posts/{quote(receipt.remote_id, safe='')}"
        outcome = self._caller.call("POST", path, json=patch, headers=headers)
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        return verdicts.visible("editing the post", outcome, ERRORS)

    def metrics(self, receipt: Receipt) -> Mapping[str, int] | Refused:
        """A page's post: impressions, clicks, likes, comments and shares since it was published."""
        if not self._is_page:
            return Refused(Refusal.PERMISSION, "LinkedIn tells numbers of a page's posts only")
        answer = self._get(posts.statistics(self._author, receipt.remote_id), "asking for numbers")
        return answer if isinstance(answer, Refused) else posts.numbers(answer)

    # A page's listing

    def _newest(self) -> str | None:
        listed = self._listing()
        if isinstance(listed, Refused):
            return None
        return str(listed[0].get("id") or "") if listed else ""

    def _listing(self, pages: int = 1) -> list[dict[str, Any]] | Refused:
        """The page's own posts, newest first."""
        found: list[dict[str, Any]] = []
        for number in range(pages):
            answer = self._listed(LISTED, number * LISTED)
            if isinstance(answer, Refused):
                return answer
            elements = answer.fields.get("elements")
            if not isinstance(elements, list):
                return Refused(Refusal.TRANSIENT, "listing the page's posts: the answer cannot be understood")
            found += [post for post in elements if isinstance(post, dict)]
            if len(elements) < LISTED:
                break
        return found

    def _listed(self, most: int, start: int) -> Answer | Refused:
        path = f"/rest/posts?q=author&author={quote(self._author, safe='')}"
        path += f"&count={most}&start={start}&sortBy=CREATED"
        return self._get(path, "listing the page's posts", {"X-RestLi-Method": "FINDER"})

    # Calls

    def _get(self, path: str, doing: str, headers: Mapping[str, str] | None = None) -> Answer | Refused:
        outcome = self._caller.call("GET", path, headers={**self._headers, **(headers or {})})
        if isinstance(outcome, Answer) and outcome.ok:
            return outcome
        return self._failed(doing, outcome)

    def _failed(self, doing: str, outcome: Outcome) -> Refused:
        return failed(doing, outcome)


def _commentary(message: Message, part: int) -> str:
    """In LinkedIn's markup, with hashtags in the form that was approved with the message."""
    form = escape.PLAIN if "plain hashtags" in message.display else escape.TEMPLATE
    return escape.linkedin(message.parts[part].text, form)
