"""One delivery as its channel shows it: texts with their marks, pictures, counts, times, state and price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from scheduler import platforms
from scheduler.model import Channel, Delivery, Image, Limits, Message, MessagePart
from scheduler.prepare import Preparation
from scheduler.preview import marks
from scheduler.preview.marks import Cited, Piece
from scheduler.preview.standing import WORDS, Standing

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Moment:
    """The delivery's time in one zone; `whose` says whose zone it is."""

    clock: str
    zone: str
    whose: str
    iso: str


@dataclass(frozen=True)
class Shape:
    """A picture: where the page finds it (None: it is not there), its size in pixels, its alt text."""

    address: str | None
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Under:
    """The card under a part's link, where the platform shows ours; `picture` None: it has none."""

    title: str
    description: str
    address: str
    picture: Shape | None


@dataclass(frozen=True)
class Part:
    """One visible post of a thread, or the only one. `over` is by how much it is too long."""

    number: int
    pieces: tuple[Piece, ...]
    images: tuple[Shape, ...]
    length: int
    limit: int
    unit: str
    link_card: Under | None = None

    @property
    def over(self) -> int:
        return max(0, self.length - self.limit)


@dataclass(frozen=True)
class Showing:
    """A delivery ready for the page. `warning` is set where the platform has a field that hides the rest."""

    anchor: str
    key: str
    channel: str
    platform: str
    language: str
    state: str
    state_words: str
    reasons: tuple[str, ...]
    url: str | None
    moments: tuple[Moment, ...]
    warning: str | None
    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    price: str | None
    notes: tuple[str, ...]


def showing(
    made: Preparation,
    delivery: Delivery,
    standing: Standing,
    cited: Mapping[str, tuple[Cited, ...]],
    addresses: Mapping[str, str],
) -> Showing:
    """`cited`: the texts' places with records; `addresses`: where the page finds a picture, by SHA-256."""
    channel = made.config.channels[delivery.channel]
    limits = made.config.limits(channel.name)
    message = delivery.message
    in_field = limits.warning == "field"
    shown = made.shown[delivery.key]
    return Showing(
        anchor_of(delivery),
        delivery.key,
        channel.name,
        platform_title(channel),
        message.language,
        standing.state,
        WORDS.get(standing.state, standing.state),
        tuple(dict.fromkeys(standing.reasons)),
        marks.web(standing.url),
        tuple(_moments(made, delivery, channel)),
        message.warning if in_field else None,
        tuple(_parts(made, delivery, limits, cited, addresses)),
        shown.dropped,
        price(shown.cost) if shown.cost is not None else None,
        tuple(_notes(delivery, limits)),
    )


def anchor_of(delivery: Delivery) -> str:
    return delivery.key.replace("/", "-")


def platform_title(channel: Channel) -> str:
    """The platform's name as people write it: its file may say (`TITLE`), else its name with a capital."""
    title = getattr(platforms.kinds()[channel.platform].module, "TITLE", None)
    return str(title) if title else channel.platform.capitalize()


def price(cost: Decimal) -> str:
    """US dollars with at least cents: US$0.02, US$0.205."""
    cents = cost.quantize(Decimal("0.01"))
    return f"US${cents if cents == cost else cost.normalize()}"


def short_day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _moments(made: Preparation, delivery: Delivery, channel: Channel) -> Iterator[Moment]:
    """The channel's zone, the campaign's and UTC; a zone that is both is named once."""
    campaign = made.config.campaign.timezone
    zones: tuple[tuple[tzinfo, str, str], ...] = (
        (channel.timezone, channel.timezone.key, "channel"),
        (campaign, campaign.key, "campaign"),
        (UTC, "UTC", ""),
    )
    if channel.timezone.key == campaign.key:
        zones = ((campaign, campaign.key, "channel and campaign"), zones[2])
    for zone, name, whose in zones:
        yield _moment(delivery, zone, name, whose)


def _moment(delivery: Delivery, zone: tzinfo, name: str, whose: str) -> Moment:
    there = delivery.due.astimezone(zone)
    seconds = f":{there.second:02}" if there.second else ""
    clock = f"{there.hour:02}:{there.minute:02}{seconds}"
    # The page is ordered by campaign days; elsewhere it may be another day already, or still.
    if there.date().isoformat() != delivery.day:
        clock = f"{short_day(there.date())}, {clock}"
    return Moment(clock, name, whose, there.isoformat())


def _parts(
    made: Preparation,
    delivery: Delivery,
    limits: Limits,
    cited: Mapping[str, tuple[Cited, ...]],
    addresses: Mapping[str, str],
) -> Iterator[Part]:
    warning = delivery.message.warning if limits.warning == "line" else None
    shown = made.shown[delivery.key]
    for number, part in enumerate(delivery.message.parts, start=1):
        length, limit, unit = (
            (shown.length, shown.limit, shown.unit) if number == 1 else _measured(part, limits)
        )
        yield Part(
            number,
            marks.pieces(part.text, cited.get(part.text, ()), warning if number == 1 else None),
            tuple(_shape(image, addresses) for image in part.images),
            length,
            limit,
            unit,
            _under(delivery.message, addresses) if number == 1 else None,
        )


def _under(message: Message, addresses: Mapping[str, str]) -> Under | None:
    if (card := message.link_card) is None:
        return None
    picture = _shape(card.image, addresses) if card.image is not None else None
    return Under(card.title, card.description, message.link or "", picture)


def _measured(part: MessagePart, limits: Limits) -> tuple[int, int, str]:
    """A further part's length by the measure that leaves least room."""
    lengths = [(one.count(part.text), one) for one in limits.text_measures(len(part.images))]
    length, tightest = min(lengths, key=lambda each: each[1].limit - each[0])
    return length, tightest.limit, tightest.unit


def _shape(image: Image, addresses: Mapping[str, str]) -> Shape:
    return Shape(addresses.get(image.sha256), image.width, image.height, image.alt)


_DISPLAY = {
    "spoiler": "Its pictures are covered until somebody touches them, because it has a warning.",
    "no preview": "A link in its text gets no card.",
    "no topic": "None of its hashtags becomes its topic.",
    "plain hashtags": "Its hashtags are sent as plain words, without LinkedIn's template.",
}
"""What a channel's settings change in how a message is shown."""


def _notes(delivery: Delivery, limits: Limits) -> Iterator[str]:
    message = delivery.message
    if message.corrects:
        yield f"A correction: it replies under {message.corrects}."
    who = limits.answering(message.replies, is_correction=message.corrects is not None)
    if who is not None:
        yield f"Who may reply: {who}."
    if any(message.is_graphic(part) for part in range(len(message.parts))) and limits.labels_graphic:
        yield "Its pictures go out covered: one is marked as graphic."
    if any(message.made_with_ai(part) for part in range(len(message.parts))):
        yield "Readers are told that a program made one of its pictures."
    yield from (_DISPLAY[name] for name in message.display if name in _DISPLAY)
    if message.visibility != "public":
        yield f"Visibility: {message.visibility}."


def long_moment(moment: datetime, zone: ZoneInfo) -> str:
    there = moment.astimezone(zone)
    return f"{short_day(there.date())} {there.year}, {there:%H:%M} ({zone.key})"
