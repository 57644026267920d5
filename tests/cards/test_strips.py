"""A card's bytes from rows: the pixels of one encoded at once, clean rows encoded once for all cards."""

import io
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scheduler import cards
from scheduler.cards import paint, photos, strips
from tests.cards.drawing import ROOT, SHAPES, pixels
from tests.cards.records import WISHES, ask

INK = (244, 240, 232)


def noise(size):
    return Image.frombytes("RGB", size, Random(3).randbytes(size[0] * size[1] * 3))


def at_once(image, coding=strips.FULL):
    target = io.BytesIO()
    image.save(target, "JPEG", quality=coding.quality, subsampling=coding.subsampling)
    return Image.open(target).convert("RGB")


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


# Heights that are and are not a whole number of rows of blocks (8 pixels, 16 with halved colours).
@pytest.mark.parametrize("height", [64, 67, 72, 130])
@pytest.mark.parametrize("coding", [strips.FULL, strips.Coding(80, 2, 16)], ids=["full", "halved"])
@given(spans=st.lists(st.tuples(st.integers(0, 130), st.integers(1, 30)), max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_card_from_rows_has_the_pixels_of_one_encoded_at_once(height, coding, spans):
    spans = [(top, min(top + high, height)) for top, high in spans if top < height]
    backdrop = strips.Backdrop(noise((90, height)), coding)
    canvas = strips.Canvas(backdrop, spans)
    whole = backdrop.image.copy()
    for top, bottom in spans:
        canvas.fill(INK, (10, top, 60, bottom))
        whole.paste(INK, (10, top, 60, bottom))
    assert canvas.whole().tobytes() == whole.tobytes()
    assert opened(canvas.jpeg()).tobytes() == at_once(whole, coding).tobytes()


@SHAPES
def test_a_drawn_card_is_pixel_for_pixel_what_one_encoding_of_it_gives(size, monkeypatch):
    request = ask(WISHES["quote"])
    drawn = cards.draw(request, size, ROOT)
    monkeypatch.setattr(strips.Canvas, "jpeg", lambda canvas: photos.jpeg(canvas.whole()))
    assert pixels(drawn).tobytes() == pixels(cards.draw(request, size, ROOT)).tobytes()


def test_a_second_card_encodes_only_the_rows_it_draws_on(monkeypatch):
    backdrop = strips.Backdrop(noise((90, 160)))
    strips.Canvas(backdrop, [(0, 80)]).jpeg()
    strips.Canvas(backdrop, [(80, 160)]).jpeg()  # now every row has been clean once
    encoded, save = [], Image.Image.save

    def counted(image, *given, **more):
        encoded.append(image.height)
        return save(image, *given, **more)

    monkeypatch.setattr(Image.Image, "save", counted)
    canvas = strips.Canvas(backdrop, [(33, 39)])
    canvas.fill(INK, (0, 33, 90, 39))
    canvas.jpeg()
    assert encoded == [8]  # pixels 32 to 39 are the fifth row of blocks


def test_bytes_do_not_depend_on_what_was_drawn_before():
    first, second = (ask(WISHES[name]) for name in ("quote", "long quote"))
    size = cards.SHAPES["4:5"]
    paint.forget()
    alone = cards.draw(second, size, ROOT).data
    paint.forget()
    cards.draw(first, size, ROOT)
    assert cards.draw(second, size, ROOT).data == alone


def test_near_strips_are_one_and_nothing_leaves_the_card():
    backdrop = strips.Backdrop(noise((16, 100)))
    canvas = strips.Canvas(backdrop, [(-20, 5), (20, 30), (90, 400), (200, 300)])
    assert [(strip.top, strip.image.height) for strip in canvas.strips] == [(0, 32), (88, 12)]
