"""Messages on their way: each has a thread and a deadline, and what comes of it is written down."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.alerts import address, addresses
from scheduler.alerts.letter import Letter
from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.service.opening import Campaigning
from scheduler.store import Store
from scheduler.store import alerts as table
from scheduler.store.alerts import Recipient, Telling

logger = logging.getLogger(__name__)

ONE_A_MINUTE = timedelta(minutes=1)
BACK_OFF = (1, 2, 5, 10, 15)
"""Minutes until an address is tried again after so many failures; then always the last."""

LEFT_HANGING = 3
"""So many calls to one address may hang for ever; then it is left alone until one of them ends."""

Carry = Callable[[str, Letter], address.Outcome]
"""Sends a message to the address that stands under a variable's name."""


@dataclass
class _Call:
    """A message on its way. `given_up`: its time was over, and whatever it still answers is late."""

    tellings: Sequence[Telling]
    began: datetime
    thread: threading.Thread | None = None
    given_up: bool = False

    @property
    def is_on(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Courier:
    """Sends messages, one at a time to an address, and gives up what hangs; a service never makes it raise.

    `carry` takes them; without it apprise does, and in a dry run they go into the outbox.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], carry: Carry | None = None) -> None:
        self._store, self._clock, self._carry = store, clock, carry
        self._environ: Mapping[str, str] = {}
        self._outbox = Path()
        self._calls: dict[str, list[_Call]] = {}

    def equip(self, campaigning: Campaigning) -> None:
        """The addresses as they are now."""
        self._environ = campaigning.environ
        self._outbox = campaigning.config.data / "outbox" / "alerts"

    def may_go(self, name: str, fare: Recipient | None, now: datetime) -> bool:
        """Whether a message may leave for this address now; a call whose time is over is given up."""
        self._give_up(name, now)
        return self._is_free(name) and _may_try(fare, now)

    def _is_free(self, name: str) -> bool:
        calls = self._calls[name] = [call for call in self._calls.get(name, ()) if call.is_on]
        return not [call for call in calls if not call.given_up] and len(calls) < LEFT_HANGING

    def _give_up(self, name: str, now: datetime) -> None:
        """A call whose time is over counts as failed; its thread is left alone."""
        for call in self._calls.get(name, ()):
            if call.is_on and not call.given_up and (now - call.began).total_seconds() > address.DEADLINE:
                call.given_up = True
                self._record(name, call, address.Outcome(False, address.NO_ANSWER, certain=False))

    def let_go(self, name: str, tellings: Sequence[Telling], letter: Letter, now: datetime) -> None:
        """Write down that it leaves, and let it leave."""
        with self._store.transaction() as connection:
            table.begin(connection, self._store.mode, tellings, now)
        call = _Call(tellings, now)
        carry = self._carrier()
        call.thread = threading.Thread(
            target=self._deliver, args=(name, call, carry, letter), name=f"alert {name}", daemon=True
        )
        self._calls.setdefault(name, []).append(call)
        call.thread.start()

    def shout(self, name: str, letter: Letter) -> None:
        """Send it without a word in the database."""
        threading.Thread(target=self._carrier(), args=(name, letter), name="alert", daemon=True).start()

    def _deliver(self, name: str, call: _Call, carry: Carry, letter: Letter) -> None:
        outcome = carry(name, letter)
        # A late yes is a yes; a late no says nothing new.
        if outcome.taken or not call.given_up:
            self._record(name, call, outcome)

    def _carrier(self) -> Carry:
        if self._carry is not None:
            return self._carry
        return self._by_apprise if self._store.mode is Mode.LIVE else self._into_outbox

    def _into_outbox(self, name: str, letter: Letter) -> address.Outcome:
        """A dry run tells nobody: what people would have had is written beside the posts."""
        path = self._outbox / f"{self._clock():%Y-%m-%dT%H-%M-%SZ} {name}.txt"
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(f"{letter.title}\n\n{letter.body}\n", encoding="utf-8")
            part.replace(path)
        except OSError as error:
            return address.Outcome(False, f"{self._outbox} cannot be written ({error.strerror})")
        return address.Outcome(True)

    def _by_apprise(self, name: str, letter: Letter) -> address.Outcome:
        where = self._environ.get(name, "")
        if not where:
            return address.Outcome(False, addresses.not_set(name))
        return address.send(where, letter)

    def _record(self, name: str, call: _Call, outcome: address.Outcome) -> None:
        store, now = self._store, self._clock()
        try:
            with store.transaction() as connection:
                if outcome.taken:
                    table.told(connection, store.mode, call.tellings, now)
                    return
                fare = table.recipients(connection, store.mode).get(name, Recipient(name))
                minutes = BACK_OFF[min(fare.tries, len(BACK_OFF) - 1)]
                again = now + timedelta(minutes=minutes)
                words, sure = outcome.problem, outcome.certain
                table.failed(connection, store.mode, name, call.tellings, words, now, again, certain=sure)
        except StoreError as error:
            # It stays begun, and is sent once more, marked as a repetition.
            logger.error("what came of a message to %s could not be noted: %s", name, error)

    def close(self, patience: float) -> None:
        """Wait so many seconds for messages on their way."""
        end = time.monotonic() + patience
        for calls in list(self._calls.values()):
            for call in calls:
                if call.thread is not None and not call.given_up:
                    call.thread.join(max(0.0, end - time.monotonic()))


def _may_try(fare: Recipient | None, now: datetime) -> bool:
    """At most one message a minute, and after a failure only when its pause is over. A time that lies ahead
    of the longest pause was written by a clock that was wrong.
    """
    if fare is None:
        return True
    longest = timedelta(minutes=BACK_OFF[-1])
    if fare.not_before is not None and now < fare.not_before <= now + longest:
        return False
    return fare.tried_at is None or not now - ONE_A_MINUTE < fare.tried_at <= now
