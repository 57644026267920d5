"""What commands take: options they share, the campaign, moments, people and deliveries."""

from __future__ import annotations

import getpass
import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from scheduler.cli.output import few, now
from scheduler.content import times
from scheduler.errors import InputError
from scheduler.model import Mode, State, When
from scheduler.planning import when as clocks
from scheduler.service import Campaigning, open_campaign

if TYPE_CHECKING:
    from scheduler.store import Status, Store

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
AS_OF = click.option(
    "--as-of", "as_of", metavar="DATE", help="Look as if it were this day (2027-02-01, D-3) or moment."
)
DRY = click.option("--dry", is_flag=True, help="The dry run instead of live.")
WHO = click.option("--as", "who", default=None, metavar="NAME", help="Your name, for the record.")

NOTHING_YET = "Nothing recorded yet: neither `run` nor `publish` has been started here."
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|D(\s*[+-]\d{1,3})?")


def mode_of(dry: bool) -> Mode:
    return Mode.DRY if dry else Mode.LIVE


def opened(ctx: click.Context) -> Campaigning:
    """The campaign the command line named."""
    return open_campaign(ctx.obj["config"], ctx.obj["data"])


def moment(words: str, campaigning: Campaigning, option: str) -> datetime:
    """The UTC moment of `2027-02-01 10:00`, `D-1 10:00` or a day alone, in the campaign's zone; or with an
    offset. Raises InputError naming the option.
    """
    try:
        return _moment(words.strip(), campaigning)
    except (ValueError, OverflowError) as error:
        why = str(error) if isinstance(error, ValueError) else "the day is outside the calendar"
        raise InputError(f"{option} {words}: {why}") from None


def _moment(words: str, campaigning: Campaigning) -> datetime:
    given = _with_offset(words)
    if given is not None:
        return given
    campaign = campaigning.config.campaign
    asked = times.when(f"{words} 00:00" if _DAY.fullmatch(words) else words.replace("T", " "))
    if asked.at is None or asked.local:
        raise ValueError("name a day and a time in the campaign's zone, such as D-1 10:00")
    day = _day(asked, campaigning)
    if day.year not in clocks.YEARS:
        raise ValueError("the day is outside the calendar")
    found = clocks.utc(day, asked.at, campaign.timezone)
    if found is None:
        raise ValueError(f"does not exist in {campaign.timezone.key}: the clocks go forward over it")
    return found


def _with_offset(words: str) -> datetime | None:
    """A moment that says where it is: 2027-02-01T10:00Z, 2027-02-01T10:00+04:00."""
    try:
        given = datetime.fromisoformat(words)
    except ValueError:
        return None
    return given.astimezone(UTC) if given.tzinfo else None


def _day(asked: When, campaigning: Campaigning) -> date:
    campaign = campaigning.config.campaign
    return asked.day if asked.day is not None else campaign.date_of(asked.days or 0)


def day_or_now(words: str | None, campaigning: Campaigning) -> datetime:
    """`--as-of`, or now."""
    return moment(words, campaigning, "--as-of") if words else now()


def user() -> str:
    """The system's name for whoever sits here."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def person(who: str | None) -> str:
    """The name given with --as and the system user beside it: asserted, not proven."""
    return f"{who} ({user()})" if who else f"{user()} (system user)"


def recorded(campaigning: Campaigning, mode: Mode) -> Store:
    """The store, where there is one already. Raises InputError where nothing was recorded yet."""
    if not campaigning.has_store:
        raise InputError(NOTHING_YET)
    return campaigning.store(mode)


def find(store: Store, words: str, states: Collection[State] | None = None) -> list[Status]:
    """Deliveries named by key (2027/figures/x-en), or a post's (figures): those of it in one of `states`.

    A delivery named by its key is given back in any state: the store says what cannot be done with it.
    Raises InputError.
    """
    statuses = store.statuses(now())
    if by_key := [one for one in statuses if one.key == words]:
        return by_key
    by_post = [one for one in statuses if one.post == words]
    if not by_post:
        raise InputError(f"“{words}” has no delivery here ({store.mode}). {_hint(words, statuses)}")
    fit = [one for one in by_post if states is None or one.state in states]
    if not fit:
        stands = few(f"{one.channel} {one.state}" for one in by_post)
        wanted = ", ".join(sorted(states or ()))
        raise InputError(f"{words}: none of its deliveries is {wanted}; they are: {stands}")
    return fit


def _hint(words: str, statuses: Collection[Status]) -> str:
    posts = sorted({one.post for one in statuses})
    near = get_close_matches(words, [*posts, *(one.key for one in statuses)], 1)
    if near:
        return f"Did you mean {near[0]}?"
    there = f"There is: {few(posts)}." if posts else "Nothing is recorded in this mode yet."
    return f"{there} `plan` says where a post of posts/ stands; `--dry` asks about the dry run."
