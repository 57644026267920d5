"""Connecting an account: the page's steps, a try at once, and the secrets written into .env."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import scheduler
from scheduler import platforms
from scheduler.errors import InputError
from scheduler.model import Channel
from scheduler.platforms import oauth
from scheduler.platforms.base import Account, OAuth, Refusal, Refused, variable
from scheduler.platforms.tokens import Tokens
from scheduler.service import env_file
from scheduler.service.opening import ENV, Campaigning

PAGES = Path(scheduler.__file__).parents[1] / "docs" / "platforms"
AWAY = frozenset({Refusal.TRANSIENT, Refusal.RATE, Refusal.QUOTA})
"""These say nothing about the secrets: the platform could not be asked now."""


@dataclass(frozen=True)
class Tried:
    """What came of a try: the account, or why not; and the secrets as they are good now."""

    account: Account | Refused
    secrets: Mapping[str, str] = field(repr=False)


def channel_of(campaigning: Campaigning, name: str) -> Channel:
    """Raises InputError where config has no such channel, or does not say yet where it publishes."""
    channels = campaigning.config.channels
    if name not in channels:
        near = get_close_matches(name, channels, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(channels)}"
        raise InputError(f"There is no channel “{name}” in config.yaml. {hint}")
    channel = channels[name]
    kind = platforms.kinds()[channel.platform]
    if kind.base_url is None and channel.base_url is None:
        raise InputError(f"Set channels.{name}.base_url in config.yaml first: the address of its server")
    return channel


def not_said(channel: Channel) -> tuple[str, ...]:
    """Options naming where to publish that config does not give yet; without them nothing can be tried."""
    wanted = platforms.kinds()[channel.platform].destinations
    return tuple(name for name in wanted if not channel.options.get(name))


def steps(channel: Channel) -> str:
    """What to click and paste, from the platform's page, with this channel's names in it."""
    path = PAGES / f"{channel.platform}.md"
    try:
        page = path.read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^## Set it up\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    words = found[1].strip() if found else ""
    prefix = variable(channel.name, "")
    words = words.replace(f"{channel.platform.upper()}_EN_", prefix)
    words = words.replace(f"{channel.platform}-en", channel.name)
    return words.replace("**", "")


def way_in(channel: Channel) -> OAuth | None:
    """How this channel can be let in by a browser, if it can."""
    way = platforms.kinds()[channel.platform].oauth
    return way if oauth.applies(way, channel) else None


def in_the_way(campaigning: Campaigning, channel: Channel, way: OAuth) -> tuple[str, ...]:
    """Variables that are set and would count more than what the browser brings."""
    names = (variable(channel.name, secret) for secret in way.replaces)
    return tuple(name for name in names if campaigning.environ.get(name))


def cleaned(pasted: str, name: str) -> str:
    """A secret as it was meant: people paste the whole line, or a header's first word too."""
    words = pasted.strip().removeprefix(f"{name}=").strip()
    if len(words) > 1 and words[0] == words[-1] and words[0] in "\"'":
        words = words[1:-1]
    return re.sub(r"^bearer\s+", "", words, flags=re.IGNORECASE)


def tried(channel: Channel, secrets: Mapping[str, str]) -> Tried:
    """Ask once who these secrets speak for. Nothing is stored yet."""
    tokens = Tokens(channel.name, secrets)  # in memory: a bad paste must not displace a good renewal
    try:
        found = platforms.connect(channel, tokens, _no_files).account()
    except Exception as error:
        # A secret with a sign that no header takes ends up here; its own words could quote it.
        words = f"trying it failed unexpectedly ({type(error).__name__}); was it copied whole?"
        found = Refused(Refusal.AUTH, words)
    names = platforms.secret_names(channel)
    return Tried(found, {name: value for name, value in tokens.items() if name in names})


def keep(
    campaigning: Campaigning, channel: Channel, secrets: Mapping[str, str], way: OAuth | None = None
) -> tuple[str, ...]:
    """Write them into .env, and answer the variables' names. Raises ConfigError."""
    values = {variable(channel.name, name): value for name, value in secrets.items()}
    emptied = in_the_way(campaigning, channel, way) if way is not None else ()
    env_file.put(campaigning.config.root / ENV, {**dict.fromkeys(emptied, ""), **values})
    return tuple(values)


def hidden_by_shell(names: tuple[str, ...], secrets: Mapping[str, str], channel: Channel) -> tuple[str, ...]:
    """Variables of the shell that count more than .env and say something else."""
    values = {variable(channel.name, name): value for name, value in secrets.items()}
    return tuple(name for name in names if os.environ.get(name) and os.environ[name].strip() != values[name])


def ends_early(campaigning: Campaigning, until: datetime | None) -> bool:
    """Whether credentials end before the day itself does."""
    return until is not None and until.date() <= campaigning.config.campaign.day


def _no_files(sha256: str) -> bytes:
    raise LookupError(sha256)
