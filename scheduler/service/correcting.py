"""Which deliveries correct which, and which were taken back; as the store knows them."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.model import Mode
from scheduler.service.opening import Campaigning


@dataclass(frozen=True)
class Correction:
    """A delivery that corrects another on the same channel, and where each can be seen."""

    original: str
    original_url: str | None
    correction: str
    state: str
    url: str | None


@dataclass(frozen=True)
class TakenBack:
    """A delivery that was retracted; `words` say when, by whom and why."""

    key: str
    url: str | None
    words: str


def listed(campaigning: Campaigning, mode: Mode, now: datetime) -> tuple[list[Correction], list[TakenBack]]:
    """Both lists, in the order things were due."""
    from scheduler.store import corrected_here

    if not campaigning.has_store:
        return [], []
    with campaigning.store(mode) as store:
        statuses = store.statuses(now)
        taken = store.taken_back()
    urls = {one.key: one.url for one in statuses}
    made = []
    for one in statuses:
        if one.message.corrects:
            original = corrected_here(one.message.corrects, one.channel)
            state = "held" if one.held else str(one.state)
            made.append(Correction(original, urls.get(original), one.key, state, one.url))
    return made, [TakenBack(one.key, one.url, taken[one.key]) for one in statuses if one.key in taken]
