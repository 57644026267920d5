"""The commands that exchange files with other tools: import and export."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from scheduler.cli.arguments import AS_JSON, opened
from scheduler.cli.output import folded, now, plural, print_json
from scheduler.exchange.dates import Order
from scheduler.exchange.proposals import Proposal
from scheduler.exchange.rows import Sheet
from scheduler.exchange.tables import letter
from scheduler.service import exporting, importing
from scheduler.service.exporting import Asked

SHOWN = 60
"""Remarks on a screen; when more rows are wrong, they are wrong for the same few reasons."""


@click.command()
@AS_JSON
@click.argument("kind", type=click.Choice(list(exporting.KINDS)))
@click.option("--out", type=click.Path(path_type=Path), help="The file or folder to write.")
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="This channel alone; may be repeated."
)
@click.option("--language", "languages", multiple=True, metavar="TAG", help="This language alone.")
@click.option("--images-at", metavar="URL", help="The public address below which the pictures stand.")
@click.option("--replace", is_flag=True, help="csv, xlsx, template: write over a sheet that is there.")
@click.option("--uncleared", is_flag=True, help="buffer, publer: also what may not go out yet, to look at.")
@click.pass_context
def export(
    ctx: click.Context,
    as_json: bool,
    kind: str,
    out: Path | None,
    channels: tuple[str, ...],
    languages: tuple[str, ...],
    images_at: str | None,
    replace: bool,
    uncleared: bool,
) -> None:
    """Write the campaign as KIND, for people and tools that do not read YAML.

    csv, xlsx: every post, a row each, as `import` reads it back. template: an empty sheet to fill in. buffer,
    publer: their own upload files, one for each channel. json: posts and plan for programs. ics: a calendar.
    letters: one for each office, to send by hand. pack: what is posted by hand. site: the public pages.
    """
    asked = Asked(opened(ctx), now(), out, channels, languages, images_at, replace, uncleared)
    written = exporting.export(kind, asked)
    if as_json:
        print_json({"files": [str(path) for path in written.files], "notes": list(written.notes)})
        return
    for path in written.files:
        click.echo(f"Written: {path}")
    for note in written.notes:
        click.echo(folded(note, "  ", ""))


@click.command("import")
@AS_JSON
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="Which sheet of a workbook.")
@click.option(
    "--dates",
    type=click.Choice([one.value for one in Order]),
    help="How days in figures are meant: 01/02/2027.",
)
@click.option(
    "--encoding", metavar="NAME", help="A CSV's encoding, where it is not UTF-8 or UTF-16: cp1252, cp1254 …"
)
@click.option("--into", metavar="FILE", help="The file for new posts (default: posts/ and the sheet's name).")
@click.option("--as", "kind", metavar="KIND", help="What the sheet lists: posts, or facts, people, quotes …")
@click.option("--channel", metavar="NAME", help="The posts are for this channel alone.")
@click.option("--write", is_flag=True, help="Write the files; without it nothing is changed.")
@click.pass_context
def import_(
    ctx: click.Context,
    as_json: bool,
    file: Path,
    sheet: str | None,
    dates: str | None,
    encoding: str | None,
    into: str | None,
    kind: str | None,
    channel: str | None,
    write: bool,
) -> None:
    """Take posts or records from FILE (.csv, .xlsx) into posts/. Shows what it would do; --write does it.

    A row is a post, a column a field (`text en`, `when`, `facts` …). Buffer's and Publer's files are known.
    A post with the same id is changed in place: its comments stay, and an empty cell changes nothing.
    """
    campaigning = opened(ctx)
    wish = importing.Wish(file, sheet, encoding, Order(dates) if dates else None, into, kind, channel)
    proposal = importing.propose(campaigning, wish)
    wrote = importing.write(campaigning, proposal.files) if write and not proposal.faulty else ()
    if as_json:
        print_json(_as_json(proposal, wrote))
    else:
        _show(proposal, write, wrote)
    if proposal.faulty:
        sys.exit(2)


def _as_json(proposal: Proposal, wrote: tuple[str, ...]) -> dict[str, Any]:
    sheet = proposal.sheet
    return {
        "rows": [{**vars(one), "fields": list(one.fields)} for one in proposal.changes],
        "remarks": [
            {
                "sheet": sheet.name,
                "row": one.row,
                "column": None if one.column is None else letter(one.column),
                "heading": _heading(sheet, one.column),
                "message": one.message,
                "error": one.grave,
            }
            for one in proposal.remarks
        ],
        "notes": list(proposal.notes),
        "files": sorted(proposal.files),
        "written": list(wrote),
    }


def _heading(sheet: Sheet, column: int | None) -> str | None:
    heading = sheet.columns.get(column) if column is not None else None
    return heading.words if heading is not None else None


def _show(proposal: Proposal, asked: bool, wrote: tuple[str, ...]) -> None:
    for remark in proposal.remarks[:SHOWN]:
        click.echo(folded(f"{proposal.sheet.place(remark)}: {remark.message}", "    ", ""))
    if len(proposal.remarks) > SHOWN:
        click.echo(f"… and {len(proposal.remarks) - SHOWN} more; --json lists every one.")
    for note in proposal.notes:
        click.echo(folded(note, "  ", ""))
    if proposal.faulty:
        rows = len({one.row for one in proposal.remarks if one.grave})
        click.echo(
            f"{plural(rows, 'row')} to mend, so nothing was written. Correct the sheet and import it again."
        )
        return
    _show_changes(proposal)
    if wrote:
        click.echo(f"Written: {', '.join(wrote)}. See it with: python run.py check")
    elif not any(one.new or one.fields for one in proposal.changes):
        click.echo("The files say all this already; nothing to write.")
    elif not asked:
        click.echo("Nothing was written yet. To write it, type the same with --write")


def _show_changes(proposal: Proposal) -> None:
    """A line for each row that changes something, and how many do not."""
    for one in proposal.changes:
        if one.new:
            click.echo(f"row {one.row}  new      {one.id}  in {one.file}")
        elif one.fields:
            click.echo(
                folded(
                    f"row {one.row}  changed  {one.id}  in {one.file}: {', '.join(one.fields)}", "    ", ""
                )
            )
    counts = Counter(
        "new" if one.new else "changed" if one.fields else "as they are" for one in proposal.changes
    )
    words = ", ".join(f"{counts[name]} {name}" for name in ("new", "changed", "as they are") if counts[name])
    click.echo(f"{plural(len(proposal.changes), 'row')}: {words or 'none'}.")
