import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.text import escape


@pytest.mark.parametrize("sign", list(r"\|{}@[]()<>#*_~"))
def test_every_reserved_character_gets_a_backslash(sign):
    assert escape.linkedin(f"a {sign} b") == f"a \\{sign} b"


def test_other_signs_and_letters_stay():
    text = "Xocalı – “26 fevral”, 1992: ədalət! 50% & $5 + a/b = c; d?"
    assert escape.linkedin(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Ədalət #26february", "Ədalət {hashtag|\\#|26february}"),
        ("#Şəhid_1", "{hashtag|\\#|Şəhid\\_1}"),
        ("(#a)", "\\({hashtag|\\#|a}\\)"),
        ("#1992", "\\#1992"),  # no hashtag: the sign as a sign
        ("https://example.org/a_b#c", "https://example.org/a\\_b\\#c"),
    ],
)
def test_a_hashtag_becomes_the_template(text, escaped):
    assert escape.linkedin(text) == escaped


@given(st.text(max_size=200))
def test_undoing_the_escapes_gives_the_words_back(text):
    assert escape.undo_linkedin(escape.linkedin(text)) == text
