"""What staff write: a Post and what hangs from it. Parsed by `content`, read by everything in PREPARE."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from scheduler.model.findings import Span

Localised = Mapping[str, str]
"""Language tag to text, in NFC: {"en": "…", "az": "…"}."""


class Kind(StrEnum):
    TEXT = "text"
    ANNOUNCEMENT = "announcement"
    QUOTE = "quote"
    WITNESS = "witness"
    FIGURES = "figures"
    ON_THIS_DAY = "on-this-day"
    DOCUMENT = "document"
    RECOGNITION = "recognition"
    LETTER = "letter"
    COMMEMORATION = "commemoration"
    EVENT = "event"
    CORRECTION = "correction"


class Replies(StrEnum):
    """Who may reply, where the platform can say so."""

    EVERYONE = "everyone"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    NOBODY = "nobody"


@dataclass(frozen=True)
class When:
    """A post's time. Exactly one of: `days` (D±N), `day` (a calendar date), or neither (the next free slot).

    `at` is a local clock time in the campaign's zone, or in each channel's own where `local`; None only for a
    slot.
    """

    days: int | None = None
    day: date | None = None
    at: time | None = None
    local: bool = False

    @property
    def is_slot(self) -> bool:
        return self.at is None


@dataclass(frozen=True)
class Card:
    """The card a post asks for, by the records it draws. Words of its own (`title`, `date`, `text`) are
    checked like text.
    """

    template: str
    quote: str | None = None
    person: str | None = None
    recognition: str | None = None
    position: str | None = None
    facts: tuple[str, ...] = ()
    title: Localised = field(default_factory=dict)
    date: Localised = field(default_factory=dict)
    text: Localised = field(default_factory=dict)
    background: str | None = None
    portrait: str | None = None
    office: str | None = None


@dataclass(frozen=True)
class Picture:
    """An image file of the post. `words` is what stands in it, by language; it is checked like text."""

    file: str
    words: Localised = field(default_factory=dict)
    alt: Localised = field(default_factory=dict)


@dataclass(frozen=True)
class LinkText:
    """What a post says for the card under its link, where a platform takes that from us.

    `image` is a file; `words` is what stands in it, by language. Title, description and `words` are checked
    like text.
    """

    title: Localised = field(default_factory=dict)
    description: Localised = field(default_factory=dict)
    image: str | None = None
    words: Localised = field(default_factory=dict)


@dataclass(frozen=True)
class ThreadPart:
    """A further part of a thread, published as a reply to the part before it."""

    text: Localised
    images: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Variant:
    """What a post says differently on one platform or channel; None leaves the post's own."""

    text: Localised | None = None
    hashtags: Mapping[str, tuple[str, ...]] | None = None
    link: Localised | None = None
    alt: Localised | None = None
    warning: Localised | None = None
    images: tuple[Picture, ...] | None = None
    card: Card | None = None
    thread: tuple[ThreadPart, ...] | None = None
    link_card: LinkText | None = None


@dataclass(frozen=True)
class Post:
    """One post as written.

    `hashtags` and `link` map a language to its value; the key "" holds for every language. `hashtags` None
    means the campaign's. `channels` None means every channel whose language the post has. `spans` maps a
    dotted path ("text.en", "facts.0", "card.quote") to its place; "" is the whole post.
    """

    id: str
    kind: Kind
    when: When
    text: Localised
    author: str | None = None
    hashtags: Mapping[str, tuple[str, ...]] | None = None
    link: Localised = field(default_factory=dict)
    link_card: LinkText | None = None
    channels: tuple[str, ...] | None = None
    card: Card | None = None
    images: tuple[Picture, ...] = ()
    alt: Localised = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    recognitions: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    warning: Localised = field(default_factory=dict)
    thread: tuple[ThreadPart, ...] = ()
    variants: Mapping[str, Variant] = field(default_factory=dict)
    replies: Replies = Replies.EVERYONE
    corrects: str | None = None
    priority: int = 5
    grace: timedelta | None = None
    draft: bool = False
    file: str = ""
    spans: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def span(self, *path: str | int) -> Span | None:
        """The place of a value, or of the nearest thing around it."""
        parts = [str(part) for part in path]
        while parts:
            if (found := self.spans.get(".".join(parts))) is not None:
                return found
            parts.pop()
        return self.spans.get("")

    @property
    def is_correction(self) -> bool:
        return self.kind is Kind.CORRECTION
