import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.text import count
from tests.thorough import examples

FAMILY = "👨\u200d👩\u200d👧\u200d👦"  # 4 people and 3 joiners: 7 code points, 4 * 4 + 3 * 3 = 25 bytes
FLAG = "🇦🇿"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("This is a test.", 15),
        # Azerbaijani letters and typographic quotes weigh 1, the ellipsis and № 2 (configuration v3).
        ("əğıöüşç", 7),
        ("ƏĞIİÖÜŞÇ", 8),
        ("“Xocalı”", 8),
        ("…", 2),
        ("№", 2),
        ("→", 2),
        ("₼", 2),
        # Scripts up to U+10FF weigh 1 (Cyrillic, Arabic, Georgian), later ones 2 (Hangul, CJK).
        ("Ходжалы", 7),
        ("სამართალი", 9),
        ("ᄀ", 2),
        ("正義", 4),
        # NFC first: e and a combining acute are one letter.
        ("e\u0301", 1),
        ("İ", 1),
        ("I\u0307", 1),
        ("a\r\nb", 3),
    ],
)
def test_x_weighs_by_script(text, weight):
    assert count.x(text) == weight


@pytest.mark.parametrize(
    "emoji",
    [
        "🔥",
        FAMILY,
        FLAG,
        ENGLAND,
        "👍🏽",
        "1️⃣",
        "#️⃣",
        "#⃣",
        "❤️",
        "©️",
        "🏳️\u200d🌈",
        "👩🏽\u200d🚒",
        # Newer than most tables: phoenix, head shaking, brown mushroom (Emoji 15.1), face with bags (16).
        "🐦\u200d🔥",
        "🙂\u200d↔️",
        "🍄\u200d🟫",
        "🫩",
    ],
)
def test_x_weighs_every_emoji_sequence_two(emoji):
    assert count.x(emoji) == 2
    # Beside words and each other they stay what they are: 4 letters, 2 spaces, 2 emoji.
    assert count.x(f"sülh {emoji} {emoji}") == 4 + 2 + 4


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("©", 1),  # no emoji without its variation selector
        ("❤\ufe0e", 4),  # text style asked for: two characters
        ("👩\u200d", 3),  # a joiner that joins nothing
        ("🐶🏽", 4),  # a dog takes no skin tone
        ("1\ufe0f", 3),  # half a keycap
        (FLAG * 2, 4),
    ],
)
def test_x_weighs_what_is_no_emoji_sequence_by_its_characters(text, weight):
    assert count.x(text) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("https://example.org", 23),
        ("https://example.org/" + "a" * 200, 23),
        ("Read https://example.org/appeal now", 5 + 23 + 4),
        ("https://a.az https://b.az", 23 + 1 + 23),
        ("https://en.wikipedia.org/wiki/Khojaly_(disambiguation)", 23),
        ("(https://example.org)", 25),
        ("Read https://example.org.", 5 + 23 + 1),
        ("xocali.az", 23),  # a bare domain is a link
        ("info@example.org", 16),  # an address is not
        ("26.02.1992", 10),
        ("file.txtx", 9),  # no such top-level domain
        ("https://example.org/Xocalı", 23),
        ("日本語https://example.org", 6 + 23),
    ],
)
def test_x_counts_every_link_as_23(text, weight):
    assert count.x(text) == weight


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Xocalı", 6),
        ("https://example.org/" + "a" * 200, 23),
        ("http://example.org", 23),
        ("example.org", 11),  # only with http(s)://
        ("@anar@social.example thanks", 5 + 7),
        ("@anar thanks", 12),
        ("info@example.org", 16),
        ("Write to @anar@social.example: https://example.org/a", 9 + 5 + 2 + 23),
        ("https://example.org/@anar@social.example", 23),  # the profile's address is a link, no mention
        (FAMILY, 1),
        ("e\u0301", 1),
    ],
)
def test_mastodon_shortens_links_and_mentions(text, length):
    assert count.mastodon(text) == length


@pytest.mark.parametrize(
    ("text", "graphemes", "utf8", "utf16"),
    [
        ("abc", 3, 3, 3),
        ("Xocalı", 6, 7, 6),  # ı takes 2 bytes
        ("ə", 1, 2, 1),
        ("…", 1, 3, 1),
        ("👍", 1, 4, 2),
        (FAMILY, 1, 25, 11),  # UTF-16: 4 * 2 + 3
        (FLAG, 1, 8, 4),
        ("i\u0307", 1, 3, 2),
        ("क्ष", 1, 9, 3),  # Indic conjunct (UAX #29, GB9c)
        ("a\r\nb", 3, 4, 4),
        ("", 0, 0, 0),
    ],
)
def test_graphemes_bytes_and_utf16_units(text, graphemes, utf8, utf16):
    assert (count.graphemes(text), count.utf8(text), count.utf16(text)) == (graphemes, utf8, utf16)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Xocalı", 6),
        ("👍", 4),  # the documentation's own example
        (FAMILY, 25),
        (FLAG, 8),
        ("1️⃣", 7),  # 1 + 3 + 3 bytes
        ("Sülh 👍", 5 + 4),
        ("e\u0301", 1),
    ],
)
def test_threads_counts_an_emoji_by_its_bytes(text, length):
    assert count.threads(text) == length


def test_linkedin_counts_what_its_escaping_adds():
    assert count.linkedin("1992 (Khojaly)") == 14 + 2
    # {hashtag|\#|peace}: 9 + 2 + 1 characters before the word, 1 after it.
    assert count.linkedin("#peace") == 5 + 13


@given(st.text(alphabet=st.characters(), max_size=40))
def test_graphemes_are_those_of_the_unicode_rules(text):
    assert count.graphemes(text) == len(regex.findall(r"\X", text))


@settings(max_examples=examples(300))
@given(st.text(alphabet=st.sampled_from("aəİ \n.:/@#0…x正👍🏽\u200d\ufe0f🇦e\u0301z"), max_size=30))
def test_x_never_weighs_less_than_its_graphemes_without_links(text):
    text = text.replace(".", ",")  # no dot, no link
    graphemes = len(regex.findall(r"\X", unicodedata.normalize("NFC", text)))
    assert graphemes <= count.x(text) <= 2 * len(text)


@given(st.text(max_size=20) | st.text(alphabet=st.characters(categories=["Cs", "So"]), max_size=4))
def test_every_count_of_any_text_is_a_number(text):
    counters = (
        count.x,
        count.mastodon,
        count.graphemes,
        count.utf8,
        count.utf16,
        count.threads,
        count.linkedin,
    )
    assert all(counter(text) >= bool(text) for counter in counters)


@pytest.mark.parametrize("letters", [1, 2, 99, 100, 101, 102, 199, 201, 4001])
def test_flags_are_counted_in_pairs_however_many_stand_together(letters):
    # UAX #29, GB12 and GB13: two regional indicators are one flag, and one left over stands alone.
    flags = "\U0001f1e6" * letters
    assert count.graphemes(f"a{flags}b") == 2 + (letters + 1) // 2
    assert count.threads(flags) == 4 * letters


def test_a_page_of_flags_does_not_hang_the_count():
    assert count.graphemes("\U0001f1e6" * 200_000) == 100_000
