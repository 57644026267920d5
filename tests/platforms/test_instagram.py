"""Instagram against a server on loopback that fetches pictures itself, and breaks on request."""

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import PIL.Image
import pytest

from scheduler.cards import photos
from scheduler.model import Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Absent,
    Allowance,
    CannotTell,
    Found,
    Measures,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Tidies,
    Unknown,
)
from scheduler.platforms.instagram import LIMITS
from scheduler.platforms.public_media import PublicMedia
from scheduler.platforms.tokens import Tokens
from tests import fakes
from tests.fakes.instagram_server import InstagramServer
from tests.platforms.messages import CARD, FILES, KEY, TEXT, channel, image, message
from tests.platforms.served import served

TOKEN = "canary-instagram-token"
PUBLISH = "POST /v26.0/178414/media_publish"
NOBODY = frozenset()
CARDS = (image(CARD, "613 people"),)
SECOND = b"\xff\xd8\xff\xe1" + b"second" * 40


@pytest.fixture
def server():
    with InstagramServer(TOKEN) as running:
        yield running


@pytest.fixture
def media(tmp_path):
    with served(tmp_path / "public") as found:
        yield found


def connected(server, media, clock=None, secrets=None, **options):
    chosen = {"user": "178414", "public_media": media, **options}
    asked = replace(channel("instagram", server.base_url), options=chosen)
    made = connect(asked, secrets or {"ACCESS_TOKEN": TOKEN}, FILES.__getitem__, clock=clock)
    made._wait = lambda seconds: None
    return made


@pytest.fixture
def instagram(server, media):
    return connected(server, media)


def prepared(instagram, text=TEXT, images=CARDS, reply_to=None, **more):
    made = instagram.prepare(message(text, images, **more), 0, KEY, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())  # what the store keeps is what is sent


def shown_to_the_world(tmp_path):
    return [path.name for path in (tmp_path / "public").iterdir()]


def test_a_picture_is_made_ready_unseen_and_goes_out_in_one_call(server, instagram):
    ready = prepared(instagram)
    assert server.published == []
    sent = instagram.send(ready)
    [post] = server.published
    assert (post.caption, post.photos) == (TEXT, ((CARD, "613 people"),))
    assert sent == Sent(Receipt(post.id, f"https://www.instagram.com/p/{post.id}/"))
    assert server.count(PUBLISH) == 1


def test_several_pictures_become_a_carousel_in_order(server, media, monkeypatch):
    picture = replace(image(CARD, "two"), sha256="second")
    monkeypatch.setitem(FILES, "second", SECOND)
    instagram = connected(server, media)
    pictures = (image(CARD, "one"), picture)
    sent = instagram.send(prepared(instagram, TEXT, pictures))
    assert server.published[0].photos == ((CARD, "one"), (SECOND, "two"))
    assert instagram.read_back(message(TEXT, pictures), 0, sent.receipt) == ()
    assert instagram.read_back(message(TEXT, pictures[:1]), 0, sent.receipt) == (
        "it has 2 images instead of 1",
    )


def test_pictures_stand_in_public_only_until_the_post_has_come_to_its_end(server, instagram, tmp_path):
    assert isinstance(instagram, Tidies)
    ready = prepared(instagram)
    assert len(shown_to_the_world(tmp_path)) == 1
    instagram.send(ready)
    instagram.tidy(ready)
    assert shown_to_the_world(tmp_path) == []
    instagram.tidy(ready)


def test_where_preparing_fails_no_picture_is_left_in_public(server, instagram, tmp_path):
    server.fail_next("POST .*/media", fakes.refuse(400, {"error": {"code": 36001, "message": "format"}}))
    refused = instagram.prepare(message(TEXT, CARDS), 0, KEY, None)
    assert refused.kind is Refusal.MEDIA
    assert shown_to_the_world(tmp_path) == []


