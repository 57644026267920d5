"""Pauses, clocks that are set, sleep, and changes of the hour: nothing early, twice or forgotten."""

import random
import zoneinfo
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest

from scheduler.delivery import Engine, Timings, failpoints
from scheduler.model import Mode
from scheduler.platforms.base import Recovery
from scheduler.service import open_campaign
from scheduler.service.reloading import Reloader
from tests import campaigns
from tests.delivery.scripted import LOST, Scripted
from tests.faults.thorough import THOROUGH
from tests.faults.virtual_time import Time
from tests.service.stage import Clock
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of, status_of
from tests.thorough import quick_and_long

EARLY = NOON - MINUTE
KEY = "2027/figures/mastodon-en"
RULES = policy(channel())
RIGHT = timedelta(seconds=30)
"""Two clocks that differ by no more than this are taken for right."""

STEPS = 400 if THOROUGH else 60


class Punctual(Scripted):
    """Notes the true time of every call."""

    def __init__(self, time, **options):
        super().__init__(**options)
        self.time, self.sent_at = time, {}

    def send(self, prepared):
        self.sent_at.setdefault(prepared.request["key"], []).append(self.time.true)
        return super().send(prepared)


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def time():
    return Time(EARLY)


@pytest.fixture
def platform(time):
    return Punctual(time)


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=RULES) as store:
        yield store


def at_work(store, platform, time):
    """An engine that asks both clocks, and a platform that tells the right time."""
    return Engine(
        store, lambda channel: platform, clock=time, boot=time.boot, dates=lambda channel: time.true
    )


def ticking(engine, time, until, step=MINUTE):
    """Look every `step` of true time until that moment of true time."""
    while time.true < until:
        time.passes(min(step, until - time.true))
        engine.tick(time.now)


def once(name, act):
    def first():
        failpoints.disarm()
        act()

    failpoints.arm(name, first)


# Pauses


def test_frozen_between_the_gate_and_the_call_longer_than_half_a_lease_nothing_is_sent(store, platform, time):
    """Row 16: the machine stands still after the attempt was recorded, before the call."""
    store.sync([delivery()], {}, EARLY)
    engine = at_work(store, platform, time)
    engine.tick(EARLY)
    time.passes_until(NOON)
    once("after-begin", lambda: time.passes(Timings().lease / 2 + SECOND))
    engine.tick(time.now)
    assert platform.sends == []
    assert "stood still" in status_of(store, KEY).notes[0]
    ticking(engine, time, NOON + 5 * MINUTE)
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)


@pytest.mark.parametrize("place", ["after-claim", "after-prepare", "before-begin"])
def test_frozen_after_the_claim_until_another_has_sent_it_the_gate_is_closed(tmp_path, platform, time, place):
    """Row 16: the machine stands still before the gate, and a second scheduler takes over."""
    with opened(tmp_path, rules=RULES) as first, opened(tmp_path, rules=RULES) as second:
        first.sync([delivery()], {}, EARLY)
        ours, theirs = at_work(first, platform, time), at_work(second, platform, time)
        ours.tick(EARLY)
        theirs.tick(EARLY)
        time.passes_until(NOON)

        def frozen():
            time.passes(Timings().preparing + SECOND)
            theirs.tick(time.now)
            ticking(theirs, time, time.true + MINUTE)

        once(place, frozen)
        ours.tick(time.now)
        assert len(platform.sends) == 1
        assert state_of(first, KEY) == "published"
        ticking(ours, time, NOON + 30 * MINUTE)
        assert len(platform.sends) == 1


@pytest.mark.parametrize("recovery", list(Recovery))
def test_frozen_during_the_request_while_another_takes_over_it_goes_out_once(tmp_path, time, recovery):
    """Row 17: the machine stands still during the request, longer than the lease."""
    platform = Punctual(time, recovery=recovery)
    with opened(tmp_path, rules=RULES) as first, opened(tmp_path, rules=RULES) as second:
        first.sync([delivery()], {}, EARLY)
        ours, theirs = at_work(first, platform, time), at_work(second, platform, time)
        ours.tick(EARLY)
        theirs.tick(EARLY)
        time.passes_until(NOON)
        once("after-send", lambda: ticking(theirs, time, NOON + 5 * MINUTE))
        ours.tick(time.now)
        ticking(ours, time, NOON + 30 * MINUTE)
        assert len(platform.published) == 1
        assert state_of(first, KEY) == "published"
        settled = [event.event for event in first.history(KEY) if event.event in {"published", "found"}]
        assert len(settled) == 1


# Clocks that are set


