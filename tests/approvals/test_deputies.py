"""Who stands in for whom, and when."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.approvals import listed, may_not, missing
from scheduler.model import Approval, ApprovalRules, Approver

BAKU = ZoneInfo("Asia/Baku")
AWAY = ((date(2027, 2, 8), date(2027, 2, 12)),)
LEYLA = Approver("Leyla", ("az",), deputy="Tom", absent=AWAY)


def lacking(at, *approvers, who="Tom", kind="text", original=None, author="Rauf"):
    given = Approval("2027/p/x-en", "d1", who, "approver", at, "2027-02-20")
    return missing(
        kind=kind,
        digest="d1",
        day="2027-02-20",
        author=author,
        original_language=original,
        approvals=(given,),
        rules=ApprovalRules(1),
        approvers={one.name: one for one in approvers},
        zone=BAKU,
    )


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        # Baku is four hours ahead of UTC: its 8 February begins on the 7th at 20:00.
        (datetime(2027, 2, 7, 19, 59, tzinfo=UTC), False),
        (datetime(2027, 2, 7, 20, 0, tzinfo=UTC), True),
        (datetime(2027, 2, 12, 19, 59, tzinfo=UTC), True),
        (datetime(2027, 2, 12, 20, 0, tzinfo=UTC), False),
    ],
)
def test_a_deputy_counts_on_the_days_the_other_is_away_and_on_no_other(at, counts):
    assert (lacking(at, LEYLA) == ()) is counts


def test_it_is_said_for_whom_and_when_a_deputy_would_have_counted():
    said = lacking(datetime(2027, 2, 20, 8, tzinfo=UTC), LEYLA)
    assert said[1] == (
        "Tom stands in for Leyla, who was not away on 2027-02-20, so that approval does not count"
    )


def test_a_deputy_who_wrote_it_still_does_not_count():
    assert lacking(datetime(2027, 2, 9, 8, tzinfo=UTC), LEYLA, author="tom")[1].startswith("Tom wrote it")


def test_a_deputy_reads_what_config_says_of_them_and_not_what_the_other_reads():
    at = datetime(2027, 2, 9, 8, tzinfo=UTC)
    assert "who reads Azerbaijani" in lacking(at, LEYLA, kind="quote", original="az")[0]
    assert lacking(at, LEYLA, Approver("Tom", ("az",)), kind="quote", original="az") == ()


def test_somebody_who_is_away_and_approves_all_the_same_counts():
    assert lacking(datetime(2027, 2, 9, 8, tzinfo=UTC), LEYLA, who="leyla") == ()


def test_nobody_else_becomes_an_approver_because_somebody_is_away():
    approvers = {"Leyla": LEYLA}
    assert may_not("Mallory", approvers, date(2027, 2, 9)) is not None
    assert listed("TOM", approvers, date(2027, 2, 9))
    assert not listed("Tom", approvers)
