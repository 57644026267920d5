"""Scripts: every letter from a font that has it, joined, mirrored, set from the side its readers begin at."""

import importlib.util
import unicodedata
from dataclasses import replace

import pytest
import uharfbuzz as hb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from scheduler import cards
from scheduler.cards import fonts, layout, runs, scrim, shape
from scheduler.cards.binding import GLUE, JOIN, NARROW_JOIN
from scheduler.cards.faces import face
from scheduler.cards.layout import Box
from scheduler.cards.request import Words
from scheduler.cards.shape import Family, Style
from scheduler.errors import CardError
from scheduler.model import Card, Look
from scheduler.text import normalise
from tests.cards.drawing import ROOT, SIZES, laid, pixels
from tests.cards.records import LEDGER, TALL, ask
from tests.thorough import examples

SERIF, SANS = Style(Family.SERIF), Style(Family.SANS, 600)
BOTH = pytest.mark.parametrize("style", [SERIF, SANS], ids=["serif", "sans"])

ALPHABETS = {
    "el": "ΑαΆάΒβΓγΔδΕεΈέΖζΗηΉήΘθΙιΊίΪϊΐΚκΛλΜμΝνΞξΟοΌόΠπΡρΣσςΤτΥυΎύΫϋΰΦφΧχΨψΩωΏώ·;",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת׳״־",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي٠١٢٣٤٥٦٧٨٩،؛؟٪ـ",
    "fa": "اآبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی۰۱۲۳۴۵۶۷۸۹،؛؟«»",
    "ja": "あいうえおかがきぎゃっんアイウエオカガッンー、。「」骨直霍々",
    "zh": "的一是在不了有和人这中大为上个国我以霍贾利，。：“”《》",
    "ko": "가나다라마바사아자차카타파하법없호잘리",
}


def ink(text, language, style=SERIF, size=60, canvas=(700, 200)):
    image = Image.new("RGB", canvas)
    shape.draw(image, 60, 120, shape.shape(text, language, style, size), size, (255, 255, 255))
    return image.convert("L")


def faces(text, language, style=SERIF):
    return {fonts.name(glyph.face) for glyph in shape.shape(text, language, style, 40).glyphs}


@BOTH
@pytest.mark.parametrize("language", ALPHABETS)
def test_every_letter_of_an_alphabet_has_a_glyph_with_ink(language, style):
    empty = [
        letter
        for letter in ALPHABETS[language]
        if 0 in {glyph.number for glyph in shape.shape(letter, language, style, 40).glyphs}
        or ink(letter, language, style).getbbox() is None
    ]
    assert not empty


@BOTH
@pytest.mark.parametrize("letter", "ƏəİıĞğŞşÇçÖöÜüIiXxQq")
def test_azerbaijani_letter_by_letter_in_one_font_however_it_was_typed(letter, style):
    (glyph,) = shape.shape(letter, "az", style, 40).glyphs
    assert glyph.number
    assert glyph.face == fonts.chain(style.family, style.weight, (), "Latn")[0]
    apart = shape.shape(unicodedata.normalize("NFD", letter), "az", style, 40)
    assert apart.glyphs == (glyph,)


def test_the_letters_of_an_arabic_word_are_joined():
    # ب stands alone, begins, goes on and ends: four shapes; a wrong font or order would show one of them.
    assert len({glyph.number for glyph in shape.shape("ببب ب", "ar", SERIF, 40).glyphs} - {3}) >= 4
    whole, parts = (
        shape.width("خوجالي", "ar", SERIF, 60),
        sum(shape.width(letter, "ar", SERIF, 60) for letter in "خوجالي"),
    )
    assert whole < 0.9 * parts


def test_arabic_stays_joined_where_a_mark_of_direction_stands_beside_it():
    plain = shape.shape("خوجالي", "ar", SERIF, 40)
    marked = shape.shape("\u200fخوجالي\u200f", "ar", SERIF, 40)
    assert marked.advance == pytest.approx(plain.advance)
    assert marked.trailing == pytest.approx(plain.trailing)


@pytest.mark.parametrize(
    ("text", "language"), [("قُتل", "ar"), ("«لا", "ar"), ("لجنة", "ar"), ("שלום", "he"), ("We", "en")]
)
def test_ink_keeps_from_both_ends_of_a_line_as_its_measures_say(text, language):
    shaped = shape.shape(text, language, SERIF, 100)
    canvas = Image.new("RGB", (900, 300))
    shape.draw(canvas, 100, 180, shaped, 100, (255, 255, 255))
    left, _, right, _ = canvas.getbbox()
    assert left == pytest.approx(100 + shaped.bearing * 100, abs=1.5)
    assert right == pytest.approx(100 + (shaped.advance - shaped.trailing) * 100, abs=1.5)


