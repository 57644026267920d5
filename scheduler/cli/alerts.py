"""The alerts command: who is told of what now, and whether each address works."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from scheduler.cli.arguments import AS_JSON, DRY, mode_of, opened
from scheduler.cli.output import few, folded, local, now, plural, print_json
from scheduler.errors import InputError

if TYPE_CHECKING:
    from scheduler.service.telling import Standing


@click.group()
def alerts() -> None:
    """Who is told when something happens, what was told, and whether it arrives.

    Addresses stand in .env, under names that `alerts: to:` in config.yaml lists.
    """


@alerts.command()
@AS_JSON
@click.pass_context
def test(ctx: click.Context, as_json: bool) -> None:
    """Send one message to every address, and say what came back. The exit code is 1 where one failed."""
    from scheduler.service import telling

    tried = telling.try_all(opened(ctx), now())
    if as_json:
        print_json(
            [
                {"name": one.name, "taken": one.outcome.taken, "problem": one.outcome.problem or None}
                for one in tried
            ]
        )
    else:
        for one in tried:
            words = "taken; see whether it has arrived" if one.outcome.taken else one.outcome.problem
            click.echo(folded(f"{one.name}: {words}.", "  ", ""))
    sys.exit(0 if all(one.outcome.taken for one in tried) else 1)


@alerts.command()
@AS_JSON
@DRY
@click.pass_context
def show(ctx: click.Context, as_json: bool, dry: bool) -> None:
    """Who is told now, how each address fares, and what they were told of that is still so."""
    from scheduler.service import telling

    campaigning = opened(ctx)
    if campaigning.has_store:
        with campaigning.store(mode_of(dry)) as store:
            seen = telling.look(campaigning, store, now())
    else:
        seen = telling.look(campaigning, None, now())
    if as_json:
        print_json(seen.to_json())
        return
    if not seen.names:
        raise InputError(telling.NOBODY)
    _show(seen, campaigning.config.campaign.timezone)


def _show(seen: Standing, zone: ZoneInfo) -> None:
    quiet = "; these are quiet hours, so only of what is urgent" if seen.quiet else ""
    duty = f" (on duty: {few(seen.on_duty)})" if seen.on_duty else ""
    click.echo(folded(f"Told now: {few(seen.told)}{duty}{quiet}.", "  ", ""))
    for name in seen.names:
        click.echo(folded(f"{name}: {_fare(seen, name, zone)}.", "    ", "  "))
    if seen.open:
        click.echo(f"{plural(len(seen.open), 'thing')} told of, or to be told, and not over:")
    for one in seen.open:
        click.echo(folded(f"{local(one.at, zone)}: {one.words}", "    ", "  - "))


def _fare(seen: Standing, name: str, zone: ZoneInfo) -> str:
    fare = seen.fares.get(name)
    waiting = seen.waiting.get(name, 0)
    waits = f"; {plural(waiting, 'thing')} to be told" if waiting else ""
    last = local(fare.told_at, zone) if fare is not None and fare.told_at is not None else None
    told = f"last told {last}" if last else "nothing told yet"
    if fare is None or not fare.problem:
        return told + waits
    since = f" since {local(fare.failing_since, zone)}" if fare.failing_since else ""
    return f"fails{since}: {fare.problem}; {told}{waits}"
