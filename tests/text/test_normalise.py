import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.text import normalise


def test_an_accent_typed_as_a_separate_sign_becomes_one_letter():
    assert normalise.nfc("s\u0327") == "ş"


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("Xocalı  \nSöz\t\n", "Xocalı\nSöz"),
        ("\n\nSöz\n\nSöz\n", "Söz\n\nSöz"),
        ("  a", "  a"),  # leading spaces may be the author's layout
        ("1\u202e2\u202c\u20663\u2069", "123"),
        ("\u200fسلام", "\u200fسلام"),  # the plain direction mark stays
        ("s\u2066\u0327", "ş"),  # the control stood between a letter and its cedilla
        ("\ufeffa\x00b\x0bc\td", "abc\td"),
        ("a\ud83d", "a\ufffd"),  # half a surrogate pair
        ("\x0bs\r\x00\n", "s"),
    ],
)
def test_clean_text(written, clean):
    assert normalise.clean(written) == clean


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_composed_and_stays_as_it_is_when_cleaned_again(text):
    clean = normalise.clean(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert normalise.clean(clean) == clean


# Default_Ignorable_Code_Point and White_Space in Unicode's DerivedCoreProperties.txt and PropList.txt.
@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\u00a0", "\u200b", "\u200e\u200f", "\u00ad", "\u2060", "\u3164", "\ufe0f", "\u2800"],
)
def test_of_spaces_marks_and_fillers_nothing_can_be_seen(text):
    assert normalise.is_blank(text)
    assert not normalise.is_blank(f"{text}ə{text}")


@pytest.mark.parametrize("text", [".", "—", "…", "\u0301", "🕯", "1", "。", "ـ"])
def test_a_single_sign_can_be_seen(text):
    assert not normalise.is_blank(text)
