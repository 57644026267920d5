"""The one table where both lines meet: deliveries, their attempts, holds, approvals, files; and the gate to
sending.
"""

from scheduler.store.bars import corrected_here
from scheduler.store.chain import Verdict
from scheduler.store.front import Store
from scheduler.store.people import Frozen
from scheduler.store.restoring import Restored
from scheduler.store.rows import (
    LEASE,
    SECOND_LOOK,
    SETTLE,
    Claim,
    Decision,
    Doubt,
    Gate,
    Hold,
    Policy,
    Quota,
    Stopped,
    SyncReport,
    part_key,
)
from scheduler.store.shown import Act, Event, LiftReport, Notice, Status

__all__ = [
    "LEASE",
    "SECOND_LOOK",
    "SETTLE",
    "Act",
    "Claim",
    "Decision",
    "Doubt",
    "Event",
    "Frozen",
    "Gate",
    "Hold",
    "LiftReport",
    "Notice",
    "Policy",
    "Quota",
    "Restored",
    "Status",
    "Store",
    "Stopped",
    "SyncReport",
    "Verdict",
    "corrected_here",
    "part_key",
]
