"""The store as people use it: holds, approvals, decisions on single deliveries, where everything stands,
notices.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Message, Mode, Receipt
from scheduler.store import (
    bars,
    holds,
    home,
    identity,
    news,
    notices,
    people,
    queue,
    retracting,
    schema,
    settle,
    status,
)
from scheduler.store.connect import Database
from scheduler.store.people import Frozen
from scheduler.store.rows import (
    Event,
    Hold,
    LiftReport,
    Notice,
    Policy,
    Status,
)
from scheduler.store.spoken import Spoken


class Desk(Spoken):
    """What people and the service ask of the store; the engine's own calls are in Store."""

    def __init__(self, database: Database, mode: Mode) -> None:
        super().__init__(database)
        self.mode = mode
        self._alone = False
        self._beat: datetime | None = None
        self._policy: Policy | None = None

    @property
    def policy(self) -> Policy:
        if self._policy is None:
            raise StoreError("the store was not told the campaign's rules")
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = policy

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
            return holds.lift(connection, hold_id, scope, value, who, now, self._policy)

    def lift_all(self, numbers: Collection[int], who: str, now: datetime) -> LiftReport:
        """As `lift`, of several holds at once, or of none where one of them cannot be lifted."""
        with self._database.write() as connection:
            return holds.lift_all(connection, numbers, who, now, self._policy)

    def lapsing(self, numbers: Collection[int], now: datetime) -> tuple[str, ...]:
        """The keys of this mode that would be missed if these holds were lifted now."""
        with self._database.read() as connection:
            return holds.lapsing(connection, self.mode, numbers, now)

    def holds(self) -> tuple[Hold, ...]:
        """The open holds; a HOLD file that nobody recorded yet is among them, with the number 0."""
        with self._database.read() as connection:
            return bars.open_holds(connection, self._policy)

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
        with self._database.read() as connection:
            return queue.next_due(connection, self.mode, now, leads or {})

    # What the running scheduler asks every few seconds: never of all rows

    def last_event(self) -> int:
        """The number of the newest event; 0 before the first."""
        with self._database.read() as connection:
            return news.last_event(connection)

    def happened(self, since: int) -> news.News:
        """What happened to deliveries of this mode after the event `since`."""
        with self._database.read() as connection:
            return news.news(connection, self.mode, since)

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

    # Notices, the heartbeat, and what is known of channels

    def notice(self, cause: str, key: str | None, text: str, now: datetime) -> bool:
        """Tell people once per cause; False where it is told already."""
        with self._database.write() as connection:
            return notices.add(connection, self.mode, cause, key, text, now)

    def close_notice(self, cause: str, now: datetime) -> bool:
        """The cause is gone."""
        with self._database.write() as connection:
            return notices.close(connection, self.mode, cause, now)

    def notices(self, since: datetime | None = None) -> tuple[Notice, ...]:
        """Those written after `since`; without it, the open ones."""
        with self._database.read() as connection:
            return notices.since(connection, self.mode, since)

    def heartbeat(self, now: datetime, *, reset: bool = False) -> None:
        """The scheduler is at work. It only moves forward; `reset` follows a clock just found right."""
        last = self.last_heartbeat()
        if reset or last is None or now > last:
            self.remember("heartbeat", now.isoformat())
            self._beat = now
            home.beat_beside(self._database.folder, self.mode, now)

    def last_heartbeat(self) -> datetime | None:
        """The last moment a scheduler of this mode was at work. Whoever holds the lock is the only one that
        writes it, so it is read once; the engine asks several times for each post.
        """
        if self._alone and self._beat is not None:
            return self._beat
        found = self.recall("heartbeat")
        self._beat = datetime.fromisoformat(found) if found else None
        return self._beat

    def remember(self, name: str, value: Any) -> None:
        """Keep a small JSON value for this mode."""
        with self._database.write() as connection:
            notices.remember(connection, f"{self.mode}.{name}", value)

    def recall(self, name: str) -> Any:
        """What was remembered, or None."""
        with self._database.read() as connection:
            return notices.recall(connection, f"{self.mode}.{name}")

    def tie_account(self, channel: str, account_id: str, now: datetime) -> bool:
        """Tie a channel to its remote account the first time; later False where it is another one.

        Where the account was another channel's that config no longer has, what is out there is not sent
        again.
        """
        with self._database.write() as connection:
            return identity.tie(connection, self.mode, self._policy, channel, account_id, now)

    def unsent(self, channel: str) -> tuple[Message, ...]:
        """What is planned for a channel on which nothing was ever tried, or whose account must be looked at
        first; empty for any other channel.
        """
        with self._database.read() as connection:
            flagged = home.must_compare(connection, self.mode, channel)
            if not flagged and not identity.is_new(connection, self.mode, channel):
                return ()
            return identity.to_come(connection, self.mode, channel)

    def must_compare(self, channel: str) -> bool:
        """Whether nothing may be sent on a channel before its account was compared with the plan."""
        with self._database.read() as connection:
            return home.must_compare(connection, self.mode, channel)

    def compared(self, channel: str, now: datetime) -> None:
        """The channel's account was compared, and what is out already withdrawn; it may be used again."""
        with self._database.write() as connection:
            home.compared(connection, self.mode, channel, now, self._used)

    @property
    def _used(self) -> frozenset[str] | None:
        """The channels that send anything, as far as the rules are known."""
        if self._policy is None:
            return None
        return frozenset(name for name, channel in self._policy.channels.items() if channel.live)

    def cannot_compare(self, channel: str, now: datetime) -> bool:
        """This account cannot be looked at by a program: where that was needed, the channel is held for a
        person. False where it was not needed.
        """
        with self._database.write() as connection:
            return home.cannot_compare(connection, self.mode, channel, now, self._used)

    def already_out(self, channel: str, found: Mapping[str, str], now: datetime) -> tuple[str, ...]:
        """Cancel planned deliveries that are on the account already; `found` says of each key where."""
        with self._database.write() as connection:
            return identity.withdraw(connection, self.mode, channel, found, now)

    def channel_problem(self, channel: str, words: str) -> None:
        """Why a channel cannot be used at all (no credentials); empty words: it can again."""
        with self._database.write() as connection:
            settle.channel_values(connection, self.mode, channel, problem=words)

    def channel_problems(self) -> dict[str, str]:
        """The channels that cannot be used, with the reason."""
        table = schema.channels
        with self._database.read() as connection:
            query = sa.select(table).where(table.c.mode == self.mode, table.c.problem != "")
            return {row.name: row.problem for row in connection.execute(query)}

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
