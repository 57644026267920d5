"""The plan as a calendar: one event for each delivery, for whatever program staff keep their days in.

A calendar that imports the file again must know an event by its UID and see by SEQUENCE that it is newer. So
the caller keeps what was last written of each (`Kept`), and what left the plan is written once more, as
cancelled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import Any, Protocol
from urllib.parse import quote

from scheduler.exchange import uploads
from scheduler.model import Campaign, Delivery, Image
from scheduler.prepare import Preparation

LASTS = timedelta(minutes=15)
"""A post takes no time; an event without a length is shown by some calendars as the whole day."""

CANCELLED, TENTATIVE, CONFIRMED = "CANCELLED", "TENTATIVE", "CONFIRMED"
SURE = frozenset({"scheduled", "preparing", "sending", "published"})
GONE = frozenset({"cancelled", "already-out"})

Kept = Mapping[str, Mapping[str, Any]]
"""By UID what was written last: digest, sequence, modified (ISO), due (ISO), summary, channel, language."""


class Stands(Protocol):
    """How a delivery stands, and why; where it is, once it is out."""

    @property
    def state(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def url(self) -> str | None: ...


@dataclass(frozen=True)
class Calendar:
    """The file's bytes, what to keep for the next time, and how many events of each status it holds."""

    ics: bytes
    kept: Kept
    events: int
    cancelled: int


@dataclass(frozen=True)
class _Event:
    uid: str
    due: datetime
    summary: str
    text: str
    status: str
    channel: str
    language: str
    kind: str = ""
    url: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        seen = (self.due.isoformat(), self.summary, self.text, self.status, self.url, *self.pictures)
        return sha256("\0".join(seen).encode()).hexdigest()


def calendar(
    made: Preparation,
    deliveries: Sequence[Delivery],
    stands: Mapping[str, Stands],
    kept: Kept,
    now: datetime,
    *,
    channels: Sequence[str] = (),
    languages: Sequence[str] = (),
    images_at: str | None = None,
) -> Calendar:
    """The calendar of `deliveries`, all that are planned; `channels` and `languages` choose among them.

    `kept` is what the last one gave back. Times are UTC in the file, and shown in the text with their zones.
    """
    campaign = made.config.campaign
    events = [_event(made, one, stands[one.key], images_at) for one in deliveries]
    events += _gone(campaign, {one.uid for one in events}, kept)
    remembered = {one.uid: _remembered(one, kept.get(one.uid), now) for one in events}
    chosen = [
        one
        for one in sorted(events, key=lambda one: (one.due, one.uid))
        if (not channels or one.channel in channels) and (not languages or one.language in languages)
    ]
    cancelled = sum(one.status == CANCELLED for one in chosen)
    return Calendar(
        _file(campaign, chosen, remembered), {**kept, **remembered}, len(chosen) - cancelled, cancelled
    )


def uid(campaign: Campaign, key: str) -> str:
    """Stable for a delivery as long as its key is; the anniversary keeps two campaigns apart."""
    return f"{key}@{campaign.anniversary.isoformat()}.awareness-scheduler"


def _event(made: Preparation, one: Delivery, stand: Stands, images_at: str | None) -> _Event:
    public = _public(made, one, images_at)
    pictures = [
        (image, public.get(image.sha256) or _place(made, image))
        for part in one.message.parts
        for image in part.images
    ]
    state = stand.state.replace("-", " ")
    status = CANCELLED if stand.state in GONE else CONFIRMED if stand.state in SURE else TENTATIVE
    return _Event(
        uid(made.config.campaign, one.key),
        one.due,
        f"{one.post} · {one.channel} · {state}",
        "\n".join(_lines(made, one, stand, state, pictures)),
        status,
        one.channel,
        one.message.language,
        one.kind,
        stand.url or one.message.link or "",
        tuple(public.values()),
    )


def _lines(
    made: Preparation,
    one: Delivery,
    stand: Stands,
    state: str,
    pictures: Sequence[tuple[Image, str]],
) -> Iterable[str]:
    yield " · ".join(times(made, one))
    yield f"State: {state}" + (f" ({'; '.join(stand.reasons)})" if stand.reasons else "")
    if stand.url:
        yield f"Published: {stand.url}"
    yield ""
    if one.message.warning and one.message.warning not in one.message.parts[0].text:
        yield f"[{one.message.warning}]"
    for number, part in enumerate(one.message.parts):
        if number:
            yield f"\n{number + 1}/{len(one.message.parts)}"
        yield part.text
    yield ""
    if one.message.link:
        yield f"Link: {one.message.link}"
    if (card := one.message.link_card) is not None:
        yield f"Card under it: {card.title}" + (f" — {card.description}" if card.description else "")
        if card.image is not None:
            yield f"Its picture: {_place(made, card.image)}"
    for image, address in pictures:
        yield f"Picture: {address} — {image.alt}"
    yield f"Key: {one.key}"


