"""The campaign and its channels, as config.yaml gives them; and what a channel's platform accepts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class DayTime:
    """A point of the campaign: `days` from the anniversary day, and a clock time in the campaign's zone or
    None.
    """

    days: int
    at: time | None = None


@dataclass(frozen=True)
class Quiet:
    """A window [start, end) in which nothing goes out. A bound without a time means the whole day.

    `D+1 .. D+2` is D+1 00:00 to D+3 00:00. Windows with clock times bind everything; whole-day ones do not
    bind corrections or urgent posts.
    """

    start: DayTime
    end: DayTime
    words: str = ""

    @property
    def whole_days(self) -> bool:
        return self.start.at is None and self.end.at is None


@dataclass(frozen=True)
class DailyLimit:
    """Posts a day and channel; `on_day` is for the anniversary itself. A thread is one."""

    default: int = 1
    on_day: int | None = None

    def on(self, is_anniversary: bool) -> int:
        return self.on_day if is_anniversary and self.on_day is not None else self.default


@dataclass(frozen=True)
class Campaign:
    """What is commemorated, when and where. `year` is the campaign's: keys carry it, {years} is counted to
    it.
    """

    name: str
    anniversary: date
    year: int
    timezone: ZoneInfo
    languages: tuple[str, ...]
    hashtags: tuple[str, ...] = ()
    start_days: int = -30
    quiet: tuple[Quiet, ...] = ()
    daily_limit: DailyLimit = DailyLimit()
    grace: timedelta = timedelta(hours=2)
    options: Mapping[str, bool] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The anniversary day of the campaign's year (29 February: 28 February in common years)."""
        try:
            return self.anniversary.replace(year=self.year)
        except ValueError:
            return date(self.year, 2, 28)

    @property
    def years(self) -> int:
        return self.year - self.anniversary.year

    def date_of(self, days: int) -> date:
        """The calendar date of D±N."""
        return self.day + timedelta(days=days)


@dataclass(frozen=True)
class Channel:
    """An account on a platform, named in config. `options` are the platform's own, already validated.

    `quota` is the most attempts in 24 h, `spend_cap` the most US dollars in a campaign year; None: no limit.
    `by_hand`: a person posts there; it is planned, approved and recorded here, and never sent by us.
    `machine` is the only one that may work on it, where several share a database; None: any.
    Secrets are not here: they are read from the environment where a platform is connected.
    """

    name: str
    platform: str
    language: str
    timezone: ZoneInfo
    slots: tuple[time, ...] = ()
    min_gap: timedelta = timedelta(0)
    daily_limit: DailyLimit | None = None
    live: bool = False
    base_url: str | None = None
    grace: timedelta | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    quota: int | None = None
    spend_cap: Decimal | None = None
    card_shape: str | None = None
    by_hand: bool = False
    machine: str | None = None


@dataclass(frozen=True)
class ApprovalRules:
    """How many people must approve a post of a kind (`ledger`: a record); 0 means none.

    A correction is in a hurry: one person who did not write it is enough, unless the campaign names another
    number for that kind.
    """

    default: int = 1
    by_kind: Mapping[str, int] = field(default_factory=dict)
    require_login: bool = False

    def needed(self, kind: str) -> int:
        proposed = min(1, self.default) if kind == "correction" else self.default
        return self.by_kind.get(kind, proposed)


@dataclass(frozen=True)
class Approver:
    name: str
    languages: tuple[str, ...] = ()
    deputy: str | None = None
    absent: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class Look:
    """How cards look: colours by role (`ink`, `soft`, `accent`, `ground`), the mark's file, extra font
    folders, and whether the machine's own fonts may help out.
    """

    palette: Mapping[str, str] = field(default_factory=dict)
    mark: str | None = None
    fonts: tuple[str, ...] = ()
    system_fonts: bool = False


@dataclass(frozen=True)
class Measure:
    """One way a platform counts text: `count(text) <= limit`. `unit` is the plural a person reads
    ("characters").
    """

    count: Callable[[str], int]
    limit: int
    unit: str = "characters"


@dataclass(frozen=True)
class Limits:
    """What a channel accepts, as data: fitting, checks, preview and gate all read this one.

    `measures` all hold at once; `measures_with_images` replaces them where a post has images (Telegram
    captions). `warning`: the platform has a field for it, or it becomes the text's first line. Byte and pixel
    limits are per image; `aspect` is the allowed width/height range. `parts` None: no threads, unless config
    says `parts_if` ("threads: true") once a person has tried one. `max_hashtags` None: no limit. `card_size`
    is the card shape (width, height in pixels) this platform shows best. `link_card`: under a link stands a
    card of ours (`given`), one that the platform makes of the page it fetches (`fetched`), or none;
    `link_card_text` is how many characters title and description of ours may have. `labels_graphic`: a
    picture marked as graphic can be labelled or covered; `labels_ai`: readers can be told that a program made
    one. `comment_images`: a correction is only a comment, which shows so many pictures and no link card
    (None: it is a post like any other). `max_links` different links stand in a post at most (None: any
    number), and can be touched where they are `live_links`. `crops_to_first`: several pictures are cropped to
    the first one's shape. `replies`: whom each value of a post's `replies` lets answer there; a value that is
    missing changes nothing, and everybody may. Where they are `replies_by_thread`, a correction goes by what
    the post it replies to says.
    """

    measures: tuple[Measure, ...]
    measures_with_images: tuple[Measure, ...] | None = None
    images: int = 4
    min_images: int = 0
    image_types: tuple[str, ...] = ("image/jpeg", "image/png")
    image_bytes: int = 5_000_000
    image_pixels: int | None = None
    image_side: int | None = None
    aspect: tuple[float, float] | None = None
    alt: int | None = 1000
    warning: Literal["field", "line"] = "line"
    language: bool = False
    parts: int | None = None
    parts_if: str = ""
    max_hashtags: int | None = None
    card_size: tuple[int, int] = (1080, 1350)
    link_card: Literal["given", "fetched", "none"] = "none"
    link_card_text: tuple[int, int] = (300, 1000)
    labels_graphic: bool = False
    labels_ai: bool = False
    comment_images: int | None = None
    max_links: int | None = None
    live_links: bool = True
    crops_to_first: bool = False
    replies: Mapping[str, str] = field(default_factory=dict)
    replies_by_thread: bool = False
    cost: Callable[[str, int], Decimal] | None = None
    """US dollars for publishing a text with so many images, or None where it costs nothing."""

    def answering(self, replies: str, *, is_correction: bool) -> str | None:
        """Whom a post's `replies` lets answer there; None where it changes nothing."""
        return None if is_correction and self.replies_by_thread else self.replies.get(replies)

    def text_measures(self, images: int) -> tuple[Measure, ...]:
        if images and self.measures_with_images is not None:
            return self.measures_with_images
        return self.measures
