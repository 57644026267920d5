"""Directions: Unicode's own two conformance files, and lines worked out by hand.

With SCHEDULER_THOROUGH=1 (as CI runs it) every line of the files is tried, at a desk every twentieth.

The files are those of Unicode 15.0; the classes of single characters come from Python's own `unicodedata`.
"""

import lzma
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.cards import bidi

DATA = Path(__file__).parent / "unicode"
THOROUGH = bool(os.environ.get("SCHEDULER_THOROUGH"))
SHARES = 6 if THOROUGH else 40
TRIED = range(SHARES if THOROUGH else 2)
BASES = {"0": 0, "1": 1, "2": None}
BITS = ((1, None), (2, 0), (4, 1))


def rows(name) -> Iterator[str]:
    with lzma.open(DATA / name, "rt", encoding="utf-8") as file:
        for line in file:
            if kept := line.partition("#")[0].strip():
                yield kept


def numbers(text):
    return [None if word == "x" else int(word) for word in text.split()]


def shown(kinds, base, text=""):
    """The paragraph's level, each character's, and what a line of all of them shows from left to right."""
    base, levels = bidi.resolve(kinds, base, text)
    line = bidi.line_levels(kinds, levels, base)
    kept = [place for place, level in enumerate(line) if level is not None]
    return base, line, [kept[place] for place in bidi.order([line[place] for place in kept])]


@pytest.mark.parametrize("share", TRIED)
def test_the_character_lines_of_unicode_s_conformance_file_come_out_right(share):
    wrong, tried = [], 0
    for number, row in enumerate(rows("BidiCharacterTest-15.0.0.txt.xz")):
        if number % SHARES != share:
            continue
        codes, direction, level, levels, places = row.split(";")
        text = "".join(chr(int(code, 16)) for code in codes.split())
        kinds = [unicodedata.bidirectional(character) for character in text]
        tried += 1
        if shown(kinds, BASES[direction], text) != (int(level), numbers(levels), numbers(places)):
            wrong.append(row)
    assert not wrong[:5]
    assert tried in (91_707 // SHARES, 91_707 // SHARES + 1)


@pytest.mark.parametrize("share", TRIED)
@pytest.mark.long
def test_the_class_lines_of_unicode_s_conformance_file_come_out_right(share):
    wrong, tried, levels, places = [], 0, [], []
    for number, row in enumerate(rows("BidiTest-15.0.0.txt.xz")):
        if row.startswith("@"):
            name, _, values = row.partition(":")
            levels = numbers(values) if name == "@Levels" else levels
            places = numbers(values) if name == "@Reorder" else places
            continue
        if number % SHARES != share:
            continue
        classes, _, bits = row.partition(";")
        kinds = classes.split()
        for bit, base in BITS:
            if int(bits) & bit:
                tried += 1
                if shown(kinds, base)[1:] != (levels, places):
                    wrong.append((row, base))
    assert not wrong[:5]
    # Lines give one to three cases each, so shares differ a little.
    assert abs(tried - 770_241 / SHARES) < 2000


def test_the_brackets_are_those_of_the_standard_that_python_calls_mirrored():
    assert len(bidi.BRACKETS) == 64
    for opening, closing in bidi.BRACKETS.items():
        assert unicodedata.category(opening) == "Ps"
        assert unicodedata.category(closing) == "Pe"
        assert unicodedata.mirrored(opening)
        assert unicodedata.bidirectional(closing) == "ON"


@pytest.mark.parametrize(
    ("language", "level"),
    [("ar", 1), ("fa", 1), ("he", 1), ("az", 0), ("az-Arab", 1), ("en-GB", 0), ("ar-EG", 1), ("ru", 0)],
)
def test_a_language_says_where_its_lines_begin(language, level):
    assert bidi.base(language) == level


MIRRORED = str.maketrans("()«»", ")(»«")


def visual(text, base, start=0, end=None):
    """What is seen from left to right, marks mirrored where they run from the right (L4)."""
    line, levels = text[start:end], bidi.levels(text, base, start, end)
    seen = [c.translate(MIRRORED) if level % 2 else c for c, level in zip(line, levels, strict=True)]
    return "".join(seen[place] for place in bidi.order(levels))


# Hebrew letters stand for any that run from the right; אבג is shown as גבא.
@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("abc אבג def", 0, "abc גבא def"),
        ("אבג abc דהו", 1, "והד abc גבא"),
        ("אבג 26.2.1992", 1, "26.2.1992 גבא"),
        ("אבג (Khojaly), 26", 1, "26 ,(Khojaly) גבא"),
        ("אבג «דהו» 613", 1, "613 «והד» גבא"),
        # Arabic numbers after Arabic letters: the parts of a range change places, as its readers expect.
        ("\u0627\u0628 1992-1994", 1, "1994-1992 \u0628\u0627"),
        ("Khojaly אבג 613!", 0, "Khojaly 613 גבא!"),
    ],
)
def test_mixed_lines_are_shown_in_the_order_their_readers_expect(text, base, expected):
    assert visual(text, base) == expected


def test_a_broken_line_keeps_the_directions_of_its_paragraph():
    # Cut off from the Arabic letter before it, "1992-1994" alone would be shown the other way round.
    text = "\u0627\u0628 1992-1994"
    assert visual(text, 1, 3) == "1994-1992"
    assert visual("1992-1994", 1) == "1992-1994"


def test_plain_latin_is_known_without_looking_further():
    assert not bidi.turns("Khojaly, 26 February 1992 «Xocalı» №5")
    assert bidi.turns("Khojaly – خوجالي")
