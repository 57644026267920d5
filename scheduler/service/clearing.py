"""Pictures that stand in public for a post that needs them no longer are taken down.

A picture goes when its post has come to its end by a call. Where a person settled or cancelled it, where it
was missed or ran out, or where the process was killed, nobody was there to take it down.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.model import State
from scheduler.platforms import public_media
from scheduler.service.opening import Campaigning
from scheduler.store import Status, Store

logger = logging.getLogger(__name__)

SOON = timedelta(hours=1)
"""Pictures are put out some minutes before their post is due; younger ones than this are left alone."""

DEAD = timedelta(days=1)
"""Meta keeps what it has made of a picture for a day; after it, every preparation begins anew."""

UNDER_WAY = frozenset({State.SENDING, State.UNKNOWN})


def clear(campaigning: Campaigning, store: Store, now: datetime) -> int:
    """Take down what no open delivery needs, in each channel's public folder; answers how many pictures.

    Raises StoreError, and OSError where a folder cannot be read.
    """
    removed = 0
    for folder, channels in _folders(campaigning).items():
        needed = any(_may_need(one, now) for one in store.statuses(now) if one.channel in channels)
        gone = public_media.clear(folder, now - (DEAD if needed else SOON))
        if gone:
            logger.info("%s: %d pictures taken down that no post needs any more", folder, gone)
        removed += gone
    return removed


def _folders(campaigning: Campaigning) -> dict[Path, set[str]]:
    """Each public folder with the channels that use it."""
    found: dict[Path, set[str]] = {}
    for name, channel in campaigning.config.channels.items():
        if (media := channel.options.get("public_media")) is not None:
            found.setdefault(Path(media.folder), set()).add(name)
    return found


def _may_need(one: Status, now: datetime) -> bool:
    """Whether pictures may have been put out for it: it is about to go out, or it is not known to be out."""
    return one.state in UNDER_WAY or (one.open and one.due <= now + SOON)
