"""The run-up as month tables: which days have posts, which are quiet, which is the anniversary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.model import Campaign
from scheduler.planning import quiet
from scheduler.text import placeholders

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Cell:
    """One day of a month table. `posts` are ids; `anchor` leads to the day where it has any."""

    day: date
    label: str
    offset: str
    posts: tuple[str, ...]
    quiet: bool
    anniversary: bool
    anchor: str


@dataclass(frozen=True)
class Month:
    """`weeks` run Monday to Sunday; None is a day of another month. Weeks far from any post are left out."""

    title: str
    weeks: tuple[tuple[Cell | None, ...], ...]


def months(campaign: Campaign, posts: Mapping[str, tuple[str, ...]]) -> tuple[Month, ...]:
    """`posts` maps a campaign day (ISO) to the posts of that day. Without any there are no months."""
    if not posts:
        return ()
    first = monday(date.fromisoformat(min(posts)))
    last = monday(date.fromisoformat(max(posts))) + timedelta(days=6)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    shown = dict.fromkeys((day.year, day.month) for day in days if _has_posts(day, posts))
    return tuple(_month(campaign, posts, days, year, month) for year, month in shown)


def _has_posts(day: date, posts: Mapping[str, tuple[str, ...]]) -> bool:
    """In its month: a month at the edge that has no post of its own is not drawn."""
    return any(one.startswith(day.isoformat()[:7]) for one in posts)


def _month(
    campaign: Campaign, posts: Mapping[str, tuple[str, ...]], days: list[date], year: int, month: int
) -> Month:
    weeks = []
    for start in days[::7]:
        week = [start + timedelta(days=number) for number in range(7)]
        if any((day.year, day.month) == (year, month) for day in week):
            inside = [(day.year, day.month) == (year, month) for day in week]
            weeks.append(
                tuple(
                    _cell(campaign, day, posts) if here else None
                    for day, here in zip(week, inside, strict=True)
                )
            )
    title = placeholders.long_date(date(year, month, 1), "en").split(" ", 1)[1]
    return Month(title, tuple(weeks))


def _cell(campaign: Campaign, day: date, posts: Mapping[str, tuple[str, ...]]) -> Cell:
    return Cell(
        day,
        f"{WEEKDAYS[day.weekday()]} {placeholders.long_date(day, 'en')}",
        offset(campaign, day),
        posts.get(day.isoformat(), ()),
        _quiet(campaign, day),
        day == campaign.day,
        anchor(day.isoformat()),
    )


def anchor(day: str) -> str:
    return f"day-{day}"


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def offset(campaign: Campaign, day: date) -> str:
    """D-4, D or D+3, as posts write it."""
    days = (day - campaign.day).days
    return f"D{days:+}" if days else "D"


def _quiet(campaign: Campaign, day: date) -> bool:
    """Whether a whole-day window covers the day."""
    return any(
        window.whole_days and campaign.date_of(window.start.days) <= day <= campaign.date_of(window.end.days)
        for window in campaign.quiet
    )


def quiet_hours(campaign: Campaign, day: date) -> tuple[str, ...]:
    """The day's windows with clock times, in words as config.yaml has them."""
    return tuple(
        quiet.words(window)
        for window in campaign.quiet
        if not window.whole_days
        and day in (campaign.date_of(window.start.days), campaign.date_of(window.end.days))
    )
