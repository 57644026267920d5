"""The command about the log of what people did: list it, and prove that nothing in it was changed."""

import sys

import click

from scheduler.cli.arguments import AS_JSON, moment, opened, recorded
from scheduler.cli.output import folded, local, plural, print_json
from scheduler.errors import InputError
from scheduler.model import Mode
from scheduler.service import Campaigning
from scheduler.service import as_json as told

VERIFY = "verify"


@click.command()
@AS_JSON
@click.argument("what", required=False, metavar="[KEY | verify]")
@click.option("--since", metavar="DATE", default=None, help="Only what was done since this day or moment.")
@click.option("--head", default=None, metavar="HASH", help="With verify: a head noted earlier, to be found.")
@click.pass_context
def audit(ctx: click.Context, as_json: bool, what: str | None, since: str | None, head: str | None) -> None:
    """What people did: all of it, or about one delivery or post. `audit verify` proves that it is whole."""
    campaigning = opened(ctx)
    if what == VERIFY:
        _verify(campaigning, head, as_json)
        return
    if head is not None:
        raise InputError("--head goes with: python run.py audit verify")
    start = moment(since, campaigning, "--since") if since else None
    with recorded(campaigning, Mode.LIVE) as store:
        acts = [one for one in store.acts(since=start) if what is None or _is_about(one.what, what)]
        last = store.audit_head()
    if as_json:
        print_json([told.of(one) for one in acts])
        return
    zone = campaigning.config.campaign.timezone
    for one in acts:
        detail = f": {one.detail}" if one.detail else ""
        click.echo(
            folded(f"{one.number}  {local(one.at, zone)}  {one.who}: {one.act} {one.what}{detail}", "    ")
        )
    click.echo(f"{plural(len(acts), 'line')}. Head of the log: {last}")


def _is_about(subject: str, words: str) -> bool:
    """A key, a post by its id in a key, or what a hold stops ("channel x-en")."""
    return words == subject or words in subject.split("/") or words in subject.split(" ")


def _verify(campaigning: Campaigning, head: str | None, as_json: bool) -> None:
    with recorded(campaigning, Mode.LIVE) as store:
        found = store.verify_audit(head.strip().lower() if head else None)
        backups = store.backups
    if as_json:
        print_json({"whole": found.whole, "lines": found.lines, "head": found.head, "broken": found.broken})
    elif found.whole:
        also = "; the head you noted is one of its links" if head else ""
        click.echo(f"The log is whole: {plural(found.lines, 'line')}, head {found.head}{also}.")
    else:
        click.echo(folded(f"The log is broken: {found.broken}.", "    ", ""), err=True)
        click.echo(
            folded(
                f"What stands before that holds ({plural(found.lines, 'line')}). Stop everything (python "
                "run.py hold --reason …), keep the database as it is for whoever looks into it, and ask who "
                f"had the file. The backups in {backups} can be asked the same; the newest whole one can "
                "take its place: python run.py restore FILE",
                "    ",
                "",
            ),
            err=True,
        )
    if not found.whole:
        sys.exit(1)
