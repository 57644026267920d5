"""What the accounts are, and whether they will carry the campaign: asked once each, told in plain words."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from scheduler import platforms
from scheduler.config import accounts as kept
from scheduler.errors import SchedulerError
from scheduler.model import Channel, Delivery
from scheduler.platforms import oauth
from scheduler.platforms.base import Account, Refusal, Refused, variable
from scheduler.prepare import Preparation
from scheduler.preview.shown import price
from scheduler.service.as_json import utc
from scheduler.service.opening import Campaigning

SAYS_SO = ("automat", "bot", "scheduled", "planner", "avtomat")
"""Words by which a profile tells that a program posts there."""


@dataclass(frozen=True)
class Report:
    """One channel. `needs` are sentences on what a person must do, `advice` on what they could do better."""

    channel: Channel
    account: Account | None = None
    missing: tuple[str, ...] = ()
    posts: int = 0
    cost: Decimal | None = None
    needs: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        account = self.account
        return {
            "channel": self.channel.name,
            "platform": self.channel.platform,
            "live": self.channel.live,
            "by_hand": self.channel.by_hand,
            "ok": not self.needs,
            "account": _account_json(account) if account is not None else None,
            "missing_variables": list(self.missing),
            "planned": self.posts,
            "cost": str(self.cost) if self.cost is not None else None,
            "needs": list(self.needs),
            "advice": list(self.advice),
        }


def _account_json(account: Account) -> dict[str, Any]:
    allowance = account.allowance
    return {
        "id": account.id,
        "handle": account.handle,
        "url": account.url,
        "expires": utc(account.expires_at) if account.expires_at else None,
        "permissions": list(account.permissions),
        "not_told": list(account.untold),
        "missing_permissions": list(account.missing),
        "allowance": None
        if allowance is None
        else {
            "used": allowance.used,
            "allowed": allowance.allowed,
            "seconds": int(allowance.period.total_seconds()),
        },
        "limits": dict(account.limits),
        "automated": account.automated,
    }


def look(campaigning: Campaigning, now: datetime) -> tuple[Report, ...]:
    """Ask every channel that has credentials once, keep what was learned, and compare it with the plan.

    Raises StoreError where it cannot be kept.
    """
    channels = campaigning.config.channels
    asked = ask(campaigning, [one for one in channels.values() if not one.by_hand])
    # First, so that the plan is judged by what the servers have just said.
    keep(campaigning, {name: one for name, one in asked.items() if isinstance(one, Account)}, now)
    made = campaigning.prepare(now)
    return tuple(
        _report(campaigning, made, channel, asked.get(name), now) for name, channel in channels.items()
    )


def ask(campaigning: Campaigning, channels: Iterable[Channel]) -> Mapping[str, Account | Refused | None]:
    """What the platforms say of the channels' accounts, side by side; None where credentials are missing."""
    asked, answers = _asker(campaigning), {}

    def asking(channel: Channel) -> None:
        answers[channel.name] = asked(channel)

    # Daemons: whoever stops meanwhile is not kept by a platform that hangs.
    threads = [threading.Thread(target=asking, args=(one,), daemon=True) for one in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def keep(campaigning: Campaigning, found: Mapping[str, Account], now: datetime) -> None:
    """Write down what accounts say of themselves, by channel; texts are fitted to their limits from then on.

    Raises StoreError.
    """
    channels = campaigning.config.channels
    if found:
        kept.keep(
            campaigning.config.data, {name: _seen(channels[name], one, now) for name, one in found.items()}
        )


def _asker(campaigning: Campaigning) -> Callable[[Channel], Account | Refused | None]:
    def ask(channel: Channel) -> Account | Refused | None:
        """None where there are no credentials to ask with."""
        if not campaigning.credentials(channel):
            return None
        try:
            return campaigning.introduce(channel).account()
        except SchedulerError as error:
            return Refused(Refusal.AUTH, str(error))
        except Exception as error:
            # Our own bug on one channel must not hide the others; its text might hold a secret.
            return Refused(Refusal.TRANSIENT, f"asking it failed unexpectedly ({type(error).__name__})")

    return ask


def _seen(channel: Channel, account: Account, now: datetime) -> kept.Seen:
    return kept.Seen(
        channel.platform, channel.base_url, account.id, account.handle, now, dict(account.limits)
    )


def _report(
    campaigning: Campaigning,
    made: Preparation,
    channel: Channel,
    asked: Account | Refused | None,
    now: datetime,
) -> Report:
    planned = sorted((one for one in made.deliveries if one.channel == channel.name), key=lambda one: one.due)
    if channel.by_hand:
        # Nothing of ours logs in there, and no program's price is paid.
        return Report(channel, posts=len(planned))
    report = Report(channel, posts=len(planned), cost=_cost(campaigning, channel, planned))
    over = tuple(_over_cap(channel, report.cost))
    if asked is None:
        return _without(campaigning, replace(report, needs=over))
    if isinstance(asked, Refused):
        return replace(report, needs=(_first_letter(asked.message), *over))
    end = _end(made, planned)
    needs = (
        *_permissions(asked),
        *_token(channel, asked, end),
        *_allowance(asked, planned, now),
        *asked.troubles,
        *over,
    )
    advice = (
        *_lesser(asked),
        *_renewed(channel, asked, end),
        *_end_unknown(channel, asked),
        *_version(channel, end),
        *_looking(channel, planned),
        *_profile(campaigning, asked),
    )
    return replace(report, account=asked, needs=needs, advice=advice)


def _first_letter(words: str) -> str:
    return words[:1].upper() + words[1:]


def _without(campaigning: Campaigning, report: Report) -> Report:
    channel = report.channel
    missing = platforms.missing_secrets(channel, campaigning.environ)
    words = (
        f"No credentials: {', '.join(missing)} must stand in .env. "
        f"Step by step: python run.py accounts connect {channel.name}"
    )
    if channel.live:
        return replace(report, missing=missing, needs=(words, *report.needs))
    return replace(report, missing=missing, advice=(words,))


# -- against the plan


def _end(made: Preparation, planned: Sequence[Delivery]) -> datetime:
    """The campaign's end: the day itself, or a later post of this channel."""
    campaign = made.config.campaign
    day = datetime.combine(campaign.day, time.max, campaign.timezone)
    return max([day, *(one.due for one in planned)])


def _permissions(account: Account) -> Iterator[str]:
    if account.missing:
        lacking = ", ".join(account.missing)
        yield f"The credentials lack {lacking}: give the app that permission, then make a new token"


def _lesser(account: Account) -> Iterator[str]:
    """Not needed for publishing, so for a person to choose."""
    for permission, use in account.lesser.items():
        yield f"The credentials lack {permission}, which {use} needs: posts go out without it"


def _is_renewed(channel: Channel) -> bool:
    way = platforms.kinds()[channel.platform].oauth
    return way is not None and way.renews and oauth.applies(way, channel)


def _token(channel: Channel, account: Account, end: datetime) -> Iterator[str]:
    until = account.expires_at
    if until is not None and until < end and not _is_renewed(channel):
        yield (
            f"The credentials end on {_day(until, channel)}, before the campaign does "
            f"({_day(end, channel)}): make new ones in time: python run.py accounts connect {channel.name}"
        )


def _renewed(channel: Channel, account: Account, end: datetime) -> Iterator[str]:
    until = account.expires_at
    if until is not None and until < end and _is_renewed(channel):
        yield (
            f"The credentials end on {_day(until, channel)}, and are renewed by `run` before that, "
            "if it runs at least once a week"
        )


def _end_unknown(channel: Channel, account: Account) -> Iterator[str]:
    """Where config has a place for it; elsewhere nobody can do anything about it."""
    if "expires" in account.untold and channel.options.get("token_until", "") is None:
        app = " and ".join(variable(channel.name, name) for name in ("CLIENT_ID", "CLIENT_SECRET"))
        yield (
            "Until when the credentials are good is not told: write the last day down as "
            f"channels.{channel.name}.token_until, or put the app's {app} into .env, and it is asked"
        )


def _version(channel: Channel, end: datetime) -> Iterator[str]:
    """Where the platform ends versions of its interface while a campaign is on its way."""
    lives = getattr(platforms.kinds()[channel.platform].module, "VERSION_LIVES", None)
    version = str(channel.options.get("version") or "")
    if lives is None or not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version):
        return
    until = datetime(int(version[:4]), int(version[4:]), 1, tzinfo=UTC) + lives
    if until < end:
        yield (
            f"Version {version} of {channel.platform}'s interface ends about {until:%B %Y}, before the "
            f"campaign does ({_day(end, channel)}): write a newer one, in quotes, under "
            f"channels.{channel.name}.version"
        )


