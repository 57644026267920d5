"""Two machines with one PostgreSQL database: equal, each with its own data folder, one of them with posts."""

import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.model import Mode
from scheduler.service import open_campaign, outlook
from scheduler.service.rehearsal import rehearse
from scheduler.service.running import Service
from tests import campaigns, postgres
from tests.fakes.mastodon_server import MastodonServer
from tests.service.waiting import until

pytestmark = pytest.mark.a_server

TOKEN = campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def now():
    return datetime.now(UTC)


def machine(folder, name, server, url, posts="", machine_of="", **more):
    """A campaign folder as it lies on one machine; without posts it has config.yaml and secrets alone."""
    config = campaigns.write(folder, posts or "- id: x\n", mastodon=server.base_url, live=True, **more)
    text = config.read_text(encoding="utf-8")
    text = text[: text.index("  x-en:")] + f"store: {url}\n"
    if machine_of:
        text = text.replace("platform: mastodon,", f"platform: mastodon, machine: {machine_of},", 1)
    config.write_text(text, encoding="utf-8")
    if not posts:
        (folder / "posts" / "posts.yaml").unlink()
        for path in sorted((folder / "posts").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        (folder / "posts").rmdir()
    return open_campaign(config, environ={**campaigns.SECRETS, "SCHEDULER_MACHINE": name})


@contextmanager
def at_work(campaigning):
    service = Service(campaigning, Mode.LIVE, now, wake=timedelta(seconds=0.1), by_server_clock=True)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop.set()
        thread.join(30)
        assert not thread.is_alive()


def posts(*names, ahead=4):
    return "".join(
        campaigns.post(name, campaigns.at(now() + timedelta(seconds=ahead + n))) + "  channels: [m-en]\n"
        for n, name in enumerate(names)
    )


def test_each_post_goes_out_once_from_whichever_machine_and_one_needs_no_posts(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server, ExitStack() as both:
        first = machine(tmp_path / "a", "baku", server, url, posts("one", "two", "three"))
        second = machine(tmp_path / "b", "ganja", server, url)
        for each in (first, second):
            both.enter_context(at_work(each))
        until(lambda: len(server.published) == 3)
        with first.store(Mode.LIVE) as store:
            until(lambda: {str(one.state) for one in store.statuses(now())} == {"published"})
            assert set(store.machines(now() - timedelta(minutes=1))) == {"baku", "ganja"}
        assert len(server.published) == 3


def test_a_machine_without_posts_sends_on_when_the_one_that_prepared_them_is_gone(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        first = machine(tmp_path / "a", "baku", server, url, posts("one", ahead=8))
        second = machine(tmp_path / "b", "ganja", server, url)
        with at_work(first), first.store(Mode.LIVE) as store:
            until(lambda: store.statuses(now()))
        assert not server.published
        with at_work(second):
            until(lambda: server.published)


def test_a_channel_that_names_its_machine_is_left_alone_by_the_others(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        first = machine(tmp_path / "a", "baku", server, url, posts("one", ahead=3), machine_of="ganja")
        second = machine(tmp_path / "b", "ganja", server, url, machine_of="ganja")
        with at_work(first), first.store(Mode.LIVE) as store:
            until(lambda: (seen := store.statuses(now())) and now() > seen[0].due + timedelta(seconds=2))
            assert [str(one.state) for one in store.statuses(now())] == ["scheduled"]
            # It may ask for the time, and needs no credentials for that.
            assert not [one for one in server.requests if "authorization" in one.headers]
            with at_work(second):
                until(lambda: server.published)


def test_a_hold_file_on_a_machine_that_does_not_prepare_stops_all_until_it_is_gone_there(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        first = machine(tmp_path / "a", "baku", server, url, posts("one", ahead=3600))
        second = machine(tmp_path / "b", "ganja", server, url, posts("one", ahead=3600))
        with at_work(first), first.store(Mode.LIVE) as store:
            until(lambda: store.statuses(now()))
            with at_work(second):
                (tmp_path / "b" / "posts" / "HOLD").write_text("rain")
                until(lambda: [one.who for one in store.holds()] == ["HOLD file on ganja"])
            # The other one works on, looks, and has no HOLD file.
            store.hold("channel", "m-en", "look", "Aynur", now(), now() - timedelta(seconds=1))
            until(lambda: [one for one in store.notices() if one.cause == "look-again:2"])
            assert [one.who for one in store.holds()] == ["HOLD file on ganja", "Aynur"]


def test_people_are_reminded_while_no_machine_with_posts_is_at_work(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        alone = machine(tmp_path / "b", "ganja", server, url)
        with at_work(alone), alone.store(Mode.LIVE) as store:
            store.hold("channel", "m-en", "look", "Aynur", now(), now() - timedelta(seconds=1))
            until(lambda: [one for one in store.notices() if one.cause == "look-again:1"])


def test_status_tells_of_another_machines_wrong_clock_and_not_that_nothing_is_sent(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        first = machine(tmp_path / "a", "baku", server, url)
        second = machine(tmp_path / "b", "ganja", server, url)
    with first.store(Mode.LIVE) as here, second.store(Mode.LIVE) as there:
        there.tell_of_here("clock", "nothing is sent: this machine's clock is an hour ahead", now())
        seen = [
            outlook.look(campaigning, store, now(), troubles=(), late=(), at_work=True, ticked=None)
            for campaigning, store in ((first, here), (second, there))
        ]
    told = "ganja: nothing is sent: this machine's clock is an hour ahead"
    assert [one.clock for one in seen] == [None, told]
    assert [one.needs_you for one in seen] == [(told,), (f"The clock: {told}",)]


def test_a_rehearsal_shows_what_the_hold_file_of_another_machine_stops(tmp_path):
    url = postgres.url_of(tmp_path)
    with MastodonServer(token=TOKEN) as server:
        first = machine(tmp_path / "a", "baku", server, url, posts("one", ahead=3600))
        second = machine(tmp_path / "b", "ganja", server, url, posts("one", ahead=3600))
    (tmp_path / "b" / "posts" / "HOLD").write_text("rain")
    with second.store(Mode.LIVE) as store:
        store.follow_hold_file(now())
    assert rehearse(first, now()).counts == {"held": 1}
