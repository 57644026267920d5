"""What is promised of deliveries and stands nowhere else as a test: through the engine, on real files."""

import pytest
import sqlalchemy as sa

from scheduler.delivery import Engine, failpoints
from scheduler.model import DailyLimit, Mode, State
from scheduler.platforms.base import Recovery, Refusal, Refused
from scheduler.store import home, schema
from tests.delivery.scripted import LOST, NOT_SENT, REFUSED, Scripted
from tests.store.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    campaign,
    channel,
    delivery,
    opened,
    policy,
    prepared,
    state_of,
    status_of,
)

KEY = "2027/figures/mastodon-en"
NEXT = "2027/next/mastodon-en"
EARLY = NOON - MINUTE


class Killed(BaseException):
    """The process ends here: nothing of it may catch this."""


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


@pytest.fixture
def platform():
    return Scripted()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=policy(channel())) as store:
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


def play(engine, now, until):
    due = engine.tick(now)
    while due is not None and due <= until:
        due = engine.tick(due)


def kill():
    raise Killed


# One in flight, and in order


def test_the_database_itself_holds_one_in_flight_a_channel_and_mode(store):
    store.sync([delivery(), delivery("next")], {}, EARLY)
    with store.transaction() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(schema.deliveries.update().values(state=State.PREPARING))


def test_what_fell_due_earlier_goes_first_and_what_is_urgent_before_it(store, engine, platform):
    urgent = delivery("urgent", due=NOON + MINUTE, texts=("At once.",))
    store.sync([delivery("late", due=NOON + SECOND, texts=("Later.",)), delivery()], {}, EARLY)
    store.put_now(urgent, {}, NOON + MINUTE, NOON + HOUR, "Aynur", urgent=True)
    engine.tick(NOON + MINUTE)
    assert platform.texts == ["At once.", "Eight words.", "Later."]


