"""A platform that loses its answer, answers late, lags or lies in its listing: nothing twice or wrong."""

import threading
import time

import pytest

from tests.fakes import Reply, fail_after, lost_answer, refuse, waits_for
from tests.fakes.mastodon_server import MastodonServer
from tests.faults.accounts import CREATE, EARLY, KEY, LIST, TOKEN, at_work, one_post, play, rules
from tests.store.kit import DAY, HOUR, MINUTE, NOON, SECOND, delivery, opened, state_of, status_of


class Lying(MastodonServer):
    """Its listing can stand still, and can show what is not the account's own post."""

    frozen = None
    boosted = ()

    def list_statuses(self, request, account):
        reply = self.frozen or super().list_statuses(request, account)
        boosts = [{**self._entity(status), "id": f"9{status.id}"} for status in self.boosted]
        if request.query.get("exclude_reblogs") == "true":
            boosts = []
        return Reply(reply.status, boosts + reply.body, reply.headers)


@pytest.fixture
def server():
    with Lying(token=TOKEN) as running:
        yield running


@pytest.fixture
def store(tmp_path, server):
    with opened(tmp_path, rules=rules(server)) as store:
        yield store


def let_in(server, waiting):
    """The held-back request is served now."""
    before = len(server.published)
    waiting.set()
    end = time.monotonic() + 4
    while len(server.published) == before:
        assert time.monotonic() < end, "the server never took the request up"
        time.sleep(0.005)


@pytest.mark.parametrize("seconds", [1, 75], ids=["before the first look", "before the second look"])
@pytest.mark.parametrize("keeps_key", [True, False], ids=["key kept", "key ignored"])
@pytest.mark.long
def test_a_post_accepted_after_our_time_was_over_is_found_and_not_sent_again(
    server, store, seconds, keeps_key
):
    """Row 22: the platform accepts later than our time-out, at the latest before the second look."""
    server.idempotency, waiting = keeps_key, threading.Event()
    server.fail_next(CREATE, waits_for(waiting))
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON)
    assert (state_of(store, KEY), server.published) == ("unknown", [])

    def accepts(now):
        if now >= NOON + seconds * SECOND and not waiting.is_set():
            let_in(server, waiting)

    play(engine, moment, NOON + SECOND, NOON + HOUR, accepts)
    assert (state_of(store, KEY), len(server.published)) == ("published", 1)
    assert server.count(CREATE) == 1


def test_a_post_accepted_even_after_it_was_sent_again_is_one_post_where_the_key_is_kept(server, store):
    """Row 22: the platform takes the first request up after both looks and the repetition."""
    waiting = threading.Event()
    server.fail_next(CREATE, waits_for(waiting))
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON + 10 * MINUTE)
    assert (state_of(store, KEY), server.count(CREATE)) == ("published", 2)
    waiting.set()
    play(engine, moment, NOON + 11 * MINUTE, NOON + HOUR)
    assert len(server.published) == 1


@pytest.mark.parametrize("seconds", [59, 74])
def test_a_listing_that_lags_for_a_minute_is_not_taken_for_a_post_that_is_not_there(server, store, seconds):
    """Row 23: the listing is older than the post until shortly before the first or the second look."""
    server.idempotency = False
    server.fail_next(CREATE, lost_answer())
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    server.frozen = Reply(200, [])

    def catches_up(now):
        if now > NOON + seconds * SECOND:
            server.frozen = None

    play(engine, moment, NOON, NOON + HOUR, catches_up)
    assert (state_of(store, KEY), len(server.published)) == ("published", 1)


def test_a_listing_cached_from_before_the_post_before_is_no_proof(server, store):
    """Row 23: a cached listing does not even show what stood there when it was sent: nobody can tell."""
    server.add("An older post.")
    old = Reply(200, [])
    server.fail_next(CREATE, lost_answer())
    one_post(store)
    engine, moment = at_work(store, server.base_url)

    def cached(now):
        server.frozen = old if NOON < now < NOON + 5 * HOUR else None

    play(engine, moment, NOON, NOON + 4 * HOUR, cached)
    assert (state_of(store, KEY), server.count(CREATE)) == ("unknown", 1)
    assert any("does not reach back" in notice.text for notice in store.notices())
    play(engine, moment, NOON + 5 * HOUR, NOON + 7 * HOUR, cached)
    assert (state_of(store, KEY), server.count(CREATE)) == ("published", 1)


