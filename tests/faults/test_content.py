"""Posts that break the program, threads that break in the middle, files that change while a post goes out."""

import pytest

from scheduler.delivery import Engine, failpoints
from scheduler.platforms.base import Recovery, Refusal, Refused
from tests.delivery.scripted import LOST, NOT_SENT, Scripted
from tests.fakes import lost_answer
from tests.fakes.mastodon_server import MastodonServer
from tests.faults.accounts import CREATE, EARLY, KEY, TOKEN, at_work, rules
from tests.faults.accounts import play as played
from tests.faults.virtual_time import play
from tests.platforms.messages import CARD, FILES, PHOTO, image
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of, status_of

RULES = policy(channel())
FOUR = ("One.", "Two.", "Three.", "Four.")


class Stop(BaseException):
    """The process ends here: nothing of it may catch this."""


@pytest.fixture(autouse=True)
def _no_failpoints():
    yield
    failpoints.disarm()


class Poisonous(Scripted):
    """One post brings the process down each time: while it is prepared, or while it is sent."""

    poison, where = "2027/poison/mastodon-en", "prepare"

    def prepare(self, message, part, key, reply_to):
        if self.where == "prepare" and key == self.poison:
            self.prepares.append(key)
            raise Stop
        return super().prepare(message, part, key, reply_to)

    def send(self, prepared):
        if self.where == "send" and prepared.request["key"] == self.poison:
            self.sends.append(prepared)
            raise Stop
        return super().send(prepared)


def lives(folder, platform, posts, until, pause=10 * SECOND):
    """One process after another, each under the lock, started again by a supervisor when it dies."""
    now, count = NOON, 0
    while now < until:
        count += 1
        with opened(folder, rules=RULES) as store, store.lock(now, "run"):
            store.sync(posts, {}, EARLY)
            try:
                now = play(Engine(store, lambda channel: platform, assume_clock=True), now, until)
                return count
            except Stop:
                now += pause
    return count


def test_a_post_that_brings_the_program_down_while_it_is_prepared_is_held_and_the_others_go_out(tmp_path):
    """Row 28: a poison post: held after five times; the others wait no longer than that."""
    platform = Poisonous()
    posts = [delivery("poison"), *(delivery(f"post-{n}", due=NOON + n * MINUTE) for n in range(1, 4))]
    lives(tmp_path, platform, posts, NOON + HOUR)
    assert platform.prepares.count(Poisonous.poison) == 5
    assert sorted(request["key"] for request in platform.published) == [post.key for post in posts[1:]]
    with opened(tmp_path, rules=RULES) as store:
        status = status_of(store, Poisonous.poison, NOON + HOUR)
        assert "was interrupted 5 times; look at its images and its channel" in status.reasons[0]
        assert [hold.words for hold in store.holds()] == ["post poison"]
        assert len([one for one in store.notices() if one.key == Poisonous.poison]) == 1


@pytest.mark.parametrize("recovery", [Recovery.PRESENCE_ONLY, Recovery.BLIND])
def test_a_post_whose_sending_brings_the_program_down_is_tried_once(tmp_path, recovery):
    """Row 28: poison at the call itself, where nobody can prove that it is not out: once, then a person."""
    platform = Poisonous(recovery=recovery)
    platform.where = "send"
    posts = [delivery("poison"), delivery("next", due=NOON + MINUTE)]
    lives(tmp_path, platform, posts, NOON + HOUR)
    assert [prepared.request["key"] for prepared in platform.sends].count(Poisonous.poison) == 1
    with opened(tmp_path, rules=RULES) as store:
        assert state_of(store, Poisonous.poison) == "unknown"
        assert state_of(store, posts[1].key) == "published"


# Uploads


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


