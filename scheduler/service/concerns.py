"""What people are to be told of at this moment, as causes: by the same functions as `status` and the gate."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from scheduler.alerts import risk
from scheduler.alerts.composing import local
from scheduler.alerts.kinds import Cause, of_notice, step_for
from scheduler.model import Mode, State
from scheduler.service import outlook
from scheduler.service.opening import Campaigning
from scheduler.store import Store, news
from scheduler.store.alerts import Alert
from scheduler.store.bars import BY_HAND
from scheduler.store.news import Late
from scheduler.store.notices import ON

OWN = "job:alerts"
"""The notice of our own failing: it is told to whom we reach."""


def now_so(
    campaigning: Campaigning, store: Store, late: Sequence[Late], coming: Sequence[Late], now: datetime
) -> dict[str, Cause]:
    """Everything that is so now, by name. `late` is what is due and not out, `coming` what `ahead` found."""
    zone = campaigning.config.campaign.timezone
    year = f"{campaigning.config.campaign.year}/"
    # Another year's are history, as in `status`.
    notices = (one for one in store.notices() if one.key is None or one.key.startswith(year))
    open_now = {notice.cause: of_notice(notice) for notice in notices}
    found: dict[str, Cause] = {}
    for cause in (
        *open_now.values(),
        *_channels(campaigning, store, open_now),
        *_stopped(store),
        *_due(without_hands(late), now, clock_is_wrong=store.own("clock") in open_now),
        *(risk.causes(coming, now, zone) if store.mode is Mode.LIVE else ()),
    ):
        found.setdefault(cause.name, cause)
    return {name: one for name, one in found.items() if not _is_told_as_hold(name, found)}


def ahead(store: Store, now: datetime) -> list[Late]:
    """What falls due within three days, each with what would keep it."""
    with store.reading() as connection:
        found = news.coming(connection, store.mode, store.policy, now, now + risk.LOOK_AHEAD)
    return without_hands(found)


def without_hands(late: Iterable[Late]) -> list[Late]:
    """Leave out what a person posts, and nothing else keeps: it has a reminder of its own."""
    return [one for one in late if set(one.reasons) != {BY_HAND}]


def _channels(campaigning: Campaigning, store: Store, told: Iterable[str]) -> Iterator[Cause]:
    """Not what a machine has told of by a notice already."""
    for name, words in outlook.problems(campaigning, store).items():
        if not any(one.startswith(f"channel:{name}{ON}") for one in told):
            yield Cause(f"channel:{name}", "channel", name, words)


def _stopped(store: Store) -> Iterator[Cause]:
    """Holds that people set; those that the scheduler sets have a notice."""
    for hold in store.holds():
        if hold.id:
            kind = "stopped-all" if hold.scope == "all" else "stopped"
            yield Cause(f"stopped:{hold.id}", kind, None, str(hold))


def _is_told_as_hold(name: str, found: dict[str, Cause]) -> bool:
    kind, _, number = name.partition(":")
    return kind == "stopped" and f"hold:{number}" in found


def _due(late: Iterable[Late], now: datetime, *, clock_is_wrong: bool) -> Iterator[Cause]:
    for one in late:
        since = f"{one.key} is due since {one.due.isoformat()}"
        why = "; ".join(one.reasons)
        if one.held:
            step = step_for(one.reasons)
            yield Cause(f"due:{one.key}", "due", one.key, f"{since} and held: {why}", step=step)
        elif not one.paced and now - one.due > outlook.PATIENCE and not clock_is_wrong:
            yield Cause(
                f"overdue:{one.key}", "overdue", one.key, f"{since} and not out: {why or 'no reason'}"
            )


def is_own(alert: Alert) -> bool:
    """Whether it is about our own failing to tell."""
    return alert.name.partition(ON)[0] == OWN


def over_words(alert: Alert, store: Store, coming: Sequence[Late]) -> str | None:
    """What whoever was told of it hears when it is so no longer; None where something else tells it."""
    if alert.kind == "digest" or is_own(alert):
        return None
    if alert.kind.startswith("risk-") or alert.kind in ("due", "overdue"):
        return _became(alert, store, coming)
    return alert.words


def _became(alert: Alert, store: Store, coming: Sequence[Late]) -> str | None:
    """How the delivery stands by now. What was missed, refused or is still held is told as that."""
    key = alert.key or ""
    ready = next((one for one in coming if one.key == key and not one.held), None)
    if ready is not None:
        zone = store.policy.campaign.timezone
        return f"{key} is ready, and goes out {local(ready.due, zone)}"
    with store.reading() as connection:
        row = news.standing(connection, store.mode, key)
    if row is State.PUBLISHED:
        return f"{key} is out"
    return f"{key} was taken out of the plan" if row is State.CANCELLED else None
