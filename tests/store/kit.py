"""A small campaign, deliveries by name, and stores on real files."""

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler.model import (
    Approval,
    ApprovalRules,
    Campaign,
    Channel,
    DailyLimit,
    DayTime,
    Delivery,
    Image,
    Message,
    MessagePart,
    Mode,
    Quiet,
)
from scheduler.planning import expires, local_day
from scheduler.platforms.base import Prepared
from scheduler.store import Policy, Store
from scheduler.store.connect import FILE
from tests.postgres import on_a_server

BAKU = ZoneInfo("Asia/Baku")
NOON = datetime(2027, 2, 20, 8, 0, tzinfo=UTC)
"""20 February 2027, 12:00 in Baku (UTC+4 all year)."""

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


def campaign(**changes):
    fields = {
        "name": "Justice for Khojaly",
        "anniversary": date(1992, 2, 26),
        "year": 2027,
        "timezone": BAKU,
        "languages": ("en", "az"),
        "daily_limit": DailyLimit(50),
    }
    return Campaign(**{**fields, **changes})


MINUTE_OF_SILENCE = Quiet(DayTime(0, time(16, 55)), DayTime(0, time(17, 5)))
DAYS_AFTER = Quiet(DayTime(1), DayTime(2))


def channel(name="mastodon-en", **changes):
    fields = {"platform": "scripted", "language": "en", "timezone": BAKU, "live": True}
    return Channel(name, **{**fields, **changes})


def policy(*channels, rules=None, around=None, **more):
    known = channels or (channel(), channel("x-en"))
    return Policy(
        around or campaign(),
        {one.name: one for one in known},
        rules or ApprovalRules(default=0),
        **more,
    )


def delivery(
    post="figures", channel="mastodon-en", due=NOON, *, texts=("Eight words.",), images=(), **changes
):
    key = f"2027/{post}/{channel}"
    parts = tuple(MessagePart(text, tuple(images) if n == 0 else ()) for n, text in enumerate(texts))
    message = Message(key, "en", parts, corrects=changes.pop("corrects", None))
    fields = {
        "kind": "text",
        "due": due,
        "expires": expires(campaign(), due, 2 * HOUR),
        "day": local_day(campaign(), due),
        "message": message,
    }
    return Delivery(key=key, post=post, channel=channel, **{**fields, **changes})


ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of b"abc" (FIPS 180-2, appendix B.1)."""


def image(sha256=ABC):
    return Image(sha256, "a description", "image/jpeg", 1080, 1350, 3)


@cache
def empty():
    """The bytes of a fresh database: made once, not for each of hundreds of tests."""
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder), Mode.LIVE).close()
        return Path(folder, FILE).read_bytes()


def opened(folder, mode=Mode.LIVE, rules=None, **more):
    folder.mkdir(parents=True, exist_ok=True)
    if not on_a_server() and not (folder / FILE).exists():
        (folder / FILE).write_bytes(empty())
    store = Store.open(folder, mode, **more)
    store.policy = rules or policy()
    return store


def prepared(words="x", **more):
    return Prepared({"status": words}, **more)


def approval(made, who="Aynur", **changes):
    fields = {"key": made.key, "digest": made.digest, "role": "approver", "at": NOON, "shown_day": made.day}
    return Approval(who=who, **{**fields, **changes})


def state_of(store, key, now=NOON):
    return next(str(status.state) for status in store.statuses(now) if status.key == key)


def status_of(store, key, now=NOON):
    return next(status for status in store.statuses(now) if status.key == key)
