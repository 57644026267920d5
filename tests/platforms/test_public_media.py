"""Images for platforms that fetch them: there when asked for, with the right bytes, and gone afterwards."""

import os
import time

import pytest

from scheduler.platforms.base import Refusal, Refused
from scheduler.platforms.public_media import PublicMedia, Shelf
from tests.platforms.messages import CARD, FILES, PHOTO, image
from tests.platforms.served import served

PICTURE = b"\xff\xd8 not a real picture, but bytes are bytes"


@pytest.fixture
def shelf(tmp_path):
    with served(tmp_path / "public") as media:
        yield Shelf(media, "ig")


def test_an_image_can_be_fetched_at_its_address_and_is_gone_afterwards(shelf, tmp_path):
    address = shelf.put(PICTURE, "image/jpeg")
    assert shelf.fetched_back(address, PICTURE) is None
    [file] = (tmp_path / "public").iterdir()
    assert file.stat().st_mode & 0o777 == 0o644
    shelf.remove([address])
    assert list((tmp_path / "public").iterdir()) == []
    assert "answers 404" in shelf.fetched_back(address, PICTURE).message


def test_the_same_image_never_gets_the_same_name_twice(shelf):
    names = {shelf.put(PICTURE, "image/png").rpartition("/")[2] for _ in range(20)}
    assert len(names) == 20
    assert {len(name) for name in names} == {len(".png") + 32}  # 24 random bytes in base64


def test_a_picture_as_large_as_a_platform_takes_it_is_fetched_back_whole(shelf):
    # 8 MB is what Instagram and Threads take; any other answer is cut off at 5 MB.
    picture = PICTURE * (8_000_000 // len(PICTURE))
    assert len(picture) > 7_900_000
    assert shelf.fetched_back(shelf.put(picture, "image/jpeg"), picture) is None


def test_an_address_that_gives_more_than_was_put_there_is_another_picture(shelf, tmp_path):
    picture = PICTURE * 150_000
    address = shelf.put(picture, "image/jpeg")
    (tmp_path / "public" / address.rpartition("/")[2]).write_bytes(picture + b"..")
    assert shelf.fetched_back(address, picture).kind is Refusal.TRANSIENT


def test_whether_pictures_will_be_fetched_is_tried_with_one_that_does_not_stay(shelf, tmp_path):
    assert shelf.probed() is None
    assert list((tmp_path / "public").iterdir()) == []
    away = Shelf(PublicMedia(str(tmp_path / "public"), "http://127.0.0.1:9/public"), "ig")
    assert "cannot be fetched" in away.probed().message
    assert list((tmp_path / "public").iterdir()) == []


def test_an_address_that_serves_something_else_is_refused_in_words(shelf, tmp_path):
    address = shelf.put(PICTURE, "image/jpeg")
    (tmp_path / "public" / address.rpartition("/")[2]).write_bytes(b"a log-in page")
    refused = shelf.fetched_back(address, PICTURE)
    assert refused == Refused(
        Refusal.TRANSIENT,
        "public_media: its url does not give back the picture that was put there; look whether the folder is "
        "served at that address",
    )


def test_a_server_that_is_away_is_named_as_such(tmp_path):
    shelf = Shelf(PublicMedia(str(tmp_path), "http://127.0.0.1:9/public"), "ig")
    refused = shelf.fetched_back(shelf.put(PICTURE, "image/jpeg"), PICTURE)
    assert refused.kind is Refusal.TRANSIENT
    assert "cannot be fetched" in refused.message


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "public").write_text("a file stands in the way")
    refused = Shelf(PublicMedia(str(tmp_path / "public"), "https://cards.example"), "ig").put(
        PICTURE, "image/png"
    )
    assert refused.kind is Refusal.TRANSIENT
    assert "cannot be written" in refused.message


@pytest.mark.parametrize(
    "address", ["https://cards.example/../config.yaml", "https://cards.example/.env", ""]
)
def test_nothing_but_our_own_images_is_ever_removed(tmp_path, address):
    (tmp_path / "config.yaml").write_text("here")
    (tmp_path / ".env").write_text("here")
    Shelf(PublicMedia(str(tmp_path), "https://cards.example"), "ig").remove([address])
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", ".env"}


def test_several_images_are_all_there_or_none(shelf, tmp_path):
    pictures = [image(CARD, "one"), image(PHOTO, "two"), image(CARD, "the first again")]
    addresses = shelf.put_all(pictures, FILES.__getitem__)
    assert list(addresses) == [pictures[0].sha256, pictures[1].sha256]
    assert len(list((tmp_path / "public").iterdir())) == 2
    shelf.remove(addresses.values())
    refused = shelf.put_all(pictures, {pictures[0].sha256: CARD}.__getitem__)
    assert (refused.kind, refused.message) == (Refusal.MEDIA, "image 2: its bytes are not in the store")
    assert list((tmp_path / "public").iterdir()) == []


def test_what_a_crash_left_behind_is_gone_after_some_days(shelf, tmp_path):
    address = shelf.put(PICTURE, "image/jpeg")
    left = tmp_path / "public" / address.rpartition("/")[2]
    theirs = tmp_path / "public" / "index.html"
    theirs.write_text("somebody else's")
    for path in (left, theirs):
        os.utime(path, (time.time() - 4 * 24 * 3600,) * 2)
    shelf.put(PICTURE, "image/jpeg")
    assert not left.exists()
    assert theirs.exists()
