"""Commands that stop and let go: hold and release."""

from datetime import timedelta

import click

from scheduler import content
from scheduler.cli.arguments import WHO, moment, opened, person
from scheduler.cli.output import few, now, plural
from scheduler.errors import InputError
from scheduler.model import Kind, Mode
from scheduler.service import Campaigning
from scheduler.store import Hold, Store

SCOPES = ("channel", "kind", "language", "post")


@click.command()
@click.option("--channel", default=None, help="Only this channel.")
@click.option("--kind", default=None, help="Only posts of this kind.")
@click.option("--language", default=None, help="Only posts in this language.")
@click.option("--post", default=None, help="Only this post.")
@click.option("--reason", required=True, help="Why; everybody will see it.")
@click.option("--look-again", default=None, metavar="TIME", help="When to look again (default: in a day).")
@WHO
@click.pass_context
def hold(
    ctx: click.Context, /, reason: str, look_again: str | None, who: str | None, **scopes: str | None
) -> None:
    """Stop everything, or one channel, kind, language or post, at the next visible call."""
    chosen = [(scope, value) for scope in SCOPES if (value := scopes[scope]) is not None]
    if len(chosen) > 1:
        raise InputError(
            "Name one of --channel, --kind, --language and --post; set a second hold for another."
        )
    scope, value = chosen[0] if chosen else ("all", "")
    campaigning = opened(ctx)
    tomorrow = now().replace(second=0, microsecond=0) + timedelta(days=1)
    again = moment(look_again, campaigning, "--look-again") if look_again else tomorrow
    with campaigning.store(Mode.LIVE) as store:
        _require_known(campaigning, store, scope, value)
        number = store.hold(scope, value, reason, person(who), now(), again)
    what = "everything" if scope == "all" else f"{scope} {value}"
    click.echo(f"Hold {number} set on {what}. Lift it with: python run.py release {number}")


def _require_known(campaigning: Campaigning, store: Store, scope: str, value: str) -> None:
    """A hold on a name that is mistyped would stop nothing, and nobody would notice."""
    if scope == "all":
        return
    known = _known(campaigning, store, scope)
    if value not in known:
        raise InputError(f"There is no {scope} “{value}”, so nothing was stopped. There is: {few(known, 12)}")


def _known(campaigning: Campaigning, store: Store, scope: str) -> list[str]:
    config, statuses = campaigning.config, store.statuses(now())
    match scope:
        case "channel":
            return sorted({*config.channels, *(one.channel for one in statuses)})
        case "language":
            return list(config.campaign.languages)
        case "kind":
            return [str(kind) for kind in Kind]
    written = content.read(config.posts, config.campaign.languages, config.root)
    return sorted({*(post.id for post in written.posts), *(one.post for one in statuses)})


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Lift every open hold.")
@WHO
@click.pass_context
def release(ctx: click.Context, number: int | None, everything: bool, who: str | None) -> None:
    """Lift a hold. What fell due under it becomes missed and is listed; nothing is sent by this."""
    with opened(ctx).store(Mode.LIVE) as store:
        numbers = _numbers(store.holds(), number, everything)
        lapsed = [key for one in numbers for key in store.lift(one, who=person(who), now=now()).lapsed]
    click.echo(f"{plural(len(numbers), 'hold')} lifted.")
    for key in dict.fromkeys(lapsed):
        click.echo(f"{key} lapsed under the hold; nothing was sent.")
        click.echo(f"  New time: python run.py retry {key} --at TIME")
        click.echo(f"  Leave it out: python run.py cancel {key}")


def _numbers(holds: tuple[Hold, ...], number: int | None, everything: bool) -> list[int]:
    """The holds meant. Raises InputError, with the open ones, where none is."""
    if not holds:
        raise InputError("There is no open hold, so there is nothing to lift.")
    if everything and number is None:
        return [hold.id for hold in holds]
    if number is None or everything or number not in {hold.id for hold in holds}:
        listed = "; ".join(f"{hold.id} on {hold.words} ({hold.reason})" for hold in holds)
        raise InputError(f"Name one open hold by its number, or --all. Open: {listed}")
    return [number]
