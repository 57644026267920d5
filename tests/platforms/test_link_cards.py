"""The card under a link: ours where a platform takes it from us, exactly as approved."""

from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.model import LinkCard
from scheduler.platforms import records
from scheduler.platforms.base import CannotTell, Found, Prepared, Refusal, Sent
from tests import fakes
from tests.platforms.messages import CARD, FILES, KEY, TEXT, image, message
from tests.platforms.stages import running

LINK = "https://example.org/ledger"
THUMB = image(CARD, "")
OURS = LinkCard("The ledger", "Every figure with its source.", THUMB)
NOBODY = frozenset()


@pytest.fixture
def on(request, tmp_path):
    with running(request.param, tmp_path) as stage:
        yield stage


bluesky = pytest.mark.parametrize("on", ["bluesky"], indirect=True)
linkedin = pytest.mark.parametrize("on", ["linkedin"], indirect=True)
both = pytest.mark.parametrize("on", ["bluesky", "linkedin"], indirect=True)


def carded(card=OURS, **more):
    return message(TEXT, link=LINK, link_card=card, **more)


def out(on, own):
    made = on.platform.prepare(own, 0, KEY, None)
    assert isinstance(made, Prepared), made
    sent = on.platform.send(Prepared.from_json(made.to_json()))
    assert isinstance(sent, Sent), sent
    return sent.receipt


def test_the_platforms_say_whose_card_stands_under_a_link():
    whose = {name: kind.limits.link_card for name, kind in platforms.kinds().items()}
    assert whose == {
        "bluesky": "given",
        "linkedin": "given",
        "facebook": "fetched",
        "mastodon": "fetched",
        "telegram": "fetched",
        "threads": "fetched",
        "x": "fetched",
        "instagram": "none",
    }


@bluesky
def test_a_link_card_goes_out_on_bluesky_as_its_lexicon_says(on):
    receipt = out(on, carded())
    [(_, record)] = on.server.published
    # app.bsky.embed.external: `external` with uri, title, description and, where there is one, thumb.
    embed = record["embed"]
    assert embed["$type"] == "app.bsky.embed.external"
    assert {name: embed["external"][name] for name in ("uri", "title", "description")} == {
        "uri": LINK,
        "title": "The ledger",
        "description": "Every figure with its source.",
    }
    assert on.server.blobs[embed["external"]["thumb"]["ref"]["$link"]] == CARD
    assert on.platform.read_back(carded(), 0, receipt) == ()


@linkedin
def test_a_link_card_goes_out_on_linkedin_as_an_article(on):
    receipt = out(on, carded())
    [post] = on.server.published
    assert post.article == {
        "source": LINK,
        "title": "The ledger",
        "description": "Every figure with its source.",
        "thumbnail": CARD,
    }
    assert post.images == ()
    assert on.platform.read_back(carded(), 0, receipt) == ()


@both
def test_a_card_without_picture_or_description_is_a_card(on):
    own = carded(LinkCard("The ledger"))
    receipt = out(on, own)
    assert on.platform.read_back(own, 0, receipt) == ()


@both
def test_another_card_than_the_approved_one_is_told(on):
    receipt = out(on, carded())
    other = carded(replace(OURS, title="Another"))
    assert on.platform.read_back(other, 0, receipt) == ("the card under its link is another one, or none",)
    assert on.platform.read_back(message(TEXT, link=LINK), 0, receipt) == (
        "the card under its link is another one, or none",
    )


@both
def test_further_parts_of_a_thread_have_no_card(on):
    own = replace(carded(), parts=(message("One.").parts[0], message("Two.").parts[0]))
    assert on.platform.payload(own, 1).keys() & {"embed", "content"} == set()
    assert on.platform.payload(own, 0).keys() & {"embed", "content"} != set()


@both
def test_after_a_lost_answer_a_post_with_its_card_is_found(on):
    on.platform.account()
    made = on.platform.prepare(carded(), 0, KEY, None)
    on.server.fail_next(on.stage.visible, fakes.lost_answer())
    on.platform.send(made)
    assert isinstance(on.platform.find(made, NOBODY), Found)


@bluesky
def test_a_post_with_another_card_in_its_place_is_for_a_person(on):
    out(on, carded())
    made = on.platform.prepare(carded(replace(OURS, title="Another")), 0, KEY, None)
    assert isinstance(on.platform.find(made, NOBODY), CannotTell)


@bluesky
def test_a_repetition_uploads_the_cards_picture_that_the_server_dropped(on):
    made = on.platform.prepare(carded(), 0, KEY, None)
    on.server.blobs.clear()
    later = on.again()
    assert isinstance(later.send(Prepared.from_json(made.to_json())), Sent)
    assert list(on.server.blobs) == [records.cid(THUMB.sha256)]


@both
def test_a_cards_picture_that_is_not_in_the_store_is_said_so(on, monkeypatch):
    monkeypatch.delitem(FILES, THUMB.sha256)
    refused = on.platform.prepare(carded(), 0, KEY, None)
    assert (refused.kind, "not in the store" in refused.message) == (Refusal.MEDIA, True)
    assert on.server.published == []


@pytest.mark.parametrize("on", ["facebook", "threads", "telegram", "mastodon", "x"], indirect=True)
def test_elsewhere_the_link_alone_is_sent_and_the_platform_makes_its_own_card(on):
    assert on.platform.payload(carded()) == on.platform.payload(message(TEXT, link=LINK))
    assert LINK in str(on.platform.payload(message(f"{TEXT} {LINK}", link=LINK)))
