"""Taking back what is out: on the platform, in the record, and by hand where no program may."""

from datetime import UTC, datetime

import pytest

from scheduler.errors import InputError, RunError
from scheduler.model import Mode, State
from scheduler.platforms.base import Prepared, Refusal, Refused, Unknown
from scheduler.service import correcting, retracting
from scheduler.service.publishing import publish
from scheduler.service.retracting import Taken
from scheduler.store import Decision
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import opened

TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]
KEY = "2027/flood/m-en"
LATER = campaigns.post("flood", "2027-02-14 12:00")
THREAD = LATER + '  thread: [{text: {en: "It went on for two days."}}, {text: {en: "We remember."}}]\n'


def now():
    return datetime.now(UTC)


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


def published(folder, server, posts=LATER):
    campaigning = opened(folder, posts, mastodon=server.base_url, live=True)
    assert publish(campaigning, Mode.LIVE, now, "flood", "m-en").state is State.PUBLISHED
    return campaigning


def retract(campaigning, **more):
    with campaigning.store(Mode.LIVE) as store:
        [one] = [status for status in store.statuses(now()) if status.key == KEY]
        return retracting.retract(campaigning, store, one, "Ayla (root)", "a wrong figure", now, **more)


def standing(campaigning):
    with campaigning.store(Mode.LIVE) as store:
        [one] = [status for status in store.statuses(now()) if status.key == KEY]
        return one, store.history(KEY)


def test_it_is_gone_from_the_platform_and_the_receipt_stays(tmp_path, server):
    campaigning = published(tmp_path, server)
    before, _ = standing(campaigning)
    assert len(server.statuses) == 1
    assert retract(campaigning) == (Taken(KEY, before.url),)
    assert server.statuses == []
    after, story = standing(campaigning)
    assert (after.state, after.url, after.receipts) == (State.PUBLISHED, before.url, before.receipts)
    assert after.reasons[0].startswith("retracted ")
    assert after.reasons[0].endswith("by Ayla (root): a wrong figure")
    assert ("retracted", "by Ayla (root): a wrong figure") in [(one.event, one.detail) for one in story]
    assert ("retract", "Ayla (root)") in [(one.event, one.who) for one in story]


def test_a_thread_goes_from_its_last_part_to_its_first(tmp_path, server):
    campaigning = published(tmp_path, server, THREAD)
    assert len(server.statuses) == 3
    assert [one.key for one in retract(campaigning)] == [f"{KEY}#3", f"{KEY}#2", KEY]
    assert server.statuses == []


def test_what_is_retracted_already_is_not_asked_for_again(tmp_path, server):
    campaigning = published(tmp_path, server)
    retract(campaigning)
    asked = len(server.requests)
    assert retract(campaigning) == ()
    assert len(server.requests) == asked


def test_where_the_platform_refuses_a_person_must_and_can_say_so(tmp_path, server, monkeypatch):
    campaigning = published(tmp_path, server)
    words = "no program may delete here; delete it in the app"
    monkeypatch.setattr(
        "scheduler.platforms.mastodon.Mastodon.delete",
        lambda self, receipt: Refused(Refusal.PERMISSION, words),
    )
    [left] = retract(campaigning)
    assert (left.left, bool(left.url)) == (words, True)
    after, story = standing(campaigning)
    assert after.reasons == ()
    assert ("not retracted", words) in [(one.event, one.detail) for one in story]
    assert retract(campaigning, by_hand=True) == (Taken(KEY, after.url),)
    assert standing(campaigning)[0].reasons[0].endswith("by Ayla (root), by hand: a wrong figure")
    assert len(server.statuses) == 1  # recorded alone: nobody asked the platform


def test_another_accounts_credentials_delete_nothing(tmp_path, server):
    campaigning = published(tmp_path, server)
    with campaigning.store(Mode.LIVE) as store, store.transaction() as connection:
        connection.exec_driver_sql("UPDATE channels SET account_id = 'https://m.example/@somebody'")
    with pytest.raises(InputError, match="not the account's that published it"):
        retract(campaigning)
    assert len(server.statuses) == 1


def test_a_hold_does_not_keep_words_from_being_taken_back(tmp_path, server):
    campaigning = published(tmp_path, server)
    with campaigning.store(Mode.LIVE) as store:
        store.hold("all", "", "rain", "Ayla", now())
    retract(campaigning)
    assert server.statuses == []


def planned(folder):
    campaigning = opened(folder, LATER, live=True)
    made = campaigning.prepare(datetime(2027, 2, 10, tzinfo=UTC))
    with campaigning.store(Mode.LIVE) as store:
        store.sync(made.deliveries, made.files, datetime(2027, 2, 10, tzinfo=UTC))
    return campaigning


def test_what_was_never_published_cannot_be_retracted(tmp_path):
    with pytest.raises(RunError, match="nothing of it was published"):
        retract(planned(tmp_path))


def test_an_unknown_delivery_is_settled_first(tmp_path):
    campaigning = planned(tmp_path)
    due = datetime(2027, 2, 14, 8, 0, 1, tzinfo=UTC)
    with campaigning.store(Mode.LIVE) as store:
        claim = store.claim(due, "m-en")
        assert store.begin(claim, 0, Prepared({"status": "x"}), due)
        assert store.settle(claim, 0, Unknown("no answer"), due, Decision(State.UNKNOWN, "no answer"))
    with pytest.raises(RunError, match="say with `settle` what you saw"):
        retract(campaigning)


def test_what_was_taken_back_stands_in_the_list_of_corrections(tmp_path, server):
    campaigning = published(tmp_path, server)
    assert correcting.listed(campaigning, Mode.LIVE, now()) == ([], [])
    retract(campaigning)
    _, [taken] = correcting.listed(campaigning, Mode.LIVE, now())
    assert (taken.key, bool(taken.url), "a wrong figure" in taken.words) == (KEY, True, True)


def test_a_correction_is_listed_with_what_it_corrects_and_told_in_its_story(tmp_path, server):
    fix = LATER + campaigns.post("fix", "2027-02-14 13:00", text="It was the second night.").replace(
        "kind: announcement", f"kind: correction\n  corrects: {KEY}"
    )
    campaigning = published(tmp_path, server, fix)
    done = publish(campaigning, Mode.LIVE, now, "fix", "m-en")
    assert done.state is State.PUBLISHED
    [made], _ = correcting.listed(campaigning, Mode.LIVE, now())
    assert (made.original, made.correction, made.state) == (KEY, "2027/fix/m-en", "published")
    assert (made.url, bool(made.original_url)) == (done.url, True)
    _, story = standing(campaigning)
    assert "2027/fix/m-en corrects it: published" in [one.detail for one in story]
