"""Commands by which a person decides on deliveries: approve, move, retry, cancel, settle."""

import re
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from scheduler import approvals, planning
from scheduler.cli import INTERRUPTED, packing, reading
from scheduler.cli.arguments import DRY, WHO, find, mode_of, moment, opened, person, recorded, user
from scheduler.cli.output import folded, local, now
from scheduler.errors import InputError
from scheduler.model import Approval, Delivery, Image, Mode
from scheduler.service import Campaigning, by_hand
from scheduler.service.approving import as_due, remarks, to_read
from scheduler.service.as_json import utc
from scheduler.service.holding import expires
from scheduler.service.standing import known
from scheduler.store import Status, Store, part_key
from scheduler.store.people import MAY_CANCEL, MAY_RETRY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduler.prepare import Preparation
    from scheduler.service.moving import Moved

LABELS = {"graphic": "graphic", "mild": "mildly graphic", "ai": "made with AI"}
"""What readers are told of a picture, in words for whoever approves it."""


@click.command()
@click.argument("post", required=False)
@click.option("--mine", is_flag=True, help="One after the other, every post that waits for you.")
@click.option("--group", is_flag=True, help="What was changed alike since you approved it, once for all.")
@click.option("--pack", metavar="HASH", default=None, help="All that a sign-off pack showed, by its hash.")
@click.option("--language", default=None, help="Only the deliveries in this language.")
@click.option("--role", default="approver", help="What you approve as.")
@click.option("--yes", is_flag=True, help="Do not ask; you have read it elsewhere.")
@WHO
@click.pass_context
def approve(
    ctx: click.Context,
    post: str | None,
    mine: bool,
    group: bool,
    pack: str | None,
    language: str | None,
    role: str,
    yes: bool,
    who: str | None,
) -> None:
    """Show a post as each channel will show it, then record your approval of exactly that."""
    ways = [post is not None, mine or group, pack is not None]
    if ways.count(True) != 1:
        raise InputError(
            "Say which POST; or --mine for all that waits for you, --group for what was changed alike, or "
            "--pack with the hash on the cover of a sign-off pack."
        )
    if mine and yes and not group:
        raise InputError("--mine asks about each post; with --yes it would approve what nobody has read")
    if not role.isprintable():
        raise InputError("--role: write it in letters that can be seen")
    campaigning = opened(ctx)
    name, at = _approver(campaigning, who), now()
    made = campaigning.prepare(at)
    # The bare name counts people; the system user stands beside it, because nothing here proves the name.
    role = f"{role}, asserted by {user()}"
    if pack is not None:
        packing.approve(campaigning, made, pack, name, role, at)
    elif post is not None:
        _approve_post(campaigning, made, name, role, post, language, yes)
    else:
        _approve_waiting(campaigning, made, name, role, language, group, yes)


def _approve_post(
    campaigning: Campaigning,
    made: "Preparation",
    name: str,
    role: str,
    post: str,
    language: str | None,
    yes: bool,
) -> None:
    there = known(campaigning, made.now)
    mine = [as_due(one, there.rows.get(one.key)) for one in _to_approve(made, post, language)]
    changed = {one.delivery.key: one for one in to_read(campaigning, made, name, made.now) if one.before}
    for delivery in mine:
        _show(made, delivery)
        if delivery.key in changed:
            click.echo("Since you approved it last:")
            reading.show_changes(changed[delivery.key])
        else:
            reading.show_remarks(remarks(delivery, there.approvals.get(delivery.key, ())))
    if not yes and not click.confirm(
        f"\nApprove {'it' if len(mine) == 1 else f'these {len(mine)} deliveries'} exactly as shown?"
    ):
        click.echo("Nothing was approved.", err=True)
        sys.exit(INTERRUPTED)
    _record(campaigning, name, role, mine, made.now)


def _approve_waiting(
    campaigning: Campaigning,
    made: "Preparation",
    name: str,
    role: str,
    language: str | None,
    group: bool,
    yes: bool,
) -> None:
    """Yours to read: each post in turn, or each change that was made alike."""
    waiting = [
        one
        for one in to_read(campaigning, made, name, made.now)
        if language in (None, one.delivery.message.language)
    ]
    if not waiting:
        click.echo(f"Nothing waits for {name}.")
        return
    zone = campaigning.config.campaign.timezone
    in_turn = reading.in_groups(waiting, zone, yes) if group else reading.in_turn(waiting, made, _show)
    chosen = 0
    for alike in in_turn:
        # Recorded as soon as it is approved: who stops in the middle has lost nothing.
        _record(campaigning, name, role, [one.delivery for one in alike], made.now)
        chosen += len(alike)
    if not chosen:
        click.echo("Nothing was approved.", err=True)


