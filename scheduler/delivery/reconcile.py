"""What an unknown delivery may be believed to be, by what its platform can prove."""

from datetime import datetime, timedelta

from scheduler.platforms.base import Absent, CannotTell, Found, Recovery

LOOKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
HOURLY = timedelta(hours=1)

NOBODY_CAN_SAY = CannotTell("this platform cannot be asked; look at the account, then `settle` it")
MISS_PROVES_NOTHING = CannotTell(
    "it was not found, which on this platform proves nothing; look at the account, then `settle` it"
)


def may_ask(recovery: Recovery) -> bool:
    """Whether looking can tell anything at all."""
    return recovery is not Recovery.BLIND


def read(recovery: Recovery, finding: Found | Absent | CannotTell) -> Found | Absent | CannotTell:
    """What a finding is worth: a hit always counts, a miss only where the platform's listing is complete."""
    if isinstance(finding, Absent) and recovery is Recovery.PRESENCE_ONLY:
        return MISS_PROVES_NOTHING
    return finding


def may_repeat(recovery: Recovery, finding: Found | Absent | CannotTell) -> bool:
    """Whether the frozen request may be sent again: only where it cannot double, and where looking did not
    settle it.
    """
    return recovery is Recovery.RESEND_SAFE and isinstance(finding, CannotTell)


def again(recovery: Recovery, looks: int, now: datetime) -> datetime | None:
    """When to look once more after so many looks without proof; None where looking is no use."""
    if not may_ask(recovery):
        return None
    return now + (LOOKS[looks] if looks < len(LOOKS) else HOURLY)
