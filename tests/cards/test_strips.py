"""A card's bytes from cells: the pixels of one encoded at once, clean cells encoded once for all cards."""

import io
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scheduler import cards
from scheduler.cards import backdrop, photos, strips
from tests.cards.drawing import ROOT, SHAPES, pixels
from tests.cards.records import WISHES, ask
from tests.thorough import examples

INK = (244, 240, 232)


def noise(size):
    return Image.frombytes("RGB", size, Random(3).randbytes(size[0] * size[1] * 3))


def at_once(image, coding=strips.FULL):
    target = io.BytesIO()
    image.save(target, "JPEG", quality=coding.quality, subsampling=coding.subsampling)
    return Image.open(target).convert("RGB")


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


BOX = st.tuples(st.integers(-20, 280), st.integers(-20, 130), st.integers(1, 90), st.integers(1, 30))


# Sizes that are and are not whole numbers of blocks (8 pixels, 16 with halved colours), rows of one cell, two
# (34 blocks: seventeen each) and four.
@pytest.mark.parametrize("size", [(256, 64), (272, 67), (250, 72), (90, 130)], ids=str)
@pytest.mark.parametrize("coding", [strips.FULL, strips.Coding(80, 2, 16)], ids=["full", "halved"])
@given(boxes=st.lists(BOX, max_size=5))
@settings(max_examples=examples(15), deadline=None)
def test_a_card_from_cells_has_the_pixels_of_one_encoded_at_once(size, coding, boxes):
    backdrop = strips.Backdrop(noise(size).split(), coding)
    boxes = [(x, y, x + wide, y + high) for x, y, wide, high in boxes]
    canvas = strips.Canvas(backdrop, boxes)
    whole = backdrop.image()
    for box in boxes:
        canvas.fill(INK, box)
        whole.paste(INK, box)
    assert canvas.whole().tobytes() == whole.tobytes()
    assert opened(canvas.jpeg()).tobytes() == at_once(whole, coding).tobytes()


@SHAPES
def test_a_drawn_card_is_pixel_for_pixel_what_one_encoding_of_it_gives(size, monkeypatch):
    request = ask(WISHES["quote"])
    drawn = cards.draw(request, size, ROOT)
    monkeypatch.setattr(strips.Canvas, "jpeg", lambda canvas: photos.jpeg(canvas.whole()))
    assert pixels(drawn).tobytes() == pixels(cards.draw(request, size, ROOT)).tobytes()


def test_a_second_card_encodes_only_the_cells_it_draws_on(monkeypatch):
    backdrop = strips.Backdrop(noise((640, 160)).split())
    strips.Canvas(backdrop, []).jpeg()
    encoded, save = [], Image.Image.save

    def counted(image, *given, **more):
        encoded.append(image.size)
        return save(image, *given, **more)

    monkeypatch.setattr(Image.Image, "save", counted)
    canvas = strips.Canvas(backdrop, [(130, 33, 190, 39)])
    canvas.fill(INK, (130, 33, 190, 39))
    canvas.jpeg()
    # 640 pixels are ten cells of 64: 128 to 191 is the third of them, 32 to 39 the fifth row of blocks.
    assert encoded == [(64, 8)]


def test_bytes_do_not_depend_on_what_was_drawn_before():
    first, second = (ask(WISHES[name]) for name in ("quote", "long quote"))
    size = cards.SHAPES["4:5"]
    backdrop.forget()
    alone = cards.draw(second, size, ROOT).data
    backdrop.forget()
    cards.draw(first, size, ROOT)
    assert cards.draw(second, size, ROOT).data == alone


def test_patches_share_no_cell_near_ones_are_one_and_nothing_leaves_the_card():
    backdrop = strips.Backdrop(noise((640, 400)).split())
    outside = [(-90, 10, -5, 20), (700, 10, 720, 20), (30, 400, 60, 500)]
    near = [(0, 0, 60, 10), (10, 17, 70, 30)]
    crossed = [(300, 100, 330, 300), (200, 150, 620, 160)]
    canvas = strips.Canvas(backdrop, [*outside, *near, *crossed, (500, 380, 900, 900)])
    assert sorted(patch.box for patch in canvas.patches) == [
        (0, 0, 128, 32),
        (192, 96, 640, 304),
        (448, 376, 640, 400),
    ]
    canvas.fill(INK, outside[0])  # falls beside the card, as letters of a line too long would
    assert canvas.whole().tobytes() == backdrop.image().tobytes()


def test_the_mark_all_across_is_drawn_on_every_patch():
    backdrop = strips.Backdrop(noise((640, 400)).split())
    canvas = strips.Canvas(backdrop, [(0, 0, 60, 10), (500, 380, 640, 400)])
    canvas.draw(lambda image: image.paste(INK, (0, 0, 640, 400)))
    for patch in canvas.patches:
        assert set(Image.merge("RGB", patch.planes).get_flattened_data()) == {INK}


def test_a_line_that_stands_on_many_cards_is_encoded_once(monkeypatch):
    backdrop, mask = strips.Backdrop(noise((640, 160)).split()), Image.new("L", (40, 6), 200)
    cards_, save, encoded = [], Image.Image.save, []
    strips.Canvas(backdrop, []).jpeg()
    monkeypatch.setattr(
        Image.Image, "save", lambda image, *given, **more: encoded.append(save(image, *given, **more))
    )
    for _ in range(3):
        canvas = strips.Canvas(backdrop, [(130, 33, 170, 39)])
        canvas.paste(INK, 130, 33, mask)
        cards_.append(canvas.jpeg())
    assert len(encoded) == 1
    assert cards_[0] == cards_[1] == cards_[2]


def test_other_letters_at_the_same_place_are_never_taken_for_those_of_a_card_before():
    backdrop = strips.Backdrop(noise((90, 24)).split())
    for level in range(150):  # more than are kept; each mask is gone before the next is made
        mask = Image.new("L", (20, 6), level)
        canvas = strips.Canvas(backdrop, [(10, 9, 30, 15)])
        canvas.paste(INK, 10, 9, mask)
        whole = backdrop.image()
        whole.paste(INK, (10, 9), mask)
        del mask
        assert opened(canvas.jpeg()).tobytes() == at_once(whole).tobytes()