def test_a_line_from_the_right_begins_at_its_right_end():
    # Hebrew is not joined, so that its glyphs stand in the line just as alone, the first one outermost.
    first, last = (shape.shape(letter, "he", SERIF, 40).glyphs[0].number for letter in "שם")
    line = shape.shape("שלום", "he", SERIF, 40).glyphs
    assert (line[-1].number, line[0].number) == (first, last)


def test_brackets_turn_with_their_line():
    line = shape.shape("(שלום)", "he", SANS, 40).glyphs
    heebo = hb.Font(face(fonts.HEEBO.key))
    # At the right end, where the line begins, stands what opens to the left: the glyph of a closing bracket.
    assert line[-1].number == heebo.get_nominal_glyph(ord(")"))
    assert line[0].number == heebo.get_nominal_glyph(ord("("))


def test_digits_inside_arabic_run_from_the_left():
    digits = [shape.shape(digit, "ar", SERIF, 40).glyphs[0].number for digit in "613"]
    line = [glyph.number for glyph in shape.shape("قتل 613", "ar", SERIF, 40).glyphs]
    assert line[:3] == digits


def test_a_range_on_a_line_of_its_own_keeps_the_direction_of_its_paragraph():
    lines = ("قتل في", "1992-1994")
    alone = shape.shape(lines[1], "ar", SERIF, 40)
    within = shape.shape(lines[1], "ar", SERIF, 40, layout.around(lines, 1))
    assert [glyph.number for glyph in alone.glyphs] != [glyph.number for glyph in within.glyphs]
    assert layout.around(("Khojaly", "1992"), 1) == ("", "")


def test_a_latin_hashtag_on_an_arabic_card_keeps_its_sign_in_front():
    tag = shape.shape("#JusticeforKhojaly", "ar", SANS, 40).glyphs
    assert tag[0].number == shape.shape("#", "en", SANS, 40).glyphs[0].number


def test_figures_and_marks_are_of_the_same_hand_as_the_words_around_them():
    assert faces("قتل 613 (63)،", "ar") == {"Amiri"}
    assert faces("קרא 613 (63).", "he") == {"Frank Ruhl Libre"}
    assert faces("誰も613「」", "ja") == {"Noto Sans CJK"}
    assert faces("قتل Əliyeva", "ar") == {"Amiri", "Source Serif 4"}
    assert faces("Khojaly 613", "en") == {"Source Serif 4"}


def test_a_bold_arabic_line_is_of_the_bold_cut():
    assert faces("قتل", "ar", Style(Family.SERIF, 700)) == {"Amiri Bold"}


def test_han_letters_have_the_shapes_of_their_language():
    assert ink("骨直", "ja").tobytes() != ink("骨直", "zh-Hans").tobytes()


def test_a_language_tag_changes_letters_where_the_font_knows_of_it():
    # Persian and Arabic write the digit four differently; Amiri has both shapes under one code.
    assert ink("٤", "ar").tobytes() != ink("۴", "fa").tobytes()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "საქართველო",
            "ka",
            r"Source Serif 4, Noto Serif.*GEORGIAN LETTER SAN.*Noto Serif Georgian.*fonts-noto-core.*"
            r"cards\.fonts",
        ),
        ("ไทย", "th", r"THAI CHARACTER.*Noto Serif Thai.*fonts-noto-core.*cards\.system_fonts: yes"),
        ("Հայ", "hy", r"ARMENIAN CAPITAL LETTER HO.*Noto Serif Armenian.*fonts-noto-core"),
        ("हिन्दी", "hi", r"DEVANAGARI LETTER HA.*Noto Serif Devanagari"),
        ("a 😀", "en", r"U\+1F600, GRINNING FACE.*emoji"),
        ("𐍈", "en", r"GOTHIC LETTER HWAIR.*cards\.fonts"),
    ],
)
def test_a_missing_letter_is_named_with_the_chain_and_what_brings_it(text, language, expected):
    with pytest.raises(CardError, match=expected):
        shape.shape(text, language, SERIF, 40)


def test_ideographs_without_their_extra_say_which_package_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        fonts.importlib.util, "find_spec", lambda name: None if name == fonts.CJK.package else found(name)
    )
    for cached in (fonts.installed, fonts.chain, runs.of, shape._shape):
        cached.cache_clear()
    try:
        with pytest.raises(CardError, match=r"CJK UNIFIED IDEOGRAPH.*pip install noto-cjk-sans-jp-regular"):
            shape.shape("骨", "ja", SERIF, 40)
    finally:
        for cached in (fonts.installed, fonts.chain, runs.of, shape._shape):
            cached.cache_clear()


