"""The engine through real HTTP to a Mastodon server on loopback that breaks on request."""

import logging
from datetime import timedelta

import pytest

from scheduler.delivery import Engine
from scheduler.platforms import connect
from tests.fakes import dropped, fail_after, lost_answer, refuse
from tests.fakes.mastodon_server import MastodonServer
from tests.platforms.messages import CARD, FILES, PHOTO, image
from tests.store.kit import DAY, HOUR, MINUTE, NOON, channel, delivery, opened, policy, state_of, status_of

KEY = "2027/figures/mastodon-en"
EARLY = NOON - MINUTE
CREATE = "POST /api/v1/statuses"
CANARY = "canary-token-5e1f"
TEXT = (
    'On 26 February 1992 <b>613</b> people & "more" were killed in Xocalı:\n\n'
    "https://example.org/a?b=1&c=2 @xocali@social.example #Xocalı"
)


@pytest.fixture
def server():
    with MastodonServer(token=CANARY) as running:
        yield running


@pytest.fixture
def store(tmp_path, server):
    rules = policy(channel(platform="mastodon", base_url=server.base_url))
    with opened(tmp_path, rules=rules) as store:
        yield store


def played(store, start=NOON, until=NOON + HOUR, token=CANARY):
    """A scheduler of its own, at every moment that it names from `start` on."""
    moment = [start]

    def connected(channel):
        return connect(channel, {"ACCESS_TOKEN": token}, store.file, clock=lambda: moment[0])

    engine = Engine(store, connected, assume_clock=True)
    due = engine.tick(start)
    while due is not None and due <= until:
        moment[0] = due
        due = engine.tick(due)


CARD_AND_PHOTO = (image(CARD, "613 people"), image(PHOTO, "The memorial in Bakı"))


@pytest.mark.parametrize(
    "fault", [lost_answer(), fail_after(502), fail_after(503, "<html>busy"), fail_after(200, "<html>")]
)
@pytest.mark.parametrize("source", [True, False], ids=["with its source", "from its HTML"])
@pytest.mark.parametrize("idempotency", [True, False], ids=["key kept", "key ignored"])
def test_an_answer_that_got_lost_never_makes_two_posts(store, server, fault, source, idempotency):
    server.source, server.idempotency = source, idempotency
    server.fail_next(CREATE, fault)
    store.sync([delivery(images=CARD_AND_PHOTO, texts=(TEXT,))], FILES, EARLY)
    played(store)
    assert [status.text for status in server.published] == [TEXT]
    status = status_of(store, KEY)
    assert (status.state, status.url) == (
        "published",
        f"{server.base_url}/@campaign/{server.published[0].id}",
    )
    assert store.notices() == ()


@pytest.mark.parametrize("lag", [1, 2])
def test_a_listing_that_lags_is_no_proof_where_the_server_keeps_the_key(store, server, lag):
    server.lag = lag
    server.fail_next(CREATE, lost_answer())
    store.sync([delivery()], {}, EARLY)
    played(store)
    assert len(server.published) == 1
    assert state_of(store, KEY) == "published"


def test_a_request_that_was_lost_is_sent_again_once(store, server):
    server.fail_next(CREATE, dropped())
    store.sync([delivery(images=CARD_AND_PHOTO)], FILES, EARLY)
    played(store)
    assert [status.media for status in server.published] == [
        ((CARD, "613 people"), (PHOTO, "The memorial in Bakı"))
    ]


def test_the_same_words_typed_by_hand_before_are_not_taken_for_ours(store, server):
    server.add("Eight words.")
    server.fail_next(CREATE, lost_answer())
    store.sync([delivery(due=NOON)], {}, EARLY)
    with store.transaction() as connection:  # something was tried before, so this is no lost database
        connection.exec_driver_sql(
            "INSERT INTO attempts (delivery, channel, mode, year, n, part, at, event, detail, cost) "
            "SELECT id, channel, mode, year, 1, 0, 0, 'given back', '', 0 FROM deliveries"
        )
    played(store)
    assert status_of(store, KEY).url.endswith(server.published[1].id)
    assert len(server.published) == 2


