"""Commands that look at what is recorded: status and why."""

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from scheduler import approvals
from scheduler.cli import correcting, reading
from scheduler.cli.arguments import AS_JSON, DRY, NOTHING_YET, find, mode_of, opened, recorded
from scheduler.cli.output import Line, by_day, few, folded, local, now, plural, print_json
from scheduler.errors import InputError
from scheduler.model import Mode, State
from scheduler.service import Campaigning, health, machines, outlook, telling
from scheduler.service import as_json as told
from scheduler.service.as_json import utc
from scheduler.service.outlook import Outlook
from scheduler.service.untaken import Untaken, untaken
from scheduler.store import Event, Notice, Status, Store

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")


@dataclass(frozen=True)
class _Seen:
    """What `status` shows of one mode."""

    outlook: Outlook
    statuses: Sequence[Status] = ()
    notices: Sequence[Notice] = ()
    beat: datetime | None = None
    clock: str = ""
    head: str = ""
    lowered: Sequence[str] = ()
    alerts: telling.Standing | None = None
    machines: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def waived(self) -> dict[str, list[str]]:
        """What two people have answered, by the post it is in."""
        found: dict[str, dict[str, None]] = {}
        for one in self.statuses:
            for words in one.waived:
                found.setdefault(one.post, {})[words] = None
        return {post: list(words) for post, words in found.items()}


@click.command()
@AS_JSON
@DRY
@click.option("--all", "everything", is_flag=True, help="Also what is published, missed or cancelled.")
@click.option("--corrections", is_flag=True, help="What was corrected by what, and what was taken back.")
@click.option("--for", "name", metavar="NAME", default=None, help="Only what waits for this person to read.")
@click.pass_context
def status(
    ctx: click.Context, as_json: bool, dry: bool, everything: bool, corrections: bool, name: str | None
) -> None:
    """Where every post stands, and what needs you: then the exit code is 1."""
    campaigning = opened(ctx)
    if name is not None:
        _show_waiting(campaigning, name, as_json)
        return
    if corrections:
        correcting.show(campaigning, mode_of(dry), as_json)
        return
    if not campaigning.has_store:
        if as_json:
            print_json(_fields(None))
        else:
            click.echo(folded(f"{NOTHING_YET} See what would happen with: python run.py rehearse"))
        return
    seen = _look(campaigning, mode_of(dry))
    if as_json:
        print_json(_fields(seen))
    else:
        _show(campaigning, seen, everything)
    sys.exit(0 if seen.outlook.ok else 1)


def _look(campaigning: Campaigning, mode: Mode) -> _Seen:
    with campaigning.store(mode) as store:
        at = store.clock() or now()
        beat = store.last_heartbeat()
        ticks = [one for one in (beat, health.last_tick(store.folder, mode)) if one is not None]
        seen = outlook.look(
            campaigning,
            store,
            at,
            troubles=store.troubles(),
            late=store.late(at),
            at_work=_at_work(store, at),
            ticked=max(ticks, default=None),
        )
        return _Seen(
            seen,
            machines.explained(store, store.statuses(at), at),
            store.notices(),
            beat,
            _clock(store.recall("clock")),
            store.audit_head(),
            approvals.lowered(campaigning.config.approvals),
            telling.look(campaigning, store, at),
            machines.at_work(store, at),
        )


def _show_waiting(campaigning: Campaigning, name: str, as_json: bool) -> None:
    """Yours to read: what waits for one person, and what changed since they approved it."""
    from scheduler.service.approving import to_read

    at = now()
    waiting = to_read(campaigning, campaigning.prepare(at), name, at)
    if as_json:
        print_json([one.to_json() for one in waiting])
    else:
        reading.show_waiting(waiting, campaigning.config.campaign.timezone, name)


def _at_work(store: Store, at: datetime) -> bool:
    """Whether a scheduler runs, here or on another machine; `publish` holds the lock too, for one post."""
    if machines.at_work(store, at):
        return True
    return store.is_locked and store.lock_holder.get("words", "run").startswith("run")


def _clock(compared: Any) -> str:
    """When it was last compared, as the engine remembers it."""
    if not compared:
        return ""
    seconds = abs(compared["offset_seconds"])
    return f"{seconds:.0f} s beside a platform's when last compared, {compared['at']}"


