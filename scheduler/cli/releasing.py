"""The command that lets go: a hold is lifted, and for each delivery that lapsed under it a person decides."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from scheduler.cli.arguments import WHO, moment, opened, person
from scheduler.cli.looking import state_of
from scheduler.cli.output import Line, by_day, few, folded, local, now, plural
from scheduler.content.times import NEXT_SLOT
from scheduler.errors import InputError
from scheduler.model import Mode, State
from scheduler.service import Campaigning
from scheduler.service.holding import give_time, next_slot, require_time
from scheduler.store import Hold, LiftReport, Status, Store

DROP, LEAVE = "drop", "leave"
SHOWN = timedelta(days=7)
"""How much of the plan is shown after a release."""


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Lift every open hold.")
@click.option(
    "--new-time",
    "new_times",
    multiple=True,
    metavar="KEY=TIME",
    help='A new time for what lapsed: POST, POST/CHANNEL or its key = "D-1 10:00" or "next slot".',
)
@click.option("--drop", "drops", multiple=True, metavar="KEY", help="Leave out what lapsed, for good.")
@WHO
@click.pass_context
def release(
    ctx: click.Context,
    number: int | None,
    everything: bool,
    new_times: tuple[str, ...],
    drops: tuple[str, ...],
    who: str | None,
) -> None:
    """Lift a hold. Nothing is sent by this: each delivery whose time came under it gets a new time from you,
    is dropped or stays missed.
    """
    campaigning, name, at = opened(ctx), person(who), now()
    with campaigning.store(Mode.LIVE) as store:
        holds = _chosen(store.holds(), number, everything)
        letting_go = _LettingGo(campaigning, store, name, at)
        letting_go.decide(store.lapsing([hold.id for hold in holds], at), new_times, drops)
        affected = _affected(holds, store.statuses(at))
        done = store.lift_all([hold.id for hold in holds], name, at)
        click.echo(f"{plural(len(holds), 'hold')} lifted. Nothing was sent by this.")
        letting_go.carry_out(done)
        _show_plan(campaigning, store.statuses(at), affected, at)


def _chosen(holds: tuple[Hold, ...], number: int | None, everything: bool) -> list[Hold]:
    """The holds meant. Raises InputError, with the open ones, where none is."""
    if not holds:
        raise InputError("There is no open hold, so there is nothing to lift.")
    if everything and number is None:
        return list(holds)
    chosen = [hold for hold in holds if hold.id == number]
    if everything or not chosen:
        listed = "; ".join(f"{hold.id} on {hold.words} ({hold.reason})" for hold in holds)
        raise InputError(f"Name one open hold by its number, or --all. Open: {listed}")
    return chosen


@dataclass
class _LettingGo:
    """What becomes of each lapsed delivery: a time, or None for dropped. What is not in `choices` is asked
    for at a terminal, else it stays missed.
    """

    campaigning: Campaigning
    store: Store
    who: str
    now: datetime
    choices: dict[str, datetime | None] = field(default_factory=dict)

    def decide(self, keys: Sequence[str], new_times: Iterable[str], drops: Iterable[str]) -> None:
        """Read the options. Raises InputError before anything is lifted."""
        statuses = list(self.store.statuses(self.now))
        lapsing = [one for one in statuses if one.key in set(keys)]
        for words in drops:
            for one in _named(words, lapsing):
                self._choose(one, None)
        for pair in new_times:
            words, equals, time = pair.partition("=")
            if not equals or not time.strip():
                raise InputError(f"--new-time {pair}: write KEY=TIME, such as flood/m-en='D-1 10:00'")
            for one in _named(words.strip(), lapsing):
                try:
                    due = self._due(one, time.strip(), statuses)
                except InputError as error:
                    raise InputError(f"--new-time {pair}: {error}. Nothing was lifted.") from None
                self._choose(one, due)
                statuses.append(replace(one, due=due, state=State.SCHEDULED))

    def _choose(self, one: Status, due: datetime | None) -> None:
        if one.key in self.choices:
            raise InputError(f"{one.key} is named twice; say once what becomes of it. Nothing was lifted.")
        self.choices[one.key] = due

    def _due(self, one: Status, time: str, statuses: Iterable[Status]) -> datetime:
        """Raises InputError for a time that cannot be used."""
        config = self.campaigning.config
        if time == NEXT_SLOT:
            if (found := next_slot(config, statuses, one, self.now)) is None:
                raise InputError(f"{one.channel} has no free slot left; name a time")
            return require_time(config, found, self.now)
        try:
            due = moment(time, self.campaigning, "")
        except InputError as error:
            raise InputError(str(error).removeprefix(f" {time}: ")) from None
        return require_time(config, due, self.now)

    def carry_out(self, done: LiftReport) -> None:
        """Give the times, drop, ask at a terminal, and say of the rest what a person may do."""
        lapsed = set(done.by_mode.get(Mode.LIVE, ()))
        left = []
        for one in [one for one in self.store.statuses(self.now) if one.key in lapsed]:
            if one.key in self.choices:
                self._perform(one, self.choices[one.key])
            elif not (at_terminal() and self._ask(one)):
                left.append(one)
        for one in left:
            self._show_left(one)
        if dry := done.by_mode.get(Mode.DRY, ()):
            click.echo(f"In the dry run {plural(len(dry), 'delivery', 'deliveries')} lapsed, too.")

    def _perform(self, one: Status, due: datetime | None) -> None:
        if due is None:
            self.store.cancel(one.key, self.who, "lapsed under a hold", self.now)
            click.echo(f"{one.key}: dropped.")
            return
        give_time(self.campaigning.config, self.store, one, due, self.who, self.now)
        click.echo(f"{one.key}: goes out {local(due, self._zone)}.")

    def _ask(self, one: Status) -> bool:
        """Ask until there is an answer that can be used; False: it is left as it is."""
        found = next_slot(self.campaigning.config, self.store.statuses(self.now), one, self.now)
        offered = f"{found.astimezone(self._zone):%Y-%m-%d %H:%M}" if found else LEAVE
        click.echo(folded(f"{one.key} lapsed: it was due {local(one.due, self._zone)}.", "  ", ""))
        while True:
            words = click.prompt(f"  A new time, {NEXT_SLOT}, {DROP} or {LEAVE}", default=offered).strip()
            if words == LEAVE:
                return False
            try:
                due = None if words == DROP else self._due(one, words, self.store.statuses(self.now))
                self._perform(one, due)
            except InputError as error:
                click.echo(folded(str(error), "  ", ""))
            else:
                return True

    def _show_left(self, one: Status) -> None:
        click.echo(
            f"{one.key} lapsed under the hold and stays missed; it was due {local(one.due, self._zone)}."
        )
        click.echo(f"  New time: python run.py retry {one.key} --at TIME")
        click.echo(f"  Leave it out: python run.py cancel {one.key}")

    @property
    def _zone(self) -> ZoneInfo:
        return self.campaigning.config.campaign.timezone


def at_terminal() -> bool:
    """Whether a person is there who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _named(words: str, lapsing: Sequence[Status]) -> list[Status]:
    """What is meant by POST, POST/CHANNEL or a key. Raises InputError where nothing that lapses is."""
    found = [one for one in lapsing if words in (one.key, one.post, f"{one.post}/{one.channel}")]
    if found:
        return found
    there = few((f"{one.post}/{one.channel}" for one in lapsing), 12)
    what = f"There lapse: {there}." if there else "Nothing lapses."
    raise InputError(f"“{words}” is not among what came due under the hold, so nothing was lifted. {what}")


