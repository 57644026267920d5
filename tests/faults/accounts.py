"""One Mastodon account on a loopback server, worked at by the real platform with a short deadline."""

from datetime import timedelta

from scheduler.delivery import Engine
from scheduler.platforms.http import Caller
from scheduler.platforms.mastodon import Mastodon
from tests.store.kit import MINUTE, NOON, channel, delivery, policy

TOKEN = "canary-token-5e1f"
CREATE = "POST /api/v1/statuses"
LIST = "GET /api/v1/accounts/.*/statuses"
KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
SOON_OVER = timedelta(seconds=0.3)
"""A whole call's time; a server that takes longer is given up."""


def rules(server, **changes):
    return policy(channel(platform="mastodon", base_url=server.base_url, **changes))


def at_work(store, base_url, now=EARLY, deadline=SOON_OVER):
    """An engine whose account is known already; answers it and the moment its answers are stamped with."""
    moment = [now]

    def connect(channel):
        caller = Caller(channel.name, base_url, token=TOKEN, deadline=deadline, clock=lambda: moment[0])
        return Mastodon(channel, caller, store.file, wait=lambda seconds: None)

    engine = Engine(store, connect, assume_clock=True)
    engine.tick(now)
    return engine, moment


def play(engine, moment, now, until, before=lambda now: None):
    """Tick at every moment the engine names; `before` is told each one first. Answers the moments."""
    moments = []
    while now is not None and now <= until:
        moment[0] = now
        moments.append(now)
        before(now)
        now = engine.tick(now)
    return moments


def one_post(store, **changes):
    made = delivery(**changes)
    store.sync([made], {}, EARLY)
    return made