def state_of(one: Status, mode: Mode = Mode.LIVE) -> str:
    """Its state in a word; in a dry run nothing was published, it only would have been."""
    if one.held:
        return "held"
    return "would be out" if mode is Mode.DRY and one.state is State.PUBLISHED else str(one.state)


def _fields(seen: _Seen | None) -> dict[str, Any]:
    """What `status --json` promises; the first four were there from the beginning."""
    if seen is None:
        return {"counts": {}, "deliveries": [], "holds": [], "heartbeat": None}
    return {
        "counts": dict(Counter(state_of(one) for one in seen.statuses)),
        "deliveries": [told.of(one) for one in seen.statuses],
        "holds": [told.of(hold) for hold in seen.outlook.holds],
        "heartbeat": utc(seen.beat) if seen.beat else None,
        "audit_head": seen.head,
        "lowered": list(seen.lowered),
        "answered": seen.waived,
        "alerts": seen.alerts.to_json() if seen.alerts is not None else None,
        **seen.outlook.to_json(),
    }


def _show(campaigning: Campaigning, seen: _Seen, everything: bool) -> None:
    campaign, mode = campaigning.config.campaign, seen.outlook.mode
    _show_work(campaign.timezone, seen)
    _show_times(campaign.timezone, seen)
    _show_needs(seen.outlook)
    _show_alerts(campaign.timezone, seen)
    _show_stops(campaign.timezone, seen)
    _show_lowered(seen)
    going_on = (State.UNKNOWN, State.SENDING)
    shown = [one for one in seen.statuses if everything or one.open or one.state in going_on]
    by_day((_line(campaign.timezone, one, mode) for one in shown), campaign)
    _show_counts(seen.statuses, mode)
    if any(reason.startswith("not approved") for one in shown for reason in one.reasons):
        click.echo(
            "To approve a post: python run.py approve POST --as NAME (or --mine: all that wait for you)"
        )
    if seen.head:
        click.echo(f"Head of the log: {seen.head}")


def _show_work(zone: ZoneInfo, seen: _Seen) -> None:
    """Is a scheduler at work, and when did it last look?"""
    look = seen.outlook
    start = "python run.py run" + ("" if look.mode is Mode.DRY else " --live")
    if look.ticked is None and not look.at_work:
        click.echo(f"The scheduler has not run in this mode. Start it with: {start}")
        return
    last = local(look.ticked, zone) if look.ticked else "never"
    if not look.at_work:
        click.echo(folded(f"The scheduler is not running; last at work {last}. Start: {start}"))
        return
    age = (look.at - look.ticked).total_seconds() if look.ticked else 0
    if look.stands_still:
        click.echo(folded(f"The scheduler holds its lock but has done nothing since {last}; restart it."))
    else:
        on = f" on {few(tuple(seen.machines))}" if seen.machines else ""
        click.echo(folded(f"The scheduler is running{on}; it last looked {max(0, round(age))} s ago."))


def _show_times(zone: ZoneInfo, seen: _Seen) -> None:
    look = seen.outlook
    if look.next_post is not None:
        key, due = look.next_post
        click.echo(folded(f"Next: {key}, {local(due, zone)}.", "  ", ""))
    if look.late:
        first, more = look.late[0], look.late_count - 1
        why = "; ".join(first.reasons) or "nothing is known to keep it"
        others = f" (and {plural(more, 'post')} more)" if more else ""
        click.echo(folded(f"Overdue: {first.key}, since {local(first.due, zone)}: {why}{others}.", "  ", ""))
    if look.mode is Mode.LIVE and seen.clock and look.clock is None:
        click.echo(folded(f"This machine's clock: {_in_local(seen.clock, zone)}.", "  ", ""))
    if look.frozen is not None:
        click.echo(folded(f"The plan is {look.frozen}.", "  ", ""))


def _show_needs(look: Outlook) -> None:
    if look.needs_you:
        click.secho("Needs you:", bold=True)
    for words in look.needs_you:
        click.echo(folded(words, "    ", "  - "))


def _show_alerts(zone: ZoneInfo, seen: _Seen) -> None:
    """Whether people are told without looking here."""
    alerts = seen.alerts
    if alerts is None or not alerts.names or alerts.failing:
        return  # nobody is to be told; or what fails stands among what needs you
    last, when = alerts.last, "none sent yet"
    if last is not None and last.told_at is not None:
        when = f"the last one {local(last.told_at, zone)} to {last.name}"
    click.echo(folded(f"Alerts go to {few(alerts.told)}; {when}.", "  ", ""))


