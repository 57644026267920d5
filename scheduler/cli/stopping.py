"""Commands that stop: hold and freeze."""

from datetime import timedelta

import click

from scheduler import content
from scheduler.cli.arguments import WHO, moment, opened, person
from scheduler.cli.output import few, now
from scheduler.content import source
from scheduler.errors import ConfigError, InputError
from scheduler.model import Kind, Mode
from scheduler.service import Campaigning
from scheduler.service.reloading import look
from scheduler.store import Store

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
    campaigning = _opened(ctx)
    tomorrow = now().replace(second=0, microsecond=0) + timedelta(days=1)
    again = moment(look_again, campaigning, "--look-again") if look_again else tomorrow
    with campaigning.store(Mode.LIVE) as store:
        _require_known(campaigning, store, scope, value)
        number = store.hold(scope, value, reason, person(who), now(), again)
    what = "everything" if scope == "all" else f"{scope} {value}"
    click.echo(f"Hold {number} set on {what}. Lift it with: python run.py release {number}")


def _opened(ctx: click.Context) -> Campaigning:
    """The campaign; where config.yaml is broken in the moment of need, the other way to stop is named."""
    try:
        return opened(ctx)
    except ConfigError as error:
        raise ConfigError(
            f"{error}\nNothing was stopped by this. To stop everything meanwhile, put a file named HOLD into "
            "the folder of the posts."
        ) from None


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
@click.option("--reason", default=None, help="Why; everybody will see it.")
@click.option("--off", is_flag=True, help="End it: what changed meanwhile is taken over.")
@WHO
@click.pass_context
def freeze(ctx: click.Context, reason: str | None, off: bool, who: str | None) -> None:
    """Let changes of posts, records and config.yaml wait, except corrections and secrets, until --off."""
    if off == bool(reason and reason.strip()):
        raise InputError("Say either --reason WHY, to freeze the plan, or --off, to end that.")
    campaigning = opened(ctx)
    with campaigning.store(Mode.LIVE) as store:
        if off:
            store.thaw(person(who), now())
            click.echo("The plan is not frozen any more. What changed meanwhile is taken over within seconds")
            click.echo("by a running scheduler, else at its start.")
            return
        file = campaigning.config.file
        text = source.read_text(file, file.name)
        store.freeze(person(who), reason or "", now(), config=text, files=look(campaigning))
    click.echo("Frozen: what is planned goes out as it is, and changed files wait, except corrections.")
    click.echo("End it with: python run.py freeze --off")