def test_fonts_of_the_machine_help_only_where_the_campaign_allows_it(monkeypatch, tmp_path):
    from tests.cards.test_fonts import font_with

    font_with("ს", tmp_path / "system")
    monkeypatch.setattr(fonts, "system_folders", lambda: (tmp_path / "system", tmp_path / "none"))
    (tmp_path / "system/broken.ttf").write_bytes(b"no font")
    fonts._of_system.cache_clear()
    card = Card("plain", title={"en": "Khojaly, ს"})
    try:
        with pytest.raises(CardError, match="GEORGIAN LETTER SAN"):
            cards.draw(ask(card), TALL, ROOT)
        assert cards.draw(ask(card, look=Look(system_fonts=True)), TALL, ROOT).data
    finally:
        fonts._of_system.cache_clear()


WORDS = {
    "ar": ("نتذكر خوجالي", "في ليلة 25–26 فبراير 1992 قُتل 613 شخصًا، بينهم 63 طفلًا."),
    "fa": ("خوجالی را به یاد می‌آوریم", "در شب ۲۵–۲۶ فوریهٔ ۱۹۹۲، ۶۱۳ نفر کشته شدند؛ ۶۳ کودک."),
    "he": ("אנו זוכרים את חוג׳אלי", "בליל 25–26 בפברואר 1992 נהרגו 613 בני אדם, בהם 63 ילדים."),
}


@SIZES
@pytest.mark.parametrize("language", WORDS)
def test_a_card_from_the_right_is_set_against_its_right_margin(language, size):
    title, text = WORDS[language]
    request = ask(Card("plain", title={language: title}, text={language: text}), language)
    sheet, image = laid(request, size), pixels(cards.draw(request, size, ROOT))
    edge = size[0] - sheet.margin * sheet.scale
    own = [
        piece for piece in sheet.pieces if piece.language == language and piece.style.family is Family.SERIF
    ]
    assert " ".join(piece.text for piece in own).replace("\u00a0", " ") == f"{title} {text}"
    for piece in own:
        left, top, _, bottom = scrim.box(piece, size)
        line = image.convert("L").crop((left, top, size[0], bottom)).point(lambda v: 255 if v > 150 else 0)
        assert left + line.getbbox()[2] == pytest.approx(edge, abs=2)


@SIZES
def test_the_same_card_from_the_left_is_set_against_its_left_margin(size):
    sheet = laid(ask(Card("plain", title={"en": "We remember"})), size)
    title = next(piece for piece in sheet.pieces if piece.text.startswith("We"))
    shaped = shape.shape(title.text, "en", title.style, title.size)
    assert title.x + shaped.bearing * title.size == pytest.approx(sheet.margin * sheet.scale, abs=1)


@SIZES
def test_the_opening_mark_of_a_quotation_from_the_right_hangs_in_the_right_margin(size):
    words = "لا أحد فوق القانون"
    quotes = {"q": replace(LEDGER.quotes["hospitality"], id="q", words=words, language="ar")}
    sheet = laid(ask(Card("quote", quote="q"), "ar", ledger=replace(LEDGER, quotes=quotes)), size)
    first = next(piece for piece in sheet.pieces if piece.text.startswith("«"))
    shaped = shape.shape(first.text, "ar", first.style, first.size, first.around)
    right = first.x + shaped.advance * first.size
    mark = shape.width("«", "ar", first.style, first.size)
    assert right == pytest.approx(size[0] - sheet.margin * sheet.scale + mark, abs=0.1 * first.size)


def test_arabic_lines_stand_further_apart_than_latin_ones():
    box = Box(500, 900, 60, 40, 1.26)
    arabic = layout.fit("the text", WORDS["ar"][1], "ar", SERIF, box)
    latin = layout.fit("the text", "In the night of 25–26 February 1992 613 people died.", "en", SERIF, box)
    assert arabic.leading == pytest.approx(1.2 * latin.leading)
    image = Image.new("RGB", (700, 900))
    for number, line in enumerate(arabic.lines):
        before = image.copy()
        shaped = shape.shape(line, "ar", SERIF, arabic.size, layout.around(arabic.lines, number))
        shape.draw(image, 60, 120 + number * arabic.size * arabic.leading, shaped, arabic.size, (255,) * 3)
        alone = Image.new("RGB", image.size)
        shape.draw(alone, 60, 120 + number * arabic.size * arabic.leading, shaped, arabic.size, (255,) * 3)
        assert ImageChops.multiply(before, alone).getbbox() is None  # no mark touches the line above


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "私たちは忘れない。「誰も法の上にはいない」と言う。"),
        ("zh", "我们铭记霍贾利，没有人凌驾于法律之上。"),
    ],
)
def test_ideographs_fill_lines_by_the_rules_of_their_readers(language, text):
    block = layout.fit("the text", text, language, SERIF, Box(330, 900, 40, 40, 1.26), ("霍贾利",))
    assert "".join(block.lines).replace(GLUE, "") == text
    assert len(block.lines) > 2
    for line in block.lines:
        assert line[0] not in "、。，」"
        assert line[-1] not in "「"
        assert shape.width(line, language, SERIF, block.size) <= 330
    assert any("霍贾利" in line for line in block.lines) or language == "ja"
    assert len(block.lines[-1].replace(GLUE, "").strip("。」")) >= 2


