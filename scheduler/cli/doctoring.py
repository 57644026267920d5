"""The command that looks at the machine: what is well, what is not, and what to do about it."""

from __future__ import annotations

import sys

import click

from scheduler.cli.arguments import AS_JSON
from scheduler.cli.output import folded, now, plural, print_json

COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


@click.command()
@click.option("--network", is_flag=True, help="Also ask each channel's server what time it has.")
@AS_JSON
@click.pass_context
def doctor(ctx: click.Context, network: bool, as_json: bool) -> None:
    """Python, packages, fonts, zones, clock, disk, database, credentials, service: one line each.

    It changes nothing and, without --network, asks nobody. Exit 1 if something is bad.
    """
    from scheduler.service.doctoring import examine
    from scheduler.service.symptoms import Health

    seen = examine(ctx.obj["config"], ctx.obj["data"], now(), network=network)
    if as_json:
        print_json(
            [
                {"about": one.about, "state": str(one.health), "words": one.words, "todo": one.todo or None}
                for one in seen
            ]
        )
    else:
        for one in seen:
            sign = click.style(str(one.health).ljust(4), fg=COLOURS[one.health])
            todo = f" → {one.todo}" if one.todo else ""
            click.echo(folded(f"{one.about}: {one.words}{todo}", " " * 8, f"{sign}  "))
        bad, warned = (sum(one.health is state for one in seen) for state in (Health.BAD, Health.WARN))
        click.echo(f"{plural(bad, 'thing')} bad, {plural(warned, 'warning')}.")
    if any(one.health is Health.BAD for one in seen):
        sys.exit(1)
