"""From the times people write to aware UTC moments, and back to the campaign's calendar days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.errors import PlanError
from scheduler.model import Campaign, Channel, Post, When

YEARS = range(1900, 9000)
"""Years a post may name; beyond them dates can no longer be moved between zones."""


def moment(when: When, campaign: Campaign, channel: Channel) -> datetime:
    """The UTC moment of a fixed time: in the campaign's zone, or the channel's where the post says `local`.

    On the night the clocks go back the first of the two is meant. Raises PlanError for a time that the
    clocks skip, and for a day outside the calendar.
    """
    if when.at is None:
        raise PlanError("a post on the next free slot has no time of its own")
    zone = channel.timezone if when.local else campaign.timezone
    day = _day(when, campaign)
    found = utc(day, when.at, zone)
    if found is None:
        raise PlanError(
            f"{day.isoformat()} {clock(when.at)} does not exist in {zone.key}: "
            "the clocks go forward over it; choose a time before or after"
        )
    return found


def utc(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC moment of a local clock time: the first of two; None for one that the clocks skip."""
    local = datetime.combine(day, at.replace(fold=0), zone)
    found = local.astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def bound(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    """The UTC moment of a window's edge, which always exists, also where the clocks skip it.

    `at` None is the first moment of the day.
    """
    return datetime.combine(day, at or time(), zone).astimezone(UTC)


def expires(campaign: Campaign, due: datetime, grace: timedelta) -> datetime:
    """Until when a delivery may still go out: due + grace, but never into the campaign's next day."""
    tomorrow = due.astimezone(campaign.timezone).date() + timedelta(days=1)
    return min(due + grace, bound(tomorrow, None, campaign.timezone))


def grace(post: Post, channel: Channel, campaign: Campaign) -> timedelta:
    """How late it may go out: the post's own, else the channel's, else the campaign's."""
    for own in (post.grace, channel.grace):
        if own is not None:
            return own
    return campaign.grace


def local_day(campaign: Campaign, moment: datetime) -> str:
    """The campaign's calendar day of a moment, ISO: "2027-02-26"."""
    return moment.astimezone(campaign.timezone).date().isoformat()


def words(moment: datetime, zone: ZoneInfo) -> str:
    """ "2027-02-26 16:55 Asia/Baku"."""
    local = moment.astimezone(zone)
    return f"{local.date().isoformat()} {clock(local.time())} {zone.key}"


def clock(at: time) -> str:
    """ "10:00", with the seconds only where there are any."""
    return at.isoformat("seconds" if at.second else "minutes")


def _day(when: When, campaign: Campaign) -> date:
    try:
        day = when.day if when.day is not None else campaign.date_of(when.days or 0)
    except OverflowError:
        day = date.max
    if day.year not in YEARS:
        raise PlanError(
            f"the day is outside the calendar ({YEARS[0]} to {YEARS[-1]}); write D-1 or {campaign.day}"
        )
    return day
