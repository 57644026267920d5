"""What the running scheduler tells besides its own sends: due and held, missed, unknown, found, holds."""

import logging
from datetime import datetime

from scheduler.model import State
from scheduler.store import Hold, Status, Store

logger = logging.getLogger(__name__)


class Diary:
    """Compares the table with how it stood at the last look, and writes a line for what people must know."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._holds: dict[int, Hold] = {}
        self._held_at_due: set[str] = set()

    def look(self, store: Store, now: datetime) -> None:
        """One line for each thing that is new since the last look."""
        self._tell_holds({hold.id: hold for hold in store.holds()})
        for status in store.statuses(now):
            self._tell(status, now)
            self._states[status.key] = status.state

    def _tell_holds(self, holds: dict[int, Hold]) -> None:
        for number in holds.keys() - self._holds.keys():
            logger.warning("hold %d: %s", number, holds[number])
        for number in self._holds.keys() - holds.keys():
            logger.info("hold %d on %s was lifted", number, self._holds[number].words)
        self._holds = holds

    def _tell(self, status: Status, now: datetime) -> None:
        before, extra = self._states.get(status.key), {"event": str(status.state), "key": status.key}
        why = "; ".join(status.reasons)
        if status.held and status.due <= now and status.key not in self._held_at_due:
            self._held_at_due.add(status.key)
            logger.warning("%s is due and held: %s", status.key, why, extra=extra)
        if status.state is State.MISSED and before not in (None, State.MISSED):
            logger.warning("%s missed: %s", status.key, why, extra=extra)
        if status.state is State.UNKNOWN and before is None:
            logger.warning("%s: it is unknown whether it went out: %s", status.key, why, extra=extra)
        if status.state is State.PUBLISHED and before is State.UNKNOWN:
            logger.info("%s was found published: %s", status.key, status.url or "", extra=extra)