def times(made: Preparation, one: Delivery) -> list[str]:
    """The moment in the campaign's zone, the channel's where that is another, and UTC; each with its zone."""
    zones = (made.config.campaign.timezone, made.config.channels[one.channel].timezone)
    names = dict.fromkeys(zone.key for zone in zones)
    there = {zone.key: one.due.astimezone(zone) for zone in zones}
    return [f"{there[name]:%a %Y-%m-%d %H:%M} {name}" for name in names] + [
        f"{one.due.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    ]


def _place(made: Preparation, image: Image) -> str:
    """The picture's file in the data folder, as seen from the campaign's folder."""
    path, root = made.files.path(image.sha256), made.config.root
    if path is None:
        return f"{image.sha256[:16]}.{PurePath(image.media_type).name}"
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name


def _public(made: Preparation, one: Delivery, images_at: str | None) -> dict[str, str]:
    """Addresses by SHA-256, by the same names as in the tables for other tools."""
    if images_at is None:
        return {}
    named = uploads.pictures(one, made.posts[one.post], made.config.channels[one.channel])
    return {image.sha256: f"{images_at.rstrip('/')}/{quote(name)}" for name, image in named}


def _gone(campaign: Campaign, present: set[str], kept: Kept) -> Iterable[_Event]:
    """Events written before whose delivery is no longer planned: calendars keep them until told otherwise."""
    for name, last in kept.items():
        if name in present or not name.startswith(f"{campaign.year}/"):
            continue
        summary = str(last["summary"]).rpartition(" · ")[0] + " · cancelled"
        words = "This post is no longer in the plan."
        due = datetime.fromisoformat(last["due"])
        yield _Event(name, due, summary, words, CANCELLED, last["channel"], last["language"])


def _remembered(one: _Event, last: Mapping[str, Any] | None, now: datetime) -> Mapping[str, Any]:
    """What to keep of an event: as it was where nothing changed, one sequence on where something did."""
    if last is not None and last["digest"] == one.digest:
        return last
    return {
        "digest": one.digest,
        "sequence": 0 if last is None else int(last["sequence"]) + 1,
        "modified": now.astimezone(UTC).replace(microsecond=0).isoformat(),
        "due": one.due.isoformat(),
        "summary": one.summary,
        "channel": one.channel,
        "language": one.language,
    }


def _file(campaign: Campaign, events: Iterable[_Event], kept: Kept) -> bytes:
    from icalendar import Calendar as File

    file = File()
    file.add("prodid", "-//awareness-scheduler//plan//EN")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("x-wr-calname", f"{campaign.name} {campaign.year}")
    file.add("x-wr-timezone", campaign.timezone.key)
    for one in events:
        file.add_component(_component(one, kept[one.uid]))
    return bytes(file.to_ical())


def _component(one: _Event, kept: Mapping[str, Any]) -> Any:
    from icalendar import Event

    event, modified = Event(), datetime.fromisoformat(kept["modified"])
    event.add("uid", one.uid)
    event.add("dtstamp", modified)
    event.add("last-modified", modified)
    event.add("sequence", kept["sequence"])
    event.add("dtstart", one.due.astimezone(UTC))
    event.add("dtend", (one.due + LASTS).astimezone(UTC))
    event.add("summary", one.summary)
    event.add("description", one.text)
    event.add("status", one.status)
    event.add("transp", "TRANSPARENT")
    event.add("categories", [one.channel, *filter(None, (one.kind,)), one.language])
    if one.url:
        event.add("url", one.url)
    for address in one.pictures:
        event.add("attach", address)
    return event


def reminder(made: Preparation, one: Delivery, words: str, now: datetime) -> bytes:
    """A calendar of one event with an alarm a quarter of an hour before and one at its time."""
    from icalendar import Alarm, Event
    from icalendar import Calendar as File

    file, event = File(), Event()
    file.add("prodid", "-//awareness-scheduler//reminder//EN")
    file.add("version", "2.0")
    title = f"Post by hand: {one.post} on {one.channel}"
    event.add("uid", f"by-hand-{uid(made.config.campaign, one.key)}")
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", one.due.astimezone(UTC))
    event.add("dtend", (one.due + LASTS).astimezone(UTC))
    event.add("summary", title)
    event.add("description", words)
    for before in (LASTS, timedelta(0)):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    file.add_component(event)
    return bytes(file.to_ical())
