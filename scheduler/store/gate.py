"""The one gate: `begin` alone writes `sending`, in the transaction that looked at everything that could
forbid it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.model import Mode, State
from scheduler.platforms.base import Prepared
from scheduler.store import beside, schema
from scheduler.store.bars import STANDING, TIMED, closing, gate, missing_approvals
from scheduler.store.limits import cost
from scheduler.store.rows import Claim, Gate, Policy, note_event
from scheduler.store.scene import Bar, Scene


@dataclass(frozen=True)
class _Request:
    """What the worker wants to send."""

    claim: Claim
    part: int
    prepared: Prepared


def _still_ours(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    claim = wanted.claim
    held = (row.owner, row.attempt) == (claim.owner, claim.attempt)
    resend = row.state == State.UNKNOWN and claim.frozen
    if not held or not (row.state == State.PREPARING or resend):
        return Bar("another worker has taken it over")
    if row.lease_until is None or row.lease_until <= scene.now:
        return Bar("preparing it took too long, and the claim ran out")
    return None


def _right_part(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    if wanted.part != row.part or wanted.part >= row.length:
        return Bar("it is not this part's turn")
    return None


def _same_message(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    if row.digest != wanted.claim.digest:
        return Bar("the post was changed while it was being prepared")
    return None


def _same_request(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    """What may be out already may only be repeated to the letter."""
    if not wanted.claim.frozen:
        return None
    is_same = row.part_frozen and row.part_request == wanted.prepared.to_json()
    return None if is_same else Bar("a re-send must repeat the first request exactly")


def _still_fresh(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    end = wanted.prepared.expires_at
    return (
        Bar("what was prepared has expired and is made anew")
        if end is not None and end <= scene.now
        else None
    )


def _same_account(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    known, now = scene.channels.get(row.channel), wanted.prepared.account
    tied = known.account_id if known is not None else None
    if tied is None or now is None or tied == now:
        return None
    return Bar(f"the credentials of {row.channel} belong to another account than before")


def _nothing_in_flight(scene: Scene, row: Any, wanted: _Request) -> Bar | None:
    return Bar(f"{row.busy} is on its way on this channel") if row.busy is not None else None


CLAIMED: tuple[Callable[[Scene, Any, _Request], Bar | None], ...] = (
    _still_ours,
    _right_part,
    _same_message,
    _same_request,
    _still_fresh,
    _same_account,
    _nothing_in_flight,
)


def begin(
    connection: sa.Connection,
    mode: Mode,
    policy: Policy,
    claim: Claim,
    part: int,
    prepared: Prepared,
    now: datetime,
    lease: timedelta,
    row: Any,
) -> Gate:
    """See Store.begin. Everything is read and written in the caller's one transaction; `row` is the claimed
    delivery's (`beside.ONE`).
    """
    if row is None:
        return Gate(False, f"{claim.key} is no longer in the database")
    around = beside.around(connection, mode, policy, now, row)
    wanted = _Request(claim, part, prepared)
    found = [bar for rule in CLAIMED if (bar := rule(around, row, wanted)) is not None]
    if not found:
        found = closing(around, row, (*STANDING, *TIMED))
    answer = gate(found)
    if answer:
        _write(around, row, wanted, lease)
    return answer


def _write(scene: Scene, row: Any, wanted: _Request, lease: timedelta) -> None:
    now, prepared = scene.now, wanted.prepared
    values = {
        "state": State.SENDING,
        "reason": "",
        "lease_until": now + lease,
        "begun_at": now,
        "out_at": row.out_at if row.out_at is not None else now,
        "absent_at": None,
        "look_at": None,
        "looks": row.looks + 1 if wanted.claim.frozen else 0,
        "tries": row.tries + 1,
        "approved_digest": row.digest,
        "account": prepared.account or _tied_account(scene, row),
    }
    scene.connection.execute(schema.CHANGE_ROW, {"row": row.id, **values})
    request = {"digest": row.digest, "request": prepared.to_json(), "frozen": True}
    write_part(scene.connection, row, request)
    note_event(
        scene.connection,
        row,
        now,
        "begun",
        _assumed(scene, row),
        part=wanted.part,
        request=prepared.to_json(),
        cost=cost(scene, row),
    )


def _tied_account(scene: Scene, row: Any) -> str | None:
    known = scene.channels.get(row.channel)
    return None if known is None else str(known.account_id) if known.account_id is not None else None


def _assumed(scene: Scene, row: Any) -> str:
    """What a dry run takes for granted, in words."""
    if scene.is_live:
        return ""
    lacking = [*(f"blocked: {stop}" for stop in row.stops), *missing_approvals(scene, row)]
    return "assumed: " + "; ".join(lacking) if lacking else ""


def write_part(connection: sa.Connection, row: Any, values: Mapping[str, Any]) -> None:
    """Change the part of a row that was read with it (`part_n`), or make it where there is none yet."""
    if row.part_n is not None:
        connection.execute(schema.CHANGE_PART, {"row": row.id, "part_number": row.part, **values})
    else:
        connection.execute(schema.NEW_PART, {"delivery": row.id, "n": row.part, **values})


def keep_request(
    connection: sa.Connection, row: Any, part: int, prepared: Prepared | None, *, frozen: bool
) -> None:
    """Keep what was prepared for a part; None forgets it."""
    values = {
        "digest": row.digest,
        "request": prepared.to_json() if prepared is not None else None,
        "frozen": frozen,
    }
    known = {"row": row.id, "part_number": part}
    if not connection.execute(schema.CHANGE_PART, {**known, **values}).rowcount:
        connection.execute(schema.NEW_PART, {"delivery": row.id, "n": part, **values})
