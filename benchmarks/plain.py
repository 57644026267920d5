"""A campaign of any size for benchmarks: channels on a plain HTTP platform, a store filled with deliveries.

The platform makes one request for a text, as the rivals beside it do: what differs is the scheduler alone.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from scheduler.model import (
    Channel,
    Delivery,
    Image,
    Limits,
    Measure,
    Message,
    MessagePart,
    Mode,
    Receipt,
    State,
    key_of,
)
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Files,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Answer, Caller, NoConnection
from scheduler.service.opening import MACHINE, Campaigning, open_campaign
from scheduler.store import Store, schema
from scheduler.store.sync import fresh_row

GRACE = timedelta(hours=2)
CHUNK = 10_000
WORDS = (
    "The water came at night, over the dike and through the streets, and took those who slept. Name {number} "
    "of those we remember, and whose families still wait for an answer. #HarbourFlood https://flood.example/"
)
PICTURE = bytes(range(256)) * 400
"""100 kB, which the network takes for an image."""

CONFIG = """\
campaign: {{name: Harbour Flood, anniversary: 1962-02-17, year: {year}, timezone: Europe/Berlin,
  languages: [en], daily_limit: 100000}}
approvals: {{default: 0}}
channels:
"""


class Plain:
    """One channel on the loopback network. Its listing is complete, so what is unknown can be looked for."""

    name = "plain"
    limits = Limits((Measure(len, 500),))
    recovery = Recovery.PROBE

    def __init__(self, channel: str, url: str, files: Files, lead: timedelta) -> None:
        self._channel, self._files, self.lead = channel, files, lead
        self._caller = Caller(channel, url, token="benchmark")

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        images = [image.sha256 for image in message.parts[part].images]
        return {"status": message.parts[part].text, "media": images}

    def account(self) -> Account | Refused:
        answer = self._caller.call("GET", "/account")
        if not isinstance(answer, Answer):
            return Refused(Refusal.TRANSIENT, answer.reason)
        return Account(f"account-{self._channel}", self._channel, date=answer.date)

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        for image in message.parts[part].images:
            upload = {"file": ("image", self._files(image.sha256), image.media_type)}
            answer = self._caller.call("POST", "/media", files=upload)
            if not isinstance(answer, Answer) or not answer.ok:
                return Refused(Refusal.TRANSIENT, "the image could not be uploaded")
        request = {**self.payload(message, part), "key": key}
        return Prepared(request, baseline="", account=f"account-{self._channel}", key=key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        answer = self._caller.call("POST", "/posts", json=prepared.request)
        if isinstance(answer, NoConnection):
            return Refused(Refusal.TRANSIENT, answer.reason)
        if not isinstance(answer, Answer) or not answer.ok:
            return Unknown("the answer does not say")
        return Sent(Receipt(answer.fields["id"], answer.fields["url"]))

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        answer = self._caller.call("GET", "/log")
        if not isinstance(answer, Answer):
            return CannotTell(answer.reason)
        keys = [key for key, _ in answer.fields["posts"]]
        if prepared.key not in keys:
            return Absent()
        number = str(keys.index(prepared.key) + 1)
        return Found(Receipt(number, f"http://loopback/{number}"))

    def already_out(self, messages: Sequence[Message], since: datetime) -> Mapping[str, str] | Refused:
        return {}

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        return ()

    def delete(self, receipt: Receipt) -> Refused | None:
        return None


@dataclass(frozen=True)
class Fixed(Campaigning):
    """A campaign of which the rows in the store are the whole plan; its channels connect to the network."""

    lead: timedelta = timedelta(0)

    def connect(self, channel: Channel, store: Store) -> Plain:
        assert channel.base_url is not None
        return Plain(channel.name, channel.base_url, store.file, self.lead)


def names(channels: int) -> list[str]:
    return [f"c-{number:03}" for number in range(channels)]


def campaign(folder: Path, url: str, channels: int) -> Path:
    """A campaign's folder with so many live channels and no posts; answers its config.yaml."""
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    lines = (
        f"  {name}: {{platform: mastodon, language: en, base_url: '{url}', live: true}}\n"
        for name in names(channels)
    )
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(year=datetime.now(UTC).year) + "".join(lines), encoding="utf-8")
    return config


