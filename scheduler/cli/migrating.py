"""The command that takes a campaign's database to a server, or back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scheduler.cli.arguments import WHO, opened, person
from scheduler.cli.output import now, plural

if TYPE_CHECKING:
    from scheduler.service.migrating import Change
    from scheduler.store.relocating import Relocated

NAMES = {
    "deliveries": "deliveries",
    "parts": "parts of them",
    "attempts": "steps of their stories",
    "approvals": "approvals and comments",
    "answers": "answers about words",
    "holds": "holds",
    "files": "pictures",
    "audit": "lines of the log",
}
"""Tables that mean something to people, in their words."""


@click.command()
@click.option("--from", "source", required=True, metavar="sqlite|postgresql|ADDRESS", help="Where it is now.")
@click.option("--to", "target", required=True, metavar="sqlite|postgresql|ADDRESS", help="Where it shall be.")
@click.option("--write", is_flag=True, help="Also name the new place in config.yaml.")
@WHO
@click.pass_context
def migrate(ctx: click.Context, source: str, target: str, write: bool, who: str | None) -> None:
    """Take everything recorded from the file to a PostgreSQL server, or back; nothing is sent by this.

    `sqlite` is the file in the data folder, `postgresql` the server that config.yaml names; another one is
    given by its address, without its password. Stop every scheduler first, on all machines.
    """
    from scheduler.service import migrating

    campaigning = opened(ctx)
    done = migrating.migrate(campaigning, source, target, now(), person(who))
    _tell(done)
    wanted = migrating.change(campaigning, source, target)
    if write:
        migrating.write(campaigning, wanted)
    click.echo(_next(wanted, write))


def _tell(done: Relocated) -> None:
    if done.finished:
        click.echo(f"{done.target}: everything had arrived already; the move is finished now.")
    else:
        click.echo(f"Everything is now in {done.target}; it was compared row by row (SHA-256 {done.digest}).")
    width = max(map(len, NAMES.values()))
    click.echo(f"{'':{width}}  {'before':>8}  {'after':>8}")
    for table, words in NAMES.items():
        click.echo(f"{words:{width}}  {done.before.get(table, 0):8}  {done.after.get(table, 0):8}")
    more = done.after.get("audit", 0) - done.before.get("audit", 0)
    click.echo(f"The log has {plural(more, 'line')} more: this move.")
    click.echo(f"{done.source} is kept as it was, and refuses to be worked with from now on.")
    if done.aside is not None:
        click.echo(f"What had moved away from there before is kept: {done.aside}")


def _next(wanted: Change, written: bool) -> str:
    if not wanted.needed:
        return "config.yaml names it already."
    if written:
        return f"config.yaml now says: {wanted.words}"
    where = f"line {wanted.line} of config.yaml" if wanted.line else "config.yaml, in a line of its own"
    return f"Now change {where}: {wanted.words}"
