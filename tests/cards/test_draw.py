"""Drawn cards: their pixels, bytes and limits."""

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import paint, templates
from scheduler.cards.sheet import Sheet
from scheduler.errors import CardError
from scheduler.model import Card, Look
from tests.cards.records import TALL, WIDE, WISHES, ask

ROOT = Path(__file__).parents[2]
SHIPPED = ("ridges.jpg", "dawn.jpg", "light.jpg", "snow.jpg")
SIZES = pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
EVERY = pytest.mark.parametrize("name", WISHES)


def pixels(drawn):
    return Image.open(io.BytesIO(drawn.data)).convert("RGB")


def laid(request, size):
    sheet = Sheet(request, size)
    templates.of(request.template).lay(request, sheet)
    return sheet


@EVERY
@SIZES
def test_every_card_is_a_small_jpeg_of_its_size_without_metadata(name, size):
    drawn = cards.draw(ask(WISHES[name]), size, ROOT)
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", size, "RGB")
        assert {marker for marker, _ in image.applist} == {"APP0"}
        assert {sampling for *_, sampling in [(c[0], c[1:3]) for c in image.layer]} == {(1, 1)}  # 4:4:4
        assert not image.getexif()
        assert "icc_profile" not in image.info
    assert (drawn.width, drawn.height, drawn.media_type) == (*size, "image/jpeg")
    assert len(drawn.data) < 1_000_000


@EVERY
@SIZES
def test_all_words_stand_inside_the_card_and_apart(name, size):
    sheet = laid(ask(WISHES[name]), size)
    boxes = [paint.box(piece, (10_000, 10_000)) for piece in sheet.pieces]
    for left, top, right, bottom in boxes:
        assert 0.02 * size[0] <= left
        assert right <= 0.98 * size[0]
        assert 0 <= top < bottom <= size[1]
    baselines = sorted(
        {(round(piece.x), piece.baseline, piece.size) for piece in sheet.pieces}, key=lambda p: p[:2]
    )
    for (x, low, _), (other, high, size_) in pairwise(baselines):
        assert x != other or high - low >= 0.67 * size_  # capitals of a line never reach the line above


@EVERY
@SIZES
def test_no_letter_is_smaller_than_a_telephone_can_show(name, size):
    smallest = min(piece.size for piece in laid(ask(WISHES[name]), size).pieces)
    assert smallest >= 23 * size[0] / 1080 - 1e-6


@EVERY
@SIZES
def test_the_source_line_is_on_the_card(name, size):
    request = ask(WISHES[name])
    shown = " ".join(piece.text for piece in laid(request, size).pieces).replace("\u00a0", " ")
    assert request.said.source.text in shown


def white(folder):
    """The worst background there is: white with black specks."""
    picture = Image.frombytes("L", (400, 400), Random(1).randbytes(160_000)).point(
        lambda v: 255 if v > 20 else 0
    )
    (folder / "assets/images").mkdir(parents=True)
    picture.convert("RGB").resize((2000, 2000)).save(folder / "assets/images/white.jpg", quality=80)
    return folder


def luminance(pixel):
    # WCAG 2.2, relative luminance of sRGB
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in pixel)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def measured(image, piece):
    """Contrast of a drawn line: its brightest pixels against the lightest 2 % of the strip right above it."""
    left, top, right, bottom = paint.box(piece, image.size)
    strip = image.crop((left, top - 4, right, top))
    ground = sorted(luminance(pixel) for pixel in strip.get_flattened_data())
    ink = max(luminance(pixel) for pixel in image.crop((left, top, right, bottom)).get_flattened_data())
    return (ink + 0.05) / (ground[int(len(ground) * 0.98) - 1] + 0.05)


@SIZES
@pytest.mark.parametrize("name", ["witness", "quote", "figures"])
def test_letters_can_be_read_even_on_white(tmp_path, name, size):
    request = ask(replace(WISHES[name], background="white.jpg"))
    image = pixels(cards.draw(request, size, white(tmp_path)))
    for piece in laid(request, size).pieces:
        # A tenth of leeway for what JPEG does to single pixels.
        assert measured(image, piece) >= {"ink": 7.0, "soft": 4.5}[piece.role] * 0.9, piece.text


def test_contrast_is_computed_as_wcag_does():
    assert paint.contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    # #767676 on white is the best known 4.5:1 pair (4.54).
    assert paint.contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


def test_the_lightest_two_percent_is_what_counts():
    image = Image.new("L", (100, 100), 10)
    image.paste(200, (0, 0, 100, 3))  # 3 % of the pixels
    assert paint.lightest(image, (0, 0, 100, 100)) == 200
    image.paste(10, (0, 1, 100, 3))  # 1 % is left
    assert paint.lightest(image, (0, 0, 100, 100)) == 10


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
    for cached in (paint._backdrop, paint._bright, paint._cover, paint._grain, paint._mask):
        cached.cache_clear()
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
def test_the_band_covers_none_of_the_words(size):
    for card in WISHES.values():
        sheet = laid(ask(card), size)
        assert min(paint.box(piece, size)[1] for piece in sheet.pieces) >= 64 * size[0] / 1080


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


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (Card("plain", text={"en": "khojaly " * 200}), r"the text is 1599 characters, about \d+ too many"),
        (Card("plain", title={"en": "X" * 60}), "too long for one line"),
        (Card("plain", title={"en": "Khojaly 🕯"}), r"U\+1F56F, CANDLE.*emoji"),
        (Card("plain", title={"en": "خوجالی"}), "right to left"),
        (Card("plain", title={"en": "Khojaly\u202e"}), "direction control"),
    ],
)
@SIZES
def test_words_that_cannot_be_set_are_refused(card, expected, size):
    with pytest.raises(CardError, match=expected):
        cards.draw(ask(card), size, ROOT)


@SIZES
def test_cyrillic_cards_are_drawn(size):
    card = Card("plain", title={"ru": "Ходжалы, {date}"}, text={"ru": "Мы помним каждого из них."})
    drawn = cards.draw(ask(card, "ru"), size, ROOT)
    shown = [piece.text for piece in laid(ask(card, "ru"), size).pieces]
    assert any("Ходжалы" in line for line in shown)
    assert drawn.width == size[0]


def test_a_card_of_an_absurd_size_is_refused():
    with pytest.raises(CardError, match="20000"):
        cards.draw(ask(WISHES["plain"]), (20000, 20000), ROOT)


def test_the_campaign_s_mark_is_drawn_above_the_foot(tmp_path):
    Image.new("RGBA", (300, 120), (255, 0, 0, 255)).save(tmp_path / "mark.png")
    request = ask(WISHES["quote"], look=Look(mark="mark.png"), root=tmp_path)
    image = pixels(cards.draw(request, TALL, tmp_path))
    reds = [
        (x, y) for x in range(0, 1080, 4) for y in range(0, 1350, 4)
        if (p := image.getpixel((x, y)))[0] > 200 and p[1] < 60
    ]  # fmt: skip
    assert reds
    assert max(x for x, _ in reds) <= 1080 - 108
    assert cards.identity(request, TALL) != cards.identity(ask(WISHES["quote"]), TALL)


def test_a_font_folder_that_is_missing_is_named():
    with pytest.raises(CardError, match=r"cards\.fonts.*“own fonts”"):
        cards.draw(ask(WISHES["quote"], look=Look(fonts=("own fonts",))), TALL, ROOT)
