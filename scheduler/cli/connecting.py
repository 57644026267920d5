"""accounts connect: what to click, what to paste, a try at once, and the secrets in .env."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from scheduler.cli.arguments import opened
from scheduler.cli.output import folded, now
from scheduler.errors import InputError, RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scheduler.model import Channel
    from scheduler.platforms.base import OAuth, Refused
    from scheduler.platforms.oauth import Attempt, Client, Granted
    from scheduler.service import Campaigning

PORT = 8765
"""As `callback.PORT`, which is slow to import: the pages name it, and apps are registered with it."""

TRIES = 3


@click.command()
@click.argument("channel")
@click.option("--browser/--paste", "browser", default=None, help="Let it in by a browser, or paste secrets.")
@click.option(
    "--port", default=PORT, show_default=True, help="Of this machine, where the browser comes back."
)
@click.pass_context
def connect(ctx: click.Context, channel: str, browser: bool | None, port: int) -> None:
    """Connect an account step by step: what to click, what to paste, a try at once, then into .env."""
    from scheduler.service import connecting

    campaigning = opened(ctx)
    asked = connecting.channel_of(campaigning, channel)
    _tell_steps(asked)
    way = connecting.way_in(asked)
    if browser and way is None:
        raise InputError(f"{channel}: {asked.platform} has no way in by a browser; paste the secrets")
    if browser is None:
        browser = way is not None and click.confirm(_question(way), default=way.register is not None)
    if browser and way is not None:
        _clear_the_way(campaigning, asked, way)
        granted = _by_browser(campaigning, asked, way, port)
        _tell_end(campaigning, granted)
        secrets = granted.secrets
    else:
        way, secrets = None, _pasted(asked)
    _try_and_keep(campaigning, asked, secrets, way)


def _tell_steps(channel: Channel) -> None:
    from scheduler.service import connecting

    click.secho(f"Connecting {channel.name} ({channel.platform})", bold=True)
    click.echo()
    click.echo(connecting.steps(channel))
    click.echo()
    if missing := connecting.not_said(channel):
        names = ", ".join(missing)
        words = f"config.yaml does not say yet where {channel.name} publishes: {names}. "
        words += "Without that nothing can be tried."
        click.echo(folded(words))


def _question(way: OAuth) -> str:
    if way.register is not None:
        return "Let the program in by your browser now? (Otherwise paste the token.)"
    return "Let the program in by your browser, with the app's id and secret? (Otherwise paste the token.)"


# -- by pasting


def _pasted(channel: Channel) -> dict[str, str]:
    from scheduler import platforms
    from scheduler.platforms.base import variable
    from scheduler.service.connecting import cleaned

    found = {}
    click.echo("What you paste is not shown.")
    for name in platforms.kinds()[channel.platform].secrets:
        place = variable(channel.name, name)
        found[name] = cleaned(_hidden(place), place)
        if not found[name]:
            raise InputError(f"{place}: nothing was pasted, so nothing was written")
    return found


def _hidden(words: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(words, hide_input=True, default="", show_default=False))
    click.echo(f"{words}: ")  # from a pipe
    return sys.stdin.readline()


# -- by a browser


def _clear_the_way(campaigning: Campaigning, channel: Channel, way: OAuth) -> None:
    from scheduler.service import connecting

    if standing := connecting.in_the_way(campaigning, channel, way):
        words = f"{', '.join(standing)} count more than what a browser brings, and will be emptied in .env."
        click.echo(folded(words))
        click.confirm("Go on?", abort=True)


def _by_browser(campaigning: Campaigning, channel: Channel, way: OAuth, port: int) -> Granted:
    from scheduler.platforms import callback

    if way.redirect.startswith("https"):
        attempt = _attempt(campaigning, channel, way, way.redirect.format(port=port))
        code = _copied_over(attempt)
    else:
        with callback.listening(port) as listener:
            attempt = _attempt(campaigning, channel, way, way.redirect.format(port=listener.port))
            listener.judge = attempt.judge
            _show_address(attempt)
            click.echo("Waiting for the browser (Ctrl-C ends it) …")
            code = listener.wait(callback.PATIENCE)
    return _granted(attempt, code)


def _granted(attempt: Attempt, code: str | Refused) -> Granted:
    from scheduler.platforms.oauth import Granted

    found = attempt.exchange(code, now()) if isinstance(code, str) else code
    if not isinstance(found, Granted):
        raise RunError(f"{found.message}. Nothing was written.")
    return found


def _attempt(campaigning: Campaigning, channel: Channel, way: OAuth, redirect: str) -> Attempt:
    from scheduler.platforms import oauth

    if way.register is not None:
        known = oauth.register(way, channel, redirect)
        if not isinstance(known, tuple):
            raise RunError(f"{channel.name}: {known.message}. Nothing was written.")
        client, wanted = known
    else:
        client, wanted = _client(campaigning, channel, way, redirect), oauth.scopes(way, channel)
    return oauth.Attempt(way, channel, client, redirect, wanted)


def _client(campaigning: Campaigning, channel: Channel, way: OAuth, redirect: str) -> Client:
    """The app's own id and secret: from .env, or asked for."""
    from scheduler.platforms.base import variable
    from scheduler.platforms.oauth import Client
    from scheduler.service.connecting import cleaned

    click.echo(folded(f"In the app's settings, allow exactly this address to come back to: {redirect}"))
    found = []
    for name, needed in (("CLIENT_ID", True), ("CLIENT_SECRET", way.needs_secret)):
        place = variable(channel.name, name)
        given = campaigning.environ.get(place, "").strip()
        if not given:
            words = place if needed else f"{place} (only if the app has one)"
            given = cleaned(_hidden(words), place)
        if needed and not given:
            raise InputError(f"{place}: nothing was pasted, so nothing was written")
        found.append(given)
    return Client(*found)


