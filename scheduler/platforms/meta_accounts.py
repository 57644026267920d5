"""What Instagram's and Threads' accounts share: containers, a token that is renewed, and how both connect.

Source: developers.facebook.com/docs/instagram-platform and /docs/threads, "Long-lived tokens" (read November
2026).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from scheduler.model import Channel, Limits
from scheduler.platforms import graph, verdicts
from scheduler.platforms.base import Files, Prepared, Recovery, Refused
from scheduler.platforms.containers import Containers, Product, now
from scheduler.platforms.graph import Graph
from scheduler.platforms.http import Caller, Unconnected
from scheduler.platforms.permits import Permit
from scheduler.platforms.tokens import Tokens

TOKEN = "ACCESS_TOKEN"
RENEWAL = "/refresh_access_token"

Made = TypeVar("Made", bound="ContainerAccount")


class ContainerAccount:
    """One account. A class of it says with which `product` it works, by which `grant` its token is renewed,
    and the usual `version` of the interface.
    """

    product: Product
    grant: str
    version: str
    recovery = Recovery.PROBE

    def __init__(
        self,
        channel: Channel,
        limits: Limits,
        caller: Caller | Unconnected,
        files: Files,
        tokens: Tokens,
        clock: Callable[[], datetime] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limits = limits
        self._channel, self._caller, self._tokens = channel, caller, tokens
        self._clock, self._wait = clock or now, wait
        version = str(channel.options.get("version") or self.version)
        self._graph = Graph(caller, version, lambda: tokens.get(TOKEN, ""))
        self._containers = Containers(
            self.product, self._graph, channel, files, lambda pause: self._wait(pause)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._channel.name})"

    def _permit(self) -> Permit:
        """What Meta says of the token."""
        return graph.permit(self._graph, self._tokens.get(TOKEN, ""))

    def _until(self) -> datetime | Refused | None:
        """Until when the token is good, if that is known; renewed first where it is time."""
        if isinstance(self._caller, Unconnected):
            return None
        return graph.renewed(self._tokens, self._caller, RENEWAL, self.grant, self._clock())

    def tidy(self, prepared: Prepared) -> None:
        """Take the pictures down from their public addresses."""
        self._containers.remove(prepared.uploads)


def connected(
    made: type[Made],
    channel: Channel,
    limits: Limits,
    base_url: str,
    secrets: Mapping[str, str],
    files: Files,
    session: Any,
    clock: Callable[[], datetime] | None,
    needed: Sequence[str] = (),
) -> Made:
    """The channel's account; `needed` are options without which it cannot be reached. Raises ConfigError."""
    tokens = secrets if isinstance(secrets, Tokens) else Tokens(channel.name, secrets)
    missing = verdicts.unset(channel, base_url, (TOKEN,), tokens)
    if not missing and (lacking := [name for name in needed if not channel.options.get(name)]):
        missing = f"no {lacking[0]} in config.yaml; {verdicts.steps(channel)}"
    if missing:
        return made(channel, limits, Unconnected(missing), files, tokens, clock)
    caller = Caller(channel.name, base_url, secrets=tokens.values(), session=session, clock=clock)
    return made(channel, limits, caller, files, tokens, clock)
