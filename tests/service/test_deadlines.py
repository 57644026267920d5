"""A todo becomes a stop three days before its post is due, also while nobody touches a file."""

from datetime import timedelta

from scheduler.model import Mode
from scheduler.service.reloading import Reloader
from tests import campaigns
from tests.service.stage import NOON, Clock, opened

# Due at 12:00 on 15 February in Baku, so five days after NOON; its todo stops it from NOON + 48 h on.
PLACEHOLDER = (
    campaigns.post("flood", "2027-02-15 12:00")
    + "  channels: [m-en]\n  link: https://example.org/placeholder\n"
)


def test_a_placeholder_stops_its_post_three_days_before_without_a_change_of_files(tmp_path):
    clock = Clock()
    reloader = Reloader(opened(tmp_path, PLACEHOLDER, live=True), Mode.LIVE, clock)
    with reloader.campaigning.store(Mode.LIVE) as store:
        reloader.reload(store)

        def reasons():
            reloader.rescan(store)
            return store.statuses(clock())[0].reasons

        clock.now = NOON + timedelta(hours=48) - timedelta(seconds=1)
        assert reasons() == ()
        clock.on(seconds=1)
        [reason] = reasons()
        assert reason.startswith("links.placeholder: ")


def test_where_no_todo_waits_nothing_is_read_again(tmp_path, monkeypatch):
    clock = Clock()
    posts = campaigns.post("flood", "2027-02-15 12:00") + "  channels: [m-en]\n"
    reloader = Reloader(opened(tmp_path, posts, live=True), Mode.LIVE, clock)
    with reloader.campaigning.store(Mode.LIVE) as store:
        reloader.reload(store)
        monkeypatch.setattr(reloader, "reload", lambda *_: 1 / 0)
        for _ in range(5):
            clock.on(hours=12)
            reloader.rescan(store)