def _record(campaigning: Campaigning, name: str, role: str, mine: list[Delivery], at: datetime) -> None:
    """Write the approvals of what was shown at `at`, and say what each still lacks."""
    with campaigning.store(Mode.LIVE) as store:
        given = [Approval(one.key, one.digest, name, role, at, one.day) for one in mine]
        store.approve(given, {one.digest: one.message for one in mine})
        store.keep_slots({one.key: one.due for one in mine if one.slot}, "approve")
        click.echo(f"Approved as {name}: {', '.join(one.key for one in mine)}")
        _show_missing(campaigning, store, mine)


def _approver(campaigning: Campaigning, who: str | None) -> str:
    """The name that approves. Raises InputError for one that nobody can read or that config does not list."""
    name = " ".join((user() if who is None else who).split())
    if not name or not name.isprintable():
        raise InputError("--as: write the name of whoever approves, in letters that can be seen")
    approvers, zone = campaigning.config.approvers, campaigning.approving.zone
    if (why := approvals.may_not(name, approvers, now().astimezone(zone).date())) is None:
        return name
    deputies = [one.deputy for one in approvers.values() if one.deputy]
    if not any(approvals.same_person(name, deputy, approvers) for deputy in deputies):
        why = f"“{name}” is not among the approvers in config.yaml, so it would not count"
    raise InputError(f"{why}. There is: {', '.join(approvers)}")


def _to_approve(made: "Preparation", post: str, language: str | None) -> list[Delivery]:
    mine = [one for one in made.deliveries if post in (one.post, one.key)]
    if not mine:
        raise InputError(f"“{post}” has no delivery to approve; see: python run.py plan")
    chosen = [one for one in mine if language in (None, one.message.language)]
    if not chosen:
        spoken = ", ".join(sorted({one.message.language for one in mine}))
        raise InputError(f"“{post}” has no delivery in “{language}”; it has: {spoken}")
    return chosen


def _show(made: "Preparation", delivery: Delivery) -> None:
    channel = made.config.channels[delivery.channel]
    click.secho(f"\n{delivery.key}", bold=True)
    click.echo(f"{local(delivery.due, channel.timezone)} · {utc(delivery.due)}")
    if delivery.message.warning and delivery.message.warning not in delivery.message.parts[0].text:
        click.echo(f"[warning: {delivery.message.warning}]")
    for part in delivery.message.parts:
        click.echo(part.text)
        for image in part.images:
            _show_picture(image)
    if (card := delivery.message.link_card) is not None:
        click.echo(folded(f"[card under the link: {card.title} — {card.description}]"))
        if card.image is not None:
            _show_picture(card.image)
    for stop in delivery.stops:
        click.echo(folded(f"! not cleared: {stop}", "  ", ""))


def _show_picture(image: Image) -> None:
    told = "".join(f", marked {LABELS[label]}" for label in image.labels)
    words = f": {image.alt}" if image.alt else ""
    click.echo(folded(f"[image {image.width}×{image.height}{told}{words}]"))
    click.echo(f"[file {image.sha256[:16]}…, to be seen with: python run.py preview]")


def _show_missing(campaigning: Campaigning, store: Store, mine: list[Delivery]) -> None:
    """What each still lacks, so that nobody believes one yes was enough."""
    from scheduler.service.standing import missing

    lacking: dict[str, list[str]] = {}
    for one in mine:
        for words in missing(campaigning, one, store.approvals(one.key)):
            lacking.setdefault(words, []).append(one.channel)
    for words, channels in lacking.items():
        click.echo(folded(f"Still missing ({', '.join(channels)}): {words}", "  ", ""))


@click.command()
@click.argument("post")
@click.option(
    "--to", "when", required=True, metavar="WHEN", help='The new time: "D-1 10:00" or "2027-02-14 18:00".'
)
@click.option("--yes", is_flag=True, help="Do not ask, whatever moves along.")
@WHO
@click.pass_context
def move(ctx: click.Context, post: str, when: str, yes: bool, who: str | None) -> None:
    """Give a post another time, in its file; approvals fall where it changes the day.

    Shows first what moves. Where other posts move along, or approvals fall, it asks.
    """
    from scheduler.service import moving

    campaigning = opened(ctx)
    proposal = moving.propose(campaigning, post, when, now())
    _show_moved(campaigning, proposal.moved)
    if proposal.goes_further and not yes and not click.confirm("Move it, with all of this?"):
        click.echo("Nothing was moved.", err=True)
        sys.exit(INTERRUPTED)
    moving.carry_out(campaigning, proposal, person(who))
    click.echo(f"Wrote “{when}” into the post's file.")
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as store:
            if (frozen := store.frozen()) is not None:
                click.echo(folded(f"The plan is {frozen}. The new time counts when that ends.", "  ", ""))


def _show_moved(campaigning: Campaigning, moved: "Sequence[Moved]") -> None:
    zone = campaigning.config.campaign.timezone
    for one in moved:
        before, after = (local(due, zone) if due else "no place" for due in (one.before, one.after))
        note = f" ({one.note})" if one.note else ""
        click.echo(folded(f"{one.key}: {before} → {after}{note}", "    ", ""))
    if not moved:
        click.echo("No delivery changes its time.")


