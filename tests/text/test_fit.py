import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.model import Limits, Measure
from scheduler.text import count, fit, hashtags

CAMPAIGN_TAGS = ("JusticeforKhojaly", "KhojalyGenocide", "26february")


def limits(most, counter=len, **more):
    return Limits((Measure(counter, most),), **more)


WIDE = limits(280)


def fitted(body, limits=WIDE, *, hashtags=(), link=None, warning_line=None, images=0, **more):
    return fit.fit(
        body, hashtags=hashtags, link=link, warning_line=warning_line, limits=limits, images=images, **more
    )


def test_the_layout_is_warning_then_words_and_link_then_hashtags():
    result = fitted("Söz.", hashtags=("a", "b"), link="https://a.az", warning_line="Content note: killing")
    assert result.text == "Content note: killing\nSöz. https://a.az\n#a #b"
    assert (result.dropped, result.over, result.hashtags) == ((), 0, ("a", "b"))


def test_hashtags_are_dropped_from_the_end():
    # "Ten chars." is 10; newline and #JusticeforKhojaly 1 + 18 = 29; space and #KhojalyGenocide 1 + 16 = 46.
    result = fitted("Ten chars.", limits(46), hashtags=CAMPAIGN_TAGS)
    assert result.text == "Ten chars.\n#JusticeforKhojaly #KhojalyGenocide"
    assert result.dropped == ("26february",)
    assert (result.length, result.limit, result.over) == (46, 46, 0)
    assert fitted("Ten chars.", limits(45), hashtags=CAMPAIGN_TAGS).dropped == (
        "KhojalyGenocide",
        "26february",
    )


def test_words_that_do_not_fit_are_kept_whole_and_counted():
    result = fitted("a" * 12, limits(10), hashtags=("b",), link="c.az")
    assert result.text == "a" * 12 + " c.az"
    assert (result.dropped, result.length, result.over) == (("b",), 17, 7)


def test_a_hashtag_of_the_body_is_not_repeated():
    result = fitted("#XOCALI üçün ədalət", hashtags=("Xocalı", "ədalət", "Ədalət"))
    assert result.text == "#XOCALI üçün ədalət\n#ədalət"
    assert result.dropped == ()


def test_hashtags_beyond_the_platforms_number_are_dropped_and_the_bodys_own_count():
    result = fitted("#one word", limits(280, max_hashtags=2), hashtags=("two", "three"))
    assert (result.text, result.dropped) == ("#one word\n#two", ("three",))
    assert fitted("word", limits(280, max_hashtags=0), hashtags=("two",)).text == "word"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Read https://a.az/b", "Read https://a.az/b"),
        ("Read (https://a.az/b).", "Read (https://a.az/b)."),
        ("Read https://a.az/bc", "Read https://a.az/bc https://a.az/b"),
        ("Read https://a.az/b/c", "Read https://a.az/b/c https://a.az/b"),
        ("Read https://a.az/b.pdf", "Read https://a.az/b.pdf https://a.az/b"),
        ("", "https://a.az/b"),
    ],
)
def test_the_link_is_added_unless_the_body_has_it_as_a_whole(body, text):
    assert fitted(body, link="https://a.az/b").text == text


def test_the_tightest_of_several_measures_decides_and_is_named():
    both = Limits((Measure(count.graphemes, 10, "characters"), Measure(count.utf8, 12, "bytes")))
    # ə is one character and 2 bytes: 5 characters leave 5, 10 bytes leave 2.
    result = fitted("ə" * 5, both)
    assert (result.length, result.limit, result.unit, result.over) == (10, 12, "bytes", 0)
    result = fitted("ə" * 7, both)
    assert (result.length, result.over) == (14, 2)


def test_captions_have_their_own_limit():
    telegram = Limits((Measure(count.utf16, 20),), measures_with_images=(Measure(count.utf16, 6),))
    assert fitted("Söz", telegram, hashtags=("tag",)).text == "Söz\n#tag"
    assert fitted("Söz", telegram, hashtags=("tag",), images=1).dropped == ("tag",)


def test_the_words_of_a_warning_field_count_but_do_not_stand_in_the_text():
    result = fitted("Söz", limits(10, count.mastodon), hashtags=("t",), warning_field="Killing")
    assert (result.text, result.length, result.dropped) == ("Söz", 3 + 7, ("t",))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Content note: Killing of civilians"),
        ("en-GB", "Content note: Killing of civilians"),
        ("az", "Xəbərdarlıq: Killing of civilians"),
        ("fr", "Avertissement\u00a0: Killing of civilians"),
        ("ka", "⚠️ Killing of civilians"),
    ],
)
def test_the_warning_line_is_announced_in_its_language(language, line):
    assert fit.warning_line(" Killing of\ncivilians ", language) == line
    assert fit.warning_line(line, language) == line


def test_no_warning_words_give_no_line():
    assert fit.warning_line("  ", "en") == ""
    assert fitted("Söz", warning_line="").text == "Söz"


TAGS = st.lists(
    st.text(alphabet="aIıİiş1_", min_size=1, max_size=6).filter(lambda t: not hashtags.problem(t))
)
BODIES = st.text(alphabet=st.sampled_from("aIıəs\u0327 \n\r.…#👍正\u202e-"), max_size=60)
LINKS = st.sampled_from([None, "https://a.az", "https://a.az/b_(c)"])
WARNINGS = st.sampled_from([None, "Content note: killing", "Xəbərdarlıq: s\u0327"])
COUNTERS = st.sampled_from(
    [count.x, count.mastodon, count.graphemes, count.utf16, count.threads, count.linkedin]
)


@given(BODIES, TAGS, LINKS, WARNINGS, COUNTERS, st.integers(0, 120), st.none() | st.integers(0, 4))
def test_what_fit_promises(body, tags, link, warning, counter, most, max_hashtags):
    room = limits(most, counter, max_hashtags=max_hashtags)
    result = fitted(body, room, hashtags=tags, link=link, warning_line=warning)

    assert result.length == counter(result.text)
    assert result.over == max(0, result.length - most)
    assert unicodedata.is_normalized("NFC", result.text)
    # The author's words stand there whole and in order, then only hashtags in the order they were given.
    words = unicodedata.normalize("NFC", body.replace("\u202e", "").replace("\r", "\n")).split()
    behind_the_warning = result.text if warning is None else result.text.partition("\n")[2]
    assert behind_the_warning.split()[: len(words)] == words
    assert result.text.endswith(" ".join(f"#{tag}" for tag in result.hashtags))
    distinct = (*result.hashtags, *result.dropped)
    assert [tag for tag in dict.fromkeys(tags) if tag in distinct] == list(distinct)
    assert not any(hashtags.same(a, b) for i, a in enumerate(distinct) for b in distinct[:i])
    if result.over:
        assert result.hashtags == ()
    # Fitting what was fitted changes nothing.
    again = fitted(result.text, room, hashtags=tags, link=link, warning_line=warning)
    assert again.text == result.text


def test_pictures_are_described_under_the_words_where_there_is_no_field_for_it():
    assert fit.described("Words.", ["A card.", "", "A photo."]) == "Words.\n\n[A card.]\n\n[A photo.]"
    assert fit.described("Words.", []) == "Words."
    assert fit.described("", ["A card."]) == "[A card.]"