def test_a_text_of_ideographs_that_does_not_fit_says_by_how_many():
    with pytest.raises(CardError, match=r"the text is 100 characters, about \d\d too many"):
        layout.fit("the text", "記憶" * 50, "ja", SERIF, Box(330, 200, 40, 40, 1.26))


def test_words_of_two_directions_are_as_wide_together_as_their_runs():
    mixed = Words("قال Khojaly", "ar")
    parts = shape.width("قال", "ar", SERIF, 60) + shape.width(" ", "ar", SERIF, 60)
    assert shape.width(mixed.text, "ar", SERIF, 60) == pytest.approx(
        parts + shape.width("Khojaly", "en", SERIF, 60), rel=0.01
    )


MIXED = (
    st.lists(
        st.one_of(
            st.text("abəşğXİı", min_size=1, max_size=7),
            st.text("خوجاليبنُّ", min_size=1, max_size=7),
            st.text("אבגדהוש", min_size=1, max_size=6),
            st.text("記憶我们ホジャリーの、。「」", min_size=1, max_size=9),
            st.sampled_from(
                ["613", "25–26", "(63)", "«", "»", "–", "№", "26", "\u200f", "\u2067ab\u2069", "1992,"]
            ),
        ),
        min_size=1,
        max_size=16,
    )
    .map(" ".join)
    .filter(lambda text: not normalise.is_blank(text))
)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u200f", "\u00ad", "\u2060 \u200e"])
def test_a_text_of_which_nothing_can_be_seen_is_refused_and_not_drawn(text):
    with pytest.raises(CardError, match=r"^the title has nothing that can be seen: "):
        layout.fit("the title", text, "en", SERIF, Box(700, 2400, 44, 28, 1.3))


@given(text=MIXED, language=st.sampled_from(["en", "ar", "he", "ja", "fr"]))
@example(text="X XXXX XXXXX 、、、、、 X X ا ا ب اب جل جل بججج אאא אאא 、", language="en")
@settings(max_examples=examples(80), deadline=None)
def test_any_mixture_is_broken_in_order_within_its_box_and_shaped_whole(text, language):
    box = Box(700, 2400, 44, 28, 1.3)
    block = layout.fit("the text", text, language, SERIF, box)
    joins = str.maketrans("", "", f"{GLUE}{JOIN}{NARROW_JOIN} ")
    assert "".join(block.lines).translate(joins) == text.translate(joins)
    for number, line in enumerate(block.lines):
        shaped = shape.shape(line, language, SERIF, block.size, layout.around(block.lines, number))
        assert all(glyph.number for glyph in shaped.glyphs)
        assert shaped.advance * block.size <= box.width * 1.02


@pytest.mark.parametrize("width", range(300, 900, 75))
def test_a_japanese_word_of_two_ideographs_is_not_torn_where_there_is_another_place(width):
    text = "私たちは認定を求めます"
    lines = layout.fit("the title", text, "ja", SERIF, Box(width, 700, 92, 40, 1.2)).lines
    assert "".join(lines).replace(GLUE, "") == text
    assert not any(line.endswith("認") for line in lines)


@pytest.mark.parametrize(
    ("language", "joint"), [("el", "·"), ("ar", "؛"), ("fa", "؛"), ("ja", "；"), ("en", ";")]
)
def test_a_source_line_is_joined_by_the_language_s_own_mark(language, joint):
    """The Greek line used to ask a question: “;” is the question mark there."""
    facts = {
        "killed": replace(
            LEDGER.facts["killed"], according_to={language: "register"}, label={language: "label"}
        )
    }
    source = ask(
        Card("figures", facts=("killed",)), language, ledger=replace(LEDGER, facts=facts)
    ).said.source.text
    assert joint in source
    assert language == "en" or ";" not in source


def test_sentences_on_a_japanese_card_end_as_japanese_ones_do():
    heard = cards.alt_text(
        ask(Card("plain", title={"ja": "一分間の黙祷"}, text={"ja": "どこにいても。"}), "ja")
    )
    assert heard.startswith("文字のカード。一分間の黙祷。どこにいても。")