def _show_stops(zone: ZoneInfo, seen: _Seen) -> None:
    for hold in seen.outlook.holds:
        again = f"; to look at again {local(hold.look_again, zone)}" if hold.look_again else ""
        click.echo(folded(f"Hold {hold.id} on {hold.words} by {hold.who}: {hold.reason}{again}", "  ", ""))
    said = set(seen.outlook.needs_you)
    for notice in seen.notices:
        if notice.text not in said:
            click.echo(folded(f"Notice: {_in_local(notice.text, zone)}", "  ", ""))


def _show_lowered(seen: _Seen) -> None:
    """Where less is asked than the program proposes: whoever signs must not be surprised."""
    for words in seen.lowered:
        click.echo(folded(f"Lowered: {words}", "  ", ""))
    for post, answered in seen.waived.items():
        for words in answered:
            click.echo(folded(f"Answered by two people, in {post}: {words}", "  ", ""))


def _line(zone: ZoneInfo, one: Status, mode: Mode) -> Line:
    told = [_in_local(words, zone) for words in one.reasons]
    # What is out has its link; a reason beside it is that it was taken back.
    told += [] if one.url else [f"said of it: {words}" for words in one.said]
    words = " — ".join(filter(None, (one.url, "; ".join(told))))
    state = state_of(one, mode)
    plain = (local(one.due, zone), one.channel, one.post, state, words)
    return Line(one.due, one.post, one.channel, (state,), words, plain)


def _show_counts(statuses: Sequence[Status], mode: Mode) -> None:
    counts = Counter(state_of(one, mode) for one in statuses)
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    name = "Dry run" if mode is Mode.DRY else "Live"
    other = "" if mode is Mode.DRY else " (the dry run's are in: status --dry)"
    click.echo(f"{name}: {words}." if words else f"{name}: no posts yet{other}.")


@click.command()
@click.argument("key")
@AS_JSON
@DRY
@click.pass_context
def why(ctx: click.Context, key: str, as_json: bool, dry: bool) -> None:
    """Everything known about one delivery (2027/figures/x-en) or all of one post's (figures)."""
    campaigning, mode = opened(ctx), mode_of(dry)
    with recorded(campaigning, mode) as store:
        found = _of_a_delivery(campaigning, store, mode, key)
        histories = [(one, store.history(one.key)) for one in found]
    if as_json:
        print_json(
            [{**told.of(one), "history": [told.of(event) for event in story]} for one, story in histories]
        )
        return
    for one, story in histories:
        _tell(campaigning.config.campaign.timezone, one, story, mode)
    if len(found) > 1:
        click.echo(f"This post goes to {plural(len(found), 'channel')}.")


def _of_a_delivery(
    campaigning: Campaigning, store: Store, mode: Mode, key: str
) -> Sequence[Status] | Sequence[Untaken]:
    """Its rows; before there are any, what is planned: people may have spoken about it already."""
    try:
        return machines.explained(store, find(store, key), store.clock() or now())
    except InputError:
        if mode is Mode.LIVE and (planned := untaken(campaigning, key, now())):
            return planned
        raise


def _tell(zone: ZoneInfo, one: Status | Untaken, history: Sequence[Event], mode: Mode) -> None:
    state = one.state if isinstance(one, Untaken) else state_of(one, mode)
    click.echo(folded(f"{one.key}: {state}, due {local(one.due, zone)} ({utc(one.due)})", "    ", ""))
    for line in one.reasons if isinstance(one, Untaken) else _standing_lines(one):
        click.echo(folded(_in_local(line, zone), "    ", "  "))
    for event in history:
        click.echo(folded(f"{local(event.at, zone)}  {_in_local(event.words, zone)}", "    ", "  "))


def _standing_lines(one: Status) -> list[str]:
    """What keeps it, where it is, and what people answered and said."""
    lead = "held: " if one.held else ""
    answered = [f"answered: {words}" for words in one.waived]
    said = [f"said of it as it is now: {words}" for words in one.said]
    lines = (*(f"{lead}{reason}" for reason in one.reasons), one.url, *one.notes, *answered, *said)
    return [line for line in lines if line]


def _in_local(words: str, zone: ZoneInfo) -> str:
    """The words with moments as a person reads them; the record keeps them to the microsecond."""
    return _MOMENT.sub(lambda found: local(datetime.fromisoformat(found[0]), zone), words)