def opened(folder: Path, lead: timedelta = timedelta(0)) -> Fixed:
    """The campaign of a folder; `lead` is how long before due its platform may prepare."""
    config = folder / "config.yaml"
    # The secrets are only looked at for being there.
    environ = {f"C_{number:03}_ACCESS_TOKEN": "benchmark" for number in range(1000)}
    # Several on one machine play several machines.
    if name := os.environ.get(MACHINE):
        environ[MACHINE] = name
    known = open_campaign(config, environ=environ)
    return Fixed(**{field.name: getattr(known, field.name) for field in fields(known)}, lead=lead)


def picture() -> tuple[str, Image]:
    """The SHA-256 of the picture's bytes, and the image a message names."""
    name = sha256(PICTURE).hexdigest()
    return name, Image(name, "A street under water.", "image/jpeg", 1080, 1350, len(PICTURE))


def delivery(number: int, channel: str, due: datetime, *, image: bool = False, post: str = "p") -> Delivery:
    key = key_of(due.year, f"{post}-{number}", channel)
    part = MessagePart(WORDS.format(number=number) + str(number), (picture()[1],) if image else ())
    return Delivery(
        key=key,
        post=f"{post}-{number}",
        channel=channel,
        kind="text",
        due=due,
        expires=due + GRACE,
        day=due.date().isoformat(),
        message=Message(key, "en", (part,)),
    )


def queued(count: int, channels: int, first: datetime, *, over: timedelta) -> Iterator[Delivery]:
    """So many deliveries, spread evenly over the channels and the time from `first` on."""
    known, every = names(channels), over / max(1, count)
    for number in range(count):
        yield delivery(number, known[number % channels], first + number * every, post="queued")


def fill(store: Store, planned: Iterable[Delivery], now: datetime) -> None:
    """Rows as `Store.sync` writes them; by the thousand, since a plan of a million fits no memory at once."""
    rest = iter(planned)
    while chunk := list(islice(rest, CHUNK)):
        with store.transaction() as connection:
            connection.execute(schema.deliveries.insert(), [fresh_row(Mode.LIVE, one, now) for one in chunk])


def keep_picture(store: Store) -> None:
    name, _ = picture()
    with store.transaction() as connection:
        connection.execute(schema.files.insert().values(sha256=name, bytes=PICTURE))


def past(store: Store, count: int, channels: int, now: datetime) -> None:
    """What such a campaign has behind it: deliveries published in the last weeks, each with its attempt."""
    days = timedelta(days=30)
    known = names(channels)
    for start in range(0, count, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, count)):
            due = now - days + number * (days / (count + 1))
            one = delivery(number, known[number % channels], due, post="past")
            done = {"state": State.PUBLISHED, "begun_at": due, "out_at": due, "attempt": 1, "tries": 1}
            rows.append({**fresh_row(Mode.LIVE, one, now), **done})
        _insert_past(store, rows)


def _insert_past(store: Store, rows: list[dict[str, Any]]) -> None:
    with store.transaction() as connection:
        connection.execute(schema.deliveries.insert(), rows)
        query = schema.deliveries.select().where(
            schema.deliveries.c.mode == Mode.LIVE, schema.deliveries.c.key.in_([row["key"] for row in rows])
        )
        begun = [
            {
                "delivery": row.id,
                "channel": row.channel,
                "mode": row.mode,
                "year": row.year,
                "n": 1,
                "part": 0,
                "at": row.out_at,
                "event": "begun",
                "detail": "",
                "owner": "",
                "request": {},
                "cost": 0,
            }
            for row in connection.execute(query)
        ]
        connection.execute(schema.attempts.insert(), begun)
