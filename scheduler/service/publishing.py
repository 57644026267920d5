"""Publishing one delivery now: through the running service of that mode, else by taking its lock."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler import planning
from scheduler.errors import InputError, LockError, RunError
from scheduler.model import Delivery, Mode, key_of
from scheduler.prepare import Preparation
from scheduler.service.opening import Campaigning
from scheduler.service.running import Service
from scheduler.service.server_clock import ServerClock
from scheduler.service.standing import can_change, status_of
from scheduler.store import Gate, Status, Store, bars, scene
from scheduler.store.claim import row_of

PATIENCE = timedelta(minutes=3)
LOOK = 0.3
"""Seconds between two looks."""


def publish(
    campaigning: Campaigning,
    mode: Mode,
    clock: Callable[[], datetime],
    post: str,
    channel: str,
    *,
    urgent: bool = False,
    who: str = "publish",
    patience: timedelta = PATIENCE,
    by_server_clock: bool = False,
) -> Status:
    """Move the delivery's due to now, deliver it, say how it stands.

    Raises InputError where there is none or it may not go, RunError where it has not gone within `patience`.
    """
    _require_ready(campaigning, mode, channel)
    now = clock()
    key = key_of(campaigning.config.campaign.year, post, channel)
    hurried = frozenset({post}) if urgent else frozenset()
    made = campaigning.prepare(now, urgent=hurried, at_once=frozenset({key}))
    delivery = _delivery(made, post, channel)
    with campaigning.store(mode) as store:
        if store.is_shared and by_server_clock:
            clock = ServerClock(store)
            now = clock()
        store.follow_hold_file(now)
        _require_as_frozen(store, delivery, now)
        store.put_now(_as_planned(made, delivery), made.files, now, delivery.expires, who, urgent=urgent)
        end = now + patience
        if not campaigning.is_mine(campaigning.config.channels[channel]):
            _wait(store, key, clock, end)
            return status_of(store, key, clock())
        try:
            with store.lock(now, "publish"):
                _deliver(Service(campaigning, mode, clock), store, key, clock, end)
        except LockError:
            _wait(store, key, clock, end)
        return status_of(store, key, clock())


def _require_ready(campaigning: Campaigning, mode: Mode, channel: str) -> None:
    channels = campaigning.config.channels
    if channel not in channels:
        raise InputError(f"There is no channel “{channel}”. There is: {', '.join(channels)}")
    if mode is Mode.LIVE:
        if channels[channel].by_hand:
            raise InputError(
                f"{channel} is posted on by hand (config.yaml says by_hand: true); nothing was sent. "
                "Text and pictures: python run.py export pack"
            )
        if not channels[channel].live:
            raise InputError(f"{channel} does not say `live: true` in config.yaml; nothing was sent")
        if campaigning.is_mine(channels[channel]):
            campaigning.require_credentials(channels[channel])


def _delivery(made: Preparation, post: str, channel: str) -> Delivery:
    found = [one for one in made.deliveries if (one.post, one.channel) == (post, channel)]
    if not found:
        why = [finding.message for finding in made.errors if finding.post == post]
        words = "; ".join(why) or "see: python run.py plan"
        raise InputError(f"“{post}” has no delivery on “{channel}”; {words}")
    return found[0]


def _require_as_frozen(store: Store, delivery: Delivery, now: datetime) -> None:
    """Under a freeze only what counted when it began, or a correction. Raises InputError."""
    frozen = store.frozen()
    if frozen is None or delivery.correction:
        return
    if any((one.key, one.digest) == (delivery.key, delivery.digest) for one in store.statuses(now)):
        return
    raise InputError(
        f"The plan is {frozen}. {delivery.key} is new since or was changed, so nothing was sent; "
        "end the freeze first: python run.py freeze --off"
    )


def _as_planned(made: Preparation, delivery: Delivery) -> Delivery:
    """The delivery, judged as due now, with the plan's own time: a reload must see that nobody changed it."""
    config = made.config
    plan = planning.plan(made.content.posts, config.campaign, config.channels, made.now, made.kept)
    for place in plan.places:
        if place.key == delivery.key:
            return replace(delivery, due=place.due, expires=place.expires, day=place.day, slot=place.slot)
    return delivery


def _deliver(service: Service, store: Store, key: str, clock: Callable[[], datetime], end: datetime) -> None:
    """Work on the delivery's channel until it is settled or only a person can help; the lock is held."""
    with closing(service.engine(store)) as engine:
        while can_change(status := status_of(store, key, clock())):
            engine.chores(clock())
            engine.work(clock(), status.channel)
            _require_patience(store, key, clock, end, engine.distrust(clock()))
            time.sleep(LOOK)


def _wait(store: Store, key: str, clock: Callable[[], datetime], end: datetime) -> None:
    """The running service has it: look until it is settled."""
    while can_change(status_of(store, key, clock())):
        _require_patience(store, key, clock, end)
        time.sleep(LOOK)


def _require_patience(
    store: Store, key: str, clock: Callable[[], datetime], end: datetime, distrust: str | None = None
) -> None:
    """Raise RunError where it cannot go within the time left, saying why and what becomes of it."""
    status, now = status_of(store, key, clock()), clock()
    if not can_change(status):
        return
    gate = _gate(store, key, now)
    never_in_time = not gate and gate.not_before is not None and gate.not_before > end
    if now < end and not never_in_time:
        return
    why = "; ".join(word for word in (distrust, gate.reason, *status.notes) if word) or "no answer yet"
    raise RunError(
        f"{key} is not out yet: {why}. It stays in the plan, and `run` sends it when it may; "
        f"see: python run.py why {key}, or take it out: python run.py cancel {key}"
    )


def _gate(store: Store, key: str, now: datetime) -> Gate:
    """What time alone would open: a gap, a limit, a quiet window, a pause."""
    with store.reading() as connection:
        row = row_of(connection, store.mode, key)
        around = scene.scene(connection, store.mode, store.policy, now)
        return bars.gate(bars.closing(around, row, bars.TIMED))
