"""Commands that look ahead: check, plan, preview, rehearse. None of them sends anything."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler import planning
from scheduler.cli import findings
from scheduler.cli.arguments import AS_JSON, AS_OF, day_or_now, moment, opened
from scheduler.cli.output import (
    Line,
    by_day,
    city,
    clock,
    few,
    folded,
    local,
    now,
    plural,
    print_json,
    progress,
)
from scheduler.errors import StoreError
from scheduler.model import Approval, Delivery, Mode
from scheduler.service import Campaigning, Unusable, told_before
from scheduler.service import languages as spoken
from scheduler.service.as_json import utc

if TYPE_CHECKING:
    from scheduler.prepare import Preparation
    from scheduler.preview import Standing


@click.command()
@AS_JSON
@AS_OF
@click.option("--hints", is_flag=True, help="Show hints too.")
@click.option("--all", "everything", is_flag=True, help="List every finding, not the first of each cause.")
@click.option("--languages", is_flag=True, help="Only the table of posts by language.")
@click.option("--links", is_flag=True, help="Open every link (by the network), and keep what came back.")
@click.pass_context
def check(
    ctx: click.Context,
    as_json: bool,
    as_of: str | None,
    hints: bool,
    everything: bool,
    languages: bool,
    links: bool,
) -> None:
    """Every finding of config, posts, ledger and images, at once. Exit 2 if there is an error."""
    try:
        campaigning = opened(ctx)
    except Unusable as broken:
        _found(findings.shown(broken.findings, hints), as_json, everything)
        sys.exit(2)
    campaigning = _also_alone(campaigning)
    at = day_or_now(as_of, campaigning)
    if links:
        _open_links(campaigning)
    with progress("Checking posts and drawing cards") as bar:
        made = campaigning.prepare(at, progress=bar)
    if languages:
        _show_table(campaigning, made, as_json)
        return
    if not as_json:
        _show_places(made)
        _show_languages(campaigning, made)
    shown = findings.shown(made.findings, hints)
    if as_json or as_of:
        _found(shown, as_json, everything)
    else:
        # Only what somebody was shown of today counts as told.
        findings.show(shown, everything, told_before.new(campaigning.config.data, shown))
        told_before.remember(campaigning.config.data, made.findings)
    if made.errors:
        sys.exit(2)


def _also_alone(campaigning: Campaigning) -> Campaigning:
    """What is written can be looked at where the server is away: who writes posts seldom looks after it."""
    try:
        _ = campaigning.has_store
    except StoreError as away:
        words = f"{away}. What was answered and approved there is not known here, so it is asked again below."
        click.echo(folded(words), err=True)
        return replace(campaigning, alone=True)
    return campaigning


def _open_links(campaigning: Campaigning) -> None:
    """Every link is opened; those that did not answer as a page does are named, whether dead or in doubt."""
    from scheduler import content
    from scheduler.service import visiting

    config = campaigning.config
    written = content.read(config.posts, config.campaign.languages, config.root)
    looked = visiting.visit(campaigning, written, now())
    for address, one in looked.doubtful:
        click.echo(folded(f"{address}: {one.words}; open it yourself", "    ", ""), err=True)
    click.echo(f"{plural(looked.links, 'link')}, {looked.opened} opened now.", err=True)


def _found(shown: list[Any], as_json: bool, everything: bool) -> None:
    if as_json:
        print_json([findings.fields(finding) for finding in shown])
    else:
        findings.show(shown, everything)


def _show_places(made: Preparation) -> None:
    """Per channel the places that are left against the posts that want one, and which posts give way."""
    click.echo("Places")
    width = max((len(name) for name in made.config.channels), default=0)
    for room in _rooms(made):
        click.echo(folded(_place_words(made, room), " " * (width + 4), f"  {room.channel.ljust(width)}  "))


def _rooms(made: Preparation) -> tuple[planning.Room, ...]:
    config = made.config
    return planning.places(config.campaign, config.channels, made.content.posts, made.now, made.kept)


def _place_words(made: Preparation, room: planning.Room) -> str:
    if room.enough and not made.config.channels[room.channel].slots:
        return "no slots, and no post needs one"
    words = f"{plural(room.wanting, 'post')} on the next slot, {plural(room.free, 'free place')}"
    if room.enough:
        return words
    mine = [one.split("/")[1] for one in made.plan.unplaced if one.endswith(f"/{room.channel}")]
    waiting = [post for post in mine if made.posts[post].when.is_slot]
    more = "give it more slots, or posts a time of their own"
    ways = "gives way" if len(waiting) == 1 else "give way"
    return f"{words} — too few: {few(waiting)} {ways}; {more}" if waiting else f"{words} — too few: {more}"


def _show_shortage(made: Preparation) -> None:
    """Before a plan: all places on a terminal; in a pipe only a shortage, beside the rows and not in them."""
    if sys.stdout.isatty():
        _show_places(made)
        click.echo()
        return
    for room in _rooms(made):
        if not room.enough:
            click.echo(f"{room.channel}: {_place_words(made, room)}", err=True)


def _show_languages(campaigning: Campaigning, made: Preparation) -> None:
    """For each language how many posts have it, what is missing or behind, and who has read it."""
    click.echo("Languages")
    for language, words in spoken.lines(spoken.table(made, _said(campaigning, made.now))):
        click.echo(folded(words, "      ", f"  {language}  "))


def _show_table(campaigning: Campaigning, made: Preparation, as_json: bool) -> None:
    """Every post in every language."""
    rows = spoken.table(made, _said(campaigning, made.now))
    if as_json:
        print_json([row.to_json() for row in rows])
        return
    for row in rows:
        one = row.spoken
        lacking = f" ({', '.join(one.lacking)})" if one.lacking else ""
        readers = f", read by {', '.join(row.read_by)}" if row.read_by else ""
        state = "original" if one.original else f"{one.state}{lacking}"
        click.echo(f"{one.post}\t{one.language}\t{state}{readers}")


def _said(campaigning: Campaigning, at: datetime) -> Mapping[str, Sequence[Approval]]:
    """The approvals there are by key; a campaign without a database needs none of its library."""
    if not campaigning.has_store:
        return {}
    from scheduler.service.standing import known

    return known(campaigning, at).approvals


@click.command()
@AS_JSON
@AS_OF
@click.option("--replan", is_flag=True, help="Give every slot anew and list what moves.")
@click.pass_context
def plan(ctx: click.Context, as_json: bool, as_of: str | None, replan: bool) -> None:
    """What goes out when, per channel: in the channel's zone, the campaign's, and UTC."""
    # The store's library is slow to import, and `check` beside this needs none of it.
    from scheduler.service.standing import known, standings

    campaigning = opened(ctx)
    at = day_or_now(as_of, campaigning)
    with progress("Preparing") as bar:
        made = campaigning.prepare(at, {} if replan else None, progress=bar)
    recorded = known(campaigning, at)
    standing = standings(campaigning, made, at, recorded)
    dues = {one.key: recorded.due(one) for one in made.deliveries}
    ordered = sorted(made.deliveries, key=lambda one: (dues[one.key], one.key))
    if as_json:
        print_json([_fields(made, one, dues[one.key], standing[one.key]) for one in ordered])
    else:
        _show_shortage(made)
        by_day((_line(made, one, dues[one.key], standing[one.key]) for one in ordered), made.config.campaign)
        if not ordered:
            click.echo("Nothing is planned: there is no post with a channel and a time.")
    if replan:
        _keep_new_slots(campaigning, made, as_json)
    if made.errors:
        click.echo(f"{plural(len(made.errors), 'error')}; see: python run.py check", err=True)
        sys.exit(2)


def _fields(made: Preparation, one: Delivery, due: datetime, standing: Standing) -> dict[str, Any]:
    """What `plan --json` promises; `images` are the SHA-256 of the files, in the order shown."""
    channel, shown = made.config.channels[one.channel], made.shown[one.key]
    return {
        "key": one.key,
        "post": one.post,
        "channel": one.channel,
        "platform": channel.platform,
        "due": utc(due),
        "local": due.astimezone(channel.timezone).isoformat(timespec="seconds"),
        "state": standing.state,
        "text": "\n\n".join(part.text for part in one.message.parts),
        "length": shown.length,
        "limit": shown.limit,
        "images": [image.sha256 for part in one.message.parts for image in part.images],
    }


def _line(made: Preparation, one: Delivery, due: datetime, standing: Standing) -> Line:
    zone, campaign = made.config.channels[one.channel].timezone, made.config.campaign
    shown = made.shown[one.key]
    there = due.astimezone(zone)
    length = f"{shown.length}/{shown.limit}"
    plain = (local(due, zone), local(due, campaign.timezone), utc(due), one.channel, one.post, length)
    return Line(
        due,
        one.post,
        one.channel,
        (f"{clock(there)} {city(zone)}{_on(there, due.astimezone(campaign.timezone))}", length),
        standing.state,
        (*plain, standing.state),
    )


def _on(there: datetime, here: datetime) -> str:
    """The channel's own day, where it is not the campaign's."""
    return "" if there.date() == here.date() else f" on {there.day} {there:%b}"


def _keep_new_slots(campaigning: Campaigning, made: Preparation, as_json: bool) -> None:
    """Record the new slots and say which deliveries move."""
    fresh = {place.key: place.due for place in made.plan.places if place.slot}
    before: dict[str, datetime] = {}
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as store:
            before = dict(store.slots())
            store.forget_slots(set(before) - set(fresh))
            store.keep_slots(fresh, "replan")
    if as_json:
        return
    zone = made.config.campaign.timezone
    moved = [key for key, due in fresh.items() if key in before and before[key] != due]
    for key in moved:
        click.echo(f"{key} moves from {local(before[key], zone)} to {local(fresh[key], zone)}")
    if not moved:
        click.echo("No slot moves.")


@click.command()
@click.option("--single-file", is_flag=True, help="One file with everything in it, to mail.")
@click.option("--sign-off", is_flag=True, help="The pack that people sign: one file that prints well.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=None, help="Where to write it.")
@click.option("--language", default=None, help="Only this language.")
@click.option("--week", metavar="DATE", default=None, help="Only the week that this day is in.")
@AS_OF
@click.pass_context
def preview(
    ctx: click.Context,
    single_file: bool,
    sign_off: bool,
    out: Path | None,
    language: str | None,
    week: str | None,
    as_of: str | None,
) -> None:
    """One page of the whole campaign: each post as each channel shows it."""
    from scheduler import preview as page
    from scheduler.service.standing import standings

    campaigning = opened(ctx)
    at = day_or_now(as_of, campaigning)
    zone = campaigning.config.campaign.timezone
    of_week = moment(week, campaigning, "--week").astimezone(zone).date() if week else None
    with progress("Preparing") as bar:
        made = campaigning.prepare(at, progress=bar)
    if sign_off:
        _sign_off(campaigning, made, out, at, language, of_week)
        return
    written = page.write(
        made,
        made.config.data / "preview",
        now=at,
        standing=standings(campaigning, made, at),
        single_file=single_file,
        out=out,
        language=language,
        week=of_week,
    )
    if made.errors:
        click.echo(f"{plural(len(made.errors), 'error')}: they stand at the top of the page.", err=True)
    click.echo(f"Open this page in a browser: {written}")


def _sign_off(
    campaigning: Campaigning,
    made: Preparation,
    out: Path | None,
    at: datetime,
    language: str | None,
    week: date | None,
) -> None:
    """Write the pack, and say what signs it."""
    from scheduler.service import packing

    target = out or made.config.data / "preview" / "sign-off.html"
    target = target / "sign-off.html" if target.is_dir() else target
    done = packing.write(campaigning, made, target, at, language=language, week=week)
    click.echo(f"Print this page, or send it to those who sign: {target}")
    shows = f"{plural(len(done.sheets), 'post')}, {plural(len(done.digests), 'delivery', 'deliveries')}"
    click.echo(f"It shows {shows}. Its hash: {done.hash}")
    if done.blocked:
        click.echo(folded(f"Not cleared, whoever signs: {', '.join(done.blocked)}.", "  ", ""))
    click.echo(f"To approve all of it: python run.py approve --pack {done.hash[:16]} --as NAME")


@click.command()
@AS_JSON
@click.option("--from", "start", metavar="DATE", default=None, help="Begin the virtual clock on this day.")
@click.pass_context
def rehearse(ctx: click.Context, as_json: bool, start: str | None) -> None:
    """The whole run-up through the real engine on a virtual clock; missing approvals are assumed."""
    from scheduler.service.rehearsal import rehearse as perform

    campaigning = opened(ctx)
    first = moment(start, campaigning, "--from") if start else None
    with progress("Rehearsing") as bar:
        done = perform(campaigning, now(), start=first, progress=bar)
    if as_json:
        print_json(done.to_json())
    else:
        _show_rehearsal(campaigning, done)
    if done.preparation.errors:
        sys.exit(2)


def _show_rehearsal(campaigning: Campaigning, done: Any) -> None:
    campaign = campaigning.config.campaign
    by_day((_rehearsed(campaign.timezone, one) for one in done.deliveries), campaign)
    counts = ", ".join(f"{count} {state}" for state, count in done.counts.items() if count)
    click.echo(
        f"Rehearsed {plural(len(done.deliveries), 'delivery', 'deliveries')}: {counts or 'nothing to do'}."
    )
    if done.not_cleared:
        click.echo(folded(f"Not cleared, so they would not go out live: {', '.join(done.not_cleared)}."))
    if done.unapproved:
        count = plural(len(done.unapproved), "delivery", "deliveries")
        click.echo(f"Approvals were assumed for {count}; live, each needs its own.")
    for line in findings.to_do(done.preparation.findings):
        click.echo(line)
    for finding in done.preparation.errors:
        click.echo(str(finding), err=True)
    click.echo(f"What would be sent is in {done.outbox} — nothing left this machine.")


def _rehearsed(zone: Any, one: Any) -> Line:
    state, reasons = "held" if one.held else str(one.state), "; ".join(one.reasons)
    plain = (local(one.due, zone), one.channel, one.post, state, reasons)
    return Line(one.due, one.post, one.channel, (state,), reasons, plain)
