"""Commands that deliver: run and publish. Only with --live does anything leave this machine."""

import logging
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from scheduler.cli.arguments import WHO, opened, person
from scheduler.cli.looking import state_of
from scheduler.cli.output import Line, by_day, folded, local, now
from scheduler.model import Mode, State
from scheduler.store import Status

LIVE = click.option("--live", is_flag=True, help="Really publish, on channels that say live: true.")

NEXT = {
    State.UNKNOWN: "look at the account, then say what you saw: python run.py settle --help",
    State.REFUSED: "mend what it says, then: python run.py retry {key}",
    State.MISSED: "give it a new time: python run.py retry {key} --at TIME",
}
"""What a person can do about a delivery that did not go out."""


def _mode(live: bool) -> Mode:
    return Mode.LIVE if live else Mode.DRY


class _InZone(logging.Formatter):
    """Times as the campaign counts them, with the zone: the machine's own may be another."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._zone = zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        there = datetime.fromtimestamp(record.created, self._zone)
        return f"{there:%Y-%m-%d %H:%M:%S} {self._zone.key}"


def _diary(zone: ZoneInfo) -> None:
    """INFO is the day's diary, a line per delivery, on standard error; other packages only warn."""
    handler = logging.StreamHandler()
    handler.setFormatter(_InZone(zone))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("scheduler").setLevel(logging.INFO)


@click.command()
@LIVE
@click.option("--until-done", is_flag=True, help="End when nothing can change without a person.")
@click.option(
    "--accept-removals", is_flag=True, help="Let this start cancel many deliveries whose posts are gone."
)
@click.pass_context
def run(ctx: click.Context, live: bool, until_done: bool, accept_removals: bool) -> None:
    """The long-running scheduler. Stop it with Ctrl-C or SIGTERM: what is being sent is finished first."""
    from scheduler.service.running import Service

    campaigning = opened(ctx)
    _diary(campaigning.config.campaign.timezone)
    service = Service(
        campaigning,
        _mode(live),
        now,
        until_done=until_done,
        accept_removals=accept_removals,
        by_server_clock=True,
    )
    code = service.run()
    campaign = campaigning.config.campaign
    if until_done:
        by_day((_ended(campaign.timezone, one, _mode(live)) for one in service.ended), campaign)
        if not service.ended:
            click.echo("There was nothing to deliver.")
    sys.exit(code)


def _ended(zone: ZoneInfo, one: Status, mode: Mode) -> Line:
    state, words = state_of(one, mode), one.url or "; ".join(one.reasons)
    return Line(
        one.due, one.post, one.channel, (state,), words, (one.key, state, local(one.due, zone), words)
    )


@click.command()
@click.argument("post")
@click.option("--channel", required=True, help="The channel to publish on.")
@LIVE
@click.option("--urgent", is_flag=True, help="Pass limits and slots; never a hold, an approval or an error.")
@WHO
@click.pass_context
def publish(ctx: click.Context, post: str, channel: str, live: bool, urgent: bool, who: str | None) -> None:
    """Publish one post on one channel now, and wait for the result."""
    from scheduler.service.publishing import publish as perform

    campaigning = opened(ctx)
    _diary(campaigning.config.campaign.timezone)
    status = perform(
        campaigning,
        _mode(live),
        now,
        post,
        channel,
        urgent=urgent,
        who=person(who),
        by_server_clock=True,
    )
    words = (f"{status.key}: {state_of(status, _mode(live))}", status.url, "; ".join(status.reasons))
    click.echo(folded(" — ".join(word for word in words if word), "    ", ""))
    if status.state in NEXT:
        click.echo(NEXT[status.state].format(key=status.key))
    elif status.state is State.PUBLISHED and not live:
        click.echo("This was a dry run: it is in the outbox, and nothing left this machine.")
    sys.exit(0 if status.state is State.PUBLISHED else 1)