def may(account: Account) -> str:
    """What the credentials may do, for a person."""
    return f"may: {', '.join(account.permissions) or 'not told by the platform'}"


def good_until(account: Account) -> str:
    """Until when the credentials are good, for a person."""
    if account.expires_at is not None:
        return f"credentials good until {account.expires_at:%d %B %Y}"
    return f"credentials good until: {'they have no end' if account.endless else 'not told by the platform'}"


def _day(moment: datetime, channel: Channel) -> str:
    there = moment.astimezone(channel.timezone)
    return f"{there.day} {there:%B %Y}"


def _allowance(account: Account, planned: Sequence[Delivery], now: datetime) -> Iterator[str]:
    """A thread's parts count each."""
    allowance = account.allowance
    if allowance is None or allowance.allowed <= 0:
        return
    most, first = busiest([(one.due, len(one.message.parts)) for one in planned], allowance.period)
    span = span_of(allowance.period)
    if first is not None and most > allowance.allowed:
        yield (
            f"{most} posts are planned within {span} from {first:%d %B %H:%M} UTC, and the account may "
            f"publish {allowance.allowed}: move some"
        )
        return
    soon = sum(len(one.message.parts) for one in planned if now <= one.due < now + allowance.period)
    if soon and allowance.used + soon > allowance.allowed:
        yield (
            f"The account has used {allowance.used} of its {allowance.allowed} posts in {span}, and {soon} "
            "are planned in the next: somebody else posts there too, or move some"
        )


