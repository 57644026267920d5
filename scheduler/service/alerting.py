"""Telling people: what is so is written down, who hears it is decided, and each address gets its message.

Nothing here is in the way of a delivery: a message has a thread and a deadline of its own, and what an
address does not take is kept and tried again.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.alerts import digest
from scheduler.alerts.composing import compose, cry
from scheduler.alerts.kinds import Cause
from scheduler.alerts.settings import Settings
from scheduler.errors import RunError, StoreError
from scheduler.service import concerns, summary
from scheduler.service.courier import Carry, Courier
from scheduler.service.opening import Campaigning
from scheduler.service.outlook import Outlook
from scheduler.store import Store
from scheduler.store import alerts as table
from scheduler.store.alerts import Alert, Raised, Recipient, Telling, What
from scheduler.store.news import Late

logger = logging.getLogger(__name__)

OVER_FOR = timedelta(minutes=1)
"""What comes back within so long was never over."""

ANOTHER_MUST_KNOW = timedelta(minutes=10)
"""After so long without reaching who is told of it, what is urgent goes to everybody else."""

LOOK_AHEAD_EVERY = timedelta(seconds=30)

CRY = timedelta(hours=1)
"""How often people are told that nothing can be written down."""


@dataclass
class _Patience:
    """Since when something is so, or no longer so: what comes and goes is no message."""

    since: dict[str, datetime] = field(default_factory=dict)

    def lasted(self, name: str, span: timedelta, now: datetime) -> bool:
        # What a clock that was wrong noted for later would keep people waiting until then.
        self.since[name] = min(self.since.get(name, now), now)
        return now - self.since[name] >= span

    def keep(self, names: Sequence[str]) -> None:
        self.since = {name: since for name, since in self.since.items() if name in names}


class Alerting:
    """One mode's alerts. `round` is called every few seconds and returns at once; it raises RunError as long
    as an address does not work, so that `status` shows it.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], carry: Carry | None = None) -> None:
        self._store, self._clock = store, clock
        self._courier = Courier(store, clock, carry)
        self._new, self._gone = _Patience(), _Patience()
        self._cried: datetime | None = None
        self._looked: datetime | None = None
        self._coming: Sequence[Late] = ()

    def round(self, campaigning: Campaigning, late: Sequence[Late], seen: Callable[[], Outlook]) -> None:
        """Write down what is new and what is over, decide who hears it, and let messages go.

        `late` is what is due and not out; `seen` how all stands, asked only for the daily summary.
        """
        settings, now = Settings.of(campaigning.config), self._clock()
        if not settings.names:
            return
        self._courier.equip(campaigning)
        try:
            self._follow(campaigning, settings, late, seen, now)
            self._route(settings, now)
            self._send(campaigning, settings, now)
        except StoreError as error:
            self._cry(campaigning, settings, str(error), now)
            raise
        self._tell_trouble(settings)

    def close(self, patience: float) -> None:
        """Give messages on their way so many seconds; what is cut off is sent again at the next start."""
        self._courier.close(patience)

    # -- what is so

    def _follow(
        self,
        campaigning: Campaigning,
        settings: Settings,
        late: Sequence[Late],
        seen: Callable[[], Outlook],
        now: datetime,
    ) -> None:
        """Bring the table in line with what is so."""
        store = self._store
        coming = self._ahead(now)
        causes = concerns.now_so(campaigning, store, late, coming, now)
        with store.reading() as connection:
            known = table.open_alerts(connection, store.mode)
            once = [one.name for one in causes.values() if one.once]
            told_once = table.known(connection, store.mode, once) if once else frozenset()
        there = {alert.name: alert for alert in known}
        today = self._digest(campaigning, settings, there, seen, now)
        if today is not None:
            causes[today.name] = today
        fresh = [one for one in causes.values() if self._is_new(one, there, told_once, now)]
        over = [one for one in known if self._is_over(one, causes, now)]
        self._new.keep([name for name in causes if name not in there])
        self._gone.keep([name for name in there if name not in causes])
        if fresh or over:
            ends = {one.id: self._last_words(one, causes, coming) for one in over}
            self._write_down(fresh, ends, now)

    def _write_down(self, fresh: Sequence[Cause], ends: Mapping[int, str | None], now: datetime) -> None:
        """What is new and what is over (by number, with the last words about it), together."""
        with self._store.transaction() as connection:
            for number, words in ends.items():
                table.end(connection, number, words, now)
            table.raise_all(connection, self._store.mode, (_raised(one) for one in fresh), now)

    def _is_new(
        self, one: Cause, there: Mapping[str, Alert], told_once: frozenset[str], now: datetime
    ) -> bool:
        if one.name in there:
            return one.sort.retell and not one.once and there[one.name].words != one.words
        if one.once and one.name in told_once:
            return False
        return self._new.lasted(one.name, one.sort.patience, now)

    def _is_over(self, alert: Alert, causes: Mapping[str, Cause], now: datetime) -> bool:
        still = causes.get(alert.name)
        if still is None:
            return self._gone.lasted(alert.name, OVER_FOR, now)
        return still.sort.retell and not still.once and still.words != alert.words

    def _last_words(self, alert: Alert, causes: Mapping[str, Cause], coming: Sequence[Late]) -> str | None:
        """Nothing where other words for it follow, or where it goes on nearer to its time."""
        return None if alert.name in causes else concerns.over_words(alert, self._store, coming)

    def _ahead(self, now: datetime) -> Sequence[Late]:
        """Three days of posts are looked through twice a minute, not at every round."""
        if self._looked is None or not timedelta(0) <= now - self._looked < LOOK_AHEAD_EVERY:
            self._coming, self._looked = concerns.ahead(self._store, now), now
        return self._coming

    def _digest(
        self,
        campaigning: Campaigning,
        settings: Settings,
        there: Mapping[str, Alert],
        seen: Callable[[], Outlook],
        now: datetime,
    ) -> Cause | None:
        """Today's summary, from its time on: its words are made once, and it stays until tomorrow's."""
        on = digest.is_due(settings.digest, now, settings.zone)
        if on is None:
            # Until today's time has come yesterday's still stands.
            last = next((one for one in there.values() if one.kind == "digest"), None)
            return None if last is None else Cause(last.name, "digest", None, last.words, once=True)
        name, store = f"digest:{on.isoformat()}", self._store
        with store.reading() as connection:
            if table.known(connection, store.mode, [name]):
                return Cause(name, "digest", None, "", once=True)
            since = table.last_of(connection, store.mode, "digest") or now - timedelta(days=1)
        try:
            made = summary.day(campaigning, store, seen(), since, now)
        except StoreError:
            raise
        except Exception:
            # A mistake of ours in the summary must not keep what is urgent from being told.
            logger.exception("the daily summary could not be made")
            words = "the daily summary could not be made: a mistake in the program, the log has more"
            return Cause("job:summary", "job", None, words)
        return Cause(name, "digest", None, digest.words(made), once=True)

    # -- who hears it

    def _route(self, settings: Settings, now: datetime) -> None:
        store, quiet = self._store, settings.is_quiet(now)
        with store.reading() as connection:
            waiting = [one for one in table.open_alerts(connection, store.mode) if not one.routed]
            pending = table.pending(connection, store.mode)
            fares = table.recipients(connection, store.mode)
            stuck = dict.fromkeys(_unreached(pending, fares, now))
            wider = [one for one in stuck if table.lacks(connection, one, settings.names)]
        ready = [one for one in waiting if not quiet or one.urgent or one.kind == "digest"]
        strangers = set(pending) - set(settings.names)
        if not (ready or strangers or wider):
            return
        failing = {name for name, fare in fares.items() if fare.problem}
        with store.transaction() as connection:
            for alert in ready:
                told = settings.told(now)
                if concerns.is_own(alert):
                    told = tuple(name for name in told if name not in failing)
                table.route(connection, alert.id, told, now)
            for number in wider:
                table.widen(connection, number, settings.names, now)
            if strangers:
                table.forget(connection, store.mode, settings.names)

    # -- letting messages go

    def _send(self, campaigning: Campaigning, settings: Settings, now: datetime) -> None:
        store = self._store
        with store.reading() as connection:
            pending = table.pending(connection, store.mode)
            fares = table.recipients(connection, store.mode)
        quiet = settings.is_quiet(now)
        campaign = campaigning.config.campaign
        for name in settings.names:
            now_told = _together([one for one in pending.get(name, ()) if self._is_to_tell(one, quiet)])
            if self._courier.may_go(name, fares.get(name), now) and now_told:
                letter = compose(now_told, campaign.name, now, campaign.timezone)
                self._courier.let_go(name, now_told, letter, now)

    def _is_to_tell(self, one: Telling, quiet: bool) -> bool:
        """Not what is no longer so: perhaps it has waited long, for an address or for a start."""
        is_past = one.what is What.IS and one.alert.name in self._gone.since
        return not is_past and (not quiet or _passes_quiet(one))

    # -- when telling fails

    def _tell_trouble(self, settings: Settings) -> None:
        with self._store.reading() as connection:
            fares = table.recipients(connection, self._store.mode)
        failing = [fares[name] for name in settings.names if name in fares and fares[name].problem]
        if failing:
            words = "; ".join(f"{one.name}: {one.problem}" for one in failing)
            raise RunError(
                f"people are not told what happens: {words}. Nothing is lost, and it is tried again. "
                "Try it yourself: python run.py alerts test"
            )

    def _cry(self, campaigning: Campaigning, settings: Settings, words: str, now: datetime) -> None:
        """Where nothing can be written down, a full disk perhaps, people must hear at least that."""
        if self._cried is not None and timedelta(0) <= now - self._cried < CRY:
            return
        self._cried = now
        letter = cry(words, campaigning.config.campaign.name, now, settings.zone)
        for recipient in settings.told(now):
            self._courier.shout(recipient, letter)


def _raised(one: Cause) -> Raised:
    return Raised(one.name, one.kind, one.key, one.words, one.todo, one.sort.urgent)


def _together(tellings: Sequence[Telling]) -> Sequence[Telling]:
    """What goes into one message: the summary is one by itself, after what has happened."""
    happened = [one for one in tellings if one.alert.kind != "digest"]
    return happened or tellings


def _passes_quiet(one: Telling) -> bool:
    """What is urgent, and that it is over; and the summary, whose time somebody has chosen."""
    return one.alert.urgent or one.alert.kind == "digest"


def _unreached(
    pending: Mapping[str, Sequence[Telling]], fares: Mapping[str, Recipient], now: datetime
) -> Iterator[int]:
    """Urgent alerts that do not reach whom they were meant for."""
    for name, tellings in pending.items():
        since = fares[name].failing_since if name in fares else None
        if since is not None and now - since >= ANOTHER_MUST_KNOW:
            yield from (one.alert.id for one in tellings if one.alert.urgent and one.what is What.IS)