@pytest.mark.parametrize("is_out", [True, False], ids=["ours is out", "ours is not out"])
def test_the_same_words_of_another_account_shown_on_ours_are_not_taken_for_ours(server, store, is_out):
    """Row 23: another user's identical post, boosted by the account, stands in its listing."""
    server.fail_next(CREATE, lost_answer() if is_out else refuse(503))
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON)
    with MastodonServer(token=TOKEN) as elsewhere:
        server.boosted = (elsewhere.add("Eight words."),)
    play(engine, moment, NOON + SECOND, NOON + HOUR)
    assert (state_of(store, KEY), len(server.published)) == ("published", 1)
    assert status_of(store, KEY).url.endswith(server.published[0].id)


def test_another_delivery_s_post_with_the_same_words_is_not_taken_for_this_one(server, store):
    """Row 23: the same words are meant to go out twice; the second one is lost on the way."""
    twice = [delivery(), delivery("again", due=NOON + 10 * MINUTE)]
    store.sync(twice, {}, EARLY)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON + MINUTE)
    server.fail_next(CREATE, refuse(503))
    play(engine, moment, NOON + 2 * MINUTE, NOON + HOUR)
    urls = [status_of(store, one.key).url for one in twice]
    assert [url.rsplit("/")[-1] for url in urls] == [status.id for status in server.published]
    assert len(server.published) == 2


def test_the_post_before_deleted_meanwhile_leaves_the_proof_standing(server, store):
    """Row 23: what was the newest post when it was sent is gone when it is looked for."""
    older, last = server.add("An older post."), server.add("The post before.")
    server.fail_next(CREATE, lost_answer())
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON)
    server.delete(None, last.id)
    play(engine, moment, NOON + SECOND, NOON + HOUR)
    ours = server.published[2]
    assert (state_of(store, KEY), len(server.published)) == ("published", 3)
    assert status_of(store, KEY).url.endswith(ours.id)
    assert older in server.statuses


def test_looking_fails_for_hours_and_it_stays_unknown_with_one_notice(server, store):
    """Row 24: the listing fails for six hours; nothing is sent again, and then it is found."""
    server.fail_next(CREATE, lost_answer())
    next_one = delivery("next", due=NOON + 7 * HOUR)
    one_post(store)
    store.sync([delivery(), next_one], {}, EARLY)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON)
    server.fail_next(LIST, fail_after(503), times=1000)
    looks = play(engine, moment, NOON + SECOND, NOON + 6 * HOUR)
    assert (state_of(store, KEY), server.count(CREATE)) == ("unknown", 1)
    assert len([notice for notice in store.notices() if notice.key == KEY]) <= 2
    # Rarer and rarer, hourly in the end: a server in trouble is not hammered.
    assert len(looks) < 15
    server._faults.clear()
    play(engine, moment, NOON + 6 * HOUR, NOON + 9 * HOUR)
    assert (state_of(store, KEY), state_of(store, next_one.key)) == ("published", "published")
    assert len(server.published) == 2
    assert store.notices() == ()


@pytest.mark.long
def test_what_nobody_could_tell_for_a_day_is_still_there_for_a_person(server, store):
    """Row 24: it never heals: it stays unknown, listed and told."""
    server.fail_next(CREATE, lost_answer())
    one_post(store)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON)
    server.fail_next(LIST, fail_after(503), times=1000)
    play(engine, moment, NOON + SECOND, NOON + 2 * DAY)
    assert (state_of(store, KEY), server.count(CREATE)) == ("unknown", 1)
    assert any(notice.key == KEY for notice in store.notices())
