"""The campaign's quiet windows as UTC moments, and which of them binds a post."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from scheduler.model import Campaign, Quiet
from scheduler.planning.when import bound, clock

Window = tuple[datetime, datetime, Quiet]


def window(campaign: Campaign, quiet: Quiet) -> tuple[datetime, datetime]:
    """[start, end) in UTC. A bound without a time is the whole day, so D+1 .. D+2 ends at D+3 00:00.

    Where the clocks change over a bound with a time, the window is the longer of the two it could be.
    """
    zone = campaign.timezone
    first, last = campaign.date_of(quiet.start.days), campaign.date_of(quiet.end.days)
    start = min(bound(first, at, zone) for at in _folds(quiet.start.at))
    if quiet.end.at is None:
        return start, bound(last + timedelta(days=1), None, zone)
    return start, max(bound(last, at, zone) for at in _folds(quiet.end.at))


def _folds(at: time | None) -> tuple[time | None, ...]:
    return (None,) if at is None else (at.replace(fold=0), at.replace(fold=1))


def windows(campaign: Campaign) -> tuple[Window, ...]:
    """All of them, worked out once for many questions."""
    return tuple((*window(campaign, quiet), quiet) for quiet in campaign.quiet)


def binding(campaign: Campaign, moment: datetime, exempt_whole_days: bool) -> Quiet | None:
    """The quiet window that forbids this moment, or None.

    `exempt_whole_days` is for corrections and urgent posts: only windows with clock times bind them.
    """
    return among(windows(campaign), moment, exempt_whole_days)


def among(known: Iterable[Window], moment: datetime, exempt_whole_days: bool) -> Quiet | None:
    """`binding`, for windows already worked out."""
    for start, end, quiet in known:
        if start <= moment < end and not (exempt_whole_days and quiet.whole_days):
            return quiet
    return None


def words(quiet: Quiet) -> str:
    """As config.yaml writes it: "D 16:55 .. D 17:05"."""
    return quiet.words or " .. ".join(
        _day(edge.days) + (f" {clock(edge.at)}" if edge.at is not None else "")
        for edge in (quiet.start, quiet.end)
    )


def _day(days: int) -> str:
    return f"D{days:+}" if days else "D"
