"""What `doctor` says of the PostgreSQL server with a campaign's database; nothing is written there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.errors import StoreError
from scheduler.service.opening import Campaigning
from scheduler.service.symptoms import Health, Seen

if TYPE_CHECKING:
    from scheduler.store.server_seen import ServerSeen

FAR_OFF = timedelta(seconds=2)
SLOW = 0.25
"""Seconds for one answer: a post takes about seven of them."""


def database(campaigning: Campaigning) -> Iterator[Seen]:
    """Whether the server can be used, and what to know about it."""
    from scheduler.store import databases, migrations

    url = databases.on_server(campaigning.store_url or "")
    try:
        from scheduler.store import server_seen

        seen = server_seen.look(url)
    except ImportError:
        yield Seen("database", Health.BAD, databases.MISSING)
        return
    except StoreError as error:
        yield Seen("database", Health.BAD, str(error))
        return
    words = f"{seen.where}: version {seen.server}, {seen.size / (1 << 20):.1f} MB in that database"
    if seen.version > migrations.LATEST:
        yield Seen(
            "database",
            Health.BAD,
            f"{seen.where} was written by a newer version of this program",
            "use that version here too",
        )
    elif seen.version == 0:
        yield Seen("database", Health.OK, f"{words}; nothing of this campaign yet: run or approve makes it")
    else:
        yield Seen("database", Health.OK, f"{words}, version {seen.version} of the tables")
    yield from _on_the_way(seen)
    yield _clock(seen, datetime.now(UTC))
    yield _standby(seen)


def _on_the_way(seen: "ServerSeen") -> Iterator[Seen]:
    if not seen.is_encrypted and not seen.is_here:
        yield Seen(
            "database",
            Health.WARN,
            "what goes to the server is not encrypted",
            "once the server has a certificate, write ?sslmode=verify-full behind store: in config.yaml",
        )
    if seen.answered > SLOW:
        words = f"the server takes {seen.answered * 1000:.0f} ms for an answer, and a post needs about seven"
        yield Seen("database", Health.WARN, words, "take a server nearer to this machine")


def _clock(seen: "ServerSeen", now: datetime) -> Seen:
    """Between machines the server's clock decides; this one only says when to look."""
    off = seen.clock - now
    if abs(off) <= FAR_OFF:
        return Seen("server clock", Health.OK, "as this machine's")
    words = f"{off.total_seconds():+.0f} s from this machine's; what is due goes by the server's"
    return Seen("server clock", Health.WARN, words, "let both follow a time server")


def _standby(seen: "ServerSeen") -> Seen:
    if seen.waits_for_standby:
        return Seen("standby", Health.OK, "the server waits for one before it confirms anything")
    if seen.standbys:
        words = "the server does not wait for its standby: after a failover the newest posts may be forgotten"
        return Seen("standby", Health.WARN, words, "set synchronous_standby_names on the server")
    return Seen(
        "standby", Health.OK, "none that this user can see: with the server lost, go back to a backup"
    )