@pytest.mark.parametrize(
    ("jump", "when"),
    quick_and_long(
        [
            (HOUR, -10 * MINUTE),
            (HOUR, 0 * MINUTE),
            (-HOUR, 0 * MINUTE),
            (timedelta(days=365), -10 * MINUTE),
            (timedelta(days=-365), 0 * MINUTE),
            (31 * SECOND, 0 * MINUTE),
        ]
    ),
    ids=[
        "an hour ahead before due",
        "an hour ahead at due",
        "an hour back",
        "a year ahead before due",
        "a year back",
        "half a minute ahead",
    ],
)
def test_a_clock_that_is_set_wrong_pauses_everything_until_it_is_right(store, time, jump, when):
    """Row 18: +1 h, −1 h, ±1 year: nothing early, nothing twice, nothing written off; it asks for help."""
    platform = Punctual(time)
    time.now = NOON - 15 * MINUTE
    posts = [delivery(f"post-{n}", due=NOON + n * 10 * MINUTE) for n in range(3)]
    store.sync(posts, {}, time.now)
    engine = at_work(store, platform, time)
    ticking(engine, time, NOON + when - SECOND)
    time.is_set(jump)
    ticking(engine, time, NOON + 22 * MINUTE)
    assert platform.sends == []
    assert {state_of(store, post.key, time.now) for post in posts} == {"scheduled"}
    assert [notice.cause for notice in store.notices()] == [store.own("clock")]
    time.is_set_right()
    ticking(engine, time, NOON + 26 * MINUTE)
    assert {state_of(store, post.key, time.now) for post in posts} == {"published"}
    assert platform.texts == ["Eight words."] * 3
    assert store.notices() == ()


def test_a_clock_already_wrong_at_the_start_is_told_and_nothing_is_sent(store, platform, time):
    """Row 18: a machine that starts with a flat clock battery, years back."""
    store.sync([delivery()], {}, EARLY)
    time.is_set(timedelta(days=-3000))
    engine = at_work(store, platform, time)
    ticking(engine, time, NOON + 10 * MINUTE)
    assert platform.sends == []
    [notice] = store.notices()
    assert "this machine's clock is 259200000 s behind a platform's; set it right" in notice.text


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.long
def test_a_clock_that_jumps_to_and_fro_sends_nothing_early_and_nothing_twice(store, time, seed):
    """Row 18: strobe, 262 s to and fro, and random steps besides."""
    chance = random.Random(seed)
    platform = Punctual(time)
    time.now = NOON - 10 * MINUTE
    posts = [delivery(f"post-{n}", due=NOON + n * MINUTE) for n in range(10)]
    store.sync(posts, {}, time.now)
    engine = at_work(store, platform, time)
    for step in range(STEPS):
        time.is_set_right()
        if step % 2:
            time.is_set(chance.choice([262, -262, 262, -262, 20, -20, 3600, -3600]) * SECOND)
        time.passes(chance.choice([1, 1, 5, 20, 40]) * SECOND)
        engine.tick(time.now)
    time.is_set_right()
    ticking(engine, time, max(time.true, NOON) + 40 * MINUTE)
    due = {post.key: post.due for post in posts}
    assert {key: len(times) for key, times in platform.sent_at.items()} == dict.fromkeys(due, 1)
    early = {
        key: due[key] - times[0] for key, times in platform.sent_at.items() if times[0] < due[key] - RIGHT
    }
    assert early == {}
    assert {state_of(store, key, time.now) for key in due} == {"published"}


# Sleep


def test_after_eight_hours_of_sleep_what_is_late_is_missed_and_the_rest_keeps_order_and_gap(tmp_path, time):
    """Row 19: suspend over five due posts: the late policy holds, and there is no burst."""
    platform = Punctual(time)
    rules = policy(channel(min_gap=20 * MINUTE))
    dues = {"one": 1, "three": 3, "five": 5, "seven": 7, "eight": 8}
    posts = [delivery(name, due=NOON + hours * HOUR) for name, hours in dues.items()]
    with opened(tmp_path, rules=rules) as store:
        store.sync(posts, {}, EARLY)
        engine = at_work(store, platform, time)
        ticking(engine, time, NOON + 30 * MINUTE)
        time.passes(8 * HOUR)
        engine.tick(time.now)
        ticking(engine, time, NOON + 10 * HOUR, step=5 * MINUTE)
        states = {post.post: state_of(store, post.key, time.now) for post in posts}
        sent = {key.split("/")[1]: times for key, times in platform.sent_at.items()}
        # A grace of two hours: at half past eight only what was due from half past six on may still go.
        assert states == dict.fromkeys(["one", "three", "five"], "missed") | dict.fromkeys(
            ["seven", "eight"], "published"
        )
        # Looked at every five minutes.
        woken = NOON + 8 * HOUR + 30 * MINUTE
        assert sent == {"seven": [woken], "eight": [woken + 20 * MINUTE]}
        missed = sorted(notice.key for notice in store.notices())
        assert missed == sorted(f"2027/{name}/mastodon-en" for name in ("one", "three", "five"))


