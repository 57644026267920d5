"""Row 25: every kind of answer, over real HTTP, and what becomes of the delivery and of its channel."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from scheduler.delivery import Engine
from scheduler.platforms import connect
from tests.fakes import fail_after, refuse
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.x_server import XServer
from tests.faults.accounts import CREATE, EARLY, KEY, TOKEN, at_work, play, rules
from tests.store.kit import HOUR, MINUTE, NOON, SECOND, channel, delivery, opened, policy, state_of, status_of

NEXT = "2027/next/mastodon-en"
X_CREATE = "POST /2/tweets"


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def store(tmp_path, server):
    with opened(tmp_path, rules=rules(server)) as store:
        store.sync([delivery(), delivery("next", due=NOON + 5 * MINUTE, texts=("Next.",))], {}, EARLY)
        yield store


def begun_at(store, key):
    return [event.at for event in store.history(key) if event.event == "begun"]


def retry_in_a_date(seconds):
    return format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)


HELD, SENT, UNKNOWN = "scheduled", "published", "unknown"
ANSWERS = {
    "401 bad token": (refuse(401, {"error": "The access token is invalid"}), HELD, HELD, True),
    "403 forbidden": (refuse(403, {"error": "This action is not allowed"}), HELD, HELD, True),
    "404 wrong address": (refuse(404, {"error": "Not found"}), HELD, HELD, True),
    "410 closed": (refuse(410, {"error": "Gone"}), HELD, HELD, True),
    "451 legal reasons": (refuse(451), HELD, HELD, True),
    "413 too large": (refuse(413), "refused", SENT, False),
    "422 content": (refuse(422, {"error": "Validation failed: Text is spam"}), "refused", SENT, False),
    "418 unheard of": (refuse(418), "refused", SENT, False),
    "500 not accepted": (refuse(500), SENT, SENT, False),
    "503 not accepted": (refuse(503), SENT, SENT, False),
    "500 accepted": (fail_after(500), SENT, SENT, False),
    "503 accepted": (fail_after(503), SENT, SENT, False),
    "408 not accepted": (refuse(408), SENT, SENT, False),
    "302 not accepted": (refuse(302, None, Location="/elsewhere"), SENT, SENT, False),
    "200 without sense, accepted": (fail_after(200, "<html>"), SENT, SENT, False),
}
"""The answer to the first post; then both posts' states, and whether the channel is held."""


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_ends_as_its_kind_says_and_nothing_goes_out_twice(server, store, name):
    """Row 25: 4xx, 5xx before and after acceptance."""
    answer, first, following, is_held = ANSWERS[name]
    server.idempotency = False
    server.fail_next(CREATE, answer)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON + HOUR)
    assert (state_of(store, KEY), state_of(store, NEXT)) == (first, following)
    out = [status.text for status in server.published]
    assert sorted(out) == sorted(
        words for words, state in (("Eight words.", first), ("Next.", following)) if state == SENT
    )
    assert [hold.scope for hold in store.holds()] == (["channel"] if is_held else [])
    # One notice a cause: a person hears of it once, and not of what has healed.
    assert len(store.notices()) == (0 if first == SENT else 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "600"},
        {"Retry_After": retry_in_a_date(600)},
        {"X_RateLimit_Reset": (NOON + 600 * SECOND).isoformat()},
    ],
    ids=["seconds", "a date", "Mastodon's own header"],
)
def test_a_server_that_asks_to_wait_is_left_alone_until_then_by_the_whole_channel(server, store, headers):
    """Row 25: 429 with Retry-After in its forms; the next post, due meanwhile, waits too."""
    server.fail_next(CREATE, refuse(429, {"error": "Too many requests"}, **headers))
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON + HOUR)
    assert begun_at(store, KEY) == [NOON, NOON + 600 * SECOND]
    assert begun_at(store, NEXT) == [NOON + 600 * SECOND]
    assert [status.text for status in server.published] == ["Eight words.", "Next."]


def test_a_server_that_always_asks_to_wait_until_it_is_too_late_ends_in_missed_and_one_word_a_post(
    server, store
):
    """Row 25: 429 for ever."""
    server.fail_next(CREATE, refuse(429, {"error": "Too many requests"}, Retry_After="3600"), times=100)
    engine, moment = at_work(store, server.base_url)
    play(engine, moment, NOON, NOON + 12 * HOUR)
    assert (state_of(store, KEY), state_of(store, NEXT)) == ("missed", "missed")
    assert server.published == []
    assert server.count(CREATE) <= 4


# X: another platform's words, and no proof of absence


@pytest.fixture
def x():
    with XServer() as running:
        yield running


@pytest.fixture
def at_x(tmp_path, x):
    names = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
    rules = policy(channel("x-en", platform="x", base_url=x.base_url))
    with opened(tmp_path, rules=rules) as store:
        store.sync([delivery(channel="x-en")], {}, EARLY)
        moment = [EARLY]
        engine = Engine(
            store,
            lambda one: connect(
                one, dict(zip(names, x.keys, strict=True)), store.file, clock=lambda: moment[0]
            ),
            assume_clock=True,
        )
        engine.tick(EARLY)
        yield store, engine, moment


X_KEY = "2027/figures/x-en"


def test_the_rate_header_of_x_is_waited_for(x, at_x):
    """Row 25: 429 with x-rate-limit-reset in seconds since 1970."""
    store, engine, moment = at_x
    reset = str(int((NOON + 900 * SECOND).timestamp()))
    x.fail_next(X_CREATE, refuse(429, {"title": "Too Many Requests"}, x_rate_limit_reset=reset))
    play(engine, moment, NOON, NOON + HOUR)
    assert begun_at(store, X_KEY) == [NOON, NOON + 900 * SECOND]
    assert len(x.published) == 1


def test_words_that_stand_there_already_are_refused_by_x_and_not_tried_again(x, at_x):
    """Row 25: 403 duplicate without an earlier try of ours."""
    store, engine, moment = at_x
    x.add("Eight words.")
    play(engine, moment, NOON, NOON + HOUR)
    assert state_of(store, X_KEY) == "refused"
    assert "duplicate" in status_of(store, X_KEY).reasons[0].lower()
    assert x.count(X_CREATE) == 1


def test_an_answer_of_x_that_is_lost_without_a_trace_is_left_to_a_person(x, at_x):
    """Row 25: 503 on a platform whose listing proves no absence: unknown, told, never sent again."""
    store, engine, moment = at_x
    x.fail_next(X_CREATE, refuse(503))
    play(engine, moment, NOON, NOON + 6 * HOUR)
    assert (state_of(store, X_KEY), x.count(X_CREATE)) == ("unknown", 1)
    assert any(notice.key == X_KEY and "settle" in notice.text for notice in store.notices())