def _show_address(attempt: Attempt) -> None:
    click.echo("Open this address in a browser where you are logged in as the account:")
    click.echo(f"\n{attempt.address}\n")


def _copied_over(attempt: Attempt) -> str | Refused:
    """For platforms that come back to https alone, where nothing on this machine can listen."""
    from scheduler.platforms import callback

    _show_address(attempt)
    words = (
        "Your browser will then show a page that cannot be reached. That is right: copy its whole address "
        f"from the browser's address line (it begins with {attempt.redirect}) and paste it here."
    )
    click.echo(folded(words))
    for _ in range(TRIES):
        found = attempt.judge(callback.query_of(_hidden("Address")))
        if found is not None:
            return found
        click.echo("That is not the address that belongs to this try; copy it whole.")
    raise InputError("No address came back that belongs to this try; nothing was written. Begin again.")


def _tell_end(campaigning: Campaigning, granted: Granted) -> None:
    from scheduler.service import connecting

    if granted.expires_at is None:
        return
    early = connecting.ends_early(campaigning, granted.expires_at)
    words = " That is before the campaign ends." if early else ""
    click.echo(f"The token is good until {granted.expires_at:%Y-%m-%d}.{words}")


# -- trying and keeping


def _try_and_keep(
    campaigning: Campaigning, channel: Channel, secrets: Mapping[str, str], way: OAuth | None
) -> None:
    from scheduler.platforms.base import Refused
    from scheduler.service import connecting

    done = connecting.tried(channel, secrets)
    account = done.account
    if isinstance(account, Refused):
        _tell_refused(channel, account)
    else:
        click.echo(f"Connected: {account.handle}" + (f", {account.url}" if account.url else ""))
    names = connecting.keep(campaigning, channel, done.secrets, way)
    click.echo(f"Written into {campaigning.config.root / '.env'}: {', '.join(names)}")
    good = not isinstance(account, Refused) and not account.missing
    if not isinstance(account, Refused) and account.missing:
        words = f"It lacks {', '.join(account.missing)}: give the app that permission and connect again."
        click.echo(folded(words))
    if covered := connecting.hidden_by_shell(names, done.secrets, channel):
        good = False
        words = "set otherwise in this shell, which counts more than .env; unset it there"
        click.echo(folded(f"{', '.join(covered)}: {words}."))
    if good and not channel.live:
        click.echo(folded(f"To publish there, set channels.{channel.name}.live to true in config.yaml."))
    sys.exit(0 if good else 1)


def _tell_refused(channel: Channel, refused: Refused) -> None:
    """A no ends it; where nobody could be asked, or not yet, a person may keep what was pasted."""
    from scheduler.service import connecting

    if refused.kind not in connecting.AWAY and not connecting.not_said(channel):
        raise RunError(f"{channel.name}: {refused.message}. Nothing was written.")
    click.echo(folded(f"It could not be tried: {refused.message}."))
    if not click.confirm("Write it into .env all the same?", default=False):
        raise RunError("Nothing was written.")
