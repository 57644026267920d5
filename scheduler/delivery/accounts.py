"""Which remote account a channel speaks for; each account has one scheduler on this machine."""

from datetime import timedelta
from urllib.parse import urlsplit

from scheduler import platforms
from scheduler.model import Channel
from scheduler.store import Store, locking

EVERY = timedelta(hours=1)
"""How often the locks are looked after; temporary files are tidied up after days."""


def identity(channel: Channel, account: str) -> str | None:
    """The platform's kind, its server and the account, in one word; None for a platform without a server."""
    kind = platforms.kinds().get(channel.platform)
    address = (channel.base_url or kind.base_url) if kind is not None else None
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{channel.platform} {parts.scheme.lower()}://{parts.netloc.lower()} {account}"


class Accounts:
    """The locks on the accounts of an engine's channels, held until the channel is dropped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[str, tuple[str, locking.AccountLock]] = {}
        self._looked: float | None = None

    def take(self, channel: Channel, account: str) -> str | None:
        """Have the channel's account for ourselves; answers the holder's identity where another process has
        it.
        """
        wanted = identity(channel, account)
        if wanted is None:
            return None
        held = self._held.get(channel.name)
        if held is not None and held[0] == wanted:
            return None
        # The others at work on one server's database share its accounts: claims keep them apart.
        lock = locking.account_lock(wanted, self._store.folder, together=self._store.shared_by)
        if lock is None:
            return wanted
        self.drop(channel.name)
        self._held[channel.name] = (wanted, lock)
        return None

    def is_our_folder(self, taken: str) -> bool:
        """Whether the account is held by another process with this very database."""
        return locking.account_holder(taken).get("folder") == str(self._store.folder.resolve())

    def lost(self, boot: float) -> tuple[str, ...]:
        """Once an hour: the channels whose account another process has taken since, because somebody tidied
        the locks' folder up. `boot` are seconds since boot.
        """
        if self._looked is not None and boot - self._looked < EVERY.total_seconds():
            return ()
        self._looked = boot
        return tuple(channel for channel, (_, lock) in self._held.items() if not lock.still_ours())

    def drop(self, channel: str) -> None:
        held = self._held.pop(channel, None)
        if held is not None:
            held[1].close()

    def close(self) -> None:
        for channel in tuple(self._held):
            self.drop(channel)
