"""How alerts stand: who is told now, what waits, whether each address works; and trying them all."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.alerts import address, addresses
from scheduler.alerts.letter import Letter
from scheduler.alerts.settings import Settings
from scheduler.errors import InputError
from scheduler.model import Mode
from scheduler.platforms import pages
from scheduler.service.as_json import utc
from scheduler.service.opening import Campaigning
from scheduler.service.outlook import local
from scheduler.store import Store
from scheduler.store import alerts as table
from scheduler.store.alerts import Alert, Recipient

NOBODY = (
    "alerts: in config.yaml names nobody, so nobody is told. Write `alerts: {to: [ALERT_URL_1]}` there and "
    "ALERT_URL_1=… into .env" + pages.told("; {} shows how", "how-to/be-told.md")
)


@dataclass(frozen=True)
class Standing:
    """`names` are all variables with an address, `told` those that hear of what happens now, `on_duty` whose
    turn it is. `fares` and `waiting` (how many things wait to be told) are by variable; `open` is what is so.
    """

    names: Sequence[str]
    told: Sequence[str]
    on_duty: Sequence[str]
    quiet: bool
    fares: Mapping[str, Recipient]
    waiting: Mapping[str, int]
    open: Sequence[Alert]

    @property
    def last(self) -> Recipient | None:
        """Who was told last."""
        told = [one for one in self.fares.values() if one.told_at is not None]
        return max(told, key=lambda one: str(one.told_at), default=None)

    @property
    def failing(self) -> list[Recipient]:
        return [self.fares[name] for name in self.names if name in self.fares and self.fares[name].problem]

    def to_json(self) -> dict[str, Any]:
        """Times in UTC, ISO 8601."""
        return {
            "told": list(self.told),
            "on_duty": list(self.on_duty),
            "quiet": self.quiet,
            "addresses": [self._address(name) for name in self.names],
            "open": [
                {
                    "kind": one.kind,
                    "key": one.key,
                    "words": one.words,
                    "at": utc(one.at),
                    "urgent": one.urgent,
                }
                for one in self.open
            ],
        }

    def _address(self, name: str) -> dict[str, Any]:
        fare = self.fares.get(name, Recipient(name))
        return {
            "name": name,
            "last_told": utc(fare.told_at) if fare.told_at else None,
            "problem": fare.problem or None,
            "failing_since": utc(fare.failing_since) if fare.failing_since else None,
            "waiting": self.waiting.get(name, 0),
        }


def look(campaigning: Campaigning, store: Store | None, now: datetime) -> Standing:
    """How alerts stand; without a store, by config alone."""
    settings = Settings.of(campaigning.config)
    fares: Mapping[str, Recipient] = {}
    waiting: dict[str, int] = {}
    still: tuple[Alert, ...] = ()
    if store is not None:
        with store.reading() as connection:
            fares = table.recipients(connection, store.mode)
            waiting = {name: len(all_) for name, all_ in table.pending(connection, store.mode).items()}
            still = table.open_alerts(connection, store.mode)
    return Standing(
        settings.names,
        settings.told(now),
        [one.name for one in settings.on_duty(now)],
        settings.is_quiet(now),
        fares,
        waiting,
        [one for one in still if one.kind != "digest"],
    )


@dataclass(frozen=True)
class Tried:
    """What came of the message to one address."""

    name: str
    outcome: address.Outcome


def try_all(campaigning: Campaigning, now: datetime) -> list[Tried]:
    """Send one message to every address, at the same time. Raises InputError where there is none.

    An address that works is used again at once, whatever it did before.
    """
    settings = Settings.of(campaigning.config)
    if not settings.names:
        raise InputError(NOBODY)
    found: dict[str, address.Outcome] = {}
    threads = [
        threading.Thread(target=_try, args=(campaigning, name, now, found), name=f"alert {name}", daemon=True)
        for name in settings.names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(address.DEADLINE)
    late = address.Outcome(False, address.NO_ANSWER, certain=False)
    tried = [Tried(name, found.get(name, late)) for name in settings.names]
    if campaigning.has_store:
        _remember(campaigning, tried, now)
    return tried


def _try(campaigning: Campaigning, name: str, now: datetime, found: dict[str, address.Outcome]) -> None:
    where = campaigning.environ.get(name, "")
    if not where:
        found[name] = address.Outcome(False, addresses.not_set(name))
        return
    campaign = campaigning.config.campaign
    letter = Letter(
        f"Test: alerts of {campaign.name} arrive here",
        f"Somebody asked the scheduler to try its alerts. Nothing has happened and nothing is to be done.\n\n"
        f"{campaign.name}, {local(now, campaign.timezone)}",
    )
    found[name] = address.send(where, letter)


def _remember(campaigning: Campaigning, tried: Sequence[Tried], now: datetime) -> None:
    with campaigning.store(Mode.LIVE) as store, store.transaction() as connection:
        for one in tried:
            if one.outcome.taken:
                table.works(connection, store.mode, one.name, now)
