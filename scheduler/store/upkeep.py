"""What the store remembers of itself and of its channels: notices, the heartbeat, accounts, troubles."""

import os
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.errors import StoreError
from scheduler.model import Message, Mode
from scheduler.store import by_hand, home, identity, notices, resting, schema, settle, sharing
from scheduler.store.backing import Backing
from scheduler.store.rows import Policy
from scheduler.store.scene import CHANNEL
from scheduler.store.shown import Notice
from scheduler.store.spoken import Spoken

BEAT_GOOD_FOR = 5.0
"""Seconds for which another machine's heartbeat need not be read again."""

TROUBLED = schema.often(
    sa.select(schema.channels).where(
        schema.channels.c.mode == sa.bindparam("mode"), schema.channels.c.problem != ""
    )
)


class Upkeep(Spoken):
    """The store as its keeper uses it."""

    def __init__(self, database: Backing, mode: Mode) -> None:
        super().__init__(database)
        self.mode = mode
        self._alone = False
        self._beat: datetime | None = None
        self._beat_read = 0.0
        self.machine = socket.gethostname()
        """What this machine is called among those that share a database."""
        self._policy: Policy | None = None

    @property
    def policy(self) -> Policy:
        if self._policy is None:
            raise StoreError("the store was not told the campaign's rules")
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = policy

    # Notices, the heartbeat, and what is known of channels

    def notice(self, cause: str, key: str | None, text: str, now: datetime) -> bool:
        """Tell people once per cause; False where it is told already."""
        with self._database.ask() as connection:
            if notices.is_open(connection, self.mode, cause):
                return False
        with self._database.share() as connection:
            return notices.add(connection, self.mode, cause, key, text, now)

    def close_notice(self, cause: str, now: datetime) -> bool:
        """The cause is gone."""
        with self._database.ask() as connection:
            if not notices.is_open(connection, self.mode, cause):
                return False
        with self._database.share() as connection:
            return notices.close(connection, self.mode, cause, now)

    def notices(self, since: datetime | None = None) -> tuple[Notice, ...]:
        """Those written after `since`; without it, the open ones."""
        with self._database.read() as connection:
            return notices.since(connection, self.mode, since)

    # What concerns this machine alone: others that share the database neither see it nor see it end

    def own(self, cause: str) -> str:
        """The cause as this machine's, `job:wake:on baku`; on a file, where there is but one, as it is."""
        return f"{cause}{notices.ON}{self.machine}" if self._database.is_shared else cause

    def tell_of_here(self, cause: str, text: str, now: datetime) -> bool:
        """As `notice`, of this machine, which is named in front."""
        words = f"{self.machine}: {text}" if self._database.is_shared else text
        return self.notice(self.own(cause), None, words, now)

    def over_here(self, cause: str, now: datetime) -> bool:
        """As `close_notice`, of what `tell_of_here` told; another machine's stays."""
        return self.close_notice(self.own(cause), now)

    def told_here(self, *beginnings: str) -> tuple[str, ...]:
        """The causes of this machine that are open and begin so, as they were given to `tell_of_here`."""
        mine, found = self.own(""), [one.cause for one in self.notices() if one.cause.startswith(beginnings)]
        return tuple(one.removesuffix(mine) for one in found if one.endswith(mine))

    def resting(self) -> tuple[resting.Resting, ...]:
        """What is out or still to come, with the records it rests on and the link of its first part."""
        with self._database.read() as connection:
            return tuple(resting.resting(connection, self.mode))

    def heartbeat(self, now: datetime, *, reset: bool = False) -> None:
        """The scheduler is at work. It only moves forward; `reset` follows a clock just found right."""
        last = self._read_heartbeat()
        if reset or last is None or now > last:
            with self._database.share() as connection:
                sharing.alone(connection)
                if reset or not _is_later(notices.recall(connection, f"{self.mode}.heartbeat"), now):
                    notices.remember(connection, f"{self.mode}.heartbeat", now.isoformat())
                if self._database.is_shared:
                    at_work = {"at": now.isoformat(), "pid": os.getpid(), "config": self._mark}
                    notices.remember(connection, f"{self.mode}.machine.{self.machine}", at_work)
            self._keep_beat(now)
            home.beat_beside(self._database.folder, self.mode, now)

    def last_heartbeat(self) -> datetime | None:
        """The last moment a scheduler of this mode was at work. Whoever holds the lock is the only one that
        writes it, so it is read once; the engine asks several times for each post. Beside other machines what
        was read counts for a while.
        """
        is_fresh = self._alone or time.monotonic() - self._beat_read < BEAT_GOOD_FOR
        return self._beat if is_fresh and self._beat is not None else self._read_heartbeat()

    def _read_heartbeat(self) -> datetime | None:
        if self._alone and self._beat is not None:
            return self._beat
        found = self.recall("heartbeat")
        self._keep_beat(datetime.fromisoformat(found) if found else None)
        return self._beat

    def _keep_beat(self, beat: datetime | None) -> None:
        self._beat = beat
        self._beat_read = time.monotonic() if self._database.is_shared else 0.0

    def sign_off(self, now: datetime) -> None:
        """This machine stops on purpose: nobody is to miss it."""
        if self._database.is_shared:
            self.forget_machine(self.machine, now)

    def forget_machine(self, name: str, now: datetime) -> None:
        """Nobody waits for that machine any more."""
        with self._database.share() as connection:
            notices.forget(connection, f"{self.mode}.machine.{name}")
            notices.close(connection, self.mode, f"machine:{name}", now)
            notices.close_by_machine(connection, self.mode, name, now)

    def machines(self, since: datetime) -> dict[str, datetime]:
        """The machines that were at work after a moment, and when they last said so; of a file, none."""
        return {name: datetime.fromisoformat(said["at"]) for name, said in self._said(since).items()}

    def config_marks(self, since: datetime) -> dict[str, str]:
        """By which config.yaml the machines go that were at work after a moment, as far as they have said it
        (`Policy.mark`).
        """
        return {name: mark for name, said in self._said(since).items() if (mark := said.get("config"))}

    @property
    def _mark(self) -> str:
        return self._policy.mark if self._policy is not None else ""

    def _said(self, since: datetime) -> dict[str, dict[str, Any]]:
        """What each machine says of itself."""
        start, table = f"{self.mode}.machine.", schema.meta
        query = sa.select(table.c.name, table.c.value).where(table.c.name.startswith(start, autoescape=True))
        with self._database.read() as connection:
            found = {row.name.removeprefix(start): row.value for row in connection.execute(query)}
        return {
            name: value
            for name, value in sorted(found.items())
            if datetime.fromisoformat(value["at"]) > since
        }

    def remember(self, name: str, value: Any) -> None:
        """Keep a small JSON value for this mode."""
        with self._database.share() as connection:
            notices.remember(connection, f"{self.mode}.{name}", value)

    def recall(self, name: str) -> Any:
        """What was remembered, or None."""
        with self._database.ask() as connection:
            return notices.recall(connection, f"{self.mode}.{name}")

    def tie_account(self, channel: str, account_id: str, now: datetime) -> bool:
        """Tie a channel to its remote account the first time; later False where it is another one.

        Where the account was another channel's that config no longer has, what is out there is not sent
        again.
        """
        with self._database.ask() as connection:
            tied = identity.tied_to(connection, self.mode, channel)
        if tied is not None:
            return tied == account_id
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
        with self._database.ask() as connection:
            return home.must_compare(connection, self.mode, channel)

    @property
    def shared_by(self) -> str:
        """What all machines at work on this database call it; "" of a file, which has one scheduler."""
        if not self._database.is_shared:
            return ""
        here = self.recall("home") or {}
        return "/".join(str(here.get(name, "")) for name in ("system", "database", "table"))

    def to_compare(self) -> frozenset[str]:
        """The channels whose account must be looked at before anything is sent."""
        with self._database.ask() as connection:
            return home.flagged(connection, self.mode)

    def moved_at(self, channel: str) -> datetime | None:
        """When it was found out that the server is another one, or lacks the newest entries; None where the
        channel need not be compared. What machines were sending at that moment may still come out after it.
        """
        if not self._database.is_shared or not self.must_compare(channel):
            return None
        found = self.recall(home.MOVED)
        return datetime.fromisoformat(found) if found else None

    def compared(self, channel: str, now: datetime) -> None:
        """The channel's account was compared, and what is out already withdrawn; it may be used again."""
        if not self.must_compare(channel):
            return
        with self._database.write() as connection:
            by_hand.set_aside(connection, self.mode, channel, now)
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
        if not self.must_compare(channel):
            return False
        with self._database.write() as connection:
            return home.cannot_compare(connection, self.mode, channel, now, self._used)

    def already_out(self, channel: str, found: Mapping[str, str], now: datetime) -> tuple[str, ...]:
        """Cancel planned deliveries that are on the account already; `found` says of each key where."""
        if not found:
            return ()
        with self._database.write() as connection:
            return identity.withdraw(connection, self.mode, channel, found, now)

    def channel_problem(self, channel: str, words: str) -> None:
        """Why a channel cannot be used at all (no credentials); empty words: it can again."""
        with self._database.ask() as connection:
            known = connection.execute(CHANNEL, {"mode": self.mode, "name": channel}).one_or_none()
        if (known.problem if known is not None else "") == words:
            return
        with self._database.share() as connection:
            sharing.own_channel(connection, self.mode, channel)
            settle.channel_values(connection, self.mode, channel, problem=words)

    def channel_problems(self) -> dict[str, str]:
        """The channels that cannot be used, with the reason."""
        with self._database.ask() as connection:
            rows = connection.execute(TROUBLED, {"mode": self.mode})
            return {row.name: row.problem for row in rows}


def _is_later(beat: str | None, now: datetime) -> bool:
    """Whether another machine has noted a later moment meanwhile."""
    return beat is not None and datetime.fromisoformat(beat) > now
