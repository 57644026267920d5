"""What servers allow, asked anew each day while posts go out: a text that no longer fits is told in time.

Texts were approved as they are, so nothing is fitted again meanwhile: numbers that change what a channel may
show are taken over by a person (`accounts`). What does not fit is refused before it is sent, whoever read
this or not.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler import platforms
from scheduler.config import accounts as kept
from scheduler.model import Channel, Limits
from scheduler.platforms import sizes
from scheduler.platforms.base import Account
from scheduler.service import accounts
from scheduler.service.opening import Campaigning
from scheduler.store import Store

logger = logging.getLogger(__name__)

DAILY = timedelta(days=1)
NAMED = 3
"""Posts named in one notice."""


class LimitsWatch:
    """Looked through every few minutes; asks each server with limits of its own once a day."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[datetime, Limits]] = {}

    def look(self, campaigning: Campaigning, store: Store, now: datetime) -> None:
        """Ask whom it is time to ask, and compare what was told with what is planned. Raises StoreError."""
        mine = filter(campaigning.is_mine, campaigning.config.channels.values())
        channels = [one for one in mine if one.live and has_its_own(one)]
        due = [channel for channel in channels if self._is_due(campaigning, channel, now)]
        answers = accounts.ask(campaigning, due)
        found = {name: one for name, one in answers.items() if isinstance(one, Account)}
        for channel in due:
            if (account := found.get(channel.name)) is not None:
                told = sizes.within(platforms.limits(channel), account.limits)
                self._told[channel.name] = (now, told)
        same = {name: one for name, one in found.items() if self._as_planned(campaigning, name)}
        accounts.keep(campaigning, same, now)
        for channel in channels:
            self._tell(campaigning, store, channel, now)

    def _is_due(self, campaigning: Campaigning, channel: Channel, now: datetime) -> bool:
        """Not where it, or a person by `accounts`, has asked within a day; nor by a clock that was ahead."""
        asked = self._told.get(channel.name)
        seen = kept.read(campaigning.config.data).get(channel.name)
        times = [asked[0]] if asked is not None else []
        times += [seen.at] if seen is not None and seen.is_about(channel) else []
        return not any(timedelta(0) <= now - at < DAILY for at in times)

    def _as_planned(self, campaigning: Campaigning, name: str) -> bool:
        """Whether the server allows exactly what texts and pictures were fitted to."""
        planned = campaigning.config.limits(name)
        return replace(self._told[name][1], card_size=planned.card_size) == planned

    def _tell(self, campaigning: Campaigning, store: Store, channel: Channel, now: datetime) -> None:
        """Once for each set of posts that do not fit; taken back when they do."""
        cause, name = f"limits:{channel.name}", channel.name
        known = name in self._told and not self._as_planned(campaigning, name)
        words = "; ".join(_too_much(store, channel, self._told[name][1], now)) if known else ""
        if words:
            words = (
                f"{name}: its server allows less than it did, and planned posts no longer fit: {words}. "
                "They are refused before they are sent. Take the new limits over with: python run.py "
                "accounts; then shorten what `check` names"
            )
        before = {notice.cause: notice.text for notice in store.notices()}.get(cause, "")
        if words == before:
            return
        if before:
            store.close_notice(cause, now)
        if words:
            logger.warning("%s", words)
            store.notice(cause, None, words, now)


def has_its_own(channel: Channel) -> bool:
    """Whether each server of the platform has limits of its own (Mastodon's API)."""
    return platforms.kinds()[channel.platform].base_url is None


def _too_much(store: Store, channel: Channel, limits: Limits, now: datetime) -> Iterator[str]:
    """What of the channel's coming posts does not fit, a few by name."""
    found = []
    for status in store.statuses(now):
        if status.channel != channel.name or not status.open:
            continue
        problems = (sizes.too_much("it", limits, part) for part in status.message.parts)
        if (refused := next(filter(None, problems), None)) is not None:
            found.append(f"{status.key} ({refused.message})")
    yield from found[:NAMED]
    if len(found) > NAMED:
        yield f"and {len(found) - NAMED} more"
