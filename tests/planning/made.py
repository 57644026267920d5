"""Campaigns, channels and posts to plan with."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import Campaign, Channel, DailyLimit, DayTime, Kind, Post, Quiet, Span, When

BAKU = ZoneInfo("Asia/Baku")  # +04:00 all year since 2016
LONDON = ZoneInfo("Europe/London")

MINUTE = Quiet(DayTime(0, time(16, 55)), DayTime(0, time(17, 5)))
MOURNING = Quiet(DayTime(1), DayTime(2))

NOW = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)


def campaign(**changes):
    given = {
        "name": "Justice for Khojaly",
        "anniversary": date(1992, 2, 26),
        "year": 2027,
        "timezone": BAKU,
        "languages": ("en", "az"),
        "start_days": -30,
        "quiet": (MINUTE, MOURNING),
        "daily_limit": DailyLimit(1, 3),
    }
    return Campaign(**{**given, **changes})


def channel(name="x-en", **changes):
    given = {
        "platform": name.partition("-")[0],
        "language": name.partition("-")[2],
        "timezone": BAKU,
        "slots": (time(10), time(18)),
    }
    return Channel(name, **{**given, **changes})


def channels(*made):
    return {one.name: one for one in made}


def fixed(days=None, at=time(10), **more):
    return When(days=days, at=at, **more)


def post(post_id, when=None, **changes):
    given = {
        "kind": Kind.TEXT,
        "text": {"en": f"Words of {post_id}.", "az": f"{post_id}."},
        "file": "posts/a.yaml",
        "spans": {"": Span("posts/a.yaml", 1, 3), "when": Span("posts/a.yaml", 4, 9)},
    }
    return Post(post_id, when=when or When(), **{**given, **changes})


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def hours(number):
    return timedelta(hours=number)
