"""What config.yaml should say where several machines share a database."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scheduler import platforms
from scheduler.config import address
from scheduler.model import Channel, Finding, Severity

if TYPE_CHECKING:
    from scheduler.config import Config


def findings(config: "Config", environ: Mapping[str, str]) -> Iterator[Finding]:
    """A hint for each live channel whose secrets change with use and that any machine may work on."""
    if not address.is_server(config.store):
        return
    for channel in config.channels.values():
        if channel.live and channel.machine is None and _renews(channel, environ):
            words = (
                f"{channel.name}: its secrets change with use and are kept on the machine that uses them, so "
                "that two would lock each other out; write machine: NAME to it"
            )
            yield Finding(Severity.HINT, "config.machine", words, config.file.name)


def _renews(channel: Channel, environ: Mapping[str, str]) -> bool:
    """Tokens are renewed by the program, or each is good for one renewal (X, where a browser gave it)."""
    from scheduler.platforms import oauth

    way = platforms.kinds()[channel.platform].oauth
    if way is None or not oauth.applies(way, channel):
        return False
    return way.renews or "REFRESH_TOKEN" in platforms.secrets(channel, environ)
