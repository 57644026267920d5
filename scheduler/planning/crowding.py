"""Fixed times that stand closer or thicker than the channel's rules; they are never moved, only reported."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduler.model import Campaign, Channel, Post, Severity
from scheduler.planning.notes import Note
from scheduler.planning.slots import daily_limit

Fixed = tuple[datetime, Post]


def over_limit(campaign: Campaign, channel: Channel, fixed: Sequence[Fixed]) -> Iterator[tuple[Fixed, Note]]:
    """The fixed posts of a campaign day beyond its limit: the latest of the day."""
    days: dict[date, list[Fixed]] = {}
    for entry in fixed:
        days.setdefault(entry[0].astimezone(campaign.timezone).date(), []).append(entry)
    for day, entries in days.items():
        limit = daily_limit(campaign, channel, day)
        note = Note(
            Severity.WARNING,
            "planning.limit",
            f"{day.isoformat()} has {len(entries)} posts with a time of their own where the daily limit is "
            f"{limit}; they go out all the same: move one, or raise daily_limit",
            cause=day.isoformat(),
        )
        yield from ((entry, note) for entry in entries[limit:])


def too_near(channel: Channel, fixed: Sequence[Fixed]) -> Iterator[tuple[Fixed, Note]]:
    """The fixed posts nearer to the one before than `min_gap`."""
    for (earlier, before), (due, post) in pairwise(fixed):
        if due - earlier < channel.min_gap:
            words = (
                f'it comes {lasting(due - earlier)} after "{before.id}" where min_gap is '
                f"{lasting(channel.min_gap)}; it goes out all the same: move one of them"
            )
            yield (due, post), Note(Severity.WARNING, "planning.gap", words)


def lasting(duration: timedelta) -> str:
    """As config.yaml writes durations: "2h", "90m", "45s"."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
