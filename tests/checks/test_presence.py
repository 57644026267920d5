"""A post comes due while those who may approve it are away."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from scheduler.approvals import Policy
from scheduler.checks import presence
from scheduler.model import Approval, ApprovalRules, Approver, Delivery, Message, MessagePart, Post, When

BAKU = ZoneInfo("Asia/Baku")
NOW = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)
DUE = datetime(2027, 2, 16, 6, 0, tzinfo=UTC)
WEEK = ((date(2027, 2, 8), date(2027, 2, 16)),)
POST = Post(id="figures", kind="figures", when=When(days=-10), author="Leyla", text={"en": "x"})


def delivery(due=DUE, kind="figures", original=None):
    message = Message("2027/figures/x-en", "en", (MessagePart("613 people."),))
    times = {"due": due, "expires": due, "day": due.astimezone(BAKU).date().isoformat()}
    return Delivery(
        key=message.key,
        post="figures",
        channel="x-en",
        kind=kind,
        message=message,
        author="Leyla",
        original_language=original,
        **times,
    )


def said(*approvers, one=None, given=(), now=NOW, rules=None):
    policy = Policy(rules or ApprovalRules(1), {each.name: each for each in approvers}, BAKU)
    one = one or delivery()
    found = presence.findings([one], {"figures": POST}, {one.key: given}, policy, now)
    found = list(found)
    assert {finding.rule for finding in found} <= {"approvals.nobody-there"}
    return [finding.message for finding in found]


def test_a_post_whose_only_approver_is_away_until_it_is_due_is_told():
    [words] = said(Approver("Leyla"), Approver("Rauf", absent=WEEK))
    assert words.startswith(
        "'figures' is due Tue 16 Feb and needs 1 person to approve it; until then nobody who may is there; "
    )


def test_one_day_at_the_desk_is_enough():
    back_on_the_16th = ((date(2027, 2, 8), date(2027, 2, 15)),)
    assert said(Approver("Leyla"), Approver("Rauf", absent=back_on_the_16th)) == []


def test_a_deputy_who_is_there_is_enough_and_one_who_is_away_is_not():
    rauf = Approver("Rauf", deputy="Tom", absent=WEEK)
    assert said(rauf) == []
    assert said(rauf, Approver("Tom", absent=WEEK)) != []


def test_the_author_standing_in_as_deputy_cannot_approve_the_own_post():
    assert said(Approver("Rauf", deputy="Leyla", absent=WEEK)) != []


def test_a_quotation_needs_somebody_there_who_reads_its_language():
    rules = ApprovalRules(1, {"quote": 1})
    quote = delivery(kind="quote", original="az")
    assert said(Approver("Rauf", ("az",)), one=quote, rules=rules) == []
    [words] = said(Approver("Rauf", ("az",), absent=WEEK), Approver("Tom", ("en",)), one=quote, rules=rules)
    assert "needs one who reads Azerbaijani" in words


def test_what_is_approved_is_later_than_a_week_or_needs_nobody_is_not_told():
    away = Approver("Rauf", absent=((date(2027, 2, 8), date(2027, 3, 31)),))
    one = delivery()
    approved = Approval(one.key, one.digest, "Rauf", "approver", NOW, one.day)
    assert said(away, given=[approved]) == []
    assert said(away, one=delivery(datetime(2027, 2, 18, 8, 0, tzinfo=UTC))) == []
    assert said(away, rules=ApprovalRules(0)) == []
    assert said() == []
