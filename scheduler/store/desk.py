"""The store as people use it: holds, approvals, decisions on single deliveries, where everything stands,
notices.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduler.model import Delivery, Receipt
from scheduler.store import (
    backup,
    by_hand,
    holds,
    home,
    news,
    notices,
    people,
    queue,
    retracting,
    scene,
    status,
    sync,
)
from scheduler.store.people import Frozen
from scheduler.store.rows import Hold, Stopped
from scheduler.store.shown import Event, LiftReport, Status
from scheduler.store.upkeep import Upkeep


class Desk(Upkeep):
    """What people and the service ask of the store; the engine's own calls are in Store."""

    # Holds

    def hold(
        self,
        scope: str,
        value: str,
        reason: str,
        who: str,
        now: datetime,
        look_again: datetime | None = None,
    ) -> int:
        """Stop `all`, or a channel, kind, language or post, at the next visible call; answers the hold's
        number. `look_again` is when people are reminded of it: in a day, where nobody says.
        """
        with self._database.write() as connection:
            return holds.hold(connection, scope, value, reason, who, now, look_again)

    def lift(
        self, hold_id: int | None, who: str, now: datetime, *, scope: str | None = None, value: str = ""
    ) -> LiftReport:
        """Lift one hold by number, or all of one scope and value. Sends nothing: what came due under it is
        missed. Raises RunError for a HOLD file's while the file is there.
        """
        with self._database.write() as connection:
            # What came due is judged by the clock all machines go by, not by that of whoever lifts it.
            moment = self._database.now(connection, now)
            return holds.lift(connection, hold_id, scope, value, who, moment, self._policy)

    def lift_all(self, numbers: Collection[int], who: str, now: datetime) -> LiftReport:
        """As `lift`, of several holds at once, or of none where one of them cannot be lifted."""
        with self._database.write() as connection:
            return holds.lift_all(connection, numbers, who, self._database.now(connection, now), self._policy)

    def lapsing(self, numbers: Collection[int], now: datetime) -> tuple[str, ...]:
        """The keys of this mode that would be missed if these holds were lifted now."""
        with self._database.read() as connection:
            return holds.lapsing(connection, self.mode, numbers, now)

    def holds(self) -> tuple[Hold, ...]:
        """The open holds; a HOLD file that nobody recorded yet is among them, with the number 0."""
        with self._database.read() as connection:
            return scene.open_holds(connection, self._policy)

    def remind(self, now: datetime) -> tuple[int, ...]:
        """Tell people once of each hold whose time to look again has come; answers their numbers."""
        with self._database.read() as connection:
            if not holds.to_remind(connection, self.mode, now):
                return ()
        with self._database.write() as connection:
            return holds.remind(connection, self.mode, now)

    def follow_hold_file(self, now: datetime) -> LiftReport | Hold | None:
        """Bring the recorded holds in line with the HOLD file: answers the hold it made of a file, what
        lapsed where the file is gone, or None where nothing changed.
        """
        with self._database.read() as connection:
            if holds.follows_file(connection, self.policy):
                return None
        with self._database.write() as connection:
            return holds.follow_file(connection, self.mode, self.policy, now)

    # The freeze

    def freeze(
        self,
        who: str,
        reason: str,
        now: datetime,
        *,
        config: str | None = None,
        files: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        """From now on changed files wait, in both modes, except corrections. `config` is the text of
        config.yaml that counts meanwhile, `files` how the files look now. Raises RunError where it is frozen.
        """
        with self._database.write() as connection:
            people.freeze(connection, who, reason, now, config, files or {})

    def thaw(self, who: str, now: datetime) -> None:
        """What waited is taken over at the next look. Raises RunError where nothing is frozen."""
        with self._database.write() as connection:
            people.thaw(connection, who, now)

    def stop(self, found: Mapping[str, Stopped]) -> tuple[str, ...]:
        """Write what stops deliveries, by key, and leave all else of them; answers the keys it is new for."""
        with self._database.write() as connection:
            return sync.stop(connection, self.mode, found)

    def frozen(self) -> Frozen | None:
        """Who froze the plan, or None."""
        with self._database.read() as connection:
            return people.frozen(connection)

    # People

    def retry(self, key: str, due: datetime, expires: datetime, who: str, now: datetime) -> None:
        """Give what was refused, missed or cancelled a new time. Raises RunError in any other state."""
        with self._database.write() as connection:
            people.retry(connection, self.mode, self.policy.campaign, key, due, expires, who, now)

    def set_due(
        self,
        key: str,
        due: datetime,
        expires: datetime,
        who: str,
        now: datetime,
        *,
        urgent: bool = False,
    ) -> None:
        """Give what is still to come another time; another campaign day loses its approvals. `urgent` passes
        limits.
        """
        with self._database.write() as connection:
            people.set_due(connection, self.mode, self.policy.campaign, key, due, expires, who, now, urgent)

    def cancel(self, key: str, who: str, reason: str, now: datetime) -> None:
        """End what is not out; it stays cancelled however often the posts are read again."""
        with self._database.write() as connection:
            people.cancel(connection, self.mode, key, who, reason, now)

    def settle_by_person(self, key: str, url: str | None, who: str, now: datetime) -> None:
        """A person has looked: `url` is where the unknown delivery is; None: it is not out, and may go while
        in time.
        """
        with self._database.write() as connection:
            people.settle_by_person(connection, self.mode, key, url, who, now)

    def posted_by_hand(
        self,
        posted: Delivery | str,
        files: Mapping[str, bytes],
        url: str,
        who: str,
        at: datetime,
        now: datetime,
    ) -> None:
        """A person has posted it `at` that time, where it is to be seen; by its key alone it is recorded with
        the words it had when it was last planned.

        Counts like any other published post. Raises RunError for what is out, or may be, and for what the
        scheduler itself is yet to send.
        """
        with self._database.write() as connection:
            by_hand.record(connection, self.mode, self.policy, posted, files, url, who, at, now)

    @property
    def is_restored(self) -> bool:
        """Whether this database was restored, and nobody has looked since what it may not know."""
        with self._database.read() as connection:
            return notices.recall(connection, backup.RESTORED) is not None

    def hand_over(self, now: datetime) -> None:
        """What is to be posted by hand is handed to people, who may post it before they say so."""
        with self._database.write() as connection:
            home.hand_over(connection, self.mode, self.policy, now)
            by_hand.look_first(connection, self.mode, self.policy, now)

    def remind_by_hand(self, now: datetime) -> tuple[str, ...]:
        """Tell people once of each post that is theirs to make now; answers the keys."""
        with self._database.read() as connection:
            asked = (connection, self.mode, self.policy)
            if not (by_hand.to_remind(*asked, now) or by_hand.over(*asked, now) or by_hand.unseen(*asked)):
                return ()
        with self._database.write() as connection:
            return by_hand.remind(connection, self.mode, self.policy, now)

    # Taking down what is out

    def to_retract(self, key: str) -> tuple[tuple[int, Receipt], ...]:
        """The published parts still to be taken down, last first. Raises RunError where the state forbids."""
        with self._database.read() as connection:
            return retracting.remaining(connection, self.mode, key)

    def retracted(
        self, key: str, part: int, who: str, reason: str, now: datetime, *, by_hand: bool = False
    ) -> None:
        """A published part is gone from the platform; its receipt stays, and the state with it."""
        how = ", by hand" if by_hand else ""
        with self._database.write() as connection:
            retracting.retracted(connection, self.mode, key, part, who, reason, how, now)

    def taken_back(self) -> dict[str, str]:
        """The deliveries that were retracted whole, with when, by whom and why."""
        with self._database.read() as connection:
            return retracting.taken_back(connection, self.mode)

    def not_retracted(self, key: str, part: int, who: str, why: str, now: datetime) -> None:
        """A published part could not be taken down, and stays out until a person does it."""
        with self._database.write() as connection:
            retracting.not_retracted(connection, self.mode, key, part, who, why, now)

    # Reading

    def statuses(self, now: datetime) -> tuple[Status, ...]:
        """Every delivery of this mode by due time, each with every open reason it does not go out."""
        with self._database.read() as connection:
            return status.statuses(connection, self.mode, self.policy, now)

    def history(self, key: str) -> tuple[Event, ...]:
        """Everything that happened to one key, in order, for `why`."""
        with self._database.read() as connection:
            return status.history(connection, self.mode, key)

    def can_change(self, now: datetime) -> bool:
        """Whether anything can still change without a person; what is held cannot."""
        with self._database.read() as connection:
            return status.can_change(connection, self.mode, self.policy, now)

    def next_due(self, now: datetime, leads: Mapping[str, timedelta] | None = None) -> datetime | None:
        """The first moment after now at which time alone may change something; None where only a person can.

        `leads` is how long before due a channel's preparation may begin.
        """
        with self._database.ask(first=True) as connection:
            return queue.next_due(connection, self.mode, now, leads or {})

    # What the running scheduler asks every few seconds: never of all rows

    def last_event(self) -> int:
        """The number of the newest event; 0 before the first. None with a lower number can still come: on a
        server events get their numbers before they are committed, and another machine's may be committed
        later. So there it is asked while nobody writes, and nothing else is asked then.
        """
        shared = self._database.is_shared
        with self._database.write() if shared else self._database.read() as connection:
            return news.last_event(connection)

    def happened(
        self, since: int, events: Collection[str] | None = None, keys: Collection[str] = ()
    ) -> news.News:
        """What happened to deliveries of this mode after the event `since`; with `events` only those, and all
        that happened to the `keys` and to what waits for a person now. Where the newest event is older than
        that, the database has lost some: then everything has to be looked at anew.
        """
        with self._database.read() as connection:
            last = news.last_event(connection)
            # Of another mode's events, which are passed over, there may be ever more.
            is_near = last <= since + news.PAGE
            if last < since or (is_near and not news.is_new(connection, self.mode, since)):
                return news.News(min(last, since))
        if self._database.is_shared:
            last = self.last_event()
        with self._database.read() as connection:
            return news.news(connection, self.mode, since, last, events, keys)

    def troubles(self, keys: Collection[str] | None = None) -> tuple[news.Trouble, ...]:
        """Deliveries that wait for a person, or those among `keys`; without keys it reads every row."""
        with self._database.read() as connection:
            return news.troubles(connection, self.mode, keys)

    def late(self, now: datetime) -> tuple[news.Late, ...]:
        """The first of those that are due and not out yet, oldest first, each with what keeps it."""
        with self._database.read() as connection:
            return news.late(connection, self.mode, self.policy, now)

    def late_count(self, now: datetime) -> int:
        """How many are due and not out yet."""
        with self._database.read() as connection:
            return news.late_count(connection, self.mode, now)

    def next_post(self, now: datetime) -> tuple[str, datetime] | None:
        """The next delivery to fall due, its key and when; None where none is to come."""
        with self._database.read() as connection:
            return news.next_post(connection, self.mode, now)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent look for tools that look deeper; it waits for nobody."""
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A write transaction for tools that look deeper (backup, faults)."""
        with self._database.write() as connection:
            yield connection
