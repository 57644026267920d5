"""One life of a scheduler with one post for a real Bluesky server: a process that may die at a failpoint.

python -m tests.real.life FOLDER BASE_URL HANDLE APP_PASSWORD SECONDS_AFTER_DUE
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from scheduler.delivery import Engine, failpoints
from scheduler.model import Image
from scheduler.platforms import connect
from tests.real.pictures import CARD
from tests.store.kit import MINUTE, NOON, channel, delivery, opened, policy

TEXTS = ("613 people were killed in Xocalı. #26february", "Their names are read tonight.")


def live(folder, base_url, handle, password, now):
    """Work from `now` until nothing changes by itself any more; answers the states, and links by part."""
    account = channel("bluesky-en", platform="bluesky", base_url=base_url)
    secrets = {"IDENTIFIER": handle, "APP_PASSWORD": password}
    with opened(folder, rules=policy(account)) as store:
        card = Image(CARD.sha256, "613 people", "image/jpeg", CARD.width, CARD.height, len(CARD.content))
        post = delivery(channel="bluesky-en", texts=TEXTS, images=(card,))
        store.sync([post], {CARD.sha256: CARD.content}, NOON - MINUTE)
        moment = [now]

        def connected(asked):
            return connect(asked, secrets, store.file, clock=lambda: moment[0])

        engine = Engine(store, connected, assume_clock=True)
        while now is not None and now <= NOON + timedelta(hours=26):
            moment[0] = now
            now = engine.tick(now)
        [status] = store.statuses(moment[0])
        return str(status.state), [store.receipt(post.key, part) for part in range(len(TEXTS))]


if __name__ == "__main__":
    failpoints.arm_from(os.environ)
    folder, base_url, handle, password, seconds = sys.argv[1:]
    print(*live(Path(folder), base_url, handle, password, NOON + timedelta(seconds=float(seconds))))
