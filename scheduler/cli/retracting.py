"""The command that takes back what is out: retract."""

import sys

import click

from scheduler.cli import INTERRUPTED
from scheduler.cli.arguments import WHO, find, opened, person, recorded
from scheduler.cli.output import folded, now, plural
from scheduler.errors import InputError
from scheduler.model import Mode, State
from scheduler.service import retracting
from scheduler.service.retracting import Taken
from scheduler.store import Status, Store, part_key

OUT = (State.PUBLISHED, State.UNKNOWN, State.REFUSED, State.CANCELLED)


@click.command()
@click.argument("key")
@click.option("--reason", default="", metavar="WORDS", help="Why, for the record; it is asked for.")
@click.option("--yes", is_flag=True, help="Do not ask; you know what is deleted.")
@click.option("--by-hand", is_flag=True, help="You have deleted it on the platform; record that alone.")
@WHO
@click.pass_context
def retract(ctx: click.Context, key: str, reason: str, yes: bool, by_hand: bool, who: str | None) -> None:
    """Delete a published delivery, or all of a post's, where the platform can; the record of it stays."""
    if not reason.strip():
        raise InputError('--reason "…" is needed: the record says why words were taken back')
    campaigning = opened(ctx)
    with recorded(campaigning, Mode.LIVE) as store:
        found = _out(store, key)
        if not found:
            click.echo(f"Nothing of {key} is out any more.")
            return
        _ask(store, found, yes, by_hand)
        done = [
            taken
            for one in found
            for taken in retracting.retract(
                campaigning, store, one, person(who), reason.strip(), now, by_hand=by_hand
            )
        ]
    _show(done, by_hand)
    if any(one.left for one in done):
        sys.exit(1)


def _out(store: Store, key: str) -> list[Status]:
    """The deliveries meant, of which something is out. One named by its key says itself why it cannot go."""
    named = find(store, key, OUT)
    if any(one.key == key for one in named):
        meant = named
    else:
        meant = [one for one in named if one.receipts or one.state is State.UNKNOWN]
        if not meant:
            raise InputError(f"{key}: nothing of it was published")
    left = retracting.published(store, meant)
    return [one for one in meant if one.key in left]


def _ask(store: Store, found: list[Status], yes: bool, by_hand: bool) -> None:
    """Show what will be deleted; go on only with a yes."""
    for one in found:
        for number, receipt in store.to_retract(one.key):
            click.echo(f"{part_key(one.key, number)} — {receipt.url or receipt.remote_id}")
            click.echo(folded(one.message.parts[number].text.partition("\n")[0], "    ", "    "))
    if yes:
        return
    what = "Record this as deleted by hand" if by_hand else "Delete this for good"
    if not sys.stdin.isatty():
        raise InputError("Nothing was deleted; say --yes when this is what you mean")
    if not click.confirm(f"\n{what}?"):
        click.echo("Nothing was deleted.", err=True)
        sys.exit(INTERRUPTED)


def _show(done: list[Taken], by_hand: bool) -> None:
    for one in done:
        if one.left is None:
            click.echo(f"{one.key} retracted{' (by hand)' if by_hand else ''}.")
        else:
            link = one.url or "no link is known"
            words = f"{one.key} is still out, and a person must delete it: {link} ({one.left})"
            click.echo(folded(words, "    ", ""), err=True)
    if left := [one for one in done if one.left]:
        click.echo(
            folded(
                f"Then say so for {plural(len(left), 'part')}: retract … --by-hand --reason …; "
                "`why` shows what was taken down and when."
            ),
            err=True,
        )