@pytest.mark.parametrize("place", ["after-prepare", "before-begin", "after-begin", "before-send"])
def test_images_uploaded_and_then_a_crash_is_one_visible_call_with_its_images(tmp_path, server, place):
    """Row 29: the upload is done, the process dies before the call: uploaded anew, visible once."""
    made = delivery(images=(image(CARD, "613 people"), image(PHOTO, "The memorial")))

    def die():
        failpoints.disarm()
        raise Stop

    for start in (NOON, NOON + 10 * SECOND):
        with opened(tmp_path, rules=rules(server)) as store, store.lock(start, "run"):
            store.sync([made], FILES, EARLY)
            engine, moment = at_work(store, server.base_url)
            if start == NOON:
                failpoints.arm(place, die)
            try:
                played(engine, moment, start, NOON + HOUR)
            except Stop:
                assert server.count("POST /api/v2/media") == 2
    assert server.count(CREATE) == 1
    [status] = server.published
    assert status.media == ((CARD, "613 people"), (PHOTO, "The memorial"))


# Threads


@pytest.fixture
def platform():
    return Scripted()


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path, rules=RULES) as store:
        yield store


@pytest.fixture
def engine(store, platform):
    return Engine(store, lambda channel: platform, assume_clock=True)


class Breaking(Scripted):
    """Its second part fails as told, the rest works."""

    breaks = None

    def send(self, prepared):
        if prepared.request["key"].endswith("#2") and self.breaks is not None:
            self.script, self.breaks = [self.breaks], None
        return super().send(prepared)


def test_a_thread_whose_second_part_is_refused_for_good_stops_and_says_what_is_out(store):
    """Row 30: part 2 of 4 is refused: the rest is held back, reported, and the next post goes out."""
    platform = Breaking()
    platform.breaks = Refused(Refusal.CONTENT, "HTTP 422: spam")
    store.sync([delivery(texts=FOUR), delivery("next", due=NOON + MINUTE)], {}, EARLY)
    play(Engine(store, lambda channel: platform, assume_clock=True), NOON, NOON + 2 * HOUR)
    assert platform.texts == ["One.", "Eight words."]
    status = status_of(store, KEY)
    assert (status.state, status.reasons) == ("refused", ("parts 1..1 published; HTTP 422: spam",))
    assert [notice.key for notice in store.notices()] == [KEY]


@pytest.mark.parametrize("answer", [LOST, NOT_SENT, Refused(Refusal.TRANSIENT, "HTTP 429")])
def test_a_thread_whose_second_part_fails_goes_on_at_the_first_part_not_proven_published(store, answer):
    """Row 30: part 2 of 4 is lost, or refused for now: every part once, in order, each under the last."""
    platform = Breaking()
    platform.breaks = answer
    store.sync([delivery(texts=FOUR), delivery("next", due=NOON + MINUTE)], {}, EARLY)
    play(Engine(store, lambda channel: platform, assume_clock=True), NOON, NOON + 2 * HOUR)
    assert [request["status"] for request in platform.published if request["status"] in FOUR] == list(FOUR)
    chain = {request["key"]: request["in_reply_to"] for request in platform.published}
    ids = {request["key"]: str(n) for n, request in enumerate(platform.published, 1)}
    assert [chain[f"{KEY}#{n}"] for n in (2, 3, 4)] == [ids[KEY], ids[f"{KEY}#2"], ids[f"{KEY}#3"]]
    assert state_of(store, KEY) == "published"
    assert state_of(store, "2027/next/mastodon-en") == "published"


def test_a_thread_in_doubt_on_a_blind_platform_is_never_begun_anew(store):
    """Row 30: nobody can tell of part 2: a person looks, and says; then the rest follows."""
    platform = Breaking(recovery=Recovery.BLIND)
    platform.breaks = NOT_SENT
    store.sync([delivery(texts=FOUR)], {}, EARLY)
    engine = Engine(store, lambda channel: platform, assume_clock=True)
    play(engine, NOON, NOON + HOUR)
    assert (platform.texts, state_of(store, KEY)) == (["One."], "unknown")
    store.settle_by_person(KEY, None, "Aynur", NOON + HOUR)
    play(engine, NOON + HOUR, NOON + 2 * HOUR)
    assert platform.texts == list(FOUR)
    assert state_of(store, KEY) == "published"


