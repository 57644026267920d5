"""Cards look as they did when somebody last looked at them."""

import pytest
from PIL import Image, ImageChops

from scheduler.cards.templates import TEMPLATES
from tests.cards import golden


@pytest.mark.parametrize(
    ("name", "language"), dict.fromkeys((name, language) for name, _, language in golden.CASES)
)
def test_cards_look_like_their_golden_images(name, language, tmp_path):
    differing = []
    for case in (one for one in golden.CASES if (one[0], one[2]) == (name, language)):
        now = golden.drawn(*case)
        path = golden.path_of(*case)
        much = golden.difference(Image.open(path), now) if path.exists() else float("inf")
        if much > golden.TOLERANCE:
            differing.append((case, now, much))
    assert not differing, f"look at {golden.page(differing, tmp_path)}"


def test_every_template_has_golden_images_and_no_image_is_left_over():
    assert {card.template for card in golden.CARDS.values()} == set(TEMPLATES)
    assert set(golden.FOLDER.glob("*.png")) == {golden.path_of(*case) for case in golden.CASES}


def test_golden_images_are_small():
    sizes = [path.stat().st_size for path in golden.FOLDER.glob("*.png")]
    assert max(sizes) <= 60_000
    assert sum(sizes) <= 3_400_000


LOOK = ("quote", "4:5", "en")


def test_another_processor_s_rounding_is_no_difference():
    image = golden.drawn(*LOOK)
    lifted = ImageChops.add(image, Image.new("RGB", image.size, (1, 1, 1)))
    assert golden.difference(image, lifted) < golden.TOLERANCE / 3


@pytest.mark.parametrize("shift", [(0, 2), (2, 0)])
def test_words_moved_by_two_pixels_are_a_difference(shift):
    image = golden.drawn(*LOOK)
    assert golden.difference(image, ImageChops.offset(image, *shift)) > golden.TOLERANCE


def test_a_line_of_small_type_that_is_gone_is_a_difference():
    image = golden.drawn("recognition", "1:1", "en")
    gone = image.copy()
    left, top = round(image.width * 0.08), round(image.height * 0.86)
    band = (left, top, image.width - left, top + 14)
    gone.paste(image.getpixel((4, top)), band)
    assert golden.difference(image, gone) > golden.TOLERANCE


def test_a_changed_colour_is_a_difference():
    image = golden.drawn(*LOOK)
    assert golden.difference(image, Image.merge("RGB", image.split()[::-1])) > golden.TOLERANCE


def test_differences_are_shown_side_by_side(tmp_path):
    now = ImageChops.invert(golden.drawn(*LOOK))
    shown = golden.page([(LOOK, now, 200.0)], tmp_path).read_text(encoding="utf-8")
    for part in ("golden", "now", "apart"):
        assert f"quote-4x5-en-{part}.png" in shown
        assert (tmp_path / f"quote-4x5-en-{part}.png").exists()
