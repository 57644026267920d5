"""Yours to read: what waits for one person, what changed since they approved it, and approving it in turn."""

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from scheduler.approvals import Change
from scheduler.cli.output import columns, few, folded, local, plural
from scheduler.model import Approval, Delivery, Said
from scheduler.service.approving import Waiting, groups

if TYPE_CHECKING:
    from scheduler.prepare import Preparation

SIDE_BY_SIDE = 100
"""Columns of a terminal from which on the earlier and the present words stand beside each other."""


def show_waiting(waiting: Sequence[Waiting], zone: ZoneInfo, name: str) -> None:
    """What waits for a person, by due time, with what changed since they approved it."""
    for one in waiting:
        new = "" if one.before is not None else " (you have not approved it before)"
        click.echo(folded(f"{one.delivery.key}, due {local(one.delivery.due, zone)}{new}", "    ", ""))
        show_changes(one)
        if one.lacking:
            click.echo(folded(one.lacking[0], "      ", "  "))
    posts = len({one.delivery.post for one in waiting})
    if waiting:
        count = plural(len(waiting), "delivery", "deliveries")
        click.echo(f"{count} of {plural(posts, 'post')} wait for {name}.")
        click.echo(f'Read and approve them in turn: python run.py approve --mine --as "{name}"')
    else:
        click.echo(f"Nothing waits for {name}.")


def show_changes(one: Waiting) -> None:
    """What was approved and what it is now, changed words in [brackets]."""
    if one.before is not None and not one.changes:
        click.echo("  The text is as you approved it; it was moved to another day or returned since.")
    for change in one.changes:
        click.echo(f"  {change.what}")
        for line in _beside(change):
            click.echo(line)
    show_remarks(one.said)


def show_remarks(said: Sequence[Approval]) -> None:
    """What people said of it as it is now, before somebody says yes over their heads."""
    for one in said:
        act = "returned it" if one.act is Said.RETURN else "comments"
        click.echo(folded(f"{one.who} {act}: {one.words}", "    ", "  "))


def _beside(change: Change) -> Iterator[str]:
    was, now = change.before or "(nothing)", change.after or "(nothing)"
    if columns() < SIDE_BY_SIDE or not sys.stdout.isatty():
        yield folded(_one_line(was), "         ", "    was: ")
        yield folded(_one_line(now), "         ", "    now: ")
        return
    half = (columns() - 9) // 2
    left, right = _wrapped(was, half), _wrapped(now, half)
    for at in range(max(len(left), len(right))):
        before = left[at] if at < len(left) else ""
        after = right[at] if at < len(right) else ""
        yield f"    {before.ljust(half)} │ {after}"


def _one_line(words: str) -> str:
    return " ⏎ ".join(words.splitlines())


def _wrapped(words: str, width: int) -> list[str]:
    """Lines of at most `width`, the text's own breaks kept."""
    return [piece for line in words.splitlines() for piece in (textwrap.wrap(line, width) or [""])]


def in_turn(
    waiting: Sequence[Waiting], made: "Preparation", show: Callable[["Preparation", Delivery], None]
) -> Iterator[list[Waiting]]:
    """Show each post that waits, ask, and give the approved ones to be recorded; a no leaves it waiting."""
    ordered = sorted(waiting, key=lambda one: one.delivery.post)
    by_post = [list(alike) for _, alike in groupby(ordered, key=lambda one: one.delivery.post)]
    by_post.sort(key=lambda mine: (mine[0].delivery.due, mine[0].delivery.key))
    for number, mine in enumerate(by_post, 1):
        for one in mine:
            show(made, one.delivery)
            show_changes(one)
        left = f" ({number} of {len(by_post)})"
        if click.confirm(f"\nApprove {_these(mine)} exactly as shown{left}?", default=False):
            yield mine


def in_groups(waiting: Sequence[Waiting], zone: ZoneInfo, yes: bool) -> Iterator[list[Waiting]]:
    """Show each change once, with every delivery it was made in; ask once for all of them."""
    for alike in groups(waiting):
        first = alike[0]
        click.secho(f"\nThe same change in {plural(len(alike), 'delivery', 'deliveries')}:", bold=True)
        show_changes(first)
        for one in alike:
            click.echo(folded(f"{one.delivery.key}, due {local(one.delivery.due, zone)}", "      ", "  - "))
        if yes or click.confirm(f"\nApprove this change in {_these(alike)}?", default=False):
            yield alike
    fresh = [one.delivery.key for one in waiting if one.before is None]
    given_back = [one.delivery.key for one in waiting if one.before is not None and one.returned]
    for keys, why in ((fresh, "for you have not approved it before"), (given_back, "for it was returned")):
        if keys:
            click.echo(folded(f"To be read by itself, {why}: {few(keys)}.", "  ", ""))


def _these(waiting: Sequence[Waiting]) -> str:
    return "it" if len(waiting) == 1 else f"these {len(waiting)} deliveries"
