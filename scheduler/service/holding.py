"""Stops as the service meets them: the HOLD file in the folder of the posts, and places for what lapsed."""

import contextlib
import errno
import queue
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler import planning
from scheduler.config import Config
from scheduler.content import hold_file
from scheduler.content.hold_file import HoldFile
from scheduler.errors import InputError
from scheduler.model import Kind
from scheduler.planning import quiet
from scheduler.planning.slots import Diary
from scheduler.store import Hold, Status, Store
from scheduler.store.rows import HOLD_FILE
from scheduler.store.scene import A_DAY

NOBODY = "scheduler"
PATIENCE = 2.0
"""Seconds until a folder that does not answer counts as one that cannot be read."""

REST = 20.0
"""Seconds after which a thread that nobody has asked ends."""

AT_LEAST = timedelta(minutes=1)
"""A new time is at least so far ahead: nothing goes out by lifting a hold."""


def hold_files(config: Config, who: str = HOLD_FILE) -> Callable[[], Hold | None]:
    """Looks for a HOLD file whenever it is asked; its hold is set by `who`. A folder that cannot be read may
    hide one, so it stops everything, too.
    """

    folder = _Folder(config.posts)

    def look() -> Hold | None:
        name = _name(config)
        try:
            found = folder.look()
        except OSError as error:
            words = (
                f"this folder cannot be read ({error.strerror}), so a HOLD file in it would not be seen; "
                "put it right, and sending goes on by itself"
            )
            return _hold(name, words, NOBODY)
        if found is None:
            return None
        names = ", ".join(f"{name}/{one}" for one in found.names)
        return _hold(names, found.reason or "no reason is written in it", who)

    return look


class _Folder:
    """The folder of the posts may be a network's, and one that hangs must not hang the gate with it: a thread
    of its own looks, one for all looks, as every claim and every `begin` asks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked: queue.SimpleQueue[queue.SimpleQueue[HoldFile | OSError | None]] = queue.SimpleQueue()
        self._hanging: queue.SimpleQueue[HoldFile | OSError | None] | None = None
        self._looker: threading.Thread | None = None
        self._turn = threading.Lock()

    def look(self) -> HoldFile | None:
        """What `find` answers. Raises OSError where it does, or where there is no answer in time."""
        with self._turn:
            if self._hanging is not None and self._hanging.empty():
                raise _silent()
            self._hanging = None
            found = self._ask()
        if isinstance(found, OSError):
            raise found
        return found

    def _ask(self) -> HoldFile | OSError | None:
        if self._looker is None or not self._looker.is_alive():
            self._looker = threading.Thread(target=self._answer, daemon=True, name="hold-file")
            self._looker.start()
        answer: queue.SimpleQueue[HoldFile | OSError | None] = queue.SimpleQueue()
        self._asked.put(answer)
        try:
            return answer.get(timeout=PATIENCE)
        except queue.Empty:
            self._hanging = answer
            return _silent()

    def _next(self) -> queue.SimpleQueue[HoldFile | OSError | None] | None:
        """Who asks; None where nobody has for long: the posts may have been read again, with a look of their
        own for each time, and no thread is to stay behind of each.
        """
        while True:
            with contextlib.suppress(queue.Empty):
                return self._asked.get(timeout=REST)
            # Who asks has the turn until the answer comes, so while it is ours nobody can ask in vain.
            if self._turn.acquire(blocking=False):
                try:
                    if self._asked.empty():
                        self._looker = None
                        return None
                finally:
                    self._turn.release()

    def _answer(self) -> None:
        while (answer := self._next()) is not None:
            try:
                answer.put(hold_file.find(self._path))
            except OSError as error:
                answer.put(error)


def _silent() -> OSError:
    return OSError(errno.ETIMEDOUT, "it does not answer")


def _hold(value: str, reason: str, who: str) -> Hold:
    now = datetime.now(UTC)
    return Hold(0, "all", value, reason, who, now, now + A_DAY)


def _name(config: Config) -> str:
    """The folder of the posts as staff know it."""
    if config.posts.is_relative_to(config.root):
        return config.posts.relative_to(config.root).as_posix()
    return str(config.posts)


def expires(config: Config, channel: str, due: datetime) -> datetime:
    """Until when a delivery with a new time may go out."""
    known = config.channels.get(channel)
    grace = known.grace if known is not None and known.grace is not None else config.campaign.grace
    return planning.expires(config.campaign, due, grace)


def require_time(config: Config, due: datetime, now: datetime) -> datetime:
    """The new time, if it can be used. Raises InputError: too near, in the past, or in a quiet window."""
    if due < now + AT_LEAST:
        raise InputError("that time has passed or is less than a minute ahead; name a later one")
    window = planning.binding(config.campaign, due, exempt_whole_days=True)
    if window is not None:
        raise InputError(f"that time is in the quiet window {quiet.words(window)}; name another one")
    return due


def next_slot(config: Config, statuses: Iterable[Status], one: Status, now: datetime) -> datetime | None:
    """The channel's next slot that is free beside all that is out or to come there; None where none is."""
    channel = config.channels.get(one.channel)
    if channel is None:
        return None
    diary = Diary(config.campaign, channel, quiet.windows(config.campaign), now + AT_LEAST)
    for status in statuses:
        if status.channel == channel.name and (status.open or status.counted):
            diary.add(status.due, Kind(status.kind))
    return diary.take(Kind(one.kind))


def give_time(config: Config, store: Store, one: Status, due: datetime, who: str, now: datetime) -> None:
    """Give what lapsed its new time. Raises InputError for a time that cannot be used."""
    require_time(config, due, now)
    store.retry(one.key, due, expires(config, one.channel, due), who, now)
