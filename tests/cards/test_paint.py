"""Pixels: contrast on any ground, the not-cleared mark, backgrounds and their crops, the same bytes again."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from scheduler import cards
from scheduler.cards import backdrop, scrim
from scheduler.cards.shape import Family, Style
from scheduler.cards.sheet import Piece
from scheduler.errors import CardError
from scheduler.model import Card, Look, Media
from tests.cards.drawing import ROOT, SIZES, laid, pixels
from tests.cards.records import LEDGER, TALL, WIDE, WISHES, ask
from tests.thorough import examples

SHIPPED = ("ridges.jpg", "dawn.jpg", "light.jpg", "snow.jpg")


@pytest.fixture(scope="module")
def specks(tmp_path_factory):
    """The worst backgrounds: white with black specks, black with white ones, blue that counts as dark."""
    folder = tmp_path_factory.mktemp("specks")
    (folder / "assets/images").mkdir(parents=True)
    noise = Image.frombytes("L", (400, 400), Random(1).randbytes(160_000))
    for name, ground in (("white", 255), ("black", 0)):
        picture = noise.point([ground if level > 20 else 255 - ground for level in range(256)])
        picture.resize((1600, 1600)).convert("RGB").save(folder / f"assets/images/{name}.jpg", quality=80)
    Image.new("RGB", (1600, 1600), (0, 0, 255)).save(folder / "assets/images/blue.jpg", quality=90)
    return folder


def luminance(pixel):
    # WCAG 2.2, relative luminance of sRGB
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in pixel)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def lights(image):
    """Luminance of every pixel of a picture, in order, from its counted colours."""
    counted = sorted((luminance(colour), count) for count, colour in image.getcolors(1_000_000))
    return [light for light, count in counted for _ in range(count)]


def measured(image, piece, light_letters):
    """Contrast of a drawn line: its extreme pixels against the nearest 2 % of the strip right above it."""
    left, top, right, bottom = scrim.box(piece, image.size)
    ground = lights(image.crop((left, top - 4, right, top)))
    # All inks are nearly grey, so that one channel speaks for three.
    dark, bright = image.crop((left, top, right, bottom)).getchannel("G").getextrema()
    nearest = len(ground) * 2 // 100
    if light_letters:
        return (luminance((bright,) * 3) + 0.05) / (ground[-1 - nearest] + 0.05)
    return (ground[nearest] + 0.05) / (luminance((dark,) * 3) + 0.05)


PAPER = Look({"ink": "1E1C1A", "soft": "4A4642", "accent": "9A6B3A", "ground": "F1ECE2"})


@SIZES
@pytest.mark.parametrize(
    ("look", "ground", "name"),
    [
        (Look(), "white", "witness"),
        (Look(), "white", "figures"),
        (PAPER, "black", "figures"),
        (PAPER, "blue", "witness"),
    ],
    ids=["white", "white, many lines", "black", "blue"],
)
def test_letters_can_be_read_even_on_the_worst_ground(specks, look, ground, name, size):
    request = ask(replace(WISHES[name], background=f"{ground}.jpg"), look=look)
    image = pixels(cards.draw(request, size, specks))
    for piece in laid(request, size).pieces:
        # A tenth of leeway for what JPEG does to single pixels.
        assert measured(image, piece, look == Look()) >= {"ink": 7.0, "soft": 4.5}[piece.role] * 0.9, (
            piece.text
        )


@SIZES
def test_a_light_palette_gives_a_light_card(size):
    image = pixels(cards.draw(ask(WISHES["quote"], look=PAPER), size, ROOT))
    assert min(image.getpixel((5, size[1] // 2))) > 200


def test_contrast_is_computed_as_wcag_does():
    assert scrim.contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    # #767676 on white is the best known 4.5:1 pair (4.54).
    assert scrim.contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


def test_the_lightest_two_percent_is_what_counts():
    image = Image.new("L", (100, 100), 10)
    image.paste(200, (0, 0, 100, 3))  # 3 % of the pixels
    assert scrim.extreme(image, (0, 0, 100, 100)) == 200
    image.paste(10, (0, 1, 100, 3))  # 1 % is left
    assert scrim.extreme(image, (0, 0, 100, 100)) == 10
    assert scrim.extreme(image, (0, 0, 100, 100), lightest=False) == 10


@pytest.mark.parametrize("name", ["white", "black"])
@given(
    corner=st.tuples(st.integers(0, 380), st.integers(0, 470)),
    size=st.tuples(st.integers(1, 200), st.integers(1, 90)),
    ink=st.integers(0, 255),
    lit=st.booleans(),
    depth=st.sampled_from([0.0, 0.3, 0.8]),
)
@settings(max_examples=examples(100), deadline=None)
def test_whole_tiles_let_pass_what_the_pixels_let_pass(specks, name, corner, size, ink, lit, depth):
    source = (f"{name}.jpg", "", str(specks), (400, 500), (20, 22, 26), (0.5, 0.5))
    depths, ink = (depth,) * backdrop.KNOTS, (ink,) * 3
    box = (*corner, min(400, corner[0] + size[0]), min(500, corner[1] + size[1]))
    piece = Piece("night", "en", Style(Family.SERIF), 40.0, 0.0, 0.0, "soft")
    drawn = backdrop.bound(backdrop.of(source, depths).planes, lit)
    level = scrim.extreme(drawn, box, lit)
    expected = scrim.contrast(ink, (level,) * 3) >= 4.5
    assert scrim._Line(piece, box, ink, lit).stands_out(source, depths) == expected


def test_letters_like_their_ground_are_refused():
    look = Look({"ink": "202225", "soft": "202225", "ground": "14161A"})
    with pytest.raises(CardError, match=r"too alike to be read.*cards\.palette"):
        cards.draw(ask(WISHES["quote"], look=look), TALL, ROOT)


def test_a_colour_that_is_none_is_named():
    with pytest.raises(CardError, match="“warm white” is not a colour"):
        cards.draw(ask(WISHES["quote"], look=Look({"ink": "warm white"})), TALL, ROOT)


@SIZES
def test_the_same_request_gives_the_same_bytes(size):
    request = ask(replace(WISHES["witness"], background="ridges.jpg"), root=ROOT)
    first = cards.draw(request, size, ROOT).data
    backdrop.forget()
    assert cards.draw(request, size, ROOT).data == first


@SIZES
def test_an_uncleared_card_bears_a_band_and_a_frame(size):
    marked, clear = (
        pixels(cards.draw(ask(WISHES["quote"], cleared=cleared), size, ROOT)) for cleared in (False, True)
    )
    for x, y in ((3, size[1] // 2), (size[0] - 4, size[1] // 2), (size[0] // 2, size[1] - 4), (30, 30)):
        red, green, blue = marked.getpixel((x, y))
        assert red > 200
        assert blue < 100 < green
        assert max(clear.getpixel((x, y))) < 120


@SIZES
def test_an_uncleared_card_is_marked_all_across_and_still_legible(size):
    request = ask(WISHES["all figures"], cleared=False)
    marked = pixels(cards.draw(request, size, ROOT))
    # Amber is the only colour here whose red is far above its blue.
    red, _, blue = marked.split()
    difference = ImageChops.subtract(red, blue).point(lambda v: 255 if v > 25 else 0)
    inner = (round(size[0] * 0.15), round(size[1] * 0.15), round(size[0] * 0.85), round(size[1] * 0.85))
    left, top, right, bottom = difference.crop(inner).getbbox()
    assert right - left > 0.6 * size[0]
    assert bottom - top > 0.6 * size[1]
    for piece in laid(request, size).pieces:
        assert measured(marked, piece, True) >= 4.5, piece.text


@SIZES
def test_the_band_covers_none_of_the_words(size):
    for card in WISHES.values():
        sheet = laid(ask(card), size)
        assert min(scrim.box(piece, size)[1] for piece in sheet.pieces) >= 64 * size[0] / 1080


@pytest.mark.parametrize("background", SHIPPED)
def test_the_shipped_backgrounds_are_light_enough_to_send_and_drawable(background):
    path = ROOT / "assets/images" / background
    assert path.stat().st_size <= 400_000
    with Image.open(path) as image:
        assert image.size == (2000, 2000)
    assert cards.draw(ask(replace(WISHES["plain"], background=background)), TALL, ROOT).data


def test_a_dark_background_keeps_its_light():
    """The lamp in light.jpg is still the brightest thing on a card without letters over it."""
    card = Card("plain", title={"en": "25 February"}, background="light.jpg")
    image = pixels(cards.draw(ask(card), TALL, ROOT))
    lamp = max(sum(pixel) for pixel in image.crop((700, 780, 820, 900)).get_flattened_data())
    assert lamp > 3 * 150


@pytest.mark.parametrize("background", ["nowhere.jpg", "../../etc/passwd", "/etc/passwd"])
def test_a_background_outside_or_missing_is_refused(background):
    with pytest.raises(CardError, match=r"no picture|outside"):
        cards.draw(ask(replace(WISHES["plain"], background=background)), TALL, ROOT)


def test_a_changed_background_is_seen_without_a_restart(tmp_path):
    folder = tmp_path / "assets/images"
    folder.mkdir(parents=True)
    seen = set()
    for level in (10, 60):
        Image.new("RGB", (1200, 1500), (level,) * 3).save(folder / "sky.jpg")
        seen.add(
            cards.draw(
                ask(replace(WISHES["plain"], background="sky.jpg"), root=tmp_path), TALL, tmp_path
            ).data
        )
    assert len(seen) == 2


def lamp(folder, x, y):
    """A dark square of 1000 pixels with a white spot of 100 whose middle is at `x`, `y`."""
    (folder / "assets/images").mkdir(parents=True)
    picture = Image.new("RGB", (1000, 1000), (10, 10, 12))
    picture.paste((255, 255, 255), (x - 50, y - 50, x + 50, y + 50))
    picture.save(folder / "assets/images/lamp.jpg", quality=90)


def spot(image):
    left, top, right, bottom = image.convert("L").point(lambda v: 255 if v > 90 else 0).getbbox()
    return (left + right) / 2 / image.width, (top + bottom) / 2 / image.height


@pytest.mark.parametrize(
    ("file", "focal", "size", "expected"),
    [
        # 2:1 keeps all the width and half the height: from 0 to 0.5 around a point at 0.15 (0.15 / 0.5) …
        ("lamp.jpg", (0.5, 0.15), (1200, 600), (0.5, 0.30)),
        # … and from 0.05 to 0.55 around a point at 0.3: (0.15 - 0.05) / 0.5.
        ("assets/images/lamp.jpg", (0.5, 0.30), (1200, 600), (0.5, 0.20)),
        # 1:2 keeps all the height and half the width: from 0.25 to 0.75.
        ("lamp.jpg", (0.5, 0.15), (600, 1200), (0.5, 0.15)),
    ],
)
def test_a_crop_keeps_the_point_its_media_record_names(tmp_path, file, focal, size, expected):
    lamp(tmp_path, 500, 150)
    ledger = replace(LEDGER, media={"lamp": Media(id="lamp", file=file, focal=focal)})
    request = ask(replace(WISHES["plain"], background="lamp.jpg"), ledger=ledger)
    cover = backdrop.cover("lamp.jpg", str(tmp_path), str(tmp_path), size, (0, 0, 0), request.focal)
    assert spot(cover) == pytest.approx(expected, abs=0.01)


def test_another_focal_point_is_another_card():
    background = replace(WISHES["plain"], background="ridges.jpg")
    records = {
        focal: {"r": Media(id="r", file="ridges.jpg", focal=focal)} for focal in ((0.5, 0.5), (0.5, 0.2))
    }
    requests = [ask(background, ledger=replace(LEDGER, media=media)) for media in records.values()]
    assert len({cards.identity(request, WIDE) for request in requests}) == 2
    assert len({cards.draw(request, WIDE, ROOT).data for request in requests}) == 2
