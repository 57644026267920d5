"""Reading posts and config again while the service runs, and what people are told about it."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import InputError
from scheduler.model import Channel, Delivery, Finding, Mode
from scheduler.service.opening import ENV, Campaigning, open_campaign
from scheduler.store import Status, Store, SyncReport

if TYPE_CHECKING:
    from scheduler.prepare import Preparation

logger = logging.getLogger(__name__)

Look = Mapping[str, tuple[int, int]]
SHOWN = 8
"""Keys named in one line of the log."""

NEWS = (
    ("inserted", "new"),
    ("changed", "changed"),
    ("cancelled", "gone, so cancelled"),
    ("restored", "back again"),
    ("past", "past when first seen, so not sent (publish sends it on purpose)"),
    ("already_out", "already out under another name, so not sent again"),
    ("edited_after", "edited after it went out"),
)

MISSING_OUT = frozenset({"past", "already_out", "cancelled"})
"""News of posts that will not go out, which somebody may not have meant."""


class Reloader:
    """The campaign as it was last read without an error, and the table kept in line with it.

    `changed` is told the names of channels whose settings or secrets are new, so that they connect anew.
    """

    def __init__(
        self,
        campaigning: Campaigning,
        mode: Mode,
        clock: Callable[[], datetime],
        *,
        accept_removals: bool = False,
        changed: Callable[[str], None] = lambda channel: None,
    ) -> None:
        self.campaigning, self.mode, self.clock, self.changed = campaigning, mode, clock, changed
        self.accept_removals = accept_removals
        self._seen = self._loaded = look(campaigning)

    def rescan(self, store: Store) -> None:
        """Read changed files again when two looks agree: an editor may still be writing."""
        seen, self._seen = self._seen, look(self.campaigning)
        if self._seen == seen and self._seen != self._loaded:
            self._reread(store)
            self._loaded = seen

    def _reread(self, store: Store) -> None:
        before = self.campaigning
        try:
            self.campaigning = open_campaign(before.config.file).with_data(before.config.data)
        except InputError as error:
            logger.error("config.yaml cannot be used, so the last good plan stays: %s", error)
            store.notice("config", None, f"config.yaml cannot be used: {error}", self.clock())
            return
        store.close_notice("config", self.clock())
        for name in _new_connections(before, self.campaigning):
            self.changed(name)
        self.reload(store)

    def reload(self, store: Store) -> SyncReport:
        """PREPARE, and bring the deliveries table in line with it."""
        now = self.clock()
        store.policy = self.campaigning.policy()
        made = self.campaigning.prepare(now, store.slots())
        statuses = store.statuses(now)
        report = store.sync(
            [*made.deliveries, *_without_a_time(made, statuses)],
            made.files,
            now,
            accept_removals=self.accept_removals,
            keep=_unread(made, statuses),
        )
        if not report.refused:
            store.keep_slots({place.key: place.due for place in made.plan.places if place.slot}, "run")
        # The wish was for the posts that are gone now, not for those that may go by mistake next week.
        self.accept_removals = False
        self._tell(store, report, made.errors)
        return report

    def _tell(self, store: Store, report: SyncReport, errors: tuple[Finding, ...]) -> None:
        for name, words in NEWS:
            if keys := getattr(report, name):
                more = f" … and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
                level = logging.WARNING if name in MISSING_OUT else logging.INFO
                logger.log(level, "%d %s: %s%s", len(keys), words, ", ".join(keys[:SHOWN]), more)
        if report.refused:
            logger.error("%s", report.refused)
            store.notice("removals", None, report.refused, self.clock())
        else:
            store.close_notice("removals", self.clock())
        for finding in errors:
            logger.warning("held: %s", finding)


def _without_a_time(made: "Preparation", statuses: tuple[Status, ...]) -> Iterator[Delivery]:
    """Known deliveries whose post has lost its usable time: they keep their row, and an error holds them."""
    unplaced = set(made.plan.unplaced)
    for status in statuses:
        if status.key not in unplaced or not status.open:
            continue
        post = made.posts[status.post]
        words = tuple(
            f"{one.rule}: {one.message}"
            for one in made.errors
            if one.post == status.post and one.channel in (None, status.channel)
        )
        yield Delivery(
            key=status.key,
            post=status.post,
            channel=status.channel,
            kind=status.kind,
            due=status.due,
            expires=status.expires,
            day=status.day,
            message=status.message,
            stops=words or ("planning.no-such-time: the post has no time it could go out",),
            blocked=True,
            errors=True,
            slot=status.slot,
            correction=post.is_correction or post.corrects is not None,
            author=post.author,
        )


def _unread(made: "Preparation", statuses: tuple[Status, ...]) -> list[str]:
    """Keys that are not planned now and yet not gone: without a time, or in a file that does not parse."""
    keys = list(made.plan.unplaced)
    if made.content.broken:
        keys += [status.key for status in statuses if status.post not in made.posts]
    return keys


def _new_connections(before: Campaigning, after: Campaigning) -> Iterator[str]:
    """Channels that would connect otherwise than before."""
    for name, channel in after.config.channels.items():
        known = before.config.channels.get(name)
        if known is None or _connection(before, known) != _connection(after, channel):
            yield name


def _connection(campaigning: Campaigning, channel: Channel) -> tuple[object, ...]:
    # Slots and limits are the plan's; a connection made with them differs in nothing.
    bare = replace(channel, slots=(), daily_limit=None)
    return bare, campaigning.secrets(channel)


def look(campaigning: Campaigning) -> Look:
    """Every file PREPARE reads, with its time of change (ns) and size."""
    config = campaigning.config
    files: list[Path] = [config.file, config.root / ENV]
    for folder in (config.posts, config.root / "assets"):
        for parent, _, names in os.walk(folder):
            files += [Path(parent, name) for name in names if not name.startswith(".")]
    seen: dict[str, tuple[int, int]] = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        seen[str(path)] = (status.st_mtime_ns, status.st_size)
    return seen
