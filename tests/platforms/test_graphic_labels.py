"""Pictures that their record marks as graphic go out labelled or covered, wherever a platform can."""

from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.model import LinkCard
from scheduler.platforms.base import Prepared, Refusal, Sent
from tests import fakes
from tests.platforms.messages import CARD, KEY, PHOTO, TEXT, image, message
from tests.platforms.stages import running

LABELLING = ["bluesky", "mastodon", "telegram", "threads", "x"]


def _bluesky(server):
    [(_, record)] = server.published
    return [one["val"] for one in record.get("labels", {}).get("values", ())] == ["graphic-media"]


LABELLED = {
    "bluesky": _bluesky,
    "mastodon": lambda server: server.published[0].sensitive,
    "telegram": lambda server: all(one.spoiler for one in server.published),
    "threads": lambda server: server.published[0].spoiler,
    "x": lambda server: any(one.warned_of for one in server.media.values()),
}


def picture(level, content=CARD):
    return replace(image(content, "alt"), graphic=level)


def out(on, own):
    made = on.platform.prepare(own, 0, KEY, None)
    assert isinstance(made, Prepared), made
    sent = on.platform.send(made)
    assert isinstance(sent, Sent), sent
    return sent.receipt


@pytest.fixture
def on(name, tmp_path):
    with running(name, tmp_path) as stage:
        yield stage


def test_the_platforms_that_label_say_so():
    assert sorted(name for name, kind in platforms.kinds().items() if kind.limits.labels_graphic) == LABELLING


@pytest.mark.parametrize("level", ["none", "mild", "graphic"])
@pytest.mark.parametrize("name", LABELLING)
def test_a_marked_picture_goes_out_labelled_and_no_other_does(on, name, level):
    own = message(TEXT, (picture(level),))
    receipt = out(on, own)
    assert LABELLED[name](on.server) == (level != "none")
    assert on.platform.read_back(own, 0, receipt) == ()


@pytest.mark.parametrize("name", LABELLING)
def test_one_marked_picture_of_several_is_enough(on, name):
    out(on, message(TEXT, (picture("none"), picture("graphic", PHOTO))))
    assert LABELLED[name](on.server)


@pytest.mark.parametrize("name", ["x"])
def test_x_is_told_what_each_picture_shows(on, name):
    # "Create media metadata" names no fields of sensitive_media_warning; X's own answers have these.
    out(on, message(TEXT, (picture("graphic"), picture("mild", PHOTO), picture("none"))))
    assert [one.warned_of for one in on.server.media.values()] == [{"graphic_violence"}, {"other"}, set()]
    assert [one.alt for one in on.server.media.values()] == ["alt", "alt", "alt"]


@pytest.mark.parametrize("name", ["x"])
def test_where_x_does_not_take_the_warning_nothing_goes_out_without_it(on, name):
    on.server.fail_next("POST /2/media/metadata", fakes.refuse(400, {"title": "Invalid Request"}))
    refused = on.platform.prepare(message(TEXT, (picture("graphic"),)), 0, KEY, None)
    assert (refused.kind, "post it by hand with X's own warning" in refused.message) == (Refusal.MEDIA, True)
    on.server.fail_next("POST /2/media/metadata", fakes.refuse(400, {"title": "Invalid Request"}))
    refused = on.platform.prepare(message(TEXT, (picture("none"),)), 0, KEY, None)
    assert "replace the image" in refused.message
    assert on.shown == []


@pytest.mark.parametrize("name", ["bluesky"])
def test_a_marked_picture_of_a_link_card_is_labelled_too(on, name):
    card = LinkCard("The ledger", "", picture("graphic"))
    out(on, message(TEXT, link="https://example.org", link_card=card))
    assert _bluesky(on.server)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bluesky", "its pictures are not labelled as graphic"),
        ("mastodon", "its pictures are not marked as sensitive"),
        ("threads", "its pictures are not covered"),
    ],
)
def test_a_label_that_is_not_there_is_told(on, name, words):
    receipt = out(on, message(TEXT, (picture("none"),)))
    assert on.platform.read_back(message(TEXT, (picture("graphic"),)), 0, receipt) == (words,)


@pytest.mark.parametrize("name", ["facebook", "instagram", "linkedin"])
def test_where_there_is_no_label_the_picture_goes_out_as_it_is(on, name):
    own = message(TEXT, (picture("graphic"),))
    assert on.platform.payload(own) == on.platform.payload(message(TEXT, (picture("none"),)))
