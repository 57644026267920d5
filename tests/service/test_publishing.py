"""Publishing one delivery now: alone, beside a running service, and where something stands in the way."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import ConfigError, InputError, RunError
from scheduler.model import Mode
from scheduler.service.publishing import publish
from scheduler.service.reloading import Reloader
from scheduler.service.running import Service
from scheduler.store import Store
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import NOON, Clock, opened
from tests.service.test_running import at_work, until

LATER = campaigns.post("flood", "2027-02-14 12:00")
TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]
AT_ONCE = timedelta(0)


def with_config(folder, posts, old, new, **options):
    """A campaign with one line of its config.yaml written otherwise."""
    from scheduler.service import open_campaign

    path = campaigns.write(folder, posts, **options)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return open_campaign(path, environ={})


def test_without_a_running_service_it_is_published_at_once(tmp_path):
    status = publish(opened(tmp_path, LATER), Mode.DRY, Clock(), "flood", "m-en")
    assert (str(status.state), status.due) == ("published", NOON)


def test_a_running_service_does_it_and_nobody_takes_its_lock(tmp_path):
    campaigning, clock = opened(tmp_path, LATER), Clock()
    service = Service(campaigning, Mode.DRY, clock, wake=timedelta(seconds=0.05))
    with at_work(service):
        until(lambda: campaigning.has_store and campaigning.store(Mode.DRY).lock_holder)
        status = publish(campaigning, Mode.DRY, clock, "flood", "m-en")
        assert str(status.state) == "published"
        assert not service.stop.is_set()


def test_a_reload_between_the_wish_and_the_sending_does_not_take_it_back(tmp_path):
    campaigning, clock = opened(tmp_path, campaigns.post("flood", "2027-02-01 12:00")), Clock()
    with campaigning.store(Mode.DRY) as other, other.lock(clock(), "run"):
        with pytest.raises(RunError, match="not out yet"):
            publish(campaigning, Mode.DRY, clock, "flood", "m-en", patience=AT_ONCE)
        Reloader(campaigning, Mode.DRY, clock).reload(other)
        assert [status.due for status in other.statuses(clock())] == [NOON]


def test_it_goes_out_once_however_often_it_is_asked_for(tmp_path):
    campaigning = opened(tmp_path, LATER)
    publish(campaigning, Mode.DRY, Clock(), "flood", "m-en")
    with pytest.raises(RunError, match="is published"):
        publish(campaigning, Mode.DRY, Clock(), "flood", "m-en")


def test_the_time_a_post_had_passed_is_no_hindrance(tmp_path):
    past = campaigns.post("flood", "2027-02-01 12:00")
    assert str(publish(opened(tmp_path, past), Mode.DRY, Clock(), "flood", "m-en").state) == "published"


@pytest.mark.parametrize(("post", "channel"), [("flod", "m-en"), ("flood", "y-en")])
def test_what_is_not_there_is_not_published(tmp_path, post, channel):
    campaigning = opened(tmp_path, LATER)
    with pytest.raises(InputError):
        publish(campaigning, Mode.DRY, Clock(), post, channel)
    assert not campaigning.has_store


def test_live_wants_a_live_channel_and_its_credentials_before_anything_is_written(tmp_path):
    campaigning = opened(tmp_path, LATER)
    with pytest.raises(InputError, match="live: true"):
        publish(campaigning, Mode.LIVE, Clock(), "flood", "m-en")
    (tmp_path / ".env").unlink()
    campaigning = opened(tmp_path, LATER, live=True, secrets=False)
    with pytest.raises(ConfigError, match="M_EN_ACCESS_TOKEN"):
        publish(campaigning, Mode.LIVE, Clock(), "flood", "m-en")
    assert not campaigning.has_store


def test_live_without_the_approvals_stays_held_and_nothing_leaves(tmp_path):
    with MastodonServer(token=TOKEN) as server:
        campaigning = opened(tmp_path, LATER, mastodon=server.base_url, live=True, approvals=1)
        status = publish(campaigning, Mode.LIVE, now, "flood", "m-en", urgent=True)
        assert status.held
        assert "not approved" in status.reasons[0]
        assert server.published == []


def now():
    return datetime.now(UTC)


def test_a_hold_stops_what_is_urgent_too(tmp_path):
    campaigning = opened(tmp_path, LATER)
    with campaigning.store(Mode.LIVE) as store:
        store.hold("all", "", "rain", "Ayla", NOON)
    status = publish(campaigning, Mode.DRY, Clock(), "flood", "m-en", urgent=True)
    assert status.held
    assert "rain" in status.reasons[0]


def test_over_the_daily_limit_it_says_so_and_urgent_passes(tmp_path):
    posts = LATER + campaigns.post("second", "2027-02-15 12:00", text="Another.")
    campaigning = with_config(tmp_path, posts, "daily_limit: 20", "daily_limit: 1")
    assert str(publish(campaigning, Mode.DRY, Clock(), "flood", "m-en").state) == "published"
    with pytest.raises(RunError, match=r"not out yet: .*its 1 post of the day"):
        publish(campaigning, Mode.DRY, Clock(), "second", "m-en", patience=AT_ONCE)
    urgent = publish(campaigning, Mode.DRY, Clock(), "second", "m-en", urgent=True)
    assert str(urgent.state) == "published"


def test_nothing_passes_the_minute_of_silence(tmp_path):
    campaigning = with_config(
        tmp_path, LATER, "  grace: 2h", "  grace: 2h\n  quiet: ['D-7 11:55 .. D-7 12:05']"
    )
    # NOON is 12:00 in Baku on 10 February, D-7 of 17 February.
    with pytest.raises(RunError, match=r"not out yet: .*quiet"):
        publish(campaigning, Mode.DRY, Clock(), "flood", "m-en", urgent=True, patience=AT_ONCE)


def test_an_urgent_post_passes_a_whole_quiet_day(tmp_path):
    campaigning = with_config(tmp_path, LATER, "  grace: 2h", "  grace: 2h\n  quiet: ['D-7 .. D-7']")
    status = publish(campaigning, Mode.DRY, Clock(), "flood", "m-en", urgent=True)
    assert str(status.state) == "published"


def test_an_answer_that_does_not_come_ends_the_wait_with_words(tmp_path):
    campaigning, clock = opened(tmp_path, LATER), Clock()
    # Somebody holds the lock and does nothing.
    with (
        campaigning.store(Mode.DRY) as other,
        other.lock(clock(), "run"),
        pytest.raises(RunError, match="not out yet"),
    ):
        publish(campaigning, Mode.DRY, clock, "flood", "m-en", patience=AT_ONCE)


def test_waiting_for_the_result_keeps_nobody_else_from_writing(tmp_path, monkeypatch):
    campaigning, clock = opened(tmp_path, LATER), Clock()
    monkeypatch.setattr(Store, "transaction", lambda self: pytest.fail("the database is locked to look"))
    with (
        campaigning.store(Mode.DRY) as other,
        other.lock(clock(), "run"),
        pytest.raises(RunError, match="not out yet"),
    ):
        publish(campaigning, Mode.DRY, clock, "flood", "m-en", patience=AT_ONCE)
