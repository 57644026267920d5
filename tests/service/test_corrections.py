"""A public correction: one person who did not write it, ahead of limits and quiet days, never the silence."""

from datetime import UTC, datetime

import pytest

from scheduler import approvals
from scheduler.errors import RunError
from scheduler.model import Approval, ApprovalRules, Mode, State
from scheduler.service.publishing import publish
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import NOON, Clock, opened
from tests.service.test_publishing import AT_ONCE, with_config

ORIGINAL = campaigns.post("flood", "2027-02-14 12:00")
FIX = campaigns.post("fix", "2027-02-14 13:00", text="It was the second night.", author="Leyla").replace(
    "kind: announcement", "kind: correction\n  corrects: 2027/flood/m-en"
)


def now():
    return datetime.now(UTC)


def lacking(*who, rules=None, kind="correction"):
    given = [Approval("2027/fix/m-en", "d", name, "approver", NOON, "2027-02-14") for name in who]
    return approvals.missing(
        kind=kind,
        digest="d",
        day="2027-02-14",
        author="Leyla",
        original_language=None,
        approvals=given,
        rules=rules or ApprovalRules(default=2),
        approvers={},
        zone=campaigns.BAKU,
    )


def test_one_person_is_enough_where_other_posts_need_two():
    assert lacking("Aynur") == ()
    assert lacking("Aynur", kind="text") != ()


@pytest.mark.parametrize("who", [(), ("Leyla",), ("LEYLA",)])
def test_whoever_wrote_it_does_not_count(who):
    assert lacking(*who) != ()


def test_a_campaign_may_ask_for_another_number():
    assert lacking("Aynur", rules=ApprovalRules(default=1, by_kind={"correction": 2})) != ()
    assert lacking(rules=ApprovalRules(default=0)) == ()


def test_it_goes_out_under_the_original_on_a_day_that_is_full(tmp_path):
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        campaigning = with_config(
            tmp_path, ORIGINAL + FIX, "daily_limit: 20", "daily_limit: 1", mastodon=server.base_url, live=True
        )
        assert publish(campaigning, Mode.LIVE, now, "flood", "m-en").state is State.PUBLISHED
        assert publish(campaigning, Mode.LIVE, now, "fix", "m-en").state is State.PUBLISHED
        original, fix = server.statuses
        assert fix.reply_to == original.id


def test_it_passes_a_whole_quiet_day(tmp_path):
    campaigning = with_config(tmp_path, ORIGINAL + FIX, "  grace: 2h", "  grace: 2h\n  quiet: ['D-7']")
    assert publish(campaigning, Mode.DRY, Clock(), "fix", "m-en").state is State.PUBLISHED


def test_it_never_passes_the_minute_of_silence(tmp_path):
    silence = "  grace: 2h\n  quiet: ['D-7 11:55 .. D-7 12:05']"
    campaigning = with_config(tmp_path, ORIGINAL + FIX, "  grace: 2h", silence)
    with pytest.raises(RunError, match=r"not out yet: .*quiet"):
        publish(campaigning, Mode.DRY, Clock(), "fix", "m-en", urgent=True, patience=AT_ONCE)


def test_a_hold_stops_a_correction_too(tmp_path):
    campaigning = opened(tmp_path, ORIGINAL + FIX)
    with campaigning.store(Mode.DRY) as store:
        store.hold("all", "", "rain", "Ayla", NOON)
    assert publish(campaigning, Mode.DRY, Clock(), "fix", "m-en", urgent=True).held
