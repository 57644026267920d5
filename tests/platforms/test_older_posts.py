"""An older post with the same words is never taken for the one that got lost: these words come every year."""

from dataclasses import replace

import pytest

from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Sent, Unknown
from tests import fakes
from tests.platforms.messages import CARD, image, message
from tests.platforms.stages import running

NOBODY = frozenset()
WORDS = "613 people were killed."


@pytest.fixture
def on(request, tmp_path):
    with running(request.param, tmp_path) as stage:
        stage.platform.account()
        yield stage


def ready(on, text=WORDS, reply_to=None):
    pictures = (image(CARD, "a card"),) if on.stage.needs_picture else ()
    made = on.platform.prepare(message(text, pictures), 0, f"2027/{text}/news-en", reply_to)
    assert isinstance(made, Prepared), made
    return made


def publish(on, text):
    sent = on.platform.send(ready(on, text))
    assert isinstance(sent, Sent), sent
    return sent.receipt


def lost(on, made, fault):
    on.server.fail_next(on.stage.visible, fault)
    assert isinstance(on.platform.send(made), Unknown)
    return on.platform.find(made, NOBODY)


@pytest.mark.parametrize("on", ["linkedin"], indirect=True)
def test_where_the_page_could_not_be_listed_before_nothing_is_called_found(on):
    publish(on, WORDS)
    on.server.fail_next("GET /rest/posts", fakes.refuse(503, None))
    assert isinstance(lost(on, ready(on), fakes.dropped()), CannotTell)


@pytest.mark.parametrize("on", ["linkedin", "instagram", "threads"], indirect=True)
def test_where_the_newest_post_from_before_was_deleted_nothing_is_called_found(on):
    publish(on, WORDS)
    newest = publish(on, "Something else.")
    made = ready(on)
    on.server.published[:] = [post for post in on.server.published if newest.remote_id != name_of(post)]
    assert isinstance(lost(on, made, fakes.dropped()), CannotTell)


def name_of(post):
    return getattr(post, "urn", None) or post.id


@pytest.mark.parametrize("on", ["instagram", "threads"], indirect=True)
def test_a_new_post_with_these_words_by_another_hand_is_not_ours(on):
    publish(on, "Something else.")
    made = ready(on)
    theirs = publish(on, WORDS)
    found = lost(on, made, fakes.dropped())
    assert isinstance(found, CannotTell), found
    assert theirs.url in found.reason


@pytest.mark.parametrize("on", ["threads"], indirect=True)
def test_a_further_part_of_a_thread_is_looked_for_among_the_replies_made_since(on):
    first = publish(on, "The first part.")
    on.platform.send(ready(on, WORDS, first))
    made = ready(on, WORDS, first)
    assert not isinstance(lost(on, made, fakes.dropped()), Found)
    on.server.fail_next(on.stage.visible, fakes.lost_answer())
    on.platform.send(made)
    found = on.platform.find(made, NOBODY)
    assert isinstance(found, Found)
    assert found.receipt.remote_id == on.server.published[-1].id


@pytest.mark.parametrize("on", ["facebook"], indirect=True)
def test_of_a_page_whose_listing_lost_one_the_older_post_that_moves_up_is_not_found(on):
    publish(on, WORDS)
    for number in range(25):  # as many as a listing holds
        publish(on, f"Something else, {number}.")
    made = ready(on)
    assert len(made.baseline.split(",")) == 25
    del on.server.published[-1]
    assert lost(on, made, fakes.dropped()) == Absent()
    on.server.published[1:] = []
    assert isinstance(on.platform.find(made, NOBODY), CannotTell)


@pytest.mark.parametrize("on", ["facebook"], indirect=True)
def test_a_post_of_last_year_at_the_top_of_a_page_is_not_the_lost_one(on):
    publish(on, "Something else.")
    made = ready(on)
    publish(on, WORDS)
    on.server.published[-1] = replace(on.server.published[-1], created="2026-02-26T06:00:00+0000")
    assert lost(on, made, fakes.dropped()) == Absent()
    undated = replace(made, request={name: made.request[name] for name in ("path", "fields")})
    assert isinstance(on.platform.find(undated, NOBODY), CannotTell)