def test_the_same_words_typed_by_hand_at_the_very_time_are_for_a_person(store, server):
    server.fail_next(CREATE, lost_answer())
    store.sync([delivery()], {}, EARLY)
    played(store, until=NOON)
    server.add("Eight words.")
    played(store, NOON + MINUTE, NOON + HOUR)
    assert state_of(store, KEY) == "unknown"
    assert any("2 posts with these words are out" in notice.text for notice in store.notices())
    assert len(server.published) == 2


def test_a_thread_whose_second_part_fails_goes_on_where_it_stopped(store, server):
    server.fail_next(CREATE, refuse(503))  # the first part: nobody knows, and it is not there
    store.sync([delivery(texts=("One.", "Two.", "Three."))], {}, EARLY)
    played(store, until=NOON)
    server.fail_next(CREATE, refuse(429, {"error": "Too many requests"}))
    played(store, NOON + MINUTE)
    assert [status.text for status in server.published] == ["One.", "Two.", "Three."]
    assert [status.reply_to for status in server.published] == [None, *(s.id for s in server.published[:2])]
    assert state_of(store, KEY) == "published"


def test_a_thread_cannot_go_on_under_a_part_that_was_deleted_and_holds_nothing_else(store, server):
    next_one = delivery("next", due=NOON + 10 * MINUTE)
    store.sync([delivery(texts=("One.", "Two.")), next_one], {}, EARLY)
    original = server.create

    def create(request):
        reply = original(request)
        if len(server.published) == 1:
            server.delete(request, server.published[0].id)
        return reply

    server.create = create
    played(store)
    assert status_of(store, KEY).state == "refused"
    assert "parts 1..1 published" in status_of(store, KEY).reasons[0]
    assert "probably deleted" in status_of(store, KEY).reasons[0]
    assert store.holds() == ()
    assert state_of(store, next_one.key) == "published"


def test_a_correction_stands_under_its_original(store, server):
    fix = delivery("fix", due=NOON + MINUTE, texts=("It was 613.",), correction=True, corrects=KEY)
    store.sync([delivery(), fix], {}, EARLY)
    played(store)
    assert server.published[1].reply_to == server.published[0].id


def test_images_that_the_server_loses_are_an_alert(store, server):
    server.lose_media = True
    store.sync([delivery(images=CARD_AND_PHOTO)], FILES, EARLY)
    played(store)
    texts = " ".join(notice.text for notice in store.notices())
    assert "0 of its 2 images" in texts
    assert "not as it was approved: it has 0 images instead of 2" in texts


def test_after_a_lost_database_the_account_itself_says_what_is_out(tmp_path, server):
    rules = policy(channel(platform="mastodon", base_url=server.base_url))
    for folder, due in (("one", NOON), ("two", NOON + DAY)):
        with opened(tmp_path / folder, rules=rules) as store:
            new = delivery("new", due=due + MINUTE, texts=(f"New in {folder}.",))
            store.sync([delivery(texts=(TEXT,), due=due), new], {}, due - MINUTE)
            played(store, due, due + HOUR)
    assert [status.text for status in server.published] == [TEXT, "New in one.", "New in two."]


def test_a_maintenance_page_passes_without_a_person(store, server):
    store.sync([delivery(), delivery("next", due=NOON + HOUR)], {}, EARLY)
    played(store, EARLY, EARLY)
    server.fail_next("GET /api/v1/accounts/.*/statuses", fail_after(200, "<html>We are back soon"), times=2)
    played(store, NOON, NOON + 2 * HOUR)
    assert store.holds() == ()
    assert len(server.published) == 2


def test_no_secret_stands_in_the_database_the_notices_or_the_log(store, server, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    server.fail_next(CREATE, refuse(422, {"error": f"Validation failed: {CANARY} is too secret"}))
    server.fail_next(CREATE, refuse(401, {"error": f"The access token {CANARY} is invalid"}))
    server.fail_next(CREATE, lost_answer())
    store.sync([delivery(f"post-{n}", due=NOON + n * MINUTE) for n in range(4)], {}, EARLY)
    played(store, until=NOON + 30 * MINUTE)
    hold = store.holds()[0]
    store.lift(hold.id, "Aynur", NOON + MINUTE + timedelta(seconds=30))
    played(store, NOON + 2 * MINUTE, NOON + HOUR)
    assert server.published
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    said = caplog.text + "".join(notice.text for notice in store.notices(EARLY))
    assert CANARY.encode() not in kept
    assert CANARY not in said
    assert "too secret" in said
