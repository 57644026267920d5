"""Approving everything that a sign-off pack showed, by the hash on its cover."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from scheduler.cli.output import folded, plural
from scheduler.model import Mode
from scheduler.service import Campaigning

if TYPE_CHECKING:
    from scheduler.prepare import Preparation


def approve(
    campaigning: Campaigning, made: Preparation, hash_: str, name: str, role: str, at: datetime
) -> None:
    """Record an approval of each delivery that is as the pack showed it, and say which are not.

    Exit code 1 where some are not. Raises InputError for a hash of no pack made here.
    """
    from scheduler.service import packing
    from scheduler.service.standing import missing

    with campaigning.store(Mode.LIVE) as store:
        shown = packing.look_up(store, made, hash_, at)
        given = packing.approvals_of(shown, name, role, at)
        store.approve(given, {one.digest: one.message for one in shown.same})
        store.keep_slots({one.key: one.due for one in shown.same if one.slot}, "approve")
        count = plural(len(shown.same), "delivery", "deliveries")
        click.echo(f"Approved as {name}, by the pack {shown.hash[:12]}: {count}.")
        lacking: dict[str, int] = {}
        for one in shown.same:
            for words in missing(campaigning, one, store.approvals(one.key)):
                lacking[words] = lacking.get(words, 0) + 1
    for words, times in lacking.items():
        click.echo(folded(f"Still missing on {plural(times, 'delivery', 'deliveries')}: {words}", "  ", ""))
    for key, why in shown.changed.items():
        click.echo(folded(f"Not approved: {key}, {why}", "    ", ""), err=True)
    if shown.changed:
        sys.exit(1)
