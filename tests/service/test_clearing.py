"""No picture stands in public longer than its post needs it, however the post came to its end."""

import os
from datetime import timedelta

import pytest

from scheduler.model import Mode
from scheduler.platforms.public_media import PublicMedia, Shelf
from scheduler.service import clearing, open_campaign
from tests import campaigns
from tests.platforms.messages import CARD
from tests.service.stage import NOON, shift
from tests.service.waiting import until

THREADS = (
    '  threads-en: {platform: threads, language: en, base_url: "http://127.0.0.1:9", live: true,\n'
    "    public_media: {folder: public, url: 'https://cards.example'}}\n"
)
POST = campaigns.post("flood", campaigns.at(NOON + timedelta(hours=5)))
DUE = NOON + timedelta(hours=5)


@pytest.fixture
def campaigning(tmp_path):
    config = campaigns.write(tmp_path, POST)
    config.write_text(config.read_text(encoding="utf-8") + THREADS, encoding="utf-8")
    return open_campaign(config, environ={})


@pytest.fixture
def store(campaigning):
    with campaigning.store(Mode.LIVE) as store:
        made = campaigning.prepare(NOON)
        store.sync(made.deliveries, made.files, NOON)
        yield store


def put(campaigning, at, name="a" * 32 + ".jpg"):
    folder = campaigning.config.root / "public"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(CARD)
    os.utime(path, (at.timestamp(),) * 2)
    return path


def test_the_picture_of_a_post_that_is_about_to_go_out_stays_for_a_day_at_most(campaigning, store):
    left = put(campaigning, DUE - timedelta(minutes=30))
    assert clearing.clear(campaigning, store, DUE + timedelta(hours=1)) == 0
    assert clearing.clear(campaigning, store, DUE + timedelta(hours=23)) == 0
    assert clearing.clear(campaigning, store, DUE + timedelta(hours=24)) == 1
    assert not left.exists()


def test_the_picture_of_a_cancelled_post_is_gone_an_hour_later(campaigning, store):
    left = put(campaigning, DUE - timedelta(minutes=10))
    store.cancel("2027/flood/threads-en", "Ayla", "not now", DUE)
    assert clearing.clear(campaigning, store, DUE) == 0
    assert left.exists()
    assert clearing.clear(campaigning, store, DUE + timedelta(minutes=51)) == 1
    assert not left.exists()


def test_what_is_somebody_elses_stays_and_what_a_crash_left_half_written_goes(campaigning, store):
    old = NOON - timedelta(days=30)
    theirs = [put(campaigning, old, name) for name in ("index.html", "photo.jpg", ".htaccess")]
    shelf = Shelf(PublicMedia(str(campaigning.config.root / "public"), "https://cards.example"), "t")
    ours = put(campaigning, old, shelf.put(CARD, "image/jpeg").rpartition("/")[2])
    half = put(campaigning, old, ".abcd_123.part")
    assert clearing.clear(campaigning, store, NOON) == 2
    assert all(path.exists() for path in theirs)
    assert not ours.exists()
    assert not half.exists()


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.DRY])
def test_only_a_live_run_takes_down_what_an_earlier_one_left(campaigning, mode):
    left = put(campaigning, NOON - timedelta(days=2))
    with shift(campaigning, mode) as at_work:
        at_work._set_up()
        at_work._clockwork.start()
        if mode is Mode.LIVE:
            until(lambda: not left.exists())
        else:
            until(lambda: at_work._fit)  # chores are done: the same start would have cleared
    assert left.exists() is (mode is Mode.DRY)
