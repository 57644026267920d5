"""Yours to read: whose approval would bring a post nearer to going out."""

from datetime import UTC, date, datetime

import pytest

from scheduler.approvals import Asked, Policy, waits_for
from scheduler.model import Approval, ApprovalRules, Approver, Said

TODAY = date(2027, 2, 9)
APPROVERS = {
    "Leyla": Approver("Leyla", ("az",)),
    "Jane": Approver("Jane", ("en",)),
    "Tom": Approver("Tom", ("en",)),
    "Rauf": Approver("Rauf", ("az",), deputy="Mia", absent=((TODAY, TODAY),)),
}
POLICY = Policy(ApprovalRules(1, {"quote": 2}), APPROVERS)


def waits(name, *given, kind="text", original=None, today=TODAY):
    asked = Asked(kind, "d1", "2027-02-25", "Leyla", original)
    at = datetime(2027, 2, 8, 9, tzinfo=UTC)
    said = [
        one if isinstance(one, Approval) else Approval("2027/p/x-en", "d1", one, "approver", at, "2027-02-25")
        for one in given
    ]
    return waits_for(name, asked, said, POLICY, today)


@pytest.mark.parametrize(
    ("name", "waiting"),
    [("Jane", True), ("jane ", True), ("Leyla", False), ("Mallory", False), ("Mia", True)],
)
def test_it_waits_for_those_whose_approval_would_count_today(name, waiting):
    assert waits(name) is waiting


def test_it_waits_for_no_deputy_once_the_other_is_back():
    assert not waits("Mia", today=date(2027, 2, 10))


def test_what_is_approved_waits_for_nobody():
    assert not waits("Tom", "Jane")


def test_a_second_approval_waits_for_the_others():
    assert waits("Tom", "Jane", kind="quote")
    assert not waits("Jane", "Jane", kind="quote")


def test_the_last_place_is_kept_for_who_reads_the_language():
    assert waits("Jane", kind="quote", original="az")
    assert not waits("Tom", "Jane", kind="quote", original="az")
    assert waits("Rauf", "Jane", kind="quote", original="az")
    assert waits("Tom", "Rauf", kind="quote", original="az")


def test_what_was_returned_waits_again_also_for_who_had_approved_it():
    at = datetime(2027, 2, 8, 9, tzinfo=UTC)
    back = Approval("2027/p/x-en", "d1", "Tom", "", at, "2027-02-25", Said.RETURN, "no")
    assert waits("Jane", "Jane", back)