def _affected(holds: Sequence[Hold], statuses: Iterable[Status]) -> tuple[str, ...]:
    """The channels on which the holds stopped something."""
    stopped = {one.channel for one in statuses if one.open and any(hold.stops(one) for hold in holds)}
    return tuple(sorted(stopped))


def _show_plan(
    campaigning: Campaigning, statuses: Iterable[Status], channels: Sequence[str], at: datetime
) -> None:
    """Who goes when in the coming days, on the channels that were stopped."""
    if not channels:
        return
    campaign = campaigning.config.campaign
    coming = [one for one in statuses if one.open and one.channel in channels]
    soon = [one for one in coming if one.due < at + SHOWN]
    names, days = few(channels), f"the next {SHOWN.days} days"
    click.echo(f"To come on {names} in {days}:" if soon else f"Nothing is to come on {names} in {days}.")
    by_day((_line(one, campaign.timezone) for one in soon), campaign)
    if later := len(coming) - len(soon):
        click.echo(f"And {later} later; see: python run.py status")


def _line(one: Status, zone: ZoneInfo) -> Line:
    words = "; ".join(one.reasons)
    plain = (local(one.due, zone), one.channel, one.post, state_of(one), words)
    return Line(one.due, one.post, one.channel, (state_of(one),), words, plain)
