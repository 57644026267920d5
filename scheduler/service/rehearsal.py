"""The whole run-up on a virtual clock, through the real engine, into the outbox: a dress rehearsal."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from scheduler.delivery import Engine
from scheduler.errors import RunError
from scheduler.model import Mode
from scheduler.platforms.outbox import Outbox
from scheduler.prepare import Preparation
from scheduler.service import as_json
from scheduler.service.opening import Campaigning
from scheduler.service.standing import known, missing
from scheduler.store import Status, Store

STEP = timedelta(seconds=1)


@dataclass(frozen=True)
class Rehearsal:
    """What became of every delivery. Live would hold `not_cleared`; `unapproved` lack approvals."""

    preparation: Preparation
    deliveries: tuple[Status, ...]
    counts: dict[str, int]
    not_cleared: tuple[str, ...]
    unapproved: tuple[str, ...]
    outbox: Path

    def to_json(self) -> dict[str, Any]:
        """Counts by state (`published`, `held`, `missed` always there), then each delivery."""
        return {
            "published": 0,
            "held": 0,
            "missed": 0,
            **self.counts,
            "not_cleared": list(self.not_cleared),
            "unapproved": list(self.unapproved),
            "outbox": str(self.outbox),
            "deliveries": [as_json.of(status) for status in self.deliveries],
        }


def rehearse(
    campaigning: Campaigning,
    now: datetime,
    *,
    start: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Deliver the whole campaign into `data/outbox/rehearsal`, from `start` (before its first post)."""
    config = campaigning.config
    opening = datetime.combine(
        config.campaign.date_of(config.campaign.start_days), time.min, config.campaign.timezone
    )
    made = campaigning.prepare(start or min(now, opening))
    first = min((place.due for place in made.plan.places), default=opening)
    clock = start or min(now, opening, first)
    with _workplace(campaigning) as (folder, outbox):
        store = _throw_away(campaigning, folder / "store", clock)
        with store:
            store.sync(made.deliveries, made.files, clock)
            engine = Engine(store, lambda channel: Outbox(channel, outbox, store.file))
            _play(engine, store, clock, len(made.deliveries), progress)
            statuses = tuple(sorted(store.statuses(clock), key=lambda one: (one.due, one.key)))
        target = _replace(outbox, config.data / "outbox" / "rehearsal")
    return _summary(campaigning, made, statuses, target)


def _play(
    engine: Engine,
    store: Store,
    clock: datetime,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Jump from one due time to the next until nothing is left that time alone can change."""
    ticks = 0
    due = engine.tick(clock)
    while due is not None:
        clock = max(due, clock + STEP)
        due = engine.tick(clock)
        ticks += 1
        if progress:
            progress(min(ticks, total), total)


class _workplace:
    """A folder in the data folder for one rehearsal; gone afterwards, whatever happens."""

    def __init__(self, campaigning: Campaigning) -> None:
        self.data = campaigning.config.data

    def __enter__(self) -> tuple[Path, Path]:
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=self.data))
        except OSError as error:
            raise RunError(
                f"{self.data} cannot be written ({error.strerror}); "
                "make it writable, or name another folder with --data"
            ) from None
        outbox = self.folder / "outbox"
        outbox.mkdir()
        return self.folder, outbox

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _throw_away(campaigning: Campaigning, folder: Path, clock: datetime) -> Store:
    """A fresh store with the campaign's open holds, so that a rehearsal shows what they would stop."""
    store = campaigning.store(Mode.DRY, folder)
    if campaigning.has_store:
        with campaigning.store(Mode.LIVE) as real:
            # This machine's HOLD file stops a rehearsal by itself, as long as it is there.
            own = real.policy.hold_file_who
            for hold in (one for one in real.holds() if one.id and one.who != own):
                what = "" if hold.scope == "all" else hold.value
                store.hold(hold.scope, what, hold.reason, hold.who, clock, hold.look_again)
    return store


def _replace(folder: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    return folder.rename(target)


def _summary(
    campaigning: Campaigning, made: Preparation, statuses: tuple[Status, ...], outbox: Path
) -> Rehearsal:
    counts = Counter("held" if status.held else str(status.state) for status in statuses)
    stopped = {delivery.post for delivery in made.deliveries if delivery.blocked}
    recorded = known(campaigning, made.now)
    unapproved = tuple(
        one.key for one in made.deliveries if missing(campaigning, one, recorded.approvals.get(one.key, ()))
    )
    return Rehearsal(made, statuses, dict(counts), tuple(sorted(stopped)), unapproved, outbox)