def test_asleep_with_an_answer_on_its_way_it_is_looked_for_and_not_sent_again(store, platform, time):
    """Row 19: the lid is closed during the request; the answer is gone when it opens."""
    store.sync([delivery()], {}, EARLY)
    engine = at_work(store, platform, time)
    engine.tick(EARLY)
    time.passes_until(NOON)
    platform.script = [LOST]
    once("after-send", lambda: time.passes(8 * HOUR))
    engine.tick(time.now)
    ticking(engine, time, NOON + 9 * HOUR)
    assert (state_of(store, KEY, time.now), len(platform.sends)) == ("published", 1)


# The calendar

DAYLIGHT = """\
- id: before
  when: 2027-03-27 10:00 local
  text: {en: Before the clocks go forward.}
  channels: [m-en]
- id: after
  when: 2027-03-28 10:00 local
  text: {en: After the clocks went forward.}
  channels: [m-en]
"""


def dues(folder, posts, clock, changes=()):
    """A start of the program on that campaign: every delivery's due by post."""
    file = campaigns.write(folder, posts)
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    campaigning = opened_again(file)
    with campaigning.store(Mode.DRY) as store:
        Reloader(campaigning, Mode.DRY, clock).reload(store)
        return {one.post: one.due for one in store.statuses(clock())}


def opened_again(file):
    return open_campaign(file, environ={})


BERLIN = [("m-en: {", "m-en: {timezone: Europe/Berlin, ")]


def test_the_clock_on_the_wall_is_kept_where_the_clocks_go_forward(tmp_path):
    """Row 20: the hour changes in the channel's zone on 28 March 2027; both go out at ten there."""
    found = dues(tmp_path, DAYLIGHT, Clock(datetime(2027, 3, 1, tzinfo=UTC)), BERLIN)
    assert found == {
        "before": datetime(2027, 3, 27, 9, tzinfo=UTC),
        "after": datetime(2027, 3, 28, 8, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("year", "day"),
    [(2027, datetime(2027, 2, 28, 8, tzinfo=UTC)), (2028, datetime(2028, 2, 29, 8, tzinfo=UTC))],
)
def test_an_anniversary_on_29_february_is_kept_on_the_28th_in_common_years(tmp_path, year, day):
    """Row 20: 29 February."""
    changes = [("1962-02-17", "1964-02-29"), ("year: 2027", f"year: {year}")]
    posts = campaigns.post("flood", "D 12:00") + "  channels: [m-en]\n"
    assert dues(tmp_path, posts, Clock(datetime(year, 2, 1, tzinfo=UTC)), changes) == {"flood": day}


@contextmanager
def new_rules_for(zone, like, folder):
    """The machine's time zone data says of one zone what it said of another."""
    place = folder / zone
    place.parent.mkdir(parents=True)
    place.write_bytes(resources.files("tzdata").joinpath("zoneinfo", *like.split("/")).read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(folder), *before])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(to=before)
        zoneinfo.ZoneInfo.clear_cache()


def test_new_time_zone_data_moves_only_what_has_not_gone_out(tmp_path):
    """Row 20: a country changes its time between two starts of the program."""
    posts = "".join(
        campaigns.post(name, f"2027-02-{day} 12:00", f"We remember {name}.") + "  channels: [m-en]\n"
        for name, day in (("out", 10), ("unknown", 11), ("to-come", 12))
    )
    ten, eleven, twelve = (datetime(2027, 2, day, 8, tzinfo=UTC) for day in (10, 11, 12))
    before = {"out": ten, "unknown": eleven, "to-come": twelve}
    assert dues(tmp_path, posts, Clock(ten - HOUR)) == before
    platform = Scripted("m-en", recovery=Recovery.BLIND)
    with opened_again(tmp_path / "config.yaml").store(Mode.DRY) as store:
        engine = Engine(store, lambda channel: platform)
        engine.tick(ten)
        platform.script = [LOST]
        engine.tick(eleven)
    with new_rules_for("Asia/Baku", "Etc/GMT-5", tmp_path / "zones"):
        found = dues(tmp_path, posts, Clock(eleven + HOUR))
    assert found == {**before, "to-come": twelve - HOUR}
