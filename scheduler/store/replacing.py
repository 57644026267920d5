"""What a reload replaces in a delivery's row: at once, or when the attempt under way has come to its end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.model import Delivery, State
from scheduler.store.rows import body

NOT_PLANNED = "the post is no longer in the plan"
_GONE = "gone"
_MOMENTS = ("planned_due", "due", "expires")


def content(delivery: Delivery) -> dict[str, Any]:
    """Everything of a row but its time and state."""
    return {
        "kind": delivery.kind,
        "language": delivery.message.language,
        "author": delivery.author,
        "original_language": delivery.original_language,
        "planned_due": delivery.due,
        "slot": delivery.slot,
        "correction": delivery.correction,
        "message": delivery.message.to_json(),
        "digest": delivery.digest,
        "body": body(delivery.message),
        "length": len(delivery.message.parts),
        "stops": list(delivery.stops),
        "errors": delivery.errors,
        "waived": list(delivery.waived),
        "records": dict(delivery.records),
    }


def times(row: Any, delivery: Delivery) -> dict[str, Any]:
    """The plan's time, unless a person set another and the post's own `when` is as it was."""
    when_is_unchanged = row.planned_due == delivery.due or (row.slot and delivery.slot)
    if row.due_by is not None and when_is_unchanged:
        return {}
    values = {"due": delivery.due, "expires": delivery.expires, "day": delivery.day, "due_by": None}
    if row.due != delivery.due:
        values["not_before"] = None
    return values


def wish(row: Any, delivery: Delivery | None) -> dict[str, Any] | None:
    """What to do with a delivery that may be out, should it turn out not to be; None: nothing new.

    Its row must not change while nobody knows, but neither may words be sent that the file no longer has.
    """
    if delivery is None:
        return {_GONE: True}
    if row.digest == delivery.digest and row.planned_due == delivery.due:
        return None
    values = content(delivery) | times(row, delivery)
    return values | {name: values[name].isoformat() for name in _MOMENTS if name in values}


def taken_up(row: Any, state: State, reason: str) -> dict[str, Any]:
    """State, reason and content of a row whose part is certainly not out, with the wish of a reload met.

    `row.part` parts are published, so of a begun thread the words stay; only its end may be wished for.
    """
    values: dict[str, Any] = {"state": state, "reason": reason, "later": None}
    wished: Mapping[str, Any] = row.later or {}
    if wished.get(_GONE):
        return values | (ended(row.part) if state is State.SCHEDULED else {})
    if row.part > 0:
        return values
    return values | {
        name: datetime.fromisoformat(value) if name in _MOMENTS else value for name, value in wished.items()
    }


def is_gone(row: Any) -> bool:
    """Whether a reload has taken the post of this begun delivery out of the plan."""
    return bool(row.later and row.later.get(_GONE))


def ended(published: int) -> dict[str, Any]:
    """How a delivery ends whose post is gone: what a begun thread has shown stays out, so that is refused."""
    if published:
        return {"state": State.REFUSED, "reason": f"parts 1..{published} published; {NOT_PLANNED}"}
    return {"state": State.CANCELLED, "reason": NOT_PLANNED}
