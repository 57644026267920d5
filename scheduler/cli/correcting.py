"""The list of corrections: what was corrected by what, and what was taken back."""

from typing import Any

import click

from scheduler.cli.output import folded, now, plural, print_json
from scheduler.model import Mode
from scheduler.service import Campaigning, correcting
from scheduler.service.correcting import Correction, TakenBack


def show(campaigning: Campaigning, mode: Mode, as_json: bool) -> None:
    """Print the list; nothing recorded yet is an empty one."""
    made, taken = correcting.listed(campaigning, mode, now())
    if as_json:
        print_json(
            {"corrections": [_fields(one) for one in made], "retracted": [_taken(one) for one in taken]}
        )
        return
    for one in made:
        original = f"{one.original} ({one.original_url or 'not out here'})"
        words = f"{original} is corrected by {one.correction}: {one.state}"
        click.echo(folded(f"{words}{f', {one.url}' if one.url else ''}", "    ", ""))
    for back in taken:
        click.echo(folded(f"{back.key} ({back.url or 'no link'}): {back.words}", "    ", ""))
    click.echo(f"{plural(len(made), 'correction')}, {len(taken)} taken back.")


def _fields(one: Correction) -> dict[str, Any]:
    return {
        "original": one.original,
        "original_url": one.original_url,
        "correction": one.correction,
        "state": one.state,
        "url": one.url,
    }


def _taken(one: TakenBack) -> dict[str, Any]:
    return {"key": one.key, "url": one.url, "words": one.words}