def test_a_begun_thread_keeps_the_channel_until_it_is_done(store, engine, platform):
    platform.script = ["sent", REFUSED]
    store.sync([delivery(texts=("One.", "Two.")), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON + SECOND)
    assert (platform.texts, state_of(store, NEXT)) == (["One."], "scheduled")
    play(engine, NOON + 2 * SECOND, NOON + HOUR)
    assert platform.texts == ["One.", "Two.", "Eight words."]


def test_a_begun_thread_frees_the_channel_when_a_part_is_refused(store, engine, platform):
    platform.script = ["sent", Refused(Refusal.CONTENT, "not like this")]
    store.sync([delivery(texts=("One.", "Two.")), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON + SECOND)
    assert status_of(store, KEY).reasons == ("parts 1..1 published; not like this",)
    assert platform.texts == ["One.", "Eight words."]


@pytest.mark.long
def test_a_begun_thread_outlives_the_grace_of_its_first_part_and_ends_a_day_after_due(
    store, engine, platform
):
    platform.script = ["sent"] + [REFUSED] * 200
    store.sync([delivery(texts=("One.", "Two."))], {}, EARLY)
    engine.tick(NOON)
    for minutes in range(10, 24 * 60, 10):
        engine.tick(NOON + minutes * MINUTE)
    assert (state_of(store, KEY), len(platform.sends) > 50) == ("scheduled", True)
    engine.tick(NOON + DAY)
    status = status_of(store, KEY)
    assert status.state == "refused"
    assert status.reasons[0].startswith("parts 1..1 published")


# What nobody knows


def test_what_is_unknown_counts_for_the_gap_and_blocks_no_later_post(tmp_path, platform):
    platform.recovery, platform.script = Recovery.BLIND, [LOST]
    rules = policy(channel(min_gap=10 * MINUTE))
    with opened(tmp_path, rules=rules) as store:
        later = delivery("next", due=NOON + SECOND, texts=("Other words.",), slot=True)
        store.sync([delivery(), later], {}, EARLY)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        engine.tick(NOON + SECOND)
        assert (state_of(store, KEY), state_of(store, NEXT)) == ("unknown", "scheduled")
        engine.tick(NOON + 10 * MINUTE)
        assert state_of(store, NEXT) == "scheduled"
        engine.tick(NOON + 10 * MINUTE + SECOND)
        assert state_of(store, NEXT) == "published"


def test_what_is_unknown_counts_for_the_limit_of_the_day(tmp_path, platform):
    platform.recovery, platform.script = Recovery.BLIND, [LOST]
    later = delivery("next", due=NOON + SECOND, texts=("Other words.",), slot=True, expires=NOON + 2 * DAY)
    rules = policy(channel(), around=campaign(daily_limit=DailyLimit(1)))
    with opened(tmp_path, rules=rules) as store:
        store.sync([delivery(), later], {}, EARLY)
        engine = Engine(store, lambda channel: platform, assume_clock=True)
        engine.tick(NOON + HOUR)
        assert (state_of(store, KEY), state_of(store, NEXT)) == ("unknown", "scheduled")
        engine.tick(NOON + 12 * HOUR - SECOND)
        assert state_of(store, NEXT) == "scheduled"
        engine.tick(NOON + 12 * HOUR)  # midnight in Baku
        assert state_of(store, NEXT) == "published"


@pytest.mark.parametrize("recovery", [Recovery.PROBE, Recovery.PRESENCE_ONLY, Recovery.BLIND])
def test_only_where_it_cannot_double_is_an_unanswered_request_repeated_as_it_was(
    store, engine, platform, recovery
):
    platform.recovery, platform.script = recovery, [NOT_SENT]
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    engine.tick(NOON + 61 * SECOND)  # the settle time has passed, and one look was made
    assert len(platform.sends) == 1


def test_while_looking_fails_for_hours_it_stays_unknown_and_is_told_once(store, engine, platform):
    def find(prepared, taken):
        platform.finds.append(prepared)
        raise ConnectionError("secret-canary")

    platform.script, platform.find = [LOST], find
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON + 6 * HOUR)
    assert (state_of(store, KEY), len(platform.sends)) == ("unknown", 1)
    assert len(platform.finds) >= 6
    asking = [notice.text for notice in store.notices() if "looking for it failed" in notice.text]
    assert len(asking) == 1
    assert "canary" not in asking[0]


def test_the_same_text_of_another_delivery_is_not_taken_for_this_one(store, engine, platform):
    """`find` is told which posts are receipts of others."""
    seen = []

    def find(prepared, taken):
        seen.append(taken)
        return Scripted.find(platform, prepared, taken)

    platform.find, platform.script = find, ["sent", NOT_SENT]
    store.sync([delivery(), delivery("next", due=NOON + SECOND)], {}, EARLY)
    play(engine, NOON, NOON + HOUR)
    assert seen[0] == {"1"}
    assert status_of(store, NEXT).url == "https://social.example/2"


# Poison


def lives(folder, platform, count):
    """So many processes, one after the other, each killed where a failpoint or the platform says."""
    for number in range(count):
        with opened(folder, rules=policy(channel())) as store, store.lock(NOON, "run"):
            store.sync([delivery(), delivery("next", due=NOON + SECOND)], {}, EARLY)
            try:
                Engine(store, lambda channel: platform, assume_clock=True).tick(NOON + number * 3 * MINUTE)
            except Killed:
                continue


def test_a_post_whose_preparation_kills_the_program_is_held_after_five_times_and_the_next_goes(
    tmp_path, platform
):
    prepare = platform.prepare

    def deadly(message, part, key, reply_to):
        if key == KEY:
            raise Killed
        return prepare(message, part, key, reply_to)

    platform.prepare = deadly
    lives(tmp_path, platform, 12)
    with opened(tmp_path, rules=policy(channel())) as store:
        assert status_of(store, KEY).held
        assert "interrupted 5 times" in status_of(store, KEY).reasons[0]
        assert state_of(store, NEXT) == "published"


@pytest.mark.parametrize("recovery", [Recovery.PRESENCE_ONLY, Recovery.BLIND])
def test_a_post_whose_call_kills_the_program_is_unknown_and_never_repeated(tmp_path, platform, recovery):
    platform.recovery, send = recovery, platform.send

    def deadly(prepared):
        if prepared.request["key"] == KEY:
            platform.sends.append(prepared)
            raise Killed
        return send(prepared)

    platform.send = deadly
    lives(tmp_path, platform, 12)
    with opened(tmp_path, rules=policy(channel())) as store:
        assert (state_of(store, KEY), state_of(store, NEXT)) == ("unknown", "published")
        assert len(store.notices()) == 1
    assert [one.request["key"] for one in platform.sends] == [KEY, NEXT]


# Answers that are none


@pytest.mark.parametrize("answer", [None, "published", 200])
def test_an_answer_that_is_none_of_the_known_ones_is_unknown(store, engine, platform, answer):
    platform.send = lambda prepared: answer
    store.sync([delivery()], {}, EARLY)
    engine.tick(NOON)
    assert state_of(store, KEY) == "unknown"
    assert "without an answer" in store.notices()[0].text


# Channels, modes


def test_a_channel_in_trouble_affects_no_other(tmp_path):
    class Broken(Scripted):
        def account(self):
            raise ZeroDivisionError("secret-canary")

    platforms = {"mastodon-en": Broken(), "x-en": Scripted("x-en")}
    with opened(tmp_path) as store:
        store.sync([delivery(), delivery(channel="x-en")], {}, EARLY)
        engine = Engine(store, lambda channel: platforms[channel.name], assume_clock=True)
        for minutes in range(5):
            engine.tick(NOON + minutes * MINUTE)
        assert state_of(store, KEY) == "scheduled"
        assert state_of(store, "2027/figures/x-en") == "published"


def test_a_refusal_for_want_of_permission_holds_the_channel_and_loses_nothing(store, engine, platform):
    platform.script = [Refused(Refusal.PERMISSION, "this token may not write")]
    store.sync([delivery(), delivery("next", due=NOON + SECOND)], {}, EARLY)
    engine.tick(NOON + SECOND)
    assert (len(platform.sends), len(store.notices())) == (1, 1)
    assert {str(one.state) for one in store.statuses(NOON)} == {"scheduled"}
    [hold] = store.holds()
    assert (hold.words, hold.reason) == ("channel mastodon-en", "this token may not write")


def test_each_mode_has_its_own_row_of_a_delivery_and_both_share_holds(tmp_path, platform):
    with opened(tmp_path, Mode.DRY) as dry, opened(tmp_path, Mode.LIVE) as live:
        for store in (dry, live):
            store.sync([delivery()], {}, EARLY)
        number = dry.hold("channel", "mastodon-en", "earthquake", "Aynur", EARLY)
        for store in (dry, live):
            Engine(store, lambda channel: platform, assume_clock=True).tick(NOON)
            assert status_of(store, KEY).held
        live.lift(number, "Aynur", NOON - SECOND)
        Engine(live, lambda channel: platform, assume_clock=True).tick(NOON)
        assert (state_of(live, KEY), state_of(dry, KEY)) == ("published", "scheduled")


def test_after_a_preparation_was_interrupted_it_goes_back_and_out_once(store, engine, platform):
    store.sync([delivery()], {}, EARLY)
    failpoints.arm("after-prepare", kill)
    with pytest.raises(Killed):
        engine.tick(NOON)
    failpoints.disarm()
    assert state_of(store, KEY) == "preparing"
    engine.tick(NOON + 89 * SECOND)
    assert state_of(store, KEY) == "preparing"
    engine.tick(NOON + 90 * SECOND)
    assert (state_of(store, KEY), len(platform.published)) == ("published", 1)


def test_an_attempt_is_written_with_its_request_before_the_call_and_an_unknown_one_after_its_lease(
    store, engine, platform
):
    store.sync([delivery()], {}, EARLY)
    failpoints.arm("before-send", kill)
    with pytest.raises(Killed):
        engine.tick(NOON)
    failpoints.disarm()
    with store.transaction() as connection:
        [row] = connection.execute(sa.select(schema.attempts)).all()
    assert (row.event, row.request["request"]["status"]) == ("begun", "Eight words.")
    engine.tick(NOON + 44 * SECOND)
    assert state_of(store, KEY) == "sending"
    engine.tick(NOON + 45 * SECOND)
    assert state_of(store, KEY) == "unknown"


# After a restore


def flag(store):
    """As after a restore: the account must be looked at first."""
    with store.transaction() as connection:
        home.set_compare(connection, store.mode, "mastodon-en", "this database was restored")


def tried(store, platform):
    """Something went out here long ago: this is no new database."""
    store.sync([delivery("old", due=NOON - DAY, texts=("Long ago.",))], {}, NOON - DAY - HOUR)
    Engine(store, lambda channel: Scripted(), assume_clock=True).tick(NOON - DAY)
    with store.transaction() as connection:
        connection.execute(schema.channels.delete())


def test_after_a_restore_what_the_account_shows_is_not_sent_again(store, engine, platform):
    tried(store, platform)
    store.sync([delivery(), delivery("next", due=NOON + SECOND, texts=("New words.",))], {}, EARLY)
    flag(store)
    platform.shown = {"Eight words.": "https://social.example/7"}
    engine.tick(NOON + SECOND)
    assert platform.texts == ["New words."]
    assert "https://social.example/7" in status_of(store, KEY).reasons[0]


def test_after_a_restore_nothing_goes_while_the_account_cannot_be_read(store, engine, platform):
    tried(store, platform)
    store.sync([delivery()], {}, EARLY)
    flag(store)
    platform.shown = Refused(Refusal.TRANSIENT, "HTTP 503")
    engine.tick(NOON)
    assert platform.sends == []
    platform.shown = {}
    engine.tick(NOON + MINUTE)
    assert platform.texts == ["Eight words."]


def test_after_a_restore_a_channel_that_cannot_be_read_is_held_for_a_person(store, engine, platform):
    platform.recovery = Recovery.BLIND
    tried(store, platform)
    store.sync([delivery()], {}, EARLY)
    flag(store)
    engine.tick(NOON)
    engine.tick(NOON + MINUTE)
    assert (platform.sends, [hold.words for hold in store.holds()]) == ([], ["channel mastodon-en"])
    assert "look at the account" in store.holds()[0].reason
    store.lift(store.holds()[0].id, "Aynur", EARLY)
    engine.tick(NOON + 2 * MINUTE)
    assert platform.texts == ["Eight words."]


def test_what_one_scheduler_has_taken_up_keeps_the_channel_from_another(tmp_path):
    """Also where no lock keeps the two apart, and without an error that somebody would have to read."""
    posts = [delivery(f"post-{number}") for number in range(2)]
    with opened(tmp_path) as one, opened(tmp_path) as other:
        one.sync(posts, {}, NOON - MINUTE)
        claim = one.claim(NOON, "mastodon-en")
        assert claim is not None
        assert other.claim(NOON, "mastodon-en") is None
        assert one.begin(claim, 0, prepared(), NOON)
        assert other.claim(NOON, "mastodon-en") is None