def busiest(posts: Sequence[tuple[datetime, int]], period: timedelta) -> tuple[int, datetime | None]:
    """The most that any stretch of the period holds, and when the first of these begins.

    `posts` are in order of time, each with how much it counts.
    """
    most: tuple[int, datetime | None] = (0, None)
    start, total = 0, 0
    for due, count in posts:
        total += count
        while due - posts[start][0] >= period:
            total -= posts[start][1]
            start += 1
        if total > most[0]:
            most = (total, posts[start][0])
    return most


def span_of(period: timedelta) -> str:
    hours = period.total_seconds() / 3600
    return f"{hours:g} hours" if hours != 1 else "an hour"


def _cost(campaigning: Campaigning, channel: Channel, planned: Sequence[Delivery]) -> Decimal | None:
    """US dollars for the whole year's posts; None where posting costs nothing."""
    cost = campaigning.config.limits(channel.name).cost
    if cost is None:
        return None
    parts = (part for one in planned for part in one.message.parts)
    return sum((cost(part.text, len(part.images)) for part in parts), Decimal(0))


def _looking(channel: Channel, planned: Sequence[Delivery]) -> Iterator[str]:
    """Where reading is billed too: the year's cost and `spend_cap` count what is published alone."""
    looking = getattr(platforms.kinds()[channel.platform].module, "LOOKING_COST", None)
    if looking is not None and planned:
        least, most = looking(sum(len(one.message.parts) for one in planned))
        yield (
            f"Besides, looking at the account's own posts before each of these costs up to {price(least)} "
            f"where the app belongs to the account, {price(most)} where it does not; spend_cap does not "
            "count it, so leave room for it in the platform's own spending limit"
        )


def _over_cap(channel: Channel, cost: Decimal | None) -> Iterator[str]:
    if cost is not None and channel.spend_cap is not None and cost > channel.spend_cap:
        yield (
            f"The year's posts cost {price(cost)}, and channels.{channel.name}.spend_cap is "
            f"{price(channel.spend_cap)}: the last ones would stay; raise it, or leave links out"
        )


# -- the profile


def _profile(campaigning: Campaigning, account: Account) -> Iterator[str]:
    """Only where the platform shows it to a program."""
    campaign = campaigning.config.campaign.name
    told = account.profile
    if told is not None and _plain(campaign) not in _plain(f"{told} {account.handle}"):
        yield f"The profile does not name the campaign; it could say: “{campaign}”"
    if account.automated is False:
        yield "The account is not marked as automated; the platform asks for that mark"
    elif account.automated is None and told is not None and not _says_so(told):
        yield "The profile could add: “Posts are scheduled by a program and answered for by (your name).”"


def _says_so(profile: str) -> bool:
    return any(word in profile.casefold() for word in SAYS_SO)


def _plain(words: str) -> str:
    """A name stands in a profile with other spaces, or as a hashtag."""
    return "".join(sign for sign in words.casefold() if sign.isalnum())


def in_need(reports: Sequence[Report]) -> bool:
    """Whether a person must act on any of them."""
    return any(report.needs for report in reports)
