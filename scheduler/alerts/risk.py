"""Posts at risk: soon due and not ready, told three days, a day and an hour before, each once."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.alerts.composing import local
from scheduler.alerts.kinds import Cause, step_for
from scheduler.store.news import Late

THRESHOLDS = (timedelta(hours=1), timedelta(hours=24), timedelta(hours=72))
LOOK_AHEAD = THRESHOLDS[-1]


def causes(coming: Iterable[Late], now: datetime, zone: ZoneInfo) -> Iterator[Cause]:
    """For each delivery that falls due and is not ready, the threshold it has passed last."""
    for one in coming:
        left = one.due - now
        passed = next((span for span in THRESHOLDS if left <= span), None)
        if one.held and left > timedelta(0) and passed is not None:
            hours = f"{passed // timedelta(hours=1)}h"
            words = f"{one.key}, due {local(one.due, zone)}: {'; '.join(one.reasons)}"
            name, step = f"risk:{one.key}:{one.due.isoformat()}:{hours}", step_for(one.reasons)
            yield Cause(name, f"risk-{hours}", one.key, words, once=True, step=step)
