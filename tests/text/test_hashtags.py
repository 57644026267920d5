import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.text import entities, hashtags


@pytest.mark.parametrize(
    "tag",
    [
        "JusticeforKhojaly",
        "KhojalyGenocide",
        "26february",
        "ədalət",
        "Xocalı",
        "Şəhid_1",
        "İnsan",
        "Ходжалы",
        "a" * 50,
    ],
)
def test_a_portable_hashtag_has_no_problem(tag):
    assert hashtags.problem(tag) is None


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("", "empty"),
        ("#peace", "begins with '#'"),
        ("1992", "no letter"),
        ("_", "no letter"),
        ("26-february", "hyphen"),
        ("Xocalı’ya", "apostrophe"),
        ("Xocalı'ya", "apostrophe"),
        ("i̇nsan", "combining mark (U+0307)"),
        ("s\u0327", "typed as a separate sign"),
        ("26 february", "space"),
        ("Azərbaycan🇦🇿", "'🇦'"),
        ("l·l", "MIDDLE DOT"),
        ("a\u200cb", "U+200C"),
        ("a" * 51, "51 characters"),
    ],
)
def test_what_is_wrong_with_a_hashtag_is_said_in_words(tag, words):
    assert words in hashtags.problem(tag)


def test_the_problem_names_what_would_be_left_of_the_tag():
    assert "'COVID'" in hashtags.problem("COVID-19")


@given(st.text(alphabet=st.sampled_from("aıİəŞ19_-’ё\u0307·#正"), max_size=8))
def test_a_portable_hashtag_is_found_whole_in_a_text(tag):
    if hashtags.problem(tag) is None:
        assert entities.hashtags_in(f"söz #{tag} söz") == (tag,)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("JusticeForKhojaly", "justiceforkhojaly", True),
        ("XOCALI", "Xocalı", True),  # Azerbaijani: I is the capital of ı
        ("KHOJALI", "khojali", True),  # English: I is the capital of i
        ("İNSAN", "insan", True),
        ("ŞƏHİD", "şəhid", True),
        ("ХОДЖАЛЫ", "ходжалы", True),
        ("Xocalı", "Xocali", False),
        ("Xocali", "Khojaly", False),
        ("s\u0327", "ş", True),
        ("şəhid", "sehid", False),
    ],
)
def test_two_hashtags_are_the_same_when_only_capitals_differ(a, b, same):
    assert hashtags.same(a, b) is same
    assert hashtags.same(b, a) is same
