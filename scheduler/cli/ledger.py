"""The command that looks into the ledger: its records, their uses, what is due, what rested on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from scheduler.cli.arguments import AS_JSON, AS_OF, WHO, day_or_now, opened, person, recorded
from scheduler.cli.output import few, folded, local, now, plural, print_json
from scheduler.errors import InputError
from scheduler.model import Approver, Mode, Person
from scheduler.service import Campaigning, recalling
from scheduler.service import ledger as records
from scheduler.service.as_json import utc
from scheduler.service.ledger import Entry, Out

if TYPE_CHECKING:
    from scheduler.content import Content

_WHAT = (
    ("unapproved", lambda one: not one.approved),
    ("banned", lambda one: one.banned),
)


@click.command()
@click.argument("name", required=False, metavar="[KIND|ID]")
@click.option("--search", metavar="WORDS", default=None, help="Only records that have all these words.")
@click.option("--due", is_flag=True, help="Only what is to be reviewed, verified, approved or asked.")
@click.option("--unapproved", is_flag=True, help="Only what nobody but its author approved.")
@click.option("--do-not-use", "banned", is_flag=True, help="Only what must not be used.")
@click.option("--out", "is_out", is_flag=True, help="What is published and rests on the record.")
@click.option(
    "--settled", is_flag=True, help="All is done about what is out and rested on it before a change."
)
@click.option("--reason", default="", metavar="WORDS", help="What was done; asked for with --settled.")
@WHO
@AS_JSON
@AS_OF
@click.pass_context
def ledger(
    ctx: click.Context,
    name: str | None,
    search: str | None,
    due: bool,
    unapproved: bool,
    banned: bool,
    is_out: bool,
    settled: bool,
    reason: str,
    who: str | None,
    as_json: bool,
    as_of: str | None,
) -> None:
    """The records: facts, positions, people, quotes, media, recognitions, offices, wording."""
    from scheduler import content

    campaigning = opened(ctx)
    config = campaigning.config
    written = content.read(config.posts, config.campaign.languages, config.root)
    today = day_or_now(as_of, campaigning).astimezone(config.campaign.timezone).date()
    found = records.chosen(records.entries(written, today, config.approvers), name)
    found = records.search(found, search) if search else found
    if due:
        found = tuple(sorted((one for one in found if one.due), key=_urgency))
    wanted = {"unapproved": unapproved, "banned": banned}
    for option, fits in _WHAT:
        if wanted[option]:
            found = tuple(one for one in found if fits(one))
    if settled:
        _settle(campaigning, written, _name(found, name), who, reason.strip())
    elif is_out:
        _show_out(campaigning, written, _one(found, name), as_json)
    elif as_json:
        print_json([records.fields_of(one) for one in found])
    else:
        _show(found, name is not None and len(found) == 1, written, config.approvers)


def _urgency(entry: Entry) -> tuple[bool, str]:
    return entry.on is None, str(entry.on)


def _name(found: Sequence[Entry], name: str | None) -> str:
    entry = _one(found, name)
    return f"{entry.kind}/{entry.record.id}"


def _settle(campaigning: Campaigning, written: Content, name: str, who: str | None, reason: str) -> None:
    if not reason:
        raise InputError('--reason "…" is needed: the log says what was done about words that are out')
    with recorded(campaigning, Mode.LIVE) as store:
        count = recalling.settle(store, written.ledger, name, person(who), reason, now())
    click.echo(f"{name} is settled for {plural(count, 'delivery', 'deliveries')} that are out.")


def _one(found: Sequence[Entry], name: str | None) -> Entry:
    if name is None or len(found) != 1:
        raise InputError("--out and --settled want one record: python run.py ledger ID --out")
    return found[0]


def _show(found: Sequence[Entry], whole: bool, written: Content, approvers: Mapping[str, Approver]) -> None:
    if whole:
        _show_whole(found[0], written, approvers)
        return
    for entry in found:
        _show_line(entry)
    counts = [plural(len(found), "record")]
    if waiting := sum(1 for one in found if not one.approved):
        counts.append(f"{waiting} approved by nobody but the author")
    if banned := sum(1 for one in found if one.banned):
        counts.append(f"{banned} not to be used")
    click.echo(", ".join(counts) + ".")


def _show_line(entry: Entry) -> None:
    signs = ["do not use"] if entry.banned else []
    signs += entry.due
    used = few(dict.fromkeys(use.id for use in entry.uses), 4) or "nowhere"
    words = f"{entry.kind}/{entry.record.id}: used in {used}" + (f" — {'; '.join(signs)}" if signs else "")
    click.echo(folded(words, "    ", ""))


def _show_whole(entry: Entry, written: Content, approvers: Mapping[str, Approver]) -> None:
    from scheduler.preview import evidence

    record = entry.record
    click.secho(f"{entry.kind}/{record.id}  {entry.place}", bold=True)
    shown = evidence.of_record(entry.kind, record, written.ledger, ("en",), approvers)
    if shown is not None:
        click.echo(folded(shown.statement.text, "  ", "  "))
        for line in shown.lines:
            # Consent is a number and days; names of who gave it stand on the paper alone.
            click.echo(folded(f"{line.label}: {'; '.join(one.text for one in line.words)}", "    ", "  "))
        for source in shown.references:
            notes = f" ({', '.join(source.notes)})" if source.notes else ""
            click.echo(folded(f"source: {source.title}{notes}", "    ", "  "))
    if record.note and not isinstance(record, Person):
        click.echo(folded(f"note: {record.note}", "    ", "  "))
    if entry.banned:
        click.echo("  DO NOT USE")
    click.echo(
        f"  written by {record.author or 'nobody named'}, approved by {record.approved_by or 'nobody'}"
    )
    for words in entry.due:
        click.echo(folded(f"to do: {words}", "    ", "  "))
    for use in entry.uses:
        click.echo(folded(f"used in {use}, {use.place}", "    ", "  "))
    if not entry.uses:
        click.echo("  used nowhere")


def _show_out(campaigning: Campaigning, written: Content, entry: Entry, as_json: bool) -> None:
    found: tuple[Out, ...] = ()
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as store:
            found = records.out(store.statuses(now()), written, f"{entry.kind}/{entry.record.id}", entry)
    if as_json:
        print_json([_fields(one) for one in found])
        return
    zone = campaigning.config.campaign.timezone
    for one in found:
        state = "; ".join((str(one.status.state), *one.status.reasons))
        words = f"{one.status.key}: {state}, {local(one.status.due, zone)}, {one.status.url or 'no link'}"
        click.echo(folded(f"{words} — {one.how}", "    ", ""))
    count = plural(len(found), "delivery", "deliveries")
    click.echo(
        folded(
            f"{count} out that rest on {entry.kind}/{entry.record.id}, as was noted when they were made, "
            "or because they show its words or its figure."
        )
    )
    if found:
        click.echo(
            "To take one back: python run.py retract KEY --as NAME --reason …; to correct it: corrects: KEY"
        )


def _fields(one: Out) -> dict[str, object]:
    status = one.status
    return {
        "key": status.key,
        "state": str(status.state),
        "due": utc(status.due),
        "url": status.url,
        "reason": "; ".join(status.reasons) or None,
        "how": one.how,
    }