def test_a_picture_that_the_world_cannot_fetch_stops_before_meta_is_asked(server, media):
    instagram = connected(server, replace(media, url="http://127.0.0.1:9/public"))
    refused = instagram.prepare(message(TEXT, CARDS), 0, KEY, None)
    assert refused.kind is Refusal.TRANSIENT
    assert "image 1: public_media" in refused.message
    assert server.count("POST .*") == 0


def test_a_post_without_a_picture_is_refused_before_any_call(server, instagram):
    assert LIMITS.min_images == 1
    assert instagram.prepare(message(TEXT), 0, KEY, None).kind is Refusal.MEDIA
    assert server.requests == []


def test_a_container_is_waited_for(server, media):
    waits = []
    server.processing = 3
    instagram = connected(server, media)
    instagram._wait = waits.append
    assert isinstance(instagram.send(prepared(instagram)), Sent)
    assert waits == [1, 2, 3]


def test_a_container_that_never_gets_ready_is_tried_again_later(server, instagram):
    server.processing = 99
    refused = instagram.prepare(message(TEXT, CARDS), 0, KEY, None)
    assert refused.kind is Refusal.TRANSIENT
    assert "still making it ready" in refused.message


def test_what_is_shown_in_the_preview_is_what_is_made_ready(server, media):
    asked = replace(channel("instagram"), options={"user": "178414"})
    offline = connect(asked, {}, FILES.__getitem__)
    picture = CARDS[0]
    assert offline.payload(message(TEXT, CARDS)) == {
        "containers": [{"image_url": picture.sha256, "alt_text": "613 people", "caption": TEXT}]
    }
    ready = prepared(connected(server, media))
    [made] = server.containers.values()
    asked_of_meta = {name: value for name, value in made.fields.items() if name != "access_token"}
    own = {"image_url": ready.uploads[picture.sha256], "alt_text": "613 people", "caption": TEXT}
    assert asked_of_meta == own


def test_containers_are_made_anew_before_they_die(server, media):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    ready = prepared(connected(server, media, clock=lambda: noon))
    assert ready.expires_at == noon + timedelta(hours=23)


def test_after_a_lost_answer_the_container_says_that_it_is_out(server, instagram):
    ready = prepared(instagram)
    server.fail_next(PUBLISH, fakes.lost_answer())
    assert isinstance(instagram.send(ready), Unknown)
    assert instagram.recovery is Recovery.PROBE
    found = instagram.find(ready, NOBODY)
    assert found == Found(Receipt(server.posts[0].id, f"https://www.instagram.com/p/{server.posts[0].id}/"))


def test_a_listing_that_lags_does_not_hide_a_published_container(server, instagram):
    ready = prepared(instagram)
    server.fail_next(PUBLISH, fakes.lost_answer())
    instagram.send(ready)
    server.lag = 1
    assert isinstance(instagram.find(ready, NOBODY), Found)


def test_a_container_that_was_not_published_proves_that_nothing_is_out(server, instagram):
    instagram.send(prepared(instagram))
    ready = prepared(instagram)
    server.fail_next(PUBLISH, fakes.dropped())
    assert isinstance(instagram.send(ready), Unknown)
    assert instagram.find(ready, NOBODY) == Absent()
    next(
        one for one in server.containers.values() if one.id == ready.request["creation_id"]
    ).state = "IN_PROGRESS"
    assert isinstance(instagram.find(ready, NOBODY), CannotTell)


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "words"),
    [
        (9, 2207042, Refusal.QUOTA, "the day's posts are used up"),
        (4, 2207051, Refusal.BLOCKED, "blocked posting"),
        (25, 2207050, Refusal.BLOCKED, "restricted"),
        (36003, None, Refusal.MEDIA, "4:5"),
        (36004, 2207010, Refusal.CONTENT, "too long"),
        (100, 2207040, Refusal.CONTENT, "too many @"),
        (9004, 2207052, Refusal.MEDIA, "cannot fetch"),
        (9007, 2207027, Refusal.TRANSIENT, "not ready"),
        (24, 2207006, Refusal.TRANSIENT, "made anew"),
        (190, None, Refusal.AUTH, "make a new one"),
        (10, None, Refusal.PERMISSION, "not Live"),
        (80002, None, Refusal.RATE, "when Meta allows"),
    ],
)
def test_each_refusal_says_what_to_do(server, instagram, code, subcode, kind, words):
    ready = prepared(instagram)
    body = {"error": {"message": "their reason", "code": code, "error_subcode": subcode}}
    server.fail_next(PUBLISH, fakes.refuse(400, body))
    refused = instagram.send(ready)
    assert isinstance(refused, Refused)
    assert (refused.kind, words in refused.message) == (kind, True)
    assert server.published == []


