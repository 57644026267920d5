"""The HOLD file as the service meets it, and times for what lapsed."""

import logging
import threading
from datetime import timedelta

import pytest

from scheduler.content import hold_file as hold_file_of
from scheduler.errors import InputError
from scheduler.model import Mode
from scheduler.service import holding, open_campaign
from scheduler.service.holding import expires, next_slot, require_time
from scheduler.service.publishing import publish
from scheduler.service.rehearsal import rehearse
from scheduler.service.reloading import Reloader
from scheduler.service.running import Service
from tests import campaigns
from tests.service.stage import NOON, Clock, opened, touched
from tests.service.test_reloading import look_twice, running, standing
from tests.service.test_running import at_work, until

FLOOD = campaigns.post("flood", "2027-02-10 13:00")
KEY = "2027/flood/m-en"
HOUR = timedelta(hours=1)


def hold_file(folder, name="HOLD", text="earthquake"):
    path = folder / "posts" / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_put_there_by_a_phone_stops_at_once_and_is_recorded_within_a_second(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        hold_file(tmp_path)
        assert standing(store)[KEY].reasons == ("hold on everything (posts/HOLD) by HOLD file: earthquake",)
        reloader.rescan(store)
        [hold] = store.holds()
        assert (hold.id, hold.value, hold.reason, hold.who) == (1, "posts/HOLD", "earthquake", "HOLD file")
        assert hold.look_again == NOON + timedelta(days=1)
        assert store.claim(NOON + HOUR) is None


def test_when_the_file_is_deleted_what_came_due_is_missed_and_what_is_to_come_goes_on(tmp_path, caplog):
    later = campaigns.post("later", "2027-02-10 15:00", text="Another memory.")
    campaigning, clock = opened(tmp_path, FLOOD + later), Clock()
    reloader = Reloader(campaigning, Mode.DRY, clock)
    with campaigning.store(Mode.DRY) as store:
        reloader.reload(store)
        path = hold_file(tmp_path)
        reloader.rescan(store)
        clock.on(hours=2)
        path.unlink()
        with caplog.at_level(logging.WARNING):
            reloader.rescan(store)
        assert {key: str(one.state) for key, one in standing(store).items()} == {
            "2027/flood/m-en": "missed",
            "2027/flood/x-en": "missed",
            "2027/later/m-en": "scheduled",
            "2027/later/x-en": "scheduled",
        }
        assert "2027/flood/m-en lapsed under the HOLD file" in caplog.text
        assert store.claim(clock()) is None
        assert store.claim(NOON + 3 * HOUR, "m-en").key == "2027/later/m-en"


def test_a_file_that_was_there_before_the_start_holds_from_the_first_moment(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    hold_file(tmp_path, "hold (conflicted copy).txt")
    with campaigning.store(Mode.DRY) as store:
        Reloader(campaigning, Mode.DRY, Clock()).reload(store)
        assert [hold.value for hold in store.holds()] == ["posts/hold (conflicted copy).txt"]
        assert store.claim(NOON + HOUR) is None


def test_a_file_deleted_while_nothing_ran_is_noticed_at_the_start_and_fires_no_backlog(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        path = hold_file(tmp_path)
        reloader.rescan(store)
        path.unlink()
    clock = Clock(NOON + HOUR + timedelta(minutes=5))
    campaigning = opened(tmp_path, FLOOD)
    with campaigning.store(Mode.DRY) as store:
        Reloader(campaigning, Mode.DRY, clock).reload(store)
        assert store.holds() == ()
        assert str(standing(store)[KEY].state) == "missed"
        assert store.claim(clock()) is None


def test_a_hold_file_is_no_change_of_the_plan(tmp_path, monkeypatch):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        hold_file(tmp_path)
        monkeypatch.setattr(reloader, "_reread", lambda store: pytest.fail("the posts are read again"))
        look_twice(reloader, store)


def test_posts_that_cannot_be_looked_into_stop_everything_until_they_can(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        (tmp_path / "posts").rename(tmp_path / "elsewhere")
        [reason] = standing(store)[KEY].reasons
        assert "posts" in reason
        assert "cannot be read (No such file or directory)" in reason
        look_twice(reloader, store)
        assert store.claim(NOON + HOUR) is None
        (tmp_path / "elsewhere").rename(tmp_path / "posts")
        look_twice(reloader, store)
        assert standing(store)[KEY].reasons == ()
        assert store.claim(NOON + HOUR, "m-en").key == KEY


def test_publish_is_stopped_by_the_file_urgent_or_not(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    path = hold_file(tmp_path)
    for urgent in (False, True):
        status = publish(campaigning, Mode.DRY, Clock(), "flood", "m-en", urgent=urgent)
        assert status.held
        assert "earthquake" in status.reasons[0]
    path.unlink()
    assert str(publish(campaigning, Mode.DRY, Clock(), "flood", "m-en").state) == "published"


def test_the_time_to_look_again_is_told_by_the_running_scheduler(tmp_path, caplog):
    campaigning, clock = opened(tmp_path, FLOOD), Clock()
    with campaigning.store(Mode.DRY) as store:
        reloader = Reloader(campaigning, Mode.DRY, clock)
        reloader.reload(store)
        store.hold("channel", "x-en", "rain", "Ayla", NOON, NOON + HOUR)
        reloader.rescan(store)
        assert not store.notices()
        clock.on(hours=1)
        reloader.rescan(store)
        reloader.rescan(store)
        [notice] = store.notices()
        assert notice.text.startswith("hold 1 on channel x-en: time to look again")


def test_a_folder_that_hangs_stops_everything_without_hanging_anything(tmp_path, monkeypatch):
    answers, asked = threading.Event(), []

    def hangs(folder):
        asked.append(folder)
        answers.wait(10)

    with running(tmp_path, FLOOD) as (_, store, _):
        monkeypatch.setattr(holding, "PATIENCE", 0.05)
        monkeypatch.setattr(hold_file_of, "find", hangs)
        for _ in range(3):
            assert store.claim(NOON + HOUR) is None
        assert (
            "(posts) by scheduler: this folder cannot be read (it does not answer)"
            in (standing(store)[KEY].reasons[0])
        )
        assert len(asked) == 1, "it is asked again only once it has answered"
        answers.set()
        until(lambda: store.claim(NOON + HOUR, "m-en"))


def test_posts_read_again_and_again_leave_no_threads_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(holding, "REST", 0.05)
    config = opened(tmp_path, FLOOD).config
    before = set(threading.enumerate())
    looks = [holding.hold_files(config) for _ in range(5)]
    assert [look() for look in looks] == [None] * 5
    until(lambda: set(threading.enumerate()) <= before)
    # Whoever looks again after that finds what is there.
    (config.posts / "HOLD").write_text("a question from the families", encoding="utf-8")
    assert [look().reason for look in looks] == ["a question from the families"] * 5


def test_a_hold_file_is_seen_by_a_rehearsal_too(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    with campaigning.store(Mode.LIVE) as store:
        path = hold_file(tmp_path)
        store.follow_hold_file(NOON)
        store.hold("channel", "x-en", "rain", "Ayla", NOON)
    assert rehearse(campaigning, NOON).counts == {"held": 2}
    path.unlink()
    assert rehearse(campaigning, NOON).counts == {"published": 1, "held": 1}


def scheduler(campaigning, clock):
    return Service(campaigning, Mode.DRY, clock, wake=timedelta(seconds=0.05))


def statuses(campaigning, clock):
    with campaigning.store(Mode.DRY) as store:
        return {one.key: one for one in store.statuses(clock())}


@pytest.mark.parametrize("by", ["file", "command"])
def test_a_running_scheduler_stops_by_file_or_command_and_fires_nothing_when_it_goes_on(tmp_path, by):
    later = campaigns.post("later", "2027-02-10 15:00", text="Another memory.") + "  channels: [m-en]\n"
    campaigning, clock = opened(tmp_path, FLOOD + "  channels: [m-en]\n" + later), Clock()
    with at_work(scheduler(campaigning, clock)):
        until(lambda: campaigning.has_store and statuses(campaigning, clock))
        with campaigning.store(Mode.LIVE) as people:
            path = hold_file(tmp_path) if by == "file" else None
            number = until(people.holds)[0].id if path else people.hold("all", "", "rain", "Ayla", clock())
            if path:
                until(lambda: people.holds()[0].id)
            clock.on(hours=1, minutes=5)
            until(lambda: statuses(campaigning, clock)[KEY].held)
            if path:
                path.unlink()
                until(lambda: not people.holds())
            else:
                people.lift(number, "Ayla", clock())
            until(lambda: str(statuses(campaigning, clock)[KEY].state) == "missed")
        clock.on(hours=2)
        until(lambda: str(statuses(campaigning, clock)["2027/later/m-en"].state) == "published")
        assert str(statuses(campaigning, clock)[KEY].state) == "missed"
    outbox = tmp_path / "data" / "outbox" / "2027"
    assert sorted(path.name for path in outbox.iterdir()) == ["later"]


# Times for what lapsed


def with_slots(folder, posts):
    campaigning = opened(folder, posts)
    file = campaigning.config.file
    text = file.read_text(encoding="utf-8")
    text = text.replace("platform: mastodon,", 'platform: mastodon, slots: ["10:00", "18:00"], min_gap: 2h,')
    touched(file, text)
    return open_campaign(file, environ={})


def test_the_next_free_slot_is_beside_what_is_out_and_what_is_to_come(tmp_path):
    # 12:00 in Baku now; the next slots are 18:00 today, taken to within the gap, and 10:00 tomorrow.
    beside = campaigns.post("beside", "2027-02-10 17:00", text="Another memory.")
    campaigning = with_slots(tmp_path, FLOOD + beside)
    with campaigning.store(Mode.DRY) as store:
        Reloader(campaigning, Mode.DRY, Clock()).reload(store)
        statuses = store.statuses(NOON)
        one = next(status for status in statuses if status.key == KEY)
        assert str(next_slot(campaigning.config, statuses, one, NOON)) == "2027-02-11 06:00:00+00:00"
        store.cancel("2027/beside/m-en", "Ayla", "", NOON)
        found = next_slot(campaigning.config, store.statuses(NOON), one, NOON)
        assert str(found) == "2027-02-10 14:00:00+00:00"


def test_a_channel_without_slots_has_no_next_one(tmp_path):
    with running(tmp_path, FLOOD) as (reloader, store, _):
        statuses = store.statuses(NOON)
        assert next_slot(reloader.campaigning.config, statuses, statuses[0], NOON) is None


def test_a_new_time_is_at_least_a_minute_ahead_and_outside_quiet_windows(tmp_path):
    campaigning = opened(tmp_path, FLOOD)
    touched(
        campaigning.config.file,
        campaigning.config.file.read_text(encoding="utf-8").replace(
            "  grace: 2h", "  grace: 2h\n  quiet: ['D-7 16:55 .. D-7 17:05']"
        ),
    )
    config = open_campaign(campaigning.config.file, environ={}).config
    minute = timedelta(minutes=1)
    assert require_time(config, NOON + minute, NOON) == NOON + minute
    with pytest.raises(InputError, match="less than a minute"):
        require_time(config, NOON + minute - timedelta(seconds=1), NOON)
    with pytest.raises(InputError, match=r"quiet window D-7 16:55 \.\. D-7 17:05"):
        require_time(config, NOON + 5 * HOUR, NOON)


def test_a_new_time_lasts_as_long_as_the_channel_allows_but_not_into_the_next_day(tmp_path):
    config = opened(tmp_path, FLOOD).config
    assert expires(config, "m-en", NOON) == NOON + 2 * HOUR
    # 23:00 in Baku: an hour is left of the day.
    assert expires(config, "m-en", NOON + 11 * HOUR) == NOON + 12 * HOUR
    assert expires(config, "gone-from-config", NOON) == NOON + 2 * HOUR
