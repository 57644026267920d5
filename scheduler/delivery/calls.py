"""Which channel is in the middle of a call to its platform, and which of these calls hang."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from scheduler.delivery.means import Means

CAUSE = "hanging:"


@dataclass(frozen=True)
class _Call:
    since: datetime
    limit: timedelta


class Calls:
    """The calls under way, one a channel: each channel is worked by one thread."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._lock = threading.Lock()
        self._under_way: dict[str, _Call] = {}
        self._told: frozenset[str] | None = None

    @contextmanager
    def under_way(self, channel: str, now: datetime, limit: timedelta) -> Iterator[None]:
        """A call that should be over within `limit`."""
        call = _Call(self._means.after(now), limit)
        with self._lock:
            self._under_way[channel] = call
        try:
            with self._means.aside(channel):
                yield
        finally:
            with self._lock:
                # A channel may have been given to another thread meanwhile.
                if self._under_way.get(channel) is call:
                    del self._under_way[channel]

    def hanging(self, now: datetime) -> Mapping[str, datetime]:
        """The channels whose call should long be over, and since when it has been going on."""
        with self._lock:
            calls = self._under_way.items()
            return MappingProxyType({name: one.since for name, one in calls if now - one.since > one.limit})

    def tell(self, now: datetime) -> None:
        """One notice for each channel that hangs; closed when the call has come back."""
        hanging, store = self.hanging(now), self._means.store
        if self._told is None:
            # The process before this one may have ended in the middle of a call.
            self._told = frozenset(one.removeprefix(CAUSE) for one in store.told_here(CAUSE))
        zone = store.policy.campaign.timezone
        for channel, since in hanging.items():
            words = f"{channel}: the call has been hanging since {since.astimezone(zone):%d %B %H:%M:%S}; "
            words += "the other channels go on, this one waits until it ends or the scheduler is restarted"
            store.tell_of_here(f"{CAUSE}{channel}", words, now)
        for channel in self._told - hanging.keys():
            store.over_here(f"{CAUSE}{channel}", now)
        self._told = frozenset(hanging)