def test_a_used_up_day_comes_back_a_day_later(server, media):
    noon = datetime(2027, 2, 26, 12, tzinfo=UTC)
    instagram = connected(server, media, clock=lambda: noon)
    ready = prepared(instagram)
    server.used = 50
    assert instagram.send(ready).retry_at == noon + timedelta(days=1)


def test_account_has_its_days_posts_and_a_token_renewed_for_sixty_days(server, media, tmp_path):
    noon = datetime(2027, 1, 10, 12, tzinfo=UTC)
    tokens = Tokens("news-en", {"ACCESS_TOKEN": TOKEN}, tmp_path)
    instagram = connected(server, media, clock=lambda: noon, secrets=tokens)
    account = instagram.account()
    assert (account.id, account.handle) == ("178414", "@memory")
    assert account.allowance == Allowance(3, 50, timedelta(days=1))
    assert account.expires_at == noon + timedelta(days=60)
    assert Tokens("news-en", {"ACCESS_TOKEN": TOKEN}, tmp_path)["ACCESS_TOKEN"] == "canary-renewed-token"
    assert isinstance(instagram.send(prepared(instagram)), Sent)
    instagram.account()
    assert server.count("GET /refresh_access_token") == 1


def test_a_token_too_young_to_be_renewed_is_used_as_it_is(server, media):
    server.young = True
    account = connected(server, media).account()
    assert (account.handle, account.expires_at) == ("@memory", None)


def test_a_token_that_is_over_says_so(server, media):
    refused = connected(server, media, secrets={"ACCESS_TOKEN": "old"}).account()
    assert refused.kind is Refusal.AUTH


def test_a_page_token_of_facebooks_log_in_is_not_renewed(server, media):
    instagram = connected(server, media, login="facebook")
    assert instagram.account().expires_at is None
    assert server.count("GET /refresh_access_token") == 0


def test_a_correction_is_a_comment_under_the_post(server, instagram):
    first = instagram.send(prepared(instagram))
    instagram.send(prepared(instagram, "Correction: 613.", reply_to=first.receipt))
    assert [(one.on, one.message) for one in server.comments] == [
        (first.receipt.remote_id, "Correction: 613.")
    ]


def test_numbers_can_be_asked_for(instagram):
    assert isinstance(instagram, Measures)
    sent = instagram.send(prepared(instagram))
    assert instagram.metrics(sent.receipt) == {"likes": 7, "replies": 2}


def test_a_post_that_the_token_may_not_delete_is_deleted_in_the_app(server, instagram):
    sent = instagram.send(prepared(instagram))
    unsupported = {"code": 100, "error_subcode": 33, "message": "Unsupported delete request"}
    for times in range(2):
        refused = instagram.delete(sent.receipt)
        assert refused.kind is Refusal.PERMISSION
        assert "delete it in the app" in refused.message
        # Meta says of what cannot be done that it does not exist: it is not taken at its word.
        server.fail_next("DELETE .*", fakes.refuse(400, {"error": unsupported}), times=1 - times)
    assert len(server.posts) == 1


