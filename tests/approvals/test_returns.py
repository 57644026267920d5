"""A return takes back what was approved before it, and stands until the text changes or is approved anew."""

from datetime import UTC, datetime, timedelta

from scheduler.approvals import lowered, missing
from scheduler.model import Approval, ApprovalRules, Approver, Said

AT = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
TWO = {"Jane": Approver("Jane"), "Tom": Approver("Tom"), "Rauf": Approver("Rauf")}


def said(who, act=Said.APPROVE, digest="d1", day="2027-02-25", words="", **ago):
    return Approval("2027/p/x-en", digest, who, "approver", AT - timedelta(**ago), day, act, words)


def returned(who="Rauf", words="the date is wrong", **more):
    return said(who, Said.RETURN, words=words, **more)


def lacking(*given, needed=1, author="Leyla", digest="d1"):
    return missing(
        kind="text",
        digest=digest,
        day="2027-02-25",
        author=author,
        original_language=None,
        approvals=given,
        rules=ApprovalRules(needed),
        approvers=TWO,
    )


RETURNED = "returned by Rauf: the date is wrong; change it, or approve it anew"


def test_every_approval_before_it_falls():
    assert lacking(said("Jane"), said("Tom"), needed=2) == ()
    assert lacking(said("Jane"), said("Tom"), returned(), needed=2) == (
        "0 of 2 approvals; two people, not Leyla (author)",
        RETURNED,
    )


def test_who_approves_anew_is_counted_from_nothing():
    anew = (said("Jane"), said("Tom"), returned(), said("Jane"))
    assert lacking(*anew, needed=2) == ("1 of 2 approvals; one more person, not Leyla (author)",)
    assert lacking(*anew, said("Tom"), needed=2) == ()


def test_an_approval_that_does_not_count_does_not_lift_it():
    assert RETURNED in lacking(said("Jane"), returned(), said("Leyla"))
    assert RETURNED in lacking(said("Jane"), returned(), said("Mallory"))
    assert RETURNED in lacking(said("Jane"), returned(), said("Jane", digest="d0"))


def test_it_is_the_order_in_which_it_was_said_that_counts_and_no_clock():
    assert RETURNED in lacking(said("Jane"), returned(days=3))
    assert lacking(returned(), said("Jane", days=3)) == ()


def test_another_text_is_not_returned():
    assert lacking(returned(digest="d0"), said("Jane")) == ()
    assert lacking(said("Jane"), returned(digest="d0")) == ()


def test_it_is_returned_for_whichever_day_it_was_shown():
    assert RETURNED in lacking(said("Jane"), returned(day="2027-02-20"))


def test_where_nobody_need_approve_a_return_stops_it_all_the_same():
    assert lacking(returned(), needed=0) == ("0 of 1 approval; one person, not Leyla (author)", RETURNED)
    assert lacking(returned(), said("Jane"), needed=0) == ()


def test_a_comment_changes_nothing():
    note = said("Tom", Said.COMMENT, words="good")
    assert lacking(said("Jane"), note) == ()
    assert lacking(note) == ("0 of 1 approval; one person, not Leyla (author)",)


def test_fewer_people_than_proposed_are_named():
    assert lowered(ApprovalRules(1, {"quote": 2, "witness": 2, "ledger": 1})) == ()
    assert lowered(ApprovalRules(1, {"quote": 1, "witness": 3, "event": 0})) == (
        "approvals: posts of kind quote need 1 instead of 2",
        "approvals: posts of kind event need 0 instead of 1",
    )
    assert "approvals: posts need 0 instead of 1" in lowered(ApprovalRules(0))
