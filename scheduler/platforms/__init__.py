"""The platforms: one file each, found by listing this folder; a new one is a file and its test, nothing else.

Listing imports every platform file, so none may import a slow client library before `connect`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any
from urllib.parse import urlsplit

from scheduler.errors import ConfigError
from scheduler.model import Channel, Limits, Message
from scheduler.platforms import http
from scheduler.platforms.base import Files, OAuth, Platform, variable
from scheduler.platforms.verdicts import chosen_set

__all__ = [
    "Kind",
    "connect",
    "host",
    "kinds",
    "limits",
    "missing_secrets",
    "preview_payload",
    "secret_names",
    "secrets",
    "server_date",
]


@dataclass(frozen=True)
class Kind:
    """A platform as its file declares it.

    `options` is the dataclass of its own channel options. `secrets` are names without the channel's prefix.
    `base_url` is where it is reached unless the channel says otherwise; None: the channel must say.
    `destinations` are options that name where to publish (a chat, a page): needed only to go live.
    `alternatives` are sets of secrets that will do in place of `secrets`; `optional` ones may be there.
    """

    name: str
    options: type
    secrets: tuple[str, ...]
    limits: Limits
    base_url: str | None
    module: ModuleType
    destinations: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()

    def limits_with(self, options: Mapping[str, Any]) -> Limits:
        """What a channel with these options accepts: what only a person can try is asked, not assumed."""
        own = getattr(self.module, "limits_with", None)
        found: Limits = self.limits if own is None else own(options)
        return found

    @property
    def oauth(self) -> OAuth | None:
        """How a person lets the program in by a browser, where the platform has a way."""
        return getattr(self.module, "OAUTH", None)

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """The sets of secrets of which one is needed, the usual one first."""
        return (self.secrets, *self.alternatives)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every platform by its name in config; a file of this folder is one when it has a NAME."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return MappingProxyType({module.NAME: _kind(module) for module in modules if hasattr(module, "NAME")})


def _kind(module: Any) -> Kind:
    return Kind(
        module.NAME,
        module.OPTIONS,
        module.SECRETS,
        module.LIMITS,
        module.BASE_URL,
        module,
        getattr(module, "DESTINATIONS", ()),
        getattr(module, "ALTERNATIVES", ()),
        getattr(module, "OPTIONAL", ()),
    )


def _kind_of(channel: Channel) -> Kind:
    if (kind := kinds().get(channel.platform)) is None:
        raise ConfigError(
            f"channels.{channel.name}.platform: there is no platform '{channel.platform}'; "
            f"known are {', '.join(kinds())}"
        )
    return kind


def limits(channel: Channel) -> Limits:
    """What the channel accepts: the platform's documented limits, as its options have them."""
    # Whoever posts by hand sees what the app takes: there is nothing that a program may or may not do.
    return _kind_of(channel).limits_with({**channel.options, "by_hand": channel.by_hand})


def host(channel: Channel) -> str:
    """The server that the channel's secrets are for, with its port where one is written; "" where none is."""
    return urlsplit(channel.base_url or _kind_of(channel).base_url or "").netloc


def secret_names(channel: Channel) -> dict[str, str]:
    """Each of the platform's secrets, and the environment variable that holds it for this channel.

    `ACCESS_TOKEN` of the channel `mastodon-en` is `MASTODON_EN_ACCESS_TOKEN`.
    """
    kind = _kind_of(channel)
    names = (*(name for each in kind.sets for name in each), *kind.optional)
    return {name: variable(channel.name, name) for name in names}


def secrets(channel: Channel, environ: Mapping[str, str]) -> dict[str, str]:
    """The channel's secrets found in the environment, by their name without the channel's prefix."""
    found = {name: environ.get(place, "").strip() for name, place in secret_names(channel).items()}
    return {name: value for name, value in found.items() if value}


def missing_secrets(channel: Channel, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The environment variables that are not set and that the channel needs to go live."""
    found = secrets(channel, environ)
    wanted = chosen_set(_kind_of(channel).sets, found)
    return tuple(variable(channel.name, name) for name in wanted if name not in found)


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> Platform:
    """The platform of a channel. `secrets` are by name without prefix, as `secrets(channel, environ)` gives.

    With secrets missing it is built all the same: `payload` and `limits` work, and every call to the network
    answers Refused(auth) naming the variable to set. Raises ConfigError for a `base_url` that cannot be used.
    `session` is a requests.Session to use in place of a fresh one per call; `clock` stamps the answers in
    place of the machine's clock.
    """
    platform: Platform = _kind_of(channel).module.connect(channel, secrets, files, session, clock)
    return platform


def preview_payload(channel: Channel, message: Message, part: int = 0) -> dict[str, Any]:
    """The body that would be sent for a part, images by SHA-256; needs no secrets and no network."""
    return connect(channel, {}, _no_files).payload(message, part)


def server_date(channel: Channel) -> datetime | None:
    """What time the channel's server has (aware UTC), asked without credentials; None where it does not say.

    Any answer will do, also a 404. Raises ConfigError for a `base_url` that cannot be used.
    """
    base_url = channel.base_url or _kind_of(channel).base_url
    if base_url is None:
        return None
    answer = http.Caller(channel.name, base_url).call("HEAD", "/")
    return answer.date if isinstance(answer, http.Answer) else None


def _no_files(sha256: str) -> bytes:
    raise LookupError(f"no stored image {sha256[:12]}")
