"""What somebody saw on a contact sheet, mended: each test is named after what looked wrong."""

import pytest
from PIL import Image, ImageChops, ImageFilter

from scheduler import cards
from scheduler.cards import layout, shape, templates, typeset
from scheduler.cards.layout import Box
from scheduler.cards.shape import Family, Style
from scheduler.cards.sheet import Sheet
from tests.cards import golden

SERIF = Style(Family.SERIF)
NEAR = 9
"""Two lines whose ink comes within this many pixels, from middle to middle, look joined."""


def page_of(name, shape_name, language):
    sheet = Sheet(golden.request_of(name, language), cards.SHAPES[shape_name])
    templates.of(golden.CARDS[name].template).lay(sheet.request, sheet)
    return sheet


def ink_of(piece, size):
    """A line's ink on an empty card."""
    line = shape.shape(piece.text, piece.language, piece.style, piece.size, piece.around)
    ink = shape.ink(piece.x, piece.baseline, line, piece.size)
    card = Image.new("L", size)
    card.paste(ink.mask, (ink.left, ink.top))
    return card


def labels_of(sheet):
    """The lines of what figures count, but for those inside a whole."""
    return [one for one in sheet.pieces if one.role == "ink" and one.style == Style(Family.SANS)]


@pytest.mark.parametrize("shape_name", ["4:5", "16:9"])
def test_an_arabic_vowel_below_a_line_does_not_stand_on_the_letters_of_the_next(shape_name):
    """The two strokes under “عالٍ” were read on the first letter of “تكون”."""
    sheet = page_of("quote", shape_name, "ar")
    number, line = next((n, one) for n, one in enumerate(sheet.pieces) if "عالٍ" in one.text)
    below = ink_of(sheet.pieces[number + 1], sheet.size).filter(ImageFilter.MaxFilter(NEAR))
    assert ImageChops.multiply(ink_of(line, sheet.size), below).getbbox() is None


def test_arabic_without_such_a_vowel_keeps_its_distance_of_lines():
    block = layout.fit("the words", "نقرأ أسماءهم كل ربيع", "ar", SERIF, Box(300, 500, 60, 34))
    assert block.leading == pytest.approx(1.26 * 1.2)


@pytest.mark.parametrize("language", ["de", "fr", "es", "tr"])
def test_labels_of_two_lines_are_apart_from_those_of_the_next_figure(language):
    """On a wide card four lines of two labels stood at one distance: nobody could tell what was counted."""
    sheet = page_of("figures", "16:9", language)
    right = sorted(one.baseline for one in labels_of(sheet) if one.x > sheet.size[0] / 2)
    first, second, third, fourth = right[:4]
    assert fourth - third == pytest.approx(second - first)
    assert third - second > 1.12 * (second - first)


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("shape_name", ["1:1", "16:9"])
def test_labels_of_columns_side_by_side_are_of_one_size(language, shape_name):
    """Korean ones of a square card were 27 units high on the left and 23 on the right."""
    sizes = [one.size for one in labels_of(page_of("figures", shape_name, language))]
    assert len(sizes) >= 6
    assert max(sizes) < 1.01 * min(sizes)


def test_a_french_semicolon_has_its_narrow_space():
    assert "vallée\u202f; d’autres" in golden.request_of("figures", "fr").said.source.text


@pytest.mark.parametrize(
    ("text", "language", "set_"),
    [
        ("13.-14. März 1952", "de", "13.–14. März 1952"),
        ("Aktenzeichen 13.-14.", "de", "Aktenzeichen 13.-14."),
        ("1.2.-3. Mai", "de", "1.2.-3. Mai"),
        ("13-14 March", "en", "13–14 March"),
    ],
)
def test_german_days_with_their_points_have_a_dash_between(text, language, set_):
    assert typeset.marks(text, language) == set_


def test_a_persian_card_that_names_the_day_in_its_own_digits_does_not_say_it_twice():
    request = golden.request_of("figures", "fa")
    assert "۱۹۵۲" in request.said.date.text
    assert request.foot[1].text == golden.CAMPAIGN.name


def test_a_japanese_line_does_not_begin_with_the_ending_of_a_word():
    """“毎年春 / に、”: the particle belongs to the spring."""
    for shape_name in cards.SHAPES:
        texts = [one.text for one in page_of("quote", shape_name, "ja").pieces]
        assert not [text for text in texts if text.startswith("に")]


def test_a_korean_line_does_not_end_on_that():
    """“그” points to the noun after it: “해마다 봄이면 그 / 이름을” tore them apart."""
    for shape_name in cards.SHAPES:
        sheet = page_of("quote", shape_name, "ko")
        assert not [one.text for one in sheet.pieces if one.text.endswith(" 그")]


def test_a_french_label_does_not_end_a_line_on_a_pronoun():
    """“familles qui / ont tout perdu”."""
    sheet = page_of("figures", "1:1", "fr")
    assert not [one.text for one in labels_of(sheet) if one.text.endswith(" qui")]