# Files that change while a post is on its way


EDITED = delivery(texts=("Other words.",))
RENAMED = delivery("numbers", due=NOON + HOUR)
CHANGES = {
    "edited": ([EDITED], "edited_after"),
    "renamed": ([RENAMED], "already_out"),
    "deleted": ([], None),
    "read again": ([delivery()], "unchanged"),
}


@pytest.mark.parametrize("state", ["sending", "unknown", "published"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_its_post_goes_out_makes_no_second_one(
    store, platform, engine, change, state
):
    """Row 31: edited, renamed, deleted, imported again, while it is sending, in doubt, or just out."""
    plan, told = CHANGES[change]
    store.sync([delivery()], {}, EARLY)
    reports = []

    def reload():
        failpoints.disarm()
        for _ in range(2):
            reports.append(store.sync(plan, {}, NOON + SECOND, accept_removals=True))

    if state == "sending":
        failpoints.arm("after-send", reload)
    platform.script = [LOST] if state == "unknown" else []
    play(engine, NOON, NOON)
    if state != "sending":
        reload()
    play(engine, NOON + 2 * SECOND, NOON + 3 * HOUR)
    assert platform.texts == ["Eight words."]
    assert state_of(store, KEY) == "published"
    assert len(store.statuses(NOON)) == 1
    if told is not None:
        assert all(getattr(report, told) for report in reports)


@pytest.mark.parametrize("change", ["edited", "renamed", "deleted"])
def test_a_file_that_changes_while_a_call_is_lost_without_a_trace_sends_only_what_stands_in_it(
    store, platform, engine, change
):
    """Row 31: it is proven not to be out; what goes out then is what the file says now, once."""
    plan, _ = CHANGES[change]
    platform.script = [NOT_SENT]
    store.sync([delivery()], {}, EARLY)
    play(engine, NOON, NOON)
    store.sync(plan, {}, NOON + SECOND, accept_removals=True)
    play(engine, NOON + 2 * SECOND, NOON + 30 * MINUTE)
    store.sync(plan, {}, NOON + 31 * MINUTE, accept_removals=True)
    play(engine, NOON + 32 * MINUTE, NOON + 3 * HOUR)
    expected = {"edited": ["Other words."], "renamed": ["Eight words."], "deleted": []}
    assert platform.texts == expected[change]
    assert not [one for one in store.statuses(NOON) if one.state in {"sending", "unknown", "scheduled"}]


def test_the_same_file_read_by_two_at_once_makes_one_row_and_one_post(tmp_path, platform):
    """Row 31: imported twice, by two processes."""
    with opened(tmp_path, rules=RULES) as one, opened(tmp_path, rules=RULES) as other:
        assert one.sync([delivery()], {}, EARLY).inserted == (KEY,)
        assert other.sync([delivery()], {}, EARLY).unchanged == (KEY,)
        for store in (one, other):
            play(Engine(store, lambda channel: platform, assume_clock=True), NOON, NOON + HOUR)
    assert len(platform.published) == 1


def test_an_edit_while_it_is_prepared_goes_out_as_edited(server, tmp_path):
    """Row 31: edited just before the gate: the old words never appear."""
    with opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery()], {}, EARLY)
        engine, moment = at_work(store, server.base_url)

        def edit():
            failpoints.disarm()
            store.sync([EDITED], {}, NOON)

        failpoints.arm("before-begin", edit)
        server.fail_next(CREATE, lost_answer())
        played(engine, moment, NOON, NOON + HOUR)
        assert [status.text for status in server.published] == ["Other words."]
        assert state_of(store, KEY) == "published"
