"""A record changes after words that rest on it went out, or while nothing runs that could hold them."""

from datetime import UTC, datetime

import pytest

from scheduler import checks, content
from scheduler.errors import InputError
from scheduler.model import Mode, State
from scheduler.service import ledger, recalling
from scheduler.service.publishing import publish
from scheduler.service.reloading import Reloader
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import Clock, opened
from tests.service.test_ledger import KEY, POST, TODAY, touched_or_new, written

WITHDRAWN = ", withdrawn_on: 2027-02-09"
WITHOUT = """\
- id: flood
  kind: text
  author: writer
  when: 2027-02-14 12:00
  text: {en: "We remember the harbour."}
"""


def now():
    return datetime.now(UTC)


@pytest.fixture
def out(tmp_path):
    """A post that is out, with its record; answers the folder, the campaign and the delivery."""
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        written(tmp_path)
        when = "2027-02-14 12:00"
        campaigning = opened(tmp_path, POST.format(when=when), mastodon=server.base_url, live=True)
        done = publish(campaigning, Mode.LIVE, now, "flood", "m-en")
        assert done.state is State.PUBLISHED
        yield tmp_path, campaigning, done


def noticed(store):
    return {notice.cause: notice.text for notice in store.notices()}


def reread(campaigning):
    with campaigning.store(Mode.LIVE) as store:
        Reloader(campaigning, Mode.LIVE, now).reload(store)
        return noticed(store)


def changed_since(campaigning):
    found = campaigning.prepare(now()).findings
    return [one for one in found if one.rule == "records.changed-since"]


def resting(campaigning, name):
    settings = campaigning.config
    read = content.read(settings.posts, settings.campaign.languages, settings.root)
    entries = {f"{one.kind}/{one.record.id}": one for one in ledger.entries(read, TODAY, {})}
    with campaigning.store(Mode.LIVE) as store:
        return ledger.out(store.statuses(now()), read, name, entries.get(name))


def test_what_is_out_is_named_with_its_link_when_its_record_changes(out):
    folder, campaigning, done = out
    assert reread(campaigning).keys() & {"record:people/ferryman"} == set()
    written(folder, withdrawn=WITHDRAWN)
    told = reread(campaigning)
    assert done.url in told["record:people/ferryman"]
    assert "record:facts/drowned" not in told
    assert [(one.status.key, one.status.url) for one in resting(campaigning, "people/ferryman")] == [
        (KEY, done.url)
    ]


def test_what_is_out_rests_on_what_it_rested_on_then_though_its_post_cites_it_no_more(out):
    folder, campaigning, _ = out
    touched_or_new(folder / "posts/posts.yaml", WITHOUT)
    [found] = resting(campaigning, "facts/drowned")
    assert found.how.startswith("it rests on it")


def test_a_record_that_a_post_cites_only_since_it_went_out_is_none_it_rests_on(tmp_path):
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as server:
        written(tmp_path)
        campaigning = opened(tmp_path, WITHOUT, mastodon=server.base_url, live=True)
        assert publish(campaigning, Mode.LIVE, now, "flood", "m-en").state is State.PUBLISHED
        touched_or_new(tmp_path / "posts/posts.yaml", WITHOUT + "  facts: [drowned]\n")
        assert resting(campaigning, "facts/drowned") == ()


def test_check_names_what_is_out_when_a_record_changed_while_nothing_ran(out):
    folder, campaigning, done = out
    assert changed_since(campaigning) == []
    written(folder, withdrawn=WITHDRAWN)
    [found] = changed_since(campaigning)
    assert f"{KEY} ({done.url})" in found.message
    assert found.file == "posts/ledger/people.yaml"


def test_check_names_what_is_out_when_its_record_was_removed(out):
    folder, campaigning, _ = out
    (folder / "posts/ledger/people.yaml").unlink()
    assert "is no longer in the ledger" in changed_since(campaigning)[0].message


def test_the_command_that_the_notice_names_closes_it_and_check_is_silent(out):
    folder, campaigning, _ = out
    reread(campaigning)
    written(folder, figure=311, wording="311 people drowned")
    told = reread(campaigning)
    assert "ledger facts/drowned --settled" in told["record:facts/drowned"]
    read = campaigning.prepare(now()).content.ledger
    with campaigning.store(Mode.LIVE) as store:
        assert recalling.settle(store, read, "facts/drowned", "Ayla", "corrected today", now()) == 1
        assert "record:facts/drowned" not in noticed(store)
        assert store.acts()[-1].act == "settle record"
        assert store.acts()[-1].detail == "corrected today"
    assert changed_since(campaigning) == []
    written(folder, figure=312, wording="312 people drowned")
    assert len(changed_since(campaigning)) == 1


def test_there_is_nothing_to_settle_about_a_record_that_did_not_change(out):
    _, campaigning, _ = out
    read = campaigning.prepare(now()).content.ledger
    with (
        campaigning.store(Mode.LIVE) as store,
        pytest.raises(InputError, match="nothing to settle"),
    ):
        recalling.settle(store, read, "facts/drowned", "Ayla", "why not", now())


def test_what_was_taken_back_is_not_asked_about_any_more(out):
    folder, campaigning, _ = out
    written(folder, withdrawn=WITHDRAWN)
    with campaigning.store(Mode.LIVE) as store:
        [(part, _)] = store.to_retract(KEY)
        store.retracted(KEY, part, "Ayla", "consent withdrawn", now())
    assert changed_since(campaigning) == []


def test_a_dry_run_holds_too_what_it_read_beside_another_wording(tmp_path):
    clock = Clock()
    written(tmp_path)
    campaigning = opened(tmp_path, POST.format(when="D-1 10:00"), live=True)
    with campaigning.store(Mode.DRY) as store:
        reloader = Reloader(campaigning, Mode.DRY, clock)
        reloader.reload(store)
        written(tmp_path, wording="307 people drowned, others say fewer")
        reloader.rescan(store)
        reloader.rescan(store)
        [hold] = store.holds()
        assert (hold.scope, hold.value, hold.who) == ("post", "flood", "ledger")
        assert store.statuses(clock())[0].held


def test_check_says_what_is_still_to_come_and_was_made_from_the_record_as_it_was(tmp_path):
    clock = Clock()
    written(tmp_path)
    campaigning = opened(tmp_path, POST.format(when="D-1 10:00"), live=True)
    with campaigning.store(Mode.LIVE) as store:
        Reloader(campaigning, Mode.LIVE, clock).reload(store)
    written(tmp_path, wording="307 people drowned, others say fewer")
    [found] = [one for one in campaigning.prepare(clock()).findings if one.rule == checks.reliance.CHANGED.id]
    assert f"still to come: {KEY}" in found.message
