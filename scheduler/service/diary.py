"""What the running scheduler tells besides its own sends: due and held, missed, unknown, found, holds."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.model import State
from scheduler.store import Hold, Store
from scheduler.store.news import Happened, Late, Trouble
from scheduler.store.rows import Policy

logger = logging.getLogger(__name__)


def _missed(one: Happened) -> None:
    _warn(one.key, State.MISSED, f"{one.key} missed: {one.detail}")


def _unknown(one: Happened) -> None:
    _warn(one.key, State.UNKNOWN, f"{one.key}: it is unknown whether it went out: {one.detail}")


def _found(one: Happened) -> None:
    extra = {"event": str(State.PUBLISHED), "key": one.key}
    logger.info("%s was found published: %s", one.key, one.detail, extra=extra)


def _warn(key: str, event: str, words: str) -> None:
    logger.warning("%s", words, extra={"event": str(event), "key": key})


TOLD: dict[str, Callable[[Happened], None]] = {"missed": _missed, "unknown": _unknown, "found": _found}
"""Events of a delivery's story worth a line. The engine tells of its own answers itself."""


@dataclass(frozen=True)
class _Seen:
    """A look that found nothing late: until somebody writes, or a post falls due, the next finds the same."""

    changes: int
    policy: Policy
    at: datetime
    until: datetime | None

    def still_holds(self, changes: int, policy: Policy, now: datetime) -> bool:
        in_time = self.at <= now and (self.until is None or now < self.until)
        return in_time and changes == self.changes and policy is self.policy


class Diary:
    """Reads what happened since the last look, and writes a line for what people must know.

    `troubles` are the deliveries that wait for a person, as of the last look; `late` what is due and not out.
    """

    def __init__(self) -> None:
        self.troubles: tuple[Trouble, ...] = ()
        self.late: tuple[Late, ...] = ()
        self._last: int | None = None
        self._moves = 0
        self._holds: dict[int, Hold] = {}
        self._channels: Mapping[str, str] = {}
        self._held_at_due: frozenset[str] = frozenset()
        self._seen: _Seen | None = None

    def look(self, store: Store, now: datetime) -> None:
        """One line for each thing that is new since the last look."""
        changes = store.changes()
        if self._seen is not None and self._seen.still_holds(changes, store.policy, now):
            return
        self._seen = None
        self._read(store, now)
        if not self.late:
            coming = store.next_post(now)
            self._seen = _Seen(changes, store.policy, now, coming[1] if coming is not None else None)

    def _read(self, store: Store, now: datetime) -> None:
        # A HOLD file that is not on record yet has no number; the next look at the folder records it.
        self._tell_holds({hold.id: hold for hold in store.holds() if hold.id})
        self._tell_channels(store.channel_problems())
        if self._last is None or self._moves != store.moves:
            self._begin(store)
        else:
            self._go_on(store, self._last)
        self._tell_late(store.late(now))

    def _begin(self, store: Store) -> None:
        """The one look at everything there is; what was unknown before the start is told. So it is where the
        database has become another one: that may lack events, and give their numbers again.
        """
        self._last, self._moves = store.last_event(), store.moves
        self.troubles = store.troubles()
        for one in self.troubles:
            if one.state is State.UNKNOWN:
                _unknown(Happened(one.key, "unknown", one.reason, one.state))

    def _go_on(self, store: Store, last: int) -> None:
        # Most of what happens is posts that went out, which nobody need be told of here.
        news = store.happened(last, TOLD.keys(), {one.key for one in self.troubles})
        if news.last < last:
            self._begin(store)
            return
        for one in news.events:
            if one.event in TOLD:
                TOLD[one.event](one)
        touched = {one.key for one in news.events}
        if touched:
            before = [one for one in self.troubles if one.key not in touched]
            now_so = store.troubles(touched)
            self.troubles = tuple(sorted((*before, *now_so), key=lambda one: (one.due, one.key)))
        self._last = news.last

    def _tell_late(self, late: tuple[Late, ...]) -> None:
        held = {one.key: one for one in late if one.held}
        for key in sorted(held.keys() - self._held_at_due):
            _warn(key, State.SCHEDULED, f"{key} is due and held: {'; '.join(held[key].reasons)}")
        self.late, self._held_at_due = late, frozenset(held)

    def _tell_holds(self, holds: dict[int, Hold]) -> None:
        for number in holds.keys() - self._holds.keys():
            logger.warning("hold %d: %s", number, holds[number])
        for number in self._holds.keys() - holds.keys():
            logger.info("hold %d on %s was lifted", number, self._holds[number].words)
        self._holds = holds

    def _tell_channels(self, problems: Mapping[str, str]) -> None:
        """Before anything of theirs is due: who watches the log alone must see that nothing can go out."""
        for name, words in problems.items():
            if self._channels.get(name) != words:
                logger.warning("a channel cannot be used: %s", words)
        for name in self._channels.keys() - problems.keys():
            logger.info("%s: can be used again", name)
        self._channels = problems
