from base64 import b64decode
from datetime import date
from io import BytesIO

import pytest
from PIL import Image as Picture

from scheduler import preview
from scheduler.errors import InputError, StoreError
from scheduler.prepare import Files
from tests.preview.made import NOW, delivery, jpeg, picture, preparation
from tests.preview.reading import read


def written(made, folder, **more):
    return preview.write(made, folder, now=NOW, standing={}, **more)


def with_pictures(*colours, width=1600, height=900):
    files = Files()
    images = tuple(
        picture(files, jpeg(width, height, colour), width=width, height=height) for colour in colours
    )
    return preparation([delivery(images=images)], files=files), images


def addresses(path):
    return [one.attributes["src"] for one in read(path.read_text(encoding="utf-8")).all("img")]


def test_the_page_and_its_pictures_are_written_side_by_side(tmp_path):
    made, (image,) = with_pictures("red")
    path = written(made, tmp_path / "preview")
    assert path == tmp_path / "preview" / "index.html"
    assert addresses(path) == [f"images/{image.sha256}.jpg"]
    assert (path.parent / addresses(path)[0]).read_bytes() == made.files[image.sha256]


def test_a_picture_that_is_there_already_is_not_written_again(tmp_path):
    made, _ = with_pictures("red")
    path = written(made, tmp_path)
    place = path.parent / addresses(path)[0]
    before = place.stat()
    written(made, tmp_path)
    assert (place.stat().st_mtime_ns, place.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_picture_that_no_post_shows_any_more_is_removed_and_other_files_stay(tmp_path):
    made, (image,) = with_pictures("red")
    written(made, tmp_path)
    own = tmp_path / "images" / "mine.jpg"
    own.write_bytes(b"mine")
    written(with_pictures("blue")[0], tmp_path)
    assert not (tmp_path / "images" / f"{image.sha256}.jpg").exists()
    assert own.read_bytes() == b"mine"


def test_a_single_file_holds_its_pictures_small_enough_to_mail(tmp_path):
    made, _ = with_pictures("red", width=1080, height=1350)
    path = written(made, tmp_path, single_file=True)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    (address,) = addresses(path)
    kind, _, data = address.partition(";base64,")
    assert kind == "data:image/jpeg"
    with Picture.open(BytesIO(b64decode(data))) as small:
        assert small.size == (720, 900)  # 1080 x 1350 at two thirds
    assert "img-src data:;" in path.read_text(encoding="utf-8")


def test_a_small_picture_stays_as_it_is_in_a_single_file(tmp_path):
    made, (image,) = with_pictures("red", width=600, height=600)
    (address,) = addresses(written(made, tmp_path, single_file=True))
    assert b64decode(address.partition(";base64,")[2]) == made.files[image.sha256]


@pytest.mark.parametrize("single_file", [True, False])
def test_the_page_goes_where_it_is_asked_to_go(tmp_path, single_file):
    made, _ = with_pictures("red")
    out = tmp_path / "mail" / "week.html"
    assert written(made, tmp_path / "unused", single_file=single_file, out=out) == out
    assert out.exists()
    assert not (tmp_path / "unused").exists()


def test_a_folder_to_write_to_gets_the_page_under_its_own_name(tmp_path):
    made, _ = with_pictures("red")
    assert written(made, tmp_path, single_file=True, out=tmp_path) == tmp_path / "preview.html"


def test_pictures_beside_a_page_of_anothers_folder_are_not_tidied(tmp_path):
    foreign = tmp_path / "images" / f"{'a' * 64}.jpg"
    foreign.parent.mkdir()
    foreign.write_bytes(b"theirs")
    written(with_pictures("red")[0], tmp_path / "own", out=tmp_path / "page.html")
    assert foreign.read_bytes() == b"theirs"


def test_a_language_no_channel_speaks_is_refused_with_those_they_speak(tmp_path):
    with pytest.raises(InputError, match="no channel speaks 'de'; the channels speak az, en"):
        written(preparation(), tmp_path, language="de")
    assert list(tmp_path.iterdir()) == []


def test_a_week_without_posts_makes_a_page_that_says_so(tmp_path):
    path = written(preparation(), tmp_path, week=date(2027, 6, 1))
    assert "Nothing is planned here." in path.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_says_where_and_what_to_do(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be written to .*index.html .*--out"):
        written(preparation(), tmp_path / "file")


def test_nothing_half_written_stays_behind(tmp_path):
    made, _ = with_pictures("red")
    written(made, tmp_path)
    assert not list(tmp_path.rglob("*.part"))


def test_the_same_campaign_makes_the_same_page(tmp_path):
    made, _ = with_pictures("red")
    assert written(made, tmp_path / "a").read_bytes() == written(made, tmp_path / "b").read_bytes()