@click.command()
@click.argument("key")
@click.option("--at", "when", default=None, metavar="TIME", help="The new time (default: in five minutes).")
@DRY
@WHO
@click.pass_context
def retry(ctx: click.Context, key: str, when: str | None, dry: bool, who: str | None) -> None:
    """Give a missed, refused or cancelled delivery a new time. It passes the gate like any other."""
    campaigning = opened(ctx)
    due = moment(when, campaigning, "--at") if when else now() + timedelta(minutes=5)
    if due < now() - timedelta(minutes=1):
        raise InputError(f"--at {when}: that time has passed; name one to come")
    _refuse_quiet(campaigning, due)
    with recorded(campaigning, mode_of(dry)) as store:
        for one in find(store, key, MAY_RETRY):
            store.retry(one.key, due, expires(campaigning.config, one.channel, due), person(who), now())
            click.echo(f"{one.key} is due again: {local(due, campaigning.config.campaign.timezone)}")
            _show_reasons(store, one.key)


def _refuse_quiet(campaigning: Campaigning, due: datetime) -> None:
    window = planning.binding(campaigning.config.campaign, due, exempt_whole_days=True)
    if window is not None:
        raise InputError(f"{utc(due)} is in the quiet window {window.words}; choose another time with --at")


def _show_reasons(store: Store, key: str) -> None:
    for reason in next(one.reasons for one in store.statuses(now()) if one.key == key):
        click.echo(folded(f"still held: {reason}", "    ", "  "))


@click.command()
@click.argument("key")
@click.option("--reason", default="", help="Why, for the record.")
@DRY
@WHO
@click.pass_context
def cancel(ctx: click.Context, key: str, reason: str, dry: bool, who: str | None) -> None:
    """Take a delivery, or all of a post's that are not out, out of the plan; `retry` brings it back."""
    with recorded(opened(ctx), mode_of(dry)) as store:
        for one in find(store, key, MAY_CANCEL):
            store.cancel(one.key, person(who), reason, now())
            click.echo(f"{one.key} cancelled.")


@click.command()
@click.argument("key")
@click.option("--published", "url", default=None, metavar="URL", help="It is out, at this address.")
@click.option("--not-published", is_flag=True, help="You looked, and it is not there.")
@click.option("--at", "when", metavar="TIME", help="When you posted it by hand (default: now).")
@DRY
@WHO
@click.pass_context
def settle(
    ctx: click.Context,
    key: str,
    url: str | None,
    not_published: bool,
    when: str | None,
    dry: bool,
    who: str | None,
) -> None:
    """Say what became of a delivery whose outcome is unknown, or where you have posted one by hand."""
    if (url is None) == (not not_published):
        raise InputError("Say either --published URL or --not-published, after looking at the account.")
    if url is not None and not (url.isprintable() and re.fullmatch(r"https?://[^\s/]+/\S*", url)):
        raise InputError(f"--published {url!r}: give the post's own address, beginning with https://")
    campaigning = opened(ctx)
    if url is not None and not dry and by_hand.names_one(campaigning, key, now()):
        at = moment(when, campaigning, "--at") if when else None
        if (done := by_hand.record(campaigning, key, url, person(who), now(), at)) is not None:
            _show_posted(campaigning, done)
            return
    if when is not None:
        raise InputError("--at is for what was posted by hand and is recorded with --published")
    with recorded(campaigning, mode_of(dry)) as store:
        one = _in_question(store, key)
        store.settle_by_person(one.key, url, person(who), now())
        [after] = find(store, one.key)
    said = f"{key if '#' in key else after.key}: {_became(one, after)}"
    click.echo(f"{said} — {url}" if url else f"{said}. " + "; ".join((*after.reasons, *after.notes)))


def _show_posted(campaigning: Campaigning, done: by_hand.Recorded) -> None:
    zone = campaigning.config.campaign.timezone
    click.echo(f"{done.key}: published by hand at {local(done.at, zone)} — {done.url}")
    for words in done.uncleared:
        click.echo(folded(f"It was not cleared when it went out: {words}", "  ", ""), err=True)


def _in_question(store: Store, words: str) -> Status:
    """The delivery of which one part is in doubt; a thread's later part may be named as it is shown, …#2."""
    key, hash_, part = words.partition("#")
    [one, *more] = find(store, key)
    if more:
        raise InputError(f"Name one delivery: {', '.join(each.key for each in (one, *more))}")
    if hash_ and part != str(one.part + 1):
        raise InputError(f"{words}: the part in question is {part_key(one.key, one.part)}")
    return one


def _became(before: Status, after: Status) -> str:
    """Its state; of a thread that goes on, which part is out."""
    if after.part > before.part:
        return f"part {before.part + 1} published, the thread is {after.state}"
    return str(after.state)
