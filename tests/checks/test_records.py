from dataclasses import replace
from datetime import timedelta

from scheduler.checks import Example, Rested, changed_since, fingerprint, stops, unapproved
from scheduler.model import Approver, Severity
from tests.checks.world import NOW, SEEN, by_id, checked, fact, ledger

INVENTED = fact("invented", 613, "civilians", confidence="high", approved_by=None, sources=SEEN)
RECORDS = ledger(facts=by_id(INVENTED))
POST = Example("We remember 613 civilians.", fields={"facts": ("invented",)}).post()


def test_records_nobody_else_approved_are_one_finding():
    posts = [replace(POST, id=f"p{number}") for number in range(3)]
    found = [one for one in checked(*posts, records=RECORDS) if one.rule == "records.unapproved"]
    assert [one.severity for one in found] == [Severity.TODO]
    assert "invented" in found[0].message


def test_an_author_cannot_approve_an_own_record():
    own = ledger(facts=by_id(replace(INVENTED, approved_by="writer")))
    assert unapproved(POST, own, {}) == ("invented",)
    shouted = ledger(facts=by_id(replace(INVENTED, approved_by=" WRİTER")))  # the same person, in capitals
    assert unapproved(POST, shouted, {}) == ("invented",)
    assert unapproved(POST, ledger(facts=by_id(replace(INVENTED, approved_by="reader"))), {}) == ()


def test_the_key_and_the_full_name_of_one_approver_are_not_two_people():
    people = {"leyla": Approver("Leyla Aliyeva")}
    own = ledger(facts=by_id(replace(INVENTED, author="leyla", approved_by="Leyla Aliyeva")))
    assert unapproved(POST, own, people) == ("invented",)
    found = [one.rule for one in checked(POST, records=own, approvers=people)]
    assert "records.unapproved" in found
    other = ledger(facts=by_id(replace(INVENTED, author="leyla", approved_by="Rauf")))
    assert unapproved(POST, other, people) == ()


def test_a_record_that_names_no_author_is_approved_by_no_name():
    nobodys = ledger(facts=by_id(replace(INVENTED, author=None, approved_by="reader")))
    assert unapproved(POST, nobodys, {}) == ("invented",)


def test_613_civilians_does_not_go_out_because_somebody_wrote_it_into_the_ledger():
    # The post is due on D-5, 21 February 2027; the day before that is within 72 hours.
    now = NOW.replace(year=2027, month=2, day=20)
    found = checked(POST, records=RECORDS, now=now)
    late = [one for one in found if one.rule == "records.unapproved" and one.post]
    assert [one.severity for one in late] == [Severity.BLOCKED]
    assert (POST.id, None) in stops(found)


def test_no_approval_is_asked_for_where_the_rules_ask_for_none():
    found = checked(POST, records=RECORDS, ledger_approvals=0)
    assert not [one for one in found if one.rule == "records.unapproved"]


def test_a_quotes_speaker_needs_approval_like_the_quote():
    people = dict(ledger().people)
    people["azizova"] = replace(people["azizova"], approved_by=None)
    post = Example("Words.", fields={"quotes": ("azizova",)}).post()
    assert unapproved(post, ledger(people=people), {}) == ("azizova",)


def test_records_due_for_review_on_one_day_are_said_once():
    day = (NOW + timedelta(days=10)).date()
    records = ledger(facts=by_id(fact("a", review_by=day), fact("b", review_by=day)))
    post = Example("Words.", fields={"facts": ("a", "b", "a")}).post()
    (finding,) = (one for one in checked(post, records=records) if one.rule == "records.review")
    assert "a, b" in finding.message
    assert finding.by == day


CHANGED = "records.changed-since"
OUT = "2027/figures/x-en"
"""A delivery that is out, and rests on the fact that it had."""


def rested(record, **more):
    marks = {f"facts/{record.id}": fingerprint(record)}
    return Rested(**{"key": OUT, "out": True, "url": "https://x.example/1", "records": marks, **more})


def test_what_is_out_is_named_when_its_record_says_something_else_now():
    now = ledger(facts=by_id(replace(INVENTED, figure=614)))
    (found,) = changed_since(now, [rested(INVENTED)], {})
    assert (found.rule, found.severity) == (CHANGED, Severity.WARNING)
    assert f"{OUT} (https://x.example/1)" in found.message


def test_nothing_is_said_of_a_record_that_was_only_looked_at_again():
    now = ledger(facts=by_id(replace(INVENTED, approved_by="reader", note="seen again")))
    assert list(changed_since(now, [rested(INVENTED)], {})) == []


def test_nothing_is_said_of_what_nobody_noted_or_what_a_person_has_settled():
    changed = replace(INVENTED, figure=614)
    now = ledger(facts=by_id(changed))
    assert list(changed_since(now, [rested(INVENTED, records=None)], {})) == []
    assert list(changed_since(now, [rested(INVENTED)], {"facts/invented": fingerprint(changed)})) == []
    # Settled was another version than this one.
    assert list(changed_since(now, [rested(INVENTED)], {"facts/invented": fingerprint(INVENTED)}))
