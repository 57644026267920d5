from datetime import UTC, datetime, time

import pytest

from scheduler.checks import Example, stops, waived
from scheduler.model import Finding, Severity, Variant, When
from tests.checks.world import answers, checked

# D-5 10:00 in Baku (UTC+4) is 06:00 UTC on 21 February 2027; 72 hours before that is the 18th, 06:00 UTC.
DUE = When(days=-5, at=time(10))
POST = Example("Read it: https://example.org/ledger", fields={"when": DUE}).post()


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        (datetime(2027, 2, 18, 5, 59, tzinfo=UTC), Severity.TODO),
        (datetime(2027, 2, 18, 6, 0, tzinfo=UTC), Severity.BLOCKED),
    ],
)
def test_a_todo_stops_the_post_from_72_hours_before_it_is_due(now, severity):
    (finding,) = (one for one in checked(POST, now=now) if one.rule == "links.placeholder")
    assert finding.severity is severity
    assert finding.by.isoformat() == "2027-02-18"
    assert ((POST.id, None) in stops([finding])) == (severity is Severity.BLOCKED)


def test_only_errors_and_what_is_blocked_stop_a_post():
    found = [Finding(severity, f"rule.{severity}", "words", post="p") for severity in Severity]
    assert stops(found) == {("p", None): ("rule.error: words", "rule.blocked: words")}


def test_what_is_wrong_with_one_channels_variant_stops_that_channel_alone():
    variant = Variant(text={"en": "The butchers came."})
    post = Example("We remember.", fields={"variants": {"x-en": variant}}).post()
    assert list(stops(checked(post))) == [("example", "x-en")]


def test_a_question_two_people_answered_stops_nothing_but_stays_visible():
    post = Example("The butchers came at night.").post()
    (asked,) = (one for one in checked(post) if one.rule == "wording.dehumanising")
    found = checked(post, answered=answers(asked.cause, "Aynur", "Rauf"))
    (answered,) = (one for one in found if one.rule == "wording.dehumanising")
    assert answered.severity is Severity.WARNING
    assert "(answered by Aynur and Rauf: the words of a court)" in answered.message
    assert not stops(found)
    assert waived(found) == {("example", None): (f"wording.dehumanising: {answered.message}",)}


def test_one_answer_is_shown_and_stops_nothing_less():
    post = Example("The butchers came at night.").post()
    (asked,) = (one for one in checked(post) if one.rule == "wording.dehumanising")
    found = checked(post, answered=answers(asked.cause, "Aynur"))
    assert any("answered by Aynur: the words of a court; one more person" in one.message for one in found)
    assert stops(found)
    assert not waived(found)


@pytest.mark.parametrize("second", ["writer", "Aynur", " AYNUR "])
def test_the_author_and_the_same_person_twice_are_not_two_people(second):
    post = Example("The butchers came at night.").post()
    (asked,) = (one for one in checked(post) if one.rule == "wording.dehumanising")
    assert stops(checked(post, answered=answers(asked.cause, "Aynur", second)))


def test_an_answer_is_undone_by_any_change_of_the_text():
    post = Example("The butchers came at night.").post()
    (asked,) = (one for one in checked(post) if one.rule == "wording.dehumanising")
    given = answers(asked.cause, "Aynur", "Rauf")
    assert not stops(checked(post, answered=given))
    assert stops(checked(Example("The butchers came at night").post(), answered=given))


def test_another_wording_is_another_question():
    causes = {
        one.cause
        for text in ("The butchers came at night.", "The butchers came at dawn.")
        for one in checked(Example(text).post())
        if one.rule == "wording.dehumanising"
    }
    assert len(causes) == 2