def test_with_the_permission_for_it_a_post_is_deleted_and_deleting_it_again_is_fine(server, instagram):
    server.scopes += ("instagram_manage_contents",)
    sent = instagram.send(prepared(instagram))
    assert [instagram.delete(sent.receipt) for _ in range(2)] == [None, None]
    assert server.posts == []


def test_a_correction_that_is_taken_down_is_gone_and_its_post_stays(server, instagram):
    first = instagram.send(prepared(instagram))
    ready = instagram.prepare(message("Correction."), 0, f"{KEY}-c", first.receipt)
    assert instagram.delete(instagram.send(ready).receipt) is None
    assert (server.answers, len(server.posts)) == ([], 1)


def test_a_correction_of_a_post_deleted_by_hand_is_its_own_trouble_and_not_the_channels(server, instagram):
    first = instagram.send(prepared(instagram))
    ready = instagram.prepare(message("Correction."), 0, f"{KEY}-c", first.receipt)
    server.published[0] = replace(server.published[0], deleted=True)
    refused = instagram.send(ready)
    assert refused.kind is Refusal.CONTENT
    assert "has been deleted" in refused.message


def test_what_is_out_already_is_known(server, instagram):
    sent = instagram.send(prepared(instagram))
    since = datetime.now(UTC) - timedelta(days=1)
    assert instagram.already_out([message()], since) == {KEY: sent.receipt.url}
    assert instagram.already_out([message("Other.")], since) == {}


@pytest.mark.parametrize("lacking", ["user", "public_media"])
def test_what_is_missing_in_config_is_named(server, media, lacking):
    instagram = connected(server, media, **{lacking: None})
    assert f"no {lacking}" in instagram.account().message
    assert server.requests == []


def test_no_token_shows_anywhere_not_even_a_renewed_one(server, instagram, caplog):
    caplog.set_level(logging.DEBUG)
    shown = [repr(instagram), repr(instagram.account())]
    ready = prepared(instagram)
    shown += [repr(ready), str(ready.to_json())]
    body = {"error": {"message": f"bad token {server.token}", "code": 190}}
    server.fail_next(PUBLISH, fakes.refuse(400, body))
    shown.append(repr(instagram.send(ready)))
    logged = [record.getMessage() for record in caplog.records]
    assert not [words for words in (*shown, *logged) if "canary" in words]


def test_a_png_is_made_a_jpeg_before_it_reaches_instagram_which_takes_no_other(server, media, monkeypatch):
    drawn = io.BytesIO()
    PIL.Image.new("RGB", (640, 640), "navy").save(drawn, "PNG")
    fitted = photos.fit(drawn.getvalue(), LIMITS).data
    for content, taken in ((drawn.getvalue(), False), (fitted, True)):
        picture = image(content, "a card")
        monkeypatch.setitem(FILES, picture.sha256, content)
        made = connected(server, media).prepare(message(TEXT, (picture,)), 0, KEY, None)
        assert isinstance(made, Prepared) is taken, made
    connected(server, media).send(made)
    assert server.posts[0].photos[0][0].startswith(b"\xff\xd8\xff")


def test_a_public_address_that_nobody_can_reach_is_known_before_the_day(server, media):
    server.young = True  # so that its token stays the same
    unreachable = PublicMedia(media.folder, "http://127.0.0.1:9/public")
    [trouble] = connected(server, unreachable).account().troubles
    assert trouble.startswith("No picture can go out: public_media: its url cannot be fetched")
    assert connected(server, media).account().troubles == ()


def test_a_post_made_by_hand_is_not_called_gone_for_having_no_number(server, instagram):
    # What `settle --published LINK` knows of it is the end of its link.
    refused = instagram.delete(Receipt("DXyz_1", "https://example.org/DXyz_1"))
    assert refused.kind is Refusal.PERMISSION
    assert "delete it in the app" in refused.message
    assert server.count("DELETE .*") == 0
