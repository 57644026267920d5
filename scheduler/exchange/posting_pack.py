"""The posting pack: for every post that a person makes by hand a folder with all they need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.exchange import calendar
from scheduler.model import Delivery, Image, Message, MessagePart
from scheduler.prepare import Preparation
from scheduler.store import corrected_here

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True)
class Pack:
    """`files` by name, with / between folders; `folders` names each post's by its key."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)


def pack(
    made: Preparation,
    cleared: Sequence[Delivery],
    waiting: Sequence[tuple[str, Sequence[str]]],
    now: datetime,
    places: Mapping[str, str] | None = None,
) -> Pack:
    """A folder for each of the `cleared` deliveries; `waiting` are keys that get none, with the reasons.

    `places` are the addresses of what is out, by key: a correction is a reply to one of them.
    """
    files: dict[str, bytes] = {}
    folders: dict[str, str] = {}
    for one in cleared:
        folders[one.key] = name = f"{one.channel}/{_folder(made, one)}"
        files |= {f"{name}/{file}": data for file, data in _files(made, one, name, now, places or {})}
    files["LIST.txt"] = _list(made, cleared, waiting, folders).encode()
    return Pack(files, folders)


def _folder(made: Preparation, one: Delivery) -> str:
    """`2027-02-14 1800 Asia-Baku figures`: sorted by time, and without signs that some systems forbid."""
    zone = made.config.campaign.timezone
    there = one.due.astimezone(zone)
    return f"{there:%Y-%m-%d %H%M} {zone.key.replace('/', '-')} {one.post}"


def _files(
    made: Preparation, one: Delivery, folder: str, now: datetime, places: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    several = len(one.message.parts) > 1
    alts = []
    for number, part in enumerate(one.message.parts, 1):
        mark = f" {number}" if several else ""
        yield f"text{mark}.txt", f"{part.text}\n".encode()
        for name, image in _pictures(part, mark):
            yield name, made.files[image.sha256]
            alts.append(f"{name}\n{image.alt}\n")
    if (card := one.message.link_card) is not None:
        yield "link card.txt", f"{card.title}\n\n{card.description}".rstrip().encode() + b"\n"
        if card.image is not None:
            yield f"link card{_ending(card.image)}", made.files[card.image.sha256]
    if alts:
        yield "alt.txt", "\n".join(alts).encode()
    yield "when.txt", ("\n".join(calendar.times(made, one)) + "\n").encode()
    words = "\n".join(_steps(made, one, several, places))
    yield "checklist.txt", f"{words}\n".encode()
    yield "reminder.ics", calendar.reminder(made, one, f"Folder: {folder}\n\n{words}", now)


def _pictures(part: MessagePart, mark: str) -> Iterator[tuple[str, Image]]:
    """Names by part and number: `image.jpg`, or `image 2-1.jpg` where there are several."""
    for number, image in enumerate(part.images, 1):
        count = f"-{number}" if len(part.images) > 1 and mark else f" {number}" * (len(part.images) > 1)
        yield f"image{mark}{count}{_ending(image)}", image


def _ending(image: Image) -> str:
    return _ENDINGS.get(image.media_type, ".jpg")


def _steps(made: Preparation, one: Delivery, several: bool, places: Mapping[str, str]) -> Iterator[str]:
    """What to do, in the order in which it is done."""
    channel, message = made.config.channels[one.channel], one.message
    replies = {"everyone": "", "nobody": "nobody"}.get(message.replies, message.replies)
    yield f"{one.key}"
    yield f"Post at {' = '.join(calendar.times(made, one))}"
    yield f"Not after {one.expires.astimezone(made.config.campaign.timezone):%Y-%m-%d %H:%M} " + (
        made.config.campaign.timezone.key
    )
    yield ""
    yield f"[ ] Ask whether anything has stopped: python run.py why {one.key}"
    yield f"[ ] Open {channel.platform} and see that you are on the account of {channel.name}"
    if message.corrects:
        original = corrected_here(message.corrects, one.channel)
        yield f"[ ] Post it as a reply under what it corrects: {places.get(original, original)}"
    yield from _copying(message, several)
    if message.warning and message.warning not in message.parts[0].text:
        yield f"[ ] Set the content warning: {message.warning}"
    if replies:
        yield f"[ ] Who may reply: {replies}"
    yield "[ ] Look at it once as it stands there: text, pictures, link"
    yield f"[ ] Say where it is: python run.py settle {one.key} --published LINK"


def _copying(message: Message, several: bool) -> Iterator[str]:
    if several:
        further = len(message.parts) - 1
        yield f"[ ] Copy text 1.txt; the {further} further texts go under it as replies, in order"
    else:
        yield "[ ] Copy text.txt, whole and unchanged"
    if any(part.images for part in message.parts):
        yield "[ ] Add the pictures, in the order of their names, and to each its description from alt.txt"
    yield from _labels(message)
    if message.link_card is not None:
        yield "[ ] The card under the link was approved as in link card.txt: take another one off"


def _labels(message: Message) -> Iterator[str]:
    """What readers are to be told of its pictures."""
    labels = {label for image in message.images for label in image.labels}
    if labels & {"graphic", "mild"}:
        yield "[ ] Mark the pictures as graphic (“sensitive content”), so that they are covered"
    if "ai" in labels:
        yield "[ ] Say that a picture was made by a program (“AI label”, “Made with AI”)"


def _list(
    made: Preparation,
    cleared: Sequence[Delivery],
    waiting: Sequence[tuple[str, Sequence[str]]],
    folders: Mapping[str, str],
) -> str:
    zone = made.config.campaign.timezone
    lines = [f"To be posted by hand, times in {zone.key}:", ""]
    lines += [f"{one.due.astimezone(zone):%Y-%m-%d %H:%M}  {folders[one.key]}" for one in cleared]
    lines += ["Nothing is cleared yet."] if not cleared else []
    if waiting:
        lines += ["", "Not here, because they must not be posted as they stand:", ""]
        lines += [f"{key}: {'; '.join(reasons)}" for key, reasons in waiting]
    return "\n".join(lines) + "\n"
