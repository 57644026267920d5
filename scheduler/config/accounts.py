"""What accounts said of themselves when they were last asked: kept in the data folder, without a secret."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler import platforms
from scheduler.errors import StoreError
from scheduler.model import Channel, Finding, Severity

if TYPE_CHECKING:
    from scheduler.config import Config

FILE = "accounts.json"
GOOD_FOR = timedelta(days=30)
"""A server may change its limits; what it said longer ago is asked anew."""


@dataclass(frozen=True)
class Seen:
    """An account as it was at a moment (aware UTC). `server`: where the channel was reached then."""

    platform: str
    server: str | None
    account: str
    handle: str
    at: datetime
    limits: Mapping[str, int] = field(default_factory=dict)

    def is_about(self, channel: Channel) -> bool:
        """Not where config has another server since."""
        return (self.platform, self.server) == (channel.platform, channel.base_url)


def read(data: Path) -> Mapping[str, Seen]:
    """By channel; empty where nothing was kept, or it is not ours."""
    path = data / FILE
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except OSError:
        return {}


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Mapping[str, Seen]:
    """Read again only when the file has changed: every shown post asks for its channel's limits."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): _seen(one) for name, one in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _seen(fields: Mapping[str, Any]) -> Seen:
    limits = {str(name): int(value) for name, value in fields["limits"].items()}
    at = datetime.fromisoformat(fields["at"])
    if at.tzinfo is None:
        raise ValueError("a moment without its zone")
    return Seen(fields["platform"], fields["server"], fields["account"], fields["handle"], at, limits)


def keep(data: Path, fresh: Mapping[str, Seen]) -> None:
    """Lay them over what was kept; whole or not at all. Raises StoreError."""
    everyone = {**read(data), **fresh}
    content = {name: {**asdict(one), "at": one.at.isoformat()} for name, one in everyone.items()}
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=data, prefix=FILE)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(content, out, ensure_ascii=False, indent=2)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(data / FILE)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        words = "make the folder writable or free some space"
        raise StoreError(f"{data / FILE} cannot be written ({error.strerror}); {words}") from None


def own_limits(data: Path, channel: Channel) -> Mapping[str, int]:
    """The account's own numbers, as its server last told them for this channel."""
    seen = read(data).get(channel.name)
    return seen.limits if seen is not None and seen.is_about(channel) else {}


def findings(config: "Config", now: datetime) -> Iterator[Finding]:
    """A hint for each live channel on a server of its own whose limits are not known, or not any more."""
    kept = read(config.data)
    for channel in config.channels.values():
        if not channel.live or platforms.kinds()[channel.platform].base_url is not None:
            continue
        seen = kept.get(channel.name)
        if seen is None or not seen.is_about(channel):
            words = f"{channel.name}: its server's own limits are not known; run: python run.py accounts"
        elif now - seen.at > GOOD_FOR:
            day = f"{seen.at:%d %B %Y}"
            words = f"{channel.name}: its server's limits are those of {day}; run: python run.py accounts"
        else:
            continue
        yield Finding(Severity.HINT, "config.server-limits", words, config.file.name)
