"""Every template, shape and language looks as it did when somebody last looked at it.

At a desk six cards of each language are drawn, of six templates; with SCHEDULER_THOROUGH=1, as CI runs it,
all of them.
"""

import pytest
from PIL import Image, ImageChops

from scheduler.cards.templates import TEMPLATES
from tests.cards import golden
from tests.cards.golden import kept
from tests.faults.thorough import THOROUGH

LOOK = ("quote", "4:5", "en")
TRIED = golden.CASES if THOROUGH else golden.SAMPLE


@pytest.mark.parametrize(("name", "shape"), dict.fromkeys(case[:2] for case in golden.CASES))
def test_cards_look_like_their_golden_images(name, shape, tmp_path):
    """One card in one shape in several languages: they share a background, which is drawn once."""
    differing = []
    for case in (one for one in TRIED if one[:2] == (name, shape)):
        now = golden.drawn(*case)
        if (much := golden.apart(case, now)) > 1:
            differing.append((case, now, much))
    assert not differing, f"look at {golden.page(differing, tmp_path)}"


def test_every_template_has_golden_images_and_no_image_is_left_over():
    assert {card.template for card in golden.CARDS.values()} == set(TEMPLATES)
    assert {path for path in kept.FOLDER.rglob("*") if path.suffix in {".webp", ".png"}} == golden.files()


def test_a_quick_look_sees_each_card_in_each_shape_in_two_languages():
    for name in golden.CARDS:
        for shape in kept.SHARE:
            seen = [case for case in golden.SAMPLE if case[:2] == (name, shape)]
            assert len(seen) >= 2, (name, shape)
    for language in golden.LANGUAGES:
        assert len({name for name, _, spoken in golden.SAMPLE if spoken == language}) == 6


def test_golden_images_are_small():
    """600 cards in the room that 124 of them had in PNG."""
    sizes = [path.stat().st_size for path in golden.files()]
    assert max(sizes) < 64_000
    assert sum(sizes) < 2_600_000


def test_other_rounding_passes():
    """Another processor, or a JPEG of another decoder, moves single levels."""
    image = golden.drawn(*LOOK)
    lifted = image.point([min(255, level + 2) for level in range(256)] * 3)
    assert 0 < golden.apart(LOOK, lifted) < 0.6


def test_swapped_colours_are_noticed():
    image = golden.drawn(*LOOK)
    assert golden.apart(LOOK, Image.merge("RGB", image.split()[::-1])) > 1


def test_a_lighter_ground_is_noticed():
    """A scrim that lost a fifth of its depth leaves every letter as it was."""
    image = golden.drawn(*LOOK)
    pale = Image.blend(image, Image.new("RGB", image.size, "white"), 0.03)
    assert golden.apart(LOOK, pale) > 1


def test_a_card_of_another_size_is_noticed():
    image = golden.drawn(*LOOK)
    assert golden.apart(LOOK, image.resize((1080, 1080))) == float("inf")


def test_a_card_without_a_golden_image_does_not_pass():
    with Image.new("RGB", (1080, 1350)) as nothing:
        assert golden.apart(("quote", "4:5", "tlh"), nothing) == float("inf")


def test_what_differs_is_shown_side_by_side_on_a_page(tmp_path):
    now = ImageChops.invert(golden.drawn(*LOOK))
    shown = golden.page([(LOOK, now, 40.0)], tmp_path).read_text(encoding="utf-8")
    for part in ("golden", "now", "apart", "golden-colours", "now-in-colour"):
        assert f"quote-4x5-en-{part}.png" in shown
        with Image.open(tmp_path / f"quote-4x5-en-{part}.png") as picture:
            assert picture.size == (360, 450)
