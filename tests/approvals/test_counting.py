"""What is missing before a delivery may go out."""

from datetime import UTC, datetime

import pytest

from scheduler.approvals import STAFF_PAGE, missing, usable
from scheduler.model import Approval, ApprovalRules, Approver

RULES = ApprovalRules(default=1, by_kind={"quote": 2, "witness": 2, "event": 0})
APPROVERS = {
    "Leyla": Approver("Leyla Hasanova", ("az", "en")),
    "Rauf": Approver("Rauf Aliyev", ("az", "ru")),
    "Jane": Approver("Jane Smith", ("en",)),
    "Tom": Approver("Tom Jones", ("en",)),
}


def approval(who, digest="d1", day="2027-02-25", role="approver"):
    return Approval(
        "2027/p/x-en", digest, who, role, at=datetime(2027, 2, 1, 9, 0, tzinfo=UTC), shown_day=day
    )


def ask(*names, kind="text", author="Leyla", original=None, rules=RULES, approvers=APPROVERS, **more):
    given = tuple(name if isinstance(name, Approval) else approval(name) for name in names)
    return missing(
        kind=kind,
        digest="d1",
        day="2027-02-25",
        author=author,
        original_language=original,
        approvals=given,
        rules=rules,
        approvers=approvers,
        **more,
    )


def test_one_other_person_is_enough_for_a_text():
    assert ask("Jane") == ()


def test_nothing_is_asked_where_no_approval_is_needed():
    assert ask(kind="event") == ()
    assert ask(kind="quote", original="az", rules=ApprovalRules(default=0)) == ()


@pytest.mark.parametrize(
    ("names", "kind", "author", "original", "expected"),
    [
        ((), "text", "Leyla", None, "0 of 1 approval; one person, not Leyla (author)"),
        ((), "text", None, None, "0 of 1 approval; one person"),
        (
            (),
            "quote",
            "Leyla",
            "az",
            "0 of 2 approvals; two people, not Leyla (author), one of whom reads Azerbaijani",
        ),
        (
            ("Jane",),
            "quote",
            "Leyla",
            "az",
            "1 of 2 approvals; one more person, not Leyla (author), who reads Azerbaijani",
        ),
        (("Rauf",), "quote", "Leyla", "az", "1 of 2 approvals; one more person, not Leyla (author)"),
        (
            ("Jane", "Tom"),
            "witness",
            "Leyla",
            "az",
            "2 of 2 approvals; one more person, not Leyla (author), who reads Azerbaijani",
        ),
        (
            ("Jane", "Tom"),
            "witness",
            None,
            "sq",
            '2 of 2 approvals; one more person, who reads the language "sq"',
        ),
    ],
)
def test_the_sum_says_how_many_and_who(names, kind, author, original, expected):
    assert ask(*names, kind=kind, author=author, original=original) == (expected,)


def test_two_people_of_whom_one_reads_the_original_approve_a_quotation():
    assert ask("Jane", "Rauf", kind="quote", original="az") == ()


def test_the_original_language_of_a_text_is_nobodys_condition():
    assert ask("Jane", kind="text", original="az") == ()


def test_a_regional_tag_is_the_same_language():
    assert ask("Jane", "Rauf", kind="quote", original="az-Latn-AZ") == ()


@pytest.mark.parametrize("again", ["Rauf", " rauf ", "RAUF", "Rauf Aliyev", "Rauf  ALİYEV"])
def test_one_person_counts_once_however_the_name_is_written(again):
    assert ask("Rauf", again, kind="quote", original="az")[0].startswith("1 of 2 approvals")


@pytest.mark.parametrize("name", ["Leyla", "leyla", "Leyla Hasanova"])
def test_the_author_never_counts(name):
    assert ask(name) == (
        "0 of 1 approval; one person, not Leyla (author)",
        "Leyla wrote it, and an author's own approval does not count",
    )


def test_four_letters_i_are_one_name_where_nobody_is_listed():
    names = ("Ilham", "İlham", "ılham", "ilham")
    assert ask(*names, kind="quote", author=None, approvers={})[0].startswith("1 of 2")


def test_a_changed_post_says_who_approved_the_earlier_version():
    assert ask(approval("Jane", digest="d0")) == (
        "0 of 1 approval; one person, not Leyla (author)",
        "Jane approved an earlier version; what people will see has changed since",
    )


def test_a_post_moved_to_another_day_says_for_which_day_it_was_approved():
    assert ask(approval("Jane", day="2027-02-24"))[1] == (
        "Jane approved it for 2027-02-24; it is now planned for 2027-02-25"
    )


def test_an_old_approval_is_not_mentioned_once_the_same_person_approved_again():
    result = ask(approval("Jane", digest="d0"), "Jane", kind="quote", original="en")
    assert result == ("1 of 2 approvals; one more person, not Leyla (author)",)


def test_with_approvers_listed_another_name_does_not_count():
    assert ask("Mallory") == (
        "0 of 1 approval; one person, not Leyla (author)",
        "Mallory is not listed under approvers in config.yaml, so that approval does not count",
    )


def test_with_no_approvers_listed_every_name_counts():
    assert ask("Mallory", approvers={}) == ()


def test_what_an_unlisted_person_reads_has_to_be_written_down():
    assert ask("Mallory", "Trent", kind="quote", original="az", approvers={}) == (
        "2 of 2 approvals; one more person, not Leyla (author), who reads Azerbaijani",
        "Mallory is not listed under approvers in config.yaml; "
        "list them there with languages: [az] if they read Azerbaijani",
        "Trent is not listed under approvers in config.yaml; "
        "list them there with languages: [az] if they read Azerbaijani",
    )


def test_where_a_login_is_required_command_line_names_do_not_count():
    rules = ApprovalRules(default=1, require_login=True)
    assert ask(approval("Jane"), rules=rules)[1] == (
        "Jane approved on the command line; here only approvals on the staff page count"
    )
    assert ask(approval("Jane", role=STAFF_PAGE), rules=rules) == ()


def test_an_approval_is_for_one_digest_and_one_day():
    given = approval("Jane")
    assert usable(given, "d1", "2027-02-25")
    assert not usable(given, "d2", "2027-02-25")
    assert not usable(given, "d1", "2027-02-26")


def test_names_that_look_the_same_are_one_person():
    alike = ask("Ada", "Ada\u200b", "\u2060ada ", kind="quote", approvers={}, original=None)
    assert alike == ask("Ada", kind="quote", approvers={}, original=None)
    assert alike != ()
