"""Two people, neither the author, each with a reason, for exactly this question."""

from datetime import UTC, date, datetime

import pytest

from scheduler.approvals import STAFF_PAGE, Answers
from scheduler.model import Answer, ApprovalRules, Approver

AT = datetime(2027, 2, 9, 8, 0, tzinfo=UTC)
ASKED = "wording.graphic: “x” in p (…)"


def answer(who, reason="a court's words", question=ASKED, role="approver"):
    return Answer(question, "p", "wording.graphic", who, role, AT, reason)


def by(*given, approvers=None, rules=None, author="Leyla"):
    answers = Answers.of(given, rules or ApprovalRules(), approvers or {})
    return [one.who for one in answers.to(ASKED, author).by]


def test_two_people_are_enough_and_their_reasons_stand_beside_their_names():
    answers = Answers.of([answer("Jane"), answer("Tom", "it is quoted")], ApprovalRules(), {})
    found = answers.to(ASKED, "Leyla")
    assert found.enough
    assert found.words == "answered by Jane and Tom: a court's words; it is quoted"


@pytest.mark.parametrize(
    "second",
    [
        answer("jane"),
        answer("Leyla"),
        answer("Tom", "  "),
        answer("Tom", question="wording.graphic: “y” in p (…)"),
    ],
    ids=["the same person", "the author", "no reason", "another question"],
)
def test_this_is_no_second_answer(second):
    assert by(answer("Jane"), second) in (["Jane"], ["jane"])


def test_only_who_may_approve_may_answer():
    away = ((date(2027, 2, 9), date(2027, 2, 9)),)
    approvers = {"Jane": Approver("Jane", deputy="Mia", absent=away), "Tom": Approver("Tom")}
    assert by(answer("Tom"), answer("Mallory"), answer("Mia"), approvers=approvers) == ["Tom", "Mia"]


def test_where_a_login_is_required_only_the_staff_pages_answers_count():
    rules = ApprovalRules(require_login=True)
    assert by(answer("Jane"), answer("Tom", role=STAFF_PAGE), rules=rules) == ["Tom"]


def test_a_post_without_an_author_needs_two_people_too():
    assert by(answer("Jane"), author=None) == ["Jane"]
    assert by(answer("Jane"), answer("Tom"), author=None) == ["Jane", "Tom"]
