"""Commands that look at what is recorded: status and why."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from scheduler.cli.arguments import AS_JSON, DRY, NOTHING_YET, find, mode_of, opened, recorded
from scheduler.cli.output import Line, by_day, folded, local, now, plural, print_json
from scheduler.model import State
from scheduler.service import as_json as told
from scheduler.service.as_json import utc
from scheduler.store import Event, Hold, Notice, Status


@click.command()
@AS_JSON
@DRY
@click.option("--all", "everything", is_flag=True, help="Also what is published, missed or cancelled.")
@click.pass_context
def status(ctx: click.Context, as_json: bool, dry: bool, everything: bool) -> None:
    """Where every delivery stands, and what holds it."""
    campaigning = opened(ctx)
    at = now()
    statuses: Sequence[Status] = ()
    holds: Sequence[Hold] = ()
    notices: Sequence[Notice] = ()
    beat: datetime | None = None
    at_work = False
    if campaigning.has_store:
        with campaigning.store(mode_of(dry)) as store:
            statuses, holds, beat = store.statuses(at), store.holds(), store.last_heartbeat()
            at_work = store.is_locked
            notices = store.notices()
    if as_json:
        print_json(_fields(statuses, holds, beat))
        return
    if not campaigning.has_store:
        click.echo(folded(f"{NOTHING_YET} See what would happen with: python run.py rehearse"))
        return
    campaign = campaigning.config.campaign
    _show_stops(campaign.timezone, holds, notices)
    shown = [one for one in statuses if everything or one.open or one.state in (State.UNKNOWN, State.SENDING)]
    by_day((_line(campaign.timezone, one) for one in shown), campaign)
    _show_counts(statuses, dry)
    if any(reason.startswith("not approved") for one in shown for reason in one.reasons):
        click.echo("To approve a post: python run.py approve POST --as NAME")
    _show_beat(campaign.timezone, beat, at_work, dry)


def state_of(one: Status) -> str:
    return "held" if one.held else str(one.state)


def _fields(statuses: Sequence[Status], holds: Sequence[Hold], beat: datetime | None) -> dict[str, Any]:
    """What `status --json` promises."""
    return {
        "counts": dict(Counter(state_of(one) for one in statuses)),
        "deliveries": [told.of(one) for one in statuses],
        "holds": [told.of(hold) for hold in holds],
        "heartbeat": utc(beat) if beat else None,
    }


def _show_stops(zone: ZoneInfo, holds: Sequence[Hold], notices: Sequence[Notice]) -> None:
    for hold in holds:
        again = f"; to look at again {local(hold.look_again, zone)}" if hold.look_again else ""
        click.echo(folded(f"Hold {hold.id} on {hold.words} by {hold.who}: {hold.reason}{again}", "  ", ""))
    for notice in notices:
        click.echo(folded(f"Notice: {notice.text}", "  ", ""))


def _line(zone: ZoneInfo, one: Status) -> Line:
    words = one.url or "; ".join(one.reasons)
    plain = (local(one.due, zone), one.channel, one.post, state_of(one), words)
    return Line(one.due, one.post, one.channel, (state_of(one),), words, plain)


def _show_counts(statuses: Sequence[Status], dry: bool) -> None:
    counts = Counter(state_of(one) for one in statuses)
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    mode = "Dry run" if dry else "Live"
    other = "" if dry else " (the dry run's are in: status --dry)"
    click.echo(f"{mode}: {words}." if words else f"{mode}: no deliveries yet{other}.")


def _show_beat(zone: ZoneInfo, beat: datetime | None, at_work: bool, dry: bool) -> None:
    start = "python run.py run" + ("" if dry else " --live")
    if beat is None:
        click.echo(f"The scheduler has not run in this mode. Start it with: {start}")
    elif not at_work:
        click.echo(folded(f"The scheduler is not running; last at work {local(beat, zone)}. Start: {start}"))
    else:
        click.echo("The scheduler is running.")


@click.command()
@click.argument("key")
@AS_JSON
@DRY
@click.pass_context
def why(ctx: click.Context, key: str, as_json: bool, dry: bool) -> None:
    """Everything known about one delivery (2027/figures/x-en) or all of one post's (figures)."""
    campaigning = opened(ctx)
    with recorded(campaigning, mode_of(dry)) as store:
        found = find(store, key)
        histories = [(one, store.history(one.key)) for one in found]
    if as_json:
        print_json(
            [{**told.of(one), "history": [told.of(event) for event in story]} for one, story in histories]
        )
        return
    for one, story in histories:
        _tell(campaigning.config.campaign.timezone, one, story)
    if len(found) > 1:
        click.echo(f"{plural(len(found), 'delivery', 'deliveries')} of this post.")


def _tell(zone: ZoneInfo, one: Status, history: Sequence[Event]) -> None:
    click.echo(folded(f"{one.key}: {state_of(one)}, due {local(one.due, zone)} ({utc(one.due)})", "    ", ""))
    lead = "held: " if one.held else ""
    for line in (*(f"{lead}{reason}" for reason in one.reasons), one.url, *one.notes):
        if line:
            click.echo(folded(line, "    ", "  "))
    for event in history:
        click.echo(folded(f"{local(event.at, zone)}  {event.words}", "    ", "  "))
