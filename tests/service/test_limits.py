"""A server that allows less than it did: told in time, nothing fitted again, and nothing too long sent."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.config import accounts as kept
from scheduler.model import Mode
from scheduler.service import accounts
from scheduler.service.limits import LimitsWatch
from scheduler.service.publishing import publish
from scheduler.service.reloading import Reloader
from scheduler.service.running import Service
from tests import campaigns, fakes
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import NOON, Clock, opened
from tests.service.waiting import until

WORDS = "The water came at night. We remember those it took. " * 4
POST = campaigns.post("flood", "2027-02-12 12:00", WORDS.strip())
"""207 characters, the hashtag and the warning besides: within Mastodon's usual 500, over 200."""

DAY = timedelta(days=1)
ASKED = "GET /api/v1/accounts/verify_credentials"


@pytest.fixture
def server():
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as running:
        yield running


@pytest.fixture
def live(tmp_path, server):
    """A campaign live on the server alone, its store filled as `run --live` fills it."""
    campaigning = opened(tmp_path, POST, mastodon=server.base_url, live=True)
    text = campaigning.config.file.read_text(encoding="utf-8")
    bare = "".join(line for line in text.splitlines(keepends=True) if "x-en" not in line)
    campaigning.config.file.write_text(bare, encoding="utf-8")
    campaigning = opened_again(campaigning)
    with campaigning.store(Mode.LIVE) as store:
        Reloader(campaigning, Mode.LIVE, Clock()).reload(store)
        yield campaigning, store


def now():
    return datetime.now(UTC)


def opened_again(campaigning):
    from scheduler.service import open_campaign

    return open_campaign(campaigning.config.file, environ={})


def told(store):
    return {notice.cause: notice.text for notice in store.notices()}


def text(store):
    [status] = store.statuses(NOON)
    return status.message.parts[0].text


def test_each_server_is_asked_once_a_day_and_what_it_allows_is_kept(live, server):
    campaigning, store = live
    watch = LimitsWatch()
    for hours in (0, 1, 23):
        watch.look(campaigning, store, NOON + timedelta(hours=hours))
    assert server.count(ASKED) == 1
    watch.look(campaigning, store, NOON + DAY)
    assert server.count(ASKED) == 2
    seen = kept.read(campaigning.config.data)["m-en"]
    assert (seen.limits["characters"], seen.at) == (500, NOON + DAY)
    assert told(store) == {}


def test_a_restart_does_not_ask_again_what_was_asked_today(live, server):
    campaigning, store = live
    LimitsWatch().look(campaigning, store, NOON)
    LimitsWatch().look(campaigning, store, NOON + timedelta(hours=2))
    assert server.count(ASKED) == 1


def test_a_limit_below_a_planned_text_is_told_with_the_post_and_nothing_is_fitted_again(live, server):
    campaigning, store = live
    watch, before = LimitsWatch(), text(store)
    watch.look(campaigning, store, NOON)
    server.limit = 200
    watch.look(campaigning, store, NOON + DAY)
    words = told(store)["limits:m-en"]
    assert "2027/flood/m-en" in words
    assert "it takes 200" in words
    assert "python run.py accounts" in words
    assert campaigning.config.limits("m-en").measures[0].limit == 500
    Reloader(campaigning, Mode.LIVE, Clock(NOON + DAY)).reload(store)
    assert text(store) == before


def test_it_is_told_once_and_taken_back_when_a_person_took_the_limits_over(live, server):
    campaigning, store = live
    watch = LimitsWatch()
    server.limit = 200
    watch.look(campaigning, store, NOON)
    watch.look(campaigning, store, NOON + timedelta(minutes=10))
    assert len([one for one in store.notices() if one.cause == "limits:m-en"]) == 1
    accounts.look(campaigning, NOON + timedelta(hours=1))
    watch.look(campaigning, store, NOON + timedelta(hours=2))
    assert told(store) == {}
    assert campaigning.config.limits("m-en").measures[0].limit == 200


def test_a_limit_that_comes_back_takes_it_back(live, server):
    campaigning, store = live
    watch = LimitsWatch()
    server.limit = 200
    watch.look(campaigning, store, NOON)
    server.limit = 500
    watch.look(campaigning, store, NOON + DAY)
    assert told(store) == {}


def test_larger_limits_change_no_text_until_a_person_asks(live, server):
    campaigning, store = live
    server.limit = 5000
    LimitsWatch().look(campaigning, store, NOON)
    assert told(store) == {}
    assert kept.read(campaigning.config.data) == {}
    assert campaigning.config.limits("m-en").measures[0].limit == 500


def test_a_server_that_does_not_answer_is_asked_again_soon(live, server):
    campaigning, store = live
    watch = LimitsWatch()
    server.fail_next(ASKED, fakes.refuse(503))
    watch.look(campaigning, store, NOON)
    watch.look(campaigning, store, NOON + timedelta(minutes=10))
    assert server.count(ASKED) == 2
    assert told(store) == {}


def test_a_text_that_no_longer_fits_is_refused_before_it_is_sent(live, server):
    campaigning, _ = live
    server.limit = 200
    status = publish(campaigning, Mode.LIVE, now, "flood", "m-en")
    assert (str(status.state), server.published) == ("refused", [])
    assert "takes 200" in " ".join(status.reasons)


def test_what_is_kept_holds_no_secret(live):
    campaigning, store = live
    LimitsWatch().look(campaigning, store, NOON)
    content = (campaigning.config.data / kept.FILE).read_text(encoding="utf-8")
    assert "canary" not in content
    assert set(json.loads(content)) == {"m-en"}


def test_a_server_that_hangs_keeps_no_process_from_ending(live, server):
    campaigning, _ = live
    answer = threading.Event()
    server.fail_next(ASKED, fakes.waits_for(answer))
    looking = threading.Thread(target=accounts.look, args=(campaigning, NOON), daemon=True)
    looking.start()
    until(lambda: server.count(ASKED) == 1)
    asking = [one for one in threading.enumerate() if one.name.endswith("(asking)")]
    assert asking
    assert all(one.daemon for one in asking)
    answer.set()
    looking.join(10)
    assert not looking.is_alive()


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.DRY])
def test_a_live_run_asks_at_its_start_and_a_dry_run_never(tmp_path, server, mode):
    url = server.base_url
    campaigning = opened(tmp_path, POST, mastodon=url, x=url, live=True)
    service = Service(campaigning, mode, now, wake=timedelta(seconds=0.05))
    running = threading.Thread(target=service.run)
    running.start()
    try:
        until(lambda: service._shift and service._shift._ticked)
        if mode is Mode.LIVE:
            until(lambda: kept.read(campaigning.config.data))
    finally:
        service.stop.set()
        running.join(10)
    assert not running.is_alive()
    asked = [request for request in server.requests if request.method == "GET"]
    assert bool(asked) == (mode is Mode.LIVE)
