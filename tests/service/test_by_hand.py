"""What the service tells people of posts that are theirs to make."""

from scheduler.model import Mode
from scheduler.service import open_campaign, outlook
from scheduler.service.reloading import Reloader
from tests import campaigns
from tests.service.stage import NOON, Clock, opened

KEY = "2027/flood/m-en"


def campaign(folder):
    post = f"- id: flood\n  kind: text\n  author: w\n  when: {campaigns.at(NOON)}\n  text: {{en: Water.}}\n"
    opened(folder, post)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("live: false}\n  x-en", "by_hand: true}\n  x-en")
    config.write_text(text, encoding="utf-8")
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
