"""The sign-off pack: one file to print, with everything a person signs for, and a hash of it on the cover."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler import approvals
from scheduler.errors import StoreError
from scheduler.model import Approval, Delivery, Said, Severity
from scheduler.prepare import Preparation
from scheduler.preview import shown, writing
from scheduler.preview.page import Day, Page, PostView, page, select
from scheduler.preview.shown import Showing
from scheduler.preview.standing import Standing

_WIDTH = 420
"""Pixels of a picture: six centimetres of paper at what a printer makes of a photograph."""


@dataclass(frozen=True)
class Recorded:
    """What the store knows that belongs on paper: what was said of each delivery, and the log's last hash."""

    approvals: Mapping[str, Sequence[Approval]] = field(default_factory=dict)
    head: str | None = None


@dataclass(frozen=True)
class Signed:
    """One delivery to be signed: its digest, who said what of it, and what it still lacks."""

    key: str
    digest: str
    said: tuple[str, ...]
    lacking: tuple[str, ...]
    waived: tuple[str, ...]


@dataclass(frozen=True)
class Alike:
    """Deliveries of a post that say the same in the same language, shown once."""

    showings: tuple[Showing, ...]
    signed: tuple[Signed, ...]

    @property
    def first(self) -> Showing:
        return self.showings[0]

    @property
    def channels(self) -> str:
        return ", ".join(one.channel for one in self.showings)

    @property
    def pictures(self) -> tuple[tuple[str, tuple[str | None, ...]], ...]:
        """Each alt text with the pictures it describes, each once: one card in two formats is two."""
        found: dict[str, dict[str | None, None]] = {}
        for image in (image for one in self.showings for part in one.parts for image in part.images):
            found.setdefault(image.alt, {})[image.address] = None
        return tuple((alt, tuple(addresses)) for alt, addresses in found.items())

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(words for one in self.signed for words in one.said))

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(words for one in self.signed for words in one.lacking))

    @property
    def waived(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(words for one in self.signed for words in one.waived))


@dataclass(frozen=True)
class Sheet:
    """One post of one day."""

    day: Day
    post: PostView
    alike: tuple[Alike, ...]


@dataclass(frozen=True)
class Pack:
    """The whole pack. `hash` is over the digests and days it shows; `digests` has both by key."""

    page: Page
    sheets: tuple[Sheet, ...]
    hash: str
    head: str | None
    lowered: tuple[str, ...]
    digests: Mapping[str, tuple[str, str]]

    @property
    def waived(self) -> tuple[tuple[str, str], ...]:
        """Rules that people have answered, with the post each answer is for."""
        found = {
            (sheet.post.id, words): None
            for sheet in self.sheets
            for one in sheet.alike
            for words in one.waived
        }
        return tuple(found)

    @property
    def blocked(self) -> tuple[str, ...]:
        """Posts that cannot go out as they stand, whoever signs."""
        stopping = (Severity.ERROR, Severity.BLOCKED)
        return tuple(
            dict.fromkeys(
                sheet.post.id
                for sheet in self.sheets
                if any(one.severity in stopping for one in sheet.post.findings)
            )
        )


def hash_of(signed: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over lines `DIGEST DAY`, sorted, each with a newline: what `sort | sha256sum` says of them.

    The day belongs to it: a paper that shows another day must not approve what a newer one shows.
    """
    lines = sorted(f"{digest} {day}\n" for digest, day in signed)
    return sha256("".join(lines).encode()).hexdigest()


def pack(
    made: Preparation,
    chosen: Sequence[Delivery],
    now: datetime,
    standing: Mapping[str, Standing],
    addresses: Mapping[str, str],
    recorded: Recorded,
    only: str = "",
) -> Pack:
    """The pack of the `chosen` deliveries; `only` says in words what they were chosen by."""
    whole = page(made, chosen, now, standing, addresses, only)
    by_key = {one.key: one for one in chosen}
    sheets = tuple(
        Sheet(day, post, tuple(_alike(made, post, by_key, recorded)))
        for day in whole.days
        for post in day.posts
    )
    digests = {one.key: (one.digest, one.day) for one in chosen}
    return Pack(
        whole,
        sheets,
        hash_of(digests.values()),
        recorded.head,
        tuple(approvals.lowered(made.config.approvals)),
        digests,
    )


def _alike(
    made: Preparation, post: PostView, by_key: Mapping[str, Delivery], recorded: Recorded
) -> Iterator[Alike]:
    """Showings with the same words and notes, in the order of the channels."""
    groups: dict[object, list[Showing]] = {}
    for one in post.showings:
        words = tuple(
            (
                "".join(piece.text for piece in part.pieces),
                tuple(image.alt for image in part.images),
                part.link_card,
            )
            for part in one.parts
        )
        groups.setdefault((one.language, one.warning, one.notes, words), []).append(one)
    for alike in groups.values():
        signed = (_signed(made, by_key[one.key], recorded) for one in alike)
        yield Alike(tuple(alike), tuple(signed))


def _signed(made: Preparation, delivery: Delivery, recorded: Recorded) -> Signed:
    config, given = made.config, recorded.approvals.get(delivery.key, ())
    zone = config.campaign.timezone
    lacking = approvals.missing(
        kind=delivery.kind,
        digest=delivery.digest,
        day=delivery.day,
        author=delivery.author,
        original_language=delivery.original_language,
        approvals=given,
        rules=config.approvals,
        approvers=config.approvers,
        zone=zone,
    )
    here = (one for one in given if one.digest == delivery.digest)
    return Signed(
        delivery.key,
        delivery.digest,
        tuple(_words(one, zone) for one in here),
        tuple(lacking),
        tuple(delivery.waived),
    )


_ACTS: Mapping[Said, str] = {Said.APPROVE: "Approved", Said.RETURN: "Returned", Said.COMMENT: "Comment"}


def _words(one: Approval, zone: ZoneInfo) -> str:
    said = f"{_ACTS.get(one.act, str(one.act).capitalize())} by {one.who}, {shown.long_moment(one.at, zone)}"
    return f"{said}: {one.words}" if one.words else said


def write(
    made: Preparation,
    target: Path,
    *,
    now: datetime,
    standing: Mapping[str, Standing],
    recorded: Recorded,
    language: str | None = None,
    week: date | None = None,
) -> Pack:
    """Write the pack to `target`, one file with everything in it.

    Raises InputError for a language that no channel speaks, StoreError where it cannot be written.
    """
    writing.require_language(made, language)
    chosen, only = select(made, language, week)
    images = {image.sha256: image for one in chosen for image in one.message.images}
    done = pack(made, chosen, now, standing, writing.inside(made, images, _WIDTH), recorded, only)
    try:
        writing.replace(target, render(done).encode())
    except OSError as error:
        raise StoreError(
            f"the pack cannot be written to {target} ({error.strerror or error}); "
            "make the folder writable, free some space, or name another file with -o"
        ) from None
    return done


def render(done: Pack) -> str:
    """The pack's HTML: no script, and nothing loaded from anywhere."""
    return writing.filled("sign_off.html", "sign_off.css", pack=done)
