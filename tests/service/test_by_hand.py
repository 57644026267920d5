"""What the service tells people of posts that are theirs to make."""

from datetime import UTC, datetime, timedelta

import requests

from scheduler.model import Mode
from scheduler.service import by_hand, open_campaign, outlook
from scheduler.service.reloading import Reloader
from scheduler.service.running import Service
from tests import campaigns
from tests.fakes.mastodon_server import MastodonServer
from tests.service.stage import NOON, Clock, opened, write
from tests.service.test_running import at_work
from tests.service.waiting import until

KEY = "2027/flood/m-en"


def campaign(folder, mastodon="https://mastodon.example"):
    post = f"- id: flood\n  kind: text\n  author: w\n  when: {campaigns.at(NOON)}\n  text: {{en: Water.}}\n"
    opened(folder, post, mastodon=mastodon)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("live: false}\n  x-en", "by_hand: true}\n  x-en")
    config.write_text(text, encoding="utf-8")
    return campaign_as_it_is(folder)


def campaign_as_it_is(folder):
    return open_campaign(folder / "config.yaml", environ={})


def needs(campaigning, store, now):
    seen = outlook.look(campaigning, store, now, troubles=(), late=store.late(now), at_work=True, ticked=now)
    return seen.needs_you


def test_a_running_scheduler_calls_for_a_hand_once_and_status_names_the_way(tmp_path):
    clock = Clock()
    clock.on(minutes=-30)
    campaigning = campaign(tmp_path)
    reloader = Reloader(campaigning, Mode.LIVE, clock)
    with campaigning.store(Mode.LIVE) as store:
        reloader.reload(store)
        assert store.notices() == ()
        [words] = needs(campaigning, store, clock())
        assert words.startswith(f"1 post is to be posted by hand within the hour: {KEY}")
        clock.on(minutes=30)
        reloader.rescan(store)
        reloader.rescan(store)
        [notice] = store.notices()
        assert (notice.cause, notice.key) == (f"by-hand:{KEY}", KEY)
        [words] = needs(campaigning, store, clock())
        assert words.startswith(f"1 post is to be posted by hand now: {KEY}")
        assert f"python run.py settle {KEY} --published LINK" in words


def test_what_is_also_held_is_told_as_held(tmp_path):
    clock = Clock()
    clock.on(minutes=-30)
    campaigning = campaign(tmp_path)
    reloader = Reloader(campaigning, Mode.LIVE, clock)
    with campaigning.store(Mode.LIVE) as store:
        reloader.reload(store)
        store.hold("post", "flood", "rain", "Ayla", clock())
        clock.on(minutes=31)
        reloader.rescan(store)
        assert store.notices() == ()
        [words] = needs(campaigning, store, clock())
        assert words.startswith("1 post is due and held: ")
        assert "rain" in words


def test_a_scheduler_for_channels_that_people_post_on_alone_starts_and_calls_them(tmp_path):
    """The server tells the time, so that what was missed can be told; nothing else is asked of it."""
    clock = Clock()
    clock.on(minutes=-1)
    with MastodonServer() as server:
        server.date_offset = clock() - datetime.now(UTC)
        campaigning = campaign(tmp_path, server.base_url)
        service = Service(campaigning, Mode.LIVE, clock, wake=timedelta(seconds=0.05))
        with at_work(service):
            until(lambda: service._engine and service._engine.distrust(clock()) is None)
            with campaigning.store(Mode.LIVE) as store:
                until(lambda: [one.key for one in store.statuses(clock())] == [KEY])
                clock.on(minutes=1)
                until(lambda: KEY in [one.key for one in store.notices()])
    assert {one.route for one in server.requests} == {"HEAD /"}


def test_what_left_the_plan_since_it_was_posted_is_still_recorded(tmp_path):
    campaigning, now = campaign(tmp_path), Clock()()
    with campaigning.store(Mode.LIVE) as store:
        made = campaigning.prepare(now - timedelta(hours=1))
        store.sync(made.deliveries, made.files, now - timedelta(hours=1))
    write(tmp_path, "")
    done = by_hand.record(campaign_as_it_is(tmp_path), KEY, "https://m.example/@a/1", "Ayla", now)
    assert done.uncleared == ("it is not planned any more",)


def test_what_a_person_posted_without_saying_so_is_not_sent_when_the_channel_turns_live(tmp_path):
    clock = Clock()
    clock.on(minutes=-20)
    token = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]
    with MastodonServer(token=token) as server:
        server.date_offset = clock() - datetime.now(UTC)
        campaigning = campaign(tmp_path, server.base_url)
        with campaigning.store(Mode.LIVE) as store:
            made = campaigning.prepare(clock())
            store.sync(made.deliveries, made.files, clock())
        [text] = [one.message.parts[0].text for one in made.deliveries if one.key == KEY]
        head = {"Authorization": f"Bearer {token}"}
        posted = requests.post(
            f"{server.base_url}/api/v1/statuses", json={"status": text}, headers=head, timeout=5
        )
        assert posted.ok
        config = campaigning.config.file
        config.write_text(config.read_text(encoding="utf-8").replace("by_hand: true", "live: true"))
        service = Service(campaign_as_it_is(tmp_path), Mode.LIVE, clock, wake=timedelta(seconds=0.05))
        with at_work(service), campaigning.store(Mode.LIVE) as store:
            until(lambda: [str(one.state) for one in store.statuses(clock())] == ["cancelled"])
            [row] = store.statuses(clock())
        assert "these words are already out on this account" in row.reasons[0]
        assert len(server.published) == 1
