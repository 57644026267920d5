"""Letters: every letter of the alphabets we set, and plain words for those we cannot set."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scheduler.cards import shape
from scheduler.cards.shape import Family, Style
from scheduler.errors import CardError
from tests.thorough import examples

SERIF, SANS = Style(Family.SERIF), Style(Family.SANS, 600)
ALPHABETS = {
    "az": "AaBbCcÇçDdEeƏəFfGgĞğHhXxIıİiJjKkQqLlMmNnOoÖöPpRrSsŞşTtUuÜüVvYyZz",
    "tr": "ÂâÎîÛûÇçĞğIıİiÖöŞşÜü",
    "ru": "АаБбВвГгДдЕеЁёЖжЗзИиЙйКкЛлМмНнОоПпРрСсТтУуФфХхЦцЧчШшЩщЪъЫыЬьЭэЮюЯя",
    "uk": "ҐґЄєІіЇї’",
    "kk": "ӘәҒғҚқҢңӨөҰұҮүҺһІі",
    "az-Cyrl": "ҒғЈјҜҝӨөҮүҺһҸҹӘә",
    "de": "ÄäÖöÜüßẞ",
    "fr": "ÀàÂâÆæÇçÉéÈèÊêËëÎîÏïÔôŒœÙùÛûÜüŸÿ",
    "pl": "ĄąĆćĘęŁłŃńÓóŚśŹźŻż",
    "en": "0123456789.,;:!?()[]–—…“”‘’«»„#&%/°§†",
}


def ink(text, language, style=SERIF, size=60, canvas=(400, 160)):
    canvas = Image.new("RGB", canvas)
    shape.draw(canvas, 40, 80, shape.shape(text, language, style, size), size, (255, 255, 255))
    return canvas.convert("L")


@pytest.mark.parametrize("style", [SERIF, SANS], ids=["serif", "sans"])
@pytest.mark.parametrize("language", ALPHABETS)
def test_every_letter_of_our_alphabets_has_a_glyph_with_ink(language, style):
    lines = {letter: shape.shape(letter, language, style, 40) for letter in ALPHABETS[language]}
    assert not [letter for letter, line in lines.items() if 0 in {glyph.number for glyph in line.glyphs}]
    assert not [letter for letter in lines if ink(letter, language, style, 40, (120, 120)).getbbox() is None]


@pytest.mark.parametrize(("one", "other"), [("I", "İ"), ("ı", "i"), ("Ə", "E"), ("ş", "s"), ("ğ", "g")])
def test_letters_that_differ_by_a_dot_or_tail_are_drawn_differently(one, other):
    assert ink(one, "az").tobytes() != ink(other, "az").tobytes()


def test_the_fi_ligature_does_not_swallow_the_azerbaijani_dot():
    # "fiffi" is fi + ffi in English; where i and ı are two letters the i stays by itself: f, i, ff, i.
    assert len(shape.shape("fiffi", "en", SERIF, 60).glyphs) == 2
    assert len(shape.shape("fiffi", "az", SERIF, 60).glyphs) == 4


def test_a_letter_typed_in_two_parts_is_drawn_as_its_single_letter():
    assert ink("S\u0327", "az").tobytes() == ink("Ş", "az").tobytes()


def test_a_letter_that_the_first_font_lacks_comes_from_the_next():
    faces = {glyph.face for glyph in shape.shape("aҜ", "az-Cyrl", SERIF, 40).glyphs}
    assert len(faces) == 2


def test_a_turned_line_runs_along_its_angle():
    line = shape.shape("lllll", "en", SANS, 40)
    canvas = Image.new("RGB", (300, 300))
    shape.draw(canvas, 150, 290, line, 40, (200, 200, 200), angle=math.pi / 2, share=0.5)
    left, top, right, bottom = canvas.getbbox()
    # A quarter turn counter-clockwise: the line climbs from its start, its letters stand left of it.
    assert bottom - top > 1.5 * (right - left)
    assert (right, bottom) == (pytest.approx(151, abs=2), pytest.approx(290, abs=4))
    assert canvas.getextrema()[0][1] == pytest.approx(100, abs=3)  # half of 200


def test_width_grows_in_proportion_at_one_optical_size():
    assert shape.width("Khojaly", "en", SERIF, 240) == pytest.approx(
        2 * shape.width("Khojaly", "en", SERIF, 120)
    )


def test_small_letters_are_cut_wider_than_great_ones():
    small, great = shape.shape("Khojaly", "en", SERIF, 20), shape.shape("Khojaly", "en", SERIF, 120)
    assert small.advance > great.advance


def test_ink_begins_where_the_bearing_says():
    line = shape.shape("L", "en", SANS, 42)
    canvas = Image.new("RGB", (200, 120))
    shape.draw(canvas, 100 - line.bearing * 42, 90, line, 42, (255, 255, 255))
    assert canvas.getbbox()[0] in (99, 100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 😀", r"U\+1F600, GRINNING FACE.*emoji"),
        ("Khojaly 𐍈", r"U\+10348, GOTHIC LETTER HWAIR"),
        ("საქართველო", "U\\+10E1, GEORGIAN LETTER SAN"),
        ("Khojaly\u202e", r"direction control \(U\+202E\)"),
        ("Khojaly\x07", r"control character \(U\+0007\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(text, expected):
    with pytest.raises(CardError, match=expected):
        shape.shape(text, "en", SERIF, 40)


def test_a_refusal_never_repeats_an_invisible_control():
    with pytest.raises(CardError) as caught:
        shape.shape("Khojaly\u202e", "en", SERIF, 40)
    assert "\u202e" not in str(caught.value)


def test_a_font_file_that_cannot_be_read_is_an_error_naming_it(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(CardError, match=r"broken\.ttf"):
        shape.shape("😀", "en", Style(Family.SERIF, 400, (str(broken),)), 40)


KERNED = ["“To", "AVATAR", "fi", "Wo.", "river", "“night,”", "Yalnız", "r.", "Ty", "613"]
WORDS = st.lists(st.sampled_from(KERNED), min_size=1)


@given(words=WORDS, before=WORDS)
@settings(max_examples=examples(40), deadline=None)
def test_words_are_as_wide_as_in_their_line_whatever_was_measured_before(words, before):
    style = Style(Family.SERIF)
    shape._known.cache_clear()
    shape.advances(tuple(before), "en", style, 30)
    glyphs = shape.shape(" ".join(words), "en", style, 60).glyphs
    space = shape.shape(" ", "en", style, 60).glyphs[0].number
    # Where each word's glyphs begin and the space behind them stands, in the line set as a whole.
    starts = [0.0, *(after.x for one, after in pairwise(glyphs) if one.number == space)]
    ends = [
        *(glyph.x for glyph in glyphs if glyph.number == space),
        shape.advance(" ".join(words), "en", style, 30),
    ]
    expected = [end - start for start, end in zip(starts, ends, strict=True)]
    assert shape.advances(tuple(words), "en", style, 30) == pytest.approx(expected)
