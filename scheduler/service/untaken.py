"""What is planned and talked about already, but not taken over by a running service yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.service.opening import Campaigning
from scheduler.service.standing import standings

NOT_TAKEN = "not taken over by `run --live` yet"


@dataclass(frozen=True)
class Untaken:
    """A planned delivery without a row; `state` and `reasons` as in the plan."""

    key: str
    due: datetime
    state: str
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields that `status --json` has for a row."""
        reason = "; ".join(self.reasons)
        return {"key": self.key, "state": self.state, "attempts": 0, "url": None, "reason": reason}


def untaken(campaigning: Campaigning, words: str, now: datetime) -> list[Untaken]:
    """The planned live deliveries of a post, or the one named by its key; none where there is none."""
    made = campaigning.prepare(now)
    planned = [one for one in made.deliveries if words in (one.post, one.key)]
    stand = standings(campaigning, made, now) if planned else {}
    return [
        Untaken(one.key, one.due, stand[one.key].state, (*stand[one.key].reasons, NOT_TAKEN))
        for one in planned
    ]
