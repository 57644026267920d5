from datetime import UTC, datetime, time

import pytest

from scheduler.checks import Example, stops
from scheduler.model import Finding, Severity, Variant, When
from tests.checks.world import checked

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
    found = checked(post, answered=frozenset({asked.cause}))
    (answered,) = (one for one in found if one.rule == "wording.dehumanising")
    assert answered.severity is Severity.WARNING
    assert not stops(found)


def test_another_wording_is_another_question():
    causes = {
        one.cause
        for text in ("The butchers came at night.", "The butchers came at dawn.")
        for one in checked(Example(text).post())
        if one.rule == "wording.dehumanising"
    }
    assert len(causes) == 2
