"""Reading posts and config again while the service runs, and what people are told about it."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.checks.deadlines import BEFORE_DUE
from scheduler.content import hold_file
from scheduler.errors import InputError
from scheduler.model import Channel, Delivery, Finding, Mode, Severity
from scheduler.service import drawn, freezing, recalling
from scheduler.service.freezing import Look
from scheduler.service.opening import ENV, Campaigning, open_campaign
from scheduler.service.stops import Stops
from scheduler.store import Frozen, Hold, Status, Store, SyncReport
from scheduler.store.rows import Policy

if TYPE_CHECKING:
    from scheduler.prepare import Preparation

logger = logging.getLogger(__name__)

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

MISSING_OUT = frozenset({"past", "already_out", "cancelled", "edited_after"})
"""News of words that will not go out, which somebody may not have meant."""


ASK_AGAIN = timedelta(seconds=10)
"""Times to look at a hold again, and posts to be made by hand, come by the clock alone."""

_TODOS = "todos"


@dataclass(frozen=True)
class _Asked:
    """What the store and the folder of the posts said when they were last asked."""

    changes: int
    policy: Policy
    hold: Hold | None
    at: datetime
    is_called: bool

    def still_holds(self, changes: int, policy: Policy, hold: Hold | None, now: datetime) -> bool:
        in_time = self.at <= now < self.at + ASK_AGAIN
        is_same = changes == self.changes and policy is self.policy
        return in_time and is_same and _words(hold) == _words(self.hold)


def _words(hold: Hold | None) -> tuple[str, ...]:
    """What a HOLD file says; that it was seen at another moment is no difference."""
    return () if hold is None else (hold.value, hold.reason, hold.who)


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
        self._taken_over: Look | None = None
        self._frozen = False
        self._stops = Stops(mode)
        self._answers = 0
        self._todo_stops: datetime | None = None
        self._asked: _Asked | None = None
        # A folder that is there now and gone later stops everything; one that never was is another machine's.
        self._has_posts = not campaigning.delivers_only
        self._prepares = self._is_loaded = False

    def rescan(self, store: Store) -> None:
        """Read changed files again when two looks agree: an editor may still be writing; and what two people
        have answered since.
        """
        # Each machine has a folder of its own that may hold everything, also where another one prepares.
        prepares = self.prepares(store)
        is_called = self._ask(store) and prepares
        seen, self._seen = self._seen, look(self.campaigning)
        if self._seen != seen:
            return
        if is_called or self._seen != self._loaded:
            self._asked = None
            self._reread(store)
            self._loaded = seen
        elif self._todo_stops is not None and self.clock() >= self._todo_stops:
            self._asked = None
            self.reload(store)

    def prepares(self, store: Store) -> bool:
        """Whether this machine makes deliveries of the posts: of those that share a database one does."""
        had = self._prepares
        self._prepares = self._has_posts and store.on_duty("prepare")
        if self._prepares and not had and self._is_loaded:
            # Another machine may have read other files before.
            self._loaded, self._asked = {}, None
        return self._prepares

    def _ask(self, store: Store) -> bool:
        """Whether somebody's word in the store asks for the posts to be read again. Where nobody has written
        there, and no HOLD file came or went, the last answer still holds for a while.
        """
        now, policy, changes = self.clock(), store.policy, store.changes()
        hold = policy.hold_files()
        known = self._asked
        if known is None or not known.still_holds(changes, policy, hold, now):
            self._asked = None
            self._stops.attend(store, self.clock())
            is_over = self._frozen and store.frozen() is None
            is_called = is_over or store.answer_count() != self._answers
            known = self._asked = _Asked(changes, policy, hold, now, is_called)
        return known.is_called

    def _reread(self, store: Store) -> None:
        if (frozen := store.frozen()) is None:
            before = self.campaigning
            try:
                self.campaigning = open_campaign(before.config.file).with_data(before.config.data)
            except InputError as error:
                logger.error("config.yaml cannot be used, so the last good plan stays: %s", error)
                store.tell_of_here("config", f"config.yaml cannot be used: {error}", self.clock())
                return
            store.over_here("config", self.clock())
            self._connect_anew(before)
        self.load(store, frozen)

    def _connect_anew(self, before: Campaigning) -> None:
        for name in _new_connections(before, self.campaigning):
            self.changed(name)

    def load(self, store: Store, frozen: Frozen | None = None) -> None:
        """Go by the config as it is now; and where this machine prepares, `reload`."""
        if self.prepares(store):
            self.reload(store, frozen)
        else:
            frozen = frozen or store.frozen()
            if frozen is not None:
                self._freeze(frozen)
            store.policy = self._policy()
        self._is_loaded = True

    def _policy(self) -> Policy:
        return self.campaigning.policy(has_posts=self._has_posts)

    def reload(self, store: Store, frozen: Frozen | None = None) -> SyncReport:
        """PREPARE, and bring the deliveries table in line with it; of a frozen plan the corrections alone."""
        self._stops.attend(store, self.clock())
        frozen = frozen or store.frozen()
        if frozen is not None:
            self._freeze(frozen)
        now = self.clock()
        self._answers = store.answer_count()
        store.policy = self._policy()
        made = self.campaigning.prepare(now, store.slots())
        self._todo_stops = _todo_stops(made, now)
        statuses = store.statuses(now)
        planned = [*made.deliveries, *_without_a_time(made, statuses)]
        keep = _unread(made, statuses)
        # Before anything is taken over, and under a freeze too: a withdrawn consent waits for nobody.
        recalling.recall(store, made, statuses, now, frozen=frozen is not None)
        if frozen is not None:
            report = self._sync_frozen(store, frozen, made, planned, keep, statuses)
        else:
            report = self._sync(store, made, planned, keep)
        if self.mode is Mode.LIVE and not report.refused:
            drawn.remember(store, made.files)
        # The wish was for the posts that are gone now, not for those that may go by mistake next week.
        self.accept_removals = False
        self._tell(store, report, made.errors)
        return report

    def _sync(
        self, store: Store, made: "Preparation", planned: list[Delivery], keep: list[str]
    ) -> SyncReport:
        report = store.sync(
            planned, made.files, self.clock(), accept_removals=self.accept_removals, keep=keep, duty="prepare"
        )
        if not report.refused:
            store.keep_slots({place.key: place.due for place in made.plan.places if place.slot}, "run")
            self._remember_todos(store, freezing.todos(made))
        self._frozen, self._taken_over = False, self._seen
        return report

    @staticmethod
    def _remember_todos(store: Store, todos: freezing.Todos) -> None:
        """A freeze needs them, and may find other files at its next start."""
        written = {post: [list(one) for one in every] for post, every in todos.items()}
        if (store.recall(_TODOS) or {}) != written:
            store.remember(_TODOS, written)

    def _freeze(self, frozen: Frozen) -> None:
        """Under a freeze the config of its beginning counts; secrets are always those of now."""
        before = self.campaigning
        self.campaigning = freezing.campaign_of(frozen, before)
        self._connect_anew(before)

    def _sync_frozen(
        self,
        store: Store,
        frozen: Frozen,
        made: "Preparation",
        planned: list[Delivery],
        keep: list[str],
        statuses: tuple[Status, ...],
    ) -> SyncReport:
        now = self.clock()
        chosen = freezing.select(planned, statuses, keep)
        stays = set(chosen.keep)
        self._stop_frozen(store, made, [one for one in statuses if one.key in stays], now)
        would = freezing.would_be(store, planned, made.files, now, keep)
        report = store.sync(chosen.deliveries, made.files, now, keep=chosen.keep, duty="prepare")
        slots = {place.key: place.due for place in made.plan.places if place.slot}
        taken = {one.key for one in chosen.deliveries}
        store.keep_slots({key: due for key, due in slots.items() if key in taken}, "run")
        self._frozen = True
        if self._taken_over is None:
            # Started under the freeze: what counts is how the files looked when it began.
            self._taken_over = frozen.files
        if files := freezing.changed_files(self._taken_over, self._seen):
            self._tell_frozen(store, freezing.words(frozen, self.campaigning, len(files), would))
        return report

    def _stop_frozen(self, store: Store, made: "Preparation", statuses: list[Status], now: datetime) -> None:
        """What is said waits, but a todo that falls due or a record that is lacking waits for nobody."""
        todos: freezing.Todos = store.recall(_TODOS) or {}
        for key in store.stop(freezing.stopped(made, statuses, todos, now)):
            logger.warning("%s: what stops it is new, also under the freeze", key)
        moments = (self._todo_stops, freezing.next_stop(statuses, todos, now))
        self._todo_stops = min((one for one in moments if one is not None), default=None)

    def _tell_frozen(self, store: Store, words: str) -> None:
        """Once for each change, however often it is looked at."""
        told = {notice.cause: notice.text for notice in store.notices()}
        if told.get("frozen") == words:
            return
        logger.warning("%s", words)
        store.close_notice("frozen", self.clock())
        store.notice("frozen", None, words, self.clock())

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


def _todo_stops(made: "Preparation", now: datetime) -> datetime | None:
    """When a todo stops its post next, by time alone; nobody may touch a file until then."""
    todos = {one.post for one in made.findings if one.severity is Severity.TODO}
    moments = (one.due - BEFORE_DUE for one in made.deliveries if one.post in todos)
    return min((moment for moment in moments if moment > now), default=None)


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
    seen: dict[str, tuple[int, int]] = {}
    for file in (config.file, config.root / ENV):
        with suppress(OSError):
            _note(seen, str(file), file.stat())
    for folder in (config.posts, config.root / "assets"):
        _walk(str(folder), seen)
    return seen


def _walk(folder: str, seen: dict[str, tuple[int, int]]) -> None:
    """Done every few seconds, so by the entries themselves: a folder is read once, each file asked once. What
    goes away meanwhile, or cannot be read, was not seen.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if not entry.is_symlink():
                    _walk(entry.path, seen)
            elif _is_read(entry.name):
                with suppress(OSError):
                    _note(seen, entry.path, entry.stat())


def _note(seen: dict[str, tuple[int, int]], name: str, status: os.stat_result) -> None:
    seen[name] = (status.st_mtime_ns, status.st_size)


def _is_read(name: str) -> bool:
    """Hidden files are editors' own; a HOLD file says nothing about the plan, unless it could hold posts."""
    could_be_posts = name.endswith((".yaml", ".yml"))
    return not name.startswith(".") and (could_be_posts or not hold_file.is_one(name))
