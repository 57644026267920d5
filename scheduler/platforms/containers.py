"""Containers, as Instagram and Threads have them: made ready unseen, published by one call, found again.

Meta fetches pictures from a public address. A container tells whether it was published, so after a lost
answer nothing need be guessed.
Source: developers.facebook.com/docs/instagram-platform/content-publishing and /docs/threads/posts,
/troubleshooting (read November 2026).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.model import Channel, Image, Message, MessagePart, Receipt
from scheduler.platforms import graph, verdicts
from scheduler.platforms.base import (
    Absent,
    Allowance,
    CannotTell,
    Files,
    Found,
    Prepared,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.graph import Graph
from scheduler.platforms.http import Answer, Outcome
from scheduler.platforms.matching import Listed, match, newer, squash
from scheduler.platforms.public_media import PublicMedia, Shelf

PUBLISHING = "publishing the post"
LISTED = 25
KEPT = timedelta(hours=23)
"""Containers die after 24 hours."""

POLLS = (1, 2, 3, 5, 10, 15, 20, 30, 30, 30)
"""Seconds between looks at a container; under two and a half minutes, within the lease of a preparation."""

NOT_LISTED_YET = CannotTell("it is out, and Meta does not list it yet; it will be looked for again")
KNOWN_STATES = frozenset({"PUBLISHED", "FINISHED", "EXPIRED", "ERROR"})
WITHOUT_PICTURES = frozenset({"TEXT", "TEXT_POST"})


@dataclass(frozen=True)
class Product:
    """In what one product's containers differ from the other's: the names of its paths and fields.

    `made` and `published` are paths below the account, `state` is a container's field, `words` a post's.
    `shown` are the fields asked of a listing, `read` those of one post. `chained`: a further part of a thread
    needs the post's own number, which only a listing has.
    """

    name: str
    made: str
    published: str
    state: str
    words: str
    shown: str
    read: str
    allowance: str
    chained: bool


class Containers:
    """One channel's containers and the pictures they are made of."""

    def __init__(
        self,
        product: Product,
        graph: Graph,
        channel: Channel,
        files: Files,
        wait: Callable[[float], None],
    ) -> None:
        self._product, self._graph, self._files, self._wait = product, graph, files, wait
        media: PublicMedia | None = channel.options.get("public_media")
        self._steps = verdicts.steps(channel)
        self._shelf = Shelf(media, channel.name) if media else None

    # Before the visible call

    def prepared(
        self,
        account: str,
        wanted: Sequence[Mapping[str, Any]],
        own: MessagePart,
        known: Sequence[Mapping[str, Any]],
        until: datetime,
        key: str,
        **more: Any,
    ) -> Prepared | Refused:
        """The containers of a part, made in order and waited for; the last is the post's own.

        `wanted` are their fields, pictures by SHA-256; `known` is the listing before. Where it fails, no
        picture is left in public.
        """
        addresses = self._shelved(own.images)
        if isinstance(addresses, Refused):
            return addresses
        container = self._made(account, wanted, addresses)
        if isinstance(container, Refused):
            self.remove(addresses)
            return container
        request = {"creation_id": container, self._product.words: own.text, "images": len(own.images), **more}
        baseline = str(known[0].get("id")) if known else ""
        return Prepared(request, addresses, baseline, until, account, key)

    def _shelved(self, images: Sequence[Image]) -> dict[str, str] | Refused:
        """Each picture's public address by SHA-256."""
        if not images:
            return {}
        if self._shelf is None:
            return Refused(Refusal.AUTH, f"set public_media in config.yaml; {self._steps}")
        return self._shelf.put_all(images, self._files)

    def _made(
        self, account: str, wanted: Sequence[Mapping[str, Any]], addresses: Mapping[str, str]
    ) -> str | Refused:
        made: list[str] = []
        for number, fields in enumerate(wanted, 1):
            own = dict(fields)
            if "image_url" in own:
                own["image_url"] = addresses[own["image_url"]]
            elif own.get("media_type") == "CAROUSEL":
                own["children"] = ",".join(made)
            outcome = self._graph.post(f"{account}/{self._product.made}", own)
            if "reply_to_id" in own and (gone := graph.unanswerable("making it ready", outcome)):
                return gone
            if not isinstance(outcome, Answer) or not outcome.ok or not graph.id_of(outcome):
                return graph.invisible(f"making ready {number} of {len(wanted)}", outcome)
            made.append(graph.id_of(outcome))
            if (refused := self._awaited(made[-1])) is not None:
                return refused
        return made[-1]

    def _awaited(self, container: str) -> Refused | None:
        """Look until the container is ready; None when it is."""
        for pause in POLLS:
            doing, field = "looking whether it is ready", self._product.state
            answer = self._graph.ask(container, doing, fields=field)
            if isinstance(answer, Refused):
                return answer
            state = str(answer.fields.get(field, ""))
            if state == "FINISHED":
                return None
            if state in ("ERROR", "EXPIRED"):
                reason = answer.fields.get("error_message") or answer.fields.get("status") or state
                words = f"Meta could not make it ready ({reason}); look at the picture"
                return Refused(Refusal.MEDIA, words)
            self._wait(pause)
        return Refused(Refusal.TRANSIENT, "Meta is still making it ready; it will be looked at again")

    def troubles(self) -> tuple[str, ...]:
        """What will keep pictures from going out, in sentences; found by fetching one back."""
        refused = self._shelf.probed() if self._shelf is not None else None
        return (f"No picture can go out: {refused.message}",) if refused is not None else ()

    def remove(self, addresses: Mapping[str, str]) -> None:
        """Take pictures down from their public addresses."""
        if self._shelf is not None:
            self._shelf.remove(addresses.values())

    # The visible call

    def publish(self, account: str, container: str, *, is_reply: bool = False) -> Sent | Refused | Unknown:
        """Once; the post's link is asked for afterwards."""
        path = f"{account}/{self._product.published}"
        return self.answered(self._graph.post(path, {"creation_id": container}), is_reply=is_reply)

    def answered(self, outcome: Outcome, *, is_reply: bool) -> Sent | Refused | Unknown:
        """What the answer to a publishing call means."""
        if isinstance(outcome, Answer) and outcome.ok and (post := graph.id_of(outcome)):
            return Sent(Receipt(post, self._link(post)))
        if is_reply and (gone := graph.unanswerable(PUBLISHING, outcome)):
            return gone
        return graph.visible(PUBLISHING, outcome)

    def _link(self, post: str) -> str | None:
        answer = self._graph.get(post, fields="permalink")
        found = answer.fields.get("permalink") if isinstance(answer, Answer) and answer.ok else None
        return str(found) if found else None

    # Afterwards

    def find(self, prepared: Prepared, taken: frozenset[str], path: str) -> Found | Absent | CannotTell:
        """The container says whether it was published; the listing at `path`, as which post."""
        container = str(prepared.request["creation_id"])
        doing, field = "looking whether it is out", self._product.state
        answer = self._graph.ask(container, doing, fields=field)
        if isinstance(answer, Refused):
            return CannotTell(answer.message)
        state = str(answer.fields.get(field, ""))
        if state not in KNOWN_STATES:
            return CannotTell(f"Meta says of its preparation: {state.lower() or 'nothing'}")
        found = self._among_newest(prepared, taken, path)
        if state != "PUBLISHED":
            return _another(found) if isinstance(found, Found) else found
        if isinstance(found, Found):
            return found
        if not self._product.chained:
            return Found(Receipt(container, None))
        # The next part answers the post by its own number, which is not the container's.
        return found if isinstance(found, CannotTell) else NOT_LISTED_YET

    def _among_newest(
        self, prepared: Prepared, taken: frozenset[str], path: str
    ) -> Found | Absent | CannotTell:
        listed = self.listing(path)
        if isinstance(listed, Refused):
            return CannotTell(listed.message)
        fresh = newer(listed, prepared.baseline)
        if isinstance(fresh, CannotTell):
            return fresh
        text, images = str(prepared.request[self._product.words]), int(prepared.request["images"])
        return match(text, images, [self._listed(post) for post in fresh], taken)

    def listing(self, path: str, most: int = LISTED) -> list[dict[str, Any]] | Refused:
        """The account's own posts, newest first."""
        doing = "listing the account's posts"
        answer = self._graph.ask(path, doing, fields=self._product.shown, limit=str(most))
        if isinstance(answer, Refused):
            return answer
        found = graph.entries(answer)
        if found is None:
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood")
        return found

    def recent(self, path: str, since: datetime) -> list[Listed] | Refused:
        """The hundred newest posts, without those from before `since`."""
        listed = self.listing(path, 100)
        if isinstance(listed, Refused):
            return listed
        return [self._listed(post) for post in listed if (graph.created(post, "timestamp") or since) >= since]

    def _listed(self, post: Mapping[str, Any]) -> Listed:
        url = post.get("permalink")
        receipt = Receipt(str(post.get("id") or ""), str(url) if url else None)
        return Listed(receipt, str(post.get(self._product.words) or ""), len(_pictures(post)))

    def differences(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """GET the post once: its words, its pictures, their descriptions and their cover."""
        answer = self._graph.get(receipt.remote_id, fields=self._product.read)
        if not isinstance(answer, Answer) or not answer.ok or "media_type" not in answer.fields:
            return ()
        wanted, shown, found = message.parts[part], answer.fields, []
        if squash(str(shown.get(self._product.words) or "")) != squash(wanted.text):
            found.append("the text is another one")
        there = [squash(str(one.get("alt_text") or "")) for one in _pictures(shown)]
        if len(there) != len(wanted.images):
            found.append(f"it has {len(there)} images instead of {len(wanted.images)}")
        elif there != [squash(image.alt) for image in wanted.images]:
            found.append("a picture has another alternative text, or none")
        if message.is_covered(part) and shown.get("is_spoiler_media") is False:
            found.append("its pictures are not covered")
        return tuple(found)

    def allowance(self, account: str) -> Allowance | None:
        """The day's posts; None where Meta does not tell."""
        answer = self._graph.get(f"{account}/{self._product.allowance}", fields="config,quota_usage")
        found = graph.entries(answer) if isinstance(answer, Answer) and answer.ok else None
        if not found or not isinstance(found[0].get("config"), dict):
            return None
        settings = found[0]["config"]
        period = timedelta(seconds=int(settings.get("quota_duration", 86400)))
        return Allowance(int(found[0].get("quota_usage", 0)), int(settings.get("quota_total", 0)), period)


def _another(found: Found) -> CannotTell:
    """A new post with these words, and a container that was not published: somebody else's hand, it seems."""
    where = found.receipt.url or found.receipt.remote_id
    return CannotTell(f"a post with these words is out ({where}), and Meta says ours is not; look at it")


def _pictures(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pictures of a carousel, or the post itself as its only picture; none of a text."""
    below = post.get("children")
    found = below.get("data") if isinstance(below, dict) else None
    if isinstance(found, list):
        return [one for one in found if isinstance(one, dict)]
    return [] if post.get("media_type") in WITHOUT_PICTURES else [post]


def now() -> datetime:
    """The machine's clock, where no other is given."""
    return datetime.now(UTC)
